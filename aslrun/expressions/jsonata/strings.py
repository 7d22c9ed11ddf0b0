"""Values as text: `$string` and what `&` joins. Source: JSONata 2.0.6; AWS as measured for whole numbers."""

from __future__ import annotations

import math

from aslrun.expressions.jsonata.errors import JSONataError
from aslrun.expressions.jsonata.numbers import EXACT, Number, shortened, text_of_number
from aslrun.expressions.jsonata.texts import json_text
from aslrun.expressions.jsonata.values import Function, Value, Wrapped


def text_of(value: Value, indent: str = "") -> str:
    """Return a value as text: a string is itself, an array or object JSON; infinities and NaN are errors."""
    kind = type(value)
    if kind is str:
        return str(value)
    if kind is int and -EXACT < value < EXACT:
        return str(value)
    if isinstance(value, Function):
        return ""
    if kind is float and not math.isfinite(value):
        raise JSONataError("D3001", value=value)
    if kind is Wrapped:
        value = value[0]
    return json_text(value, _number, indent)


def _number(number: Number) -> str:
    if type(number) is float and not math.isfinite(number):
        if number != number:
            return "null"
        raise JSONataError("D1001", value=number)
    return text_of_number(shortened(number))
