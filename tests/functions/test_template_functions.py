"""The functions of templates: where their code is, what they are configured with, and what cannot run."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import aslrun
from aslrun.document import parse_document
from aslrun.document.cloudformation.evaluation import Template
from aslrun.document.definitions import template_of
from aslrun.functions.function import Function
from aslrun.functions.template import functions_of

FUNCTION = "AWS::Serverless::Function"


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for file in ("src/app.py", "src/pay/main.py", "src/index.js", "src/lib/deep.mjs", "src/typed.ts"):
        Path(file).parent.mkdir(parents=True, exist_ok=True)
        Path(file).write_text("def handler(event, context): return event\n", encoding="utf-8")
    return tmp_path


def functions(resources: dict[str, Any], **top: Any) -> dict[str, Function]:
    text = json.dumps({"Resources": resources, **top})
    return {one.name: one for one in functions_of(Template(parse_document(text, "template.json")))}


def function(properties: dict[str, Any], type: str = FUNCTION, **more: Any) -> Function:
    resource = {"Type": type, "Properties": {"CodeUri": "src", "Runtime": "python3.12", **properties}}
    return functions({"Pay": {**resource, **more}})["Pay"]


@pytest.mark.parametrize(
    ("properties", "file", "handler"),
    [
        ({"Handler": "app.handler"}, "src/app.py", "handler"),
        ({"Handler": "pay.main.handler"}, "src/pay/main.py", "handler"),
        ({"Handler": "pay/main.handler"}, "src/pay/main.py", "handler"),
        ({"Handler": "index.handler", "Runtime": "nodejs20.x"}, "src/index.js", "handler"),
        ({"Handler": "lib/deep.api.get", "Runtime": "nodejs20.x"}, "src/lib/deep.mjs", "api.get"),
        ({"Handler": "index.handler", "Runtime": None}, "src/index.js", "handler"),
        ({"Handler": "src/app.handler", "CodeUri": "."}, "src/app.py", "handler"),
    ],
)
def test_handlers(properties: dict[str, Any], file: str, handler: str) -> None:
    if properties.get("Runtime", "") is None:
        properties["Runtime"] = ""
    found = function(properties)
    assert found.unusable is None
    assert (found.file, found.handler) == (Path(file), handler)


@pytest.mark.parametrize(
    ("properties", "says"),
    [
        ({"PackageType": "Image"}, "it is a container image"),
        ({"ImageUri": "x"}, "it is a container image"),
        ({"Handler": "a.B::c", "Runtime": "java21"}, "its Runtime is java21, and Python and Node.js are"),
        ({}, "it has no Handler"),
        ({"Handler": "handler"}, "its Handler is 'handler', and must be FILE.FUNCTION"),
        ({"Handler": "no.handler"}, "its Handler is 'no.handler', and there is no file"),
        ({"Handler": "typed.handler", "Runtime": "nodejs20.x"}, "typed.ts is TypeScript: build it"),
        ({"Handler": "app.handler", "CodeUri": "s3://b/k"}, "its code lies in S3"),
        ({"Handler": "app.handler", "CodeUri": {"Bucket": "b", "Key": "k"}}, "its code lies in S3"),
        ({"Handler": "app.handler", "CodeUri": "build.zip"}, "its code is an archive"),
        ({"Handler": "app.handler", "CodeUri": "gone"}, "there is no folder gone with its code"),
        (
            {"Handler": "app.handler", "Timeout": "soon"},
            "its Timeout is 'soon', and must be a number, 1 or more",
        ),
        ({"Handler": "app.handler", "MemorySize": [1]}, "its MemorySize is [1], and must be a number"),
        ({"Handler": "app.handler", "Timeout": 10**400}, "its Timeout is"),
    ],
)
def test_what_cannot_run(properties: dict[str, Any], says: str) -> None:
    found = function(properties)
    assert found.unusable is not None
    assert says in found.unusable
    assert found.unusable.endswith("(template.json, Pay)")


def test_globals_and_references() -> None:
    shared = {
        "Runtime": "python3.12",
        "Timeout": 5,
        "Environment": {"Variables": {"STAGE": {"Ref": "Stage"}, "A": "shared"}},
        "Layers": [{"Ref": "One"}],
        "AutoPublishAlias": "live",
    }
    own = {
        "CodeUri": "src",
        "Handler": "app.handler",
        "FunctionName": {"Fn::Sub": "pay-${Stage}"},
        "Environment": {"Variables": {"A": "own", "N": 3, "B": True, "GONE": {"Fn::ImportValue": "x"}}},
        "MemorySize": "256",
        "ReservedConcurrentExecutions": 2,
        "Layers": [{"Ref": "Two"}, "arn:aws:lambda:us-east-1:1:layer:far:1", {"Ref": "Nowhere"}],
    }
    layer = {"Type": "AWS::Serverless::LayerVersion", "Properties": {"ContentUri": "src"}}
    other = {"Type": "AWS::Lambda::LayerVersion", "Properties": {"Content": "src/lib"}}
    found = functions(
        {"Pay": {"Type": FUNCTION, "Properties": own}, "One": layer, "Two": other},
        Globals={"Function": shared},
        Parameters={"Stage": {"Type": "String", "Default": "dev"}},
    )
    pay = found["pay-dev"]
    assert pay.environment == {"STAGE": "dev", "A": "own", "N": "3", "B": "true", "GONE": "${x}"}
    assert (pay.timeout, pay.memory, pay.concurrency) == (5, 256, 2)
    assert pay.layers == (Path("src"), Path("src/lib"))
    assert (pay.root, pay.runtime) == (Path("src"), "python3.12")


def test_globals_are_for_serverless_functions_only() -> None:
    plain = {"Type": "AWS::Lambda::Function", "Properties": {"Code": "src", "Handler": "app.handler"}}
    assert functions({"F": plain}, Globals={"Function": {"Timeout": 5}})["F"].timeout is None


def test_an_asset_of_cdk() -> None:
    found = function(
        {"Code": {"S3Bucket": "cdk", "S3Key": "1.zip"}, "CodeUri": None, "Handler": "app.handler"},
        "AWS::Lambda::Function",
        Metadata={"aws:asset:path": "src", "aws:asset:property": "Code"},
    )
    assert found.file == Path("src/app.py")


@pytest.mark.parametrize(
    "code", [{"InlineCode": "def handler(e, c): return 1"}, {"Code": {"ZipFile": "x = 1"}}]
)
def test_code_in_the_template(code: dict[str, Any]) -> None:
    found = function({**code, "Handler": "index.handler"})
    assert found.unusable is None
    assert found.file is not None
    assert found.file.name == "index.py"


SAM = f"""\
Resources:
  Machine:
    Type: AWS::Serverless::StateMachine
    Properties:
      Definition:
        StartAt: Say
        States:
          Say: {{Type: Task, Resource: !GetAtt Say.Arn, Next: Again}}
          Again:
            Type: Task
            Resource: arn:aws:states:::lambda:invoke
            Parameters: {{FunctionName: !Ref Say.Alias, "Payload.$": $}}
            OutputPath: $.Payload
            End: true
  Say:
    Type: {FUNCTION}
    Properties:
      Runtime: python3.12
      Handler: say.handler
      FunctionName: hello
      CodeUri: code
      Layers: [!Ref Words]
      AutoPublishAlias: live
      Environment: {{Variables: {{WHO: !Sub "${{AWS::Region}}"}}}}
  Words: {{Type: AWS::Serverless::LayerVersion, Properties: {{ContentUri: layer}}}}
  Image: {{Type: {FUNCTION}, Properties: {{PackageType: Image}}}}
