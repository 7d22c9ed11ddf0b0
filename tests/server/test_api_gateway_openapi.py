"""Routes of OpenAPI documents: in the template, and in a file beside it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from test_api_gateway import CODE, ask, function, told

from aslrun.server.serving import serve

URI = "arn:aws:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/${Echo.Arn}/invocations"
INTEGRATION = {"type": "aws_proxy", "httpMethod": "POST", "uri": {"Fn::Sub": URI}}
FILE = f"""
openapi: 3.0.1
paths:
  /file/{{id}}:
    get:
      x-amazon-apigateway-integration:
        type: aws_proxy
        payloadFormatVersion: "2.0"
        uri: !Sub {URI}
"""


def test_the_paths_of_openapi_documents_are_routes(tmp_path: Path) -> None:
    path = {"x-amazon-apigateway-any-method": {"x-amazon-apigateway-integration": INTEGRATION}}
    body = {"openapi": "3.0.1", "paths": {"/any/{proxy+}": path, "/none": {"get": {}}}}
    resources = {
        "Rest": {"Type": "AWS::Serverless::Api", "Properties": {"StageName": "v1", "DefinitionBody": body}},
        "Http": {"Type": "AWS::Serverless::HttpApi", "Properties": {"DefinitionUri": "api.yaml"}},
        "Echo": function("echo", {}),
    }
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "app.py").write_text(CODE)
    (tmp_path / "api.yaml").write_text(FILE)
    (tmp_path / "template.json").write_text(
        json.dumps({"Transform": "AWS::Serverless-2016-10-31", "Resources": resources})
    )
    with serve(tmp_path, show=lambda function, line: None) as server:
        event = told(server, "PUT", "/any/a/b")
        assert (event["resource"], event["pathParameters"]) == ("/any/{proxy+}", {"proxy": "a/b"})
        assert event["requestContext"]["stage"] == "v1"
        event = told(server, "GET", "/file/7")
        assert (event["version"], event["pathParameters"]) == ("2.0", {"id": "7"})
        assert ask(server, "GET", "/none").status == 403


SECURED = """
import json

def echo(event, context):
    return {"statusCode": 200, "body": json.dumps(event)}

def token(event, context):
    effect = "Allow" if event["authorizationToken"] == "ada" else "Deny"
    statement = {"Effect": effect, "Action": "execute-api:Invoke", "Resource": event["methodArn"]}
    return {"principalId": "ada", "policyDocument": {"Statement": [statement]}}

def simple(event, context):
    return {"isAuthorized": event["identitySource"] == ["ada"], "context": {"who": "ada"}}
"""
HANDLERS = {"Echo": "echo", "Token": "token", "Simple": "simple"}


def _uri(function: str) -> dict[str, str]:
    return {"Fn::Sub": URI.replace("Echo", function)}


def _scheme(told: Mapping[str, object], **more: object) -> dict[str, object]:
    place = {"type": "apiKey", "name": "X-Who", "in": "header"}
    return {**place, **more, "x-amazon-apigateway-authorizer": told}


def _secured() -> dict[str, object]:
    operation = {"x-amazon-apigateway-integration": INTEGRATION}
    http = {"x-amazon-apigateway-integration": {**INTEGRATION, "payloadFormatVersion": "2.0"}}
    rest_body = {
        "openapi": "3.0.1",
        "security": [{"token": []}],
        "x-amazon-apigateway-binary-media-types": ["image/png"],
        "components": {
            "securitySchemes": {
                "token": _scheme({"type": "token", "authorizerUri": _uri("Token")}),
                "signed": {"type": "apiKey", "x-amazon-apigateway-authtype": "awsSigv4"},
            }
        },
        "paths": {
            "/rest/token": {"get": operation, "post": operation},
            "/rest/signed": {"get": {**operation, "security": [{"signed": []}]}},
            "/rest/open": {"get": {**operation, "security": []}},
        },
    }
    simple = {
        "type": "request",
        "identitySource": "$request.header.X-Who",
        "authorizerUri": _uri("Simple"),
        "authorizerPayloadFormatVersion": "2.0",
        "enableSimpleResponses": True,
    }
    jwt = {
        "type": "jwt",
        "identitySource": "$request.header.Authorization",
        "jwtConfiguration": {"issuer": "https://i.example", "audience": ["a"]},
    }
    http_body = {
        "openapi": "3.0.1",
        "x-amazon-apigateway-cors": {"allowOrigins": ["https://a.example"], "allowMethods": ["GET"]},
        "components": {
            "securitySchemes": {"simple": _scheme(simple), "jwt": _scheme(jwt, type="oauth2")},
        },
        "paths": {
            "/http/simple": {"get": {**http, "security": [{"simple": []}]}},
            "/http/jwt": {"get": {**http, "security": [{"jwt": ["read"]}]}},
            "/http/default": {"get": http},
        },
    }
    default = {
        "DefaultAuthorizer": "Own",
        "Authorizers": {
            "Own": {
                "FunctionArn": {"Fn::GetAtt": ["Simple", "Arn"]},
                "AuthorizerPayloadFormatVersion": "2.0",
                "EnableSimpleResponses": True,
                "Identity": {"Headers": ["X-Own"]},
            }
        },
    }
    apis = {
        "Rest": {
            "Type": "AWS::Serverless::Api",
            "Properties": {"StageName": "v1", "DefinitionBody": rest_body},
        },
        "Http": {
            "Type": "AWS::Serverless::HttpApi",
            "Properties": {"DefinitionBody": http_body, "Auth": default},
        },
    }
    return {**apis, **{name: function(handler, {}) for name, handler in HANDLERS.items()}}


def test_the_security_of_openapi_documents_is_kept_to(tmp_path: Path) -> None:
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "app.py").write_text(SECURED)
    (tmp_path / "template.json").write_text(
        json.dumps({"Transform": "AWS::Serverless-2016-10-31", "Resources": _secured()})
    )
    with serve(tmp_path, show=lambda function, line: None) as server:

        def status(path: str, **headers: str) -> int:
            return ask(
                server, "GET", path, headers={k.replace("_", "-"): v for k, v in headers.items()}
            ).status

        assert [status("/rest/token"), status("/rest/token", X_Who="bob")] == [401, 403]
        assert status("/rest/token", X_Who="ada") == 200
        assert status("/rest/open") == 200
        assert status("/rest/signed") == 403
        assert [status("/http/simple"), status("/http/simple", X_Who="bob")] == [401, 403]
        assert status("/http/simple", X_Who="ada") == 200
        assert status("/http/jwt", Authorization="nothing") == 401
        assert [status("/http/default"), status("/http/default", X_Own="ada")] == [401, 200]

        png = {"content-type": "image/png", "X-Who": "ada"}
        assert (
            json.loads(ask(server, "POST", "/rest/token", body=b"\xff", headers=png).body)["body"] == "/w=="
        )
        asking = {"Origin": "https://a.example", "Access-Control-Request-Method": "GET"}
        answer = ask(server, "OPTIONS", "/http/simple", headers=asking)
        assert (answer.status, answer.headers["access-control-allow-methods"]) == (204, "GET")
