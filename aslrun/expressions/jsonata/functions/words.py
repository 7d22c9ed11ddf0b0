"""Whole numbers in English words. Source: JSONata 2.0.6."""

from __future__ import annotations

import math
import re

from aslrun.expressions.jsonata.numbers import Number, normal

_ONES = [
    "Zero", "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine", "Ten", "Eleven", "Twelve",
    "Thirteen", "Fourteen", "Fifteen", "Sixteen", "Seventeen", "Eighteen", "Nineteen",
]  # fmt: skip
_ORDINALS = [
    "Zeroth", "First", "Second", "Third", "Fourth", "Fifth", "Sixth", "Seventh", "Eighth", "Ninth", "Tenth",
    "Eleventh", "Twelfth", "Thirteenth", "Fourteenth", "Fifteenth", "Sixteenth", "Seventeenth", "Eighteenth",
    "Nineteenth",
]  # fmt: skip
_TENS = ["Twenty", "Thirty", "Forty", "Fifty", "Sixty", "Seventy", "Eighty", "Ninety"]
_LARGE = ["Thousand", "Million", "Billion", "Trillion"]


def words_of_number(number: float, is_ordinal: bool) -> str:
    """Return a whole number from 0 on in words: `Twelve Thousand, Three Hundred and Five`.

    It is taken apart as a double, which shows in large ones.
    """
    return _words(number, False, is_ordinal)


def _words(number: float, goes_on: bool, is_ordinal: bool) -> str:
    if number < 100:
        return (" and " if goes_on else "") + _below_hundred(int(number), is_ordinal)
    unit, name = _unit_of(number)
    count = math.floor(number / unit)
    rest = number - float(count) * unit
    text = (", " if goes_on else "") + _words(count, False, False) + " " + name
    if rest > 0:
        return text + _words(rest, True, is_ordinal)
    return text + ("th" if is_ordinal else "")


def _unit_of(number: float) -> tuple[float, str]:
    if number < 1000:
        return 100.0, "Hundred"
    size = min(math.floor(math.log10(number) / 3), len(_LARGE))
    return 1000.0**size, _LARGE[size - 1]


def _below_hundred(number: int, is_ordinal: bool) -> str:
    if number < 20:
        return (_ORDINALS if is_ordinal else _ONES)[number]
    tens, ones = divmod(number, 10)
    word = _TENS[tens - 2]
    if ones:
        return f"{word}-{(_ORDINALS if is_ordinal else _ONES)[ones]}"
    return word[:-1] + "ieth" if is_ordinal else word


VALUES: dict[str, int] = {
    **{word.lower(): value for value, word in enumerate(_ONES)},
    **{word.lower(): value for value, word in enumerate(_ORDINALS)},
    **{word.lower(): value * 10 for value, word in enumerate(_TENS, start=2)},
    **{word.lower()[:-1] + "ieth": value * 10 for value, word in enumerate(_TENS, start=2)},
    "hundred": 100,
    "hundredth": 100,
    **{word.lower(): 1000**value for value, word in enumerate(_LARGE, start=1)},
    **{word.lower() + "th": 1000**value for value, word in enumerate(_LARGE, start=1)},
}
"""The value of each word, in lower case."""
PATTERN = "(?:" + "|".join([*VALUES, "and", "[-, ]"]) + ")+"
"""A regular expression of numbers in words."""


def number_of_words(text: str) -> Number:
    """Return the number that words (in lower case) say; NaN for other words."""
    parts = [0.0]
    for word in re.split(r",\s|\sand\s|[\s\\-]", text):
        value = VALUES.get(word)
        if value is None:
            return math.nan
        last = parts.pop()
        if value >= 100:
            parts.append(last * value)
        elif last >= 1000:
            parts += [last, value]
        else:
            parts.append(last + value)
    return normal(sum(parts))
