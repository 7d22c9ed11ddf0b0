"""What other validators get wrong: valid definitions that they refuse, or that make them crash."""

from __future__ import annotations

from typing import Any

import pytest

import aslrun

FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function:f"


def only(**fields: Any) -> dict[str, Any]:
    return {"StartAt": "A", "States": {"A": {"End": True, **fields}}}


def mapped(**fields: Any) -> dict[str, Any]:
    processor = {"StartAt": "B", "States": {"B": {"Type": "Succeed"}}}
    return only(Type="Map", ItemProcessor=processor, **fields)


def chosen(language: str = "JSONPath", **rule: Any) -> dict[str, Any]:
    choice = {"Type": "Choice", "Choices": [{**rule, "Next": "B"}], "Default": "B"}
    return {"QueryLanguage": language, "StartAt": "A", "States": {"A": choice, "B": {"Type": "Succeed"}}}


def jsonata(**fields: Any) -> dict[str, Any]:
    return {"QueryLanguage": "JSONata", **only(**fields)}


REFUSED_BY_OTHERS = {
    "an intrinsic without arguments": only(Type="Pass", Parameters={"a.$": "States.Array()"}),
    "no seconds": only(Type="Wait", Seconds=0),
    "a timestamp with an offset": only(Type="Wait", Timestamp="2016-03-14T01:59:00+02:00"),
    "a timestamp with fractions": chosen(Variable="$.a", TimestampEquals="2016-03-14T01:59:00.123Z"),
    "a fractional percentage": mapped(ToleratedFailurePercentage=0.5),
    "a filter": only(Type="Pass", InputPath="$.items[?(@.price > 5 && @.kind == 'a')]"),
    "a name with a hyphen": only(Type="Pass", InputPath="$['a-b']", ResultPath="$['a-b'].c"),
    "an output that is no text": jsonata(Type="Pass", Output=5),
    "an output that is nothing": jsonata(Type="Pass", Output=None),
    "a condition that is true": chosen("JSONata", Condition=True),
    "an expression without blanks": jsonata(Type="Pass", Output="{%$states.input%}"),
    "an expression of several lines": jsonata(Type="Pass", Output="{%\n  $states.input\n%}"),
    "an empty comment": {"Comment": "", **only(Type="Pass", Comment="")},
    "newer fields": mapped(ItemSelector={"item.$": "$$.Map.Item.Value"}),
    "jitter": only(
        Type="Task",
        Resource=FUNCTION,
        Retry=[{"ErrorEquals": ["E"], "JitterStrategy": "FULL", "Comment": "c"}],
    ),
    "another partition": only(Type="Task", Resource="arn:aws-cn:lambda:cn-north-1:123456789012:function:f"),
    "a government's partition": only(Type="Task", Resource="arn:aws-us-gov:states:::lambda:invoke"),
    "an output path into the context": only(Type="Pass", OutputPath="$$.Execution.Input"),
    "blanks after a path": only(Type="Pass", Parameters={"a.$": "$$.Execution.Name "}),
    "a name in a path with a hyphen": only(Type="Pass", Parameters={"a.$": "$.tests-to-run"}),
    "a filter that looks at the whole": only(
        Type="Pass", Parameters={"a.$": "$.agents[?(@.id == $.chosen)].name"}
    ),
    "a version of a function": only(Type="Task", Resource=f"{FUNCTION}:live"),
}


@pytest.mark.parametrize("name", REFUSED_BY_OTHERS)
def test_what_others_refuse_is_silent(name: str) -> None:
    assert aslrun.validate(REFUSED_BY_OTHERS[name]) == []


def test_a_three_digit_account_is_no_error() -> None:
    definition = only(Type="Task", Resource="arn:aws:lambda:us-east-1:123:function:f")
    assert {diagnostic.severity for diagnostic in aslrun.validate(definition)} == {"warning"}


NAMES = ("Next", "Default", "StartAt", "States", "Branches", "Choices", "Catch", "Iterator", "Type", "End")


@pytest.mark.parametrize("field", ["Parameters", "ResultSelector", "Result"])
@pytest.mark.parametrize("value", [1, "nowhere", {"Type": "Pass"}, [{"StartAt": "x"}], None])
def test_data_with_the_names_of_fields_is_data(field: str, value: Any) -> None:
    if field == "ResultSelector":
        definition = only(Type="Task", Resource=FUNCTION, ResultSelector=dict.fromkeys(NAMES, value))
    else:
        definition = only(Type="Pass", **{field: dict.fromkeys(NAMES, value)})
    assert aslrun.validate(definition) == []
