"""Event patterns: which events a rule, a filter or a subscription is for.

Documentation: "Creating Amazon EventBridge event patterns", "Comparison operators for use in event patterns";
filter policies of SNS and filter criteria of Lambda are of the same language.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

from aslrun.values import JSON


class PatternError(Exception):
    """What is wrong with a pattern."""


def matches(pattern: Mapping[str, JSON], event: Mapping[str, JSON]) -> bool:
    """Tell whether an event has all that a pattern asks for. Raises PatternError for a wrong pattern."""
    return all(_member(name, wanted, event) for name, wanted in pattern.items())


def check(pattern: object) -> None:
    """Raise PatternError for what is no pattern."""
    if not isinstance(pattern, dict) or not pattern:
        raise PatternError("an event pattern is an object that is not empty")
    _check_object(pattern, "")


def _check_object(pattern: Mapping[str, JSON], where: str) -> None:
    for name, wanted in pattern.items():
        place = f"{where}.{name}" if where else name
        if name == "$or" and isinstance(wanted, list) and all(isinstance(one, dict) for one in wanted):
            if len(wanted) < 2:
                raise PatternError(f"{place} needs two patterns or more")
            for one in wanted:
                _check_object(_object(one), place)
        elif isinstance(wanted, dict):
            _check_object(wanted, place)
        elif isinstance(wanted, list):
            if not wanted:
                raise PatternError(f"{place}: an empty list matches nothing")
            for one in wanted:
                _leaf(one, place)(None)
        else:
            raise PatternError(f"{place}: '{wanted}' must be an object or a list of what it may be")


def _object(value: JSON) -> Mapping[str, JSON]:
    return value if isinstance(value, dict) else {}


def _member(name: str, wanted: JSON, event: Mapping[str, JSON]) -> bool:
    if name == "$or" and isinstance(wanted, list):
        return any(matches(_object(one), event) for one in wanted)
    if isinstance(wanted, dict):
        inner = event.get(name)
        inside = inner if isinstance(inner, list) else [inner]
        # What asks for absence is met where the object itself is absent, too.
        return any(matches(wanted, _object(one)) for one in inside)
    if not isinstance(wanted, list):
        raise PatternError(f"{name}: '{wanted}' must be an object or a list of what it may be")
    values = _values(event.get(name)) if name in event else []
    return any(_one(one, values, name) for one in wanted)


def _values(value: JSON) -> list[JSON]:
    if isinstance(value, list):
        return [inner for one in value for inner in _values(one)]
    return [] if isinstance(value, dict) else [value]


def _one(wanted: JSON, values: list[JSON], name: str) -> bool:
    if isinstance(wanted, dict) and "exists" in wanted:
        return bool(values) is wanted["exists"]
    test = _leaf(wanted, name)
    return any(test(value) for value in values)


Test = Callable[[JSON], bool]


def _leaf(wanted: JSON, place: str) -> Test:
    """Return what tells whether a value is as one item of a pattern's list says."""
    if isinstance(wanted, list):
        raise PatternError(f"{place}: a list in a list matches nothing")
    if not isinstance(wanted, dict):
        return lambda value: _equal(wanted, value)
    if len(wanted) != 1:
        raise PatternError(f"{place}: write one operator in each object")
    ((operator, argument),) = wanted.items()
    make = OPERATORS.get(operator)
    if make is None:
        raise PatternError(f"{place}: there is no operator '{operator}'; there are {', '.join(OPERATORS)}")
    try:
        return make(argument)
    except PatternError as wrong:
        raise PatternError(f"{place}: {wrong}") from None


def _equal(wanted: JSON, value: JSON) -> bool:
    if isinstance(wanted, bool) or isinstance(value, bool):
        return wanted is value
    return wanted == value


def _text(argument: JSON, operator: str) -> str:
    if not isinstance(argument, str):
        raise PatternError(f"{operator} needs a text, not {argument}")
    return argument


