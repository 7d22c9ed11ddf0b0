"""Progress and summary: what is displayed, and what is written where there is no terminal."""

from __future__ import annotations

import io
import re
import sys
import time
from collections.abc import Callable
from typing import Any

import pytest
from rich.console import Console

from aslrun.drivers.clock import VirtualClock
from aslrun.execution import Execution
from aslrun.interpreter.scope import Journal, Scope
from aslrun.machine import load
from aslrun.options import RunOptions
from aslrun.views import progress
from aslrun.views.progress import Progress, plain_text, render_frame, whole_text
from aslrun.views.running import Running
from aslrun.views.summary import path_text, summarise

# ------------------------------------------------------------------ what is displayed


def frame(running: Running, now: float, skipped: float = 0, width: int = 70, most: int = 12) -> str:
    console = Console(
        file=io.StringIO(), width=width, force_terminal=True, color_system=None, legacy_windows=False
    )
    console.print(render_frame(running, whole_text(running, "order", now, skipped), now, most))
    assert isinstance(console.file, io.StringIO)
    return "\n".join(line.rstrip() for line in console.file.getvalue().splitlines())


class Busy(Exception):
    pass


PACK = {
    "Type": "Task",
    "Resource": "pack",
    "Retry": [{"ErrorEquals": ["Busy"], "IntervalSeconds": 30}],
    "End": True,
}
PACK_ALL = {
    "PackAll": {
        "Type": "Map",
        "MaxConcurrency": 1,
        "ToleratedFailureCount": 1,
        "ItemProcessor": {
            "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
            "StartAt": "Pack",
            "States": {"Pack": PACK},
        },
        "End": True,
    }
}


def frames_of(
    states: dict[str, Any], input: Any, function: Callable[[Any], Any]
) -> tuple[Execution, list[str]]:
    """Run states on a function, and return what is displayed at each call of it, 1.5 s after another."""
    frames: list[str] = []

    def looking(event: Any) -> Any:
        running.read(1.5 * len(frames))
        frames.append(frame(running, 1.5 * len(frames) + 0.25, execution.waited))
        return function(event)

    machine = load({"StartAt": next(iter(states)), "States": states})
    functions = {"pack": looking} if "pack" in str(states) else {}
    execution, _ = machine.start(input, RunOptions(functions=functions, clock=VirtualClock(0), seed=1))
    running = Running(execution.journal)
    execution.run()
    return execution, frames


def test_a_map_its_failures_and_a_retry() -> None:
    answers = iter([None, ValueError(), None, Busy(), Busy(), None])

    def pack(event: Any) -> Any:
        if answer := next(answers):
            raise answer

    execution, frames = frames_of(PACK_ALL, [1, 2, 3, 4], pack)
    assert execution.status == "SUCCEEDED"
    assert frames[0] == (
        "order runs for 0.2 s, 8 events\n  PackAll                            0 of 4\n  Pack      0.2 s"
    )
    assert frames[-1] == (
        "order runs for 7.8 s, 1 min 30 s of waiting skipped, 34 events\n"
        "  PackAll   ━━━━━━━━━━━━━━━━━       3 of 4, 1 failed, 0.4/s, 2.6 s lef\n"
        "  Pack      3.2 s, 2 retries"
    )


def in_scopes(*states: str) -> Running:
    """What is going on when each state is entered in a scope of its own."""
    journal = Journal(0, None, None)
    identity: Any = None
    for name in states:
        journal.record("TaskStateEntered", Scope(identity, journal), name)
    running = Running(journal)
    running.read(1)
    return running


def test_states_of_one_name_share_a_line() -> None:
    assert frame(in_scopes("Pack", "Pack", "Pay"), 3) == (
        "order runs for 3.0 s, 3 events\n  Pack      2 at once, up to 2.0 s\n  Pay       2.0 s"
    )


def test_only_so_many_lines_are_displayed() -> None:
    shown = frame(in_scopes(*(f"S{number}" for number in range(20))), 75, most=3)
    assert shown == (
        "order runs for 1 min 15 s, 20 events\n  S0         1 min 14 s\n  S1         1 min 14 s\n  … 18 more"
    )


def test_long_names_and_narrow_terminals_keep_to_their_lines() -> None:
    shown = frame(in_scopes("A" * 80, "Pay"), 3, width=30)
    assert len(shown.splitlines()) == 3
    assert all(len(line) <= 30 for line in shown.splitlines())


def test_states_that_take_no_time() -> None:
    journal = Journal(0, None, None)
    identity: Any = None
    scope = Scope(identity, journal)
    journal.record("ExecutionStarted", scope, "")
    journal.record("PassStateEntered", scope, "Count")
    running = Running(journal)
    running.read(1)
    assert frame(running, 2) == "order runs for 2.0 s, 2 events\n  Count"


