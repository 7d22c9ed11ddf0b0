"""When what a rule delivers is tried again, and what is stopped or given up in the end."""

from __future__ import annotations

import json

import pytest
from project import Serve, serve_project, things  # noqa: F401
from test_sources import wait_for

from aslrun.server.events.targets import delivery_of


class Refused(Exception):
    def __init__(self, status: int, code: str = "Wrong") -> None:
        super().__init__(code)
        self.response = {"Error": {"Code": code}, "ResponseMetadata": {"HTTPStatusCode": status}}


TARGET = {"Arn": "arn", "RetryPolicy": {"MaximumRetryAttempts": 2, "MaximumEventAgeInSeconds": 60}}


@pytest.mark.parametrize(
    ("wrong", "attempt", "waited", "again"),
    [
        (Refused(400), 1, 0, False),
        (Refused(500), 1, 2, True),
        (Refused(400, "ThrottlingException"), 2, 4, True),
        (Refused(503), 3, 6, False),
        (Refused(503), 1, 61, False),
        (ValueError("no local form"), 1, 0, False),
    ],
)
def test_only_what_may_pass_is_tried_again(
    wrong: Exception, attempt: int, waited: float, again: bool
) -> None:
    assert delivery_of("rule", TARGET).may_try_again(wrong, attempt, waited) is again


def test_without_a_policy_it_is_eventbridges() -> None:
    delivery = delivery_of("rule", {"Arn": "arn"})
    assert (delivery.retries, delivery.age, delivery.dead_letters) == (185, 86_400, None)


AGAIN = """
import boto3

def handler(event, context):
    sqs = boto3.client("sqs")
    url = sqs.get_queue_url(QueueName="orders")["QueueUrl"]
    for record in event["Records"]:
        sqs.send_message(QueueUrl=url, MessageBody=record["body"] + ".")
"""


def test_a_circle_through_a_queue_is_stopped(serve_project: Serve) -> None:
    project = serve_project(
        """
  Dead: {Type: AWS::SQS::Queue, Properties: {QueueName: dead}}
  Orders:
    Type: AWS::SQS::Queue
    Properties:
      QueueName: orders
      RedrivePolicy: {deadLetterTargetArn: !GetAtt Dead.Arn, maxReceiveCount: 3}
  Again:
    Type: AWS::Serverless::Function
    Properties:
      Handler: again.handler
      Events: {Order: {Type: SQS, Properties: {Queue: !GetAtt Orders.Arn}}}
""",
        {"again.py": AGAIN},
    )
    sqs = project.client("sqs")
    url = sqs.get_queue_url(QueueName="orders")["QueueUrl"]
    sqs.send_message(QueueUrl=url, MessageBody="a")
    dead = sqs.get_queue_url(QueueName="dead")["QueueUrl"]
    found = sqs.receive_message(QueueUrl=dead, WaitTimeSeconds=20)["Messages"]
    assert [one["Body"] for one in found] == ["a" + 16 * "."]
    # The last one has sent its message before it has ended.
    wait_for(lambda: len(project.told("queue orders → function Again: ok")) == 16)
    assert len(project.told("a circle of events has gone round 16 times")) == 1


PASS_ON = """
import boto3

def handler(event, context):
    sqs = boto3.client("sqs")
    url = sqs.get_queue_url(QueueName="orders.fifo")["QueueUrl"]
    for record in event["Records"]:
        number = str(len(record["body"]))
        sqs.send_message(
            QueueUrl=url, MessageBody=record["body"] + ".",
            MessageGroupId=record["attributes"]["MessageGroupId"], MessageDeduplicationId="round " + number,
            MessageAttributes={
                "Round": {"DataType": "Number.int", "StringValue": number},
                "Raw": {"DataType": "Binary", "BinaryValue": bytes([0, 255])},
            })
"""


