"""Whole projects: what is put into a queue, a bucket, a topic, a stream, or onto a bus starts what it
should."""

from __future__ import annotations

import json
import time
from typing import Any

from project import Serve, serve_project, things  # noqa: F401

QUEUE = """
  Orders:
    Type: AWS::SQS::Queue
    Properties: {QueueName: orders, VisibilityTimeout: 30,
                 RedrivePolicy: {deadLetterTargetArn: !GetAtt Dead.Arn, maxReceiveCount: 2}}
  Dead: {Type: AWS::SQS::Queue, Properties: {QueueName: dead}}
  Worker:
    Type: AWS::Serverless::Function
    Properties:
      Events: {Order: {Type: SQS, Properties: {Queue: !GetAtt Orders.Arn, BatchSize: 5}}}
"""


def test_a_message_in_a_queue_calls_the_function(serve_project: Serve) -> None:
    project = serve_project(QUEUE)
    sqs = project.client("sqs")
    url = sqs.get_queue_url(QueueName="orders")["QueueUrl"]
    sqs.send_message(
        QueueUrl=url,
        MessageBody='{"id": 1}',
        MessageAttributes={"kind": {"DataType": "String", "StringValue": "new"}},
    )
    wait_for(lambda: len(project.seen()) == 1)
    (record,) = project.seen()[0]["Records"]
    assert record["body"] == '{"id": 1}'
    assert record["eventSource"] == "aws:sqs"
    assert record["eventSourceARN"] == "arn:aws:sqs:us-east-1:123456789012:orders"
    assert record["messageAttributes"]["kind"]["stringValue"] == "new"
    assert record["attributes"]["ApproximateReceiveCount"] == "1"
    assert project.told("queue orders → function Worker: ok")


def test_a_message_that_fails_comes_back_and_ends_in_the_dead_letter_queue(serve_project: Serve) -> None:
    project = serve_project(QUEUE)
    sqs = project.client("sqs")
    url = sqs.get_queue_url(QueueName="orders")["QueueUrl"]
    sqs.send_message(QueueUrl=url, MessageBody="poison")
    dead = sqs.get_queue_url(QueueName="dead")["QueueUrl"]
    found: list[Any] = []

    def is_dead() -> bool:
        found.extend(sqs.receive_message(QueueUrl=dead).get("Messages", []))
        return bool(found)

    wait_for(is_dead)
    assert project.told("queue orders → queue dead: 1 message, received 2 times")
    assert found[0]["Body"] == "poison"
    counts = [one["Records"][0]["attributes"]["ApproximateReceiveCount"] for one in project.seen()]
    assert counts == ["1", "2"]
    assert len(project.told("Worker: ValueError: poison")) == 2


def wait_for(is_so: Any, seconds: float = 20.0) -> None:
    end = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < end, "it has not happened"
        time.sleep(0.02)


EVERYTHING = (
    """
  Uploads: {Type: AWS::S3::Bucket, Properties: {BucketName: uploads}}
  News: {Type: AWS::SNS::Topic, Properties: {TopicName: news}}
"""
    + things("NEW_AND_OLD_IMAGES")
    + """\
  Clicks: {Type: AWS::Kinesis::Stream, Properties: {Name: clicks, ShardCount: 1}}
  Machine:
    Type: AWS::Serverless::StateMachine
    Properties:
      Definition:
        StartAt: Keep
        States:
          Keep:
            Type: Task
            Resource: arn:aws:states:::dynamodb:putItem
            Parameters: {TableName: Seen, Item: {id: {S: machine}, from: {"S.$": $.from}}}
            End: true
      Events:
        Placed:
          Type: EventBridgeRule
          Properties:
            Pattern: {source: [shop], detail: {total: [{numeric: [">", 10]}]}}
            InputPath: $.detail
  Worker:
    Type: AWS::Serverless::Function
    Properties:
      Events:
        Uploaded:
          Type: S3
          Properties:
            Bucket: !Ref Uploads
            Events: s3:ObjectCreated:*
            Filter: {S3Key: {Rules: [{Name: prefix, Value: in/}, {Name: suffix, Value: .txt}]}}
        Told:
          Type: SNS
          Properties: {Topic: !Ref News, FilterPolicy: {kind: [{prefix: a}]}}
        Placed:
          Type: EventBridgeRule
          Properties: {Pattern: {source: [{wildcard: sho*}], detail-type: [{anything-but: Other}]}}
        Changed:
          Type: DynamoDB
          Properties:
            Stream: !GetAtt Things.StreamArn
            StartingPosition: TRIM_HORIZON
            FilterCriteria: {Filters: [{Pattern: '{"eventName": ["INSERT"]}'}]}
        Clicked:
          Type: Kinesis
          Properties: {Stream: !GetAtt Clicks.Arn, StartingPosition: TRIM_HORIZON}
        Hourly:
          Type: Schedule
          Properties: {Schedule: rate(1 hour), Name: hourly}
        Daily:
          Type: ScheduleV2
          Properties: {ScheduleExpression: "cron(0 9 * * ? *)", Input: '{"daily": true}'}
        Request: {Type: Api, Properties: {Path: /, Method: get}}
        Mail: {Type: Cognito, Properties: {}}
  Cache: {Type: AWS::ElastiCache::CacheCluster, Properties: {}}
"""
)


