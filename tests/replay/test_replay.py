"""Replay and diff: what a history tells is given back, and the first event that differs is found."""

from __future__ import annotations

import copy
import json
import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

import aslrun
from aslrun.cli import aslrun as command
from aslrun.cli.output import write_history
from aslrun.errors import StateError, UsageError
from aslrun.history.diff import describe_difference, first_difference
from aslrun.history.scopes import time_of
from aslrun.replay import compare_replay, replay

LAMBDA = "arn:aws:lambda:us-east-1:123456789012:function:"
MACHINE = {
    "StartAt": "Each",
    "States": {
        "Each": {
            "Type": "Map",
            "ItemsPath": "$.items",
            "ItemProcessor": {
                "StartAt": "Double",
                "States": {
                    "Double": {
                        "Type": "Task",
                        "Resource": LAMBDA + "double",
                        "Retry": [{"ErrorEquals": ["Busy"], "IntervalSeconds": 60}],
                        "End": True,
                    }
                },
            },
            "ResultPath": "$.doubled",
            "Next": "Both",
        },
        "Both": {
            "Type": "Parallel",
            "Branches": [
                {
                    "StartAt": "Pay",
                    "States": {"Pay": {"Type": "Task", "Resource": LAMBDA + "pay", "End": True}},
                },
                {"StartAt": "Rest", "States": {"Rest": {"Type": "Wait", "Seconds": 3600, "End": True}}},
            ],
            "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Sorry"}],
            "End": True,
        },
        "Sorry": {
            "Type": "Pass",
            "Parameters": {"id.$": "States.UUID()", "at.$": "$$.State.EnteredTime"},
            "End": True,
        },
    },
}


class Busy(Exception):
    pass


def functions(pay: Any = None) -> dict[str, Callable[..., Any]]:
    tried: set[int] = set()

    def double(event: Any) -> Any:
        if event == 2 and 2 not in tried:
            tried.add(2)
            raise Busy("later")
        return event * 2

    def paying(event: Any) -> Any:
        if pay is not None:
            raise pay
        return "paid"

    return {"double": double, "pay": paying}


def record(pay: Any = None, **options: Any) -> list[Any]:
    machine = aslrun.load(MACHINE)
    execution = machine.execute({"items": [1, 2, 3]}, functions=functions(pay), **options)
    return execution.history


@pytest.mark.parametrize("pay", [None, ValueError("no money")])
def test_a_replay_gives_the_same_history(pay: Any) -> None:
    recorded = record(pay)
    again = replay(aslrun.load(MACHINE), recorded)
    assert first_difference(recorded, again.history) is None
    assert again.output is not None
    assert again.path.count("Double") == 3


def test_a_changed_definition_is_found_where_it_first_shows() -> None:
    changed = copy.deepcopy(MACHINE)
    changed["States"]["Each"]["ItemProcessor"]["States"]["Double"]["Retry"] = []  # type: ignore[index]
    recorded = record()
    again = replay(aslrun.load(changed), recorded)
    difference = first_difference(recorded, again.history)
    assert difference is not None
    told = describe_difference(difference, "recorded", "here").splitlines()
    assert told[0] == "the histories differ at state 'Double' of iteration 1 of 'Each', in type:"
    assert "LambdaFunctionScheduled" in told[1]
    assert "MapIterationFailed" in told[2]


def both_of(*branches: Any) -> Any:
    return {"StartAt": "P", "States": {"P": {"Type": "Parallel", "Branches": [*branches], "End": True}}}


def passing(name: str, **fields: Any) -> Any:
    return {"StartAt": name, "States": {name: {"Type": "Pass", "End": True, **fields}}}


