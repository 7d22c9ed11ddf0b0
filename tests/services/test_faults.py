"""What comes of calls that are throttled, that nobody answers, or with what is no answer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from botocore.awsrequest import AWSResponse
from botocore.config import Config
from botocore.exceptions import EndpointConnectionError, NoCredentialsError, ReadTimeoutError
from botocore.session import Session

from aslrun.drivers.calls import Call
from aslrun.errors import StateError, UsageError
from aslrun.services.calls import AwsServices


class Body:
    def __init__(self, content: bytes) -> None:
        self.content = content

    def stream(self, *_: Any, **__: Any) -> Any:
        yield self.content


class Answering:
    """Clients of which each request is answered by what is given, in order; the last one again and again."""

    def __init__(self, *answers: Callable[[], tuple[int, bytes]]) -> None:
        self.answers = [*answers]
        self.asked = 0

    def client(self, service: str) -> Any:
        client = Session().create_client(
            service,
            "us-east-1",
            aws_access_key_id="any",
            aws_secret_access_key="any",
            config=Config(retries={"total_max_attempts": 1}),
        )
        client.meta.events.register_first("before-send", self._answer)
        return client

    def _answer(self, request: Any, **_: Any) -> AWSResponse:
        self.asked += 1
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        status, body = answer()
        kind = "text/html; charset=utf-8" if body.startswith(b"<html") else "application/x-amz-json-1.0"
        return AWSResponse(request.url, status, {"x-amzn-requestid": "ID", "content-type": kind}, Body(body))


def call(aws: Answering, action: str = "aws-sdk:dynamodb:listTables") -> Any:
    try:
        return AwsServices(aws).invoke(Call(f"arn:aws:states:::{action}", {}, "List"))
    except StateError as failed:
        return failed.error, failed.cause


def throttled() -> tuple[int, bytes]:
    return 400, b'{"__type": "ThrottlingException", "message": "Rate exceeded"}'


def test_what_is_throttled_is_sent_again() -> None:
    aws = Answering(throttled, throttled, lambda: (200, b'{"TableNames": []}'))
    assert call(aws) == {"TableNames": []}
    assert aws.asked == 3


def test_what_is_throttled_again_and_again_fails() -> None:
    aws = Answering(throttled)
    assert call(aws) == (
        "DynamoDb.ThrottlingException",
        "Rate exceeded (Service: DynamoDb, Status Code: 400, Request ID: ID) (SDK Attempt Count: 3)",
    )
    assert aws.asked == 3


def no_connection() -> tuple[int, bytes]:
    raise EndpointConnectionError(endpoint_url="http://127.0.0.1:9/", error="Connection refused")


def no_answer() -> tuple[int, bytes]:
    raise ReadTimeoutError(endpoint_url="http://127.0.0.1:9/", error="Read timed out")


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (no_connection, "Unable to execute HTTP request: http://127.0.0.1:9/: Connection refused"),
        (no_answer, "Unable to execute HTTP request: http://127.0.0.1:9/: Read timed out"),
        (lambda: (200, b"<html>Welcome</html>"), "Unable to unmarshall response: an HTML page was answered"),
        (lambda: (404, b"<html>Where?</html>"), "Unable to unmarshall response: an HTML page was answered"),
    ],
)
def test_an_endpoint_that_does_not_answer(answer: Callable[[], tuple[int, bytes]], told: str) -> None:
    error, cause = call(Answering(answer))
    assert error == "DynamoDb.SdkClientException"
    assert cause.startswith(told)


def test_an_optimized_integration_has_its_own_prefix() -> None:
    assert call(Answering(no_connection), "ecs:runTask")[0] == "ECS.AmazonECSException"  # it is not sent
    assert call(Answering(no_connection), "aws-sdk:ecs:listClusters")[0] == "Ecs.SdkClientException"
    assert call(Answering(no_connection), "codebuild:retryBuildBatch")[0] == "CodeBuild.SdkClientException"


def no_credentials() -> tuple[int, bytes]:
    raise NoCredentialsError


def broken() -> tuple[int, bytes]:
    raise KeyError("SecurityGroups")


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (no_credentials, "dynamodb cannot be called: Unable to locate credentials"),
        (broken, "broke down on dynamodb:listTables .*KeyError.*; mock the Task"),
    ],
)
def test_what_is_no_services_doing(answer: Callable[[], tuple[int, bytes]], told: str) -> None:
    with pytest.raises(UsageError, match=told):
        call(Answering(answer))