def test_each_source_calls_the_function_with_its_event(serve_project: Serve) -> None:
    project = serve_project(EVERYTHING)
    said = project.told("without a local form")
    assert len(said) == 1
    assert "Cache (AWS::ElastiCache::CacheCluster)" in said[0]
    assert "Worker, event Mail (Cognito)" in said[0]
    assert "Request" not in said[0]

    s3, sns, events = (project.client(name) for name in ("s3", "sns", "events"))
    for key in ("in/a b.txt", "in/a.png", "out/a.txt"):
        s3.put_object(Bucket="uploads", Key=key, Body=b"hello")
    topic = "arn:aws:sns:us-east-1:123456789012:news"
    for kind in ("abc", "xyz"):
        attributes = {"kind": {"DataType": "String", "StringValue": kind}}
        sns.publish(TopicArn=topic, Message="hello", Subject="s", MessageAttributes=attributes)
    entries = [
        {"Source": source, "DetailType": "Placed", "Detail": json.dumps({"total": total, "from": source})}
        for source, total in (("shop", 50), ("shop", 5), ("other", 50))
    ]
    assert events.put_events(Entries=entries)["FailedEntryCount"] == 0
    things = project.client("dynamodb")
    things.put_item(TableName="Things", Item={"id": {"S": "a"}})
    things.put_item(TableName="Things", Item={"id": {"S": "a"}, "n": {"N": "1"}})
    project.client("kinesis").put_record(StreamName="clicks", Data=b"click", PartitionKey="p")
    wait_for(lambda: len(project.seen()) == 6)
    wait_for(lambda: "Item" in things.get_item(TableName="Seen", Key={"id": {"S": "machine"}}))
    seen = project.seen()
    records = [event["Records"][0] for event in seen if "Records" in event]
    by_source = {one.get("eventSource") or one.get("EventSource"): one for one in records}
    assert by_source["aws:s3"]["s3"]["object"]["key"] == "in/a+b.txt"
    assert by_source["aws:s3"]["eventName"] == "ObjectCreated:Put"
    assert by_source["aws:sns"]["Sns"]["Message"] == "hello"
    assert by_source["aws:sns"]["Sns"]["MessageAttributes"] == {"kind": {"Type": "String", "Value": "abc"}}
    assert by_source["aws:dynamodb"]["dynamodb"]["NewImage"] == {"id": {"S": "a"}}
    assert by_source["aws:kinesis"]["kinesis"]["data"] == "Y2xpY2s="
    placed = [event for event in seen if "detail" in event]
    assert [event["detail"]["total"] for event in placed] in ([50, 5], [5, 50])
    assert placed[0]["source"] == "shop"
    assert placed[0]["time"].endswith("Z")

    before = len(project.seen())
    project.server.advance(2 * 3_600 + 60)
    wait_for(lambda: len(project.seen()) >= before + 2)
    hourly = [event for event in project.seen()[before:] if event.get("source") == "aws.events"]
    assert len(hourly) == 2
    assert hourly[0]["resources"] == ["arn:aws:events:us-east-1:123456789012:rule/hourly"]
    project.server.advance(24 * 3_600)
    wait_for(lambda: {"daily": True} in project.seen())
    assert project.told("schedule hourly → function Worker: ok")


CIRCLE = """
  Loop: {Type: AWS::S3::Bucket, Properties: {BucketName: loop}}
  Copier:
    Type: AWS::Serverless::Function
    Properties:
      Handler: copier.handler
      Events: {Put: {Type: S3, Properties: {Bucket: !Ref Loop, Events: "s3:ObjectCreated:*"}}}
"""
COPIER = """
import boto3
s3 = boto3.client("s3")

def handler(event, context):
    key = event["Records"][0]["s3"]["object"]["key"]
    s3.put_object(Bucket="loop", Key=key + "x", Body=b"")
"""


