"""The driver: things that happen at the same time, on both clocks, and limits on what never ends."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from typing import Any

import pytest

from aslrun.drivers.clock import RealClock, VirtualClock
from aslrun.drivers.threads import DaemonThreads
from aslrun.views.summary import explain_failure

Run = Callable[..., Any]


def branch(function: str) -> dict[str, Any]:
    return {"StartAt": function, "States": {function: {"Type": "Task", "Resource": function, "End": True}}}


def parallel(*functions: str) -> dict[str, Any]:
    return {"P": {"Type": "Parallel", "Branches": [branch(name) for name in functions], "End": True}}


@pytest.mark.parametrize("clock", [VirtualClock, RealClock])
def test_branches_really_run_at_the_same_time(run: Run, clock: Callable[[], Any]) -> None:
    meeting = threading.Barrier(3)

    def meet(event: Any) -> str:
        meeting.wait(10)
        return "met"

    names = ("a", "b", "c")
    execution = run(parallel(*names), functions=dict.fromkeys(names, meet), clock=clock())
    assert execution.output == ["met"] * 3


def test_iterations_really_run_at_the_same_time_and_no_more_than_allowed(run: Run) -> None:
    meeting, running, most = threading.Barrier(2), [], []

    def meet(event: Any) -> Any:
        running.append(event)
        most.append(len(running))
        meeting.wait(10)
        running.remove(event)
        return event

    states = {"M": {"Type": "Map", "MaxConcurrency": 2, "ItemProcessor": branch("f"), "End": True}}
    assert run(states, [1, 2, 3, 4], functions={"f": meet}).output == [1, 2, 3, 4]
    assert max(most) == 2


def test_a_failure_does_not_wait_for_the_other_branches(run: Run) -> None:
    release = threading.Event()

    def fail(event: Any) -> None:
        raise ValueError("no")

    functions = {"slow": lambda event: release.wait(30), "fail": fail}
    execution = run(parallel("slow", "fail"), functions=functions)
    release.set()
    assert execution.error == "ValueError"
    types = [event["type"] for event in execution.history]
    assert types.count("TaskStateAborted") == 2


def test_waiting_is_not_skipped_while_a_function_works(run: Run) -> None:
    went_on = threading.Event()
    wait = {
        "StartAt": "W",
        "States": {
            "W": {"Type": "Wait", "Seconds": 1, "Next": "T"},
            "T": {"Type": "Task", "Resource": "after", "End": True},
        },
    }
    states = {"P": {"Type": "Parallel", "Branches": [branch("f"), wait], "End": True}}
    functions = {"f": lambda event: went_on.wait(10), "after": lambda event: went_on.set()}
    execution = run(states, functions=functions)
    assert execution.output == [True, None]
    assert execution.waited == 0


ENDLESS: dict[str, Any] = {
    "StartAt": "Again",
    "States": {
        "Again": {
            "Type": "Choice",
            "Choices": [{"Variable": "$$.Execution.Input[0]", "IsString": True, "Next": "Stop"}],
            "Default": "Work",
        },
        "Work": {"Type": "Pass", "Next": "Again"},
        "Stop": {"Type": "Succeed"},
    },
}


def test_an_endless_loop_ends_with_the_history_limit(run: Run) -> None:
    execution = run(ENDLESS, [1])
    assert (execution.status, execution.error) == ("FAILED", "States.Runtime")
    assert execution.cause == "The execution reached the maximum number of history events (25000)."
    assert len(execution.history) == 25_000
    assert execution.history[-1]["type"] == "ExecutionFailed"


def test_the_limit_holds_inside_a_map_and_cannot_be_caught(run: Run) -> None:
    states = {
        "M": {
            "Type": "Map",
            "ItemProcessor": ENDLESS,
            "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Caught"}],
            "End": True,
        },
        "Caught": {"Type": "Pass", "End": True},
    }
    execution = run(states, [1, 2])
    assert (execution.status, len(execution.history)) == ("FAILED", 25_000)


@pytest.mark.parametrize("limit", [60, 61, 62, 63])
def test_the_limit_may_come_at_any_event_of_an_iteration(
    run: Run, monkeypatch: pytest.MonkeyPatch, limit: int
) -> None:
    monkeypatch.setattr("aslrun.execution.STANDARD_LIMIT", limit)
    one = {"StartAt": "One", "States": {"One": {"Type": "Pass", "End": True}}}
    execution = run({"M": {"Type": "Map", "ItemProcessor": one, "End": True}}, [1] * 60)
    assert (execution.status, len(execution.history)) == ("FAILED", limit)
    assert execution.history[-1]["type"] == "ExecutionFailed"


def test_without_quota_there_is_no_limit(run: Run) -> None:
    states = {
        "Add": {"Type": "Pass", "Parameters": {"n.$": "States.MathAdd($.n, 1)"}, "Next": "More"},
        "More": {
            "Type": "Choice",
            "Choices": [{"Variable": "$.n", "NumericLessThan": 7000, "Next": "Add"}],
            "Default": "Done",
        },
        "Done": {"Type": "Succeed"},
    }
    assert run(states, {"n": 0}).status == "FAILED"
    assert run(states, {"n": 0}, quota=False).output == {"n": 7000}
    assert run(states, {"n": 0}, type="EXPRESS").output == {"n": 7000}


def test_an_express_execution_ends_after_five_minutes(run: Run) -> None:
    states = {"W": {"Type": "Wait", "Seconds": 301, "End": True}}
    assert run(states).status == "SUCCEEDED"
    assert run(states, type="EXPRESS").status == "TIMED_OUT"


def test_the_arn_of_an_express_execution_has_an_end_of_its_own(run: Run) -> None:
    states = {"A": {"Type": "Pass", "Parameters": {"id.$": "$$.Execution.Id"}, "End": True}}
    executions = [run(states, type="EXPRESS", name="n") for _ in "ab"]
    ids = [execution.id for execution in executions]
    assert [execution.output for execution in executions] == [{"id": id} for id in ids]
    assert ids[0] == ids[1], "the seed decides"
    assert re.fullmatch(r"arn:aws:states:[^:]+:\d+:express:[^:]+:n:[0-9a-f-]{36}", ids[0])
    assert run(states, name="n").id.split(":")[5::2] == ["execution", "n"]


def test_an_interrupt_is_recorded_and_goes_on_to_the_caller(run: Run) -> None:
    import aslrun

    def interrupt(event: Any) -> None:
        raise KeyboardInterrupt

    states = {"T": {"Type": "Task", "Resource": "f", "End": True}}
    machine = aslrun.load({"StartAt": "T", "States": states})
    execution, close = machine.start({}, aslrun.RunOptions(functions={"f": interrupt}))
    with pytest.raises(KeyboardInterrupt):
        execution.run()
    close()
    assert execution.status == "ABORTED"
    assert execution.history[-1]["type"] == "ExecutionAborted"


def test_the_waiting_is_the_same_however_long_a_thread_takes_to_begin(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    submit = DaemonThreads.submit

    def submit_late(self: DaemonThreads, work: Callable[[], None]) -> None:
        def begin() -> None:
            threading.Event().wait(0.01)
            work()

        submit(self, begin)

    monkeypatch.setattr(DaemonThreads, "submit", submit_late)
    wait = {"StartAt": "W", "States": {"W": {"Type": "Wait", "Seconds": 30, "End": True}}}
    states = {"P": {"Type": "Parallel", "Branches": [branch("f"), wait], "End": True}}
    assert run(states, functions={"f": lambda event: 1}).waited == 30


def test_a_standard_execution_ends_after_a_year(run: Run) -> None:
    states = {
        "Sleep": {"Type": "Wait", "Seconds": 40 * 86_400, "Next": "Work"},
        "Work": {"Type": "Task", "Resource": "f", "Next": "More"},
        "More": {
            "Type": "Choice",
            "Choices": [{"Variable": "$.stop", "IsPresent": True, "Next": "End"}],
            "Default": "Sleep",
        },
        "End": {"Type": "Succeed"},
    }
    execution = run(states, functions={"f": lambda event: event}, quota=False)
    assert (execution.status, execution.error, execution.waited) == ("TIMED_OUT", None, 365 * 86_400)
    assert execution.history[-1]["type"] == "ExecutionTimedOut"
    assert "365 d" in explain_failure(execution)
