"""Event source mappings that make no sense, and messages that are delayed."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError
from project import Serve, serve_project  # noqa: F401
from test_sources import wait_for

QUEUE = """
  Orders: {Type: AWS::SQS::Queue, Properties: {QueueName: orders}}
  Good:
    Type: AWS::Serverless::Function
    Properties: {Events: {Q: {Type: SQS, Properties: {Queue: !GetAtt Orders.Arn}}}}
  Bad:
    Type: AWS::Serverless::Function
    Properties: {FunctionName: bad, Events: {Q: {Type: SQS, Properties: %s}}}
"""


@pytest.mark.parametrize(
    ("properties", "why"),
    [
        ("{}", "is no ARN of a queue or a stream"),
        ("{Queue: orders}", "'orders' is no ARN"),
        ("{Queue: !GetAtt Orders.Arn, BatchSize: many}", "BatchSize must be a whole number, not many"),
        ("{Queue: !GetAtt Orders.Arn, ScalingConfig: {MaximumConcurrency: x}}", "MaximumConcurrency must be"),
        (
            "{Queue: !GetAtt Orders.Arn, FilterCriteria: {Filters: [{Pattern: 'no JSON'}]}}",
            "Invalid filter pattern definition",
        ),
    ],
)
def test_a_mapping_that_makes_no_sense_is_told_and_the_rest_runs(
    serve_project: Serve, properties: str, why: str
) -> None:
    project = serve_project(QUEUE % properties)
    assert project.told("Bad, Q") == project.told(why)
    assert project.told(why)
    sqs = project.client("sqs")
    sqs.send_message(QueueUrl=sqs.get_queue_url(QueueName="orders")["QueueUrl"], MessageBody="7")
    wait_for(lambda: project.told("queue orders → function Good: ok"))
    assert not project.told("→ function bad")


def test_the_api_refuses_a_filter_that_is_no_pattern(serve_project: Serve) -> None:
    project = serve_project(QUEUE % "{}")
    given: dict[str, Any] = {
        "EventSourceArn": "arn:aws:sqs:us-east-1:123456789012:orders",
        "FunctionName": "bad",
        "FilterCriteria": {"Filters": [{"Pattern": "no JSON"}]},
    }
    with pytest.raises(ClientError, match="Invalid filter pattern definition"):
        project.client("lambda").create_event_source_mapping(**given)


DELAYED = """
  Later: {Type: AWS::SQS::Queue, Properties: {QueueName: later, DelaySeconds: 600}}
  Worker:
    Type: AWS::Serverless::Function
    Properties: {Events: {Q: {Type: SQS, Properties: {Queue: !GetAtt Later.Arn}}}}
"""


def test_a_delay_is_over_by_the_servers_clock(serve_project: Serve) -> None:
    project = serve_project(DELAYED)
    sqs = project.client("sqs")
    url = sqs.get_queue_url(QueueName="later")["QueueUrl"]
    sqs.send_message(QueueUrl=url, MessageBody="in ten minutes")
    sqs.send_message(QueueUrl=url, MessageBody="in a minute", DelaySeconds=60)
    project.server.advance(700)
    wait_for(lambda: len(project.seen()) == 2)
    bodies = [one["Records"][0]["body"] for one in project.seen()]
    assert bodies == ["in a minute", "in ten minutes"]