def test_what_a_circle_leads_to_the_dead_letter_queue_is_kept_as_it_was_sent(serve_project: Serve) -> None:
    project = serve_project(
        """
  Dead: {Type: AWS::SQS::Queue, Properties: {QueueName: dead.fifo, FifoQueue: true}}
  Orders:
    Type: AWS::SQS::Queue
    Properties:
      QueueName: orders.fifo
      FifoQueue: true
      RedrivePolicy: {deadLetterTargetArn: !GetAtt Dead.Arn, maxReceiveCount: 3}
  PassOn:
    Type: AWS::Serverless::Function
    Properties:
      Handler: pass_on.handler
      Events: {Order: {Type: SQS, Properties: {Queue: !GetAtt Orders.Arn}}}
""",
        {"pass_on.py": PASS_ON},
    )
    sqs = project.client("sqs")
    url = sqs.get_queue_url(QueueName="orders.fifo")["QueueUrl"]
    sqs.send_message(QueueUrl=url, MessageBody="a", MessageGroupId="shop 7", MessageDeduplicationId="first")
    dead = sqs.get_queue_url(QueueName="dead.fifo")["QueueUrl"]
    (found,) = sqs.receive_message(
        QueueUrl=dead, WaitTimeSeconds=20, AttributeNames=["All"], MessageAttributeNames=["All"]
    )["Messages"]
    assert found["Body"] == "a" + 16 * "."
    assert found["Attributes"]["MessageGroupId"] == "shop 7"
    assert found["Attributes"]["MessageDeduplicationId"] == "round 16"
    assert found["MessageAttributes"] == {
        "Round": {"DataType": "Number.int", "StringValue": "16"},
        "Raw": {"DataType": "Binary", "BinaryValue": bytes([0, 255])},
    }


WRITES_AGAIN = """
import boto3

def handler(event, context):
    for record in event["Records"]:
        n = int(record["dynamodb"]["NewImage"]["id"]["S"])
        boto3.client("dynamodb").put_item(TableName="Things", Item={"id": {"S": str(n + 1)}})
"""


def test_a_circle_through_a_stream_is_stopped(serve_project: Serve) -> None:
    project = serve_project(
        things("NEW_IMAGE")
        + """\
  Again:
    Type: AWS::Serverless::Function
    Properties:
      Handler: again.handler
      Events:
        Change:
          Type: DynamoDB
          Properties: {Stream: !GetAtt Things.StreamArn, StartingPosition: TRIM_HORIZON}
""",
        {"again.py": WRITES_AGAIN},
    )
    database = project.client("dynamodb")
    database.put_item(TableName="Things", Item={"id": {"S": "0"}})
    wait_for(lambda: bool(project.told("a circle of events has gone round 16 times")))
    project.server.settle()
    assert database.scan(TableName="Things", Select="COUNT")["Count"] == 17


CIRCLES = """
import boto3

def done(event, context):
    return {}

def again(event, context):
    boto3.client("lambda").invoke(FunctionName="again", InvocationType="Event", Payload=b"{}")
"""
OF_DESTINATIONS = """
  One:
    Type: AWS::Serverless::Function
    Properties:
      FunctionName: one
      Handler: circles.done
      EventInvokeConfig:
        DestinationConfig:
          OnSuccess: {Type: Lambda, Destination: "arn:aws:lambda:us-east-1:123456789012:function:two"}
  Two:
    Type: AWS::Serverless::Function
    Properties:
      FunctionName: two
      Handler: circles.done
      EventInvokeConfig:
        DestinationConfig:
          OnSuccess: {Type: Lambda, Destination: "arn:aws:lambda:us-east-1:123456789012:function:one"}
"""
OF_ITSELF = """
  Again:
    Type: AWS::Serverless::Function
    Properties: {FunctionName: again, Handler: circles.again}
"""
OF_BUSES = """
  Other: {Type: AWS::Events::EventBus, Properties: {Name: other}}
  Out:
    Type: AWS::Events::Rule
    Properties:
      EventPattern: {source: [shop]}
      Targets: [{Id: a, Arn: "arn:aws:events:us-east-1:123456789012:event-bus/other"}]
  Back:
    Type: AWS::Events::Rule
    Properties:
      EventBusName: other
      EventPattern: {source: [shop]}
      Targets: [{Id: a, Arn: "arn:aws:events:us-east-1:123456789012:event-bus/default"}]
"""
OF_A_MACHINE = """
  Machine:
    Type: AWS::Serverless::StateMachine
    Properties:
      Name: round
      Definition: {StartAt: A, States: {A: {Type: Pass, End: true}}}
      Events:
        Ended:
          Type: EventBridgeRule
          Properties: {Input: "{}", Pattern: {source: [aws.states], detail: {status: [SUCCEEDED]}}}
        Begun: {Type: EventBridgeRule, Properties: {Input: "{}", Pattern: {source: [shop]}}}
"""
OF_A_PIPE = """
  Orders: {Type: AWS::SQS::Queue, Properties: {QueueName: orders}}
  Pipe:
    Type: AWS::Pipes::Pipe
    Properties:
      RoleArn: arn:aws:iam::123456789012:role/pipe
      Source: !GetAtt Orders.Arn
      Target: !GetAtt Orders.Arn
      TargetParameters: {InputTemplate: "again"}
"""


