"""REST APIs, HTTP APIs and function URLs of a template, as HTTP clients see them."""

from __future__ import annotations

import base64
import http.client
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote, urlsplit

import pytest

from aslrun.server.serving import Server, serve

CODE = """
import json, time

def echo(event, context):
    return {"statusCode": 200, "body": json.dumps(event)}

def answer(event, context):
    name = (event.get("queryStringParameters") or {})["answer"]
    return json.loads(name)

def broken(event, context):
    raise ValueError("no")

def slow(event, context):
    time.sleep(0.5)
"""


def function(handler: str, events: dict[str, Any], **more: Any) -> dict[str, Any]:
    properties = {"Handler": f"app.{handler}", "Runtime": "python3.12", "CodeUri": "src", "Events": events}
    return {"Type": "AWS::Serverless::Function", "Properties": {**properties, **more}}


def event(kind: str, path: str | None = None, method: str = "ANY", **more: Any) -> dict[str, Any]:
    where = {} if path is None else {"Path": path, "Method": method}
    return {"Type": kind, "Properties": {**where, **more}}


REST = {
    "Transform": "AWS::Serverless-2016-10-31",
    "Globals": {"Api": {"Cors": "'*'", "BinaryMediaTypes": ["image~1png"], "Variables": {"color": "red"}}},
    "Resources": {
        "Echo": function(
            "echo",
            {
                "User": event("Api", "/users/{id}", "get"),
                "New": event("Api", "/users/new", "get"),
                "Rest": event("Api", "/files/{proxy+}"),
                "Post": event("Api", "/users", "post"),
            },
        ),
        "Answer": function("answer", {"Any": event("Api", "/answer", "any")}),
        "Broken": function("broken", {"Any": event("Api", "/broken")}),
        "Slow": function("slow", {"Any": event("Api", "/slow", TimeoutInMillis=50)}),
    },
}
HTTP = {
    "Transform": "AWS::Serverless-2016-10-31",
    "Globals": {
        "HttpApi": {
            "CorsConfiguration": {
                "AllowOrigins": ["https://a.example"],
                "AllowMethods": ["GET"],
                "AllowHeaders": ["x-a"],
                "AllowCredentials": True,
                "MaxAge": 60,
            }
        }
    },
    "Resources": {
        "Echo": function(
            "echo",
            {
                "User": event("HttpApi", "/users/{id}", "get"),
                "Post": event("HttpApi", "/users", "post"),
                "Rest": event("HttpApi", "/files/{proxy+}"),
                "Old": event("HttpApi", "/old/{id}", "get", PayloadFormatVersion="1.0"),
            },
            FunctionUrlConfig={"AuthType": "NONE"},
        ),
        "Answer": function("answer", {"Any": event("HttpApi", "/answer")}),
        "Broken": function("broken", {"Any": event("HttpApi", "/broken")}, FunctionUrlConfig={}),
        "Slow": function("slow", {"Any": event("HttpApi", "/slow", TimeoutInMillis=50)}),
    },
}


def served(folder: Path, template: dict[str, Any]) -> Server:
    (folder / "src").mkdir()
    (folder / "src" / "app.py").write_text(CODE)
    (folder / "template.json").write_text(json.dumps(template))
    return serve(folder / "template.json", show=lambda function, line: None)


