"""Distributed Maps over an array: Map Runs, child executions and tolerated failures."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from aslrun.cli import aslrun as cli

Run = Callable[..., Any]


def machine(**states: Any) -> dict[str, Any]:
    return {"StartAt": next(iter(states)), "States": states}


CHILD = machine(
    Is={"Type": "Choice", "Choices": [{"Variable": "$", "IsString": True, "Next": "Bad"}], "Default": "Good"},
    Bad={"Type": "Fail", "Error": "Bad"},
    Good={"Type": "Pass", "End": True},
)


def distributed(processor: dict[str, Any] = CHILD, **fields: Any) -> dict[str, Any]:
    config: dict[str, Any] = {"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}}
    return {"Each": {"Type": "Map", "ItemProcessor": {**processor, **config}, "End": True, **fields}}


def events(execution: Any) -> list[tuple[str, int]]:
    return [(event["type"], event["previousEventId"]) for event in execution.history]


def test_a_map_run_and_a_child_for_each_item(run: Run) -> None:
    execution = run(distributed(Label="Work"), [1, 2])
    assert execution.output == [1, 2]
    assert events(execution) == [
        ("ExecutionStarted", 0),
        ("MapStateEntered", 0),
        ("MapStateStarted", 2),
        ("MapRunStarted", 3),
        ("MapRunSucceeded", 4),
        ("MapStateSucceeded", 5),
        ("MapStateExited", 4),
        ("ExecutionSucceeded", 7),
    ]
    arn = execution.history[3]["mapRunStartedEventDetails"]["mapRunArn"]
    assert arn.startswith("arn:aws:states:us-east-1:123456789012:mapRun:StateMachine/Work:")


def test_children_are_executions_of_their_own(run: Run) -> None:
    child = machine(C={"Type": "Pass", "Parameters": {"e.$": "$$.Execution"}, "End": True})
    execution = run(distributed(child, Label="Work", ItemSelector={"v.$": "$$.Map.Item.Value"}), ["a"])
    shown = execution.output[0]["e"]
    assert shown["Input"] == {"v": "a"}
    assert shown["Id"].startswith("arn:aws:states:us-east-1:123456789012:execution:StateMachine/Work:")
    (only,) = execution.children
    assert (only.map, only.id) == ("Each", shown["Id"])
    assert [event["id"] for event in only.history] == [1, 2, 3, 4]
    assert [event["type"] for event in only.history] == [
        "ExecutionStarted", "PassStateEntered", "PassStateExited", "ExecutionSucceeded",
    ]  # fmt: skip


FAILED = {"Status": "FAILED", "Error": "Bad"}


@pytest.mark.parametrize(
    ("fields", "items", "output"),
    [
        ({}, [1, "x"], None),
        ({"ToleratedFailureCount": 1}, ["x", 2], [FAILED, 2]),
        ({"ToleratedFailureCount": 1}, ["x", 2, "y"], None),
        ({"ToleratedFailurePercentage": 50}, ["x", 2], [FAILED, 2]),
        ({"ToleratedFailurePercentage": 33.2}, ["x", 2, 3], None),
        ({"ToleratedFailurePercentage": 33.4}, [1, "x", 3], [1, FAILED, 3]),
        # 0 counts as not set (measured on AWS).
        ({"ToleratedFailureCount": 0}, ["x", 2], None),
        ({"ToleratedFailureCount": 0, "ToleratedFailurePercentage": 100}, ["x", 2], [FAILED, 2]),
        ({"ToleratedFailureCount": 2, "ToleratedFailurePercentage": 0}, ["x", 2], [FAILED, 2]),
    ],
)
def test_tolerated_failures(run: Run, fields: dict[str, Any], items: list[Any], output: Any) -> None:
    execution = run(distributed(**fields), items)
    assert execution.output == output
    if output is None:
        assert execution.error == "States.ExceedToleratedFailureThreshold"
        assert [name for name, _ in events(execution)][4:] == [
            "MapRunFailed",
            "MapStateFailed",
            "ExecutionFailed",
        ]


def test_thresholds_may_come_from_paths(run: Run) -> None:
    fields: dict[str, Any] = {
        "ItemsPath": "$.l",
        "ToleratedFailureCountPath": "$.n",
        "MaxConcurrencyPath": "$.c",
    }
    assert run(distributed(**fields), {"l": ["x", 1], "n": "1", "c": 1}).output == [FAILED, 1]


def test_a_failed_map_run_can_be_caught(run: Run) -> None:
    caught = {"ErrorEquals": ["States.ExceedToleratedFailureThreshold"], "Next": "After"}
    states = {**distributed(Catch=[caught]), "After": {"Type": "Succeed"}}
    assert run(states, ["x"]).output["Cause"] == "The specified tolerated failure threshold was exceeded"


def test_histories_of_children_lie_beside_the_parents(tmp_path: Path) -> None:
    definition = tmp_path / "m.asl.json"
    definition.write_text(json.dumps(machine(**distributed())), encoding="utf-8")
    history = tmp_path / "run.json"
    ran = CliRunner().invoke(
        cli, ["execute", str(definition), "--input", "[1, 2]", "--history", str(history)]
    )
    assert ran.exit_code == 0
    assert sorted(path.name for path in tmp_path.glob("run*")) == [
        "run.Each.1.json", "run.Each.2.json", "run.json",
    ]  # fmt: skip
    child = json.loads((tmp_path / "run.Each.2.json").read_text(encoding="utf-8"))
    assert child["events"][-1]["executionSucceededEventDetails"]["output"] == "2"
