"""What a template leaves out, chooses or repeats: AWS::NoValue, Fn::If, AWS::LanguageExtensions."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from aslrun.document import Document
from aslrun.document.definitions import definition_in, definitions_in, template_of
from aslrun.functions.template import functions_of
from aslrun.values import JSON

TOP = """\
Parameters:
  Stage: {Type: String, Default: dev}
Conditions:
  IsProd: !Equals [!Ref Stage, prod]
"""


def read(folder: Path, text: str, name: str = "template.yaml") -> Document:
    (folder / name).write_text(text, encoding="utf-8")
    return definition_in(str(folder / name)).read()


def machine(properties: str) -> str:
    indented = "\n".join(f"      {line}" for line in properties.splitlines())
    return f"{TOP}Resources:\n  M:\n    Type: AWS::Serverless::StateMachine\n    Properties:\n{indented}\n"


def test_what_has_no_value_is_not_there(tmp_path: Path) -> None:
    document = read(
        tmp_path,
        machine(
            """\
Definition:
  StartAt: A
  TimeoutSeconds: !If [IsProd, 9, !Ref AWS::NoValue]
  States:
    A:
      Type: Pass
      Result:
        list: [1, !Ref AWS::NoValue, !If [IsProd, 2, !Ref AWS::NoValue], 3]
        gone: {Ref: AWS::NoValue}
      End: !If [IsProd, false, true]
"""
        ),
    )
    assert document.value == {
        "StartAt": "A",
        "States": {"A": {"Type": "Pass", "Result": {"list": [1, 3]}, "End": True}},
    }
    third = document.span(("States", "A", "Result", "list", 1))
    chosen = document.span(("States", "A", "End"))
    assert third is not None
    assert chosen is not None
    assert document.line_text(third.line)[third.column - 1] == "3"
    assert document.line_text(chosen.line)[chosen.column - 1 :].startswith("true]")


@pytest.mark.parametrize("stage", ["dev", "prod"])
def test_a_definition_that_is_chosen_keeps_its_places(tmp_path: Path, stage: str) -> None:
    text = machine(
        """\
Definition: !If
  - IsProd
  - StartAt: Prod
    States: {Prod: {Type: Succeed}}
  - StartAt: Other
    States: {Other: {Type: Succeed}}
"""
    ).replace("Default: dev", f"Default: {stage}")
    document = read(tmp_path, text)
    span = document.span(("StartAt",))
    assert isinstance(document.value, dict)
    assert span is not None
    assert document.line_text(span.line)[span.column - 1 :] == document.value["StartAt"]
    assert document.value["StartAt"] == ("Prod" if stage == "prod" else "Other")


@pytest.mark.parametrize(
    "properties",
    [
        'DefinitionUri: !Ref AWS::NoValue\nDefinitionString: \'{"StartAt": "A", "States": {}}\'',
        'DefinitionString: !If [IsProd, \'{}\', \'{"StartAt": "A", "States": {}}\']',
        "DefinitionString: !Join ['', ['{\"StartAt\": \"A\",', !Ref AWS::NoValue, '\"States\": {}}']]",
        'DefinitionString: !Sub\n  - \'{"StartAt": "${A}", "States": {}}\'\n  - A: !If [IsProd, B, A]',
        "DefinitionSubstitutions: !If [IsProd, {X: B}, {X: A, Y: !Ref AWS::NoValue}]\n"
        'DefinitionString: \'{"StartAt": "${X}", "States": {}}\'',
    ],
)
def test_properties_that_are_conditional(tmp_path: Path, properties: str) -> None:
    assert read(tmp_path, machine(properties)).value == {"StartAt": "A", "States": {}}


def test_an_environment_variable_without_a_value_is_not_there(tmp_path: Path) -> None:
    function = """\
  F:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: .
      Handler: app.handler
      Runtime: python3.12
      Timeout: !If [IsProd, 900, !Ref AWS::NoValue]
      Environment:
        Variables: {A: !If [IsProd, x, !Ref AWS::NoValue], B: b}
"""
    (tmp_path / "app.py").write_text("def handler(event, context): return event\n", encoding="utf-8")
    (tmp_path / "template.yaml").write_text(f"{TOP}Resources:\n{function}", encoding="utf-8")
    template = template_of(tmp_path / "template.yaml")
    assert template is not None
    (found,) = functions_of(template)
    assert (found.unusable, found.environment, found.timeout) == (None, {"B": "b"}, None)


LOOPS = """\
Transform: [AWS::LanguageExtensions, AWS::Serverless-2016-10-31]
Parameters:
  Names: {Type: CommaDelimitedList, Default: "pay, ship-it"}
