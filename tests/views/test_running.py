"""What a journal tells of an execution that still runs: read inside its functions, where it stands still."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest

import aslrun
from aslrun.drivers.clock import VirtualClock
from aslrun.views.running import Running

Look = Callable[[Running], None]


def watch(states: dict[str, Any], input: Any, functions: dict[str, Any], look: Look) -> Running:
    """Run states with functions, and `look` at what is going on before each call of one."""
    machine = aslrun.load({"StartAt": next(iter(states)), "States": states})
    calls, alone = 0, threading.Lock()

    def looking(function: Callable[[Any], Any]) -> Callable[[Any], Any]:
        def call(event: Any) -> Any:
            nonlocal calls
            with alone:
                running.read(calls)
                calls += 1
                look(running)
            return function(event)

        return call

    execution, _ = machine.start(
        input,
        aslrun.RunOptions(
            functions={name: looking(function) for name, function in functions.items()},
            clock=VirtualClock(0),
            seed=1,
        ),
    )
    running = Running(execution.journal)
    execution.run()
    running.read(calls)
    return running


def task(function: str, **fields: Any) -> dict[str, Any]:
    return {"Type": "Task", "Resource": function, **({} if "Next" in fields else {"End": True}), **fields}


def one(function: str, **fields: Any) -> dict[str, Any]:
    return {"StartAt": "Work", "States": {"Work": task(function, **fields)}}


def doing(running: Running) -> list[tuple[str, int, int]]:
    return [(one.name, one.visits, one.retries) for one in running.doing()]


def progress(running: Running) -> list[tuple[str, int, int, int]]:
    return [(map.name, map.items, map.succeeded, map.failed) for map in running.maps()]


def nothing(running: Running) -> bool:
    return not running.doing() and not running.maps()


def fail_on(*inputs: Any) -> Callable[[Any], Any]:
    left = list(inputs)

    def function(event: Any) -> Any:
        if event in left:
            left.remove(event)
            raise TimeoutError
        return event

    return function


def test_a_task_and_its_retries() -> None:
    seen: list[Any] = []
    retry = [{"ErrorEquals": ["TimeoutError"]}]
    states = {"First": {"Type": "Pass", "Next": "Work"}, "Work": task("f", Retry=retry)}
    running = watch(states, 1, {"f": fail_on(1, 1)}, lambda running: seen.extend(doing(running)))
    assert seen == [("Work", 1, 0), ("Work", 1, 1), ("Work", 1, 2)]
    assert running.retries == {"Work": 2}
    assert nothing(running)


def test_a_state_is_dated_when_it_is_first_seen() -> None:
    since: list[float] = []
    states = {"A": task("f", Next="B"), "B": task("f")}
    watch(states, 1, {"f": lambda event: event}, lambda running: since.append(running.doing()[0].since))
    assert since == [0, 1]


def test_the_iterations_of_a_map() -> None:
    seen: list[Any] = []
    states = {"Each": {"Type": "Map", "MaxConcurrency": 1, "ItemProcessor": one("f"), "End": True}}
    running = watch(
        states,
        [5, 6, 7],
        {"f": lambda n: n},
        lambda running: seen.append((progress(running), doing(running))),
    )
    assert seen == [([("Each", 3, done, 0)], [("Work", 1, 0)]) for done in range(3)]
    assert nothing(running)


def test_a_map_that_is_tried_again_begins_anew() -> None:
    seen: list[Any] = []
    states = {
        "Each": {
            "Type": "Map",
            "MaxConcurrency": 1,
            "ItemProcessor": one("f"),
            "Retry": [{"ErrorEquals": ["States.ALL"]}],
            "End": True,
        }
    }
    running = watch(states, [1, 2], {"f": fail_on(2)}, lambda running: seen.extend(progress(running)))
    assert seen == [("Each", 2, 0, 0), ("Each", 2, 1, 0), ("Each", 2, 0, 0), ("Each", 2, 1, 0)]
    assert running.retries == {"Each": 1}


def test_maps_inside_of_a_map_count_together() -> None:
    seen: list[Any] = []
    inner = {"Inner": {"Type": "Map", "MaxConcurrency": 1, "ItemProcessor": one("f"), "End": True}}
    states = {
        "Outer": {"Type": "Map", "ItemProcessor": {"StartAt": "Inner", "States": inner}, "End": True},
    }
    running = watch(
        states, [[1, 2], [3, 4, 5]], {"f": lambda n: n}, lambda running: seen.append(progress(running))
    )
    outer, inner_ones = seen[-1]
    assert (outer[:2], inner_ones[:2]) == (("Outer", 2), ("Inner", 5))
    assert nothing(running)


def test_a_map_that_is_visited_again_counts_from_nought() -> None:
    seen: list[Any] = []
    states = {
        "Each": {
            "Type": "Map",
            "ItemsPath": "$.items",
            "ItemProcessor": one("f"),
            "ResultPath": "$.done",
            "Next": "More",
        },
        "More": {
            "Type": "Choice",
            "Choices": [{"Variable": "$.more", "BooleanEquals": True, "Next": "Last"}],
            "Default": "Done",
        },
        "Last": {"Type": "Pass", "Result": {"items": [3], "more": False}, "Next": "Each"},
        "Done": {"Type": "Succeed"},
    }
    watch(
        states,
        {"items": [1, 2], "more": True},
        {"f": lambda n: n},
        lambda running: seen.append(progress(running)),
    )
    assert seen[-1] == [("Each", 1, 0, 0)]


def test_the_branches_of_a_parallel_and_not_the_parallel_itself() -> None:
    seen: list[Any] = []
    branches = [one("f"), {"StartAt": "Other", "States": {"Other": task("f")}}]
    states = {"Both": {"Type": "Parallel", "Branches": branches, "End": True}}
    running = watch(states, 1, {"f": lambda n: n}, lambda running: seen.append(doing(running)))
    assert ("Both", 1, 0) not in seen[0]
    assert {name for name, _, _ in seen[0]} <= {"Work", "Other"}
    assert nothing(running)


@pytest.mark.parametrize("catch", [False, True])
def test_what_a_failure_leaves_behind_is_not_going_on(catch: bool) -> None:
    branches = [one("f"), {"StartAt": "W", "States": {"W": {"Type": "Wait", "Seconds": 60, "End": True}}}]
    handling = {"Catch": [{"ErrorEquals": ["States.ALL"], "Next": "After"}]} if catch else {}
    states = {
        "Each": {
            "Type": "Map",
            "ItemProcessor": {
                "StartAt": "Both",
                "States": {"Both": {"Type": "Parallel", "Branches": branches, "End": True}},
            },
            "Next": "After",
            **handling,
        },
        "After": task("g"),
    }
    seen: list[Any] = []

    def look(running: Running) -> None:
        seen.append((doing(running), progress(running)))

    running = watch(states, [1, 2], {"f": fail_on(1), "g": lambda event: event}, look)
    assert nothing(running)
    if catch:
        assert seen[-1] == ([("After", 1, 0)], [])


def test_the_children_of_a_distributed_map() -> None:
    seen: list[Any] = []
    processor = {**one("f"), "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}}
    states = {
        "Each": {
            "Type": "Map",
            "MaxConcurrency": 1,
            "ToleratedFailureCount": 1,
            "ItemProcessor": processor,
            "End": True,
        }
    }
    running = watch(
        states, [1, 2, 3], {"f": fail_on(2)}, lambda running: seen.append((progress(running), doing(running)))
    )
    assert [numbers for numbers, _ in seen] == [[("Each", 3, 0, 0)], [("Each", 3, 1, 0)], [("Each", 3, 1, 1)]]
    assert all(states == [("Work", 1, 0)] for _, states in seen)
    assert nothing(running)


def test_what_takes_no_time_is_the_latest_state() -> None:
    running = watch(
        {"A": {"Type": "Pass", "Next": "B"}, "B": {"Type": "Succeed"}}, 1, {}, lambda running: None
    )
    assert (running.latest, running.events) == ("B", 6)
