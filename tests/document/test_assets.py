"""Where what templates name lies: `cdk.out` with and without metadata, keys of S3, backslashes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import aslrun
from aslrun.diagnostics import DefinitionError
from aslrun.document import DocumentError
from aslrun.document.definitions import definition_in, definitions_in
from aslrun.errors import UsageError
from aslrun.validation.files import validate_files

PAY, ORDER, LAYER = "a" * 64, "b" * 64, "c" * 64
BUCKET = {"Fn::Sub": "cdk-hnb659fds-assets-${AWS::AccountId}-${AWS::Region}"}
DEFINITION = '{"StartAt": "Pay", "States": {"Pay": {"Type": "Task", "Resource": "${PayArn}", "End": true}}}'
MANIFEST = {
    "files": {
        PAY: {"source": {"path": "../lambda/pay", "packaging": "zip"}},
        ORDER: {"source": {"path": f"asset.{ORDER}.json", "packaging": "file"}},
        LAYER: {"source": {"path": f"asset.{LAYER}", "packaging": "zip"}},
    }
}
STACK = {
    "Resources": {
        "PayFunction1A2B3C4D": {
            "Type": "AWS::Lambda::Function",
            "Properties": {
                "Code": {"S3Bucket": BUCKET, "S3Key": f"{PAY}.zip"},
                "Handler": "app.handler",
                "Runtime": "python3.12",
                "Layers": [{"Ref": "Common5E6F7A8B"}],
            },
        },
        "Common5E6F7A8B": {
            "Type": "AWS::Lambda::LayerVersion",
            "Properties": {"Content": {"S3Bucket": BUCKET, "S3Key": f"{LAYER}.zip"}},
        },
        "Order9F8E7D6C": {
            "Type": "AWS::StepFunctions::StateMachine",
            "Properties": {
                "DefinitionS3Location": {"Bucket": BUCKET, "Key": f"{ORDER}.json"},
                "DefinitionSubstitutions": {"PayArn": {"Fn::GetAtt": ["PayFunction1A2B3C4D", "Arn"]}},
            },
        },
    }
}


@pytest.fixture
def cdk_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What `python app.py` writes: assets in folders, no metadata in the templates."""
    monkeypatch.chdir(tmp_path)
    files = {
        f"cdk.out/asset.{ORDER}.json": DEFINITION,
        f"cdk.out/asset.{LAYER}/python/common.py": "def paid(event): return {'paid': event}\n",
        "cdk.out/App.assets.json": json.dumps(MANIFEST),
        "cdk.out/App.template.json": json.dumps(STACK),
        "cdk.out/manifest.json": json.dumps({"version": "36.0.0", "artifacts": {}}),
        "lambda/pay/app.py": "import common\ndef handler(event, context): return common.paid(event)\n",
    }
    for name, text in files.items():
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).write_text(text, encoding="utf-8")
    return tmp_path / "cdk.out"


@pytest.mark.parametrize(
    "name", ["cdk.out", "cdk.out:Order", "cdk.out:Order9F8E7D6C", "cdk.out/App.template.json"]
)
def test_a_machine_of_cdk_runs_with_its_assets(cdk_out: Path, name: str) -> None:
    assert aslrun.load(name).execute(5).output == {"paid": 5}


def test_assets_in_the_folder_need_no_manifest(cdk_out: Path) -> None:
    (cdk_out / "App.assets.json").unlink()
    Path("lambda/pay").rename(cdk_out / f"asset.{PAY}")
    assert aslrun.load("cdk.out").execute(5).output == {"paid": 5}


def test_metadata_count_first(cdk_out: Path) -> None:
    stack: dict[str, Any] = json.loads(json.dumps(STACK))
    stack["Resources"]["PayFunction1A2B3C4D"]["Metadata"] = {"aws:asset:path": "../lambda/pay"}
    stack["Resources"]["Order9F8E7D6C"]["Metadata"] = {"aws:cdk:path": "App/Orders/Order/Resource"}
    (cdk_out / "App.assets.json").unlink()
    (cdk_out / "App.template.json").write_text(json.dumps(stack), encoding="utf-8")
    assert aslrun.load("cdk.out:App/Orders/Order").execute(5).output == {"paid": 5}