"""
SAY = """\
import os
import words

def handler(event, context):
    return [*event, words.HELLO, os.environ["WHO"], context.invoked_function_arn.split(":", 4)[4]]
"""


@pytest.fixture
def sam(project: Path) -> Path:
    for file, text in {
        "template.yaml": SAM,
        "code/say.py": SAY,
        "layer/python/words.py": "HELLO = 'hi'",
    }.items():
        (project / file).parent.mkdir(parents=True, exist_ok=True)
        (project / file).write_text(text, encoding="utf-8")
    return project


def test_a_machine_runs_with_the_functions_of_its_template(sam: Path) -> None:
    execution = aslrun.load("template.yaml").execute([])
    region = "us-east-1"
    once = ["hi", region, "123456789012:function:hello"]
    assert execution.output == [*once, "hi", region, "123456789012:function:hello:live"]


def test_a_layer_before_sam_build_lays_it_out(sam: Path) -> None:
    (sam / "layer/python/words.py").rename(sam / "layer/words.py")
    (sam / "layer/python").rmdir()
    assert aslrun.load("template.yaml:Machine").execute([]).status == "SUCCEEDED"


def test_a_function_that_cannot_run_is_told_when_it_is_called(sam: Path) -> None:
    Path("template.yaml").write_text(SAM.replace("!GetAtt Say.Arn", "!GetAtt Image.Arn"), encoding="utf-8")
    says = r"the Lambda function 'Image' cannot run here: it is a container image \(template.yaml, Image\)"
    with pytest.raises(aslrun.UsageError, match=says):
        aslrun.load("template.yaml").execute([])


def test_a_definition_below_the_template_has_its_functions(sam: Path) -> None:
    Path("machines").mkdir()
    machine = {"StartAt": "A", "States": {"A": {"Type": "Task", "Resource": "hello", "End": True}}}
    Path("machines/m.asl.json").write_text(json.dumps(machine), encoding="utf-8")
    assert aslrun.load("machines/m.asl.json").execute([]).status == "SUCCEEDED"
    (sam / ".git").mkdir()
    assert template_of(sam / "machines") is not None
    (sam / "machines/.git").mkdir()
    assert template_of(sam / "machines") is None


def test_a_template_in_another_language_is_none_of_ours(sam: Path) -> None:
    Path("template.yaml").write_text("{{ helm }} AWS:: Resources", encoding="utf-8")
    assert template_of(sam) is None


def test_one_function_by_its_logical_id(sam: Path, capfd: pytest.CaptureFixture[str]) -> None:
    from click.testing import CliRunner

    from aslrun.cli.invoke import command

    ran = CliRunner().invoke(command, ["Say:live", "--from", "template.yaml", "--event", "[]", "--quiet"])
    assert json.loads(ran.stdout) == ["hi", "us-east-1", "123456789012:function:hello:live"]


@pytest.mark.parametrize(
    ("resource", "says"),
    [
        ("${Pay}", r"state 'A': the Lambda function is '\$\{Pay\}': a placeholder without a value"),
        ("arn:aws:lambda:us-east-1:123456789012:function:${Pay}", r"--substitute NAME=VALUE"),
    ],
)
def test_a_function_that_nobody_names(resource: str, says: str) -> None:
    machine = {"StartAt": "A", "States": {"A": {"Type": "Task", "Resource": resource, "End": True}}}
    Path("m.asl.json").write_text(json.dumps(machine), encoding="utf-8")
    Path("handlers.py").write_text("def pay(event, context): return 1", encoding="utf-8")
    with pytest.raises(aslrun.UsageError, match=says):
        aslrun.load("m.asl.json").execute([])
    assert aslrun.load("m.asl.json", substitutions={"Pay": "pay"}).execute([]).output == 1


def test_of_two_functions_of_a_name_the_one_that_is_made_is_taken() -> None:
    def named(condition: str, handler: str) -> dict[str, Any]:
        properties = {"FunctionName": "own", "CodeUri": "src", "Runtime": "python3.12", "Handler": handler}
        return {"Type": FUNCTION, "Condition": condition, "Properties": properties}

    conditions = {"Prod": {"Fn::Equals": ["a", "b"]}, "Dev": {"Fn::Not": [{"Condition": "Prod"}]}}
    for order in (("Prod", "Dev"), ("Dev", "Prod")):
        resources = {f"In{one}": named(one, f"app.{one.lower()}") for one in order}
        assert functions(resources, Conditions=conditions)["own"].handler == "dev"