def test_a_circle_of_events_is_stopped(serve_project: Serve) -> None:
    project = serve_project(CIRCLE, {"copier.py": COPIER})
    project.client("s3").put_object(Bucket="loop", Key="k", Body=b"")
    wait_for(lambda: project.told("a circle of events"))
    project.server.settle()
    assert len(project.told("→ function Copier: ok")) == 16


STATUS = """
  Machine:
    Type: AWS::Serverless::StateMachine
    Properties: {Name: hello, Definition: {StartAt: A, States: {A: {Type: Pass, End: true}}}}
  Worker:
    Type: AWS::Serverless::Function
    Properties:
      Events:
        Ended:
          Type: EventBridgeRule
          Properties: {Pattern: {source: [aws.states], detail: {status: [SUCCEEDED]}}}
"""


def test_rules_see_executions_that_end_and_a_saved_file_is_used(serve_project: Serve, tmp_path: Any) -> None:
    project = serve_project(STATUS)
    states = project.client("stepfunctions")
    arn = "arn:aws:states:us-east-1:123456789012:stateMachine:hello"
    started = states.start_execution(stateMachineArn=arn, input='{"a": 1}')["executionArn"]
    wait_for(lambda: len(project.seen()) == 1)
    event = project.seen()[0]
    assert event["detail-type"] == "Step Functions Execution Status Change"
    assert event["resources"] == [started]
    assert event["detail"]["status"] == "SUCCEEDED"
    assert json.loads(event["detail"]["output"]) == {"a": 1}

    functions = project.client("lambda")
    assert functions.publish_version(FunctionName="Worker")["Version"] == "1"
    (tmp_path / "app.py").write_text("def handler(event, context):\n    print('the new one')\n")
    states.start_execution(stateMachineArn=arn)
    wait_for(lambda: project.told("the new one"))
    known = len(project.seen())
    functions.invoke(FunctionName="Worker", Qualifier="1", Payload=b'{"of": "the old one"}')
    assert project.seen()[known:] == [{"of": "the old one"}]
    assert [one["FunctionName"] for one in functions.list_functions()["Functions"]] == ["Worker"]
    (tmp_path / "app.py").write_text("def handler(event, context):\n    return 'the newest'\n")
    assert functions.invoke(FunctionName="Worker")["Payload"].read() == b'"the newest"'


CFN = (
    """
  Orders: {Type: AWS::SQS::Queue, Properties: {QueueName: orders}}
  Fifo:
    Type: AWS::SQS::Queue
    Properties: {QueueName: order.fifo, FifoQueue: true, ContentBasedDeduplication: true}
  Failures: {Type: AWS::SQS::Queue, Properties: {QueueName: failures}}
"""
    + things("NEW_IMAGE")
    + """\
  Worker: {Type: AWS::Serverless::Function, Properties: {Handler: partly.handler}}
  Partly:
    Type: AWS::Lambda::EventSourceMapping
    Properties:
      FunctionName: !Ref Worker
      EventSourceArn: !GetAtt Orders.Arn
      FunctionResponseTypes: [ReportBatchItemFailures]
  InOrder:
    Type: AWS::Lambda::EventSourceMapping
    Properties: {FunctionName: !Ref Worker, EventSourceArn: !GetAtt Fifo.Arn, BatchSize: 1}
  Stream:
    Type: AWS::Lambda::EventSourceMapping
    Properties:
      FunctionName: !GetAtt Worker.Arn
      EventSourceArn: !GetAtt Things.StreamArn
      StartingPosition: TRIM_HORIZON
      BisectBatchOnFunctionError: true
      MaximumRetryAttempts: 3
      DestinationConfig: {OnFailure: {Destination: !GetAtt Failures.Arn}}
"""
)
PARTLY = """
def handler(event, context):
    bodies = [str(one.get("body") or one["dynamodb"]["NewImage"]["id"]["S"]) for one in event["Records"]]
    print("batch", *bodies)
    if "dynamodb" in event["Records"][0] and "bad" in bodies:
        raise ValueError("bad")
    return {"batchItemFailures": [{"itemIdentifier": one["messageId"]} for one in event["Records"]
                                  if one.get("body") == "later"
                                  and one["attributes"]["ApproximateReceiveCount"] == "1"]}
"""


