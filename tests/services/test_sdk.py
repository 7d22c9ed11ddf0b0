"""AWS SDK integrations: what is sent, what comes back, and how errors are named."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from local_aws import LocalAws

from aslrun.errors import UsageError

ID = r"[\w-]+"


def test_an_item_is_put_and_read_in_the_sdks_names() -> None:
    aws = LocalAws()
    item = {"id": {"S": "1"}, "paid": {"Bool": True}, "note": {"Nul": True}, "tags": {"Ss": ["a"]}}
    assert aws.call_task("aws-sdk:dynamodb:putItem", {"TableName": aws.make_table(), "Item": item}) == {}
    found = aws.call_task("aws-sdk:dynamodb:getItem", {"TableName": "orders", "Key": {"id": {"S": "1"}}})
    assert found == {"Item": item}


def test_names_of_the_api_are_taken_too() -> None:
    aws = LocalAws()
    item = {"id": {"S": "1"}, "paid": {"BOOL": True}}
    assert aws.call_task("aws-sdk:dynamodb:putItem", {"TableName": aws.make_table(), "Item": item}) == {}


def test_a_camel_case_api_is_pascal_case_at_every_depth() -> None:
    aws = LocalAws()
    made = aws.call_task(
        "aws-sdk:ecs:createCluster", {"ClusterName": "c", "Tags": [{"Key": "a", "Value": "b"}]}
    )
    assert made["Cluster"]["ClusterName"] == "c"
    assert made["Cluster"]["Tags"] == [{"Key": "a", "Value": "b"}]


@pytest.mark.parametrize(
    ("body", "stored"),
    [({"a": 1}, '{"a":1}'), (["x"], '["x"]'), (0, "0"), (False, "false"), ("text", '"text"')],
)
def test_a_body_is_stored_as_json_text(body: Any, stored: str) -> None:
    aws = LocalAws()
    aws.client("s3").create_bucket(Bucket="bucket")
    put = aws.call_task("aws-sdk:s3:putObject", {"Bucket": "bucket", "Key": "k", "Body": body})
    assert put["ETag"].startswith('"')
    got = aws.call_task("aws-sdk:s3:getObject", {"Bucket": "bucket", "Key": "k"})
    assert got["Body"] == stored
    assert got["ContentLength"] == len(stored)


def test_a_time_is_text() -> None:
    aws = LocalAws()
    aws.client("s3").create_bucket(Bucket="bucket")
    listed = aws.call_task("aws-sdk:s3:listBuckets", {})
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{3})?Z", listed["Buckets"][0]["CreationDate"])
    assert "ResponseMetadata" not in listed


def test_an_object_becomes_the_text_that_the_api_wants() -> None:
    aws = LocalAws()
    url = aws.client("sqs").create_queue(QueueName="q")["QueueUrl"]
    aws.call_task(
        "aws-sdk:sqs:sendMessage", {"QueueUrl": url, "MessageBody": {"a": [1]}, "DelaySeconds": "0"}
    )
    received = aws.call_task("aws-sdk:sqs:receiveMessage", {"QueueUrl": url})
    assert json.loads(received["Messages"][0]["Body"]) == {"a": [1]}
    assert "Md5OfBody" in received["Messages"][0]


@pytest.mark.parametrize(
    ("action", "arguments", "error", "cause"),
    [
        (
            "dynamodb:getItem",
            {"TableName": "none", "Key": {"id": {"S": "1"}}},
            "DynamoDb.ResourceNotFoundException",
            rf"Requested resource not found \(Service: DynamoDb, Status Code: 400, Request ID: {ID}\)"
            r" \(SDK Attempt Count: 1\)",
        ),
        (
            "dynamodb:putItem",
            {"TableName": "none", "Item": None},
            "DynamoDb.DynamoDbException",
            "1 validation error detected: Value null at 'item' failed to satisfy constraint: Member must not"
            rf" be null \(Service: DynamoDb, Status Code: 400, Request ID: {ID}\) \(SDK Attempt Count: 1\)",
        ),
        (
            "s3:getObject",
            {"Bucket": "none", "Key": "k"},
            "S3.NoSuchBucketException",
            r"The specified bucket .*",
        ),
        (
            "sqs:getQueueUrl",
            {"QueueName": "none"},
            "Sqs.QueueDoesNotExistException",
            r"The specified queue .*",
        ),
        (
            "dynamodb:getItem",
            {"TableName": "orders", "Key": [], "Kee": 1},
            "States.Runtime",
            r"The Parameters '\{.*\}' could not be used to start the Task: \[The value of the field 'Key' has"
            r" an invalid format, The field 'Kee' is not supported by Step Functions\]",
        ),
    ],
)
def test_errors(action: str, arguments: Any, error: str, cause: str) -> None:
    name, told = LocalAws().call_task(f"aws-sdk:{action}", arguments)
    assert name == error
    assert re.fullmatch(cause, told)


@pytest.mark.parametrize(
    ("action", "message"),
    [
        ("dynamodbb:getItem", "the AWS SDK has no service 'dynamodbb'; did you mean 'dynamodb'?"),
        ("dynamodb:getIten", "dynamodb has no action 'getIten'; did you mean 'getItem'?"),
    ],
)
def test_what_there_is_not_is_told_with_what_may_be_meant(action: str, message: str) -> None:
    with pytest.raises(UsageError, match=re.escape(message)):
        LocalAws().call_task(f"aws-sdk:{action}", {})
