#!/bin/sh
# moto 5.2.5 with boto3 1.44.8: what EventBridge hears of S3 has one id for all, and tags that nobody put.
#
# A bucket whose notifications go to EventBridge tells the bus of its objects. With moto each PutObject, also of an
# object without tags, makes two events, "Object Created" and "Object Tags Added", and all events of all objects have
# the same `id`: a consumer that takes each event once by its id, as deliveries of at least once want it, takes the
# first and no other. The object's hash is called `eTag`; S3's events to EventBridge have `etag` (their notifications
# to queues and functions have `eTag`).
# Seen, for two objects: ['Object Created', 'Object Tags Added', 'Object Created', 'Object Tags Added'], 1 id.
# Exits with 1 if that changes.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q 'moto[events,s3]==5.2.5' 'boto3==1.44.8'
AWS_ACCESS_KEY_ID=none AWS_SECRET_ACCESS_KEY=none "$folder/venv/bin/python" - <<'PY'
import json
import sys

import boto3
from moto import mock_aws

GROUP = "/aws/events/uploads"
with mock_aws():
    s3, events, logs = (boto3.client(name, region_name="us-east-1") for name in ("s3", "events", "logs"))
    s3.create_bucket(Bucket="uploads")
    s3.put_bucket_notification_configuration(
        Bucket="uploads", NotificationConfiguration={"EventBridgeConfiguration": {}}
    )
    logs.create_log_group(logGroupName=GROUP)
    events.put_rule(Name="uploads", EventPattern=json.dumps({"source": ["aws.s3"]}))
    target = f"arn:aws:logs:us-east-1:123456789012:log-group:{GROUP}"
    events.put_targets(Rule="uploads", Targets=[{"Id": "log", "Arn": target}])
    for key in ("first", "second"):
        s3.put_object(Bucket="uploads", Key=key, Body=b"text")
    told = [json.loads(one["message"]) for one in logs.filter_log_events(logGroupName=GROUP)["events"]]
kinds, ids = [one["detail-type"] for one in told], {one["id"] for one in told}
print(kinds, len(ids), "id")
names = {name for one in told for name in one["detail"]["object"] if name.lower() == "etag"}
sys.exit((kinds, len(ids), names) != (["Object Created", "Object Tags Added"] * 2, 1, {"eTag"}))
PY