@pytest.mark.parametrize(
    ("branches", "told"),
    [
        (
            [passing("A"), passing("B"), passing("C")],
            [
                "the histories differ at state 'C' of the branch C of 'P', in type:",
                "  old  no such events",
                "  new  event 8 PassStateEntered 'C'",
            ],
        ),
        (
            [passing("A", Result={"n": 2}), passing("B")],
            [
                "the histories differ at state 'A' of the branch A of 'P', in /output/n:",
                "  old  event 5 PassStateExited 'A': nothing",
                "  new  event 5 PassStateExited 'A': 2",
            ],
        ),
        (
            [{"StartAt": "A", "States": {"A": {"Type": "Fail"}}}, passing("B")],
            [
                "the histories differ at state 'A' of the branch A of 'P', in type:",
                "  old  event 4 PassStateEntered 'A'",
                "  new  event 4 FailStateEntered 'A'",
            ],
        ),
    ],
)
def test_how_a_difference_reads(branches: Any, told: list[str]) -> None:
    old = aslrun.load(both_of(passing("A"), passing("B"))).execute({}).history
    new = aslrun.load(both_of(*branches)).execute({}).history
    difference = first_difference(old, new)
    assert difference is not None
    assert describe_difference(difference, "old", "new").splitlines() == told


def test_a_call_that_was_not_recorded() -> None:
    changed = copy.deepcopy(MACHINE)
    changed["States"]["Sorry"] = {"Type": "Task", "Resource": LAMBDA + "sorry", "End": True}  # type: ignore[index]
    again = replay(aslrun.load(changed), record(ValueError("no")))
    assert again.status == "ABORTED"
    assert "state 'Sorry': nothing is recorded for its call number 1" in str(again.cause)


def test_time_chance_and_order_make_no_difference() -> None:
    first, second = record(ValueError("no"), seed=1), record(ValueError("no"), seed=2)
    assert first != second
    assert first_difference(first, second) is None


@pytest.mark.parametrize(
    ("change", "field"),
    [
        (
            lambda events: events[0]["executionStartedEventDetails"].update(input='{"items": [1]}'),
            "/input/items",
        ),
        (lambda events: events.pop(), "type"),
        (lambda events: events[-1]["executionSucceededEventDetails"].pop("output"), "/output"),
    ],
)
def test_what_does(change: Callable[[Any], Any], field: str) -> None:
    kept, changed = record(), record()
    change(changed)
    difference = first_difference(kept, changed)
    assert difference is not None
    assert difference.field == field
    assert describe_difference(difference, "a.json", "b.json").count("\n") == 2


def test_true_is_not_one() -> None:
    def events(value: Any) -> list[Any]:
        details = {"input": json.dumps({"a": [value]})}
        return [
            {
                "id": 1,
                "previousEventId": 0,
                "type": "ExecutionStarted",
                "executionStartedEventDetails": details,
            }
        ]

    difference = first_difference(events(True), events(1))
    assert difference is not None
    assert difference.field == "/input/a/0"
    assert first_difference(events(1), events(1)) is None


def test_a_service_that_timed_out() -> None:
    task: dict[str, Any] = {
        "Type": "Task",
        "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
        "Parameters": {"QueueUrl": "q", "MessageBody.$": "$$.Task.Token"},
        "TimeoutSeconds": 5,
        "End": True,
    }
    machine = aslrun.load({"StartAt": "T", "States": {"T": task}})
    from aslrun.integrations.mocks import Mocks

    def late(number: int, arguments: Any) -> Any:
        raise StateError("States.Timeout", None)

    recorded = machine.execute({}, mocks=Mocks({"T": late})).history
    again = replay(machine, recorded)
    assert (again.status, again.error) == ("FAILED", "States.Timeout")
    assert first_difference(recorded, again.history, frozenset({"TaskSubmitted"})) is None


def test_what_is_over_first_is_a_question_of_the_recorded_times() -> None:
    both = {"Type": "Parallel", "Branches": [task("Pay"), task("Ship")], "End": True}
    machine = aslrun.load({"StartAt": "Both", "States": {"Both": both}})
    recorded = machine.execute({}, mocks=timed(Pay=(30, StateError("Broke")), Ship=(7, 1))).history
    assert "TaskSucceeded" in [event["type"] for event in recorded]
    again = replay(machine, recorded)
    assert compare_replay(recorded, again) is None
    assert again.waited == 30


def task(name: str, **fields: Any) -> dict[str, Any]:
    call = {"Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage", "End": True, **fields}
    parameters = {"QueueUrl": "q", "MessageBody": "m"}
    return {"StartAt": name, "States": {name: {**call, "Parameters": parameters}}}


def after(seconds: float, number: int) -> float:
    return seconds


