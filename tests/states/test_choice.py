"""Choice rules: every operator with its Path form, And, Or, Not, and no match."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

Run = Callable[..., Any]


def choose(run: Run, rule: dict[str, Any], input: Any) -> Any:
    """Return True or False as the rule says, or the error."""
    execution = run(
        {
            "C": {"Type": "Choice", "Choices": [{**rule, "Next": "Yes"}], "Default": "No"},
            "Yes": {"Type": "Pass", "Result": True, "End": True},
            "No": {"Type": "Pass", "Result": False, "End": True},
        },
        input,
    )
    return execution.output if execution.status == "SUCCEEDED" else execution.error


LAST = "2026-01-01T23:59:59.9999999"
NOON, ONE, ZULU = "2026-01-01T12:00:00Z", "2026-01-01T13:00:00Z", "2026-01-01T13:00:00+01:00"

COMPARISONS = [
    ("TimestampLessThan", f"{LAST}99Z", "2026-01-02T00:00:00Z", True),
    ("TimestampEquals", f"{LAST}99Z", f"{LAST}98Z", False),
    ("TimestampGreaterThan", f"{LAST}99Z", f"{LAST}98Z", True),
    ("TimestampEquals", f"{LAST}9Z", f"{LAST}90Z", True),
    ("TimestampLessThan", "9999-12-31T23:59:59Z", "9999-12-31T23:59:59-23:59", True),
    ("TimestampGreaterThan", "0001-01-01T00:00:00Z", "0001-01-01T00:00:00+23:59", True),
    ("StringEquals", "a", "a", True),
    ("StringEquals", 1, "1", False),
    ("StringLessThan", "a", "b", True),
    ("StringGreaterThan", "a", "B", True),
    ("StringLessThanEquals", "b", "b", True),
    ("StringGreaterThanEquals", "a", "b", False),
    ("NumericEquals", 1, 1.0, True),
    ("NumericEquals", True, 1, False),
    ("NumericEquals", "1", 1, False),
    ("NumericLessThan", 1, 2, True),
    ("NumericGreaterThan", 1, 2, False),
    ("NumericLessThanEquals", 2, 2, True),
    ("NumericGreaterThanEquals", 1.5, 2, False),
    ("BooleanEquals", True, True, True),
    ("BooleanEquals", 1, True, False),
    ("TimestampEquals", NOON, ZULU, True),
    ("TimestampLessThan", NOON, ONE, True),
    ("TimestampGreaterThan", NOON, ONE, False),
    ("TimestampLessThanEquals", NOON, ZULU, True),
    ("TimestampGreaterThanEquals", ONE, NOON, True),
    ("TimestampEquals", "2026-01-01", "2026-01-01T00:00:00Z", False),
]


@pytest.mark.parametrize(("operator", "value", "operand", "holds"), COMPARISONS)
def test_comparison(run: Run, operator: str, value: Any, operand: Any, holds: bool) -> None:
    assert choose(run, {"Variable": "$.v", operator: operand}, {"v": value}) is holds


@pytest.mark.parametrize(("operator", "value", "operand", "holds"), COMPARISONS)
def test_comparison_with_a_path(run: Run, operator: str, value: Any, operand: Any, holds: bool) -> None:
    rule = {"Variable": "$.v", f"{operator}Path": "$.other"}
    assert choose(run, rule, {"v": value, "other": operand}) is holds


@pytest.mark.parametrize(
    ("pattern", "text", "holds"),
    [
        ("*.log", "app.log", True),
        ("*.log", "app.txt", False),
        ("a*b*c", "a--b--c", True),
        ("a*b*c", "acb", False),
        ("ab*ba", "aba", False),
        ("*", "", True),
        ("a", "ab", False),
        (r"a\*", "a*", True),
        (r"a\*", "ab", False),
        (r"a\\*", "a\\bc", True),
        ("*a*a*a*a*a*a*a*a*b", "a" * 5000, False),
    ],
)
def test_string_matches(run: Run, pattern: str, text: str, holds: bool) -> None:
    assert choose(run, {"Variable": "$.v", "StringMatches": pattern}, {"v": text}) is holds


@pytest.mark.parametrize(
    ("operator", "values"),
    [
        ("IsNull", [None]),
        ("IsNumeric", [0, 1.5]),
        ("IsString", ["", NOON, ZULU]),
        ("IsBoolean", [True, False]),
        ("IsTimestamp", [NOON, ZULU]),
    ],
)
@pytest.mark.parametrize("value", [None, 0, 1.5, "", NOON, ZULU, True, False, [], {}])
@pytest.mark.parametrize("expected", [True, False])
def test_type_tests(run: Run, operator: str, values: list[Any], value: Any, expected: bool) -> None:
    is_one = any(type(value) is type(one) and value == one for one in values)
    assert choose(run, {"Variable": "$.v", operator: expected}, {"v": value}) is (is_one is expected)


@pytest.mark.parametrize(("input", "present"), [({"v": None}, True), ({}, False), ([], False)])
def test_only_is_present_tolerates_a_variable_that_is_not_there(run: Run, input: Any, present: bool) -> None:
    assert choose(run, {"Variable": "$.v", "IsPresent": True}, input) is present
    assert choose(run, {"Variable": "$.v", "IsPresent": False}, input) is not present
    if not present:
        assert choose(run, {"Variable": "$.v", "IsNull": True}, input) == "States.Runtime"


def test_and_or_not_stop_at_the_first_answer(run: Run) -> None:
    missing = {"Variable": "$.nowhere", "NumericEquals": 1}
    one = {"Variable": "$.v", "NumericEquals": 1}
    assert choose(run, {"Or": [one, missing]}, {"v": 1}) is True
    assert choose(run, {"And": [{"Not": one}, missing]}, {"v": 1}) is False
    assert choose(run, {"Not": {"And": [one, {"Not": one}]}}, {"v": 1}) is True


def test_no_match_and_no_default(run: Run) -> None:
    rule = {"Variable": "$.v", "IsNull": True, "Next": "Yes"}
    states = {"C": {"Type": "Choice", "Choices": [rule]}, "Yes": {"Type": "Succeed"}}
    execution = run(states, {"v": 1})
    assert (execution.status, execution.error) == ("FAILED", "States.NoChoiceMatched")
    assert [event["type"] for event in execution.history][1:] == ["ChoiceStateEntered", "ExecutionFailed"]


def test_the_first_rule_that_holds_wins(run: Run) -> None:
    states = {
        "C": {
            "Type": "Choice",
            "Choices": [
                {"Variable": "$.v", "NumericGreaterThan": 10, "Next": "Ten"},
                {"Variable": "$.v", "NumericGreaterThan": 5, "Next": "Five"},
            ],
        },
        "Ten": {"Type": "Succeed"},
        "Five": {"Type": "Succeed"},
    }
    assert run(states, {"v": 12}).path == ["C", "Ten"]
    assert run(states, {"v": 6}).path == ["C", "Five"]