def test_the_stacks_of_a_stage(cdk_out: Path) -> None:
    stage = cdk_out / "assembly-Prod"
    stage.mkdir()
    for name in ("App.template.json", "App.assets.json"):
        (cdk_out / name).rename(stage / name)
    (stage / "App.assets.json").write_text(
        json.dumps(
            {"files": {PAY: {"source": {"path": "../../lambda/pay"}},
                       ORDER: {"source": {"path": f"../asset.{ORDER}.json"}},
                       LAYER: {"source": {"path": f"../asset.{LAYER}"}}}}
        ),
        encoding="utf-8",
    )  # fmt: skip
    assert aslrun.load("cdk.out:Order").execute(5).output == {"paid": 5}


def test_a_folder_without_machines(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="a folder without a template that has a state machine"):
        definition_in(str(tmp_path))
    (tmp_path / "template.yaml").write_text("Resources: {T: {Type: AWS::SNS::Topic}}\n", encoding="utf-8")
    with pytest.raises(UsageError, match="a folder without a template that has a state machine"):
        definition_in(str(tmp_path))


def test_a_machine_that_cdk_does_not_have(cdk_out: Path) -> None:
    with pytest.raises(UsageError, match=r"cdk\.out has no state machine 'Ordre': there are Order9F8E7D6C"):
        definitions_in("cdk.out:Ordre")


TEMPLATE = """\
Resources:
  M:
    Type: AWS::Serverless::StateMachine
    Properties:
      DefinitionUri: %s
"""
PASS = '{"StartAt": "A", "States": {"A": {"Type": "Succeed"}}}'


@pytest.mark.parametrize(
    "uri",
    [
        "s3://bucket/v1/machines/order.asl.json",
        "{Bucket: bucket, Key: !Sub '${AWS::Region}/machines/order.asl.json'}",
        "s3://bucket/deployed/order.asl.json",
        r"machines\order.asl.json",
        r".\machines\order.asl.json",
    ],
)
def test_a_definition_that_lies_in_the_repository(tmp_path: Path, uri: str) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / "infra" / "machines").mkdir(parents=True)
    (tmp_path / "infra" / "machines" / "order.asl.json").write_text(PASS, encoding="utf-8")
    (tmp_path / "infra" / "template.yaml").write_text(TEMPLATE % uri, encoding="utf-8")
    assert definition_in(str(tmp_path / "infra" / "template.yaml")).read().value == json.loads(PASS)


def test_a_definition_in_s3_is_a_note_and_cannot_run(tmp_path: Path) -> None:
    file = tmp_path / "template.yaml"
    file.write_text(TEMPLATE % "s3://bucket/order.asl.json", encoding="utf-8")
    (found,), _ = validate_files([str(file)])
    assert (found.code, found.severity) == ("DEFINITION_ELSEWHERE", "warning")
    assert "s3://bucket/order.asl.json" in found.message
    assert found.span is not None
    assert found.span.line == 5
    with pytest.raises(DefinitionError, match="error DEFINITION_ELSEWHERE the definition lies in S3"):
        aslrun.load(str(file))
    with pytest.raises(DocumentError):
        definition_in(str(file)).read()


def test_a_definitions_file_that_is_not_there_has_a_guess(tmp_path: Path) -> None:
    (tmp_path / "order.asl.json").write_text(PASS, encoding="utf-8")
    (tmp_path / "template.yaml").write_text(TEMPLATE % "odrer.asl.json", encoding="utf-8")
    (found,), _ = validate_files([str(tmp_path / "template.yaml")])
    assert found.message.startswith("there is no file")
    assert found.hint == "did you mean 'order.asl.json'?"


def test_code_behind_backslashes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("src/pay").mkdir(parents=True)
    Path("src/pay/app.py").write_text("def handler(event, context): return event\n", encoding="utf-8")
    Path("template.yaml").write_text(
        "Resources:\n"
        "  Pay:\n    Type: AWS::Serverless::Function\n    Properties:\n"
        "      CodeUri: .\\src\\pay\n      Handler: app.handler\n"
        "  M:\n    Type: AWS::Serverless::StateMachine\n    Properties:\n"
        "      Definition: {StartAt: A, States: {A: {Type: Task, Resource: !GetAtt Pay.Arn, End: true}}}\n",
        encoding="utf-8",
    )
    assert aslrun.load("template.yaml").execute(1).output == 1
