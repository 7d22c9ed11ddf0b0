"""Handlers in files reach the place that `aws=` says, with the SDK of their language."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import aslrun
from aslrun.functions.function import Function
from aslrun.functions.runtime import environment_of
from aslrun.services.places import QUEUE_URLS, Aws, aws_at

PYTHON = """
import os
def handler(event, context):
    import boto3
    table = boto3.resource("dynamodb").Table("orders")
    table.put_item(Item={"id": event["id"], "by": "python"})
    return table.get_item(Key={"id": event["id"]})["Item"]

def seen(event, context):
    return {"env": {k: v for k, v in os.environ.items() if k.startswith(("AWS_", "QUEUE"))}, "event": event}
"""


def machine(*functions: str) -> dict[str, Any]:
    states: dict[str, Any] = {
        name: {
            "Type": "Task",
            "Resource": f"arn:aws:lambda:us-east-1:123456789012:function:{name}",
            "Next": following,
        }
        for name, following in zip(functions, (*functions[1:], "Done"), strict=True)
    }
    return {"StartAt": functions[0], "States": {**states, "Done": {"Type": "Succeed"}}}


def write(folder: Path, *functions: str) -> aslrun.StateMachine:
    (folder / "m.asl.json").write_text(json.dumps(machine(*functions)))
    return aslrun.load(folder / "m.asl.json")


@pytest.fixture
def users(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAREAL")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "real")
    monkeypatch.setenv("AWS_PROFILE", "production")


@pytest.fixture
def aws() -> Iterator[Aws]:
    aws = aws_at("local")
    yield aws
    aws.close()


def with_table(aws: Aws) -> Aws:
    aws.call(
        "dynamodb",
        "CreateTable",
        {
            "TableName": "orders",
            "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
            "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
            "BillingMode": "PAY_PER_REQUEST",
        },
    )
    return aws


@pytest.mark.usefixtures("users")
def test_boto3_in_a_python_handler(tmp_path: Path, aws: Aws) -> None:
    (tmp_path / "app.py").write_text(PYTHON)
    with_table(aws)
    execution = write(tmp_path, "put").execute(
        {"id": "7"}, function_files=[f"put={tmp_path}/app.py:handler"], aws=aws.url
    )
    assert execution.output == {"id": "7", "by": "python"}
    got = aws.call("dynamodb", "GetItem", {"TableName": "orders", "Key": {"id": {"S": "7"}}})
    assert got["Item"] == {"id": {"S": "7"}, "by": {"S": "python"}}


@pytest.mark.usefixtures("users")
@pytest.mark.parametrize("at", ["local", "off", "toml"])
def test_what_a_handler_sees(tmp_path: Path, at: str) -> None:
    (tmp_path / "app.py").write_text(PYTHON)
    if at == "toml":
        (tmp_path / "aslrun.toml").write_text('[aws]\nat = "http://127.0.0.1:1"\n')
    execution = write(tmp_path, "see").execute(
        {"queue": f"{QUEUE_URLS}jobs"},
        function_files=[f"see={tmp_path}/app.py:seen"],
        aws=None if at == "toml" else at,
    )
    assert isinstance(execution.output, dict)
    seen: Any = execution.output["env"]
    assert "AWS_PROFILE" not in seen
    assert seen.get("AWS_ACCESS_KEY_ID") == (None if at == "off" else "aslrun")
    if at == "off":
        assert "AWS_ENDPOINT_URL" not in seen
        assert execution.output["event"] == {"queue": f"{QUEUE_URLS}jobs"}
    else:
        url = seen["AWS_ENDPOINT_URL"]
        assert url == "http://127.0.0.1:1" if at == "toml" else url.startswith("http://127.0.0.1:")
        assert execution.output["event"] == {"queue": f"{url}/123456789012/jobs"}


def test_queue_urls_in_a_functions_environment_name_this_machine(aws: Aws) -> None:
    function = Function(
        "f", Path("f.py"), environment={"QUEUE": f"{QUEUE_URLS}jobs", "AWS_REGION": "eu-west-1"}
    )
    seen = environment_of(function, "1", aws)
    assert seen["QUEUE"] == f"{aws.url}/123456789012/jobs"
    assert seen["AWS_REGION"] == "eu-west-1"


# ---------------------------------------------------------------- the JavaScript SDK

JAVASCRIPT = """
import { DynamoDBClient, PutItemCommand } from "@aws-sdk/client-dynamodb";
import { SQSClient, SendMessageCommand } from "@aws-sdk/client-sqs";
import { S3Client, PutObjectCommand, ListBucketsCommand } from "@aws-sdk/client-s3";
export const handler = async (event) => {
  await new DynamoDBClient().send(new PutItemCommand(
    { TableName: "orders", Item: { id: { S: event.id }, by: { S: "node" } } }));
  const sent = await new SQSClient().send(new SendMessageCommand(
    { QueueUrl: event.queue, MessageBody: "from node" }));
  const s3 = new S3Client();
  await s3.send(new PutObjectCommand({ Bucket: "uploads", Key: "a b/é.txt", Body: "from node" }));
  return { id: sent.MessageId, buckets: (await s3.send(new ListBucketsCommand())).Buckets.map(b => b.Name) };
};
"""


@pytest.mark.node
@pytest.mark.usefixtures("users")
def test_the_javascript_sdk_in_a_node_handler(
    tmp_path: Path, aws: Aws, monkeypatch: pytest.MonkeyPatch
) -> None:
    modules = os.environ.get("ASLRUN_NODE_SDK")
    if modules is None:
        pytest.fail("ASLRUN_NODE_SDK names no folder of `npm install`: run `make test-node`")
    (tmp_path / "app.mjs").write_text(JAVASCRIPT)
    (tmp_path / "node_modules").symlink_to(Path(modules) / "node_modules")
    with_table(aws)
    aws.client("s3").create_bucket(Bucket="uploads")
    aws.client("sqs").create_queue(QueueName="jobs")
    execution = write(tmp_path, "put").execute(
        {"id": "7", "queue": f"{QUEUE_URLS}jobs"},
        function_files=[f"put={tmp_path}/app.mjs:handler"],
        aws=aws.url,
    )
    assert execution.status == "SUCCEEDED", execution.cause
    got = aws.call("dynamodb", "GetItem", {"TableName": "orders", "Key": {"id": {"S": "7"}}})
    assert got["Item"]["by"] == {"S": "node"}
    queue = aws.client("sqs").get_queue_url(QueueName="jobs")["QueueUrl"]
    received = aws.client("sqs").receive_message(QueueUrl=queue)["Messages"][0]
    assert received["Body"] == "from node"
    got = aws.client("s3").get_object(Bucket="uploads", Key="a b/é.txt")
    assert got["Body"].read() == b"from node"