@pytest.fixture(scope="module")
def rest(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with served(tmp_path_factory.mktemp("rest"), REST) as server:
        yield server


@pytest.fixture(scope="module")
def http_api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with served(tmp_path_factory.mktemp("http"), HTTP) as server:
        yield server


class Answer(NamedTuple):
    status: int
    body: bytes
    headers: http.client.HTTPMessage


def ask(server: Server, method: str, path: str, body: bytes | None = None, headers: Any = ()) -> Answer:
    """Send a request, headers as often as they are given, and return the answer."""
    connection = http.client.HTTPConnection(urlsplit(server.api_url or "").netloc, timeout=10)
    given = dict(headers)
    connection.putrequest(method, path, skip_host="Host" in given)
    pairs = headers.items() if isinstance(headers, dict) else headers
    for name, value in pairs:
        connection.putheader(name, value)
    if body is not None:
        connection.putheader("Content-Length", str(len(body)))
    connection.endheaders(body)
    with connection.getresponse() as response:
        answer = Answer(response.status, response.read(), response.headers)
    connection.close()
    return answer


def told(server: Server, method: str, path: str, *more: Any) -> Any:
    """Return the event that the function was called with."""
    response = ask(server, method, path, *more)
    assert response.status == 200
    return json.loads(response.body)


def answered(server: Server, answer: Any, headers: Any = ()) -> Answer:
    """Return what comes of a function's answer."""
    return ask(server, "GET", f"/answer?answer={quote(json.dumps(answer))}", None, headers)


# ---------------------------------------------------------------- REST


def test_an_event_of_a_rest_api(rest: Server) -> None:
    event = told(rest, "GET", "/users/a%20b?x=1&x=2&y=", None, [("X-Many", "1"), ("x-many", "2")])
    assert (event["resource"], event["path"], event["httpMethod"]) == ("/users/{id}", "/users/a b", "GET")
    assert "version" not in event  # that is of HTTP APIs
    assert event["pathParameters"] == {"id": "a b"}
    assert event["queryStringParameters"] == {"x": "2", "y": ""}
    assert event["multiValueQueryStringParameters"] == {"x": ["1", "2"], "y": [""]}
    assert event["headers"]["X-Many"] == "2"
    assert event["multiValueHeaders"]["X-Many"] == ["1", "2"]
    assert event["headers"]["Host"].startswith("127.0.0.1:")
    assert event["headers"]["X-Forwarded-Proto"] == "http"
    assert event["stageVariables"] == {"color": "red"}
    assert (event["body"], event["isBase64Encoded"]) == (None, False)
    context = event["requestContext"]
    assert (context["stage"], context["path"]) == ("Prod", "/Prod/users/a b")
    assert context["identity"]["sourceIp"] == "127.0.0.1"
    assert (context["resourcePath"], context["httpMethod"]) == ("/users/{id}", "GET")


def test_the_route_that_fits_best_is_taken(rest: Server) -> None:
    assert told(rest, "GET", "/users/new")["resource"] == "/users/new"
    assert told(rest, "GET", "/users/new/")["resource"] == "/users/new"
    assert told(rest, "PATCH", "/files/a/b%2Fc")["pathParameters"] == {"proxy": "a/b/c"}


@pytest.mark.parametrize(("method", "path"), [("GET", "/nowhere"), ("POST", "/users/1"), ("GET", "/files")])
def test_a_rest_api_refuses_what_has_no_route(rest: Server, method: str, path: str) -> None:
    response = ask(rest, method, path)
    assert (response.status, response.body) == (403, b'{"message":"Missing Authentication Token"}')
    assert response.headers["x-amzn-errortype"] == "MissingAuthenticationTokenException"


def test_bodies_of_a_rest_api_are_text_but_for_binary_types(rest: Server) -> None:
    event = told(rest, "POST", "/users", "é".encode(), {"Content-Type": "application/json"})
    assert (event["body"], event["isBase64Encoded"]) == ("é", False)
    event = told(rest, "POST", "/users", b"\x89PNG", {"Content-Type": "image/png"})
    assert (base64.b64decode(event["body"]), event["isBase64Encoded"]) == (b"\x89PNG", True)


def test_answers_of_a_rest_api(rest: Server) -> None:
    status, body, headers = answered(
        rest,
        {
            "statusCode": "201",
            "body": "hi",
            "headers": {"X-One": 1, "Set-Cookie": "a=1"},
            "multiValueHeaders": {"Set-Cookie": ["b=2", "c=3"]},
        },
    )
    assert (status, body, headers["content-type"], headers["x-one"]) == (201, b"hi", "application/json", "1")
    assert sorted(headers.get_all("set-cookie") or []) == ["a=1", "b=2", "c=3"]
    encoded = {"statusCode": 200, "body": "AAH/", "isBase64Encoded": True}
    assert answered(rest, encoded)[1] == b"AAH/"
    assert answered(rest, {**encoded, "headers": {"Content-Type": "image/png"}})[1] == b"\x00\x01\xff"
    assert answered(rest, {"statusCode": 204})[:2] == (204, b"")


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ("text", 'it must be an object with a statusCode, not "text"'),
        (None, "it must be an object with a statusCode, not null"),
        ({"body": "x"}, "it has no statusCode"),
        ({"statusCode": "ok"}, 'statusCode must be a number from 100 to 599, not "ok"'),
        ({"statusCode": 200, "body": {"a": 1}}, "body must be a text"),
        ({"statusCode": 200, "boddy": ""}, "it may not have 'boddy'"),
        ({"statusCode": 200, "headers": ["x"]}, "headers must be an object"),
        ({"statusCode": 200, "headers": {"x": "a\r\nb: c"}}, "the header 'x' cannot be sent"),
        ({"statusCode": 200, "multiValueHeaders": {"x": "a"}}, "multiValueHeaders 'x' must be a list"),
    ],
)
def test_malformed_answers_are_502(
    rest: Server, answer: Any, reason: str, capsys: pytest.CaptureFixture[str]
) -> None:
    status, body, _ = answered(rest, answer)
    assert (status, body) == (502, b'{"message":"Internal server error"}')
    assert f"Answer answered what cannot be sent: {reason}" in capsys.readouterr().err


