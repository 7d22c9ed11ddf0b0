"""Map Runs and the executions of their children: identities, ends, counts, and what is kept of them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import aslrun
from aslrun.history.events import history_events
from aslrun.items.spool import Spool, packed, unpacked

Run = Callable[..., Any]

FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function:f"
PASS: dict[str, Any] = {"StartAt": "P", "States": {"P": {"Type": "Pass", "End": True}}}


def waiting(seconds: int) -> dict[str, Any]:
    return {"StartAt": "W", "States": {"W": {"Type": "Wait", "Seconds": seconds, "End": True}}}


def distributed(processor: Any = None, kind: str = "STANDARD", **fields: Any) -> dict[str, Any]:
    config = {"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": kind}}
    state = {"Type": "Map", "Label": "L", "ItemProcessor": {**(processor or PASS), **config}, "End": True}
    return {"Each": {**state, **fields}}


def machine(states: dict[str, Any]) -> dict[str, Any]:
    return {"StartAt": next(iter(states)), "States": states}


def is_equal(number: int, then: str, otherwise: str) -> dict[str, Any]:
    rule = {"Variable": "$", "NumericEquals": number, "Next": then}
    return {"Type": "Choice", "Choices": [rule], "Default": otherwise}


def types(history: Any) -> list[str]:
    return [event["type"] for event in history]


def test_the_identity_of_a_child(run: Run) -> None:
    shown = {"Type": "Pass", "Parameters": {"e.$": "$$.Execution", "m.$": "$$.StateMachine"}, "End": True}
    child = machine({"P": shown})
    standard = run(distributed(child), [1]).output[0]
    name = standard["e"]["Name"]
    before = "arn:aws:states:us-east-1:123456789012"
    assert standard["e"]["Id"] == f"{before}:execution:StateMachine/L:{name}"
    assert standard["m"] == {"Id": f"{before}:stateMachine:StateMachine/L", "Name": "StateMachine/L"}
    express = run(distributed(child, "EXPRESS"), [1])
    name = express.output[0]["e"]["Name"]
    assert express.output[0]["e"]["Id"] == f"{before}:express:StateMachine/L:{name}:{express.map_runs[0].id}"


def test_names_are_the_same_for_the_same_seed_whatever_else_runs(run: Run) -> None:
    first = [child.id for child in run(distributed(), [1, 2, 3]).children]
    again = [child.id for child in run(distributed(MaxConcurrency=1), [1, 2, 3]).children]
    assert [id.split(":")[-1] for id in first] == [id.split(":")[-1] for id in again]
    assert len(set(first)) == 3


def test_children_start_when_they_start(run: Run) -> None:
    child = machine(
        {
            "W": {"Type": "Wait", "Seconds": 10, "Next": "P"},
            "P": {"Type": "Pass", "Parameters": {"s.$": "$$.Execution.StartTime"}, "End": True},
        }
    )
    shown = run(distributed(child, MaxConcurrency=1), [1, 2]).output
    assert [one["s"][-9:] for one in shown] == ["0:00.000Z", "0:10.000Z"]


def test_thousands_of_children_wait_at_once(run: Run) -> None:
    execution = run(distributed(waiting(60)), [*range(3000)])
    assert execution.waited == 60


def test_what_a_map_run_tells(run: Run) -> None:
    child = machine({"F": {"Type": "Choice", "Choices": [{"Variable": "$", "IsString": True, "Next": "Bad"}],
                           "Default": "Good"},
                     "Bad": {"Type": "Fail"}, "Good": {"Type": "Succeed"}})  # fmt: skip
    execution = run(distributed(child, ToleratedFailureCount=1, MaxConcurrency=3), [1, "x", 3])
    (map_run,) = execution.map_runs
    counts = {
        "pending": 0, "running": 0, "succeeded": 2, "failed": 1, "timedOut": 0, "aborted": 0, "total": 3,
        "resultsWritten": 0, "failuresNotRedrivable": 0, "pendingRedrive": 0,
    }  # fmt: skip
    assert map_run.describe() == {
        "mapRunArn": execution.history[3]["mapRunStartedEventDetails"]["mapRunArn"],
        "executionArn": execution.id,
        "status": "SUCCEEDED",
        "startDate": 1_770_000_000.0,
        "stopDate": 1_770_000_000.0,
        "maxConcurrency": 3,
        "toleratedFailurePercentage": 0,
        "toleratedFailureCount": 1,
        "itemCounts": counts,
        "executionCounts": counts,
        "redriveCount": 0,
    }


def test_items_are_counted_beside_the_children_that_have_them(run: Run) -> None:
    execution = run(distributed(ItemBatcher={"MaxItemsPerBatch": 2}), [1, 2, 3])
    assert execution.output == [{"Items": [1, 2]}, {"Items": [3]}]
    told = execution.map_runs[0].describe()
    assert (told["itemCounts"]["total"], told["executionCounts"]["total"]) == (3, 2)
    assert (told["itemCounts"]["succeeded"], told["executionCounts"]["succeeded"]) == (3, 2)


def test_all_items_of_a_batch_fail_with_it(run: Run) -> None:
    child = machine({"F": {"Type": "Fail", "Error": "Bad"}})
    fields: dict[str, Any] = {"ItemBatcher": {"MaxItemsPerBatch": 2}, "ToleratedFailureCount": 1}
    execution = run(distributed(child, **fields), [1, 2])
    assert execution.error == "States.ExceedToleratedFailureThreshold"


def test_batches_and_their_input_from_paths(run: Run) -> None:
    batcher = {
        "MaxItemsPerBatchPath": "$.most",
        "MaxInputBytesPerBatchPath": "$.bytes",
        "BatchInput": {"of.$": "$.name"},
    }
    states = distributed(ItemsPath="$.items", ItemSelector={"v.$": "$$.Map.Item.Value"}, ItemBatcher=batcher)
    output = run(states, {"items": [1, 2, 3], "most": 2, "bytes": "1000", "name": "n"}).output
    assert output == [
        {"BatchInput": {"of": "n"}, "Items": [{"v": 1}, {"v": 2}]},
        {"BatchInput": {"of": "n"}, "Items": [{"v": 3}]},
    ]


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"MaxItemsPerBatchPath": "$.n"}, "field MaxItemsPerBatch must be positive"),
        ({"MaxInputBytesPerBatchPath": "$.n"}, "field MaxInputBytesPerBatch must be between 0 and 262144"),
    ],
)
def test_limits_of_batches(run: Run, fields: Any, told: str) -> None:
    execution = run(distributed(ItemsPath="$.l", ItemBatcher=fields), {"l": [1], "n": -1})
    assert execution.error == "States.Runtime"
    assert execution.cause.endswith(told)


def test_a_tolerance_that_is_none(run: Run) -> None:
    execution = run(distributed(ItemsPath="$.l", ToleratedFailureCountPath="$.n"), {"l": [1], "n": -1})
    assert execution.cause.endswith("ToleratedFailureCount cannot be negative.")


def test_a_child_that_takes_too_long(run: Run) -> None:
    child = {**waiting(100), "TimeoutSeconds": 30}
    execution = run(distributed(child, ToleratedFailureCount=1), [1])
    assert execution.output == [{"Status": "TIMED_OUT"}]
    assert types(execution.children[0].history) == [
        "ExecutionStarted", "WaitStateEntered", "ExecutionTimedOut",
    ]  # fmt: skip
    assert execution.map_runs[0].items.timedOut == 1
    assert execution.waited == 30


def test_iterations_of_an_inline_map_have_no_time_limit(run: Run) -> None:
    inline = {"M": {"Type": "Map", "ItemProcessor": {**PASS, "TimeoutSeconds": 3}, "End": True}}
    with pytest.raises(aslrun.DefinitionError, match="Field 'TimeoutSeconds' is not supported"):
        run(inline, [1])


def test_an_express_child_has_five_minutes(run: Run) -> None:
    execution = run(distributed(waiting(400), "EXPRESS"), [1])
    assert execution.error == "States.ExceedToleratedFailureThreshold"
    assert execution.waited == 300


def test_a_child_with_branches_takes_too_long(run: Run) -> None:
    branches = [waiting(100), machine({"V": {"Type": "Wait", "Seconds": 5, "End": True}})]
    child = machine({"B": {"Type": "Parallel", "Branches": branches, "End": True}})
    execution = run(distributed({**child, "TimeoutSeconds": 30}, ToleratedFailureCount=9), [1, 2])
    assert [one["Status"] for one in execution.output] == ["TIMED_OUT", "TIMED_OUT"]
    assert types(execution.children[1].history)[-2:] == ["WaitStateAborted", "ExecutionTimedOut"]


def test_children_that_run_are_aborted_with_the_map(run: Run) -> None:
    child = machine(
        {
            "Is": is_equal(1, "Bad", "W"),
            "W": {"Type": "Wait", "Seconds": 50, "End": True},
            "Bad": {"Type": "Fail", "Error": "Bad"},
        }
    )  # fmt: skip
    execution = run(distributed(child), [0, 1, 2])
    assert execution.error == "States.ExceedToleratedFailureThreshold"
    assert types(execution.children[0].history)[-2:] == ["WaitStateAborted", "ExecutionAborted"]
    counts = execution.map_runs[0].items
    assert (counts.failed, counts.aborted, counts.running) == (1, 1, 0)
    assert execution.map_runs[0].status == "FAILED"


def test_a_map_in_a_child_of_a_map(run: Run) -> None:
    inner = machine({"Inner": distributed(Label="M")["Each"]})
    execution = run(distributed(inner), [[1, 2], [3]])
    assert execution.output == [[1, 2], [3]]
    assert [map_run.label for map_run in execution.map_runs] == ["L", "M", "M"]
    assert [len(child.children) for child in execution.children] == [2, 1]
    innermost = execution.children[1].children[0]
    assert ":execution:StateMachine/L/M:" in innermost.id
    assert types(innermost.history)[0] == "ExecutionStarted"


def test_an_input_that_is_too_big_for_a_child(run: Run) -> None:
    select = {"v.$": "States.Format('{}{}', $.t, $.t)"}
    execution = run(distributed(ItemsPath="$.l", ItemSelector=select), {"l": [1], "t": "x" * 200_000})
    assert execution.error == "States.DataLimitExceeded"
    assert types(execution.history)[-3:] == ["MapRunFailed", "MapStateFailed", "ExecutionFailed"]


def test_outputs_that_are_too_big_together(run: Run) -> None:
    child = machine({"P": {"Type": "Pass", "Result": "x" * 1000, "End": True}})
    execution = run(distributed(child), [*range(300)])
    assert execution.error == "States.DataLimitExceeded"


def test_a_percentage_of_items_that_are_read_as_they_are_needed(run: Run, tmp_path: Path) -> None:
    """One failure among the first ten is more than 5 % of these, but not of all."""
    child = machine({"F": is_equal(3, "Bad", "Good"), "Bad": {"Type": "Fail"}, "Good": {"Type": "Succeed"}})
    (tmp_path / "a.jsonl").write_text("\n".join(map(str, range(100))))
    reader = {
        "Resource": "arn:aws:states:::s3:getObject",
        "ReaderConfig": {"InputType": "JSONL"},
        "Parameters": {"Bucket": "b", "Key": "a.jsonl"},
    }
    states = distributed(child, ItemReader=reader, ToleratedFailurePercentage=5, MaxConcurrency=1)
    assert run(states, s3={"b": tmp_path}).status == "SUCCEEDED"
    states = distributed(child, ItemReader=reader, ToleratedFailurePercentage=0.5, MaxConcurrency=1)
    assert run(states, s3={"b": tmp_path}).error == "States.ExceedToleratedFailureThreshold"


def test_no_items(run: Run) -> None:
    assert run(distributed(), []).output == []


def test_the_history_of_a_child_comes_back_from_the_disk(run: Run) -> None:
    catch = {"ErrorEquals": ["States.ALL"], "Next": "B"}
    child = machine(
        {
            "T": {"Type": "Task", "Resource": FUNCTION, "Catch": [catch], "End": True},
            "B": {"Type": "Parallel", "Branches": [PASS, machine({"Q": PASS["States"]["P"]})], "End": True},
        }
    )

    def fail(event: Any) -> Any:
        if event == 2:
            raise ValueError("no")
        return event

    kept: dict[str, Any] = {}
    spool = Spool()
    execution = run(distributed(child), [1, 2], {"f": fail})
    for one in execution.children:
        kept[one.id] = one
        again = unpacked(packed(one.map, one.journal.rows[0][2]), spool)[1]
        assert history_events(again.journal) == one.history
    second = execution.children[1]
    assert types(second.history) == [
        "ExecutionStarted", "TaskStateEntered", "LambdaFunctionScheduled", "LambdaFunctionStarted",
        "LambdaFunctionFailed", "TaskStateExited", "ParallelStateEntered", "ParallelStateStarted",
        "PassStateEntered", "PassStateExited", "PassStateEntered", "PassStateExited",
        "ParallelStateSucceeded", "ParallelStateExited", "ExecutionSucceeded",
    ]  # fmt: skip
    assert [error.error for _, error in second.journal.caught] == ["ValueError"]


def test_no_histories_of_children(run: Run) -> None:
    execution = run(distributed(), [1, 2], child_history="off")
    assert (execution.output, len(execution.children)) == ([1, 2], 0)
    with pytest.raises(aslrun.UsageError, match="child_history is 'no'; it must be 'on-disk' or 'off'"):
        run(distributed(), [1], child_history="no")


def test_memory_does_not_grow_with_the_items(run: Run, tmp_path: Path) -> None:
    """What is held after 300 items and after 3,000 differs by less than a byte of each 30."""
    import tracemalloc

    def peak(items: int) -> int:
        folder = tmp_path / str(items)
        folder.mkdir()
        lines = (json.dumps({"id": number, "text": "x" * 200}) for number in range(items))
        (folder / "a.jsonl").write_text("\n".join(lines))
        reader = {
            "Resource": "arn:aws:states:::s3:getObject",
            "ReaderConfig": {"InputType": "JSONL"},
            "Parameters": {"Bucket": "b", "Key": "a.jsonl"},
        }
        writer = {"Resource": "arn:aws:states:::s3:putObject", "Parameters": {"Bucket": "b"}}
        states = distributed(None, "EXPRESS", ItemReader=reader, ResultWriter=writer)
        tracemalloc.start()
        try:
            assert run(states, s3={"b": folder}).status == "SUCCEEDED"
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    peak(10)  # what is imported once
    assert peak(3000) - peak(300) < 2_000_000
