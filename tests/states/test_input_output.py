"""InputPath, Parameters, ResultSelector, ResultPath, OutputPath, and what goes wrong with them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

Run = Callable[..., Any]


@pytest.mark.parametrize(
    ("fields", "input", "output"),
    [
        ({}, {"a": 1}, {"a": 1}),
        ({"Result": [1]}, {"a": 1}, [1]),
        ({"Result": 7, "ResultPath": "$.b.c"}, {"a": 1}, {"a": 1, "b": {"c": 7}}),
        ({"Result": 7, "ResultPath": None}, {"a": 1}, {"a": 1}),
        ({"InputPath": "$.a"}, {"a": {"b": 2}}, {"b": 2}),
        ({"InputPath": None}, {"a": 1}, {}),
        ({"OutputPath": "$.a"}, {"a": [1]}, [1]),
        ({"OutputPath": None}, {"a": 1}, {}),
        ({"InputPath": "$.a", "ResultPath": "$.copy"}, {"a": 5}, {"a": 5, "copy": 5}),
        ({"Parameters": {"x.$": "$.a", "y": {"z.$": "$"}}}, {"a": 1}, {"x": 1, "y": {"z": {"a": 1}}}),
        ({"InputPath": "$$.State"}, {}, {"Name": "P", "EnteredTime": "2026-02-02T02:40:00.000Z"}),
        ({"Result": {"x.$": "$.a"}}, {"a": 1}, {"x.$": "$.a"}),
    ],
)
def test_pass_state(run: Run, fields: dict[str, Any], input: Any, output: Any) -> None:
    assert run({"P": {"Type": "Pass", **fields, "End": True}}, input).output == output


@pytest.mark.parametrize(
    ("fields", "cause"),
    [
        ({"InputPath": "$.x"}, "Invalid path '$.x' : No results for path: $['x']"),
        ({"OutputPath": "$.x.y"}, "Invalid path '$.x.y' : Missing property in path $['x']"),
        (
            {"Parameters": {"v.$": "$.x"}},
            "The JSONPath '$.x' specified for the field 'v.$' could not be found in the input '{\"a\":1}'",
        ),
    ],
)
def test_a_path_that_finds_nothing_is_a_runtime_error(run: Run, fields: dict[str, Any], cause: str) -> None:
    execution = run({"P": {"Type": "Pass", **fields, "End": True}}, {"a": 1})
    assert (execution.status, execution.error, execution.failed_state) == ("FAILED", "States.Runtime", "P")
    place = "An error occurred while executing the state 'P' (entered at the event id #2). "
    assert execution.cause == place + cause


def test_the_input_is_not_changed(run: Run) -> None:
    given = {"a": {"b": 1}}
    states = {"P": {"Type": "Pass", "Result": 2, "ResultPath": "$.a.b", "End": True}}
    assert run(states, given).output == {"a": {"b": 2}}
    assert given == {"a": {"b": 1}}


def test_result_selector_sees_the_result_and_the_context(run: Run) -> None:
    states = {
        "T": {
            "Type": "Task",
            "Resource": "f",
            "ResultSelector": {"n.$": "$.n", "state.$": "$$.State.Name", "retries.$": "$$.State.RetryCount"},
            "ResultPath": "$.r",
            "End": True,
        }
    }
    execution = run(states, {"a": 1}, functions={"f": lambda event: {"n": 3, "m": 4}})
    assert execution.output == {"a": 1, "r": {"n": 3, "state": "T", "retries": 0}}


def test_context_object(run: Run) -> None:
    execution = run({"P": {"Type": "Pass", "InputPath": "$$", "End": True}}, {"a": 1}, name="run-1")
    arn = "arn:aws:states:us-east-1:123456789012"
    assert execution.output == {
        "Execution": {
            "Id": f"{arn}:execution:StateMachine:run-1",
            "Input": {"a": 1},
            "Name": "run-1",
            "RedriveCount": 0,
            "RoleArn": "arn:aws:iam::123456789012:role/aslrun",
            "StartTime": "2026-02-02T02:40:00.000Z",
        },
        "State": {"EnteredTime": "2026-02-02T02:40:00.000Z", "Name": "P"},
        "StateMachine": {"Id": f"{arn}:stateMachine:StateMachine", "Name": "StateMachine"},
    }
