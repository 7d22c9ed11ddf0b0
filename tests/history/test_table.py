"""A history as a table: events stand under the state, branch and iteration that they belong to."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import aslrun
from aslrun.history.table import render_table

Run = Callable[..., aslrun.Execution]


def shown(execution: aslrun.Execution) -> list[str]:
    """The events, without ids, times and what changed."""
    head, *lines = render_table(execution.history).splitlines()
    return [line[head.index("event") : head.index("what changed")].rstrip() for line in lines]


WAITS = {"StartAt": "W", "States": {"W": {"Type": "Wait", "SecondsPath": "$", "End": True}}}


def test_iterations_that_run_at_once_stand_one_after_the_other(run: Run) -> None:
    execution = run({"M": {"Type": "Map", "ItemProcessor": WAITS, "End": True}}, [2, 1])
    assert shown(execution) == [
        "ExecutionStarted",
        "M MapStateEntered",
        "  MapStateStarted",
        "  iteration 0 MapIterationStarted",
        "    W WaitStateEntered",
        "      WaitStateExited",
        "  iteration 0 MapIterationSucceeded",
        "  iteration 1 MapIterationStarted",
        "    W WaitStateEntered",
        "      WaitStateExited",
        "  iteration 1 MapIterationSucceeded",
        "  MapStateSucceeded",
        "  MapStateExited",
        "ExecutionSucceeded",
    ]


def test_branches_and_a_second_attempt(run: Run) -> None:
    one = {"StartAt": "A", "States": {"A": {"Type": "Task", "Resource": "f", "End": True}}}
    two = {"StartAt": "B", "States": {"B": {"Type": "Pass", "End": True}}}
    answers = iter([ValueError(), None])

    def f(event: Any) -> None:
        if (answer := next(answers)) is not None:
            raise answer

    retry = [{"ErrorEquals": ["States.ALL"]}]
    states = {"P": {"Type": "Parallel", "Branches": [one, two], "Retry": retry, "End": True}}
    lines = shown(run(states, {}, {"f": f}))
    assert [line.strip() for line in lines if "branch" in line] == [
        "branch A TaskStateEntered",
        "branch B PassStateEntered",
        "branch A, attempt 2 TaskStateEntered",
        "branch B, attempt 2 PassStateEntered",
    ]
