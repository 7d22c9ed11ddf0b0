"""Tokens and signatures in place of an authorizer of one's own."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from test_api_gateway import ask, event, function, told

from aslrun.server.serving import Server, serve

ISSUER = "https://login.example.com/pool"
CODE = "import json\ndef echo(event, context):\n    return {'statusCode': 200, 'body': json.dumps(event)}\n"
RESOURCES = {
    "Http": {
        "Type": "AWS::Serverless::HttpApi",
        "Properties": {
            "Auth": {
                "EnableIamAuthorizer": True,
                "DefaultAuthorizer": "Tokens",
                "Authorizers": {
                    "Tokens": {
                        "IdentitySource": "$request.header.Authorization",
                        "JwtConfiguration": {"issuer": ISSUER, "audience": ["shop"]},
                    }
                },
            }
        },
    },
    "Rest": {
        "Type": "AWS::Serverless::Api",
        "Properties": {
            "StageName": "v1",
            "Auth": {"Authorizers": {"Pool": {"UserPoolArn": "arn:aws:cognito-idp:us-east-1:1:userpool/p"}}},
        },
    },
    "Echo": function(
        "echo",
        {
            "Token": event("HttpApi", "/token", "get", ApiId={"Ref": "Http"}),
            "Scoped": event(
                "HttpApi",
                "/scoped",
                "get",
                ApiId={"Ref": "Http"},
                Auth={"AuthorizationScopes": ["write", "all"]},
            ),
            "Open": event("HttpApi", "/free", "get", ApiId={"Ref": "Http"}, Auth={"Authorizer": "NONE"}),
            "Signed": event(
                "HttpApi", "/signed", "get", ApiId={"Ref": "Http"}, Auth={"Authorizer": "AWS_IAM"}
            ),
            "Pool": event("Api", "/pool", "get", RestApiId={"Ref": "Rest"}, Auth={"Authorizer": "Pool"}),
            "Iam": event("Api", "/iam", "get", RestApiId={"Ref": "Rest"}, Auth={"Authorizer": "AWS_IAM"}),
        },
    ),
}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder: Path = tmp_path_factory.mktemp("callers")
    (folder / "src").mkdir()
    (folder / "src" / "app.py").write_text(CODE)
    template = {"Transform": "AWS::Serverless-2016-10-31", "Resources": RESOURCES}
    (folder / "template.json").write_text(json.dumps(template))
    with serve(folder / "template.json", show=lambda function, line: None) as server:
        yield server


def part(value: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


def token(head: Any = None, **changed: Any) -> str:
    claims = {
        "iss": ISSUER, "aud": "shop", "sub": "u-1", "exp": time.time() + 600, "scope": "read write",
        "groups": ["a", "b"], **changed,
    }  # fmt: skip
    claims = {name: value for name, value in claims.items() if value is not None}
    return f"Bearer {part(head or {'alg': 'RS256', 'kid': 'k'})}.{part(claims)}.c2lnbmVk"


def bearer(text: str) -> dict[str, str]:
    return {"Authorization": text}


def test_the_claims_of_a_token_are_in_the_event(server: Server) -> None:
    seen = told(server, "GET", "/token", None, bearer(token()))["requestContext"]["authorizer"]["jwt"]
    assert seen["scopes"] is None
    assert seen["claims"]["sub"] == "u-1"
    assert seen["claims"]["groups"] == "[a b]"
    seen = told(server, "GET", "/scoped", None, bearer(token()))["requestContext"]["authorizer"]["jwt"]
    assert seen["scopes"] == ["write", "all"]
    assert "authorizer" not in told(server, "GET", "/free")["requestContext"]


@pytest.mark.parametrize(
    "header",
    [
        "",
        "Bearer nothing",
        token(exp=time.time() - 1),
        token(exp=None),
        token(exp="soon"),
        token(nbf=time.time() + 600),
        token(iss="https://other.example.com"),
        token(aud="other"),
        token({"alg": "none"}),
        "Bearer !!.!!.!!",
    ],
)
def test_who_has_no_good_token_is_not_let_in(server: Server, header: str) -> None:
    answer = ask(server, "GET", "/token", None, bearer(header) if header else {})
    assert (answer.status, answer.body) == (401, b'{"message":"Unauthorized"}')
    assert answer.headers["www-authenticate"].startswith("Bearer")


def test_a_token_of_several_audiences_or_of_a_client(server: Server) -> None:
    assert ask(server, "GET", "/token", None, bearer(token(aud=["x", "shop"]))).status == 200
    assert ask(server, "GET", "/token", None, bearer(token(aud=None, client_id="shop"))).status == 200


def test_a_token_without_the_scope_is_forbidden(server: Server) -> None:
    answer = ask(server, "GET", "/scoped", None, bearer(token(scope="read")))
    assert (answer.status, answer.body) == (403, b'{"message":"Forbidden"}')
    assert 'error="insufficient_scope"' in answer.headers["www-authenticate"]


def test_a_pool_of_users(server: Server) -> None:
    seen = told(server, "GET", "/pool", None, {"Authorization": token()[7:]})["requestContext"]["authorizer"]
    assert seen["claims"]["sub"] == "u-1"
    answer = ask(server, "GET", "/pool", None, {})
    assert (answer.status, answer.body) == (401, b'{"message":"Unauthorized"}')


SIGNED = (
    "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260101/us-east-1/execute-api/aws4_request,"
    " SignedHeaders=host;x-amz-date, Signature=abc123"
)


def test_a_signed_request_says_whose_it_is(server: Server) -> None:
    seen = told(server, "GET", "/signed", None, bearer(SIGNED))["requestContext"]["authorizer"]["iam"]
    assert seen["accessKey"] == "AKIDEXAMPLE"
    identity = told(server, "GET", "/iam", None, bearer(SIGNED))["requestContext"]["identity"]
    assert identity["accessKey"] == "AKIDEXAMPLE"
    assert identity["sourceIp"]


def test_a_request_that_nobody_signed(server: Server) -> None:
    answer = ask(server, "GET", "/signed", None, bearer(token()))
    assert (answer.status, answer.body) == (403, b'{"message":"Forbidden"}')
    answer = ask(server, "GET", "/iam", None, {})
    assert (answer.status, answer.body) == (403, b'{"message":"Missing Authentication Token"}')