def test_functions_that_fail_or_take_too_long(
    rest: Server, http_api: Server, capsys: pytest.CaptureFixture[str]
) -> None:
    response = ask(rest, "GET", "/broken")
    assert (response.status, response.body) == (502, b'{"message":"Internal server error"}')
    assert "GET /broken: Broken failed: ValueError: no\n" in capsys.readouterr().err
    response = ask(rest, "GET", "/slow")
    assert (response.status, response.body) == (504, b'{"message":"Endpoint request timed out"}')
    assert "GET /slow: Slow took longer than 0.05 s" in capsys.readouterr().err
    response = ask(http_api, "GET", "/broken")
    assert (response.status, response.body) == (500, b'{"message":"Internal Server Error"}')
    response = ask(http_api, "GET", "/slow")
    assert (response.status, response.body) == (503, b'{"message":"Service Unavailable"}')


def test_a_rest_api_answers_preflights(rest: Server) -> None:
    response = ask(rest, "OPTIONS", "/users", None, {"Origin": "https://a.example"})
    assert response.status == 200
    assert response.headers["access-control-allow-origin"] == "*"
    assert response.headers["access-control-allow-methods"] == "OPTIONS,POST"
    assert ask(rest, "OPTIONS", "/nowhere").status == 403


def test_a_body_that_is_too_large(rest: Server) -> None:
    response = ask(rest, "POST", "/users", b"x" * (10 * 2**20 + 1))
    assert (response.status, response.body) == (413, b'{"message":"Request Too Long"}')


@pytest.mark.parametrize("size", [6 * 2**20, 5 * 2**20])
def test_an_event_that_is_too_large_for_a_function(http_api: Server, size: int) -> None:
    # Binary bodies are base64, which is a third more.
    headers = {"content-type": "image/png"}
    response = ask(http_api, "POST", "/users", b"x" * size, headers)
    assert (response.status, response.body) == (413, b'{"message":"Request Too Long"}')


# ---------------------------------------------------------------- HTTP APIs


def test_an_event_of_an_http_api(http_api: Server) -> None:
    headers = [("X-Many", "1"), ("x-many", "2"), ("Cookie", "a=1; b=2"), ("User-Agent", "me")]
    event = told(http_api, "GET", "/users/7?x=1&x=2", None, headers)
    assert (event["version"], event["routeKey"]) == ("2.0", "GET /users/{id}")
    assert (event["rawPath"], event["rawQueryString"]) == ("/users/7", "x=1&x=2")
    assert event["queryStringParameters"] == {"x": "1,2"}
    assert event["headers"]["x-many"] == "1,2"
    assert "cookie" not in event["headers"]
    assert event["cookies"] == ["a=1", "b=2"]
    assert event["pathParameters"] == {"id": "7"}
    assert "body" not in event
    context = event["requestContext"]
    assert (context["stage"], context["routeKey"]) == ("$default", "GET /users/{id}")
    assert context["http"] == {
        "method": "GET",
        "path": "/users/7",
        "protocol": "HTTP/1.1",
        "sourceIp": "127.0.0.1",
        "userAgent": "me",
    }
    event = told(http_api, "GET", "/old/7?x=1&x=2")
    assert (event["version"], event["resource"]) == ("1.0", "/old/{id}")
    assert event["headers"]["host"].startswith("127.0.0.1:")


@pytest.mark.parametrize(
    ("type", "is_encoded"),
    [
        ("application/json", False),
        ("text/csv; charset=utf-8", False),
        ("application/octet-stream", True),
        ("application/x-www-form-urlencoded", True),
    ],
)
def test_bodies_of_an_http_api(http_api: Server, type: str, is_encoded: bool) -> None:
    event = told(http_api, "POST", "/users", b"a=1", {"Content-Type": type})
    body = base64.b64encode(b"a=1").decode() if is_encoded else "a=1"
    assert (event["body"], event["isBase64Encoded"]) == (body, is_encoded)


@pytest.mark.parametrize(
    ("answer", "status", "body", "type"),
    [
        ({"a": [1]}, 200, b'{"a":[1]}', "application/json"),
        ("text", 200, b"text", "application/json"),
        (None, 200, b"null", "application/json"),
        ({"statusCode": 201, "body": "x"}, 201, b"x", "text/plain; charset=utf-8"),
        ({"statusCode": 200, "body": "AAH/", "isBase64Encoded": True}, 200, b"\x00\x01\xff", None),
        ({"statusCode": "no"}, 500, b'{"message":"Internal Server Error"}', "application/json"),
    ],
)
def test_answers_of_an_http_api(
    http_api: Server, answer: Any, status: int, body: bytes, type: str | None
) -> None:
    got, text, headers = answered(http_api, answer)
    assert (got, text) == (status, body)
    assert type is None or headers["content-type"] == type