def timed(**outcomes: tuple[float, Any]) -> Any:
    """Mocks that answer a state after some seconds."""
    from aslrun.integrations.answers import mocks_of

    mocks = mocks_of({name: outcome for name, (_, outcome) in outcomes.items()})
    mocks.after = {name: partial(after, seconds) for name, (seconds, _) in outcomes.items()}
    return mocks


def test_heartbeats_that_no_event_tells_of() -> None:
    machine = aslrun.load(task("Pay"))
    recorded = machine.execute({}, mocks=timed(Pay=(90, 1))).history
    again = replay(aslrun.load(task("Pay", HeartbeatSeconds=30)), recorded)
    assert again.status == "SUCCEEDED"


def test_an_execution_that_its_machine_ended() -> None:
    machine = aslrun.load({**task("Pay"), "TimeoutSeconds": 20})
    recorded = machine.execute({}, mocks=timed(Pay=(90, 1))).history
    assert recorded[-1]["type"] == "ExecutionTimedOut"
    again = replay(machine, recorded)
    assert again.status == "TIMED_OUT"
    assert compare_replay(recorded, again) is None


@pytest.mark.parametrize("last", ["ExecutionAborted", None])
def test_an_execution_that_had_not_ended(last: str | None) -> None:
    machine = aslrun.load(MACHINE)
    recorded = record()[:20]
    if last is not None:
        recorded.append({"id": 21, "previousEventId": 20, "type": last, "executionAbortedEventDetails": {}})
    assert compare_replay(recorded, replay(machine, recorded)) is None
    other = aslrun.load({"StartAt": "A", "States": {"A": {"Type": "Succeed"}}})
    assert compare_replay(recorded, replay(other, recorded)) is not None


@pytest.mark.parametrize(
    "written",
    [
        lambda time: time.isoformat(),
        lambda time: str(time),
        lambda time: time.timestamp(),
        lambda time: time.strftime("%Y-%m-%dT%H:%M:%SZ"),
        lambda time: time,
    ],
)
def test_times_as_they_are_written_elsewhere(written: Callable[[Any], Any]) -> None:
    time = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    assert time_of({"timestamp": written(time)}) == time.timestamp()
    assert time_of({}) is None


def one_event(details: Any) -> list[Any]:
    return [{"id": 1, "previousEventId": 0, "type": "PassStateExited", "stateExitedEventDetails": details}]


@pytest.mark.parametrize(
    ("one", "other", "are_alike"),
    [
        ({"output": '"1"'}, {"output": "1"}, False),
        ({"output": '{"a": null}'}, {"output": "{}"}, False),
        ({"output": '{"region": "eu"}'}, {"output": '{"region": "us"}'}, False),
        ({"output": '{"requestId": 1}'}, {"output": '{"requestId": 2}'}, False),
        ({"output": '{"a": 1}'}, {"output": '{ "a": 1 }', "outputDetails": {"truncated": False}}, True),
        (
            {"cause": '{"errorType": "E", "errorMessage": "m", "stackTrace": ["a"]}'},
            {"cause": '{"errorType": "E", "errorMessage": "m", "trace": []}'},
            True,
        ),
        (
            {"output": '{"Cause": "{\\"errorType\\": 1, \\"errorMessage\\": 2, \\"stackTrace\\": 3}"}'},
            {"output": '{"Cause": "{\\"errorType\\": 1, \\"errorMessage\\": 2}"}'},
            True,
        ),
        ({"assignedVariables": {"a": '"1"'}}, {"assignedVariables": {"a": "1"}}, False),
        (
            {"output": '"Id=arn:aws:states:r:1:stateMachine:M, Name=M"'},
            {"output": '"Id=arn:aws:states:q:2:stateMachine:N, Name=M"'},
            True,
        ),
    ],
)
def test_what_counts_in_the_data(one: Any, other: Any, are_alike: bool) -> None:
    assert (first_difference(one_event(one), one_event(other)) is None) is are_alike