def test_parts_of_batches_fail_and_streams_bisect_until_they_give_up(serve_project: Serve) -> None:
    project = serve_project(CFN, {"partly.py": PARTLY})
    sqs, table = project.client("sqs"), project.client("dynamodb")
    url = sqs.get_queue_url(QueueName="orders")["QueueUrl"]
    entries = [{"Id": body, "MessageBody": body} for body in ("now", "later")]
    sqs.send_message_batch(QueueUrl=url, Entries=entries)
    wait_for(lambda: project.told("Worker | batch later"))
    assert project.told("1 of 2 messages have failed")

    fifo = sqs.get_queue_url(QueueName="order.fifo")["QueueUrl"]
    for number in range(5):
        sqs.send_message(QueueUrl=fifo, MessageBody=f"fifo {number}", MessageGroupId="g")
    wait_for(lambda: len(project.told("batch fifo")) == 5)
    assert [line[-1] for line in project.told("batch fifo")] == list("01234")

    requests = [{"PutRequest": {"Item": {"id": {"S": id}}}} for id in ("ok 1", "bad", "ok 2")]
    table.batch_write_item(RequestItems={"Things": requests})
    failures = sqs.get_queue_url(QueueName="failures")["QueueUrl"]
    found: list[Any] = []

    def is_told() -> bool:
        found.extend(sqs.receive_message(QueueUrl=failures).get("Messages", []))
        return bool(found)

    wait_for(is_told)
    told = json.loads(found[0]["Body"])
    assert told["requestContext"]["condition"] == "RetryAttemptsExhausted"
    assert told["DDBStreamBatchInfo"]["batchSize"] == 1
    assert any(line.endswith("batch ok 1") for line in project.lines)
    wait_for(lambda: any(line.endswith("batch ok 2") for line in project.lines))


UNDELIVERED = """
  Dead: {Type: AWS::SQS::Queue, Properties: {QueueName: dead}}
  Rule:
    Type: AWS::Events::Rule
    Properties:
      Name: orders
      EventPattern: {source: [shop]}
      Targets:
        - Id: gone
          Arn: arn:aws:sqs:us-east-1:123456789012:gone
          DeadLetterConfig: {Arn: !GetAtt Dead.Arn}
          RetryPolicy: {MaximumRetryAttempts: 2, MaximumEventAgeInSeconds: 60}
"""


def test_what_a_rule_cannot_deliver_is_in_its_dead_letter_queue(serve_project: Serve) -> None:
    project = serve_project(UNDELIVERED)
    entry = {"Source": "shop", "DetailType": "Order", "Detail": json.dumps({"id": 7})}
    project.client("events").put_events(Entries=[entry])
    sqs = project.client("sqs")
    dead = sqs.get_queue_url(QueueName="dead")["QueueUrl"]
    found: list[Any] = []

    def is_dead() -> bool:
        found.extend(sqs.receive_message(QueueUrl=dead, MessageAttributeNames=["All"]).get("Messages", []))
        return bool(found)

    wait_for(is_dead)
    assert json.loads(found[0]["Body"])["detail"] == {"id": 7}
    attributes = {name: one["StringValue"] for name, one in found[0]["MessageAttributes"].items()}
    assert attributes["TARGET_ARN"].endswith(":gone")
    assert attributes["RULE_ARN"].endswith(":rule/orders")
    assert "NonExistentQueue" in attributes["ERROR_CODE"]


OBJECTS = """
  Other: {Type: AWS::Events::EventBus, Properties: {Name: other}}
  Things:
    Type: AWS::S3::Bucket
    Properties:
      BucketName: things
      NotificationConfiguration: {EventBridgeConfiguration: {EventBridgeEnabled: true}}
  Worker:
    Type: AWS::Serverless::Function
    Properties:
      Events:
        All: {Type: EventBridgeRule, Properties: {Pattern: {source: [aws.s3]}}}
        Elsewhere:
          Type: EventBridgeRule
          Properties: {EventBusName: !Ref Other, Pattern: {source: [aws.s3]}}
"""


def test_the_default_bus_is_told_what_becomes_of_objects(serve_project: Serve) -> None:
    project = serve_project(OBJECTS)
    s3 = project.client("s3")
    s3.put_object(Bucket="things", Key="a b", Body=b"12345")
    wait_for(lambda: len(project.seen()) == 1)
    s3.put_object_tagging(Bucket="things", Key="a b", Tagging={"TagSet": [{"Key": "a", "Value": "b"}]})
    wait_for(lambda: len(project.seen()) == 2)
    s3.delete_object(Bucket="things", Key="a b")
    wait_for(lambda: len(project.seen()) == 3)
    made, tagged, deleted = project.seen()
    kinds = [one["detail-type"] for one in (made, tagged, deleted)]
    assert kinds == ["Object Created", "Object Tags Added", "Object Deleted"]
    assert len({one["id"] for one in (made, tagged, deleted)}) == 3
    assert made["detail"]["reason"] == "PutObject"
    assert sorted(made["detail"]["object"]) == ["etag", "key", "sequencer", "size"]
    assert deleted["detail"]["deletion-type"] == "Permanently Deleted"
    assert made["detail"]["object"]["sequencer"] < deleted["detail"]["object"]["sequencer"]


