"""The AWS command line against a server: `make test-clients`."""

from __future__ import annotations

import json
import os
import subprocess
from typing import Any

import pytest

from aslrun.server.serving import Server, serve

pytestmark = pytest.mark.clients
ROLE = "arn:aws:iam::123456789012:role/states"
PASS = {"StartAt": "A", "States": {"A": {"Type": "Pass", "Result": {"x": 1}, "End": True}}}
ACTIVITY = "arn:aws:states:us-east-1:123456789012:activity:work"
WAITS = {
    "StartAt": "T",
    "States": {"T": {"Type": "Task", "Resource": ACTIVITY, "Next": "F"}, "F": {"Type": "Fail", "Error": "E"}},
}


def aws(server: Server, *args: str) -> Any:
    """Run `aws stepfunctions`, and return what it prints."""
    ran = subprocess.run(
        [os.environ["ASLRUN_AWS"], "stepfunctions", *args, "--output", "json"],
        env={"PATH": os.environ["PATH"], **server.environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    return json.loads(ran.stdout) if ran.stdout.strip() else None


def test_the_life_of_a_machine() -> None:
    with serve() as server:
        aws(server, "create-activity", "--name", "work")
        arn = aws(
            server,
            *("create-state-machine", "--name", "cli", "--role-arn", ROLE, "--publish"),
            *("--definition", json.dumps(PASS)),
        )["stateMachineArn"]
        started = aws(server, "start-execution", "--state-machine-arn", arn, "--input", '{"a": 1}')
        execution = ("--execution-arn", started["executionArn"])
        for _ in range(10):
            told = aws(server, "describe-execution", *execution)
            if told["status"] != "RUNNING":
                break
        assert (told["status"], told["output"]) == ("SUCCEEDED", '{"x":1}')
        history = aws(server, "get-execution-history", *execution, "--page-size", "2")
        assert [event["id"] for event in history["events"]] == [1, 2, 3, 4]
        updated = aws(
            server,
            "update-state-machine",
            "--state-machine-arn",
            arn,
            "--definition",
            json.dumps(WAITS),
            "--publish",
        )
        assert updated["stateMachineVersionArn"] == f"{arn}:2"
        routes = f"stateMachineVersionArn={arn}:2,weight=100"
        alias = aws(server, "create-state-machine-alias", "--name", "live", "--routing-configuration", routes)
        started = aws(server, "start-execution", "--state-machine-arn", alias["stateMachineAliasArn"])
        execution = ("--execution-arn", started["executionArn"])
        task = aws(server, "get-activity-task", "--activity-arn", ACTIVITY)
        aws(server, "send-task-success", "--task-token", task["taskToken"], "--task-output", "{}")
        assert aws(server, "describe-execution", *execution)["status"] == "FAILED"
        aws(server, "redrive-execution", *execution)
        assert aws(server, "describe-execution", *execution)["redriveCount"] == 1
        started = aws(server, "start-execution", "--state-machine-arn", arn)
        execution = ("--execution-arn", started["executionArn"])
        aws(server, "stop-execution", *execution, "--error", "Enough")
        assert aws(server, "describe-execution", *execution)["status"] == "ABORTED"
        aws(server, "tag-resource", "--resource-arn", arn, "--tags", "key=a,value=b")
        assert aws(server, "list-tags-for-resource", "--resource-arn", arn)["tags"] == [
            {"key": "a", "value": "b"}
        ]
        aws(server, "delete-state-machine-alias", "--state-machine-alias-arn", f"{arn}:live")
        aws(server, "delete-state-machine-version", "--state-machine-version-arn", f"{arn}:2")
        listed = aws(server, "list-state-machine-versions", "--state-machine-arn", arn)
        assert len(listed["stateMachineVersions"]) == 1
        state = json.dumps(PASS["States"]["A"])  # type: ignore[index]
        told = aws(server, "test-state", "--definition", state, "--role-arn", ROLE, "--input", "{}")
        assert told["status"] == "SUCCEEDED"
        aws(server, "delete-state-machine", "--state-machine-arn", arn)
        assert aws(server, "list-state-machines")["stateMachines"] == []
