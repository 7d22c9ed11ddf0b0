"""One driver, many executions: tokens, jobs that go on, stops, and recorded answers given again."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest

from aslrun import load
from aslrun.drivers.calls import STILL_RUNNING, Awaited, Call, Poll, Submitted
from aslrun.drivers.clock import Clock, VirtualClock
from aslrun.drivers.driver import Driver
from aslrun.drivers.fibers import Recorded
from aslrun.errors import StateError, UsageError
from aslrun.execution import Execution
from aslrun.values import JSON

SEND = "arn:aws:states:::sqs:sendMessage.waitForTaskToken"
JOB = "arn:aws:states:::batch:submitJob.sync"


class Service:
    """Answers `.waitForTaskToken` with a receipt, and jobs with a result when they were asked three times."""

    def __init__(self, job: Callable[[], Any] = lambda: {"Status": "SUCCEEDED"}) -> None:
        self.job = job
        self.calls: list[Call] = []
        self.asked = 0

    def matches(self, call: Call) -> bool:
        return True

    def invoke(self, call: Call) -> JSON | Submitted | Awaited:
        self.calls.append(call)
        return Submitted({"Number": len(self.calls)})

    def follow(self, call: Call, output: JSON) -> Poll | Awaited:
        return Poll(self.ask, iter([60, 600, 3600]))

    def ask(self) -> Any:
        self.asked += 1
        return STILL_RUNNING if self.asked < 3 else self.job()

    def close(self) -> None:
        pass


def task(resource: str, **fields: Any) -> dict[str, Any]:
    return {"Type": "Task", "Resource": resource, "Parameters": {}, **fields}


WAIT = {"QueueUrl": "q", "MessageBody": {"token.$": "$$.Task.Token"}}


def waiting(**fields: Any) -> dict[str, Any]:
    return {"StartAt": "T", "States": {"T": {**task(SEND, **fields), "Parameters": WAIT, "End": True}}}


def execution_of(definition: dict[str, Any], service: Service, **options: Any) -> Execution:
    machine = load(definition)
    return Execution(machine.compiled, {}, [service], seed=1, **{"clock": VirtualClock(0), **options})


def types(execution: Execution) -> list[JSON]:
    return [event["type"] for event in execution.history]


def test_a_token_is_answered_from_another_thread() -> None:
    execution = execution_of(waiting(), Service())

    def answer(execution: Execution, state: str, token: str) -> None:
        threading.Thread(target=execution.send_task_success, args=(token, {"by": state})).start()

    execution.on_token = answer
    execution.run(token_grace=10)
    assert execution.output == {"by": "T"}
    assert types(execution)[2:6] == ["TaskScheduled", "TaskStarted", "TaskSubmitted", "TaskSucceeded"]


def test_a_failure_and_an_unknown_token() -> None:
    execution = execution_of(waiting(), Service())
    mistakes = []

    def answer(execution: Execution, state: str, token: str) -> None:
        assert execution.tokens == {token: "T"}
        execution.send_task_failure(token, "Refused", "by hand")
        with pytest.raises(UsageError) as told:
            execution.send_task_success(token, 1)
        mistakes.append(str(told.value))

    execution.on_token = answer
    execution.run(token_grace=10)
    assert (execution.status, execution.error, execution.cause) == ("FAILED", "Refused", "by hand")
    assert mistakes == ["no Task waits for an answer to this task token (any more)"]


def test_a_token_that_nobody_answers_ends_the_run_with_a_message() -> None:
    execution = execution_of(waiting(), Service())
    execution.run()
    assert execution.status == "ABORTED"
    assert execution.cause is not None
    assert "state 'T' waits for an answer that nobody here gives" in execution.cause


def test_a_heartbeat_puts_off_its_end_but_not_that_of_the_task() -> None:
    execution = execution_of(waiting(TimeoutSeconds=100, HeartbeatSeconds=40), Service())
    execution.on_token = lambda execution, state, token: execution.send_task_heartbeat(token)
    execution.run()
    assert execution.error == "States.Timeout"
    assert execution.clock.now == 40


def test_heartbeats_again_and_again_leave_the_time_limit() -> None:
    def pairs() -> dict[str, Any]:
        states: dict[str, Any] = {}
        for number in range(3):
            states[f"W{number}"] = {"Type": "Wait", "Seconds": 30, "Next": f"B{number}"}
            states[f"B{number}"] = {"Type": "Task", "Resource": "beat", "Next": f"W{number + 1}"}
        return {"StartAt": "W0", "States": {**states, "W3": {"Type": "Succeed"}}}

    class Beats(Service):
        def invoke(self, call: Call) -> JSON | Submitted | Awaited:
            if call.resource != "beat":
                return super().invoke(call)
            execution.send_task_heartbeat(next(iter(execution.tokens)))
            return None

    branches = [waiting(TimeoutSeconds=100, HeartbeatSeconds=40), pairs()]
    both = {"StartAt": "P", "States": {"P": {"Type": "Parallel", "Branches": branches, "End": True}}}
    execution = execution_of(both, Beats())
    execution.run()
    assert (execution.error, int(execution.clock.now)) == ("States.Timeout", 100)


def test_a_job_is_asked_until_it_ends_and_an_hour_of_that_takes_no_time() -> None:
    service = Service()
    definition = {"StartAt": "J", "States": {"J": {**task(JOB), "End": True}}}
    execution = execution_of(definition, service)
    execution.run()
    assert execution.output == {"Status": "SUCCEEDED"}
    assert (service.asked, int(execution.clock.now)) == (3, 4260)
    submitted = next(e for e in execution.history if e["type"] == "TaskSubmitted")
    assert submitted["taskSubmittedEventDetails"] == {
        "resourceType": "batch",
        "resource": "submitJob.sync",
        "output": '{"Number":1}',
        "outputDetails": {"truncated": False},
    }


def test_a_job_that_fails_fails_the_task() -> None:
    def fail() -> None:
        raise StateError("States.TaskFailed", "no luck")

    definition = {"StartAt": "J", "States": {"J": {**task(JOB), "End": True}}}
    execution = execution_of(definition, Service(fail))
    execution.run()
    assert (execution.error, execution.cause) == ("States.TaskFailed", "no luck")


def test_executions_share_a_driver_and_one_is_stopped() -> None:
    clock = VirtualClock(0)
    driver = Driver(clock)
    sleeper = {"StartAt": "W", "States": {"W": {"Type": "Wait", "Seconds": 50, "End": True}}}
    first, second = (execution_of(sleeper, Service(), clock=clock) for _ in range(2))
    first.begin(driver)
    second.begin(driver, lambda execution: None)
    first.stop("By", "hand")
    driver.run()
    assert (first.status, first.error, first.cause) == ("ABORTED", "By", "hand")
    assert types(first) == ["ExecutionStarted", "WaitStateEntered", "ExecutionAborted"]
    assert (second.status, clock.now) == ("SUCCEEDED", 50)


BUSY: dict[str, Any] = {
    "StartAt": "P",
    "States": {
        "P": {
            "Type": "Parallel",
            "Branches": [
                {"StartAt": "W", "States": {"W": {"Type": "Wait", "Seconds": 5, "End": True}}},
                waiting(),
                {
                    "StartAt": "M",
                    "States": {
                        "M": {
                            "Type": "Map",
                            "ItemsPath": "$$.Execution.Input.l",
                            "MaxConcurrency": 2,
                            "ItemProcessor": {
                                "StartAt": "F",
                                "States": {
                                    "F": {
                                        "Type": "Task",
                                        "Resource": "f",
                                        "Retry": [{"ErrorEquals": ["Once"], "IntervalSeconds": 3}],
                                        "End": True,
                                    }
                                },
                            },
                            "End": True,
                        }
                    },
                },
            ],
            "Next": "J",
        },
        "J": {**task(JOB), "Next": "U"},
        "U": {"Type": "Pass", "Parameters": {"id.$": "States.UUID()"}, "End": True},
    },
}


class Busy(Service):
    def invoke(self, call: Call) -> JSON | Submitted | Awaited:
        if call.resource != "f":
            return super().invoke(call)
        self.calls.append(call)
        failed = [one for one in self.calls if one.arguments == call.arguments and one.resource == "f"]
        if call.arguments == 2 and len(failed) == 1:
            raise StateError("Once", "and no more")
        return {"of": call.arguments}


def busy(clock: Clock, service: Service) -> Execution:
    execution = Execution(load(BUSY).compiled, {"l": [1, 2, 3]}, [service], seed=7, clock=clock)
    execution.on_token = lambda execution, state, token: execution.send_task_success(token, "told")
    return execution


def recorded_run() -> tuple[Execution, list[Recorded]]:
    rows: list[Recorded] = []
    execution = busy(VirtualClock(0), Busy())
    driver = Driver(execution.clock)
    execution.begin(driver, record=rows.append)
    driver.run()
    assert execution.status == "SUCCEEDED"
    return execution, rows


def test_recorded_answers_lead_to_the_same_history_without_a_call() -> None:
    first, rows = recorded_run()
    service = Busy()
    again = busy(VirtualClock(0), service)
    driver = Driver(again.clock)
    again.begin(driver, recorded=rows)
    driver.run()
    assert again.history == first.history
    assert (service.calls, service.asked) == ([], 0)


@pytest.mark.parametrize("kept", range(1, 10))
def test_an_execution_goes_on_from_any_of_its_answers(kept: int) -> None:
    first, rows = recorded_run()
    kept_turns = sorted({row.turn for row in rows})[:kept]
    kept_rows = [row for row in rows if row.turn in kept_turns]
    service = Busy()
    again = busy(VirtualClock(0), service)
    driver = Driver(again.clock)
    again.begin(driver, recorded=kept_rows)
    reached = len(again.journal.rows)
    driver.run()
    assert again.output == first.output
    assert [{**event, "timestamp": ""} for event in again.history[: reached - 3]] == [
        {**event, "timestamp": ""} for event in first.history[: reached - 3]
    ]


def test_answers_of_another_definition_are_refused() -> None:
    _, rows = recorded_run()
    other = execution_of({"StartAt": "S", "States": {"S": {"Type": "Succeed"}}}, Service())
    with pytest.raises(UsageError, match="does not fit its definition"):
        other.begin(Driver(other.clock), recorded=rows)


class Ticking:
    """A clock by which a second goes by each time that somebody looks at it."""

    skipped, jumps, scale = 0.0, False, 1000.0

    def __init__(self) -> None:
        self.ticks = 0.0

    @property
    def now(self) -> float:
        self.ticks += 1
        return self.ticks

    def worked(self, seconds: float) -> None:
        pass

    def wait_until(self, deadline: float) -> None:
        pass


def test_what_happens_in_one_turn_has_the_time_that_is_recorded() -> None:
    """However long it takes from an answer to what comes of it."""
    rows: list[Recorded] = []
    first = busy(Ticking(), Busy())
    driver = Driver(first.clock)
    first.begin(driver, record=rows.append)
    driver.run()
    again = busy(VirtualClock(first.began), Busy())
    driver = Driver(again.clock)
    again.begin(driver, recorded=rows)
    driver.run()
    assert again.history == first.history


def test_an_answer_that_came_before_the_task_waited_for_it_is_kept_at_once() -> None:
    """Whoever sent it has been told that it is taken, and sends it no more."""

    class Quick(Service):
        def invoke(self, call: Call) -> JSON | Submitted | Awaited:
            assert call.token is not None
            first.send_task_success(call.token, "early")
            return super().invoke(call)

    rows: list[Recorded] = []
    first = execution_of(waiting(), Quick())
    driver = Driver(first.clock)
    first.begin(driver, record=rows.append)
    driver.run()
    assert first.output == "early"
    assert [row.is_submitted for row in rows] == [False, True, False]
    service = Service()
    again = execution_of(waiting(), service)
    driver = Driver(again.clock)
    again.begin(driver, recorded=rows[:2])
    driver.run()
    assert (again.status, again.output, service.calls) == ("SUCCEEDED", "early", [])
    assert [event["type"] for event in again.history] == [event["type"] for event in first.history]