def test_cookies_of_an_answer(http_api: Server) -> None:
    _, _, headers = answered(http_api, {"statusCode": 200, "cookies": ["a=1", "b=2"]})
    assert headers.get_all("set-cookie") == ["a=1", "b=2"]


def test_an_http_api_has_nothing_for_what_has_no_route(http_api: Server) -> None:
    for method, path in (("GET", "/nowhere"), ("PUT", "/users/1")):
        response = ask(http_api, method, path)
        assert (response.status, response.body) == (404, b'{"message":"Not Found"}')


def test_cors_of_an_http_api(http_api: Server) -> None:
    asked = {"Origin": "https://a.example", "Access-Control-Request-Method": "GET"}
    response = ask(http_api, "OPTIONS", "/users/1", None, asked)
    assert response.status == 204
    assert response.headers["access-control-allow-origin"] == "https://a.example"
    assert response.headers["access-control-allow-methods"] == "GET"
    assert response.headers["access-control-allow-headers"] == "x-a"
    assert response.headers["access-control-max-age"] == "60"
    own = {"statusCode": 200, "headers": {"Access-Control-Allow-Origin": "*"}}
    _, _, headers = answered(http_api, own, {"Origin": "https://a.example"})
    assert headers.get_all("access-control-allow-origin") == ["https://a.example"]
    assert headers["access-control-allow-credentials"] == "true"
    _, _, headers = answered(http_api, own, {"Origin": "https://b.example"})
    assert headers["access-control-allow-origin"] is None


def test_what_a_condition_leaves_out_has_no_routes(tmp_path: Path) -> None:
    def under(condition: str, name: str) -> dict[str, Any]:
        made = function("echo", {"Get": event("HttpApi", f"/{name}", "get")}, FunctionUrlConfig={})
        return {**made, "Condition": condition}

    template = {
        "Transform": "AWS::Serverless-2016-10-31",
        "Conditions": {
            "Here": {"Fn::Equals": ["a", "a"]},
            "Elsewhere": {"Fn::Not": [{"Condition": "Here"}]},
        },
        "Resources": {"One": under("Here", "one"), "Two": under("Elsewhere", "two")},
    }
    with served(tmp_path, template) as server:
        assert [ask(server, "GET", path).status for path in ("/one", "/two")] == [200, 404]
        hosts = [{"Host": f"{name}.lambda-url.localhost"} for name in ("one", "two")]
        assert [ask(server, "GET", "/", None, host).status for host in hosts] == [200, 404]


def test_each_api_answers_the_preflights_of_its_own_paths(tmp_path: Path) -> None:
    def api(origin: str) -> dict[str, Any]:
        cors = {"AllowOrigins": [origin], "AllowMethods": ["GET"]}
        return {"Type": "AWS::Serverless::HttpApi", "Properties": {"CorsConfiguration": cors}}

    events = {name: event("HttpApi", f"/{name}", "get", ApiId={"Ref": name}) for name in ("One", "Two")}
    resources = {"One": api("https://1.example"), "Two": api("https://2.example")}
    template = {
        "Transform": "AWS::Serverless-2016-10-31",
        "Resources": {**resources, "Echo": function("echo", events)},
    }
    with served(tmp_path, template) as server:
        asked = {"Origin": "https://2.example", "Access-Control-Request-Method": "GET"}
        response = ask(server, "OPTIONS", "/Two", None, asked)
        assert response.headers["access-control-allow-origin"] == "https://2.example"


def test_the_url_of_a_function(http_api: Server) -> None:
    event = told(http_api, "PUT", "/any/path", b"x", {"Host": "echo.lambda-url.localhost"})
    assert (event["version"], event["routeKey"], event["rawPath"]) == ("2.0", "$default", "/any/path")
    assert event["requestContext"]["domainName"] == "echo.lambda-url.localhost"
    response = ask(http_api, "GET", "/", None, {"Host": "broken.lambda-url.localhost"})
    assert response.status == 502
    assert ask(http_api, "GET", "/", None, {"Host": "answer.lambda-url.localhost"}).status == 404


def test_each_request_is_told(tmp_path: Path) -> None:
    lines: list[str] = []
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "app.py").write_text(CODE)
    (tmp_path / "template.json").write_text(json.dumps(REST))
    with serve(tmp_path / "template.json", show=lambda function, line: lines.append(line)) as server:
        ask(server, "GET", "/users/1")
    (line,) = [line for line in lines if line.startswith("GET")]
    assert re.fullmatch(r"GET /users/1 → Echo: 200, \d+ ms", line)
