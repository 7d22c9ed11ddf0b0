"""Handlers in JavaScript for what queues, buckets and streams bring."""

from __future__ import annotations

import json
from typing import Any

import pytest
from project import Serve, serve_project, things  # noqa: F401
from test_sources import wait_for

pytestmark = pytest.mark.node
HANDLER = """
export const handler = async (event) => {
  for (const record of event.Records) {
    const told = record.body ?? record.s3?.object.key ?? record.dynamodb?.NewImage?.id.S;
    console.log(JSON.stringify({ source: record.eventSource, told }));
  }
};
"""
TEMPLATE = (
    """
  Orders: {Type: AWS::SQS::Queue, Properties: {QueueName: orders}}
  Uploads: {Type: AWS::S3::Bucket, Properties: {BucketName: uploads}}
"""
    + things("NEW_IMAGE")
    + """\
  Worker:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: nodejs22.x
      Handler: index.handler
      Events:
        Order: {Type: SQS, Properties: {Queue: !GetAtt Orders.Arn}}
        Upload: {Type: S3, Properties: {Bucket: !Ref Uploads, Events: "s3:ObjectCreated:*"}}
        Change:
          Type: DynamoDB
          Properties: {Stream: !GetAtt Things.StreamArn, StartingPosition: TRIM_HORIZON}
"""
)


def test_each_source_calls_a_handler_in_javascript(serve_project: Serve) -> None:
    project = serve_project(TEMPLATE, {"index.mjs": HANDLER})
    sqs = project.client("sqs")
    sqs.send_message(QueueUrl=sqs.get_queue_url(QueueName="orders")["QueueUrl"], MessageBody="hello")
    project.client("s3").put_object(Bucket="uploads", Key="photo.png", Body=b"1")
    project.client("dynamodb").put_item(TableName="Things", Item={"id": {"S": "7"}})

    def seen() -> list[Any]:
        lines = (line.rpartition("\t")[2] for line in project.told('"source"'))
        return sorted((one["source"], one["told"]) for one in map(json.loads, lines))

    wait_for(lambda: len(seen()) == 3)
    assert seen() == [("aws:dynamodb", "7"), ("aws:s3", "photo.png"), ("aws:sqs", "hello")]
