"""`{{resolve:…}}` in templates: functions have the values of parameters and secrets."""

from __future__ import annotations

from pathlib import Path

import pytest

from aslrun import load
from aslrun.errors import UsageError
from aslrun.services.dynamic import resolve
from aslrun.services.places import Aws, aws_at

TEMPLATE = """
Transform: AWS::Serverless-2016-10-31
Resources:
  Stage:
    Type: AWS::SSM::Parameter
    Properties: {Name: /shop/stage, Type: String, Value: dev}
  Keys:
    Type: AWS::SecretsManager::Secret
    Properties: {Name: shop/keys, SecretString: '{"api": "k-1"}'}
  Show:
    Type: AWS::Serverless::Function
    Properties:
      FunctionName: show
      Handler: show.handler
      Runtime: python3.11
      Environment:
        Variables:
          STAGE: "{{resolve:ssm:/shop/stage}}"
          KEY: "key {{resolve:secretsmanager:shop/keys:SecretString:api}}"
          MISSING: "%s"
  Machine:
    Type: AWS::Serverless::StateMachine
    Properties:
      Name: m
      Definition:
        StartAt: Show
        States: {Show: {Type: Task, Resource: !GetAtt Show.Arn, End: true}}
"""
HANDLER = "import os\ndef handler(event, context):\n    return [os.environ[n] for n in ('STAGE', 'KEY')]\n"


def run(folder: Path, missing: str):  # type: ignore[no-untyped-def]
    (folder / "show.py").write_text(HANDLER)
    (folder / "template.yaml").write_text(TEMPLATE % missing)
    return load(folder / "template.yaml").execute({}, aws="local")


def test_a_function_has_the_values(tmp_path: Path) -> None:
    assert run(tmp_path, "").output == ["dev", "key k-1"]


def test_what_is_not_there_is_one_message(tmp_path: Path) -> None:
    execution = run(tmp_path, "{{resolve:ssm:/nothing}}")
    assert execution.status == "ABORTED"
    assert execution.cause == (
        "the environment variable MISSING of show: '{{resolve:ssm:/nothing}}' cannot be resolved: "
        "Parameter /nothing not found; declare it in the template, or put it under [ssm] in aslrun.toml"
    )


@pytest.fixture(scope="module")
def aws() -> Aws:
    aws = aws_at("local")
    for value in ("one", "two"):
        aws.call(
            "ssm", "PutParameter", {"Name": "p", "Value": value, "Type": "SecureString", "Overwrite": True}
        )
    secret = aws.call("secretsmanager", "CreateSecret", {"Name": "s", "SecretString": '{"a": 1}'})
    aws.call("ssm", "PutParameter", {"Name": "arn", "Value": secret["ARN"], "Type": "String"})
    return aws


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("{{resolve:ssm:p}}", "two"),
        ("{{resolve:ssm-secure:p:1}}", "one"),
        ("a {{resolve:ssm:p}} b {{resolve:ssm:p:1}}", "a two b one"),
        ("{{resolve:secretsmanager:s}}", '{"a": 1}'),
        ("{{resolve:secretsmanager:s:SecretString:a:AWSCURRENT}}", "1"),
        ("{{resolve:nothing:s}}", "{{resolve:nothing:s}}"),
    ],
)
def test_references(aws: Aws, text: str, value: str) -> None:
    assert resolve(text, aws.call) == value


def test_a_secret_by_its_arn(aws: Aws) -> None:
    arn = aws.call("ssm", "GetParameter", {"Name": "arn"})["Parameter"]["Value"]
    assert resolve(f"{{{{resolve:secretsmanager:{arn}:SecretString:a}}}}", aws.call) == "1"


def test_a_key_that_the_secret_has_not(aws: Aws) -> None:
    with pytest.raises(UsageError, match="has no 'b'"):
        resolve("{{resolve:secretsmanager:s:SecretString:b}}", aws.call)