def test_histories_that_cannot_be_replayed() -> None:
    machine = aslrun.load(MACHINE)
    recorded = record()
    with pytest.raises(UsageError, match="is a page missing"):
        replay(machine, recorded[1:])
    without_data = copy.deepcopy(recorded)
    without_data[0]["executionStartedEventDetails"].pop("input")
    with pytest.raises(UsageError, match="--include-execution-data"):
        replay(machine, without_data)
    with pytest.raises(UsageError, match="the history has no event 7: is a page missing"):
        replay(machine, [event for event in recorded if event["id"] != 7])


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "machine.asl.json").write_text(json.dumps(MACHINE))
    events = record()
    pages = [json.dumps({"events": events[10:]}), json.dumps({"events": events[:10], "nextToken": "t"})]
    (tmp_path / "whole.json").write_text(json.dumps({"events": [*reversed(events)]}))
    (tmp_path / "page1.json").write_text(pages[0])
    (tmp_path / "page2.json").write_text(pages[1])
    (tmp_path / "pages.json").write_text("\n".join(pages))
    (tmp_path / "other.json").write_text(json.dumps({"events": record(ValueError("no"))}))
    (tmp_path / "none.json").write_text('{"events": []}')
    return tmp_path


@pytest.mark.parametrize("pages", [["whole.json"], ["page1.json", "page2.json"], ["pages.json"]])
def test_the_command_takes_pages(folder: Path, pages: list[str]) -> None:
    args = ["replay", *pages, "--definition", "machine.asl.json", "--history", "local.json"]
    ran = CliRunner().invoke(command, args)
    assert (ran.exit_code, ran.stdout) == (0, "the same: 41 events\n")
    ran = CliRunner().invoke(command, ["diff", "whole.json", "local.json"])
    assert (ran.exit_code, ran.stdout) == (0, "the same: 41 events\n")


def test_the_command_tells_of_an_execution_that_had_not_ended(folder: Path) -> None:
    ran = CliRunner().invoke(command, ["replay", "page2.json", "--definition", "machine.asl.json"])
    assert (ran.exit_code, ran.stdout) == (0, "the same: 10 events, of an execution that had not ended\n")


def test_names_that_states_read(folder: Path) -> None:
    named = {"Type": "Pass", "Parameters": {"m.$": "$$.StateMachine.Name", "e.$": "$$.Execution.Name"}}
    machine = {"StartAt": "A", "States": {"A": {**named, "End": True}}}
    (folder / "machine.asl.json").write_text(json.dumps(machine))
    events = aslrun.load(machine, name="Orders").execute({}, name="first").history
    (folder / "named.json").write_text(json.dumps({"events": events}))
    args = ["replay", "named.json", "--definition", "machine.asl.json"]
    ran = CliRunner().invoke(command, args)
    assert "/output/m" in ran.stdout
    ran = CliRunner().invoke(command, [*args, "--machine", "Orders", "--name", "first"])
    assert ran.exit_code == 0


def test_the_commands_tell_a_difference(folder: Path) -> None:
    ran = CliRunner().invoke(command, ["diff", "whole.json", "other.json"])
    assert ran.exit_code == 1
    assert "at state 'Pay' of the branch Pay of 'Both', in type" in ran.stdout
    assert [line.split()[0] for line in ran.stdout.splitlines()[1:]] == ["whole.json", "other.json"]
    (folder / "machine.asl.json").write_text(
        json.dumps({"StartAt": "A", "States": {"A": {"Type": "Succeed"}}})
    )
    ran = CliRunner().invoke(command, ["replay", "whole.json", "--definition", "machine.asl.json"])
    assert ran.exit_code == 1
    assert "event 2 MapStateEntered" in ran.stdout
    assert "event 2 SucceedStateEntered" in ran.stdout


@pytest.mark.parametrize(
    "args", [["diff", "none.json", "whole.json"], ["replay", "none.json", "--definition", "m"]]
)
def test_a_history_without_events(folder: Path, args: list[str]) -> None:
    ran = CliRunner().invoke(command, args)
    assert "a history without events" in str(ran.exception)


# ---------------------------------------------------------------- distributed Maps


