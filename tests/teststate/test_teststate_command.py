"""`aslrun test-state`: the request from a file, the response to a file, and the exit status."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from aslrun.cli import aslrun

FUNCTION = "arn:aws:lambda:us-east-1:1:function:f"


@pytest.mark.parametrize(
    ("definition", "status", "told"),
    [
        ({"Type": "Pass", "End": True}, 0, {"status": "SUCCEEDED", "output": '{"a": 1}'}),
        ({"Type": "Fail", "Error": "E"}, 1, {"status": "FAILED", "error": "E"}),
        ({"Type": "Pass"}, 1, {"error": {"code": "InvalidDefinition"}}),
        ({"Type": "Task", "Resource": FUNCTION, "End": True}, 2, {"error": {"code": "ValidationException"}}),
    ],
)
def test_the_response_and_the_exit_status(
    tmp_path: Path, definition: Any, status: int, told: dict[str, Any]
) -> None:
    request, response = tmp_path / "request.json", tmp_path / "response.json"
    request.write_text(json.dumps({"definition": json.dumps(definition), "input": '{"a": 1}'}))
    ran = CliRunner().invoke(aslrun, ["test-state", str(request), "--output", str(response)])
    assert (ran.exit_code, ran.stdout) == (status, "")
    answer = json.loads(response.read_text())
    if "code" in told.get("error", ""):
        assert answer["error"].pop("message") in ran.stderr
    assert answer == told
    ran = CliRunner().invoke(aslrun, ["test-state", str(request)])
    assert set(json.loads(ran.stdout)) == set(told)


def test_a_request_that_is_no_object() -> None:
    ran = CliRunner().invoke(aslrun, ["test-state", "[]"])
    assert ran.exit_code == 2
    assert json.loads(ran.stdout)["error"]["code"] == "ParamValidationError"


def test_a_task_that_nothing_here_answers() -> None:
    state = {"Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage", "Parameters": {}, "End": True}
    state["Parameters"] = {"QueueUrl": "q", "MessageBody": "m"}
    request = {"definition": state, "roleArn": "arn:aws:iam::1:role/r"}
    ran = CliRunner().invoke(aslrun, ["test-state", json.dumps(request)])
    assert "give the request a mock" in str(ran.exception)
