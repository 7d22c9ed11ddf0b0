"""What is said of events for programs: `--json-log`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from aslrun.server.serving import Server, Settings

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
            if told:
                break
    (one,) = told
    assert one.pop("milliseconds")
    assert one == {
        "event": "delivered",
        "source": "queue orders",
        "target": "function Worker",
        "ended": "ok",
        "attempt": 1,
        "records": 1,
    }