def _affix(operator: str, test: Callable[[str, str], bool]) -> Callable[[JSON], Test]:
    def make(argument: JSON) -> Test:
        if isinstance(argument, dict) and [*argument] == ["equals-ignore-case"]:
            folded = _text(argument["equals-ignore-case"], operator).casefold()
            return lambda value: isinstance(value, str) and test(value.casefold(), folded)
        text = _text(argument, operator)
        return lambda value: isinstance(value, str) and test(value, text)

    return make


def _ignoring_case(argument: JSON) -> Test:
    folded = _text(argument, "equals-ignore-case").casefold()
    return lambda value: isinstance(value, str) and value.casefold() == folded


def _wildcard(argument: JSON) -> Test:
    pattern = _glob(_text(argument, "wildcard"))
    return lambda value: isinstance(value, str) and pattern.fullmatch(value) is not None


@lru_cache(maxsize=256)
def _glob(text: str) -> re.Pattern[str]:
    if "**" in text:
        raise PatternError(f"wildcard '{text}' has two * beside each other")
    parts = re.findall(r"\\[\\*]|\*|[^\\*]+|\\", text)
    return re.compile(
        "".join(
            ".*" if one == "*" else re.escape(one[1:] if one in ("\\*", "\\\\") else one) for one in parts
        ),
        re.DOTALL,
    )


def _anything_but(argument: JSON) -> Test:
    if isinstance(argument, dict):
        if len(argument) != 1 or not argument.keys() <= {
            "prefix",
            "suffix",
            "equals-ignore-case",
            "wildcard",
        }:
            raise PatternError("anything-but takes prefix, suffix, equals-ignore-case or wildcard")
        ((operator, inner),) = argument.items()
        tests = [OPERATORS[operator](one) for one in (inner if isinstance(inner, list) else [inner])]
        return lambda value: not any(test(value) for test in tests)
    unwanted = argument if isinstance(argument, list) else [argument]
    if not unwanted or not all(isinstance(one, (str, int, float)) for one in unwanted):
        raise PatternError("anything-but needs texts or numbers")
    return lambda value: not any(_equal(one, value) for one in unwanted)


_COMPARISONS: Mapping[str, Callable[[Any, Any], bool]] = {
    "<": lambda value, bound: value < bound,
    "<=": lambda value, bound: value <= bound,
    "=": lambda value, bound: value == bound,
    ">": lambda value, bound: value > bound,
    ">=": lambda value, bound: value >= bound,
}


def _is_number(value: JSON) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _numeric(argument: JSON) -> Test:
    if not isinstance(argument, list) or len(argument) not in (2, 4):
        raise PatternError('numeric is written as [">", 0] or [">", 0, "<=", 5]')
    pairs = [(str(argument[at]), argument[at + 1]) for at in range(0, len(argument), 2)]
    for sign, bound in pairs:
        if sign not in _COMPARISONS or not _is_number(bound):
            raise PatternError(f"numeric: '{sign} {bound}' is no comparison with a number")
    return lambda value: _is_number(value) and all(_COMPARISONS[sign](value, bound) for sign, bound in pairs)


def _cidr(argument: JSON) -> Test:
    try:
        network = ipaddress.ip_network(_text(argument, "cidr"), strict=False)
    except ValueError:
        raise PatternError(f"cidr '{argument}' is no range of addresses") from None

    def is_in(value: JSON) -> bool:
        try:
            return isinstance(value, str) and ipaddress.ip_address(value) in network
        except ValueError:
            return False

    return is_in


def _exists(argument: JSON) -> Test:
    if not isinstance(argument, bool):
        raise PatternError("exists is true or false")
    return lambda value: argument


OPERATORS: Mapping[str, Callable[[JSON], Test]] = {
    "prefix": _affix("prefix", str.startswith),
    "suffix": _affix("suffix", str.endswith),
    "equals-ignore-case": _ignoring_case,
    "wildcard": _wildcard,
    "anything-but": _anything_but,
    "numeric": _numeric,
    "cidr": _cidr,
    "exists": _exists,
}
"""Operator → what makes its test, of the operator's argument."""