def _map(processor: dict[str, Any], **fields: Any) -> dict[str, Any]:
    config = {"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}}
    return {"Type": "Map", "ItemProcessor": {**config, **processor}, "End": True, **fields}


def _task(name: str) -> dict[str, Any]:
    return {"StartAt": name, "States": {name: {"Type": "Task", "Resource": LAMBDA + "f", "End": True}}}


def distributed(name: str = "Double", **fields: Any) -> dict[str, Any]:
    """A Map over the numbers of a file, with another one in each child."""
    inner = {"StartAt": "In", "States": {"In": _map(_task(name), ItemsPath="$.list")}}
    reader = {
        "Resource": "arn:aws:states:::s3:getObject",
        "ReaderConfig": {"InputType": "JSON"},
        "Parameters": {"Bucket": "b", "Key": "items.json"},
    }
    writer = {"Resource": "arn:aws:states:::s3:putObject", "Parameters": {"Bucket": "b", "Prefix": "out"}}
    state = _map(inner, ItemReader=reader, ResultWriter=writer, ToleratedFailureCount=2, **fields)
    return {"StartAt": "Out", "States": {"Out": state}}


@pytest.fixture
def recorded_map(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the histories of a distributed Map and its children, the third of which failed."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "aslrun.toml").write_text('[s3]\n"b" = "."\n')
    (tmp_path / "items.json").write_text(json.dumps([{"list": [1, 2]}, {"list": [3]}, {"list": ["x"]}]))
    (tmp_path / "map.asl.json").write_text(json.dumps(distributed()))

    def double(value: Any) -> Any:
        if isinstance(value, str):
            raise StateError("NoNumber", value)
        return value * 2

    execution = aslrun.load("map.asl.json").execute(functions={"f": double}, seed=1)
    assert execution.status == "SUCCEEDED"
    write_history(execution, tmp_path / "run.json")
    return tmp_path


def call(*arguments: str) -> tuple[int, str]:
    ran = CliRunner().invoke(command, arguments)
    return ran.exit_code, ran.output


def test_children_are_given_what_was_recorded_of_them(recorded_map: Path) -> None:
    shutil.rmtree(recorded_map / "out")
    assert call("replay", "run.json", "--definition", "map.asl.json") == (
        0, "the same: 8 events, and 7 children\n",
    )  # fmt: skip
    assert not (recorded_map / "out").exists()


def test_children_are_known_by_their_inputs(recorded_map: Path) -> None:
    first, second = recorded_map / "run.Out.1.json", recorded_map / "run.Out.2.json"
    for number in (1, 2):
        (recorded_map / f"run.Out.1.In.{number}.json").rename(recorded_map / f"kept.{number}")
    (recorded_map / "run.Out.2.In.1.json").rename(recorded_map / "run.Out.1.In.1.json")
    for number in (1, 2):
        (recorded_map / f"kept.{number}").rename(recorded_map / f"run.Out.2.In.{number}.json")
    texts = first.read_text(), second.read_text()
    first.write_text(texts[1])
    second.write_text(texts[0])
    assert call("replay", "run.json", "--definition", "map.asl.json")[0] == 0


def test_a_child_that_does_something_else_is_told(recorded_map: Path) -> None:
    changed = distributed()
    inner = changed["States"]["Out"]["ItemProcessor"]["States"]["In"]["ItemProcessor"]
    inner["States"]["Double"]["OutputPath"] = "$.nothing"
    (recorded_map / "map.asl.json").write_text(json.dumps(changed))
    code, told = call("replay", "run.json", "--definition", "map.asl.json")
    assert code == 1
    assert "in child 1 of 'In' of child 1 of 'Out' the histories differ at state 'Double'" in told


def test_children_whose_histories_are_not_there(recorded_map: Path) -> None:
    for file in recorded_map.glob("run.Out.*"):
        file.unlink()
    code, told = call("replay", "run.json", "--definition", "map.asl.json")
    assert code == 1
    assert "state 'Double': no history of child 1 of 'In' lies beside the given one" in told


def test_diff_compares_the_children(recorded_map: Path) -> None:
    for file in [*recorded_map.glob("run*.json")]:
        (recorded_map / file.name.replace("run", "other", 1)).write_text(file.read_text())
    assert call("diff", "run.json", "other.json") == (0, "the same: 8 events, and 7 children\n")
    changed = recorded_map / "other.Out.2.In.1.json"
    changed.write_text(changed.read_text().replace('"output": "6"', '"output": "7"'))
    code, told = call("diff", "run.json", "other.json")
    assert code == 1
    assert told.startswith("in child 1 of 'In' of child 2 of 'Out' the histories differ at state 'Double'")
    (recorded_map / "other.Out.1.In.2.json").unlink()
    assert call("diff", "run.json", "other.json") == (
        1, "'In' in child 1 of 'Out' has 2 children in run.json, 1 in other.json\n",
    )  # fmt: skip
