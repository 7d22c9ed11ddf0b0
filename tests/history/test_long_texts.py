"""Long values that states pass on: each event has the text of its own value, shared or not."""

from __future__ import annotations

import json
from typing import Any

import aslrun

LONG = {"rows": ["x" * 1_000] * 8}


def chain(*states: dict[str, Any]) -> dict[str, Any]:
    names = [f"S{number}" for number in range(len(states))]
    last = {names[-1]: {**states[-1], "Type": "Pass", "End": True}}
    others = zip(names, names[1:], states, strict=False)
    return {
        "StartAt": "S0",
        "States": {name: {**state, "Type": "Pass", "Next": after} for name, after, state in others} | last,
    }


def outputs(definition: dict[str, Any], input: Any) -> list[Any]:
    history: list[Any] = aslrun.load(definition).execute(input).history
    details = [event["stateExitedEventDetails"] for event in history if "stateExitedEventDetails" in event]
    return [json.loads(one["output"]) for one in details]


def test_each_event_has_its_own_text() -> None:
    made = [{"Result": {"n": n}, "ResultPath": "$.made"} for n in (1, 1, 2, 1)]
    given = {"all": LONG}
    assert outputs(chain(*made), given) == [{**given, "made": {"n": n}} for n in (1, 1, 2, 1)]


def test_an_equal_object_after_another_long_value() -> None:
    made = {"Parameters": {"all.$": "$.all", "made": 1}}
    listed = {"Parameters": {"all.$": "$.all", "list.$": "States.Array($.all, $.all)"}}
    first = {"all": LONG, "made": 1}
    found = outputs(chain(made, listed, {"OutputPath": "$.list"}), {"all": LONG})
    assert found == [first, {"all": LONG, "list": [LONG, LONG]}, [LONG, LONG]]
    again = chain(made, {"ResultPath": "$.other", "InputPath": "$.all"}, made, made)
    assert outputs(again, {"all": LONG}) == [first, {**first, "other": LONG}, first, first]
