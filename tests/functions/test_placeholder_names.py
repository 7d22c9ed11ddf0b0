"""Definitions whose placeholders nobody fills in: functions found by their names, what else they leave be."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import aslrun
from aslrun.errors import UsageError
from aslrun.functions.function import names_of
from aslrun.values import JSON


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("pay.py").write_text(
        "def handler(event, context): return [context.function_name, context.invoked_function_arn]\n",
        encoding="utf-8",
    )


def machine(resource: str, **fields: JSON) -> aslrun.StateMachine:
    state: dict[str, Any] = {"Type": "Task", "Resource": resource, "End": True, **fields}
    Path("m.asl.json").write_text(json.dumps({"StartAt": "A", "States": {"A": state}}), encoding="utf-8")
    return aslrun.load("m.asl.json")


ARN = "arn:aws:lambda:us-east-1:123456789012:function:"


@pytest.mark.parametrize(
    ("resource", "name"),
    [
        ("${PayArn}", "PayArn"),
        ("${PayArn}", "Pay"),
        ("${pay_lambda_arn}", "pay_lambda"),
        ("${Pay.Arn}", "Pay"),
        ("${aws_lambda_function.pay.arn}", "pay"),
        ("${aws_lambda_function.pay[0].qualified_arn}", "pay"),
        ("pay-${Stage}", "pay"),
        ("${Prefix}-pay-${Stage}", "pay"),
        ("arn:aws:lambda:${AWS::Region}:${AWS::AccountId}:function:pay", "pay"),
        ("arn:${AWS::Partition}:lambda:${Region}:${Account}:function:${PayFn}", "PayFn"),
    ],
)
def test_a_function_is_found_by_its_placeholders_name(resource: str, name: str) -> None:
    made = machine(resource)
    assert made.execute(1, function_files=[f"{name}=pay.py:handler"]).output == [name, ARN + name]


def test_a_qualifier_of_a_placeholder() -> None:
    made = machine("${PayArn}:live")
    assert made.execute(1, function_files=["Pay=pay.py:handler"]).output == ["Pay", f"{ARN}Pay:live"]


def test_through_lambda_invoke_and_beside_the_definition() -> None:
    Path("handlers").mkdir()
    Path("pay.py").rename("handlers/PayArn.py")
    made = machine(
        "arn:${AWS::Partition}:states:::lambda:invoke",
        Parameters={"FunctionName": "${PayArn}", "Payload.$": "$"},
        OutputPath="$.Payload[0]",
    )
    assert made.execute(1).output == "PayArn"


def test_a_placeholder_that_nothing_answers() -> None:
    with pytest.raises(UsageError, match=r"'\$\{PayArn\}': a placeholder.*--function Pay=FILE:HANDLER"):
        machine("${PayArn}").execute(1)


def test_mocks_and_callables_answer_a_placeholder() -> None:
    assert machine("${PayArn}").execute(1, functions={"PayArn": lambda event: event + 1}).output == 2


@pytest.mark.parametrize(
    ("text", "output"),
    [
        ("States.Format('${n}', $.a)", None),
        ("States.Format('${Stage}-{}', $.a)", "${Stage}-1"),
        ("States.Format('{}${Stage}', $.a)", "1${Stage}"),
        ("States.Format('${}', $.a)", "$1"),
        ("States.Format('$\\\\{n\\\\}{}', $.a)", "${n}1"),
        ("States.StringSplit('${Stage}-x', '-')", ["${Stage}", "x"]),
    ],
)
def test_a_placeholder_in_an_intrinsic_function_stays(text: str, output: JSON) -> None:
    state: JSON = {"Type": "Pass", "Parameters": {"x.$": text.replace("\\\\", "\\")}, "End": True}
    execution = aslrun.load({"StartAt": "A", "States": {"A": state}}).execute({"a": 1})
    assert execution.output == (None if output is None else {"x": output})


@pytest.mark.parametrize(
    ("fields", "is_told"),
    [
        ({"Type": "Wait", "Seconds": "${Delay}"}, True),
        ({"Type": "Wait", "Timestamp": "${Then}"}, True),
        ({"Type": "Pass", "Parameters": {"x.$": "${Path}"}}, True),
        ({"Type": "Pass", "QueryLanguage": "JSONata", "Output": "{% $x + ${N} %}"}, True),
        ({"Type": "Pass", "InputPath": "${Path}"}, True),
        (
            {
                "Type": "Map",
                "QueryLanguage": "JSONata",
                "Comment": "${Stage}",
                "Items": {"a": 1},
                "ItemProcessor": {"StartAt": "B", "States": {"B": {"Type": "Succeed"}}},
            },
            False,
        ),
    ],
)
def test_the_hint_about_placeholders_is_for_what_has_one(fields: dict[str, JSON], is_told: bool) -> None:
    with pytest.raises(UsageError) as refused:
        aslrun.load({"StartAt": "A", "States": {"A": {**fields, "End": True}}}).execute({})
    assert ("a placeholder without a value" in str(refused.value)) is is_told


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("pay", ("pay",)),
        ("arn:aws:lambda:eu-west-1:1:function:pay:5", ("pay",)),
        ("${A}${B}", ("${A}${B}",)),
        ("${" * 50, ("${" * 50,)),
        ("${a}" * 2000, ("${a}" * 2000,)),
    ],
)
def test_names(text: str, names: tuple[str, ...]) -> None:
    assert names_of(text) == names
