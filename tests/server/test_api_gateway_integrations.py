"""Integrations of OpenAPI bodies that call no function: `mock`, `http_proxy` and `http`."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from test_api_gateway import ask

from aslrun.server.serving import Server, serve

INTEGRATION = "x-amazon-apigateway-integration"
HEADER = "method.response.header."


class Backend(BaseHTTPRequestHandler):
    def do_ANY(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        told = {
            "method": self.command,
            "path": self.path,
            "headers": {name.lower(): value for name, value in self.headers.items()},
            "body": body.decode(),
        }
        sent = json.dumps(told).encode()
        self.send_response(404 if "missing" in self.path else 302 if "moved" in self.path else 201)
        self.send_header("X-Backend", "here")
        self.send_header("Set-Cookie", "a=1")
        self.send_header("Set-Cookie", "b=2")
        self.send_header("Location", "/elsewhere")
        self.send_header("Content-Length", str(len(sent)))
        self.end_headers()
        self.wfile.write(sent)

    do_GET = do_POST = do_PUT = do_ANY

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def backend() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Backend) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def paths_of(url: str) -> dict[str, Any]:
    cors = {
        f"{HEADER}Access-Control-Allow-Origin": "'https://shop.example'",
        f"{HEADER}Access-Control-Allow-Methods": "'GET,OPTIONS'",
        f"{HEADER}X-Asked": "context.httpMethod",
    }
    preflight = {
        "type": "mock",
        "requestTemplates": {"application/json": "{statusCode: 204}"},
        "responses": {"204": {"statusCode": "204", "responseParameters": cors}},
    }
    greeting = {
        "type": "mock",
        "requestTemplates": {"application/json": '{"statusCode": $input.params("code")}'},
        "responses": {
            "default": {
                "statusCode": "200",
                "responseTemplates": {"application/json": '{"hello": "$input.params(\'id\')"}'},
            },
            r"4\d{2}": {"statusCode": 418, "responseTemplates": {"text/plain": "teapot"}},
        },
    }
    proxy = {
        "type": "http_proxy",
        "httpMethod": "ANY",
        "uri": url + "/base/{rest}?fixed=1",
        "requestParameters": {
            "integration.request.path.rest": "method.request.path.proxy",
            "integration.request.header.X-Extra": "'literal'",
            "integration.request.querystring.who": "method.request.header.x-who",
        },
    }
    mapped = {
        "type": "http",
        "httpMethod": "POST",
        "uri": url + "/${stageVariables.where}/{id}",
        "requestParameters": {"integration.request.querystring.n": "method.request.querystring.m"},
        "requestTemplates": {"application/json": '{"wrapped": $input.json("$.a")}'},
        "responses": {
            "2\\d{2}": {
                "statusCode": "200",
                "responseParameters": {
                    f"{HEADER}X-From": "integration.response.header.X-Backend",
                    f"{HEADER}X-Path": "integration.response.body.path",
                },
                "responseTemplates": {"application/json": '{"got": $input.json("$.body")}'},
            },
            "404": {"statusCode": "410"},
        },
    }
    return {
        "/hello/{id}": {"options": {INTEGRATION: preflight}, "get": {INTEGRATION: greeting}},
        "/none": {"get": {INTEGRATION: {"type": "mock", "responses": {"200": {"statusCode": "200"}}}}},
        "/to/{proxy+}": {"x-amazon-apigateway-any-method": {INTEGRATION: proxy}},
        "/mapped/{id}": {"post": {INTEGRATION: mapped}},
        "/gone": {"get": {INTEGRATION: {"type": "http_proxy", "uri": "http://127.0.0.1:1/"}}},
        "/wrong": {"get": {INTEGRATION: {"type": "http_proxy", "uri": url + "/{nothing}"}}},
    }


@pytest.fixture
def served(tmp_path: Path, backend: str) -> Iterator[Server]:
    body = {"openapi": "3.0.1", "paths": paths_of(backend)}
    http = {
        "type": "http_proxy",
        "uri": backend + "/http/{proxy}",
        "payloadFormatVersion": "1.0",
        "requestParameters": {
            "append:header.x-more": "$request.querystring.a",
            "remove:querystring.a": "''",
            "overwrite:querystring.b": "new",
        },
    }
    http_paths = {"/http/{proxy+}": {"x-amazon-apigateway-any-method": {INTEGRATION: http}}}
    rest = {"StageName": "v1", "DefinitionBody": body, "Variables": {"where": "there"}}
    resources = {
        "Rest": {"Type": "AWS::Serverless::Api", "Properties": rest},
        "Http": {
            "Type": "AWS::Serverless::HttpApi",
            "Properties": {"DefinitionBody": {"openapi": "3.0.1", "paths": http_paths}},
        },
    }
    template = {"Transform": "AWS::Serverless-2016-10-31", "Resources": resources}
    (tmp_path / "template.json").write_text(json.dumps(template))
    with serve(tmp_path, show=lambda function, line: None) as server:
        yield server


def test_mocks_answer_by_their_templates(served: Server, capfd: pytest.CaptureFixture[str]) -> None:
    preflight = ask(served, "OPTIONS", "/hello/ada", headers={"origin": "https://shop.example"})
    assert preflight.status == 204
    assert preflight.headers["access-control-allow-origin"] == "https://shop.example"
    assert preflight.headers["access-control-allow-methods"] == "GET,OPTIONS"
    assert preflight.headers["x-asked"] == "OPTIONS"
    greeting = ask(served, "GET", "/hello/ada?code=200")
    assert (greeting.status, greeting.body) == (200, b'{"hello": "ada"}')
    assert greeting.headers["content-type"] == "application/json"
    teapot = ask(served, "GET", "/hello/ada?code=404")
    assert (teapot.status, teapot.body, teapot.headers["content-type"]) == (418, b"teapot", "text/plain")
    assert ask(served, "GET", "/none").status == 500
    assert "/none: the mock's request template tells no statusCode" in capfd.readouterr().err


def test_requests_are_forwarded_as_they_are(served: Server) -> None:
    answer = ask(served, "PUT", "/to/a%20b/c?x=1&x=2", b"body", headers={"x-who": "ada", "x-own": "o"})
    got = json.loads(answer.body)
    assert answer.status == 201
    assert got["method"] == "PUT"
    assert got["path"] == "/base/a%20b/c?fixed=1&x=1&x=2&who=ada"
    assert got["body"] == "body"
    headers = got["headers"]
    assert (headers["x-own"], headers["x-extra"], headers["x-forwarded-for"]) == ("o", "literal", "127.0.0.1")
    assert answer.headers["x-backend"] == "here"
    assert ask(served, "GET", "/to/moved").status == 302  # is not followed
    assert ask(served, "GET", "/to/missing").status == 404


def test_http_apis_forward_and_change_parameters(served: Server) -> None:
    got = json.loads(ask(served, "GET", "/http/a/b?a=1&b=2").body)
    assert (got["path"], got["headers"]["x-more"]) == ("/http/a/b?b=new", "1")


def test_http_integrations_are_mapped(served: Server) -> None:
    answer = ask(served, "POST", "/mapped/7?m=3", b'{"a": [1]}', headers={"x-own": "o"})
    assert answer.status == 200
    assert json.loads(answer.body) == {"got": '{"wrapped": [1]}'}
    assert (answer.headers["x-from"], answer.headers["x-path"]) == ("here", "/there/7?n=3")
    gone = ask(served, "POST", "/mapped/missing", b"{}")
    assert gone.status == 410
    assert json.loads(gone.body)["path"] == "/there/missing"


def test_what_cannot_be_reached_is_told(served: Server, capfd: pytest.CaptureFixture[str]) -> None:
    gone = ask(served, "GET", "/gone")
    assert (gone.status, json.loads(gone.body)["message"]) == (
        504,
        "Network error communicating with endpoint",
    )
    assert ask(served, "GET", "/wrong").status == 500
    told = capfd.readouterr().err
    assert "/gone: http://127.0.0.1:1/ cannot be reached" in told
    assert "refused" in told
    assert "{nothing} is no address" in told