@pytest.mark.parametrize(
    ("template", "first"),
    [
        (OF_DESTINATIONS, "one"),
        (OF_ITSELF, "again"),
        (OF_BUSES, None),
        (OF_A_MACHINE, None),
        (OF_A_PIPE, None),
    ],
    ids=["destinations", "itself", "buses", "machine", "pipe"],
)
def test_circles_without_a_source_are_stopped(serve_project: Serve, template: str, first: str | None) -> None:
    project = serve_project(template, {"circles.py": CIRCLES})
    if first is not None:
        project.client("lambda").invoke(FunctionName=first, InvocationType="Event", Payload=b"{}")
    elif template == OF_A_PIPE:
        sqs = project.client("sqs")
        sqs.send_message(QueueUrl=sqs.get_queue_url(QueueName="orders")["QueueUrl"], MessageBody="a")
    else:
        entry = {"Source": "shop", "DetailType": "a", "Detail": "{}"}
        project.client("events").put_events(Entries=[entry])
    wait_for(lambda: project.told("stopped: a circle of events"))
    project.server.settle()
    assert 16 <= len(project.told("→")) <= 20


def test_a_message_that_always_fails_is_gone_when_its_queue_keeps_it_no_longer(serve_project: Serve) -> None:
    project = serve_project(
        """
  Orders:
    Type: AWS::SQS::Queue
    Properties: {QueueName: orders, VisibilityTimeout: 60, MessageRetentionPeriod: 600}
  Worker:
    Type: AWS::Serverless::Function
    Properties: {Events: {Order: {Type: SQS, Properties: {Queue: !GetAtt Orders.Arn}}}}
"""
    )
    sqs = project.client("sqs")
    url = sqs.get_queue_url(QueueName="orders")["QueueUrl"]
    sqs.send_message(QueueUrl=url, MessageBody="poison")
    wait_for(lambda: project.told("1 messages are older than the queue keeps them"))
    assert len(project.told("Worker: ValueError: poison")) == 11


def test_an_event_of_an_execution_leaves_out_what_is_large(serve_project: Serve) -> None:
    project = serve_project(
        """
  Machine:
    Type: AWS::Serverless::StateMachine
    Properties: {Name: large, Definition: {StartAt: A, States: {A: {Type: Pass, End: true}}}}
  Worker:
    Type: AWS::Serverless::Function
    Properties:
      Events:
        Ended:
          Type: EventBridgeRule
          Properties: {Pattern: {source: [aws.states], detail: {status: [SUCCEEDED]}}}
"""
    )
    arn = "arn:aws:states:us-east-1:123456789012:stateMachine:large"
    input = json.dumps({"text": "x" * 200_000})
    project.client("stepfunctions").start_execution(stateMachineArn=arn, input=input)
    wait_for(lambda: project.told("→ function Worker: ok"))
    (event,) = project.seen()
    assert event["detail"]["inputDetails"] == {"included": False}
    assert event["detail"]["input"] is None
    assert json.loads(event["detail"]["output"]) == json.loads(input)
