"""Lambda authorizers of REST APIs and HTTP APIs."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from test_api_gateway import ask, event, function, told

from aslrun.server.serving import Server, serve

CODE = """
import json

def echo(event, context):
    return {"statusCode": 200, "body": json.dumps(event)}

def policy(event, context):
    who = event.get("authorizationToken") or event["headers"]["X-Who"]
    if who == "nobody":
        raise Exception("Unauthorized")
    if who == "odd":
        return {"principalId": who}
    effect = "Deny" if who == "denied" else "Allow"
    resource = event["methodArn"] if who != "other" else "arn:aws:execute-api:*:*:*/*/PUT/*"
    statement = {"Action": "execute-api:Invoke", "Effect": effect, "Resource": resource}
    if who == "conditional":
        statement["Condition"] = {"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}
    context = {"n": 1, "type": event["type"]}
    return {"principalId": who, "policyDocument": {"Statement": [statement]}, "context": context}

def simple(event, context):
    who = event["identitySource"][0]
    if who == "odd":
        return {}
    return {"isAuthorized": who == "me", "context": {"n": 1, "key": event["routeKey"]}}
"""
ARN = {"Fn::GetAtt": ["Policy", "Arn"]}
SIMPLE = {"FunctionArn": {"Fn::GetAtt": ["Simple", "Arn"]}, "AuthorizerPayloadFormatVersion": "2.0"}


def api(kind: str, default: str, **authorizers: Any) -> dict[str, Any]:
    auth = {"DefaultAuthorizer": default, "Authorizers": authorizers}
    return {"Type": f"AWS::Serverless::{kind}", "Properties": {"StageName": "v1", "Auth": auth}}


TOKEN = {"FunctionArn": ARN, "Identity": {"ValidationExpression": "[a-z]+"}}
REQUEST = {"FunctionArn": ARN, "FunctionPayloadType": "REQUEST", "Identity": {"Headers": ["X-Who"]}}
RESOURCES = {
    "Rest": api("Api", "Token", Token=TOKEN, Request=REQUEST),
    "Http": api(
        "HttpApi",
        "Simple",
        Simple={**SIMPLE, "EnableSimpleResponses": True, "Identity": {"Headers": ["Authorization"]}},
    ),
    "Echo": function(
        "echo",
        {
            "Token": event("Api", "/token", "get", RestApiId={"Ref": "Rest"}),
            "Request": event(
                "Api", "/request", "get", RestApiId={"Ref": "Rest"}, Auth={"Authorizer": "Request"}
            ),
            "Open": event("Api", "/open", "get", RestApiId={"Ref": "Rest"}, Auth={"Authorizer": "NONE"}),
            "Misspelt": event(
                "Api", "/misspelt", "get", RestApiId={"Ref": "Rest"}, Auth={"Authorizer": "Tokken"}
            ),
            "Simple": event("HttpApi", "/simple", "get", ApiId={"Ref": "Http"}),
        },
    ),
    "Policy": function("policy", {}),
    "Simple": function("simple", {}),
}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder: Path = tmp_path_factory.mktemp("authorizers")
    (folder / "src").mkdir()
    (folder / "src" / "app.py").write_text(CODE)
    template = {"Transform": "AWS::Serverless-2016-10-31", "Resources": RESOURCES}
    (folder / "template.json").write_text(json.dumps(template))
    with serve(folder / "template.json", show=lambda function, line: None) as server:
        yield server


def test_who_is_let_in_is_told_to_the_function(server: Server) -> None:
    event = told(server, "GET", "/token", None, {"Authorization": "me"})
    assert event["requestContext"]["authorizer"] == {"n": "1", "type": "TOKEN", "principalId": "me"}
    event = told(server, "GET", "/request", None, {"X-Who": "me"})
    assert event["requestContext"]["authorizer"] == {"n": "1", "type": "REQUEST", "principalId": "me"}
    event = told(server, "GET", "/simple", None, {"Authorization": "me"})
    assert event["requestContext"]["authorizer"] == {"lambda": {"n": 1, "key": "GET /simple"}}
    assert "authorizer" not in told(server, "GET", "/open")["requestContext"]


@pytest.mark.parametrize(
    ("path", "who", "status", "body"),
    [
        ("/token", "", 401, '{"message":"Unauthorized"}'),
        ("/token", "123", 401, '{"message":"Unauthorized"}'),
        ("/token", "nobody", 401, '{"message":"Unauthorized"}'),
        ("/token", "odd", 500, '{"message":null}'),
        (
            "/token",
            "denied",
            403,
            '{"Message":"User is not authorized to access this resource with an explicit deny"}',
        ),
        ("/token", "other", 403, '{"Message":"User is not authorized to access this resource"}'),
        ("/simple", "", 401, '{"message":"Unauthorized"}'),
        ("/simple", "you", 403, '{"message":"Forbidden"}'),
        ("/simple", "odd", 500, '{"message":"Internal Server Error"}'),
    ],
)
def test_who_is_not_let_in(server: Server, path: str, who: str, status: int, body: str) -> None:
    answer = ask(server, "GET", path, None, {"Authorization": who} if who else {})
    assert (answer.status, answer.body.decode()) == (status, body)


def test_why_an_authorizer_cannot_be_followed_is_told(
    server: Server, capsys: pytest.CaptureFixture[str]
) -> None:
    ask(server, "GET", "/token", None, {"Authorization": "odd"})
    reason = "policyDocument must have a list as its Statement"
    assert f"GET /token: the authorizer Token: {reason}" in capsys.readouterr().err


def test_an_authorizer_that_there_is_not_lets_nobody_in(
    server: Server, capsys: pytest.CaptureFixture[str]
) -> None:
    assert ask(server, "GET", "/misspelt", None, {"Authorization": "ada"}).status == 500
    assert "the authorizer Tokken: Rest has none of that name" in capsys.readouterr().err


def test_a_condition_is_told(server: Server, capfd: pytest.CaptureFixture[str]) -> None:
    told(server, "GET", "/token", None, {"Authorization": "conditional"})
    assert "GET /token: the authorizer Token: a Condition is not evaluated" in capfd.readouterr().err
