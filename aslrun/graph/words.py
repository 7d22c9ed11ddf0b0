"""Choice rules and Resources in short words, for the labels of a graph. Spec: Choice State, Data Tests."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping

from aslrun.values import JSON

UNKNOWN = "?"
"""Stands for what a half-written rule does not say yet."""

DEEPEST = 10
"""Levels of And, Or and Not that are told; below them an ellipsis stands."""

_SIGNS = {
    "Equals": "==",
    "LessThan": "<",
    "LessThanEquals": "<=",
    "GreaterThan": ">",
    "GreaterThanEquals": ">=",
}

COMPARISONS: Mapping[str, str] = {
    "BooleanEquals": "==",
    "BooleanEqualsPath": "==",
    "StringMatches": "matches",
    **{
        f"{type}{order}{form}": sign
        for type in ("String", "Numeric", "Timestamp")
        for order, sign in _SIGNS.items()
        for form in ("", "Path")
    },
}
"""Comparison → what stands between the variable and the operand."""

TESTS: Mapping[str, str] = {
    "IsPresent": "present",
    "IsNull": "null",
    "IsNumeric": "a number",
    "IsString": "a string",
    "IsBoolean": "a boolean",
    "IsTimestamp": "a timestamp",
}
"""Test → what the variable is, or is not."""

CONNECTIVES: Mapping[str, str] = {"And": "and", "Or": "or"}

RESOURCES: Mapping[str, str] = {
    r"arn:[^:]*:lambda:[^:]*:[^:]*:function:(.+)": "Lambda: {}",
    r"arn:[^:]*:states:[^:]*:[^:]*:activity:(.+)": "Activity: {}",
    r"arn:[^:]*:states:[^:]*:[^:]*:(?:aws-sdk:)?(.+)": "{}",
}
"""ARN of a Resource → its words. What is no such ARN is shown as it is."""


def resource_words(resource: str) -> str:
    """Return a Task's Resource in short: `Lambda: validate`, `sqs:sendMessage.waitForTaskToken`."""
    for pattern, words in RESOURCES.items():
        if match := re.fullmatch(pattern, resource, re.DOTALL):
            return words.format(match[1])
    return resource


def rule_words(rule: Mapping[str, JSON]) -> str:
    """Return what a Choice rule asks: `$.total > 100`, `$.a and not ($.b or $.c)`.

    A JSONata Condition is its text without `{% %}`. What is missing or unknown in the rule reads `?`.
    """
    if "Condition" in rule:
        return _condition(rule["Condition"])
    return _words(rule, DEEPEST)


def _condition(condition: JSON) -> str:
    if not isinstance(condition, str):
        return _json(condition)
    return condition.strip().removeprefix("{%").removesuffix("%}").strip()


def _words(rule: Mapping[str, JSON], levels: int) -> str:
    if not levels:
        return "…"
    for field, word in CONNECTIVES.items():
        if field in rule:
            return _joined(word, rule[field], levels - 1)
    if "Not" in rule:
        negated = rule["Not"]
        return f"not ({_words(negated, levels - 1) if isinstance(negated, dict) else UNKNOWN})"
    return _comparison(rule)


def _joined(word: str, rules: JSON, levels: int) -> str:
    return f" {word} ".join(_operands(word, rules, levels)) or UNKNOWN


def _operands(word: str, rules: JSON, levels: int) -> Iterator[str]:
    for rule in rules if isinstance(rules, list) else ():
        if isinstance(rule, dict):
            words = _words(rule, levels)
            mixed = any(field in rule for field, other in CONNECTIVES.items() if other != word)
            yield f"({words})" if mixed else words


def _comparison(rule: Mapping[str, JSON]) -> str:
    variable = rule.get("Variable")
    subject = variable if isinstance(variable, str) else UNKNOWN
    for field, operand in rule.items():
        if field == "BooleanEquals" and isinstance(operand, bool):
            return subject if operand else f"not {subject}"
        if field in COMPARISONS:
            return f"{subject} {COMPARISONS[field]} {_operand(field, operand)}"
        if field in TESTS:
            return f"{subject} is {'not ' if operand is False else ''}{TESTS[field]}"
    return f"{subject} {UNKNOWN}"


def _operand(field: str, operand: JSON) -> str:
    """Paths and timestamps stand as they are, other strings in quotes."""
    bare = field.endswith("Path") or field.startswith("Timestamp")
    return operand if bare and isinstance(operand, str) else _json(operand)


def _json(value: JSON) -> str:
    return json.dumps(value, ensure_ascii=False)
