"""Optimized integrations: dynamodb, sqs, sns, events, and how their errors are named."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from local_aws import LocalAws


def test_an_item_is_put_changed_read_and_deleted() -> None:
    aws = LocalAws()
    key = {"TableName": aws.make_table(), "Key": {"id": {"S": "1"}}}
    put = aws.call_task(
        "dynamodb:putItem", {"TableName": "orders", "Item": {"id": {"S": "1"}, "on": {"BOOL": True}}}
    )
    assert list(put) == ["SdkHttpMetadata", "SdkResponseMetadata"]
    assert put["SdkHttpMetadata"]["HttpStatusCode"] == 200
    changed = aws.call_task(
        "dynamodb:updateItem",
        {
            **key,
            "UpdateExpression": "SET n = :n",
            "ExpressionAttributeValues": {":n": {"N": "2"}},
            "ReturnValues": "UPDATED_NEW",
        },
    )
    assert changed["Attributes"] == {"n": {"N": "2"}}
    assert aws.call_task("dynamodb:getItem", key)["Item"]["on"] == {"BOOL": True}
    aws.call_task("dynamodb:deleteItem", key)
    assert "Item" not in aws.call_task("dynamodb:getItem", key)


def test_a_message_may_be_an_object() -> None:
    aws = LocalAws()
    url = aws.client("sqs").create_queue(QueueName="q")["QueueUrl"]
    sent = aws.call_task("sqs:sendMessage", {"QueueUrl": url, "MessageBody": {"order": 1}})
    assert sorted(sent) == ["MD5OfMessageBody", "MessageId", "SdkHttpMetadata", "SdkResponseMetadata"]
    aws.call_task("sqs:sendMessage", {"QueueUrl": url, "MessageBody": "text"})
    messages = aws.client("sqs").receive_message(QueueUrl=url, MaxNumberOfMessages=10)["Messages"]
    assert {one["Body"] for one in messages} == {'{"order":1}', "text"}


def test_a_notification_may_be_an_object() -> None:
    aws = LocalAws()
    topic = aws.client("sns").create_topic(Name="t")["TopicArn"]
    url = aws.client("sqs").create_queue(QueueName="q")["QueueUrl"]
    queue = aws.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
    arn = queue["Attributes"]["QueueArn"]
    aws.client("sns").subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
    assert "MessageId" in aws.call_task("sns:publish", {"TopicArn": topic, "Message": {"order": 1}})
    [message] = aws.client("sqs").receive_message(QueueUrl=url)["Messages"]
    assert json.loads(json.loads(message["Body"])["Message"]) == {"order": 1}


def test_events_are_put_and_one_that_fails_fails_the_task() -> None:
    aws = LocalAws()
    event = {"Detail": {"a": 1}, "DetailType": "made", "Source": "test"}
    put = aws.call_task("events:putEvents", {"Entries": [event]})
    assert sorted(put) == ["Entries", "FailedEntryCount"]
    error, cause = aws.call_task(
        "events:putEvents", {"Entries": [event, {"Detail": {}, "DetailType": "made"}]}
    )
    assert error == "EventBridge.FailedEntry"
    assert json.loads(cause)["FailedEntryCount"] == 1


@pytest.mark.parametrize(
    ("action", "arguments", "error", "cause"),
    [
        (
            "dynamodb:getItem",
            {"TableName": "none", "Key": {"id": {"S": "1"}}},
            "DynamoDB.ResourceNotFoundException",
            r"Requested resource not found \(Service: AmazonDynamoDBv2; Status Code: 400; Error Code:"
            r" ResourceNotFoundException; Request ID: \w+; Proxy: null\)",
        ),
        ("dynamodb:getItem", {"TableName": "", "Key": {}}, "DynamoDB.AmazonDynamoDBException", ".*"),
        (
            "sqs:sendMessage",
            {"QueueUrl": "https://sqs.us-east-1.amazonaws.com/123456789012/none", "MessageBody": "m"},
            "SQS.QueueDoesNotExistException",
            ".*AWS.SimpleQueueService.NonExistentQueue.*",
        ),
        (
            "sns:publish",
            {"TopicArn": "arn:aws:sns:us-east-1:123456789012:none", "Message": "m"},
            "SNS.NotFoundException",
            r".*\(Service: AmazonSNS; Status Code: 404; Error Code: NotFound; .*",
        ),
    ],
)
def test_errors(action: str, arguments: Any, error: str, cause: str) -> None:
    name, told = LocalAws().call_task(action, arguments)
    assert name == error
    assert re.fullmatch(cause, told)
