"""`--aws-dump`: what is in the local AWS at the end, as files."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from aslrun.errors import UsageError
from aslrun.services.opening import open_aws

TOML = """
[dynamodb]
orders = "orders.json"

[s3]
uploads = "files"

[sqs]
jobs = ["a", { MessageBody = "b", MessageAttributes = { kind = { DataType = "String", StringValue = "x" } } }]

[ssm]
"/a" = "1"

[secretsmanager]
token = "t"
"""
ITEMS = [{"id": "1", "price": 1.5, "n": 3, "tags": ["x", {"y": None}]}, {"id": "2", "ok": True}]


def test_what_is_there_comes_back_as_it_was_put(tmp_path: Path) -> None:
    (tmp_path / "aslrun.toml").write_text(TOML)
    (tmp_path / "orders.json").write_text(json.dumps({"key": "id", "items": ITEMS}))
    (tmp_path / "files" / "in").mkdir(parents=True)
    (tmp_path / "files" / "in" / "a.bin").write_bytes(b"\x00\xff")
    folder = tmp_path / "new" / "dump"
    aws = open_aws("local", tmp_path, dump=folder)
    aws.client("s3").put_object(Bucket="uploads", Key="../out/é:1", Body=b"kept inside")
    url = aws.client("sqs").get_queue_url(QueueName="jobs")["QueueUrl"]
    aws.client("sqs").receive_message(QueueUrl=url)
    aws.close()
    read = {
        str(one.relative_to(folder).as_posix()): one.read_bytes()
        for one in folder.rglob("*")
        if one.is_file()
    }
    assert set(read) == {
        "dynamodb/orders.json", "s3/uploads/in/a.bin", "s3/uploads/%2E%2E/out/%C3%A9%3A1", "sqs/jobs.json",
        "ssm.json", "secretsmanager.json",
    }  # fmt: skip
    assert json.loads(read["dynamodb/orders.json"]) == ITEMS
    assert read["s3/uploads/in/a.bin"] == b"\x00\xff"
    assert json.loads(read["sqs/jobs.json"]) == [
        {"MessageBody": "a"},
        {"MessageBody": "b", "MessageAttributes": {"kind": {"DataType": "String", "StringValue": "x"}}},
    ]
    assert json.loads(read["ssm.json"]) == {"/a": "1"}
    assert json.loads(read["secretsmanager.json"]) == {"token": "t"}


def test_what_cannot_be_dumped(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"calls go elsewhere: --aws off"):
        open_aws("off", None, dump=tmp_path)
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match="it is a file; name a folder"):
        open_aws("local", None, dump=tmp_path / "file")


def test_an_execution_writes_it(tmp_path: Path) -> None:
    import aslrun

    handler = (
        "def handler(event, context):\n    import boto3\n    s3 = boto3.client('s3')\n"
        "    s3.create_bucket(Bucket='made')\n    s3.put_object(Bucket='made', Key='k', Body=b'v')\n"
    )
    (tmp_path / "app.py").write_text(handler)
    states = {"Put": {"Type": "Task", "Resource": "put", "End": True}}
    machine = aslrun.load({"StartAt": "Put", "States": states})
    machine.execute(function_files=[f"put={tmp_path}/app.py:handler"], aws="local", aws_dump=tmp_path / "d")
    assert (tmp_path / "d" / "s3" / "made" / "k").read_bytes() == b"v"
