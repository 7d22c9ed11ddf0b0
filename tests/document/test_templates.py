"""State machines in templates: which one, what fills it in, and where its parts stand."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from aslrun.document import DocumentError
from aslrun.document.definitions import DefinitionSource, definition_in, definitions_in, split_reference
from aslrun.errors import UsageError
from aslrun.values import JSON

PASS: JSON = {"StartAt": "A", "States": {"A": {"Type": "Pass", "End": True}}}


def write(folder: Path, text: str, name: str = "template.yaml") -> str:
    (folder / name).write_text(text, encoding="utf-8")
    return str(folder / name)


def machine(properties: str, resources: str = "", top: str = "") -> str:
    """A template with one state machine, M, that has these properties (YAML, six blanks before each)."""
    return (
        f"{top}\nResources:\n{resources}\n  M:\n    Type: AWS::Serverless::StateMachine\n"
        f"    Properties:\n{properties}\n"
    )


def resource(template: dict[str, Any], folder: Path) -> str:
    return write(folder, json.dumps(template), "template.json")


MAPPING = """\
      Definition:
        StartAt: Pay
        States:
          Pay: {Type: Task, Resource: !GetAtt Pay.Arn, End: true}"""

BLOCK = """\
      DefinitionString: !Sub
        - |
          {
            "StartAt": "Pay",
            "States": {"Pay": {"Type": "Task", "Resource": "${Fn}", "End": true}}
          }
        - Fn: !GetAtt Pay.Arn"""

TEXT = """\
      DefinitionSubstitutions: {Fn: !GetAtt Pay.Arn}
      DefinitionString: '{"StartAt": "Pay", "States": {"Pay":
        {"Type": "Task", "Resource": "${Fn}", "End": true}}}'"""

FUNCTION = "  Pay: {Type: AWS::Serverless::Function, Properties: {FunctionName: !Sub 'pay-${AWS::Region}'}}"


@pytest.mark.parametrize(
    ("properties", "line", "column"),
    [(MAPPING, 10, 39), (BLOCK, 11, 60), (TEXT, 9, 38)],
    ids=["mapping", "block", "text"],
)
def test_a_definition_in_the_template(tmp_path: Path, properties: str, line: int, column: int) -> None:
    file = write(tmp_path, machine(properties, FUNCTION))
    document = definition_in(file).read()
    pointer = ("States", "Pay", "Resource")
    arn = "arn:aws:lambda:us-east-1:123456789012:function:pay-us-east-1"
    assert document.value == {
        "StartAt": "Pay",
        "States": {"Pay": {"Type": "Task", "Resource": arn, "End": True}},
    }
    span = document.span(pointer)
    assert span is not None
    assert (span.file, span.line, span.column) == (file, line, column)
    assert "Resource" in document.line_text(line)


def test_a_definition_in_a_file(tmp_path: Path) -> None:
    (tmp_path / "machines").mkdir()
    definition = '{"StartAt": "W",\n "States": {"W": {"Type": "Wait", "Seconds": ${Limit}, "Next": "${No}"}}}'
    write(tmp_path / "machines", definition, "m.asl.json")
    properties = "      DefinitionUri: machines/m.asl.json\n      DefinitionSubstitutions: {Limit: 12}"
    found = definition_in(write(tmp_path, machine(properties)))
    document = found.read()
    assert document.value == {
        "StartAt": "W",
        "States": {"W": {"Type": "Wait", "Seconds": 12, "Next": "${No}"}},
    }
    span = document.span(("States", "W", "Next"))
    assert span is not None
    assert (Path(span.file).name, span.line, span.column) == ("m.asl.json", 2, 64)
    assert document.line_text(2).endswith('"${No}"}}}')


def test_what_cdk_writes(tmp_path: Path) -> None:
    pieces: list[JSON] = [
        '{"StartAt":"Pay","States":{"Pay":{"Type":"Task","Resource":"',
        {"Fn::GetAtt": ["Pay5F2", "Arn"]},
        '","TimeoutSeconds":',
        {"Ref": "Limit"},
        ',"Nxt":true}}}',
    ]
    template: JSON = {
        "Parameters": {"Limit": {"Type": "Number", "Default": 10}},
        "Resources": {
            "Pay5F2": {"Type": "AWS::Lambda::Function"},
            "Order": {
                "Type": "AWS::StepFunctions::StateMachine",
                "Properties": {
                    "DefinitionString": {"Fn::Join": ["", pieces]},
                    "StateMachineName": "orders",
                    "StateMachineType": "EXPRESS",
                },
            },
        },
    }
    file = write(tmp_path, json.dumps(template, indent=1), "Stack.template.json")
    found = definition_in(file)
    document = found.read()
    assert (found.name, found.type) == ("orders", "EXPRESS")
    assert document.value == {
        "StartAt": "Pay",
        "States": {
            "Pay": {
                "Type": "Task",
                "Resource": "arn:aws:lambda:us-east-1:123456789012:function:Pay5F2",
                "TimeoutSeconds": 10,
                "Nxt": True,
            }
        },
    }
    span = document.span(("States", "Pay", "Nxt"), key=True)
    assert span is not None
    written = document.line_text(span.line)
    assert written[span.column - 1 : span.end_column - 1] == r"\"Nxt\""


