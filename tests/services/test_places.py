"""Where calls to AWS go, what is told when they can't, and what a client outside of the process sees."""

from __future__ import annotations

import io
import json
import socket
import sys
import threading
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from aslrun.errors import UsageError
from aslrun.services import places, sessions
from aslrun.services.failures import Unreachable
from aslrun.services.places import Aws, aws_at
from aslrun.services.wire import Request, Response

TABLE: dict[str, Any] = {
    "TableName": "orders",
    "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
    "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
    "BillingMode": "PAY_PER_REQUEST",
}


@pytest.fixture
def aws() -> Iterator[Aws]:
    aws = aws_at("local")
    yield aws
    aws.close()


def outside(aws: Aws, service: str) -> Any:
    """A client as a handler has it: it knows the endpoint only."""
    return users_session().client(service, endpoint_url=aws.url)


@lru_cache(maxsize=1)
def users_session() -> Any:
    return boto3.Session(aws_access_key_id="any", aws_secret_access_key="any", region_name="us-east-1")


def test_tasks_and_handlers_see_the_same_tables(aws: Aws) -> None:
    aws.client("dynamodb").create_table(**TABLE)
    handler = outside(aws, "dynamodb")
    handler.put_item(TableName="orders", Item={"id": {"S": "7"}})
    got = aws.call("dynamodb", "GetItem", {"TableName": "orders", "Key": {"id": {"S": "7"}}})
    assert got["Item"] == {"id": {"S": "7"}}


def test_two_places_share_nothing(aws: Aws) -> None:
    other = aws_at("local")
    for place in (aws, other):
        place.client("dynamodb").create_table(**TABLE)
        place.client("s3").create_bucket(Bucket="uploads")
    aws.client("s3").put_object(Bucket="uploads", Key="a", Body=b"1")
    assert other.client("s3").list_objects_v2(Bucket="uploads")["KeyCount"] == 0
    assert aws.client("s3").list_objects_v2(Bucket="uploads")["KeyCount"] == 1


def test_mock_aws_of_the_tests_own_is_another_world(aws: Aws) -> None:
    from moto import mock_aws

    aws.client("dynamodb").create_table(**TABLE)
    aws.client("s3").create_bucket(Bucket="uploads")
    for body in (b"first", b"second"):
        aws.client("s3").put_object(Bucket="uploads", Key="a", Body=body)
    with mock_aws():
        mocked = boto3.client("dynamodb", region_name="us-east-1")
        assert mocked.list_tables()["TableNames"] == []
        mocked.create_table(**{**TABLE, "TableName": "mocked"})
        assert aws.client("dynamodb").list_tables()["TableNames"] == ["orders"]
        assert mocked.list_tables()["TableNames"] == ["mocked"]
    assert aws.client("dynamodb").list_tables()["TableNames"] == ["orders"]
    assert aws.client("s3").get_object(Bucket="uploads", Key="a")["Body"].read() == b"second"


def test_many_threads_lose_no_count(aws: Aws) -> None:
    table = aws.client("dynamodb")
    table.create_table(**TABLE)
    handler = outside(aws, "dynamodb")

    def add(client: Any) -> None:
        for _ in range(10):
            client.update_item(
                TableName="orders",
                Key={"id": {"S": "1"}},
                UpdateExpression="ADD n :one",
                ExpressionAttributeValues={":one": {"N": "1"}},
            )

    threads = [threading.Thread(target=add, args=(client,)) for client in (table, handler) * 4]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert table.get_item(TableName="orders", Key={"id": {"S": "1"}})["Item"]["n"] == {"N": "80"}


def test_objects_come_back_as_they_were_put(aws: Aws) -> None:
    s3 = outside(aws, "s3")
    s3.create_bucket(Bucket="uploads")
    s3.put_object(Bucket="uploads", Key="a/b c+é.txt", Body=b"x" * 100_000, Metadata={"by": "me"})
    s3.upload_fileobj(io.BytesIO(b"y" * 9_000_000), "uploads", "large")
    got = aws.client("s3").get_object(Bucket="uploads", Key="a/b c+é.txt")
    assert (got["Body"].read(), got["Metadata"]) == (b"x" * 100_000, {"by": "me"})
    assert s3.head_object(Bucket="uploads", Key="large")["ContentLength"] == 9_000_000
    with pytest.raises(s3.exceptions.NoSuchKey):
        s3.get_object(Bucket="uploads", Key="none")


def test_a_chunked_upload_is_put_together(aws: Aws) -> None:
    aws.client("s3").create_bucket(Bucket="uploads")
    host, port = (aws.url or "").removeprefix("http://").split(":")
    with socket.create_connection((host, int(port))) as connection:
        connection.sendall(
            b"PUT /uploads/key HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\n"
            b"Transfer-Encoding: chunked\r\n\r\n"
        )
        assert connection.recv(100).startswith(b"HTTP/1.1 100 ")
        connection.sendall(b"5\r\nhello\r\n6;x=y\r\n world\r\n0\r\n\r\n")
        assert connection.recv(100).startswith(b"HTTP/1.1 200 ")
    assert aws.client("s3").get_object(Bucket="uploads", Key="key")["Body"].read() == b"hello world"


