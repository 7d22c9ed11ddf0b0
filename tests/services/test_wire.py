"""The endpoint takes what clients send, and garbage costs its own connection."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest

from aslrun.services.places import Aws, aws_at
from aslrun.services.wire import read_request

SIGNED = "AWS4-HMAC-SHA256 Credential=key/20260101/eu-west-1/{}/aws4_request, SignedHeaders=host, Signature=0"


@pytest.fixture(scope="module")
def aws() -> Iterator[Aws]:
    with aws_at("local") as aws:
        yield aws


FORM = {"content-type": "application/x-www-form-urlencoded"}
PRESIGNED = "/b/k?X-Amz-Credential=key%2F20260101%2Feu-west-1%2Fs3%2Faws4_request"


def signed(service: str, **headers: str) -> dict[str, str]:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return {"authorization": SIGNED.format(service), **named}


@pytest.mark.parametrize(
    ("target", "headers", "body", "told"),
    [
        (
            "/",
            signed("dynamodb", x_amz_target="DynamoDB_20120810.GetItem"),
            b"{}",
            ("dynamodb", "eu-west-1", "GetItem"),
        ),
        (
            "/",
            {**signed("sns"), **FORM},
            b"Action=Publish&Message=Action%3DDelete",
            ("sns", "eu-west-1", "Publish"),
        ),
        ("/?Action=ListTopics", signed("sns"), b"", ("sns", "eu-west-1", "ListTopics")),
        (PRESIGNED, {}, b"", ("s3", "eu-west-1", "")),
        ("/b/k", {}, b"", ("s3", "us-east-1", "")),
        (
            "/",
            {"x-amz-target": "AWSStepFunctions.SendTaskSuccess"},
            b"{}",
            ("states", "us-east-1", "SendTaskSuccess"),
        ),
        ("/", {"authorization": "Bearer x"}, b"\xff", ("s3", "us-east-1", "")),
    ],
)
def test_a_request_tells_its_service(
    target: str, headers: dict[str, str], body: bytes, told: tuple[str, str, str]
) -> None:
    request = read_request("POST", target, headers, body, "us-east-1")
    assert (request.service, request.region, request.operation) == told


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", b"200"),
        (b"\x00\x01\x02\r\n\r\n", b""),
        (b"BREW / HTTP/1.1\r\n\r\n", b"501"),
        (b"PUT /b HTTP/1.1\r\nContent-Length: -5\r\n\r\n", b"413"),
        (b"PUT /b HTTP/1.1\r\nContent-Length: 99999999999999\r\n\r\n", b"413"),
        (b"PUT /b HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n-5\r\n", b"413"),
        (b"PUT /b HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", b""),
        (b"GET /" + b"x" * 70_000 + b" HTTP/1.1\r\n\r\n", b"414"),
    ],
)
def test_garbage_costs_its_own_connection(aws: Aws, sent: bytes, status: bytes) -> None:
    host, port = (aws.url or "").removeprefix("http://").split(":")
    with socket.create_connection((host, int(port))) as connection:
        connection.sendall(sent)
        connection.shutdown(socket.SHUT_WR)
        try:
            answered = connection.recv(1000)
        except ConnectionError:
            answered = b""
    assert status in answered[:20]
    assert aws.client("s3").list_buckets()["Buckets"] == []