def test_which_machine(tmp_path: Path) -> None:
    one = "  One: {Type: AWS::Serverless::StateMachine, Properties: {Name: first, Type: EXPRESS}}\n"
    two = "  Two: {Type: AWS::StepFunctions::StateMachine}\n"
    file = write(tmp_path, f"Resources:\n{one}{two}")

    def named(id: str) -> DefinitionSource:
        return definition_in(f"{file}:{id}")

    assert [(found.name, found.type) for found in definitions_in(file)] == [
        ("first", "EXPRESS"),
        ("Two", None),
    ]
    assert (named("One").name, named("first").name, named("Two").name) == ("first", "first", "Two")
    with pytest.raises(UsageError, match=r"has 2 state machines; pick one: .*template.yaml:One, .*:Two"):
        definition_in(file)
    with pytest.raises(UsageError, match=r"no state machine 'Tow': there are One, Two; did you mean 'Two'\?"):
        named("Tow")


def test_no_machine(tmp_path: Path) -> None:
    bucket = write(tmp_path, "Resources:\n  B: {Type: AWS::S3::Bucket}\n")
    plain = write(tmp_path, json.dumps(PASS), "plain.json")
    with pytest.raises(UsageError, match="is a template without a state machine"):
        definition_in(bucket)
    with pytest.raises(UsageError, match="has no state machine 'M': there is none"):
        definition_in(f"{bucket}:M")
    with pytest.raises(UsageError, match=r"plain\.json is no SAM or CloudFormation template"):
        definition_in(f"{plain}:M")


@pytest.mark.parametrize(
    ("path", "file", "id"),
    [
        ("template.yaml:Order", "template.yaml", "Order"),
        (r"C:\project\template.yaml:Order", r"C:\project\template.yaml", "Order"),
        (r"C:\project\template.yaml", r"C:\project\template.yaml", None),
        ("C:template", "C:template", None),
        ("-:Order", "-", "Order"),
        ("-", "-", None),
        ("template.yaml:", "template.yaml:", None),
    ],
)
def test_a_file_and_an_id(path: str, file: str, id: str | None) -> None:
    assert split_reference(path) == (file, id)


@pytest.mark.parametrize(
    ("properties", "says"),
    [
        ("      DefinitionUri: no.asl.json", r"template.yaml:7:22: there is no file .*no.asl.json"),
        ("      DefinitionUri: s3://b/k.json", "lies in S3, at s3://b/k.json"),
        ("      DefinitionUri: {Bucket: b, Key: k}", "lies in S3, at s3://b/k"),
        ("      Name: x", r"template.yaml:4:3: M has no definition \(give it a Definition"),
        ("      DefinitionString: [1]", "DefinitionString must be the text of a definition"),
        ("      DefinitionString: '{\"StartAt\": }'", r"template.yaml:7:38: unexpected '}'"),
        ("      DefinitionUri: .", "is a folder"),
    ],
)
def test_no_definition(tmp_path: Path, properties: str, says: str) -> None:
    with pytest.raises(DocumentError, match=says):
        definition_in(write(tmp_path, machine(properties))).read()


def test_a_file_of_a_template_above_it(tmp_path: Path) -> None:
    (tmp_path / "machines").mkdir()
    definition = '{"StartAt": "W", "States": {"W": {"Type": "Wait", "Seconds": ${Limit}, "End": true}}}'
    file = write(tmp_path / "machines", definition, "m.asl.json")
    where = "      DefinitionUri: machines/m.asl.json\n"
    properties = f"{where}      Type: EXPRESS\n      DefinitionSubstitutions: {{Limit: 12}}"
    write(tmp_path, machine(properties))
    found = definition_in(file)
    assert (found.name, found.type) == ("M", "EXPRESS")
    assert '"Seconds": 12' in found.read().text
    assert '"Seconds": 7' in definition_in(file, {"Limit": "7"}).read().text


def test_keys_are_filled_in_and_keep_their_places(tmp_path: Path) -> None:
    properties = (
        "      DefinitionSubstitutions: {Stage: dev}\n"
        "      Definition:\n        States:\n          Pay-${Stage}: {Type: Fail}"
    )
    document = definition_in(write(tmp_path, machine(properties))).read()
    assert document.value == {"States": {"Pay-dev": {"Type": "Fail"}}}
    span = document.span(("States", "Pay-dev"), key=True)
    assert span is not None
    assert (span.line, span.column, span.end_column) == (10, 11, 23)
