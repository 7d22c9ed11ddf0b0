"""Numbers as JSONata has them: doubles, which are Python ints where they are whole and exact.

Sources: ECMAScript's Number; "JSONata as measured on AWS" for infinities and for large whole numbers.
"""

from __future__ import annotations

import math
from decimal import ROUND_HALF_UP, Context, Decimal

EXACT = 2**53
"""Whole numbers below this are exact as doubles."""
FULL = 1e21
"""Whole numbers below this are written in full."""

_FIFTEEN_DIGITS = Context(prec=15, rounding=ROUND_HALF_UP)

Number = int | float


def is_number(value: object) -> bool:
    """Tell whether a value is a number, infinities and NaN included (a Python bool is not)."""
    return type(value) is int or type(value) is float


def double(number: Number) -> float:
    """Return a number as a double; whole numbers of any size are welcome."""
    try:
        return float(number)
    except OverflowError:
        return math.inf if number > 0 else -math.inf


def normal(number: float) -> Number:
    """Return a double as an int if it is whole: with its own digits, or with the shortest ones and zeros."""
    if not number.is_integer():
        return number
    if -EXACT < number < EXACT:
        return int(number)
    return int(Decimal(repr(number))) if -FULL < number < FULL else number


def divide(dividend: Number, divisor: Number) -> Number:
    """Return a quotient; by zero it is an infinity or NaN."""
    first, second = double(dividend), double(divisor)
    if second:
        return normal(first / second)
    if not first or first != first:
        return math.nan
    return math.copysign(math.inf, first) * math.copysign(1, second)


def remainder(dividend: Number, divisor: Number) -> Number:
    """Return what a division leaves over, with the dividend's sign; by zero it is NaN."""
    first, second = double(dividend), double(divisor)
    if not second or math.isinf(first):
        return math.nan
    return normal(math.fmod(first, second))


def text_of_number(number: Number) -> str:
    """Return a finite number as JavaScript writes it: `12`, `0.1`, `1e+21`, `1e-7`."""
    if type(number) is int and -EXACT < number < EXACT:
        return str(number)
    value = double(number)
    if value.is_integer() and abs(value) < FULL:
        return str(int(Decimal(repr(value))))
    text = repr(value)
    if "e" not in text:
        return text
    mantissa, _, exponent = text.partition("e")
    power = int(exponent)
    if -7 < power < 0:
        return format(Decimal(text), "f")
    return f"{mantissa}e{'+' if power > 0 else '-'}{abs(power)}"


def shortened(number: Number) -> Number:
    """Return a number as `$string` writes it: a fraction has 15 digits at most, a whole number all of its."""
    if type(number) is int or number == int(number):
        return number
    rounded = float(f"{number:.14e}")
    return rounded if rounded == number else float(_FIFTEEN_DIGITS.create_decimal_from_float(number))
