"""What validation tells of templates around their state machines, and what it lets be."""

from __future__ import annotations

from pathlib import Path

import pytest

from aslrun.validation.files import validate_files

FUNCTION = """\
  Pay:
    Type: AWS::Serverless::Function
    Properties: {CodeUri: src, Handler: app.handler, Runtime: python3.12, AutoPublishAlias: live}
"""
MACHINE = """\
  Order:
    Type: AWS::Serverless::StateMachine
    Properties:
      DefinitionUri: order.asl.json
      DefinitionSubstitutions:
"""
DEFINITION = """\
{"StartAt": "A", "States": {
  "A": {"Type": "Task", "Resource": "${PayArn}", "End": true}}}
"""


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("src").mkdir()
    Path("src/app.py").write_text("def handler(event, context): return event\n", encoding="utf-8")
    Path("order.asl.json").write_text(DEFINITION, encoding="utf-8")


def told(resources: str, top: str = "") -> list[tuple[str, str, int, str | None]]:
    """Code, file, line and hint of each diagnostic."""
    Path("template.yaml").write_text(f"{top}Resources:\n{resources}", encoding="utf-8")
    found, sources = validate_files(["template.yaml"])
    assert all(one.span and sources[one.span.file].line_text(one.span.line) for one in found)
    return [(one.code, one.span.file, one.span.line, one.hint) for one in found if one.span]


def substitutions(*lines: str) -> str:
    return FUNCTION + MACHINE + "".join(f"        {line}\n" for line in lines)


@pytest.mark.parametrize(
    "line",
    [
        "PayArn: !GetAtt Pay.Arn",
        "PayArn: !Ref Pay.Alias",
        "PayArn: !Ref PayAliaslive",
        "PayArn: !GetAtt [Pay, Arn]",
        "PayArn: !Sub '${Pay.Arn}:live'",
        "PayArn: !Sub ['${Fn}', {Fn: !GetAtt Pay.Arn}]",
        "PayArn: !Sub '${!Literal}-${AWS::Region}'",
        "PayArn: !GetAtt Pay.SnapStartResponse",
        "PayArn: !GetAtt PayRole.Arn",
        "PayArn: !ImportValue Somewhere",
        "PayArn: !If [Always, !GetAtt Pay.Arn, !Ref AWS::NoValue]",
        "PayArn: !If [Never, !GetAtt Pay.Arn, !Ref AWS::NoValue]",
    ],
)
def test_what_is_right_is_silent(line: str) -> None:
    conditions = "Conditions: {Always: !Equals [a, a], Never: !Equals [a, b]}\n"
    assert told(substitutions(line), conditions) == []


def test_both_directions_with_their_places() -> None:
    assert told(substitutions("PayAr: !GetAtt Pay.Arn")) == [
        ("MISSING_SUBSTITUTION", "order.asl.json", 2, "did you mean 'PayAr'?"),
        ("UNUSED_SUBSTITUTION", "template.yaml", 10, "did you mean 'PayArn'?"),
    ]


def test_a_placeholder_without_substitutions_at_all() -> None:
    machine = MACHINE.replace("      DefinitionSubstitutions:\n", "")
    assert told(machine) == [("MISSING_SUBSTITUTION", "order.asl.json", 2, None)]


@pytest.mark.parametrize(
    ("line", "hint"),
    [
        ("PayArn: !GetAtt Pya.Arn", "did you mean 'Pay'?"),
        ("PayArn: !GetAtt Pay.arn", "did you mean 'Arn'?"),
        ("PayArn: !Ref Nothing", None),
        ("PayArn: !Sub '${Pya.Arn}:live'", "did you mean 'Pay'?"),
        ("PayArn: !Sub ['${Fm}', {Fn: !GetAtt Pay.Arn}]", None),
        ("PayArn: !If [Nowhere, a, b]", None),
        ("PayArn: {Fn::GetAtt: [Pya, Arn]}", "did you mean 'Pay'?"),
    ],
)
def test_references_to_nothing(line: str, hint: str | None) -> None:
    assert told(substitutions(line)) == [("UNKNOWN_REFERENCE", "template.yaml", 10, hint)]


@pytest.mark.parametrize(
    "line", ["PayArn: !GetAtt Payy.Arn", "PayArn: !Ref Pays", "PayArn: !Sub '${Payx.Arn}'"]
)
def test_a_name_mistyped_is_none_that_sam_makes(line: str) -> None:
    assert told(substitutions(line)) == [("UNKNOWN_REFERENCE", "template.yaml", 10, "did you mean 'Pay'?")]


@pytest.mark.parametrize(
    "name", ["PayRole", "PayHourly", "PayhourlyPermission", "PayVersion0a1b2c3d4e", "PayUrl"]
)
def test_what_sam_makes_is_there(name: str) -> None:
    resources = FUNCTION.replace(
        "live}", "live, Events: {Hourly: {Type: Schedule}, hourly: {Type: Schedule}}}"
    )
    assert told(resources + MACHINE + f"        PayArn: !Ref {name}\n") == []


def test_a_macro_may_make_resources() -> None:
    assert told(substitutions("PayArn: !GetAtt Made.Arn"), "Transform: [MyMacro]\n") == []


@pytest.mark.parametrize(
    ("old", "new", "hint"),
    [
        ("CodeUri: src", "CodeUri: scr", "did you mean 'src'?"),
        ("CodeUri: src", "CodeUri: ./scr/", "did you mean './src/'?"),
        ("app.handler", "ap.handler", "did you mean 'app.handler'?"),
        ("CodeUri: src", "CodeUri: nowhere/at/all", None),
    ],
)
def test_code_that_is_not_there(old: str, new: str, hint: str | None) -> None:
    resources = substitutions("PayArn: !GetAtt Pay.Arn").replace(old, new)
    assert told(resources) == [("MISSING_CODE", "template.yaml", 4, hint)]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("CodeUri: src", "CodeUri: s3://bucket/key.zip"),
        ("CodeUri: src", "CodeUri: {Bucket: b, Key: k}"),
        ("CodeUri: src", "CodeUri: build/app.jar"),
        ("CodeUri: src, Handler: app.handler", "PackageType: Image, ImageUri: x"),
        (
            "CodeUri: src, Handler: app.handler, Runtime: python3.12",
            "CodeUri: src, Handler: a.B::c, Runtime: java21",
        ),
        ("CodeUri: src", "CodeUri: !Ref AWS::NoValue, InlineCode: 'x = 1'"),
    ],
)
def test_code_that_is_elsewhere_is_let_be(old: str, new: str) -> None:
    assert told(substitutions("PayArn: !GetAtt Pay.Arn").replace(old, new)) == []


def test_what_globals_say_is_told_there() -> None:
    resources = substitutions("PayArn: !GetAtt Pay.Arn").replace("CodeUri: src, ", "")
    assert told(resources, "Globals: {Function: {CodeUri: scr}}\n") == [
        ("MISSING_CODE", "template.yaml", 1, "did you mean 'src'?")
    ]


def test_a_comment_silences_it() -> None:
    line = "PayArn: !GetAtt Pya.Arn  # aslrun: ignore UNKNOWN_REFERENCE"
    assert told(substitutions(line)) == []
