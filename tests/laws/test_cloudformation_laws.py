"""Whatever stands in a template, a service or a state of Terraform: it is read, or refused in words."""

from __future__ import annotations

import copy
import json
import os
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from aslrun.document.definitions import template_of
from aslrun.errors import AslrunError
from aslrun.functions.template import functions_of
from aslrun.validation.files import validate_files

MACHINE: dict[str, Any] = {
    "StartAt": "A",
    "States": {"A": {"Type": "Task", "Resource": "${Fn}", "End": True}},
}
TEMPLATE: dict[str, Any] = {
    "Parameters": {"Stage": {"Type": "String", "Default": "dev", "AllowedValues": ["dev"]}},
    "Conditions": {"IsProd": {"Fn::Equals": [{"Ref": "Stage"}, "prod"]}},
    "Globals": {"Function": {"Handler": "app.handler", "Runtime": "python3.12"}},
    "Resources": {
        "Fn::ForEach::Each": ["N", ["a", "b"], {"Q${N}": {"Type": "AWS::SQS::Queue", "Properties": {}}}],
        "Pay": {
            "Type": "AWS::Serverless::Function",
            "Properties": {"CodeUri": "gone", "Layers": [{"Ref": "L"}]},
        },
        "L": {"Type": "AWS::Serverless::LayerVersion", "Properties": {"ContentUri": "gone"}},
        "M": {
            "Type": "AWS::Serverless::StateMachine",
            "Properties": {
                "DefinitionSubstitutions": {
                    "Fn": {"Fn::Sub": ["${X}", {"X": {"Fn::GetAtt": ["Pay", "Arn"]}}]}
                },
                "Definition": {"Fn::If": ["IsProd", MACHINE, MACHINE]},
            },
        },
        "N": {
            "Type": "AWS::StepFunctions::StateMachine",
            "Properties": {"DefinitionS3Location": {"Bucket": "b", "Key": "k.json"}},
        },
    },
}
SERVICE: dict[str, Any] = {
    "service": "s",
    "provider": {"stage": "${opt:stage, 'dev'}", "environment": {"A": "${self:custom.a}"}},
    "custom": {"a": ["${self:custom.b}"], "b": "${self:custom.a.0, env:B, 'b'}"},
    "functions": [{"pay": {"handler": "a.b", "runtime": "python3.12", "layers": [{"Ref": "L"}]}}],
    "layers": {"l": {"path": "l"}},
    "stepFunctions": {"activities": ["x"], "stateMachines": {"m": {"id": "M", "definition": MACHINE}}},
    "resources": {"Resources": {"T": {"Type": "AWS::SNS::Topic"}}},
}
STATE: dict[str, Any] = {
    "format_version": "1.0",
    "terraform_version": "1.9.5",
    "values": {
        "root_module": {
            "resources": [
                {
                    "address": "aws_sfn_state_machine.m",
                    "type": "aws_sfn_state_machine",
                    "name": "m",
                    "values": {"definition": json.dumps(MACHINE), "name": "m"},
                },
                {
                    "type": "archive_file",
                    "address": "a",
                    "values": {"output_path": "x.zip", "source_dir": "s"},
                },
            ],
            "child_modules": [
                {
                    "resources": [
                        {
                            "address": "f",
                            "type": "aws_lambda_function",
                            "name": "f",
                            "values": {"filename": "x.zip", "environment": [{"variables": {}}]},
                        }
                    ]
                }
            ],
        }
    },
}
VALUES: st.SearchStrategy[Any] = st.sampled_from(
    [
        None, True, 0, -1, 1.5, "", "x", "x" * 3000, "/", "..", "a\\b", "\0", "${", "${self:}",
        "${self:custom}",
        "${file(x)}", "s3://", "s3://b/k", [], {}, ["a"], [[[]]], {"a": {"b": [1]}}, {"Ref": "X"},
        {"Ref": ["a"]},
        {"Ref": "AWS::NoValue"}, {"Fn::If": []}, {"Fn::If": ["IsProd", {"Ref": "AWS::NoValue"}, {}]},
        {"Fn::Sub": ["${a.b}", 5]}, {"Fn::GetAtt": [1, 2]}, {"Fn::GetAtt": "a"}, {"Fn::Join": ["", 1]},
        {"Fn::ForEach::X": ["N", ["a"], {"k${N}": 1}]},
    ]
)  # fmt: skip


def places(value: Any, at: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    if at:
        yield at
    parts = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, inner in parts:
        yield from places(inner, (*at, step))


@st.composite
def mutated(draw: st.DrawFn) -> Any:
    value = copy.deepcopy(draw(st.sampled_from([TEMPLATE, SERVICE, STATE])))
    for _ in range(draw(st.integers(1, 3))):
        *way, last = draw(st.sampled_from(list(places(value)) or [("x",)]))
        inner = value
        for step in way:
            inner = inner[step]
        if isinstance(inner, dict) and draw(st.integers(0, 5)) == 0:
            inner[draw(st.sampled_from(["Fn::If", "Ref", "Fn::ForEach::Z", "x"]))] = inner.pop(last, None)
        else:
            inner[last] = copy.deepcopy(draw(VALUES))
    return value


@settings(max_examples=25, deadline=None)
@given(mutated())
def test_anything_is_read_or_refused(value: Any) -> None:
    with tempfile.TemporaryDirectory() as folder:
        file = os.path.join(folder, "t.json")
        Path(file).write_text(json.dumps(value), encoding="utf-8")
        for use in (lambda: validate_files([file]), lambda: functions_in(Path(file))):
            with suppress(AslrunError):
                use()


def functions_in(file: Path) -> None:
    template = template_of(file)
    if template is not None:
        list(functions_of(template))
