"""Choice rules and Resources in short words."""

from __future__ import annotations

from typing import Any

import pytest

from aslrun.graph.words import resource_words, rule_words


@pytest.mark.parametrize(
    ("comparison", "words"),
    [
        ({"NumericGreaterThan": 100}, "$.x > 100"),
        ({"NumericEquals": 1.5}, "$.x == 1.5"),
        ({"NumericLessThanEqualsPath": "$.limit"}, "$.x <= $.limit"),
        ({"NumericGreaterThanEquals": 0}, "$.x >= 0"),
        ({"StringEquals": "été"}, '$.x == "été"'),
        ({"StringLessThanPath": "$$.State.Name"}, "$.x < $$.State.Name"),
        ({"StringMatches": "log-*"}, '$.x matches "log-*"'),
        ({"BooleanEquals": True}, "$.x"),
        ({"BooleanEquals": False}, "not $.x"),
        ({"BooleanEqualsPath": "$.y"}, "$.x == $.y"),
        ({"TimestampLessThan": "2026-01-01T00:00:00Z"}, "$.x < 2026-01-01T00:00:00Z"),
        ({"TimestampEqualsPath": "$.t"}, "$.x == $.t"),
        ({"IsPresent": True}, "$.x is present"),
        ({"IsPresent": False}, "$.x is not present"),
        ({"IsNull": True}, "$.x is null"),
        ({"IsNumeric": True}, "$.x is a number"),
        ({"IsString": False}, "$.x is not a string"),
        ({"IsBoolean": True}, "$.x is a boolean"),
        ({"IsTimestamp": True}, "$.x is a timestamp"),
    ],
)
def test_a_comparison(comparison: Any, words: str) -> None:
    assert rule_words({"Variable": "$.x", **comparison, "Next": "N"}) == words


A, B, C = ({"Variable": f"$.{name}", "BooleanEquals": True} for name in "abc")


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ({"And": [A, B]}, "$.a and $.b"),
        ({"Or": [A, B, C]}, "$.a or $.b or $.c"),
        ({"Not": A}, "not ($.a)"),
        ({"Not": {"Or": [A, B]}}, "not ($.a or $.b)"),
        ({"And": [A, {"Or": [B, C]}]}, "$.a and ($.b or $.c)"),
        ({"Or": [{"And": [A, B]}, C]}, "($.a and $.b) or $.c"),
        ({"And": [A, {"And": [B, C]}]}, "$.a and $.b and $.c"),
        ({"And": [A, {"Not": B}]}, "$.a and not ($.b)"),
    ],
)
def test_rules_joined(rule: Any, words: str) -> None:
    assert rule_words({**rule, "Next": "N"}) == words


@pytest.mark.parametrize(
    ("condition", "words"),
    [
        ("{% $states.input.n > 1 %}", "$states.input.n > 1"),
        ("{%$a%}", "$a"),
        (" plain ", "plain"),
        (True, "true"),
        (None, "null"),
    ],
)
def test_a_jsonata_condition_is_its_text(condition: Any, words: str) -> None:
    assert rule_words({"Condition": condition, "Next": "N"}) == words


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ({}, "? ?"),
        ({"Variable": "$.x"}, "$.x ?"),
        ({"NumericEquals": 1}, "? == 1"),
        ({"Variable": 3, "IsPresent": "yes"}, "? is present"),
        ({"Variable": "$.x", "NumericEquals": {"a": [1]}}, '$.x == {"a": [1]}'),
        ({"And": []}, "?"),
        ({"Or": [None, 3]}, "?"),
        ({"Not": "x"}, "not (?)"),
    ],
)
def test_what_is_missing_reads_as_a_question_mark(rule: Any, words: str) -> None:
    assert rule_words(rule) == words


def test_deep_rules_end_in_an_ellipsis() -> None:
    rule: Any = A
    for _ in range(2000):
        rule = {"Not": rule}
    assert rule_words(rule) == "not (" * 10 + "…" + ")" * 10


@pytest.mark.parametrize(
    ("resource", "words"),
    [
        ("arn:aws:lambda:us-east-1:123:function:validate", "Lambda: validate"),
        ("arn:aws-cn:lambda:cn-north-1:1:function:f:live", "Lambda: f:live"),
        ("arn:aws:states:us-east-1:1:activity:pack", "Activity: pack"),
        ("arn:aws:states:::sqs:sendMessage.waitForTaskToken", "sqs:sendMessage.waitForTaskToken"),
        ("arn:aws:states:::aws-sdk:s3:getObject", "s3:getObject"),
        ("validate", "validate"),
        ("${FunctionArn}", "${FunctionArn}"),
    ],
)
def test_a_resource(resource: str, words: str) -> None:
    assert resource_words(resource) == words
