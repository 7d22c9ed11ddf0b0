"""`aslrun mocks`: what it writes lets a machine run."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

import aslrun
from aslrun.cli import aslrun as cli

WORKFLOWS = Path(__file__).parent.parent / "workflows"


def mocks(*arguments: str | Path) -> Result:
    return CliRunner().invoke(cli, ["mocks", *map(str, arguments)], catch_exceptions=False)


EXAMPLES = {
    "fulfilment/fulfilment.asl.json": "fulfilment/in.json",
    "fulfilment/fulfilment.jsonata.asl.json": "fulfilment/in.json",
    "order/order.asl.json": "order/in.json",
    "refund/machines/refund.asl.json": "refund/in.json",
    "restock/restock.asl.json": "restock/in.json",
    "subscription/subscription.asl.json": "subscription/in.json",
    "subscription/flawed.asl.json": "subscription/in.json",
}


@pytest.mark.parametrize(("file", "input"), EXAMPLES.items())
def test_the_examples_run_with_generated_mocks(file: str, input: str, tmp_path: Path) -> None:
    written = tmp_path / "mocks.json"
    assert mocks("--all", WORKFLOWS / file, "--output", written).exit_code == 0
    machine = aslrun.load(WORKFLOWS / file)
    given = json.loads((WORKFLOWS / input).read_text(encoding="utf-8"))
    execution = machine.execute(given, mocks=machine.read_mocks(str(written)), seed=1)
    assert execution.status == "SUCCEEDED", execution.cause


def answer(folder: Path, state: dict[str, Any], **states: Any) -> Any:
    """Write mocks of a machine that begins with a Task, run it with them, and return the Task's answer."""
    end = {} if "Next" in state else {"End": True}
    definition = {"StartAt": "Do", "States": {"Do": {"Type": "Task", **state, **end}, **states}}
    path = folder / "m.asl.json"
    path.write_text(json.dumps(definition), encoding="utf-8")
    written = folder / "mocks.json"
    ran = mocks("--all", path, "--output", written)
    assert (ran.exit_code, ran.stdout) == (0, "")
    machine = aslrun.load(path)
    execution = machine.execute({}, mocks=machine.read_mocks(str(written), "Generated"), seed=1)
    assert execution.status == "SUCCEEDED", execution.cause
    (response,) = json.loads(written.read_text(encoding="utf-8"))["MockedResponses"]["Do"].values()
    return response["Return"]


AWS = "arn:aws:states:::"
TASKS: dict[str, dict[str, Any]] = {
    "lambda:invoke": {"Parameters": {"FunctionName": "f"}},
    "lambda:invoke.waitForTaskToken": {"Parameters": {"FunctionName": "f", "Payload": {"t.$": "$"}}},
    "dynamodb:getItem": {"Parameters": {"TableName": "t", "Key": {"id": {"S": "a"}}}},
    "sqs:sendMessage": {"Parameters": {"QueueUrl": "q", "MessageBody": "b"}},
    "sns:publish": {"Parameters": {"TopicArn": "arn:aws:sns:us-east-1:123456789012:t", "Message": "b"}},
    "events:putEvents": {"Parameters": {"Entries": []}},
    "states:startExecution.sync:2": {"Parameters": {"StateMachineArn": "m"}},
    "ecs:runTask.sync": {"Parameters": {"TaskDefinition": "t"}},
    "glue:startJobRun.sync": {"Parameters": {"JobName": "j"}},
    "aws-sdk:s3:listObjectsV2": {"Parameters": {"Bucket": "b"}},
    "aws-sdk:ec2:describeInstances": {"Parameters": {}},
    "http:invoke": {
        "Parameters": {
            "ApiEndpoint": "https://a.example",
            "Method": "GET",
            "Authentication": {"ConnectionArn": "c"},
        }
    },
    "apigateway:invoke": {"Parameters": {"ApiEndpoint": "a", "Method": "GET"}},
}  # fmt: skip


@pytest.mark.parametrize("resource", TASKS)
def test_integrations_run_with_generated_mocks(resource: str, tmp_path: Path) -> None:
    assert isinstance(answer(tmp_path, {"Resource": AWS + resource, **TASKS[resource]}), dict)


def test_what_the_definition_reads_is_there(tmp_path: Path) -> None:
    item = {"Resource": f"{AWS}dynamodb:getItem", **TASKS["dynamodb:getItem"], "Next": "Read"}
    read = {"Type": "Pass", "Parameters": {"x.$": "$.Item.total.N", "y.$": "$.Item.owner.S"}, "End": True}
    assert answer(tmp_path, item, Read=read)["Item"].keys() == {"total", "owner"}


def test_what_the_models_say_is_there(tmp_path: Path) -> None:
    pytest.importorskip("botocore")
    sent = answer(tmp_path, {"Resource": f"{AWS}sqs:sendMessage", **TASKS["sqs:sendMessage"]})
    assert {"MessageId", "MD5OfMessageBody"} <= sent.keys()
    put = answer(tmp_path, {"Resource": f"{AWS}events:putEvents", **TASKS["events:putEvents"]})
    assert put["FailedEntryCount"] == 0
    listed = answer(
        tmp_path, {"Resource": f"{AWS}aws-sdk:s3:listObjectsV2", **TASKS["aws-sdk:s3:listObjectsV2"]}
    )
    assert listed["IsTruncated"] is False
    assert "NextContinuationToken" not in listed


@pytest.mark.parametrize("ready", ["SUCCEEDED", "PURPLE"])
def test_a_job_that_is_waited_for_ends(tmp_path: Path, ready: str) -> None:
    ask = {"Type": "Task", "Resource": "ask", "ResultPath": "$.job", "Next": "Ready"}
    states = {
        "Ask": ask,
        "Ready": {
            "Type": "Choice",
            "Choices": [
                {"Variable": "$.job.status", "StringEquals": "PENDING", "Next": "Ask"},
                {"Variable": "$.job.status", "StringEquals": ready, "Next": "Good"},
            ],
            "Default": "Ask",
        },
        "Good": {"Type": "Succeed"},
    }
    path = tmp_path / "job.asl.json"
    path.write_text(json.dumps({"StartAt": "Ask", "States": states}), encoding="utf-8")
    mocks("--all", path, "--output", tmp_path / "mocks.json")
    machine = aslrun.load(path)
    assert machine.execute(mocks=machine.read_mocks(str(tmp_path / "mocks.json"))).status == "SUCCEEDED"


def test_only_what_nothing_here_answers(tmp_path: Path) -> None:
    call = {"Type": "Task", "Resource": f"{AWS}lambda:invoke"}
    states = {
        "Here": {**call, "Parameters": {"FunctionName": "here"}, "Next": "Nowhere"},
        "Nowhere": {**call, "Parameters": {"FunctionName": "nowhere"}, "End": True},
    }
    path = tmp_path / "m.asl.json"
    path.write_text(json.dumps({"StartAt": "Here", "States": states}), encoding="utf-8")
    (tmp_path / "handlers.py").write_text("def here(event, context):\n    return 1\n", encoding="utf-8")
    made = json.loads(mocks(path).stdout)
    assert made["StateMachines"]["m"]["TestCases"]["Generated"] == {"Nowhere": "Nowhere"}
    (tmp_path / "handlers.py").write_text("def here(): ...\ndef nowhere(): ...\n", encoding="utf-8")
    ran = mocks(path)
    assert json.loads(ran.stdout)["MockedResponses"] == {}
    assert "something here answers each of its Tasks; --all" in ran.stderr
