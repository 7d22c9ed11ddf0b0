"""Children of distributed Maps in other processes: what comes of them is what comes of them here."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import aslrun
from aslrun.drivers.clock import RealClock, VirtualClock
from aslrun.history.events import history_events
from aslrun.items.executors import opening
from aslrun.items.executors.processes import Processes

START = 1_770_000_000.0
FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function:double"
PASS: dict[str, Any] = {"StartAt": "P", "States": {"P": {"Type": "Pass", "End": True}}}


class Kept(Processes):
    """Processes that are used by one execution after the other."""

    def close(self) -> None:
        pass


@pytest.fixture(scope="module")
def processes() -> Iterator[Processes]:
    kept = Kept(2)
    yield kept
    Processes.close(kept)


@pytest.fixture
def shared(processes: Processes, monkeypatch: pytest.MonkeyPatch) -> Processes:
    monkeypatch.setattr(opening, "place_of", lambda workers: processes)
    return processes


def distributed(processor: Any = PASS, kind: str = "STANDARD", **fields: Any) -> dict[str, Any]:
    config = {"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": kind}}
    state = {"Type": "Map", "Label": "L", "ItemProcessor": {**processor, **config}, "End": True, **fields}
    return {"StartAt": "Each", "States": {"Each": state}}


def seen(execution: aslrun.Execution) -> Any:
    """Return all that is to be the same."""
    return {
        "status": (execution.status, execution.output, execution.error, execution.cause),
        "history": execution.history,
        "children": [history_of(child) for child in execution.children],
        "runs": [run.describe() for run in execution.map_runs],
        "logs": [child.logs for child in execution.children],
    }


def history_of(child: Any) -> Any:
    return child.id, child.map, child.history, [history_of(one) for one in child.children]


def both(definition: Any, input: Any, workers: Any = 2, **options: Any) -> tuple[Any, Any]:
    """Return what is seen of an execution here, and in other processes."""
    machine = aslrun.load(definition)
    here, there = (
        machine.execute(input, seed=1, clock=VirtualClock(START), map_workers=place, **options)
        for place in ("here", workers)
    )
    return seen(here), seen(there)


def same(definition: Any, input: Any, **options: Any) -> Any:
    here, there = both(definition, input, **options)
    assert here == there
    return here


def machine(*states: tuple[str, dict[str, Any]]) -> dict[str, Any]:
    return {"StartAt": states[0][0], "States": dict(states)}


SHOWN = {"v.$": "$", "u.$": "States.UUID()", "c.$": "$$.Execution"}
CHANCE = machine(("P", {"Type": "Pass", "Parameters": SHOWN, "End": True}))
IS_3 = {"Variable": "$", "NumericEquals": 3, "Next": "F"}
FAILS_AT_3 = machine(
    ("C", {"Type": "Choice", "Choices": [IS_3], "Default": "S"}),
    ("F", {"Type": "Fail", "Error": "Three", "Cause": "ö"}),
    ("S", {"Type": "Succeed"}),
)
WAIT = {"Type": "Wait", "SecondsPath": "$"}
WAITS = machine(("W", {**WAIT, "Next": "P"}), ("P", {"Type": "Pass", "End": True}))
LATE = {**machine(("W", {**WAIT, "End": True})), "TimeoutSeconds": 5}
NESTED = machine(("Inner", {**distributed(CHANCE)["States"]["Each"], "Label": "I"}))
MOCKED = machine(("T", {"Type": "Task", "Resource": FUNCTION, "End": True}))


@pytest.mark.parametrize(
    ("definition", "input", "status"),
    [
        (distributed(CHANCE), [1, "ü", {"a": [1.5, None]}], "SUCCEEDED"),
        (distributed(CHANCE, "EXPRESS"), [1, 2], "SUCCEEDED"),
        (distributed(FAILS_AT_3, ToleratedFailureCount=1), [1, 2, 3], "SUCCEEDED"),
        (distributed(WAITS), [5, 60, 0], "SUCCEEDED"),
        (distributed(LATE, ToleratedFailureCount=1), [1, 60], "SUCCEEDED"),
        (distributed(NESTED), [[1, 2], [3], []], "SUCCEEDED"),
        (distributed(ItemBatcher={"MaxItemsPerBatch": 2}), [1, 2, 3], "SUCCEEDED"),
        (distributed(MaxConcurrency=1), [1, 2, 3], "SUCCEEDED"),
        (distributed(CHANCE), [], "SUCCEEDED"),
        (distributed(FAILS_AT_3, MaxConcurrency=1), [3], "FAILED"),
        (distributed(WAITS, MaxConcurrency=1), [5, 60, 0], "SUCCEEDED"),
        (distributed(ResultWriter={"WriterConfig": {"Transformation": "NONE", "OutputType": "JSON"}}), [1, 2],
         "SUCCEEDED"),
    ],
)  # fmt: skip
def test_outcomes_are_the_same(shared: Processes, definition: Any, input: Any, status: str) -> None:
    assert same(definition, input)["status"][0] == status


@given(st.lists(st.integers(0, 4), max_size=40), st.integers(0, 3), st.sampled_from([0, 1, 7]))
@settings(max_examples=10, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_equal_outcomes_for_any_items(shared: Processes, items: list[int], most: int, at_once: int) -> None:
    definition = distributed(FAILS_AT_3, ToleratedFailureCount=most, MaxConcurrency=at_once)
    here, there = both(definition, items)
    assert here["status"] == there["status"]
    assert here["history"] == there["history"]
    if here["status"][0] == "SUCCEEDED":
        assert here == there


def test_mocks_and_functions_that_are_data_are_sent(shared: Processes) -> None:
    assert same(distributed(MOCKED), [1, 2], mocks={"T": {"a": "ö"}})["status"][1] == [{"a": "ö"}] * 2
    assert same(distributed(MOCKED), [1], functions={"double": 4})["status"][1] == [4]
    failing = same(distributed(MOCKED), [1], mocks={"T": aslrun.StateError("Bad", "x")})
    assert failing["status"][2] == "States.ExceedToleratedFailureThreshold"


def test_functions_in_files_run_beside_the_child(shared: Processes, tmp_path: Path) -> None:
    handler = "def double(event, context):\n    print('at', event)\n    return 2 * event\n"
    (tmp_path / "handlers.py").write_text(handler)
    file = tmp_path / "m.asl.json"
    file.write_text(json.dumps(distributed(MOCKED)))
    lines: list[tuple[str, str]] = []
    execution = aslrun.load(file).execute([1, 2], map_workers=2, show=lambda *line: lines.append(line))
    assert execution.output == [2, 4]
    assert sorted(lines) == [("double", "at 1"), ("double", "at 2")]
    assert [[*child.logs.values()] for child in execution.children] == [[["at 1"]], [["at 2"]]]


def test_histories_need_not_be_kept(shared: Processes) -> None:
    execution = aslrun.load(distributed()).execute([1, 2], map_workers=2, child_history="off")
    assert (execution.output, len(execution.children)) == ([1, 2], 0)


def test_a_map_beside_something_else_goes_by_one_clock(shared: Processes) -> None:
    wait = {"Type": "Wait", "Seconds": 7, "End": True}
    branches: Any = [distributed(WAITS), machine(("Beside", wait))]
    parallel = machine(("Both", {"Type": "Parallel", "Branches": branches, "End": True}))
    assert same(parallel, [5, 9])["status"][0] == "SUCCEEDED"


def test_a_real_clock(shared: Processes) -> None:
    definition: Any = distributed(WAITS)
    execution = aslrun.load(definition).execute([0, 0], map_workers=2, clock=RealClock())
    assert execution.output == [0, 0]


def test_aborted_when_too_many_fail(shared: Processes) -> None:
    items: Any = [3 if number % 10 == 0 else 1 for number in range(1000)]
    execution = aslrun.load(distributed(FAILS_AT_3, ToleratedFailureCount=5)).execute(items, map_workers=2)
    counts = execution.map_runs[0].items
    assert (execution.status, execution.error) == ("FAILED", "States.ExceedToleratedFailureThreshold")
    assert counts.failed == 6
    assert counts.running == 0
    ends = {child.history[-1]["type"] for child in execution.children}
    assert ends >= {"ExecutionSucceeded", "ExecutionFailed"}


def killing(place: Processes, monkeypatch: pytest.MonkeyPatch, at: int) -> None:
    """Kill a process when it works on request number `at`."""
    exchange, requests = Processes._exchange, iter(range(10_000))

    def killed(self: Processes, number: int, request: bytes) -> bytes:
        if next(requests) == at:
            process = self.running.get(number) or self._start(number)
            process.kill()
        return exchange(self, number, request)

    monkeypatch.setattr(Processes, "_exchange", killed)


def test_a_process_that_is_killed_changes_nothing(shared: Processes, monkeypatch: pytest.MonkeyPatch) -> None:
    killing(shared, monkeypatch, 12)
    definition = distributed(FAILS_AT_3, "EXPRESS", ToleratedFailureCount=1)
    here, there = both(definition, [*range(2000)])
    assert here == there
    assert there["runs"][0]["itemCounts"]["succeeded"] == 1999


def test_processes_that_cannot_live_are_one_message(monkeypatch: pytest.MonkeyPatch) -> None:
    def lost(self: Processes, number: int, request: bytes) -> bytes:
        raise EOFError("it has ended with 1")

    monkeypatch.setattr(Processes, "_exchange", lost)
    execution = aslrun.load(distributed()).execute([1, 2], map_workers=2)
    assert execution.status == "ABORTED"
    assert execution.cause is not None
    # Of two processes either may be the first to be lost too often.
    assert re.match(r"a process that ran children ([01]) to \1 of 'Each' was lost 5 times", execution.cause)
    assert execution.map_runs[0].status == "ABORTED"


def test_what_had_ended_by_then_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    exchange, requests = Processes._exchange, iter(range(10_000))

    def lost(self: Processes, number: int, request: bytes) -> bytes:
        if next(requests) > 3:
            raise EOFError("it has ended with 1")
        return exchange(self, number, request)

    monkeypatch.setattr(Processes, "_exchange", lost)
    writer = {
        "Resource": "arn:aws:states:::s3:putObject",
        "Parameters": {"Bucket": "b", "Prefix": "out"},
        "WriterConfig": {"Transformation": "COMPACT", "OutputType": "JSONL"},
    }
    items: Any = [*range(300)]
    map = aslrun.load(distributed(ResultWriter=writer))
    execution = map.execute(items, map_workers=2, s3={"b": tmp_path})
    (run,) = execution.map_runs
    (written,) = tmp_path.rglob("SUCCEEDED_0.jsonl")
    assert execution.status == "ABORTED"
    assert run.executions.succeeded == len(written.read_text().splitlines()) >= 16
    assert [*tmp_path.rglob("manifest.json")]


WAITING = {"Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken", "End": True}
STARTING = {
    "Type": "Task",
    "Resource": "arn:aws:states:::states:startExecution",
    "Parameters": {"StateMachineArn": "arn:aws:states:us-east-1:123456789012:stateMachine:Other"},
    "End": True,
}
ACTIVITY = {"Type": "Task", "Resource": "arn:aws:states:us-east-1:123456789012:activity:a", "End": True}


@pytest.mark.parametrize(
    ("task", "options", "told"),
    [
        (MOCKED["States"]["T"], {"mocks": {"T": lambda arguments: 1}}, "its mock is Python's"),
        (MOCKED["States"]["T"], {"mocks": {"T": (1, 2)}}, "its mock has an answer for each call"),
        (MOCKED["States"]["T"], {"functions": {"double": lambda event: 1}}, "the function 'double' is given"),
        (WAITING, {"partial": True}, "it waits for a task token"),
        (STARTING, {"partial": True}, "it starts an execution"),
        (ACTIVITY, {"activities": {"a": 1}}, "it waits for an activity's worker"),
    ],
)
def test_what_only_this_process_answers_is_refused_by_name(task: Any, options: Any, told: str) -> None:
    with pytest.raises(aslrun.UsageError, match="state 'T' is in a distributed Map") as raised:
        aslrun.load(distributed(machine(("T", task)))).execute([1], map_workers=2, **options)
    assert told in str(raised.value)


@pytest.mark.parametrize("workers", ["0", "-1", "many", "dask:", "dask:0", "tcp://here", "9999"])
def test_workers_that_are_none(workers: str) -> None:
    with pytest.raises(aslrun.UsageError, match="write here, a number of processes"):
        aslrun.load(distributed()).execute([1], map_workers=workers)


@pytest.fixture
def project(tmp_path: Path) -> Callable[[str], aslrun.StateMachine]:
    def project(settings: str) -> aslrun.StateMachine:
        (tmp_path / "m.asl.json").write_text(json.dumps(distributed(MOCKED)))
        (tmp_path / "aslrun.toml").write_text(settings)
        return aslrun.load(tmp_path / "m.asl.json")

    return project


def test_aslrun_toml_says_who_runs_them(
    shared: Processes, project: Callable[[str], aslrun.StateMachine], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def place_of(workers: str) -> Processes:
        asked.append(workers)
        return shared

    monkeypatch.setattr(opening, "place_of", place_of)
    loaded = project("[map]\nworkers = 2\n")
    assert loaded.execute([1], mocks={"T": 1}).output == [1]
    assert asked == ["2"]
    # Else each test with a callable would have to say that they run here.
    assert loaded.execute([1], mocks={"T": lambda arguments: 5}).output == [5]
    assert loaded.execute([1], mocks={"T": 1}, map_workers="here").output == [1]
    assert asked == ["2", "2"]


@pytest.mark.parametrize("settings", ["map = 1", "[map]\nworkers = 'some'", "[map]\nworker = 2"])
def test_settings_that_are_wrong(project: Callable[[str], aslrun.StateMachine], settings: str) -> None:
    with pytest.raises(aslrun.UsageError, match="map"):
        project(settings).execute([1], mocks={"T": 1})


def test_journals_of_children_can_be_read_while_others_run(shared: Processes) -> None:
    machine = aslrun.load(distributed(WAITS))
    execution, close = machine.start([1, 2], aslrun.RunOptions(map_workers=2, seed=1))
    try:
        execution.run()
    finally:
        close()
    assert all(history_events(child.journal) == child.history for child in execution.children)


def test_the_local_aws_is_the_one_of_this_process(shared: Processes) -> None:
    def task(action: str, **parameters: Any) -> dict[str, Any]:
        resource = f"arn:aws:states:::aws-sdk:s3:{action}"
        return {"Type": "Task", "Resource": resource, "Parameters": parameters, "ResultPath": None}

    put = task("putObject", Bucket="shared", **{"Key.$": "States.Format('{}', $)", "Body": "x"})
    each = distributed(machine(("Put", {**put, "End": True})))["States"]["Each"]
    make = task("createBucket", Bucket="shared")
    definition = machine(("Make", {**make, "Next": "Each"}), ("Each", each))
    execution = aslrun.load(definition).execute([1, 2, 3], map_workers=2, aws="local")
    assert (execution.status, execution.output) == ("SUCCEEDED", [1, 2, 3])
    listed = execution.aws.client("s3").list_objects_v2(Bucket="shared")
    assert [one["Key"] for one in listed["Contents"]] == ["1", "2", "3"]


TEMPLATE = """
Transform: AWS::Serverless-2016-10-31
Parameters:
  Factor: {Type: String}
Resources:
  Double:
    Type: AWS::Serverless::Function
    Properties:
      FunctionName: double
      Runtime: python3.12
      Handler: code.handler
      CodeUri: src/
      Environment: {Variables: {FACTOR: !Ref Factor}}
  Machine:
    Type: AWS::Serverless::StateMachine
    Properties:
      DefinitionUri: m.asl.json
"""


def test_functions_of_a_template_have_its_values(shared: Processes, tmp_path: Path) -> None:
    (tmp_path / "src").mkdir()
    code = "import os\ndef handler(event, context):\n    return event * int(os.environ['FACTOR'])\n"
    (tmp_path / "src" / "code.py").write_text(code)
    (tmp_path / "m.asl.json").write_text(json.dumps(distributed(MOCKED)))
    (tmp_path / "template.yaml").write_text(TEMPLATE)
    map = aslrun.load(tmp_path / "template.yaml", substitutions={"Factor": "3"})
    assert map.execute([1, 2], map_workers=2).output == [3, 6]
