"""Schedules of a template: from when to when they happen, and how they deliver."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from project import Serve, serve_project  # noqa: F401

from aslrun.server.events.rules import Scheduled
from aslrun.timestamps import format_timestamp


def test_a_schedule_happens_from_its_begin_to_its_end() -> None:
    one = Scheduled("scheduler:a", "arn", "rate(1 hour)", (), begin=10_000.0, end=17_200.0)
    following = one.read(0.0)
    assert [following(now) for now in (0.0, 10_000.0, 13_600.0, 17_200.0)] == [
        10_000.0,
        13_600.0,
        17_200.0,
        None,
    ]
    cron = Scheduled("scheduler:a", "arn", "cron(0 0 * * ? *)", (), begin=86_400.0)
    assert cron.read(0.0)(0.0) == 86_400.0


LIMITED = """
  Worker:
    Type: AWS::Serverless::Function
    Properties:
      Events:
        Ended:
          Type: ScheduleV2
          Properties: {ScheduleExpression: rate(1 hour), EndDate: "2020-01-01T00:00:00Z"}
        Begun:
          Type: ScheduleV2
          Properties: {ScheduleExpression: rate(1 hour), StartDate: "%s", Input: '{"begun": true}'}
        Wrong: {Type: Schedule, Properties: {Schedule: "cron(61 0 * * ? *)"}}
        Other: {Type: Schedule, Properties: {Schedule: "cron(0 0 1 1 ? 2199)"}}
"""


def test_the_dates_of_a_template_are_kept_to(serve_project: Serve) -> None:
    begin = datetime.now(UTC) + timedelta(minutes=90)
    project = serve_project(LIMITED % format_timestamp(begin.timestamp()))
    project.server.advance(3600)
    assert project.seen() == []
    project.server.advance(3600)
    assert project.seen() == [{"begun": True}]
    assert len(project.told("schedule WorkerWrong never happens: '61'")) == 1


TARGETS = """
  Ordered:
    Type: AWS::SQS::Queue
    Properties: {QueueName: ordered.fifo, FifoQueue: true, ContentBasedDeduplication: true}
  Plain: {Type: AWS::SQS::Queue, Properties: {QueueName: plain}}
  ToQueue:
    Type: AWS::Scheduler::Schedule
    Properties:
      Name: nightly
      FlexibleTimeWindow: {Mode: "OFF"}
      ScheduleExpression: rate(1 hour)
      Target:
        Arn: !GetAtt Ordered.Arn
        RoleArn: arn:aws:iam::123456789012:role/x
        Input: '{"of": "<aws.scheduler.schedule-arn>", "attempt": <aws.scheduler.attempt-number>}'
        SqsParameters: {MessageGroupId: all}
  ToBus:
    Type: AWS::Scheduler::Schedule
    Properties:
      Name: nightly
      GroupName: reports
      FlexibleTimeWindow: {Mode: "OFF"}
      ScheduleExpression: rate(1 hour)
      Target:
        Arn: arn:aws:events:us-east-1:123456789012:event-bus/default
        RoleArn: arn:aws:iam::123456789012:role/x
        Input: '{"a": 1}'
        EventBridgeParameters: {DetailType: Night, Source: shop}
  Universal:
    Type: AWS::Scheduler::Schedule
    Properties:
      FlexibleTimeWindow: {Mode: "OFF"}
      ScheduleExpression: rate(1 hour)
      Target:
        Arn: arn:aws:scheduler:::aws-sdk:sqs:sendMessage
        RoleArn: arn:aws:iam::123456789012:role/x
        Input: '{"QueueUrl": "http://queue/123456789012/plain", "MessageBody": "by SDK"}'
  Worker:
    Type: AWS::Serverless::Function
    Properties:
      FunctionName: worker
      Events:
        Night:
          Type: EventBridgeRule
          Properties:
            Pattern: {source: [shop]}
            RetryPolicy: {MaximumRetryAttempts: 0}
            DeadLetterConfig: {Type: SQS, QueueLogicalId: Undelivered}
"""


def test_the_parameters_of_targets_are_used(serve_project: Serve) -> None:
    project = serve_project(TARGETS)
    project.server.advance(3601)
    (event,) = project.seen()
    assert (event["source"], event["detail-type"], event["detail"]) == ("shop", "Night", {"a": 1})
    sqs = project.client("sqs")

    def bodies(name: str) -> list[Any]:
        url = sqs.get_queue_url(QueueName=name)["QueueUrl"]
        return [one["Body"] for one in sqs.receive_message(QueueUrl=url).get("Messages", [])]

    arn = "arn:aws:scheduler:us-east-1:123456789012:schedule/default/nightly"
    assert [json.loads(one) for one in bodies("ordered.fifo")] == [{"of": arn, "attempt": 1}]
    assert bodies("plain") == ["by SDK"]
    (target,) = project.client("events").list_targets_by_rule(Rule="WorkerNight")["Targets"]
    assert target["DeadLetterConfig"] == {"Arn": "arn:aws:sqs:us-east-1:123456789012:Undelivered"}
    assert target["RetryPolicy"] == {"MaximumRetryAttempts": 0}
    assert bodies("Undelivered") == []
