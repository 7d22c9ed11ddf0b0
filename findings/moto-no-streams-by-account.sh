#!/bin/sh
# moto 5.2.5 with boto3 1.44.8: DescribeStream of DynamoDB Streams is "Not yet implemented", though moto has it.
#
# By botocore's endpoint rules a request that names a stream's ARN goes to ACCOUNT.streams-ddb.REGION.amazonaws.com;
# moto knows streams.dynamodb.REGION.amazonaws.com only. ListStreams without an ARN goes there, and is answered.
# `account_id_endpoint_mode="disabled"` sends both there, and then both work.
# Seen: "ListStreams: 1 stream", "DescribeStream: ... (404) ... Not yet implemented" at
# 123456789012.streams-ddb.us-east-1.amazonaws.com, "DescribeStream without account endpoints: ENABLED".
# Exits with 1 if that changes.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q 'moto[dynamodb]==5.2.5' 'boto3==1.44.8'
"$folder/venv/bin/python" - <<'PY'
import sys

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError
from moto import mock_aws

asked = []


def client(**config):
    made = boto3.client("dynamodbstreams", region_name="us-east-1", config=Config(**config))
    made.meta.events.register("before-send.*.*", lambda request, **_: asked.append(request.url))
    return made


with mock_aws():
    boto3.client("dynamodb", region_name="us-east-1").create_table(
        TableName="orders",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"},
    )
    streams = client().list_streams(TableName="orders")["Streams"]
    print("ListStreams:", len(streams), "stream")
    arn = streams[0]["StreamArn"]
    plain = client(account_id_endpoint_mode="disabled").describe_stream(StreamArn=arn)
    print("DescribeStream without account endpoints:", plain["StreamDescription"]["StreamStatus"])
    try:
        client().describe_stream(StreamArn=arn)
    except ClientError as failed:
        print("DescribeStream:", failed, "at", asked[-1])
        sys.exit("Not yet implemented" not in str(failed) or "streams-ddb" not in asked[-1])
    sys.exit("the stream is described now")
PY
