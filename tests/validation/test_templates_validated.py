"""Templates among the files that are validated: places, types, and folders of projects."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

import aslrun
from aslrun.validation.files import files_of, validate_files

SAM = """\
Resources:
  Good:
    Type: AWS::Serverless::StateMachine
    Properties:
      DefinitionUri: machines/good.asl.json
      DefinitionSubstitutions: {Limit: !Ref Limit}
  Bad:
    Type: AWS::Serverless::StateMachine
    Properties:
      Type: EXPRESS
      Definition:
        StartAt: Ask
        States:
          Ask:
            Type: Task
            Resource: arn:aws:states:us-east-1:123456789012:activity:a
            Nxt: Done
  Gone: {Type: AWS::StepFunctions::StateMachine, Properties: {DefinitionS3Location: gone.json}}
Parameters:
  Limit: {Type: Number, Default: 10}
"""
GOOD = '{"StartAt": "W", "States": {"W": {"Type": "Wait", "Seconds": ${Limit}, "End": true}}}'


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("machines").mkdir()
    Path("machines/good.asl.json").write_text(GOOD, encoding="utf-8")
    Path("template.yaml").write_text(SAM, encoding="utf-8")


def places(*paths: str) -> list[tuple[str, int, int, str]]:
    diagnostics, _ = validate_files(paths)
    spans = [(one.span, one.code) for one in diagnostics]
    return [(span.file, span.line, span.column, code) for span, code in spans if span]


FOUND = [
    ("template.yaml", 14, 11, "SCHEMA_VALIDATION_FAILED"),
    ("template.yaml", 16, 23, "SCHEMA_VALIDATION_FAILED"),
    ("template.yaml", 17, 13, "SCHEMA_VALIDATION_FAILED"),
    ("template.yaml", 18, 85, "INVALID_JSON_DESCRIPTION"),
]


def test_all_machines_of_a_template() -> None:
    assert places("template.yaml") == FOUND
    assert places("template.yaml:Good") == []
    assert places("template.yaml:Bad") == FOUND[:3]


def test_a_folder_has_what_a_template_names_once() -> None:
    Path("asset.1").mkdir()
    Path("asset.1/x.asl.json").write_text("{", encoding="utf-8")
    Path("buckets.yaml").write_text("Resources: {B: {Type: AWS::S3::Bucket}}", encoding="utf-8")
    assert files_of(".") == [str(Path("machines/good.asl.json")), "template.yaml"]
    assert places(".") == FOUND
    _, sources = validate_files(["."])
    assert sorted(sources) == sorted([str(Path("machines/good.asl.json")), "template.yaml"])
    assert sources["template.yaml"].text == SAM


def test_a_type_that_is_given_counts() -> None:
    activity = "Resource: arn:aws:states:us-east-1:123456789012:activity:a\n            End: true"
    Path("template.yaml").write_text(
        SAM.replace("Resource: arn:aws:states:us-east-1:123456789012:activity:a", activity)
        .replace("            Nxt: Done\n", "")
        .split("  Gone")[0]
        + "Parameters: {Limit: {Type: Number, Default: 10}}\n",
        encoding="utf-8",
    )
    assert len(aslrun.validate("template.yaml")) == 1
    assert aslrun.validate("template.yaml", type="STANDARD") == []


def test_a_template_that_cannot_be_read_is_told_in_a_folder_too() -> None:
    Path("template.yaml").write_text(f"{SAM}  [", encoding="utf-8")
    assert [code for *_, code in places(".")] == ["INVALID_JSON_DESCRIPTION"]


def test_a_template_without_machines_is_wrong_usage() -> None:
    Path("buckets.yaml").write_text("Resources: {B: {Type: AWS::S3::Bucket}}", encoding="utf-8")
    with pytest.raises(aslrun.UsageError, match=r"buckets\.yaml is a template without a state machine"):
        aslrun.validate("buckets.yaml")


def test_values_are_given_on_the_command_line() -> None:
    command = [sys.executable, "-m", "aslrun", "validate", "machines/good.asl.json", "--format", "json"]
    valid = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (valid.returncode, json.loads(valid.stdout)["diagnostics"]) == (0, [])
    wrong = subprocess.run(
        [*command, "--substitute", "Limit=-1"], capture_output=True, text=True, check=False
    )
    assert wrong.returncode == 1
    (diagnostic,) = json.loads(wrong.stdout)["diagnostics"]
    assert (diagnostic["line"], diagnostic["column"], diagnostic["location"]) == (1, 62, "/States/W/Seconds")
    usage = subprocess.run([*command, "--substitute", "Limit"], capture_output=True, text=True, check=False)
    assert usage.returncode == 2
    assert "write NAME=VALUE" in usage.stderr
