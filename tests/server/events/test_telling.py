"""What is said of events for programs: `--json-log`."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import pytest
from test_sources import wait_for

import aslrun
from aslrun.cli.json_log import JsonLines
from aslrun.server.clients import boto3_client
from aslrun.server.serving import Server, Settings
from aslrun.timestamps import parse_timestamp

WORKER = """
Transform: AWS::Serverless-2016-10-31
Resources:
  Orders: {Type: AWS::SQS::Queue, Properties: {QueueName: orders}}
  Worker:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: python3.12
      Handler: app.handler
      CodeUri: .
      Events: {Order: {Type: SQS, Properties: {Queue: !GetAtt Orders.Arn}}}
"""


def test_each_thing_that_happens_is_an_object(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "app.py").write_text("def handler(event, context): pass")
    (tmp_path / "template.yaml").write_text(WORKER)
    settings = Settings(
        files=[str(tmp_path / "template.yaml")],
        port=0,
        api_port=0,
        store="memory",
        time="virtual",
        show=lambda function, line: None,
        json_log=True,
    )
    with Server(settings) as server:
        sqs = server.client("sqs")
        url = sqs.get_queue_url(QueueName="orders")["QueueUrl"]
        sqs.send_message(QueueUrl=url, MessageBody="a")
        told: list[dict[str, object]] = []
        for _ in range(200):
            server.settle()
            told += [json.loads(line) for line in capsys.readouterr().err.splitlines()]
            if any(one["event"] == "delivered" for one in told):
                break
    (one,) = (one for one in told if one["event"] == "delivered")
    assert one.pop("milliseconds")
    assert parse_timestamp(one.pop("time")) is not None
    assert one == {
        "event": "delivered",
        "source": "queue orders",
        "target": "function Worker",
        "ended": "ok",
        "attempt": 1,
        "records": 1,
    }


EVERYTHING = """
Transform: AWS::Serverless-2016-10-31
Globals: {Function: {Runtime: python3.12, Handler: app.handler, CodeUri: .}}
Resources:
  Orders: {Type: AWS::SQS::Queue, Properties: {QueueName: orders}}
  Uploads: {Type: AWS::S3::Bucket, Properties: {BucketName: uploads}}
  News: {Type: AWS::SNS::Topic, Properties: {TopicName: news}}
  Clicks: {Type: AWS::Kinesis::Stream, Properties: {Name: clicks, ShardCount: 1}}
  Machine:
    Type: AWS::Serverless::StateMachine
    Properties:
      Definition: {StartAt: A, States: {A: {Type: Task, Resource: !GetAtt Worker.Arn, End: true}}}
      Events: {Placed: {Type: EventBridgeRule, Properties: {Pattern: {source: [shop]}}}}
  Worker:
    Type: AWS::Serverless::Function
    Properties:
      FunctionName: worker
      Events:
        Order: {Type: SQS, Properties: {Queue: !GetAtt Orders.Arn}}
        Uploaded: {Type: S3, Properties: {Bucket: !Ref Uploads, Events: "s3:ObjectCreated:*"}}
        Told: {Type: SNS, Properties: {Topic: !Ref News}}
        Clicked: {Type: Kinesis, Properties: {Stream: !GetAtt Clicks.Arn, StartingPosition: TRIM_HORIZON}}
        Minutely: {Type: Schedule, Properties: {Schedule: rate(1 minute), Name: minutely}}
        Request: {Type: HttpApi, Properties: {Path: /, Method: get}}
  Cache: {Type: AWS::ElastiCache::CacheCluster, Properties: {}}
"""
PRINTS = """
import sys
def handler(event, context):
    print("a line")
    print("another", file=sys.stderr)
    return 7 if "Records" in event else {"statusCode": 200, "body": ["no text"]}
