"""Routes of OpenAPI documents: in the template, and in a file beside it."""

from __future__ import annotations

import json
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
