"""Pipes of a template: from a queue to a function, a machine, and a queue."""

from __future__ import annotations

import json
from typing import Any

import pytest
from project import Serve, serve_project  # noqa: F401
from test_sources import wait_for

from aslrun.server.events.pipes import filled

PIPE = """
  Orders: {Type: AWS::SQS::Queue, Properties: {QueueName: orders}}
  Done: {Type: AWS::SQS::Queue, Properties: {QueueName: done}}
  Enrich:
    Type: AWS::Serverless::Function
    Properties: {FunctionName: enrich, Handler: enrich.handler}
  Pipe:
    Type: AWS::Pipes::Pipe
    Properties:
      Name: orders
      RoleArn: arn:aws:iam::123456789012:role/pipe
      Source: !GetAtt Orders.Arn
      SourceParameters:
        SqsQueueParameters: {BatchSize: 5}
        FilterCriteria: {Filters: [{Pattern: '{"body": {"kind": ["new"]}}'}]}
      Enrichment: !GetAtt Enrich.Arn
      EnrichmentParameters: {InputTemplate: '{"id": <$.body.id>}'}
      Target: !GetAtt Done.Arn
      TargetParameters: {InputTemplate: '{"order": <$.id>, "text": "order <$.id> of <$.name>"}'}
"""
ENRICH = "def handler(events, context):\n    return [{**one, 'name': 'Ada'} for one in events]\n"


def test_a_pipe_filters_enriches_and_delivers(serve_project: Serve) -> None:
    project = serve_project(PIPE, {"enrich.py": ENRICH})
    sqs = project.client("sqs")
    url = sqs.get_queue_url(QueueName="orders")["QueueUrl"]
    for kind, id in (("old", 1), ("new", 2), ("new", 3)):
        sqs.send_message(QueueUrl=url, MessageBody=json.dumps({"kind": kind, "id": id}))
    done = sqs.get_queue_url(QueueName="done")["QueueUrl"]
    found: list[Any] = []

    def are_done() -> bool:
        told = sqs.receive_message(QueueUrl=done, MaxNumberOfMessages=10).get("Messages", [])
        found.extend(json.loads(one["Body"]) for one in told)
        return len(found) == 2

    wait_for(are_done)
    assert sorted(found, key=lambda one: one["order"]) == [
        {"order": 2, "text": "order 2 of Ada"},
        {"order": 3, "text": "order 3 of Ada"},
    ]
    assert not any("without a local form" in line for line in project.lines)


MACHINE = """
  Orders: {Type: AWS::SQS::Queue, Properties: {QueueName: orders}}
  Machine:
    Type: AWS::Serverless::StateMachine
    Properties:
      Name: take
      Definition: {StartAt: A, States: {A: {Type: Pass, End: true}}}
  Pipe:
    Type: AWS::Pipes::Pipe
    Properties:
      Name: orders
      RoleArn: arn:aws:iam::123456789012:role/pipe
      Source: !GetAtt Orders.Arn
      Target: !Ref Machine
"""


def test_a_pipe_starts_a_machine_with_the_batch(serve_project: Serve) -> None:
    project = serve_project(MACHINE)
    sqs = project.client("sqs")
    sqs.send_message(QueueUrl=sqs.get_queue_url(QueueName="orders")["QueueUrl"], MessageBody="hello")
    states = project.client("stepfunctions")
    arn = "arn:aws:states:us-east-1:123456789012:stateMachine:take"
    wait_for(lambda: bool(states.list_executions(stateMachineArn=arn)["executions"]))
    (started,) = states.list_executions(stateMachineArn=arn)["executions"]
    (record,) = json.loads(states.describe_execution(executionArn=started["executionArn"])["input"])
    assert record["body"] == "hello"


@pytest.mark.parametrize(
    ("template", "value"),
    [
        (None, {"body": '{"id": 7, "name": "A"}', "n": [1]}),
        ('{"id": <$.body.id>}', {"id": 7}),
        ('{"text": "<$.body.name> and <$.n>"}', {"text": "A and [1]"}),
        ("<$.body>", {"id": 7, "name": "A"}),
        ("id <$.body.id>", "id 7"),
        ('{"none": <$.nothing>}', {"none": None}),
    ],
)
def test_templates(template: str | None, value: Any) -> None:
    assert filled(template, {"body": '{"id": 7, "name": "A"}', "n": [1]}) == value


STREAM = """
  Clicks: {Type: AWS::Kinesis::Stream, Properties: {Name: clicks, ShardCount: 1}}
  Done: {Type: AWS::SQS::Queue, Properties: {QueueName: done}}
  Worker:
    Type: AWS::Serverless::Function
    Properties:
      Events:
        Told: {Type: EventBridgeRule, Properties: {Pattern: {source: [{prefix: Pipe }, shop]}}}
  Filled:
    Type: AWS::Pipes::Pipe
    Properties:
      Name: filled
      RoleArn: arn:aws:iam::123456789012:role/pipe
      Source: !GetAtt Clicks.Arn
      SourceParameters:
        KinesisStreamParameters: {StartingPosition: TRIM_HORIZON}
        FilterCriteria: {Filters: [{Pattern: '{"partitionKey": ["a"], "data": {"id": [7]}}'}]}
      Target: !GetAtt Done.Arn
      TargetParameters:
        InputTemplate: >
          {"pipe": <aws.pipes.pipe-name>, "of": "<aws.pipes.source-arn>", "id": <$.data.id>,
          "name": "<$.data.name>", "all": <aws.pipes.event.json>}
  Plain:
    Type: AWS::Pipes::Pipe
    Properties:
      Name: plain
      RoleArn: arn:aws:iam::123456789012:role/pipe
      Source: !GetAtt Clicks.Arn
      SourceParameters: {KinesisStreamParameters: {StartingPosition: TRIM_HORIZON}}
      Target: arn:aws:events:us-east-1:123456789012:event-bus/default
  Named:
    Type: AWS::Pipes::Pipe
    Properties:
      Name: named
      RoleArn: arn:aws:iam::123456789012:role/pipe
      Source: !GetAtt Clicks.Arn
      SourceParameters: {KinesisStreamParameters: {StartingPosition: TRIM_HORIZON}}
      Target: arn:aws:events:us-east-1:123456789012:event-bus/default
      TargetParameters: {EventBridgeEventBusParameters: {DetailType: $.data.name, Source: shop}}
"""


def test_a_stream_goes_through_pipes(serve_project: Serve) -> None:
    project = serve_project(STREAM)
    data = json.dumps({"id": 7, "name": 'A "da"'}).encode()
    project.client("kinesis").put_record(StreamName="clicks", Data=data, PartitionKey="a")
    sqs = project.client("sqs")
    done = sqs.get_queue_url(QueueName="done")["QueueUrl"]
    found: list[Any] = []

    def are_there() -> bool:
        found.extend(sqs.receive_message(QueueUrl=done).get("Messages", []))
        return bool(found) and len(project.seen()) == 2

    wait_for(are_there)
    told = json.loads(found[0]["Body"])
    record = told.pop("all")
    arn = "arn:aws:kinesis:us-east-1:123456789012:stream/clicks"
    assert told == {"pipe": "filled", "of": arn, "id": 7, "name": 'A "da"'}
    assert (record["partitionKey"], record["data"]["id"], record["eventSourceARN"]) == ("a", 7, arn)
    events = {(one["source"], one["detail-type"]) for one in project.seen()}
    assert events == {("Pipe plain", "Event from aws:kinesis"), ("shop", 'A "da"')}
    assert project.seen()[0]["detail"]["partitionKey"] == "a"