def test_a_web_page_gets_nothing(aws: Aws) -> None:
    import urllib.error
    import urllib.request

    page = urllib.request.Request(f"{aws.url}/", headers={"Origin": "https://example.com"})
    with pytest.raises(urllib.error.HTTPError, match="403") as refused:
        urllib.request.urlopen(page)
    refused.value.close()


def test_queue_urls_name_this_machine(aws: Aws) -> None:
    here = f"{aws.url}/123456789012/jobs"
    for client in (aws.client("sqs"), outside(aws, "sqs")):
        assert client.create_queue(QueueName="jobs")["QueueUrl"] == here
        assert client.get_queue_url(QueueName="jobs")["QueueUrl"] == here
        assert client.list_queues()["QueueUrls"] == [here]
        client.send_message(QueueUrl=here, MessageBody="see https://sqs.us-east-1.amazonaws.com/1/x")
        received = client.receive_message(QueueUrl=here)["Messages"][0]
        assert received["Body"] == "see https://sqs.us-east-1.amazonaws.com/1/x"


def test_a_long_poll_lets_others_send(aws: Aws) -> None:
    handler = outside(aws, "sqs")
    url = handler.create_queue(QueueName="jobs")["QueueUrl"]
    sender = threading.Timer(0.2, lambda: aws.client("sqs").send_message(QueueUrl=url, MessageBody="at last"))
    sender.start()
    got = handler.receive_message(QueueUrl=url, WaitTimeSeconds=20)
    sender.join()
    assert got["Messages"][0]["Body"] == "at last"


def test_what_moto_has_not_is_told_with_its_name(aws: Aws) -> None:
    with pytest.raises(UsageError, match=r"does not implement .*:ListJobs.*a mock can answer"):
        aws.client("mediaconvert").list_jobs()
    with pytest.raises(ClientError, match=r"NotImplemented.*mediaconvert.*a mock can answer"):
        outside(aws, "mediaconvert").list_jobs()


