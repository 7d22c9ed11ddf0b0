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
