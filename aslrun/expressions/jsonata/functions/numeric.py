"""Functions on numbers. Source: JSONata 2.0.6."""

from __future__ import annotations

import math
import operator
import re
from functools import reduce

from aslrun.expressions.jsonata.errors import JSONataError
from aslrun.expressions.jsonata.limits import Run
from aslrun.expressions.jsonata.numbers import EXACT, Number, divide, double, normal, text_of_number
from aslrun.expressions.jsonata.values import UNDEFINED, Value

_DECIMAL = re.compile(r"-?[0-9]+(\.[0-9]+)?([Ee][-+]?[0-9]+)?", re.ASCII)
_OTHER_BASE = re.compile(r"0[xX][0-9A-Fa-f]+|0[oO][0-7]+|0[bB][01]+")
_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"


def total(numbers: list[Number]) -> Number:
    """Return the sum of numbers, added one after the other."""
    added = reduce(operator.add, numbers, 0)
    return added if type(added) is int and -EXACT < added < EXACT else normal(double(added))


def sum_(run: Run, numbers: Value) -> Value:
    """`$sum(numbers)`."""
    return UNDEFINED if numbers is UNDEFINED else total(numbers)


def max_(run: Run, numbers: Value) -> Value:
    """`$max(numbers)`."""
    return max(numbers) if numbers else UNDEFINED


def min_(run: Run, numbers: Value) -> Value:
    """`$min(numbers)`."""
    return min(numbers) if numbers else UNDEFINED


def average(run: Run, numbers: Value) -> Value:
    """`$average(numbers)`."""
    return divide(total(numbers), len(numbers)) if numbers else UNDEFINED


def number(run: Run, value: Value) -> Value:
    """`$number(value)`: of a number, a boolean, or a string in JSON's form or in base 16, 8 or 2."""
    if value is UNDEFINED or type(value) in (int, float):
        return value
    if isinstance(value, bool):
        return int(value)
    if _DECIMAL.fullmatch(value) and math.isfinite(float(value)):
        return normal(float(value))
    if _OTHER_BASE.fullmatch(value):
        return normal(double(int(value, 0)))
    raise JSONataError("D3030", value=value, index=1)


def absolute(run: Run, value: Value) -> Value:
    """`$abs(number)`."""
    return UNDEFINED if value is UNDEFINED else abs(value)


def floor(run: Run, value: Value) -> Value:
    """`$floor(number)`."""
    return value if value is UNDEFINED or not math.isfinite(value) else normal(float(math.floor(value)))


def ceil(run: Run, value: Value) -> Value:
    """`$ceil(number)`."""
    return value if value is UNDEFINED or not math.isfinite(value) else normal(float(math.ceil(value)))


def round_(run: Run, value: Value, precision: Value) -> Value:
    """`$round(number[, precision])`: halves to the even neighbour."""
    return UNDEFINED if value is UNDEFINED else rounded(value, 0 if precision is UNDEFINED else precision)


def rounded(value: Number, precision: Number) -> Number:
    """Return a number rounded to decimal places, or to tens if there are fewer than none of them."""
    if not math.isfinite(value) or not math.isfinite(precision):
        return value
    places = math.trunc(precision)
    shifted = _shifted(value, places)
    if not math.isfinite(shifted):
        return value
    below = math.floor(shifted)
    over = shifted - below
    whole = below + (over > 0.5 or (over == 0.5 and below % 2 == 1))
    return normal(_shifted(normal(float(whole)), -places))


def _shifted(value: Number, places: int) -> float:
    if not places:
        return double(value)
    mantissa, _, exponent = text_of_number(value).partition("e")
    return float(f"{mantissa}e{int(exponent or 0) + places}")


def square_root(run: Run, value: Value) -> Value:
    """`$sqrt(number)`."""
    if value is UNDEFINED:
        return UNDEFINED
    if value < 0:
        raise JSONataError("D3060", value=value, index=1)
    return normal(math.sqrt(double(value)))


def power(run: Run, base: Value, exponent: Value) -> Value:
    """`$power(base, exponent)`: an error where that is no number."""
    if base is UNDEFINED:
        return UNDEFINED
    try:
        result = math.pow(double(base), math.nan if exponent is UNDEFINED else double(exponent))
    except (OverflowError, ValueError):
        result = math.inf
    if not math.isfinite(result):
        raise JSONataError("D3061", value=base, exp=exponent, index=1)
    return normal(result)


def format_base(run: Run, value: Value, radix: Value) -> Value:
    """`$formatBase(number[, radix])`: the whole number in base 2 to 36."""
    if value is UNDEFINED:
        return UNDEFINED
    base = 10 if radix is UNDEFINED else rounded(radix, 0)
    if not 2 <= base <= 36:
        raise JSONataError("D3100", value=base)
    whole = rounded(value, 0)
    if not math.isfinite(whole):
        return "NaN" if whole != whole else "Infinity" if whole > 0 else "-Infinity"
    if base == 10:
        return text_of_number(whole)
    remaining, digits = abs(int(double(whole))), ""
    while remaining:
        remaining, digit = divmod(remaining, int(base))
        digits = _DIGITS[digit] + digits
    return ("-" if whole < 0 else "") + (digits or "0")
