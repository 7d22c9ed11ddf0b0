"""apigateway:invoke against a real server that stands in for the API."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from http_server import Server, serving

from aslrun.drivers.calls import Call
from aslrun.errors import StateError, UsageError
from aslrun.integrations.http.gateway import ApiGateway, api_request, signed
from aslrun.integrations.http.settings import read_settings

INVOKE = "arn:aws:states:::apigateway:invoke"
HOST = "abc123.execute-api.eu-west-1.amazonaws.com"


@pytest.fixture
def server() -> Iterator[Server]:
    with serving() as found:
        yield found


def gateway(folder: Path, server: Server | None) -> ApiGateway:
    toml = f'[endpoints]\n"{HOST}" = "{server.url}"' if server else ""
    (folder / "aslrun.toml").write_text(toml, encoding="utf-8")
    return ApiGateway(read_settings(folder))


def call(**more: Any) -> Call:
    return Call(INVOKE, {"ApiEndpoint": HOST, "Method": "POST", **more}, "Ask")


def test_a_request_and_its_response(server: Server, tmp_path: Path) -> None:
    server.answer_json("/prod/bills/7", "Hello")
    result: Any = gateway(tmp_path, server).invoke(
        call(
            Stage="prod",
            Path="/bills/7",
            Headers={"key": ["a", "b"]},
            QueryParameters={"billId": ["1", "2"]},
            RequestBody={"a": 1, "none": None},
        )
    )
    (asked,) = server.asked
    assert (asked.method, asked.target) == ("POST", "/prod/bills/7?billId=1&billId=2")
    assert asked.headers["host"] == [HOST]
    assert asked.headers["key"] == ["a", "b"]
    assert asked.body == '{"a":1}'
    assert list(result) == ["Headers", "ResponseBody", "StatusCode", "StatusText"]
    assert result["ResponseBody"] == "Hello"


def test_nulls_that_are_wanted(server: Server, tmp_path: Path) -> None:
    server.answer_json("/", {})
    gateway(tmp_path, server).invoke(call(RequestBody={"none": None}, AllowNullValues=True))
    assert server.asked[0].body == '{"none":null}'


def test_an_error(server: Server, tmp_path: Path) -> None:
    server.answer_json("/x", {"message": "Missing Authentication Token"}, status=403)
    with pytest.raises(StateError) as failed:
        gateway(tmp_path, server).invoke(call(Path="x"))
    assert failed.value.error == "ApiGateway.403"
    assert failed.value.cause == '{"message": "Missing Authentication Token"}'


def test_an_api_that_nothing_stands_in_for(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=rf"state 'Ask'.*\[endpoints\] \"{HOST}\" ="):
        gateway(tmp_path, None).invoke(call())
    with pytest.raises(UsageError, match="nothing here answers"):
        gateway(tmp_path, None).invoke(call(ApiEndpoint="api.example.com"))


@pytest.mark.parametrize(
    "more",
    [{"Headers": {"Host": ["x"]}}, {"Headers": {"X-Amzn-Y": ["x"]}}, {"AuthType": "KEY"}, {"Method": "X"}],
)
def test_what_cannot_be_sent(more: dict[str, Any]) -> None:
    with pytest.raises(StateError) as failed:
        api_request({"ApiEndpoint": HOST, "Method": "GET", **more})
    assert failed.value.error == "States.Runtime"


def test_a_request_is_signed_by_the_users_credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("botocore")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    request = signed(api_request({"ApiEndpoint": HOST, "Method": "GET", "Stage": "prod"}))
    (authorization,) = (value for name, value in request.headers if name == "Authorization")
    assert "/eu-west-1/execute-api/aws4_request" in authorization
