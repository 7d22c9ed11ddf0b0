"""The AWS command line against a server: `make test-clients`."""

from __future__ import annotations

import json
import os
import subprocess
import zipfile
from pathlib import Path
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


def aws(server: Server, *args: str, service: str = "stepfunctions", folder: Path | None = None) -> Any:
    """Run `aws` in a folder, and return what it prints."""
    ran = subprocess.run(
        [os.environ["ASLRUN_AWS"], service, *args, "--output", "json"],
        cwd=folder,
        env={"PATH": os.environ["PATH"], **server.environment, "AWS_ENDPOINT_URL": server.url},
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


CODE = """
from shared import WORD

def handler(event, context):
    return {"version": VERSION, "word": WORD, "name": event["name"]}
"""


def test_layers_versions_and_a_canary_of_a_function(tmp_path: Path) -> None:
    """The commands of a guide, as they are written there."""
    for name, file, code in (
        ("layer.zip", "python/shared.py", "WORD = 'shared'"),
        ("v1.zip", "app.py", CODE.replace("VERSION", "1")),
        ("v2.zip", "app.py", CODE.replace("VERSION", "2")),
    ):
        with zipfile.ZipFile(tmp_path / name, "w") as archive:
            archive.writestr(file, code)
    (tmp_path / "event.json").write_text('{"name": "Ada"}')
    with serve(seed=1) as server:

        def function(command: str) -> Any:
            return aws(server, *command.split(), service="lambda", folder=tmp_path)

        function(
            "create-function --function-name my-function --runtime python3.12 --handler app.handler"
            f" --role {ROLE} --zip-file fileb://v1.zip"
        )
        layer = function(
            "publish-layer-version --layer-name my-layer --zip-file fileb://layer.zip"
            " --compatible-runtimes python3.12"
        )
        told = function(
            f"update-function-configuration --function-name my-function --layers {layer['LayerVersionArn']}"
        )
        assert [one["Arn"] for one in told["Layers"]] == [layer["LayerVersionArn"]]
        assert function("publish-version --function-name my-function")["Version"] == "1"
        function("update-function-code --function-name my-function --zip-file fileb://v2.zip")
        assert function("publish-version --function-name my-function")["Version"] == "2"
        function("create-alias --function-name my-function --name prod --function-version 1")
        told = function(
            "update-alias --function-name my-function --name prod"
            " --routing-config AdditionalVersionWeights={2=0.1}"
        )
        assert told["RoutingConfig"] == {"AdditionalVersionWeights": {"2": 0.1}}
        told = function(
            "put-provisioned-concurrency-config --function-name my-function --qualifier prod"
            " --provisioned-concurrent-executions 5"
        )
        assert told["RequestedProvisionedConcurrentExecutions"] == 5
        told = function("invoke --function-name my-function:2 --payload fileb://event.json out.json")
        assert told["StatusCode"] == 200
        answer = json.loads((tmp_path / "out.json").read_text())
        assert answer == {"version": 2, "word": "shared", "name": "Ada"}


def test_logs_are_read_as_on_aws(tmp_path: Path) -> None:
    """By what `aws logs tail` of version 2 asks, which pip does not have."""
    with zipfile.ZipFile(tmp_path / "f.zip", "w") as archive:
        archive.writestr("app.py", "def handler(event, context):\n    print('greeting', event['name'])\n")
    with serve(aws="local", show=lambda function, line: None) as server:
        made = "create-function --function-name greet --runtime python3.12 --handler app.handler"
        given = f"--role {ROLE} --zip-file fileb://f.zip".split()
        aws(server, *made.split(), *given, service="lambda", folder=tmp_path)
        invoke = ("invoke", "--function-name", "greet", "--payload", '{"name": "Ada"}', "out.json")
        aws(server, *invoke, service="lambda", folder=tmp_path)
        told = aws(server, "filter-log-events", "--log-group-name", "/aws/lambda/greet", service="logs")
    lines = [event["message"] for event in told["events"]]
    assert "greeting Ada" in lines
    assert any(line.startswith("REPORT RequestId:") for line in lines)