Mappings: {Limits: {pay: {Seconds: 5}}}
Resources:
  Fn::ForEach::Machines:
    - Name
    - !Ref Names
    - "Machine&{Name}":
        Type: AWS::StepFunctions::StateMachine
        Properties:
          StateMachineName: !Ref Name
          DefinitionString:
            Fn::ToJsonString:
              StartAt: Call
              TimeoutSeconds: !FindInMap [Limits, !Ref Name, Seconds, {DefaultValue: 9}]
              States:
                Call:
                  Type: Task
                  Resource: !Sub "arn:aws:states:::lambda:invoke"
                  Parameters: {FunctionName: !Sub "${Name}-function", Count: !Length [a, b]}
                  End: true
"""


def expected(name: str, seconds: int) -> JSON:
    parameters: JSON = {"FunctionName": f"{name}-function", "Count": 2}
    call: JSON = {
        "Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "Parameters": parameters, "End": True,
    }  # fmt: skip
    return {"StartAt": "Call", "TimeoutSeconds": seconds, "States": {"Call": call}}


def as_json(text: str) -> str:
    """The same template in JSON."""
    from aslrun.document.spans import Text
    from aslrun.document.yaml_text import parse_yaml_text

    return json.dumps(parse_yaml_text(Text("template.yaml", text), short_forms=True).value, indent=1)


@pytest.mark.parametrize("suffix", ["yaml", "json"])
def test_a_loop_over_resources(tmp_path: Path, suffix: str) -> None:
    file = tmp_path / f"template.{suffix}"
    file.write_text(LOOPS if suffix == "yaml" else as_json(LOOPS), encoding="utf-8")
    found = definitions_in(str(file))
    assert [(one.id, one.name) for one in found] == [("Machinepay", "pay"), ("Machineshipit", "ship-it")]
    documents = [one.read() for one in found]
    assert [one.value for one in documents] == [expected("pay", 5), expected("ship-it", 9)]
    span = documents[1].span(("States", "Call", "Type"))
    assert span is not None
    assert "Task" in documents[1].line_text(span.line)


def test_loops_within_each_other_and_in_a_definition(tmp_path: Path) -> None:
    document = read(
        tmp_path,
        """\
Transform: AWS::LanguageExtensions
Resources:
  M:
    Type: AWS::StepFunctions::StateMachine
    Properties:
      Definition:
        StartAt: do-a-1
        States:
          Fn::ForEach::Outer:
            - Letter
            - [a, b]
            - Fn::ForEach::Inner:
                - Number
                - ["1", "2"]
                - "do-${Letter}-${Number}": {Type: Succeed, Comment: !Ref Letter}
""",
    )
    states: dict[str, Any] = {
        f"do-{letter}-{number}": {"Type": "Succeed", "Comment": letter} for letter in "ab" for number in "12"
    }
    assert document.value == {"StartAt": "do-a-1", "States": states}


@pytest.mark.parametrize("loop", ["x", "[N, !Ref Nowhere, {a: 1}]", "[N, [a], 1]", "[[], [a], {a: 1}]"])
def test_a_loop_that_is_none_stays(tmp_path: Path, loop: str) -> None:
    text = f"Resources:\n  Fn::ForEach::L: {loop}\n  M: {{Type: AWS::StepFunctions::StateMachine}}\n"
    (tmp_path / "template.yaml").write_text(text, encoding="utf-8")
    assert [one.id for one in definitions_in(str(tmp_path / "template.yaml"))] == ["M"]


def test_loops_that_make_too_much_end(tmp_path: Path) -> None:
    items = json.dumps([str(number) for number in range(100)])
    body = '"x${A}${B}${C}${D}": 1'
    for name in "DCBA":
        body = f'"Fn::ForEach::L{name}": ["{name}", {items}, {{{body}}}]'
    machine = '"M": {"Type": "AWS::StepFunctions::StateMachine"}'
    (tmp_path / "template.json").write_text(f'{{"Resources": {{{machine}, {body}}}}}', encoding="utf-8")
    assert [one.id for one in definitions_in(str(tmp_path / "template.json"))] == ["M"]
