"""Tasks that nothing answers: told before anything runs, all in one message; answers on the command line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

import aslrun
from aslrun.cli import aslrun as cli
from aslrun.errors import StateError, UsageError

SEND: dict[str, Any] = {
    "Type": "Task",
    "Resource": "arn:aws:states:us-east-1:123456789012:activity:send",
    "End": True,
}
CALL: dict[str, Any] = {
    "Type": "Task",
    "Resource": "arn:aws:states:::lambda:invoke",
    "Parameters": {"FunctionName": "nowhere"},
    "End": True,
}
DEFINITION: dict[str, Any] = {
    "StartAt": "Start",
    "States": {
        "Start": {"Type": "Pass", "Next": "Both"},
        "Both": {
            "Type": "Parallel",
            "Branches": [
                {
                    "StartAt": "Send",
                    "States": {"Send": SEND},
                },
                {"StartAt": "Call", "States": {"Call": CALL}},
            ],
            "Next": "Wait",
        },
        "Wait": {
            "Type": "Task",
            "Resource": "arn:aws:states:us-east-1:123456789012:activity:approve",
            "End": True,
        },
    },
}


@pytest.fixture
def definition(tmp_path: Path) -> Path:
    path = tmp_path / "machine.asl.json"
    path.write_text(json.dumps(DEFINITION, indent=2), encoding="utf-8")
    return path


def execute(definition: Path, *options: str) -> Result:
    return CliRunner().invoke(cli, ["execute", str(definition), "--quiet", *options], catch_exceptions=True)


def test_all_are_told_at_once(definition: Path) -> None:
    with pytest.raises(UsageError) as refused:
        aslrun.load(definition).execute()
    first, *lines = str(refused.value).splitlines()
    assert first == "nothing here answers 3 Tasks of machine:"
    assert sorted(lines[:3]) == [
        f"  {definition}:16:27: state 'Send': {SEND['Resource']}",
        f"  {definition}:26:27: state 'Call': there is no Lambda function nowhere",
        f"  {definition}:39:19: state 'Wait': {DEFINITION['States']['Wait']['Resource']}",
    ]
    assert "--partial" in lines[-1]


def test_one_function_is_told_with_where_it_was_looked_for(definition: Path) -> None:
    with pytest.raises(UsageError, match=r"there is no Lambda function 'nowhere'\n  looked for: --function"):
        aslrun.load(definition).execute(mocks={"Send": 1, "Wait": 2})


def test_with_partial_it_runs_until_it_comes_to_one(definition: Path) -> None:
    execution = aslrun.load(definition).execute(partial=True, mocks={"Send": 1, "Call": 2})
    assert execution.status == "ABORTED"
    assert "state 'Wait': nothing here answers" in (execution.cause or "")


def test_what_a_mock_or_a_function_answers_is_answered(definition: Path) -> None:
    execution = aslrun.load(definition).execute(mocks={"Send": 1, "Wait": 2}, functions={"nowhere": 3})
    assert execution.output == 2


def test_a_test_case_names_the_states_on_its_way(tmp_path: Path) -> None:
    machine = {
        "StartAt": "Which",
        "States": {
            "Which": {
                "Type": "Choice",
                "Choices": [{"Variable": "$.a", "IsPresent": True, "Next": "Send"}],
                "Default": "Other",
            },
            "Send": SEND,
            "Other": {**SEND, "Resource": f"{SEND['Resource']}-other"},
        },
    }
    mocks = {
        "StateMachines": {"m": {"TestCases": {"Only": {"Send": "Sent"}}}},
        "MockedResponses": {"Sent": {"0": {"Return": {"MessageId": "1"}}}},
    }
    (tmp_path / "m.asl.json").write_text(json.dumps(machine), encoding="utf-8")
    (tmp_path / "mocks.json").write_text(json.dumps(mocks), encoding="utf-8")
    ran = execute(
        tmp_path / "m.asl.json", "--mock-config", str(tmp_path / "mocks.json"), "--input", '{"a": 1}'
    )
    assert json.loads(ran.stdout) == {"MessageId": "1"}


# ---------------------------------------------------------------- --mock


def test_answers_on_the_command_line(definition: Path, tmp_path: Path) -> None:
    (tmp_path / "sent.json").write_text('{"sent": true}', encoding="utf-8")
    mocks = ["Send=" + str(tmp_path / "sent.json"), 'Call={"a": [1, "="]}', "Wait=null"]
    ran = execute(definition, *(word for mock in mocks for word in ("--mock", mock)))
    assert (ran.exit_code, json.loads(ran.stdout)) == (0, None)


def test_an_error_on_the_command_line(definition: Path) -> None:
    ran = execute(
        definition, "--mock", "Send!Sqs.Busy=try=later", "--mock", "Call=1", "--mock", "Wait=2", "--json"
    )
    told = json.loads(ran.stdout)
    assert (ran.exit_code, told["error"], told["cause"]) == (1, "Sqs.Busy", "try=later")


def test_several_answers_are_those_to_one_call_after_the_other(tmp_path: Path) -> None:
    again = {**SEND, "Retry": [{"ErrorEquals": ["States.ALL"]}]}
    path = tmp_path / "m.asl.json"
    path.write_text(json.dumps({"StartAt": "Send", "States": {"Send": again}}), encoding="utf-8")
    ran = execute(path, "--mock", "Send!Busy", "--mock", "Send!Busy=", "--mock", "Send=[3]")
    assert json.loads(ran.stdout) == [3]
    ran = execute(path, "--mock", "Send!Busy", "--mock", "Send!Busy", "--json")
    assert json.loads(ran.stdout)["cause"] == "the mock of 'Send' has 2 answers, and was called 3 times"


WRONG = {
    "Send": "--mock Send: write STATE=JSON",
    "Send=": "write STATE=JSON",
    "=1": "write STATE=JSON",
    "Send=-": "write STATE=JSON",
    "Send={": "the answer of 'Send' is not JSON",
    "Send=nowhere.json": "there is no answer of 'Send' file nowhere.json",
    "Sent=1": "there is no Task 'Sent' to mock in machine; there are Call, Send, Wait",
}


@pytest.mark.parametrize(("mock", "told"), WRONG.items())
def test_options_that_say_nothing(definition: Path, mock: str, told: str) -> None:
    ran = execute(definition, "--mock", mock)
    assert isinstance(ran.exception, UsageError)
    assert told in str(ran.exception)


def test_the_command_line_goes_before_a_test_case(definition: Path, tmp_path: Path) -> None:
    mocks = {
        "StateMachines": {"m": {"TestCases": {"All": {"Send": "One", "Call": "One", "Wait": "One"}}}},
        "MockedResponses": {"One": {"0": {"Return": 1}}},
    }
    (tmp_path / "mocks.json").write_text(json.dumps(mocks), encoding="utf-8")
    ran = execute(definition, "--mock-config", str(tmp_path / "mocks.json"), "--mock", "Wait=5")
    assert json.loads(ran.stdout) == 5


def test_errors_stay_those_that_python_raises() -> None:
    machine = aslrun.load({"StartAt": "Send", "States": {"Send": SEND}})
    assert machine.execute(mocks={"Send": StateError("A", "b")}).error == "A"