def test_all_of_it_in_a_plain_line() -> None:
    running = in_scopes("Pack", "Pack", "Pay", "A", "B", "C")
    assert (
        plain_text(running, 3) == "Pack (2 at once, up to 2.0 s), Pay (2.0 s), A (2.0 s), B (2.0 s), 1 more"
    )


@pytest.mark.parametrize("status", ["SUCCEEDED", "FAILED"])
def test_an_execution_that_takes_long_where_there_is_no_terminal(
    monkeypatch: pytest.MonkeyPatch, status: str
) -> None:
    stderr = io.StringIO()
    monkeypatch.setattr(sys, "stderr", stderr)
    monkeypatch.setattr(progress, "PLAIN_INTERVAL", 0.01)
    monkeypatch.setattr(progress, "PLAIN_PAUSES", (0.0, 1e6))
    shown = Progress("order", is_terminal=False)

    def pack(event: Any) -> Any:
        while "order runs for" not in stderr.getvalue():
            time.sleep(0.01)
        shown.show("pack", "packing")
        if status == "FAILED":
            raise Busy("no robot")

    states = {"Pack": {**PACK, "Retry": []}}
    execution, _ = load({"StartAt": "Pack", "States": states}).start({}, RunOptions(functions={"pack": pack}))
    was_due = shown.is_due
    with shown.watching(execution):
        execution.run()
    assert (was_due, shown.is_due) == (False, True)
    shown.summarise(execution)
    lines = stderr.getvalue().splitlines()
    assert re.fullmatch(r"order runs for \d\.\d s, \d events: (Pack( \(\d\.\d s\))?)?", lines[0])
    assert lines[1] == "pack | packing"
    headline = {"SUCCEEDED": "Execution succeeded", "FAILED": "Execution failed in state 'Pack': Busy"}
    assert lines[2] == headline[status]


# ------------------------------------------------------------------ the summary


def test_the_summary_of_a_success() -> None:
    answers = iter([None, Busy(), None, ValueError()])

    def pack(event: Any) -> Any:
        if answer := next(answers):
            raise answer

    states: Any = {
        "First": {**PACK, "Next": "Second"},
        "Second": {**PACK, "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Third"}], "Next": "Third"},
        "Third": {**PACK, "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Last"}], "Next": "Last"},
        "Last": {"Type": "Succeed"},
    }
    for state in states.values():
        state.pop("End", None)
    execution, _ = frames_of(states, {}, pack)
    assert summarise(execution, 12.34) == (
        "Execution succeeded\n"
        "  path:    First → Second → Third → Last\n"
        "  retries: Second 1\n"
        "  caught:  Third: ValueError\n"
        "  took:    12.3 s, skipped 30 s of waiting (--time real waits)"
    )


def test_the_summary_of_a_failure() -> None:
    states = {
        "First": {"Type": "Pass", "Next": "Bad"},
        "Bad": {"Type": "Fail", "Error": "E", "Cause": "a\nb"},
    }
    execution, _ = frames_of(states, {}, lambda event: event)
    assert summarise(execution, 0.0123) == (
        "Execution failed in state 'Bad': E\n  cause:   a\\nb\n  path:    First → Bad\n  took:    0.012 s"
    )


def test_equal_errors_are_caught_in_one_line() -> None:
    inner = {"Pack": {**PACK, "Retry": [], "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "No"}]},
             "No": {"Type": "Pass", "End": True}}  # fmt: skip
    states = {"Each": {"Type": "Map", "ItemProcessor": {"StartAt": "Pack", "States": inner}, "End": True}}

    def pack(event: Any) -> Any:
        raise Busy

    execution = load({"StartAt": "Each", "States": states}).execute([1, 2, 3], functions={"pack": pack})
    assert "  caught:  Pack: Busy, 3 times\n" in summarise(execution, 0)


def test_failures_that_a_map_tolerates_are_counted() -> None:
    answers = iter([None, ValueError(), None])

    def pack(event: Any) -> Any:
        if answer := next(answers):
            raise answer

    execution, _ = frames_of(PACK_ALL, [1, 2, 3], pack)
    assert "  failed:  1 of 3 iterations of PackAll\n" in summarise(execution, 0)


def test_equal_states_of_a_path_are_told_once() -> None:
    assert path_text(["A", *["B"] * 500, "C"]) == "A → B ×500 → C"
    assert path_text(["A", "B"] * 10) == ("A → B → A → B → A → B → … 8 more … → A → B → A → B → A → B")
