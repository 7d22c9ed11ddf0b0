"""Executions whose Tasks call services of a local AWS: results, errors that are caught, tokens, jobs."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from local_aws import LocalAws

import aslrun

Run = Callable[..., aslrun.Execution]


def types(execution: aslrun.Execution) -> list[Any]:
    return [event["type"] for event in execution.history]


def event(execution: aslrun.Execution, type: str) -> Any:
    """The details of the first event of a type, and its time."""
    return next(dict(one) for one in execution.history if one["type"] == type)


def task(action: str, parameters: Any, **fields: Any) -> dict[str, Any]:
    more = fields if "Next" in fields else {"End": True, **fields}
    return {"Type": "Task", "Resource": f"arn:aws:states:::{action}", "Parameters": parameters, **more}


def test_an_item_is_put_and_read(run: Run) -> None:
    aws = LocalAws()
    name = aws.make_table()
    execution = run(
        {
            "Put": task(
                "dynamodb:putItem",
                {"TableName": name, "Item": {"id": {"S.$": "$.id"}}},
                ResultPath=None,
                Next="Get",
            ),
            "Get": task("aws-sdk:dynamodb:getItem", {"TableName": name, "Key": {"id": {"S.$": "$.id"}}}),
        },
        {"id": "1"},
        aws=aws,
    )
    assert execution.output == {"Item": {"id": {"S": "1"}}}
    assert types(execution)[2:6] == ["TaskScheduled", "TaskStarted", "TaskSucceeded", "TaskStateExited"]


def test_a_condition_that_fails_is_caught_by_its_name(run: Run) -> None:
    aws = LocalAws()
    put = {"TableName": aws.make_table(), "Item": {"id": {"S": "1"}}}
    aws.call_task("dynamodb:putItem", put)
    for service, prefix in (("dynamodb", "DynamoDB"), ("aws-sdk:dynamodb", "DynamoDb")):
        caught = {"ErrorEquals": [f"{prefix}.ConditionalCheckFailedException"], "Next": "Known"}
        once = {**put, "ConditionExpression": "attribute_not_exists(id)"}
        execution = run(
            {"Put": task(f"{service}:putItem", once, Catch=[caught]), "Known": {"Type": "Succeed"}}, aws=aws
        )
        assert execution.status == "SUCCEEDED"
        assert execution.output["Error"] == caught["ErrorEquals"][0]  # type: ignore[call-overload,index]


def test_a_message_carries_its_token_and_somebody_answers(run: Run) -> None:
    aws = LocalAws()
    url = aws.client("sqs").create_queue(QueueName="q")["QueueUrl"]
    asked = task(
        "sqs:sendMessage.waitForTaskToken",
        {"QueueUrl": url, "MessageBody": {"token.$": "$$.Task.Token"}},
        TimeoutSeconds=60,
    )
    execution = run({"Ask": asked}, aws=aws)
    [message] = aws.client("sqs").receive_message(QueueUrl=url)["Messages"]
    assert json.loads(message["Body"])["token"]
    assert types(execution)[2:6] == ["TaskScheduled", "TaskStarted", "TaskSubmitted", "TaskTimedOut"]
    submitted = event(execution, "TaskSubmitted")["taskSubmittedEventDetails"]
    assert sorted(json.loads(submitted["output"])) == [
        "MD5OfMessageBody",
        "MessageId",
        "SdkHttpMetadata",
        "SdkResponseMetadata",
    ]


def test_a_job_is_looked_at_until_it_has_ended(run: Run) -> None:
    aws = LocalAws()
    query = {"QueryString": "SELECT 1", "ResultConfiguration": {"OutputLocation": "s3://results/"}}
    execution = run({"Query": task("athena:startQueryExecution.sync", query)}, aws=aws)
    assert execution.status == "SUCCEEDED", execution.cause
    assert execution.output["QueryExecution"]["Status"]["State"] == "SUCCEEDED"  # type: ignore[call-overload,index]
    assert types(execution)[2:6] == ["TaskScheduled", "TaskStarted", "TaskSubmitted", "TaskSucceeded"]
    submitted, ended = (
        datetime.fromisoformat(event(execution, type)["timestamp"])
        for type in ("TaskSubmitted", "TaskSucceeded")
    )
    assert (ended - submitted).total_seconds() >= 60


def test_events_tell_of_the_execution(run: Run) -> None:
    aws = LocalAws()
    events, sqs = aws.client("events"), aws.client("sqs")
    url = sqs.create_queue(QueueName="q")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    events.put_rule(Name="all", EventPattern=json.dumps({"source": ["shop"]}))
    events.put_targets(Rule="all", Targets=[{"Id": "1", "Arn": arn}])
    entry = {"Source": "shop", "DetailType": "sold", "Detail": {"id": 1}, "Resources": ["shelf"]}
    execution = run({"Tell": task("events:putEvents", {"Entries": [entry]})}, aws=aws, name="e1")
    assert execution.status == "SUCCEEDED", execution.cause
    [message] = sqs.receive_message(QueueUrl=url)["Messages"]
    told = json.loads(message["Body"])
    assert told["detail"] == {"id": 1}
    assert told["resources"] == [
        "shelf",
        "arn:aws:states:us-east-1:123456789012:execution:StateMachine:e1",
        "arn:aws:states:us-east-1:123456789012:stateMachine:StateMachine",
    ]


def test_a_function_is_invoked_through_the_api(run: Run) -> None:
    invoke = task("aws-sdk:lambda:invoke", {"FunctionName": "price", "Payload": {"id": 1}})
    execution = run({"Price": invoke}, functions={"price": lambda event: {"of": event["id"]}})
    assert execution.output == {"ExecutedVersion": "$LATEST", "Payload": '{"of":1}', "StatusCode": 200}
    failed: Any = run({"Price": invoke}, functions={"price": KeyError("id")}).output
    assert failed["FunctionError"] == "Unhandled"
    assert json.loads(failed["Payload"])["errorType"] == "KeyError"


def test_a_token_that_nobody_waits_for(run: Run) -> None:
    answer = task("aws-sdk:sfn:sendTaskSuccess", {"TaskToken": "none", "Output": {"ok": True}})
    execution = run({"Answer": answer})
    assert execution.error == "Sfn.InvalidTokenException"
    assert str(execution.cause).startswith("Invalid Token: 'Invalid token' (Service: Sfn, Status Code: 400, ")


def test_what_there_is_not_is_told_before_anything_runs(run: Run) -> None:
    wrong = task("aws-sdk:dynamodbb:getItem", {"TableName": "t"})
    with pytest.raises(aslrun.UsageError, match="no service 'dynamodbb'; did you mean 'dynamodb'"):
        run({"Get": wrong})
