"""Executions for the page's tests, run in this process: functions that fail as their input says."""

from __future__ import annotations

from typing import Any

import aslrun
from aslrun.drivers.clock import VirtualClock

START = 1_770_000_000.0
TASK = {"Type": "Task", "Resource": "f"}


def machine(**states: Any) -> dict[str, Any]:
    return {"StartAt": next(iter(states)), "States": states}


ORDERS = machine(
    Load={"Type": "Pass", "Assign": {"batch": "b-7"}, "Next": "Each"},
    Each={
        "Type": "Map",
        "ItemProcessor": machine(
            Work={
                **TASK,
                "Retry": [{"ErrorEquals": ["Busy"], "IntervalSeconds": 2, "MaxAttempts": 2}],
                "Catch": [{"ErrorEquals": ["Bad"], "Next": "Skip", "ResultPath": "$.error"}],
                "Assign": {"worked": True},
                "Next": "Both",
            },
            Both={
                "Type": "Parallel",
                "Branches": [
                    machine(Left={"Type": "Pass", "End": True}),
                    machine(Right={"Type": "Wait", "Seconds": 1, "End": True}),
                ],
                "End": True,
            },
            Skip={"Type": "Pass", "End": True},
        ),
        "Next": "Done",
    },
    Done={"Type": "Succeed"},
)
"""A Map whose iterations retry, catch, wait in a Parallel, or fail all of it."""


def orders(*errors: str) -> aslrun.Execution:
    """Run ORDERS with an item for each error: "" for none; "Busy" is gone at the second try."""
    tried: set[int] = set()

    def work(event: Any) -> Any:
        number, error = event["number"], event["fails"]
        if error and not (error == "Busy" and number in tried):
            tried.add(number)
            raise type(error, (Exception,), {})(f"number {number} fails")
        return {**event, "done": True}

    items = [{"number": number, "fails": error} for number, error in enumerate(errors)]
    return run(ORDERS, items, functions={"f": work})


def run(definition: Any, input: Any = None, **options: Any) -> aslrun.Execution:
    options = {"seed": 1, "clock": VirtualClock(START), "quota": False, **options}
    return aslrun.load(definition).execute(input, **options)


DISTRIBUTED = machine(
    Each={
        "Type": "Map",
        "ToleratedFailureCount": 1,
        "ItemProcessor": {
            "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
            **machine(Work={**TASK, "Next": "Rest"}, Rest={"Type": "Wait", "Seconds": 3, "End": True}),
        },
        "End": True,
    }
)


def distributed() -> aslrun.Execution:
    """Run DISTRIBUTED with three children, of which the second fails."""

    def work(event: Any) -> Any:
        if event == 1:
            raise ValueError("one")
        return event

    return run(DISTRIBUTED, [0, 1, 2], functions={"f": work})
