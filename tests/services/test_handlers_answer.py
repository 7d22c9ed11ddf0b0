"""Handlers that call Step Functions and Lambda through boto3 reach the run that they are part of."""

from __future__ import annotations

import json
from pathlib import Path

from aslrun import load

HANDLERS = """
import boto3
from botocore.exceptions import ClientError

CHILD = "arn:aws:states:us-east-1:123456789012:stateMachine:child"


def answer(event, context):
    states = boto3.client("stepfunctions")
    started = states.start_execution(stateMachineArn=CHILD, name="mine", input='{"x": 1}')
    payload = boto3.client("lambda").invoke(FunctionName="other", Payload=b'{"y": 2}')["Payload"].read()
    states.send_task_heartbeat(taskToken=event["token"])
    states.send_task_success(taskToken=event["token"], output=payload.decode())
    refused = []
    calls = (
        (states.send_task_failure, {"taskToken": event["token"]}),
        (states.send_task_success, {"taskToken": "no token", "output": "1"}),
        (states.start_execution, {"stateMachineArn": CHILD + "ren"}),
        (states.list_state_machines, {}),
    )
    for call, given in calls:
        try:
            call(**given)
        except ClientError as error:
            refused.append(error.response["Error"]["Code"])
    print("refused", *refused)
    print("started", started["executionArn"])


def other(event, context):
    return {"from": "other", **event}
"""
TASK = {
    "Type": "Task",
    "Resource": "arn:aws:states:::lambda:invoke.waitForTaskToken",
    "HeartbeatSeconds": 600,
    "Parameters": {"FunctionName": "answer", "Payload": {"token.$": "$$.Task.Token"}},
    "End": True,
}


def test_a_token_an_execution_and_a_function(tmp_path: Path) -> None:
    (tmp_path / "handlers.py").write_text(HANDLERS, encoding="utf-8")
    child = {"StartAt": "P", "States": {"P": {"Type": "Pass", "End": True}}}
    (tmp_path / "child.asl.json").write_text(json.dumps(child), encoding="utf-8")
    (tmp_path / "parent.asl.json").write_text(json.dumps({"StartAt": "T", "States": {"T": TASK}}))
    shown: list[str] = []
    execution = load(tmp_path / "parent.asl.json").execute(
        {}, aws="local", show=lambda name, line: shown.append(line)
    )
    assert execution.output == {"from": "other", "y": 2}, execution.cause
    assert shown[0] == "refused TaskTimedOut InvalidToken StateMachineDoesNotExist UnsupportedOperation"
    [started] = execution.started
    assert (started.name, started.status, started.output) == ("mine", "SUCCEEDED", {"x": 1})
    assert shown[1] == f"started {started.id}"
