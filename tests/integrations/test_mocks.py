"""Mock configurations of Step Functions Local: what states are answered, and what is wrong with a file."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

import aslrun
from aslrun.cli import aslrun as cli
from aslrun.errors import UsageError

RETRY = [{"ErrorEquals": ["Lambda.TooManyRequestsException"], "MaxAttempts": 2}]
MACHINE = {
    "StartAt": "Call",
    "States": {
        "Call": {
            "Type": "Task",
            "Resource": "arn:aws:states:::lambda:invoke",
            "Parameters": {"FunctionName": "f", "Payload.$": "$"},
            "Retry": RETRY,
            "ResultPath": "$.call",
            "Next": "Send",
        },
        "Send": {
            "Type": "Task",
            "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
            "Parameters": {"QueueUrl": "q", "MessageBody": {"token.$": "$$.Task.Token"}},
            "ResultPath": "$.sent",
            "End": True,
        },
    },
}
BUSY = {"Throw": {"Error": "Lambda.TooManyRequestsException", "Cause": "busy"}}
CONFIG: dict[str, Any] = {
    "StateMachines": {
        "machine": {
            "TestCases": {
                "Happy": {"Call": "Answered", "Send": "Received"},
                "Busy": {"Call": "BusyAtFirst", "Send": "Received"},
                "Refused": {"Call": "Answered", "Send": "Refused"},
                "TooBusy": {"Call": "Busy"},
            }
        }
    },
    "MockedResponses": {
        "Answered": {"0": {"Return": {"StatusCode": 200, "Payload": 1}}},
        "BusyAtFirst": {"0-1": BUSY, "2": {"Return": {"StatusCode": 200, "Payload": 3}}},
        "Busy": {"0": BUSY},
        "Received": {"0": {"Return": {"MessageId": "m"}}},
        "Refused": {"0": {"Throw": {"Error": "NotToday"}}},
    },
}


@pytest.fixture
def execute(tmp_path: Path) -> Callable[..., aslrun.Execution]:
    (tmp_path / "machine.asl.json").write_text(json.dumps(MACHINE), encoding="utf-8")

    def execute(test_case: str | None, config: Any = CONFIG) -> aslrun.Execution:
        path = tmp_path / "mocks.json"
        path.write_text(config if isinstance(config, str) else json.dumps(config, indent=1), encoding="utf-8")
        machine = aslrun.load(tmp_path / "machine.asl.json")
        return machine.execute({}, mocks=machine.read_mocks(str(path), test_case))

    return execute


def types(execution: aslrun.Execution) -> list[str]:
    return [str(event["type"]) for event in execution.history]


def test_tasks_are_answered_by_state(execute: Callable[..., aslrun.Execution]) -> None:
    execution = execute("Happy")
    assert execution.output == {"call": {"StatusCode": 200, "Payload": 1}, "sent": {"MessageId": "m"}}
    assert types(execution)[6:11] == [
        "TaskStateEntered", "TaskScheduled", "TaskStarted", "TaskSubmitted", "TaskSucceeded",
    ]  # fmt: skip


def test_responses_are_counted_by_call(execute: Callable[..., aslrun.Execution]) -> None:
    execution = execute("Busy")
    assert execution.output["call"]["Payload"] == 3  # type: ignore[call-overload, index]
    assert types(execution).count("TaskFailed") == 2
    assert execution.waited == 1 + 2


def test_what_is_not_used_may_be_unfinished(execute: Callable[..., aslrun.Execution]) -> None:
    config = changed(["MockedResponses", "Spare"], {})
    config["StateMachines"]["other"] = {"TestCases": {"A": {"ItsOwnState": "Spare"}}}
    assert execute("Happy", config).status == "SUCCEEDED"


@pytest.mark.parametrize("value", [None, [], "text", 0, False])
def test_a_result_may_be_any_json(execute: Callable[..., aslrun.Execution], value: Any) -> None:
    answered = {"0": {"Return": None}}
    config = changed(["MockedResponses", "Received"], answered)
    config["MockedResponses"]["Received"]["0"]["Return"] = value
    assert execute("Happy", config).output["sent"] == value  # type: ignore[call-overload, index]


def test_a_mock_can_throw(execute: Callable[..., aslrun.Execution]) -> None:
    execution = execute("Refused")
    assert (execution.status, execution.error, execution.cause) == ("FAILED", "NotToday", None)
    assert types(execution)[-3:] == ["TaskSubmitted", "TaskFailed", "ExecutionFailed"]


def test_a_call_that_nothing_is_said_of(execute: Callable[..., aslrun.Execution]) -> None:
    execution = execute("TooBusy")
    assert execution.status == "ABORTED"
    assert "state 'Call' was called 2 times; the mocked response 'Busy' has answers for 1" in str(
        execution.cause
    )


def test_a_task_token_is_drawn_for_each_attempt(execute: Callable[..., aslrun.Execution]) -> None:
    scheduled = execute("Happy").history[7]["taskScheduledEventDetails"]
    token = json.loads(scheduled["parameters"])["MessageBody"]["token"]  # type: ignore[call-overload, index, arg-type]
    assert len(token) > 20


def changed(path: list[str], value: Any) -> Any:
    config = json.loads(json.dumps(CONFIG))
    place = config
    for name in path[:-1]:
        place = place[name]
    if value is None:
        del place[path[-1]]
    else:
        place[path[-1]] = value
    return config


ANSWERED = ["MockedResponses", "Answered"]
CASES = ["StateMachines", "machine", "TestCases"]
HAPPY = [*CASES, "Happy"]


@pytest.mark.parametrize(
    ("config", "test_case", "told"),
    [
        (CONFIG, "Nope", "4:17: there is no test case 'Nope'; there is: 'Happy', 'Busy'"),
        (CONFIG, None, "there are several test cases, name one with --test-case"),
        (changed([*HAPPY, "Call"], 5), "Happy", "6:14: the name of a mocked response is expected here"),
        (changed([*HAPPY, "Call"], "Lost"), "Happy", "there is no mocked response 'Lost'"),
        (changed([*HAPPY, "Cal"], "Answered"), "Happy", "8:6: the state machine has no Task 'Cal'"),
        (changed(["MockedResponses"], None), "Happy", "1:1: the field 'MockedResponses' is missing here"),
        (changed(ANSWERED, {}), "Happy", "there is no response for call number 0"),
        (changed(ANSWERED, {"0": BUSY, "2": BUSY}), "Happy", "call number 1; count from 0"),
        (changed(ANSWERED, {"0-2": BUSY, "1": BUSY}), "Happy", "number 1 has two responses"),
        (changed(ANSWERED, {"2-1": BUSY}), "Happy", '"2-1" is no number of a call'),
        (changed(ANSWERED, {"first": BUSY}), "Happy", '"first" is no number of a call'),
        (changed(ANSWERED, {"0": {}}), "Happy", "one of Return and Throw"),
        (changed(ANSWERED, {"0": {"Throw": {"error": "x"}}}), "Happy", "Throw has an Error"),
        (changed(ANSWERED, []), "Happy", "an object is expected here"),
        (changed(["MockedResponses", "Spare"], {"zero": BUSY}), "Happy", '"zero" is no number of a call'),
        (changed(["MockedResponses", "Spare"], {"0": {"Retrun": 1}}), "Happy", "one of Return and Throw"),
        (changed([*CASES, "Spare"], {"Cal": "Busy"}), "Happy", "the state machine has no Task 'Cal'"),
        (changed([*CASES, "Spare"], {"Call": "Bsy"}), "Happy", "there is no mocked response 'Bsy'"),
        (changed(["StateMachines", "other"], {"TestCases": {"A": {"B": "C"}}}), "Happy", "response 'C'"),
        ("{", "Happy", "1:1: this object is not closed"),
        ("[]", "Happy", "the field 'StateMachines' is missing here"),
    ],
)  # fmt: skip
def test_mistakes_are_found_before_the_run(
    execute: Callable[..., aslrun.Execution], config: Any, test_case: str | None, told: str
) -> None:
    with pytest.raises(aslrun.UsageError) as mistake:
        execute(test_case, config)
    assert "mocks.json" in str(mistake.value)
    assert told in str(mistake.value)


def test_a_function_by_its_arn_is_mocked_as_invoke_answers() -> None:
    from aslrun.integrations.mocks import Mocks

    arn = "arn:aws:lambda:us-east-1:123456789012:function:f"
    machine = aslrun.load({"StartAt": "T", "States": {"T": {"Type": "Task", "Resource": arn, "End": True}}})
    answer: Any = {"StatusCode": 200, "Payload": {"a": 1}}
    assert machine.execute(mocks=Mocks({"T": lambda number, arguments: answer})).output == {"a": 1}
    assert machine.execute(mocks=Mocks({"T": lambda number, arguments: arguments})).output == {}


def test_on_the_command_line(tmp_path: Path) -> None:
    (tmp_path / "m.asl.json").write_text(json.dumps(MACHINE), encoding="utf-8")
    (tmp_path / "mocks.json").write_text(json.dumps(CONFIG), encoding="utf-8")
    command = ["execute", str(tmp_path / "m.asl.json"), "--mock-config", str(tmp_path / "mocks.json")]
    ran = CliRunner().invoke(cli, [*command, "--test-case", "Happy"])
    assert json.loads(ran.stdout)["sent"] == {"MessageId": "m"}


def test_answers_come_after_the_seconds_that_are_said(tmp_path: Path) -> None:
    def failing(name: str) -> Any:
        state = {"Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage", "End": True}
        parameters = {"QueueUrl": "q", "MessageBody": ""}
        return {"StartAt": name, "States": {name: {**state, "Parameters": parameters}}}

    both = {"Type": "Parallel", "Branches": [failing("A"), failing("B")], "End": True}
    machine = aslrun.load({"StartAt": "P", "States": {"P": both}})
    path = tmp_path / "mocks.json"

    def execute(a: dict[str, Any], b: dict[str, Any]) -> aslrun.Execution:
        responses = {name: {"0": {"Throw": {"Error": name}, **more}} for name, more in (("A", a), ("B", b))}
        machines = {"x": {"TestCases": {"C": {"A": "A", "B": "B"}}}}
        config = {"StateMachines": machines, "MockedResponses": responses}
        path.write_text(json.dumps(config), encoding="utf-8")
        return machine.execute({}, mocks=machine.read_mocks(str(path)))

    assert [execute({}, {}).error for _ in range(5)] == ["A"] * 5
    assert execute({"AfterSeconds": 2}, {"AfterSeconds": 1.5}).error == "B"
    assert execute({"AfterSeconds": 2}, {"AfterSeconds": 3}).waited == 2
    with pytest.raises(UsageError, match="AfterSeconds is a number of seconds, 0 or more"):
        execute({"AfterSeconds": -1}, {})


def test_an_answer_that_comes_too_late_is_a_timeout(
    execute: Callable[..., aslrun.Execution], tmp_path: Path
) -> None:
    config = changed([*ANSWERED, "0"], {"Return": {"StatusCode": 200, "Payload": 1}, "AfterSeconds": 10})
    assert execute("Happy", config).waited == 10
    machine = json.loads(json.dumps(MACHINE))
    machine["States"]["Call"]["TimeoutSeconds"] = 9
    (tmp_path / "machine.asl.json").write_text(json.dumps(machine), encoding="utf-8")
    execution = execute("Happy", config)
    assert (execution.error, execution.waited) == ("States.Timeout", 9)


def test_the_machine_among_several_is_picked_by_its_name(tmp_path: Path) -> None:
    (tmp_path / "m.asl.json").write_text(json.dumps(MACHINE), encoding="utf-8")
    config = changed(["StateMachines", "other"], {"TestCases": {"Only": {"Call": "Busy"}}})
    (tmp_path / "mocks.json").write_text(json.dumps(config), encoding="utf-8")
    command = ["execute", str(tmp_path / "m.asl.json"), "--mock-config", str(tmp_path / "mocks.json")]
    ran = CliRunner().invoke(cli, [*command, "--test-case", "Happy", "--machine", "machine", "--json"])
    assert json.loads(ran.stdout)["status"] == "SUCCEEDED"
    assert ":stateMachine:machine" in ran.stdout or ":execution:machine:" in ran.stdout
    ran = CliRunner().invoke(cli, [*command, "--test-case", "Happy"])
    assert "there is no state machine 'm'; there is: 'machine', 'other'" in str(ran.exception)


def test_calls_are_counted_over_the_iterations_of_a_map(tmp_path: Path) -> None:
    call = {
        "Type": "Task",
        "Resource": "arn:aws:states:::sqs:sendMessage",
        "Parameters": {"QueueUrl": "q", "MessageBody.$": "$"},
        "End": True,
    }
    each = {"Type": "Map", "MaxConcurrency": 1, "Iterator": {"StartAt": "C", "States": {"C": call}}}
    machine = aslrun.load({"StartAt": "M", "States": {"M": {**each, "End": True}}})
    config = {
        "StateMachines": {"any": {"TestCases": {"T": {"C": "Numbered"}}}},
        "MockedResponses": {"Numbered": {str(n): {"Return": n} for n in range(3)}},
    }
    (tmp_path / "mocks.json").write_text(json.dumps(config), encoding="utf-8")
    mocks = machine.read_mocks(str(tmp_path / "mocks.json"))
    assert machine.execute(["a", "b", "c"], mocks=mocks).output == [0, 1, 2]
