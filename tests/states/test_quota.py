"""The limit on what a state hands on: 262,144 bytes of JSON text, and how deep it may be nested."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

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