"""
SAYS = {
    "delivered": ["queue orders", "bucket uploads", "topic news", "stream clicks", "schedule minutely",
                  "rule", "GET /"],
    "invoked": ["worker"],
    "log": ["a line", "another"],
    "execution": ["RUNNING", "SUCCEEDED"],
    "message": ["without a local form", "answered what cannot be sent"],
}  # fmt: skip


def test_the_command_says_nothing_that_is_no_object(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text(PRINTS)
    (tmp_path / "template.yaml").write_text(EVERYTHING)
    options = ["--port", "0", "--api-port", "0", "--store", "memory", "--time-scale", "60", "--watch"]
    command = [sys.executable, "-m", "aslrun", "serve", "template.yaml", *options, "--json-log"]
    environment = {**os.environ, "PYTHONPATH": str(Path(aslrun.__file__).parent.parent)}
    lines: list[str] = []
    process = subprocess.Popen(
        command, cwd=tmp_path, stderr=subprocess.PIPE, text=True, env=environment, start_new_session=True
    )
    errors = process.stderr
    assert errors is not None
    try:
        lines.append(errors.readline())
        while json.loads(lines[-1])["event"] != "listening":
            lines.append(errors.readline())
        reading = threading.Thread(target=lambda: lines.extend(errors), daemon=True)
        reading.start()
        listening = json.loads(lines[-1])
        make_everything_happen(listening)
        wait_for(lambda: all(is_told(lines, kind, part) for kind, parts in SAYS.items() for part in parts))
        (tmp_path / "template.yaml").write_text(EVERYTHING.replace("StartAt: A", "StartAt: B"))
        wait_for(lambda: is_told(lines, "reloaded", "MISSING_TRANSITION_TARGET"))
        (tmp_path / "template.yaml").write_text(EVERYTHING)
        wait_for(lambda: is_told(lines, "reloaded", '"ok"'))
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0
        reading.join(20)
    finally:
        process.kill()
        process.wait()
        errors.close()
    told = [json.loads(line) for line in lines]
    assert all(parse_timestamp(one["time"]) is not None for one in told)
    assert {one["event"] for one in told} == {*SAYS, "listening", "reloaded", "ended"}
    assert listening["environment"]["AWS_ENDPOINT_URL_SFN"] == listening["url"]
    assert listening["routes"] == ["GET /"]
    (machine,) = listening["stateMachines"]
    ended = next(one for one in told if one["event"] == "execution" and one["status"] == "SUCCEEDED")
    assert ended["stateMachineArn"] == machine
    assert ended["milliseconds"] >= 0


def is_told(lines: list[str], kind: str, part: str) -> bool:
    return any(f'"event": "{kind}"' in line and part in line for line in [*lines])


def make_everything_happen(listening: dict[str, Any]) -> None:
    def client(service: str) -> Any:
        return boto3_client(service, listening["url"])

    sqs = client("sqs")
    sqs.send_message(QueueUrl=sqs.get_queue_url(QueueName="orders")["QueueUrl"], MessageBody="a")
    client("s3").put_object(Bucket="uploads", Key="a", Body=b"a")
    client("sns").publish(TopicArn="arn:aws:sns:us-east-1:123456789012:news", Message="a")
    client("kinesis").put_record(StreamName="clicks", Data=b"a", PartitionKey="a")
    client("events").put_events(Entries=[{"Source": "shop", "DetailType": "t", "Detail": "{}"}])
    with pytest.raises(urllib.error.HTTPError):
        urllib.request.urlopen(listening["apiUrl"])


def test_what_others_print_is_an_object(monkeypatch: pytest.MonkeyPatch) -> None:
    shown = io.StringIO()
    stream = JsonLines(shown)
    monkeypatch.setattr(sys, "stderr", stream)
    print("two\nlines", file=sys.stderr)
    sys.stderr.write('{"event": "ended"}\n')
    sys.stderr.write("begun ")
    other = threading.Thread(target=lambda: print("of another thread", file=sys.stderr))
    other.start()
    other.join()
    print("and ended", file=sys.stderr)
    told = [json.loads(line) for line in shown.getvalue().splitlines()]
    assert [(one["event"], one.get("message")) for one in told] == [
        ("message", "two\nlines"),
        ("ended", None),
        ("message", "of another thread"),
        ("message", "begun and ended"),
    ]
