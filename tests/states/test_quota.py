"""The limit on what a state hands on: 262,144 bytes of JSON text, and how deep it may be nested."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aslrun.errors import UsageError
from aslrun.integrations.mocks import Mocks
from aslrun.interpreter.quota import DEPTH_LIMIT, Quota

Run = Callable[..., Any]

VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=15,
)


@given(VALUES)
def test_the_size_is_that_of_the_json_text(value: Any) -> None:
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    assert Quota().measure(value)[0] == len(text.encode("utf-8", "surrogatepass"))


@pytest.mark.parametrize(("length", "status"), [(262_142, "SUCCEEDED"), (262_143, "FAILED")])
def test_one_byte_decides(run: Run, length: int, status: str) -> None:
    execution = run({"P": {"Type": "Pass", "Result": "x" * length, "End": True}})
    assert execution.status == status
    if status == "FAILED":
        assert (execution.error, execution.failed_state) == ("States.DataLimitExceeded", "P")
        assert execution.cause == (
            "The state/task 'P' returned a result with a size exceeding the maximum number of bytes"
            " service limit."
        )


def test_bytes_are_counted_not_characters(run: Run) -> None:
    assert run({"P": {"Type": "Pass", "Result": "é" * 131_072, "End": True}}).status == "FAILED"


def doubling() -> dict[str, Any]:
    return {
        "Double": {"Type": "Pass", "Parameters": {"a.$": "$", "b.$": "$"}, "Next": "Always"},
        "Always": {
            "Type": "Choice",
            "Choices": [{"Variable": "$.stop", "IsPresent": True, "Next": "Done"}],
            "Default": "Double",
        },
        "Done": {"Type": "Succeed"},
    }


def test_a_value_that_doubles_without_end_is_stopped(run: Run) -> None:
    execution = run(doubling(), {})
    assert execution.error == "States.DataLimitExceeded"
    assert len(execution.history) < 100


def test_a_value_that_is_nested_without_end_is_stopped(run: Run) -> None:
    states = doubling()
    states["Double"]["Parameters"] = {"a.$": "$"}
    execution = run(states, {})
    assert execution.error == "States.DataLimitExceeded"
    assert f"more than {DEPTH_LIMIT} nested levels" in execution.cause
    json.dumps(execution.history)


def test_it_can_be_lifted(run: Run) -> None:
    states = {"P": {"Type": "Pass", "Result": "x" * 300_000, "End": True}}
    assert run(states, quota=False).status == "SUCCEEDED"


BIG = "x" * 262_143
TOO_BIG = (
    "The state/task '{}' returned a result with a size exceeding the maximum number of bytes service limit."
)


def failed_with(execution: Any, who: str) -> list[str]:
    """Check that the execution failed for the size of what `who` was given or gave; return its events."""
    assert (execution.status, execution.error) == ("FAILED", "States.DataLimitExceeded")
    assert execution.cause == TOO_BIG.format(who)
    return [event["type"] for event in execution.history][1:]


def test_of_a_function_the_result_is_too_big_before_anything_is_made_of_it(run: Run) -> None:
    task: Any = {"Type": "Task", "Resource": "Big", "ResultSelector": {}, "ResultPath": None, "End": True}
    execution = run({"T": task}, functions={"Big": lambda event: BIG})
    events = failed_with(execution, "arn:aws:lambda:us-east-1:123456789012:function:Big")
    assert events[-2:] == ["LambdaFunctionFailed", "ExecutionFailed"]


def test_of_a_service_the_result_is_too_big(run: Run) -> None:
    task = {"Type": "Task", "Resource": "arn:aws:states:::aws-sdk:s3:listBuckets", "End": True}
    execution = run({"T": task}, mocks=Mocks({"T": lambda number, arguments: BIG}))
    assert failed_with(execution, "aws-sdk:s3")[-2:] == ["TaskFailed", "ExecutionFailed"]


def test_what_goes_into_a_task_is_too_big(run: Run) -> None:
    parameters = {"a.$": "$", "b.$": "$"}
    task = {"Type": "Task", "Resource": "F", "Parameters": parameters, "End": True}
    execution = run({"T": task}, "x" * 200_000, functions={"F": lambda event: 1})
    assert failed_with(execution, "T") == ["TaskStateEntered", "ExecutionFailed"]


def test_a_caught_result_that_was_too_big_leaves_no_trace_in_the_sizes(run: Run) -> None:
    """What was measured and thrown away must not be taken for what comes to lie in its place."""
    task = {"Type": "Task", "Resource": "Big", "Next": "T"}
    catch = [{"ErrorEquals": ["States.DataLimitExceeded"], "ResultPath": None, "Next": "Next"}]
    small = {"Type": "Pass", "Parameters": {"list.$": "States.Array(1, 2, 3)"}, "End": True}
    states = {"T": {**task, "Catch": catch, "Next": "Next"}, "Next": small}
    for _ in range(20):
        execution = run(states, functions={"Big": lambda event: [["x" * 1_000] for _ in range(300)]})
        assert execution.status == "SUCCEEDED"


MAPPED = {"StartAt": "P", "States": {"P": {"Type": "Pass", "End": True}}}


@pytest.mark.parametrize("mode", ["INLINE", "DISTRIBUTED"])
def test_the_results_of_a_map_are_too_big_together(run: Run, mode: str) -> None:
    config = {"Mode": mode, "ExecutionType": "STANDARD"} if mode == "DISTRIBUTED" else {"Mode": mode}
    doubled = {"P": {"Type": "Pass", "Parameters": {"a.$": "$", "b.$": "$"}, "End": True}}
    processor = {**MAPPED, "States": doubled, "ProcessorConfig": config}
    states = {"M": {"Type": "Map", "ItemProcessor": processor, "ResultPath": None, "End": True}}
    assert failed_with(run(states, ["x" * 70_000] * 2), "M")[-2:] == ["MapStateFailed", "ExecutionFailed"]


def test_the_results_of_a_parallel_are_too_big_together(run: Run) -> None:
    other = {"StartAt": "Q", "States": {"Q": {"Type": "Pass", "End": True}}}
    states = {"Both": {"Type": "Parallel", "Branches": [MAPPED, other], "OutputPath": "$[0]", "End": True}}
    events = failed_with(run(states, "x" * 140_000), "Both")
    assert events[-2:] == ["ParallelStateFailed", "ExecutionFailed"]


def test_an_item_made_by_the_selector_is_too_big(run: Run) -> None:
    selector = {"a.$": "$", "b.$": "$"}
    states = {"M": {"Type": "Map", "ItemProcessor": MAPPED, "ItemSelector": selector, "End": True}}
    assert "MapIterationFailed" in failed_with(run(states, ["x" * 200_000]), "M")


@pytest.mark.parametrize("input", [BIG, [[BIG]], "é" * 131_072])
def test_an_input_that_is_too_big_is_not_begun_with(run: Run, input: Any) -> None:
    with pytest.raises(UsageError, match="the input is too big: an execution takes 262,144 bytes"):
        run({"S": {"Type": "Succeed"}}, input)
    assert run({"S": {"Type": "Succeed"}}, input, quota=False).output == input
