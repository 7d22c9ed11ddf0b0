"""Handlers in JavaScript behind the APIs of a template: `make test-node`."""

from __future__ import annotations

import http.client
import json
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from aslrun.server.serving import Server, serve

pytestmark = pytest.mark.node

HANDLER = """
exports.handler = async (event) => {
  const method = event.requestContext.http?.method ?? event.httpMethod;
  if (event.pathParameters?.id === "none") throw new Error("no such user");
  if (event.pathParameters?.id === "text") return { statusCode: 200, body: { not: "a text" } };
  return {
    statusCode: method === "POST" ? 201 : 200,
    headers: { "Content-Type": "application/json", "X-Stage": process.env.STAGE },
    body: JSON.stringify({ id: event.pathParameters?.id, given: JSON.parse(event.body ?? "null") }),
  };
};
exports.callback = (event, context, callback) => callback(null, { statusCode: 204 });
"""


def events(kind: str, at: str) -> dict[str, Any]:
    return {
        "Get": {"Type": kind, "Properties": {"Path": f"/{at}/{{id}}", "Method": "get"}},
        "Post": {"Type": kind, "Properties": {"Path": f"/{at}", "Method": "post"}},
    }


TEMPLATE = {
    "Transform": "AWS::Serverless-2016-10-31",
    "Globals": {"Function": {"Runtime": "nodejs20.x", "CodeUri": "src"}},
    "Resources": {
        "Users": {
            "Type": "AWS::Serverless::Function",
            "Properties": {
                "Handler": "index.handler",
                "Environment": {"Variables": {"STAGE": "test"}},
                "Events": {
                    **{f"Rest{name}": one for name, one in events("Api", "rest").items()},
                    **{f"Http{name}": one for name, one in events("HttpApi", "http").items()},
                },
            },
        },
        "Health": {
            "Type": "AWS::Serverless::Function",
            "Properties": {
                "Handler": "index.callback",
                "Events": {"Get": {"Type": "HttpApi", "Properties": {"Path": "/health", "Method": "get"}}},
            },
        },
    },
}


def ask(server: Server, method: str, path: str, body: str | None = None) -> tuple[int, dict[str, str], str]:
    connection = http.client.HTTPConnection(urlsplit(server.api_url or "").netloc, timeout=20)
    connection.request(method, path, body, {"Content-Type": "application/json"})
    with connection.getresponse() as response:
        answer = response.status, {k.lower(): v for k, v in response.getheaders()}, response.read().decode()
    connection.close()
    return answer


def test_a_handler_in_javascript_answers(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "index.js").write_text(HANDLER)
    (tmp_path / "template.json").write_text(json.dumps(TEMPLATE))
    with serve(tmp_path / "template.json", show=lambda function, line: None) as server:
        for at, fails in (("rest", 502), ("http", 500)):
            status, headers, body = ask(server, "GET", f"/{at}/7")
            assert (status, json.loads(body)) == (200, {"id": "7", "given": None})
            assert (headers["x-stage"], headers["content-type"]) == ("test", "application/json")
            status, _, body = ask(server, "POST", f"/{at}", '{"name": "Ada"}')
            assert (status, json.loads(body)) == (201, {"given": {"name": "Ada"}})
            assert ask(server, "GET", f"/{at}/none")[0] == fails
            assert ask(server, "GET", f"/{at}/text")[0] == fails
        assert ask(server, "GET", "/health")[0] == 204
        # A file that is saved is used for the next request.
        (tmp_path / "src" / "index.js").write_text(HANDLER.replace("201", "202"))
        assert ask(server, "POST", "/http", "{}")[0] == 202
    told = capsys.readouterr().err
    assert "Users failed: Error: no such user" in told
    assert "Users answered what cannot be sent: body must be a text" in told