def test_where_moto_breaks_down_is_told_once(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
    from moto.dynamodb.responses import DynamoHandler

    calls = []

    def broken(self: Any) -> None:
        calls.append(1)
        raise KeyError("lost")

    monkeypatch.setattr(DynamoHandler, "list_tables", broken)
    with pytest.raises(UsageError, match="broke down in dynamodb:ListTables: KeyError: 'lost'"):
        aws.client("dynamodb").list_tables()
    with pytest.raises(ClientError, match="InternalFailure"):
        outside(aws, "dynamodb").list_tables()
    assert len(calls) == 2


@pytest.mark.parametrize("service", ["sns", "ec2", "s3", "dynamodb", "sqs", "apigateway"])
def test_errors_come_in_each_protocol(aws: Aws, service: str) -> None:
    def refuse(request: Request) -> Response:
        raise UsageError("not <today>")

    aws.handlers[service] = refuse
    client = outside(aws, service)
    name = {"sns": "list_topics", "ec2": "describe_instances", "s3": "list_buckets", "sqs": "list_queues",
            "dynamodb": "list_tables", "apigateway": "get_rest_apis"}[service]  # fmt: skip
    with pytest.raises(ClientError) as told:
        getattr(client, name)()
    assert told.value.response["Error"]["Code"] == "InternalFailure"
    assert told.value.response["Error"]["Message"] == "not <today>"


def test_step_functions_is_answered_by_a_handler(aws: Aws) -> None:
    seen = []

    def answer(request: Request) -> Response:
        seen.append((request.operation, json.loads(request.body)))
        return Response(200, {"content-type": "application/x-amz-json-1.0"}, b"{}")

    with pytest.raises(ClientError, match="NotImplemented"):
        outside(aws, "stepfunctions").send_task_success(taskToken="t", output="1")
    aws.handlers["states"] = answer
    for client in (outside(aws, "stepfunctions"), aws.session.client("stepfunctions")):
        client.send_task_success(taskToken="t", output="1")
    assert seen == [("SendTaskSuccess", {"taskToken": "t", "output": "1"})] * 2


def test_what_is_there_can_be_looked_at_after_the_end(aws: Aws) -> None:
    aws.client("dynamodb").create_table(**TABLE)
    url = aws.url
    aws.close()
    assert aws.resource("dynamodb").Table("orders").item_count == 0
    with pytest.raises(Unreachable, match="cannot be reached"):
        aws_at(url).call("dynamodb", "ListTables", {})
    aws.client("sqs").create_queue(QueueName="jobs")
    assert aws.client("sqs").get_queue_url(QueueName="jobs")["QueueUrl"] == f"{url}/123456789012/jobs"
    assert aws._endpoint is not None
    assert aws._endpoint._socket is None


def test_a_place_is_used_again(aws: Aws) -> None:
    aws.client("dynamodb").create_table(**TABLE)
    url = aws.url
    aws.close()
    assert aws.url == url
    assert outside(aws, "dynamodb").list_tables()["TableNames"] == ["orders"]


# ---------------------------------------------------------------- other places


def test_an_endpoint_gets_all_calls(aws: Aws) -> None:
    other = aws_at(aws.url)
    other.client("dynamodb").create_table(**TABLE)
    assert other.session.client("dynamodb").list_tables()["TableNames"] == ["orders"]
    assert aws.client("dynamodb").list_tables()["TableNames"] == ["orders"]


def test_an_endpoint_that_is_not_there() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with pytest.raises(Unreachable, match=f"the endpoint http://127.0.0.1:{port} cannot be reached"):
        aws_at(f"http://127.0.0.1:{port}").call("dynamodb", "ListTables", {})


def test_an_endpoint_that_hangs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sessions, "READ_TIMEOUT", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        with pytest.raises(Unreachable, match=f"the endpoint {url} does not answer"):
            aws_at(url).call("dynamodb", "ListTables", {})


def test_an_endpoint_that_answers_pages(aws: Aws) -> None:
    aws.handlers["sns"] = lambda request: Response(200, {"content-type": "text/html"}, b"<html><p>Hi!")
    with pytest.raises(Unreachable, match="answers what no service of AWS does"):
        aws_at(aws.url).call("sns", "ListTopics", {})


def test_off_makes_no_calls() -> None:
    assert not aws_at("off").is_on
    with pytest.raises(UsageError, match="--aws off"):
        aws_at("off").client("s3")


def test_without_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(places, "_is_installed", lambda *modules: False)
    with pytest.raises(UsageError, match=r"pip install 'aslrun\[aws\]'"):
        aws_at("local")
    assert not aws_at().is_on
    with pytest.raises(UsageError, match=r"pip install 'aslrun\[aws\]'"):
        aws_at().client("s3")


@pytest.mark.parametrize("at", ["lokal", "http://", "ftp://x", "http://x:99999", ""])
def test_what_is_no_place(at: str) -> None:
    with pytest.raises(UsageError, match="write local, off, real, or a URL"):
        aws_at(at)


def test_real_tells_the_account_first(
    aws: Aws, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, value in aws.environment({}).items():  # the real AWS, as far as this test is concerned
        monkeypatch.setenv(name, value)
    real = aws_at("real")
    assert real.session.region_name == "us-east-1"
    real.client("dynamodb").list_tables()
    real.client("s3")
    told = capsys.readouterr().err
    assert told.count("\n") == 1
    assert "calls go to AWS: account 123456789012" in told
    assert "region us-east-1" in told


def test_real_without_region_or_credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in aws_at("off").environment({}).items():
        monkeypatch.setenv(name, value)
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION", "AWS_ACCESS_KEY_ID", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(UsageError, match="there is no region: set AWS_REGION"):
        aws_at("real").client("s3")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    with pytest.raises(UsageError, match="takes credentials"):
        aws_at("real").client("s3")
    monkeypatch.setenv("AWS_PROFILE", "nobody")
    with pytest.raises(UsageError, match=r"profile .nobody. could not be found"):
        aws_at("real").client("s3")


# ---------------------------------------------------------------- what processes see

USERS = {
    "HOME": "/home/me", "AWS_ACCESS_KEY_ID": "AKIA", "AWS_SECRET_ACCESS_KEY": "s", "AWS_SESSION_TOKEN": "t",
    "AWS_PROFILE": "prod", "AWS_ENDPOINT_URL_S3": "https://s3", "AWS_REGION": "eu-west-1",
}  # fmt: skip


def test_handlers_are_led_to_the_local_aws(aws: Aws) -> None:
    seen = aws.environment(USERS)
    assert seen["AWS_ENDPOINT_URL"] == aws.url
    assert (seen["AWS_REGION"], seen["AWS_ACCESS_KEY_ID"]) == ("us-east-1", "aslrun")
    assert not {"AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_ENDPOINT_URL_S3"} & seen.keys()
    assert seen["HOME"] == "/home/me"


def test_handlers_have_no_credentials_when_aws_is_off() -> None:
    seen = aws_at("off").environment(USERS)
    assert not {name for name in USERS if name.startswith("AWS_") and name != "AWS_REGION"} & seen.keys()


def test_nothing_is_imported_before_the_first_call() -> None:
    import subprocess

    code = (
        "import sys; from aslrun.services.places import aws_at; a = aws_at(); a.environment(); a.close();"
        "print({'boto3', 'botocore', 'moto', 'http.server', 'http.client'} & set(sys.modules))"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout == "set()\n"
