"""Event source mappings that make no sense, messages that are delayed, batches that are split."""

from __future__ import annotations

import base64
import time
from typing import Any

import pytest
from botocore.exceptions import ClientError
from project import Serve, serve_project, things  # noqa: F401
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
    bodies = {one["Records"][0]["body"] for one in project.seen()}
    assert bodies == {"in a minute", "in ten minutes"}


SPLIT = """
  Given: {Type: AWS::SQS::Queue, Properties: {QueueName: given-up}}
  Clicks: {Type: AWS::Kinesis::Stream, Properties: {Name: clicks, ShardCount: 1}}
  Worker:
    Type: AWS::Serverless::Function
    Properties:
      Handler: split.handler
      Events:
        Clicked:
          Type: Kinesis
          Properties:
            Stream: !GetAtt Clicks.Arn
            StartingPosition: TRIM_HORIZON
            BisectBatchOnFunctionError: true
            MaximumRetryAttempts: 1
            DestinationConfig: {OnFailure: {Destination: !GetAtt Given.Arn}}
"""
SPLITTING = """
import base64

def handler(event, context):
    data = [base64.b64decode(one["kinesis"]["data"]).decode() for one in event["Records"]]
    print("batch", "".join(data))
    if "x" in data:
        raise ValueError("x")
"""


def test_to_split_a_batch_counts_as_no_retry(serve_project: Serve) -> None:
    project = serve_project(SPLIT, {"split.py": SPLITTING})
    records: list[Any] = [{"Data": one.encode(), "PartitionKey": "1"} for one in "abxcdef"]
    project.client("kinesis").put_records(StreamName="clicks", Records=records)
    project.server.advance(60)
    wait_for(lambda: project.told("batch cdef"))
    batches = [line.partition("batch ")[2] for line in project.told("batch ")]
    assert batches == ["abxcdef", "abx", "a", "bx", "b", "x", "x", "cdef"]
    assert len(project.told("gave up 1 records")) == 1


BATCHED = """
  Clicks: {Type: AWS::Kinesis::Stream, Properties: {Name: clicks, ShardCount: 1}}
  Putter:
    Type: AWS::Serverless::StateMachine
    Properties:
      Name: putter
      Definition:
        StartAt: One
        States:
          One: {PUT, Next: Soon}
          Soon: {Type: Wait, Seconds: 4, Next: Two}
          Two: {PUT, Next: Later}
          Later: {Type: Wait, Seconds: 20, Next: Three}
          Three: {PUT, Next: Last}
          Last: {Type: Wait, Seconds: 1, Next: Four}
          Four: {PUT, Next: Full}
          Full: {PUT, Next: End}
          End: {Type: Pass, End: true}
  Worker:
    Type: AWS::Serverless::Function
    Properties:
      Events:
        Clicked:
          Type: Kinesis
          Properties:
            Stream: !GetAtt Clicks.Arn
            StartingPosition: TRIM_HORIZON
            BatchSize: 3
            MaximumBatchingWindowInSeconds: 10
"""
PUT = (
    "Type: Task, Resource: 'arn:aws:states:::aws-sdk:kinesis:putRecord',"
    " Parameters: {StreamName: clicks, Data: a, PartitionKey: p}"
)


def test_records_of_a_stream_are_gathered_by_the_servers_clock(serve_project: Serve) -> None:
    project = serve_project(BATCHED.replace("PUT", PUT))
    states = project.client("stepfunctions")
    arn = "arn:aws:states:us-east-1:123456789012:stateMachine:putter"
    states.start_execution(stateMachineArn=arn)
    wait_for(lambda: len(project.seen()) == 2)
    # What comes within ten seconds of the first is one batch, and a full one waits for nothing.
    assert [len(one["Records"]) for one in project.seen()] == [2, 3]


AT_TIMESTAMP = (
    """
  Clicks: {Type: AWS::Kinesis::Stream, Properties: {Name: clicks, ShardCount: 1}}
"""
    + things("KEYS_ONLY")
    + """\
  Worker: {Type: AWS::Serverless::Function, Properties: {}}
"""
)


def test_a_kinesis_stream_is_read_from_a_time_on(serve_project: Serve) -> None:
    project = serve_project(AT_TIMESTAMP)
    kinesis, functions = project.client("kinesis"), project.client("lambda")
    kinesis.put_record(StreamName="clicks", Data=b"before", PartitionKey="p")
    time.sleep(0.01)
    between = time.time()
    kinesis.put_record(StreamName="clicks", Data=b"after", PartitionKey="p")
    arn = "arn:aws:kinesis:us-east-1:123456789012:stream/clicks"
    given = {"EventSourceArn": arn, "FunctionName": "Worker", "StartingPosition": "AT_TIMESTAMP"}
    made = functions.create_event_source_mapping(**given, StartingPositionTimestamp=between)
    assert abs(made["StartingPositionTimestamp"].timestamp() - between) < 1
    wait_for(lambda: len(project.seen()) == 1)
    assert [base64.b64decode(one["kinesis"]["data"]) for one in project.seen()[0]["Records"]] == [b"after"]


def test_wrong_positions_and_windows_are_refused(serve_project: Serve) -> None:
    project = serve_project(AT_TIMESTAMP)
    functions = project.client("lambda")
    streams = "arn:aws:kinesis:us-east-1:123456789012:stream/clicks"
    things = "arn:aws:dynamodb:us-east-1:123456789012:table/Things/stream/x"
    hour = {"StartingPosition": "AT_TIMESTAMP", "StartingPositionTimestamp": time.time() + 3_600}
    wrong: list[tuple[str, dict[str, Any]]] = [
        (streams, {"StartingPosition": "AT_TIMESTAMP"}),
        (streams, hour),
        (streams, {"StartingPosition": "LATEST", "StartingPositionTimestamp": 1}),
        (things, {"StartingPosition": "AT_TIMESTAMP", "StartingPositionTimestamp": 1}),
        (streams, {"StartingPosition": "LATEST", "MaximumBatchingWindowInSeconds": 301}),
    ]
    for arn, settings in wrong:
        with pytest.raises(functions.exceptions.InvalidParameterValueException):
            functions.create_event_source_mapping(EventSourceArn=arn, FunctionName="Worker", **settings)
