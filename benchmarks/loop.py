"""How fast the interpreter is, beside a hand-written Python program that does the same work.

Three workloads: a counting loop of Pass and Choice (20,000 transitions), the same in JSONata with a
variable, and 2,000 Tasks that call a function in this process. The hand-written loops compute the same
values and keep the same records.
Run: `make bench`, or `python benchmarks/loop.py [--rounds N]`.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from collections.abc import Callable
from typing import Any

import aslrun

STEPS = 10_000
TASKS = 2_000

COUNTING = {
    "StartAt": "Add",
    "States": {
        "Add": {"Type": "Pass", "Parameters": {"count.$": "States.MathAdd($.count, 1)"}, "Next": "More"},
        "More": {
            "Type": "Choice",
            "Choices": [{"Variable": "$.count", "NumericLessThan": STEPS, "Next": "Add"}],
            "Default": "Done",
        },
        "Done": {"Type": "Succeed"},
    },
}

COUNTING_IN_JSONATA = {
    "QueryLanguage": "JSONata",
    "StartAt": "Start",
    "States": {
        "Start": {"Type": "Pass", "Assign": {"count": 0}, "Next": "Add"},
        "Add": {"Type": "Pass", "Assign": {"count": "{% $count + 1 %}"}, "Next": "More"},
        "More": {
            "Type": "Choice",
            "Choices": [{"Condition": f"{{% $count < {STEPS} %}}", "Next": "Add"}],
            "Default": "Done",
        },
        "Done": {"Type": "Succeed"},
    },
}

CALLING = {
    "StartAt": "Call",
    "States": {
        "Call": {
            "Type": "Task",
            "Resource": "arn:aws:lambda:us-east-1:123456789012:function:increment",
            "Next": "More",
        },
        "More": {
            "Type": "Choice",
            "Choices": [{"Variable": "$.count", "NumericLessThan": TASKS, "Next": "Call"}],
            "Default": "Done",
        },
        "Done": {"Type": "Succeed"},
    },
}


def increment(event: Any) -> Any:
    """The Lambda function of the second workload."""
    return {"count": event["count"] + 1}


def count_by_hand() -> list[tuple[float, str, str, Any]]:
    """The counting loop as a person would write it, with a record per event."""
    events: list[tuple[float, str, str, Any]] = []
    now = time.time()
    value = {"count": 0}
    while True:
        events.append((now, "PassStateEntered", "Add", value))
        value = {"count": value["count"] + 1}
        events.append((now, "PassStateExited", "Add", value))
        events.append((now, "ChoiceStateEntered", "More", value))
        more = isinstance(value["count"], int) and value["count"] < STEPS
        events.append((now, "ChoiceStateExited", "More", value))
        if not more:
            return events


def call_by_hand() -> list[tuple[float, str, str, Any]]:
    """The calls as a person would write them; what crosses to the function and back is copied as JSON."""
    events: list[tuple[float, str, str, Any]] = []
    value = {"count": 0}
    while value["count"] < TASKS:
        now = time.time()
        events.append((now, "TaskStateEntered", "Call", value))
        events.append((now, "LambdaFunctionScheduled", "Call", value))
        events.append((now, "LambdaFunctionStarted", "Call", None))
        value = json.loads(json.dumps(increment(json.loads(json.dumps(value)))))
        events.append((now, "LambdaFunctionSucceeded", "Call", value))
        events.append((now, "TaskStateExited", "Call", value))
        events.append((now, "ChoiceStateEntered", "More", value))
        events.append((now, "ChoiceStateExited", "More", value))
    return events


def run_counting(machine: aslrun.StateMachine) -> aslrun.Execution:
    """Run the counting loop; its 40,000 events are more than a Standard execution may have."""
    return machine.execute({"count": 0}, quota=False)


def run_calling(machine: aslrun.StateMachine) -> aslrun.Execution:
    """Run the tasks."""
    return machine.execute({"count": 0}, functions={"increment": increment})


def seconds(work: Callable[[], Any], rounds: int) -> float:
    """Return the median time of `work`, in seconds."""
    times = []
    for _ in range(rounds):
        began = time.perf_counter()
        work()
        times.append(time.perf_counter() - began)
    return statistics.median(times)


def main() -> None:
    """Measure both workloads and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--rounds", type=int, default=7)
    rounds = parser.parse_args().rounds
    counting, in_jsonata, calling = map(aslrun.load, (COUNTING, COUNTING_IN_JSONATA, CALLING))
    workloads: list[tuple[str, int, Callable[[], Any], Callable[[], Any]]] = [
        ("counting loop, transitions", 2 * STEPS, lambda: run_counting(counting), count_by_hand),
        ("the same in JSONata", 2 * STEPS, lambda: run_counting(in_jsonata), count_by_hand),
        ("tasks on a callable", TASKS, lambda: run_calling(calling), call_by_hand),
    ]
    print(f"{'workload':28} {'aslrun /s':>12} {'by hand /s':>12} {'of it':>7}")
    for name, count, ours, by_hand in workloads:
        assert ours().status == "SUCCEEDED"
        mine, hand = seconds(ours, rounds), seconds(by_hand, rounds)
        print(f"{name:28} {count / mine:12,.0f} {count / hand:12,.0f} {hand / mine:7.0%}")


if __name__ == "__main__":
    main()