KEYS = """
  Files:
    Type: AWS::S3::Bucket
    Properties: {BucketName: files, VersioningConfiguration: {Status: Enabled}}
  Worker:
    Type: AWS::Serverless::Function
    Properties:
      EventInvokeConfig: {DestinationConfig: {OnSuccess: {Type: SQS}}}
      Events:
        Changed:
          Type: S3
          Properties: {Bucket: !Ref Files, Events: ["s3:ObjectCreated:*", "s3:ObjectRemoved:*"]}
        Clicked:
          Type: Kinesis
          Properties: {Stream: !GetAtt Clicks.Arn, StartingPosition: LATEST, TumblingWindowInSeconds: 30}
  Clicks: {Type: AWS::Kinesis::Stream, Properties: {Name: clicks, ShardCount: 1}}
"""


def test_keys_of_objects_are_the_same_when_they_come_and_go(serve_project: Serve) -> None:
    project = serve_project(KEYS)
    assert project.told("left out: WorkerClicked, its TumblingWindowInSeconds")
    s3 = project.client("s3")
    version = s3.put_object(Bucket="files", Key="a b/ü+1.txt", Body=b"x")["VersionId"]
    wait_for(lambda: len(project.seen()) == 1)
    s3.delete_object(Bucket="files", Key="a b/ü+1.txt", VersionId=version)
    wait_for(lambda: len(project.seen()) == 2)
    made, removed = (one["Records"][0]["s3"]["object"] for one in project.seen())
    assert made["key"] == removed["key"] == "a+b/%C3%BC%2B1.txt"
    assert made["sequencer"] < removed["sequencer"]
    assert made["versionId"] == version
    sqs = project.client("sqs")
    wait_for(lambda: project.told("queue WorkerOnSuccessQueue: ok"))
    url = sqs.get_queue_url(QueueName="WorkerOnSuccessQueue")["QueueUrl"]
    told = json.loads(sqs.receive_message(QueueUrl=url)["Messages"][0]["Body"])
    assert told["requestContext"]["condition"] == "Success"


SUBSCRIBED = """
  News: {Type: AWS::SNS::Topic, Properties: {TopicName: news}}
  Told: {Type: AWS::SQS::Queue, Properties: {QueueName: told}}
  Subscription:
    Type: AWS::SNS::Subscription
    Properties:
      TopicArn: !Ref News
      Protocol: sqs
      Endpoint: !GetAtt Told.Arn
      RawMessageDelivery: true
      FilterPolicyScope: MessageBody
      FilterPolicy: {$or: [{a: [1]}, {b: [{suffix: z}]}], c: [{exists: false}]}
"""


def test_queues_have_the_same_filter_policies_as_functions(serve_project: Serve) -> None:
    project = serve_project(SUBSCRIBED)
    assert not project.told("without a local form")
    sns, sqs = project.client("sns"), project.client("sqs")
    for message in ('{"a": 1}', '{"b": "xz"}', '{"a": 2}', '{"a": 1, "c": 1}', "text"):
        sns.publish(TopicArn="arn:aws:sns:us-east-1:123456789012:news", Message=message)
    url = sqs.get_queue_url(QueueName="told")["QueueUrl"]
    found = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10)["Messages"]
    assert [one["Body"] for one in found] == ['{"a": 1}', '{"b": "xz"}']


EITHER = """
  Real:
    Type: AWS::Serverless::StateMachine
    Condition: Prod
    Properties: {Name: pay, Definition: {StartAt: A, States: {A: {Type: Fail, Error: Real}}}}
  Fake:
    Type: AWS::Serverless::StateMachine
    Condition: Dev
    Properties: {Name: pay, Definition: {StartAt: A, States: {A: {Type: Pass, End: true}}}}
Conditions:
  Prod: !Equals [a, b]
  Dev: !Not [!Condition Prod]
"""


def test_of_two_machines_of_a_name_the_one_that_is_made_is_served(serve_project: Serve) -> None:
    states = serve_project(EITHER).client("stepfunctions")
    (machine,) = states.list_state_machines()["stateMachines"]
    told = states.describe_state_machine(stateMachineArn=machine["stateMachineArn"])
    assert json.loads(told["definition"])["States"]["A"]["Type"] == "Pass"
