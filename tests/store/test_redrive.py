"""Redrive: what is run again, what is kept, and what the history says of it."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from durable import START, Server, Service

from aslrun.errors import StateError
from aslrun.execution import Execution
from aslrun.items.port import ItemData
from aslrun.store.redrivable import NotRedrivable


def task(resource: str = "f", **fields: Any) -> dict[str, Any]:
    return {"Type": "Task", "Resource": resource, **({} if "Next" in fields else {"End": True}), **fields}


def machine(**states: Any) -> dict[str, Any]:
    return {"StartAt": next(iter(states)), "States": states}


class Flaky(Service):
    """Fails in the states of `broken`, each as often as is said."""

    def __init__(self, **broken: int) -> None:
        super().__init__()
        self.broken = broken

    def invoke(self, call: Any) -> Any:
        answer = super().invoke(call)
        if self.broken.get(call.state, 0) > 0:
            self.broken[call.state] -= 1
            raise StateError("Broken", call.state)
        return answer


def ended(
    tmp_path: Path, definition: dict[str, Any], service: Service, input: Any = None
) -> tuple[Server, str]:
    server = Server(str(tmp_path / "aslrun.db"), service, definition)
    arn = server.start("one", input)
    assert server.run()
    return server, arn


def redriven(server: Server, arn: str) -> Any:
    server.running.redrive(arn)
    assert server.run()
    return server.ended[0]


def types(server: Server, arn: str) -> list[str]:
    return [event["type"] for event in server.history(arn)]


def test_a_failed_task_is_run_again_and_what_came_before_is_not(tmp_path: Path) -> None:
    service = Flaky(B=1)
    server, arn = ended(tmp_path, machine(A=task(Next="B"), B=task(Next="C"), C=task()), service, {"x": 1})
    assert server.ended[0].status == "FAILED"
    record = redriven(server, arn)
    assert (record.status, record.output) == ("SUCCEEDED", '{"x":1}')
    assert service.calls == ["A", "B", "B", "C"]
    assert types(server, arn)[6:] == [
        "TaskStateEntered",
        "LambdaFunctionScheduled",
        "LambdaFunctionStarted",
        "LambdaFunctionFailed",
        "ExecutionFailed",
        "ExecutionRedriven",
        "LambdaFunctionScheduled",
        "LambdaFunctionStarted",
        "LambdaFunctionSucceeded",
        "TaskStateExited",
        "TaskStateEntered",
        "LambdaFunctionScheduled",
        "LambdaFunctionStarted",
        "LambdaFunctionSucceeded",
        "TaskStateExited",
        "ExecutionSucceeded",
    ]
    event = server.history(arn)[11]
    assert event["executionRedrivenEventDetails"] == {"redriveCount": 1}
    assert event["previousEventId"] == 11
    kept = server.store.execution(arn)
    assert kept is not None
    assert (kept.redrives, kept.status, kept.events) == (1, "SUCCEEDED", 22)


def test_the_context_object_tells_of_it(tmp_path: Path) -> None:
    context = {"count.$": "$$.Execution.RedriveCount", "execution.$": "$$.Execution"}
    server, arn = ended(tmp_path, machine(A=task(Parameters=context)), Flaky(A=2))
    assert redriven(server, arn).status == "FAILED"
    record = redriven(server, arn)
    assert '"count":2' in record.output
    assert '"RedriveTime":"1970-01-01T00:16:40.000Z"' in record.output


def test_it_is_redriven_again_and_again_also_after_a_restart(tmp_path: Path) -> None:
    definition = machine(A=task(Next="B"), B=task(Next="C"), C=task())
    service = Flaky(A=1, B=2, C=3)
    server, arn = ended(tmp_path, definition, service)
    for _ in range(6):
        before = server.history(arn)
        server.close()
        server = Server(str(tmp_path / "aslrun.db"), service, definition)
        assert server.history(arn) == before
        record = redriven(server, arn)
        after = server.history(arn)
        assert after[: len(before)] == before
    assert record.status == "SUCCEEDED"
    assert service.calls == ["A", "A", "B", "B", "B", "C", "C", "C", "C"]
    assert [type for type in types(server, arn) if type == "ExecutionRedriven"] == ["ExecutionRedriven"] * 6
    server.close()


def test_retriers_count_anew(tmp_path: Path) -> None:
    retry = [{"ErrorEquals": ["States.ALL"], "MaxAttempts": 1, "IntervalSeconds": 1}]
    service = Flaky(A=3)
    server, arn = ended(tmp_path, machine(A=task(Retry=retry)), service)
    assert service.calls == ["A", "A"]
    assert redriven(server, arn).status == "SUCCEEDED"
    assert service.calls == ["A"] * 4


def branch(name: str, *more: str) -> dict[str, Any]:
    states = {name: task(Next=more[0])} if more else {name: task()}
    states |= {one: task(Next=after) for one, after in pairwise(more)}
    return machine(**states, **({more[-1]: task()} if more else {}))


def test_branches_that_succeeded_are_kept_and_aborted_ones_go_on(tmp_path: Path) -> None:
    waits = {"W": {"Type": "Wait", "Seconds": 50, "Next": "D"}, "D": task()}
    parallel = {
        "Type": "Parallel",
        "Branches": [branch("A"), branch("B", "B2"), machine(**waits)],
        "Next": "E",
    }
    definition = machine(P=parallel, E=task())
    service = Flaky(B2=1)
    server, arn = ended(tmp_path, definition, service, {"x": 1})
    assert server.ended[0].status == "FAILED"
    assert redriven(server, arn).status == "SUCCEEDED"
    assert sorted(service.calls) == ["A", "B", "B2", "B2", "D", "E"]
    told = types(server, arn)
    after = told[told.index("ExecutionRedriven") :]
    assert "ParallelStateEntered" not in after
    assert after.count("ParallelStateSucceeded") == 1
    assert server.driver.clock.now == START + 50


def test_a_retried_parallel_keeps_only_its_last_attempt(tmp_path: Path) -> None:
    retry = [{"ErrorEquals": ["States.ALL"], "MaxAttempts": 1, "IntervalSeconds": 1}]
    parallel = {"Type": "Parallel", "Branches": [branch("A"), branch("B")], "Retry": retry, "End": True}
    service = Flaky(B=4)
    server, arn = ended(tmp_path, machine(P=parallel), service)
    assert sorted(service.calls) == ["A", "A", "B", "B"]
    assert redriven(server, arn).status == "FAILED"
    # B is run again, fails, and the Parallel's retrier, which counts anew, tries once more.
    assert sorted(service.calls) == ["A"] * 3 + ["B"] * 4
    assert redriven(server, arn).status == "SUCCEEDED"
    assert sorted(service.calls) == ["A"] * 3 + ["B"] * 5


def test_iterations_that_succeeded_are_kept(tmp_path: Path) -> None:
    items = {"Type": "Map", "ItemProcessor": branch("I"), "MaxConcurrency": 1, "End": True}

    class ThirdFails(Service):
        broken = True

        def invoke(self, call: Any) -> Any:
            answer = super().invoke(call)
            if call.arguments == 3 and self.broken:
                raise StateError("Broken", "3")
            return answer

    service = ThirdFails()
    server, arn = ended(tmp_path, machine(M=items), service, [1, 2, 3, 4])
    assert len(service.calls) == 3
    service.broken = False
    record = redriven(server, arn)
    assert record.output == "[1,2,3,4]"
    assert len(service.calls) == 5


def test_a_fail_state_is_entered_again_and_fails_again(tmp_path: Path) -> None:
    definition = machine(A=task(Next="F"), F={"Type": "Fail", "Error": "No", "Cause": "way"})
    service = Service()
    server, arn = ended(tmp_path, definition, service)
    record = redriven(server, arn)
    assert (record.status, record.error, record.cause) == ("FAILED", "No", "way")
    assert service.calls == ["A"]
    assert types(server, arn)[-4:] == [
        "ExecutionFailed",
        "ExecutionRedriven",
        "FailStateEntered",
        "ExecutionFailed",
    ]


def test_an_error_that_was_caught_stays_caught(tmp_path: Path) -> None:
    catch = [{"ErrorEquals": ["States.ALL"], "Next": "C"}]
    service = Flaky(A=9, C=1)
    server, arn = ended(tmp_path, machine(A=task(Catch=catch), C=task()), service)
    assert redriven(server, arn).status == "SUCCEEDED"
    assert service.calls == ["A", "C", "C"]


@pytest.mark.parametrize("seconds", [10, 100])
def test_a_time_limit_begins_anew(tmp_path: Path, seconds: int) -> None:
    definition = machine(A=task(Next="W"), W={"Type": "Wait", "Seconds": 50, "End": True})
    definition["TimeoutSeconds"] = 30
    service = Service()
    server, arn = ended(tmp_path, definition, service)
    assert (server.ended[0].status, server.ended[0].stopped) == ("TIMED_OUT", START + 30)
    server.driver.clock.wait_until(START + 30 + seconds)
    record = redriven(server, arn)
    assert (record.status, record.stopped) == ("TIMED_OUT", START + 60 + seconds)
    assert service.calls == ["A"]
    assert types(server, arn)[-3:] == ["ExecutionTimedOut", "ExecutionRedriven", "ExecutionTimedOut"]


def test_a_wait_for_a_time_that_is_past_is_over_at_once(tmp_path: Path) -> None:
    definition = machine(W={"Type": "Wait", "Timestamp": "1970-01-01T01:00:00Z", "Next": "A"}, A=task())
    definition["TimeoutSeconds"] = 30
    server, arn = ended(tmp_path, definition, Service())
    server.driver.clock.wait_until(4000.0)
    record = redriven(server, arn)
    assert (record.status, record.stopped) == ("SUCCEEDED", 4000.0)


def test_a_stopped_execution_goes_on(tmp_path: Path) -> None:
    definition = machine(A=task(Next="W"), W={"Type": "Wait", "Seconds": 50, "Next": "B"}, B=task())
    service = Service()
    server = Server(str(tmp_path / "aslrun.db"), service, definition)
    arn = server.start("one")
    execution = server.running.live(arn)
    assert execution is not None
    service.answers["A"] = lambda call: execution.stop("By", "hand")
    assert server.run()
    assert server.ended[0].status == "ABORTED"
    record = redriven(server, arn)
    assert record.status == "SUCCEEDED"
    assert service.calls.count("B") == 1


def test_what_runs_or_has_succeeded_is_not_redriven(tmp_path: Path) -> None:
    server, arn = ended(tmp_path, machine(A=task()), Service())
    with pytest.raises(NotRedrivable, match="Execution is SUCCEEDED and cannot be redriven"):
        server.running.redrive(arn)
    with pytest.raises(LookupError):
        server.running.redrive(f"{arn}x")


@pytest.mark.parametrize("lives", range(8))
def test_a_redriven_execution_outlives_its_server(tmp_path: Path, lives: int) -> None:
    parallel = {"Type": "Parallel", "Branches": [branch("A"), branch("B", "B2")], "Next": "E"}
    definition = machine(P=parallel, E=task(Next="G"), G=task())
    service = Flaky(B2=1)
    server, arn = ended(tmp_path, definition, service)
    server.running.redrive(arn)
    server.run(lives=lives)
    server.close()
    server = Server(str(tmp_path / "aslrun.db"), service, definition)
    if server.running.resume():
        assert server.run()
    record = server.store.execution(arn)
    assert record is not None
    assert (record.status, record.redrives) == ("SUCCEEDED", 1)
    assert service.calls.count("A") == service.calls.count("B") == 1
    server.close()


def test_children_of_a_distributed_map_that_succeeded_are_kept(tmp_path: Path) -> None:
    items = {
        "Type": "Map",
        "MaxConcurrency": 1,
        "ItemProcessor": {
            "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
            **branch("I"),
        },
        "Next": "E",
    }

    class ThirdFails(Service):
        broken = 2

        def invoke(self, call: Any) -> Any:
            answer = super().invoke(call)
            if call.arguments == 3 and self.broken:
                self.broken -= 1
                raise StateError("Broken", "3")
            return answer

    service = ThirdFails()
    server, arn = ended(tmp_path, machine(M=items, E=task()), service, [1, 2, 3, 4])
    assert (server.ended[0].status, len(service.calls)) == ("FAILED", 3)
    assert redriven(server, arn).status == "FAILED"
    assert len(service.calls) == 4
    record = redriven(server, arn)
    assert record.output == "[1,2,3,4]"
    assert service.calls == ["I"] * 6 + ["E"]
    history = server.history(arn)
    told = [event for event in history if event["type"] == "MapRunRedriven"]
    started = next(event for event in history if event["type"] == "MapRunStarted")
    run = started["mapRunStartedEventDetails"]["mapRunArn"]
    assert [one["mapRunRedrivenEventDetails"] for one in told] == [
        {"mapRunArn": run, "redriveCount": 1},
        {"mapRunArn": run, "redriveCount": 2},
    ]
    execution = server.running.history_of(arn)
    assert execution is not None
    (described,) = [one.describe() for one in execution.journal.map_runs]
    counts = described["executionCounts"]
    assert isinstance(counts, dict)
    assert (described["status"], described["redriveCount"], counts["succeeded"]) == ("SUCCEEDED", 2, 4)
    assert (counts["failed"], counts["total"], counts["pending"]) == (0, 4, 0)


def test_what_was_exported_before_a_redrive_stays(tmp_path: Path) -> None:
    items = {
        "Type": "Map",
        "MaxConcurrency": 1,
        "ItemProcessor": {
            "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
            **branch("I"),
        },
        "ResultWriter": {
            "Resource": "arn:aws:states:::s3:putObject",
            "Parameters": {"Bucket": "b", "Prefix": "out"},
            "WriterConfig": {"OutputType": "JSONL", "Transformation": "COMPACT"},
        },
        "End": True,
    }

    class WithBucket(Server):
        def prepare(self, record: Any) -> Execution:
            execution = super().prepare(record)
            execution._open_data = ItemData(None, {"b": tmp_path}).open
            return execution

    service = Flaky()

    def once(call: Any) -> Any:
        if len(service.calls) == 2:
            raise StateError("Broken", "2")
        return call.arguments

    service.answers = {"I": once}

    server = WithBucket(str(tmp_path / "aslrun.db"), service, machine(M=items))
    arn = server.start("one", [1, 2, 3])
    assert server.run()
    assert server.ended[0].status == "FAILED"
    record = redriven(server, arn)
    assert (record.status, service.calls) == ("SUCCEEDED", ["I"] * 4)
    (folder,) = (tmp_path / "out").iterdir()
    where = json.loads(record.output)["ResultWriterDetails"]
    assert where == {"Bucket": "b", "Key": f"out/{folder.name}/Redrive-1/manifest.json"}
    told = json.loads((tmp_path / where["Key"]).read_text())["ResultFiles"]
    before = f"out/{folder.name}"
    assert {status: [one["Key"] for one in files] for status, files in told.items()} == {
        "FAILED": [f"{before}/FAILED_0.jsonl"],
        "PENDING": [f"{before}/PENDING_0.jsonl"],
        "SUCCEEDED": [f"{before}/SUCCEEDED_0.jsonl", f"{before}/Redrive-1/SUCCEEDED_0.jsonl"],
    }
    texts = [(tmp_path / one["Key"]).read_text() for one in told["SUCCEEDED"]]
    assert texts == ["1\n", "2\n3\n"]
