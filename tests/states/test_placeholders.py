"""Placeholders that nothing fills in: told when the machine is to run, in whatever field they stand."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import aslrun

UNFILLED = r"a placeholder without a value cannot be run \(--substitute NAME=VALUE gives it one\)"


@pytest.mark.parametrize(
    ("state", "says"),
    [
        ({"Type": "Wait", "Seconds": "${X}", "End": True}, 'Seconds is "${X}"'),
        ({"Type": "Wait", "SecondsPath": "${X}", "End": True}, "unexpected '{'"),
        ({"Type": "Pass", "ResultPath": "${X}", "End": True}, "Reference Path"),
        ({"Type": "Pass", "Next": "${X}"}, "Next is '${X}'"),
        ({"Type": "Task", "Resource": "f", "TimeoutSeconds": "${X}", "End": True}, "TimeoutSeconds is"),
        ({"Type": "Pass", "QueryLanguage": "${X}", "End": True}, "QueryLanguage is '${X}'"),
        (
            {"Type": "Choice", "Choices": [{"Variable": "$.a", "IsNull": True, "Next": "${X}"}]},
            "Next is '${X}'",
        ),
    ],
)
def test_it_is_told(run: Callable[..., aslrun.Execution], state: dict[str, Any], says: str) -> None:
    with pytest.raises(aslrun.UsageError, match=UNFILLED) as refused:
        run({"A": state} if "End" in state else {"A": state, "B": {"Type": "Succeed"}})
    assert str(refused.value).startswith("state 'A': ")
    assert says in str(refused.value)


def test_where_to_start(run: Callable[..., aslrun.Execution]) -> None:
    with pytest.raises(aslrun.UsageError, match=r"StartAt is '\$\{X\}': a placeholder"):
        run({"StartAt": "${X}", "States": {"A": {"Type": "Succeed"}}})


def test_a_text_may_hold_one(run: Callable[..., aslrun.Execution]) -> None:
    execution = run({"A-${X}": {"Type": "Pass", "Result": "${X}", "End": True}})
    assert execution.output == "${X}"
