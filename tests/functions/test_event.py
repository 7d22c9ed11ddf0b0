"""Sample events: each type is JSON of its service's shape, with the options where they belong."""

from __future__ import annotations

import json
from typing import Any

import pytest
from click.testing import CliRunner

from aslrun.cli import aslrun
from aslrun.cli.event import command
from aslrun.errors import UsageError
from aslrun.functions.sample_events import attribute_value


def event(*args: str) -> Any:
    ran = CliRunner().invoke(aslrun, ["event", *args])
    assert ran.exit_code == 0, ran.output
    return json.loads(ran.stdout)


@pytest.mark.parametrize("type", sorted(command.commands))
def test_every_type_is_the_same_json_each_time_and_tells_region_and_account(type: str) -> None:
    assert event(type) == event(type)
    told = json.dumps(event(type, "--region", "eu-west-3", "--account", "210987654321"))
    assert "eu-west-3" in told
    assert "210987654321" in told or type == "s3-put"


def test_requests() -> None:
    args = ["--method", "POST", "--path", "/orders", "--body", "{}", "--query", "a=1=2", "--header", "X-Y=z"]
    old, new = event("apigateway", *args), event("apigateway-http", *args)
    assert (old["httpMethod"], old["path"], old["body"]) == ("POST", "/orders", "{}")
    assert old["queryStringParameters"] == {"a": "1=2"}
    assert old["multiValueHeaders"]["X-Y"] == ["z"]
    assert new["requestContext"]["http"]["method"] == "POST"
    assert (new["rawPath"], new["rawQueryString"], new["body"]) == ("/orders", "a=1%3D2", "{}")
    assert new["headers"]["x-y"] == "z"
    assert event("apigateway")["queryStringParameters"] is None


def test_an_object_in_a_bucket() -> None:
    (record,) = event("s3-put", "--bucket", "b", "--key", "in/a b+c.json", "--size", "7")["Records"]
    assert record["s3"]["bucket"] == {
        "name": "b",
        "ownerIdentity": {"principalId": "EXAMPLE"},
        "arn": "arn:aws:s3:::b",
    }
    assert (record["s3"]["object"]["key"], record["s3"]["object"]["size"]) == ("in/a+b%2Bc.json", 7)


@pytest.mark.parametrize(
    ("kind", "images"),
    [("INSERT", {"NewImage"}), ("MODIFY", {"NewImage", "OldImage"}), ("REMOVE", {"OldImage"})],
)
def test_an_item_of_a_table(kind: str, images: set[str]) -> None:
    args = ["--table", "orders", "--key", "pk", "--item", '{"pk": "A", "n": 1.5}', "--kind", kind]
    (record,) = event("dynamodb-stream", *args)["Records"]
    assert record["eventName"] == kind
    assert record["dynamodb"]["Keys"] == {"pk": {"S": "A"}}
    assert images == {name for name in record["dynamodb"] if name.endswith("Image")}
    assert record["dynamodb"][min(images)] == {"pk": {"S": "A"}, "n": {"N": "1.5"}}


def test_attribute_values() -> None:
    value = attribute_value({"a": [None, True, 1, "s"], "m": {}})
    assert value == {
        "M": {"a": {"L": [{"NULL": True}, {"BOOL": True}, {"N": "1"}, {"S": "s"}]}, "m": {"M": {}}}
    }


def test_messages() -> None:
    first, second = event("sqs", "--body", "one", "--body", "two", "--queue", "q")["Records"]
    assert (first["body"], second["body"]) == ("one", "two")
    assert first["messageId"] != second["messageId"]
    assert first["md5OfBody"] == "f97c5d29941bfb1b2fdab0874906ab82"
    assert first["eventSourceARN"].endswith(":q")
    (record,) = event("sns", "--topic", "t", "--message", "m", "--subject", "s")["Records"]
    assert (record["Sns"]["Message"], record["Sns"]["Subject"]) == ("m", "s")


def test_events_of_eventbridge() -> None:
    args = [
        "--source",
        "shop",
        "--detail-type",
        "Paid",
        "--detail",
        '{"n": 1}',
        "--time",
        "2026-02-03T04:05:06Z",
    ]
    told = event("eventbridge", *args)
    assert (told["source"], told["detail-type"], told["detail"]) == ("shop", "Paid", {"n": 1})
    assert told["time"] == "2026-02-03T04:05:06Z"
    told = event("schedule", "--rule", "nightly")
    assert told["detail-type"] == "Scheduled Event"
    assert told["resources"] == ["arn:aws:events:us-east-1:123456789012:rule/nightly"]


@pytest.mark.parametrize(
    ("args", "says"),
    [
        (["sqs", "--time", "yesterday"], "write it as 2026-01-01T12:00:00.000Z"),
        (["eventbridge", "--detail", "{"], "--detail is not JSON"),
        (["apigateway", "--query", "a"], "--query a: write NAME=VALUE"),
    ],
)
def test_wrong_options(args: list[str], says: str) -> None:
    ran = CliRunner().invoke(aslrun, ["event", *args])
    assert ran.exit_code != 0
    assert says in str(ran.exception)


@pytest.mark.parametrize(
    ("type", "told"),
    [("sqss", "did you mean 'sqs'?"), ("S3", "did you mean 's3-put'?"), ("x", "there are api")],
)
def test_a_type_that_there_is_not(type: str, told: str) -> None:
    ran = CliRunner().invoke(aslrun, ["event", type])
    assert isinstance(ran.exception, UsageError)
    assert told in str(ran.exception)
