"""What the rules of a Choice state compare, and the values on both sides of each comparison."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from aslrun.expressions.jsonpath.reading import parse_path
from aslrun.fuzzing.origins import Kind, places_of
from aslrun.fuzzing.paths import follow_path, nearby
from aslrun.fuzzing.sight import Sight
from aslrun.timestamps import format_timestamp, parse_timestamp
from aslrun.values import JSON

NOW = "2026-02-02T02:40:00Z"

_KINDS: Mapping[str, Kind] = {
    "String": "string", "Numeric": "number", "Boolean": "boolean", "Timestamp": "timestamp",
}  # fmt: skip
_TESTS: Mapping[str, tuple[JSON, ...]] = {
    "IsString": ("text", 1),
    "IsNumeric": (1, "text"),
    "IsBoolean": (True, "text"),
    "IsTimestamp": (NOW, "text"),
    "IsNull": (None, "text"),
}


def follow_rule(rule: Mapping[str, JSON], sight: Sight) -> None:
    """Follow a choice rule of JSONPath, with those in it."""
    for field in ("And", "Or"):
        inner = rule.get(field)
        for each in inner if isinstance(inner, list) else ():
            if isinstance(each, dict):
                follow_rule(each, sight)
    negated = rule.get("Not")
    if isinstance(negated, dict):
        follow_rule(negated, sight)
    variable = rule.get("Variable")
    if isinstance(variable, str):
        _follow_comparison(rule, variable, sight)


def _follow_comparison(rule: Mapping[str, JSON], variable: str, sight: Sight) -> None:
    path = parse_path(variable)
    if "IsPresent" in rule:
        follow_path(path, replace(sight, asks=True))
        return
    found = follow_path(path, sight)
    places = list(places_of(found))
    for field, operand in rule.items():
        values = list(values_around(field, operand))
        kind = next((kind for prefix, kind in _KINDS.items() if field.startswith(prefix)), None)
        if field.endswith("Path") and isinstance(operand, str):
            places.extend(places_of(follow_path(parse_path(operand), sight)))
            for place in places:
                place.kinds |= {kind} if kind else set()
        for origin in (found, *places):
            sight.compare(origin, values)


def values_around(operator: str, operand: JSON) -> Iterator[JSON]:
    """Yield values for which a comparison holds, and for which it does not."""
    if operator in _TESTS:
        yield from _TESTS[operator]
    elif operator == "StringMatches" and isinstance(operand, str):
        yield from (_matching(operand, "x"), _matching(operand, ""), "other")
    elif operator.startswith("Timestamp") and (moment := parse_timestamp(operand)) is not None:
        yield operand
        yield from (format_timestamp(moment - 1), format_timestamp(moment + 1))
    elif operator in ("StringEquals", "BooleanEquals") or operator.startswith("Numeric"):
        if not operator.endswith("Path"):
            yield from nearby(operand)
    elif operator.startswith("String") and isinstance(operand, str) and not operator.endswith("Path"):
        yield from (operand, f"{operand}a", operand[:-1])


def _matching(pattern: str, filler: str) -> str:
    text, escaped = "", False
    for character in pattern:
        if escaped or character not in "*\\":
            text, escaped = text + character, False
        elif character == "\\":
            escaped = True
        else:
            text += filler
    return text
