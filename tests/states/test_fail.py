"""Fail and Succeed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

Run = Callable[..., Any]


@pytest.mark.parametrize(
    ("fields", "error", "cause"),
    [
        ({"Error": "E", "Cause": "why"}, "E", "why"),
        ({}, None, None),
        ({"ErrorPath": "$.e", "Cause": "why"}, "boom", "why"),
        ({"Error": "E", "CausePath": "States.Format('{} at {}', $.e, $$.State.Name)"}, "E", "boom at F"),
        (
            {"ErrorPath": "$.nowhere"},
            "States.Runtime",
            "An error occurred while executing the state 'F' (entered at the event id #2). The JSONPath "
            "'$.nowhere' specified for the field 'ErrorPath' could not be found in the input "
            '\'{"e":"boom","n":1}\'',
        ),
    ],
)
def test_error_and_cause(run: Run, fields: dict[str, Any], error: str, cause: str) -> None:
    execution = run({"F": {"Type": "Fail", **fields}}, {"e": "boom", "n": 1})
    assert (execution.status, execution.error, execution.cause) == ("FAILED", error, cause)
    told = {"error": error, "cause": cause}
    details = execution.history[-1]["executionFailedEventDetails"]
    assert details == {name: text for name, text in told.items() if text is not None}


def test_an_error_that_is_no_text_is_refused(run: Run) -> None:
    execution = run({"F": {"Type": "Fail", "ErrorPath": "$.n"}}, {"n": 1})
    assert execution.error == "States.Runtime"
    assert "not a string" in execution.cause


def test_succeed_takes_its_paths(run: Run) -> None:
    states = {"S": {"Type": "Succeed", "InputPath": "$.a", "OutputPath": "$.b"}}
    assert run(states, {"a": {"b": [1]}}).output == [1]
