"""Names that are given and that nothing uses: --substitute, --function, parameters' values."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

import aslrun
from aslrun.cli import aslrun as command_line
from aslrun.errors import UsageError
from aslrun.validation.files import validate_files

TEMPLATE = """\
Parameters:
  Stage: {Type: String, Default: dev, AllowedValues: [dev, prod]}
  Limit: {Type: Number, Default: 5, MinValue: 1, MaxValue: 10}
  Zones: {Type: CommaDelimitedList, Default: "a, b", AllowedValues: [a, b, c]}
  Short: {Type: String, Default: abc, MinLength: 2, MaxLength: 4}
Resources:
  Pay:
    Type: AWS::Serverless::Function
    Properties:
      InlineCode: "import os\\ndef handler(event, context): return os.environ['BUCKET']"
      Handler: index.handler
      Runtime: python3.12
      Environment: {Variables: {BUCKET: !ImportValue SharedBucket}}
  Order:
    Type: AWS::Serverless::StateMachine
    Properties:
      DefinitionSubstitutions: {Fn: !GetAtt Pay.Arn}
      Definition:
        Comment: ${Note}
        StartAt: A
        States:
          A: {Type: Task, Resource: "${Fn}", End: true}
"""


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("template.yaml").write_text(TEMPLATE, encoding="utf-8")
    Path("pay.py").write_text("def handler(event, context): return event\n", encoding="utf-8")


@pytest.mark.parametrize("name", ["Stage", "Note", "Fn", "SharedBucket", "Limit"])
def test_a_name_that_is_there(name: str) -> None:
    value = {"Stage": "prod", "Limit": "7"}.get(name, "x")
    assert aslrun.load("template.yaml", substitutions={name: value}).name == "Order"


def test_a_value_of_an_import_reaches_the_function() -> None:
    machine = aslrun.load("template.yaml", substitutions={"SharedBucket": "b-1"})
    assert machine.execute({}).output == "b-1"


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("Stag", "--substitute Stag: nothing in template.yaml is called Stag; .*; did you mean 'Stage'"),
        ("Nt", "the names there are .*Note"),
    ],
)
def test_a_name_that_is_not_there(name: str, says: str) -> None:
    with pytest.raises(UsageError, match=says):
        aslrun.load("template.yaml", substitutions={name: "x"})
    with pytest.raises(UsageError, match=says):
        validate_files(["template.yaml"], substitutions={name: "x"})


def test_a_plain_definition_without_placeholders() -> None:
    Path("m").mkdir()
    Path("m/.git").mkdir()
    Path("m/m.asl.json").write_text(
        '{"StartAt": "A", "States": {"A": {"Type": "Succeed"}}}', encoding="utf-8"
    )
    with pytest.raises(UsageError, match=r"nothing in m/m\.asl\.json is called X; there is no placeholder"):
        aslrun.load("m/m.asl.json", substitutions={"X": "x"})


def test_one_of_several_files_may_have_the_name() -> None:
    Path("other.asl.json").write_text('{"StartAt": "A", "States": {"A": {"Type": "${T}"}}}', encoding="utf-8")
    files = ["template.yaml", "other.asl.json"]
    given = {"T": "Succeed", "Stage": "prod", "Note": "n"}
    assert validate_files(files, substitutions=given)[0] == []


@pytest.mark.parametrize(
    ("given", "says"),
    [
        (
            {"Stage": "prdo"},
            "the parameter Stage of template.yaml must be one of dev, prod; did you mean 'prod'",
        ),
        ({"Limit": "many"}, "the parameter Limit of template.yaml must be a number"),
        ({"Limit": "11"}, "must be at most 10"),
        ({"Limit": "0"}, "must be at least 1"),
        ({"Zones": "a,d"}, "must be one of a, b, c"),
        ({"Short": "a"}, "must have at least 2 characters"),
        ({"Short": "abcde"}, "must have at most 4 characters"),
    ],
)
def test_a_value_that_a_parameter_cannot_have(given: dict[str, str], says: str) -> None:
    with pytest.raises(UsageError, match=says):
        aslrun.load("template.yaml", substitutions=given)


def run(*arguments: str) -> tuple[int, str]:
    """Run the command line; its exit status, and what it has to say of a mistake."""
    ran = CliRunner().invoke(command_line, arguments)
    return ran.exit_code, str(ran.exception or "")


@pytest.mark.parametrize(
    ("option", "says"),
    [
        ("Pey=pay.py:handler", "no Task of Order calls the Lambda function 'Pey'; they call Pay; did"),
        ("Pay=pay.py:handler", None),
        ("arn:aws:lambda:us-east-1:123456789012:function:Pay=pay.py:handler", None),
    ],
)
def test_a_function_that_no_task_calls(option: str, says: str | None) -> None:
    machine = aslrun.load("template.yaml")
    if says is None:
        machine.start({}, aslrun.RunOptions(function_files=[option]))[1]()
    else:
        with pytest.raises(UsageError, match=says):
            machine.start({}, aslrun.RunOptions(function_files=[option]))


def test_functions_that_are_known_only_when_it_runs() -> None:
    state = {
        "Type": "Task",
        "Resource": "arn:aws:states:::lambda:invoke",
        "Parameters": {"FunctionName.$": "$.name"},
        "OutputPath": "$.Payload",
        "End": True,
    }
    Path("m.asl.json").write_text(json.dumps({"StartAt": "A", "States": {"A": state}}), encoding="utf-8")
    ran = aslrun.load("m.asl.json").execute({"name": "pay"}, function_files=["pay=pay.py:handler"])
    assert ran.output == {}


def test_a_function_that_invoke_does_not_call() -> None:
    status, says = run("invoke", "Pay", "--function", "Py=pay.py:handler")
    assert "--function Py=pay.py:handler: 'Py' is not called" in says
    assert status == 1
    command = [sys.executable, "-m", "aslrun", "invoke", "Pay", "--function", "Pay=pay.py:handler"]
    assert subprocess.run(command, capture_output=True, text=True, check=False).returncode == 0
