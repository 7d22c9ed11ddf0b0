"""Routes that start state machines: `Api` events, OpenAPI bodies, and HTTP APIs' integrations."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from test_api_gateway import ask, event, served

from aslrun.server.serving import Server

PASS = {"StartAt": "P", "States": {"P": {"Type": "Pass", "End": True}}}
ARN = "arn:aws:states:us-east-1:123456789012:stateMachine:"
REST_URI = "arn:aws:apigateway:us-east-1:states:action/"
ESCAPED = "$util.escapeJavaScript($input.json('$'))"


def machine(type: str, **more: Any) -> dict[str, Any]:
    properties = {"Definition": PASS, "Type": type, **more}
    return {"Type": "AWS::Serverless::StateMachine", "Properties": properties}


def rest(action: str, name: str, template: str) -> dict[str, Any]:
    written = json.dumps({"stateMachineArn": "@", "input": "#"}).replace("#", template)
    text = {"Fn::Sub": written.replace("@", f"${{{name}}}")}
    integration = {
        "type": "aws",
        "uri": f"{REST_URI}{action}",
        "requestTemplates": {"application/json": text},
    }
    return {"post": {"x-amazon-apigateway-integration": integration}}


def http(action: str, **parameters: Any) -> dict[str, Any]:
    integration = {
        "type": "aws_proxy",
        "integrationSubtype": f"StepFunctions-{action}",
        "requestParameters": parameters,
    }
    return {"x-amazon-apigateway-any-method": {"x-amazon-apigateway-integration": integration}}


def api(kind: str, **paths: Any) -> dict[str, Any]:
    body = {"openapi": "3.0.1", "paths": {f"/{name}": one for name, one in paths.items()}}
    return {"Type": f"AWS::Serverless::{kind}", "Properties": {"StageName": "v1", "DefinitionBody": body}}


TEMPLATE = {
    "Transform": "AWS::Serverless-2016-10-31",
    "Resources": {
        "Order": machine("STANDARD", Events={"Post": event("Api", "/orders", "post")}),
        "Quick": machine("EXPRESS"),
        "Rest": api(
            "Api",
            sync=rest("StartSyncExecution", "Quick", ESCAPED),
            unknown=rest("StartExecution", "Order", "$util.base64Encode('x')"),
        ),
        "Http": api(
            "HttpApi",
            http=http("StartSyncExecution", StateMachineArn={"Ref": "Quick"}, Input="$request.body"),
            named=http(
                "StartExecution",
                StateMachineArn={"Ref": "Order"},
                Name="order-${request.querystring.id}",
                Input='{"id":"${request.querystring.id}","at":"${request.path}"}',
            ),
        ),
    },
}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with served(tmp_path_factory.mktemp("machines"), TEMPLATE) as server:
        yield server


def test_an_api_event_starts_an_execution(server: Server) -> None:
    answer = ask(server, "POST", "/orders", b'{"id": "it\'s 7"}')
    assert answer.status == 200
    arn = json.loads(answer.body)["executionArn"]
    assert arn.startswith(f"{ARN}Order:".replace("stateMachine", "execution"))
    told = server.client().describe_execution(executionArn=arn)
    assert json.loads(told["input"]) == {"id": "it's 7"}
    answer = ask(server, "POST", "/orders", b"{")
    assert (answer.status, json.loads(answer.body)["__type"]) == (400, "InvalidExecutionInput")


@pytest.mark.parametrize("path", ["/sync", "/http"])
def test_a_synchronous_execution_answers_what_it_came_to(server: Server, path: str) -> None:
    answer = ask(server, "POST", path, b'{"quoted": "\\"it\'s\\" \xc3\xa9"}')
    told = json.loads(answer.body)
    assert (answer.status, told["status"]) == (200, "SUCCEEDED")
    assert json.loads(told["output"]) == {"quoted": '"it\'s" é'}


def test_parameters_are_filled_in(server: Server) -> None:
    answer = ask(server, "GET", "/named?id=7")
    arn = json.loads(answer.body)["executionArn"]
    assert arn.endswith("execution:Order:order-7")
    told = server.client().describe_execution(executionArn=arn)
    assert json.loads(told["input"]) == {"id": "7", "at": "/named"}


def test_a_mapping_template_that_is_not_known_is_told(
    server: Server, capsys: pytest.CaptureFixture[str]
) -> None:
    assert ask(server, "POST", "/unknown", b"{}").status == 502
    assert "aslrun does not know '$util.base64Encode' in a mapping template" in capsys.readouterr().err
