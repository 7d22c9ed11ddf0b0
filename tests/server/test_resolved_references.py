"""`{{resolve:…}}` in the state machines of a template that is served."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from test_api_executions import run

import aslrun
from aslrun.server.serving import serve

TEMPLATE = """
Transform: AWS::Serverless-2016-10-31
Parameters:
  Stage: {Type: String, Default: dev}
Resources:
  Limit:
    Type: AWS::SSM::Parameter
    Properties: {Name: /dev/limit, Type: String, Value: "7"}
  Keys:
    Type: AWS::SecretsManager::Secret
    Properties: {Name: shop/keys, SecretString: '{"api": "k-1"}'}
  Double:
    Type: AWS::Serverless::Function
    Properties: {Handler: app.double, Runtime: python3.12, CodeUri: ., FunctionName: double}
  OfAFile:
    Type: AWS::Serverless::StateMachine
    Properties:
      DefinitionUri: order.asl.json
      DefinitionSubstitutions:
        Limit: !Sub "{{resolve:ssm:/${Stage}/limit}}"
        Key: "key {{resolve:secretsmanager:shop/keys:SecretString:api}}"
  Written:
    Type: AWS::Serverless::StateMachine
    Properties:
      Definition:
        StartAt: A
        States:
          A:
            Type: Pass
            Result: ["{{resolve:ssm-secure:/app/name}}", "${Name} at {{resolve:ssm:/dev/limit}}"]
            End: true
      DefinitionSubstitutions: {Name: "{{resolve:ssm:/app/name}}"}
  Text:
    Type: AWS::StepFunctions::StateMachine
    Properties:
      DefinitionString: !Sub >-
        {"StartAt": "A", "States": {"A": {"Type": "Pass",
         "Result": {{resolve:ssm:/${Stage}/limit}}, "End": true}}}
"""
OF_A_FILE = """
{"StartAt": "A", "States": {
  "A": {"Type": "Pass", "Parameters": {"n": ${Limit}, "key": "${Key}", "raw": "{{resolve:ssm:/dev/limit}}"},
        "Next": "B"},
  "B": {"Type": "Task", "Resource": "${DoubleArn}", "End": true}}}
"""
DOUBLE = "def double(event, context): return {**event, 'n': event['n'] * 2}"


def written(folder: Path, template: str = TEMPLATE) -> Path:
    (folder / "aslrun.toml").write_text('[ssm]\n"/app/name" = "shop"\n')
    (folder / "app.py").write_text(DOUBLE)
    (folder / "order.asl.json").write_text(OF_A_FILE.replace("${DoubleArn}", "double"))
    (folder / "template.yaml").write_text(template)
    return folder / "template.yaml"


def output_of(server: Any, name: str) -> Any:
    arn = f"arn:aws:states:us-east-1:123456789012:stateMachine:{name}"
    return json.loads(run(server.client(), arn)["output"])


def test_substitutions_and_definitions_have_the_values(tmp_path: Path) -> None:
    with serve(written(tmp_path)) as server:
        # What a file itself says is its own: CloudFormation does not look into it.
        assert output_of(server, "OfAFile") == {
            "n": 14,
            "key": "key k-1",
            "raw": "{{resolve:ssm:/dev/limit}}",
        }
        assert output_of(server, "Written") == ["shop", "shop at 7"]
        assert output_of(server, "Text") == 7


@pytest.mark.parametrize(
    ("there", "line", "column"),
    [
        ('Limit: !Sub "{{resolve:ssm:/${Stage}/limit}}"', 20, 16),
        ("{{resolve:ssm-secure:/app/name}}", 26, 9),
        ('"Result": {{resolve:ssm:/${Stage}/limit}}', 36, 25),
    ],
)
def test_what_is_not_there_is_told_with_its_place(tmp_path: Path, there: str, line: int, column: int) -> None:
    missing = there.replace("${Stage}/limit", "nothing").replace("/app/name", "/nothing")
    template = TEMPLATE.replace(there, missing)
    with pytest.raises(aslrun.DefinitionError) as refused:
        serve(written(tmp_path, template))
    (told,) = refused.value.diagnostics
    service = "ssm-secure" if "secure" in there else "ssm"
    assert f"'{{{{resolve:{service}:/nothing}}}}' cannot be resolved" in told.message
    assert "declare it in the template, or put it under [ssm] in aslrun.toml" in told.message
    assert told.span is not None
    assert (told.span.line, told.span.column) == (line, column)


def test_without_aws_they_stay_as_they_are_written(tmp_path: Path) -> None:
    template = TEMPLATE.replace('"Result": {{resolve:ssm:/${Stage}/limit}}', '"Result": "as it is"')
    (tmp_path / "aslrun.toml").unlink(missing_ok=True)
    path = written(tmp_path, template.replace("Limit: !Sub", "Unused: !Sub"))
    (tmp_path / "order.asl.json").write_text(
        OF_A_FILE.replace("${Limit}", "1").replace("${DoubleArn}", "double")
    )
    with serve(path, aws="off") as server:
        name = "{{resolve:ssm:/app/name}}"
        assert output_of(server, "Written") == [
            "{{resolve:ssm-secure:/app/name}}",
            f"{name} at {{{{resolve:ssm:/dev/limit}}}}",
        ]
