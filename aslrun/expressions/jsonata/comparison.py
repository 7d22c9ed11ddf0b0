"""How values compare: truth, equality, order. Source: JSONata 2.0.6."""

from __future__ import annotations

import math
from typing import Any

from aslrun.expressions.jsonata.errors import JSONataError, LimitExceeded
from aslrun.expressions.jsonata.texts import json_text, sort_key
from aslrun.expressions.jsonata.values import UNDEFINED, Value

MAX_COMPARED = 3_000_000
"""Values that one comparison looks at; shared ones count each time."""

_COMPARED = {int: "number", float: "number", str: "string"}


def truth(value: Value) -> bool:
    """Return what a value is as a condition; undefined and functions are false."""
    if value is True:
        return True
    if value is False or value is None or value is UNDEFINED:
        return False
    if isinstance(value, list):
        return _holds_truth(value)
    if isinstance(value, float):
        if math.isinf(value):
            raise JSONataError("D1001", value=value)
        return bool(value) and value == value
    return bool(value) if isinstance(value, (int, str, dict)) else False


def _holds_truth(items: list[Value]) -> bool:
    """Tell whether anything in an array, or in an array in it, is true."""
    waiting, count = list(items), 0
    while waiting:
        item = waiting.pop()
        count += 1
        if count > MAX_COMPARED:
            raise LimitExceeded("U1002")
        if isinstance(item, list):
            waiting.extend(item)
        elif truth(item):
            return True
    return False


def is_equal(left: Value, right: Value) -> bool:
    """Tell whether two values are the same all through; `1` and `true` are not, `1` and `1.0` are."""
    if not isinstance(left, (dict, list)):
        return is_same(left, right)
    waiting, count = [(left, right)], 0
    while waiting:
        left, right = waiting.pop()
        count += 1
        if count > MAX_COMPARED:
            raise LimitExceeded("U1002")
        if left is right:
            continue
        if isinstance(left, dict):
            if not isinstance(right, dict) or left.keys() != right.keys():
                return False
            waiting.extend((part, right[key]) for key, part in left.items())
        elif isinstance(left, list):
            if not isinstance(right, list) or len(left) != len(right):
                return False
            waiting.extend(zip(left, right, strict=True))
        elif not is_same(left, right):
            return False
    return True


def is_same(left: Value, right: Value) -> bool:
    """Tell whether two scalars are equal, or two other values one and the same."""
    if isinstance(left, (str, int, float)) and not isinstance(left, bool):
        kind = _COMPARED.get(type(left))
        return kind is not None and kind == _COMPARED.get(type(right)) and left == right
    return left is right


def key_of(value: Value) -> Any:
    """Return something hashable that is equal for equal values."""
    if isinstance(value, (dict, list)):
        json_text(value, repr)  # refuses what is too large to be looked at
        return ("json", json_text(_sorted(value), repr))
    if isinstance(value, bool) or value is None:
        return (value,)
    return value


def _sorted(value: Value) -> Value:
    if isinstance(value, dict):
        return {key: _sorted(value[key]) for key in sorted(value)}
    if isinstance(value, list):
        return [_sorted(item) for item in value]
    return float(value) if type(value) is int and abs(value) < 2**53 else value


def compare(operator: str, left: Value, right: Value) -> Value:
    """Return what `<`, `<=`, `>` or `>=` gives; undefined with an undefined side."""
    first, second = _COMPARED.get(type(left)), _COMPARED.get(type(right))
    if (first is None and left is not UNDEFINED) or (second is None and right is not UNDEFINED):
        raise JSONataError("T2010", value=left if first is None else right)
    if left is UNDEFINED or right is UNDEFINED:
        return UNDEFINED
    if first != second:
        raise JSONataError("T2009", value=left, value2=right)
    if first == "string":
        left, right = keys_of(left, right)
    if operator == "<":
        return left < right
    if operator == ">":
        return left > right
    return left <= right if operator == "<=" else left >= right


def keys_of(left: str, right: str) -> tuple[Any, Any]:
    """Return two texts as what they are ordered by."""
    if left.isascii() or right.isascii():
        return left, right
    return sort_key(left), sort_key(right)
