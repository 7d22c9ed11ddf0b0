"""Whole numbers by a picture: `$formatInteger`, `$parseInteger`, and the numbers in dates.

Sources: XPath F&O 3.1, 4.6, as JSONata 2.0.6 follows it.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field

from aslrun.expressions.jsonata.errors import JSONataError
from aslrun.expressions.jsonata.functions.pictures import regular_distance
from aslrun.expressions.jsonata.functions.words import PATTERN, number_of_words, words_of_number
from aslrun.expressions.jsonata.limits import Run
from aslrun.expressions.jsonata.numbers import Number, double, normal, text_of_number
from aslrun.expressions.jsonata.values import UNDEFINED, Value

_ZEROS = (
    0x30, 0x0660, 0x06F0, 0x07C0, 0x0966, 0x09E6, 0x0A66, 0x0AE6, 0x0B66, 0x0BE6, 0x0C66, 0x0CE6, 0x0D66,
    0x0DE6, 0x0E50, 0x0ED0, 0x0F20, 0x1040, 0x1090, 0x17E0, 0x1810, 0x1946, 0x19D0, 0x1A80, 0x1A90, 0x1B50,
    0x1BB0, 0x1C40, 0x1C50, 0xA620, 0xA8D0, 0xA900, 0xA9D0, 0xA9F0, 0xAA50, 0xABF0, 0xFF10,
)  # fmt: skip
"""The zeros of the families of decimal digits."""
_ROMAN = (
    (1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"), (50, "l"), (40, "xl"),
    (10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i"),
)  # fmt: skip
_SCRIPTS = {
    "A": ("letters", "upper"), "a": ("letters", "lower"), "I": ("roman", "upper"), "i": ("roman", "lower"),
    "W": ("words", "upper"), "w": ("words", "lower"), "Ww": ("words", "title"),
}  # fmt: skip
MAX_ROMAN = 10**9
"""Roman numerals grow with the number: larger ones are not written."""


@dataclass(slots=True)
class IntegerPicture:
    """How a whole number is written: in digits, letters, Roman numerals or words."""

    script: str = "decimal"
    case: str = "lower"
    is_ordinal: bool = False
    zero: int = 0x30
    digits: int = 0
    """Digits at least."""
    optional: int = 0
    separators: list[tuple[int, str]] = field(default_factory=list)
    """(Places from the right, character) of each separator, the rightmost first."""
    distance: int = 0
    """The distance of separators that are regular and alike."""
    token: str = ""


def read_picture(picture: str) -> IntegerPicture:
    """Read a picture; JSONataError D3131 for digits of several families."""
    primary, has_modifier, modifier = picture.rpartition(";")
    if not has_modifier:
        primary, modifier = picture, ""
    made = IntegerPicture(is_ordinal=modifier.startswith("o"))
    if primary in _SCRIPTS:
        made.script, made.case = _SCRIPTS[primary]
        return made
    zero = None
    place = 0
    for char in reversed(primary):
        family = next((one for one in _ZEROS if one <= ord(char) <= one + 9), None)
        if family is not None:
            made.digits += 1
            place += 1
            if zero not in (None, family):
                raise JSONataError("D3131")
            zero = family
        elif char == "#":
            made.optional += 1
            place += 1
        else:
            made.separators.append((place, char))
    if zero is None:
        made.script, made.token = "sequence", primary
        return made
    made.zero = zero
    if len({char for _, char in made.separators}) == 1:
        made.distance = regular_distance([place for place, _ in made.separators])
    return made


def format_integer(run: Run, value: Value, picture: Value) -> Value:
    """`$formatInteger(number, picture)`."""
    if value is UNDEFINED or picture is UNDEFINED:
        return UNDEFINED
    run.check_text(len(picture))
    if not math.isfinite(value):
        return text_of_infinity(value)
    return written(normal(float(math.floor(value))), read_picture(picture))


def text_of_infinity(value: float) -> str:
    """Return an infinity or NaN as JavaScript writes it."""
    return "NaN" if value != value else "Infinity" if value > 0 else "-Infinity"


def written(value: Number, picture: IntegerPicture) -> str:
    """Return a whole number by a picture."""
    return ("-" if value < 0 else "") + _WRITE[picture.script](abs(value), picture)


def _in_digits(value: Number, picture: IntegerPicture) -> str:
    text = text_of_number(value).rjust(picture.digits, "0")
    if picture.zero != 0x30:
        text = "".join(chr(ord(char) - 0x30 + picture.zero) if char.isdigit() else char for char in text)
    if picture.distance:
        (_, separator), distance = picture.separators[0], picture.distance
        first = len(text) % distance
        parts = [text[:first]] if first else []
        text = separator.join(parts + [text[at : at + distance] for at in range(first, len(text), distance)])
    else:
        for place, separator in reversed(picture.separators):
            at = len(text) - place
            text = text[:at] + separator + text[at:]
    return text + _ordinal_suffix(text) if picture.is_ordinal else text


def _ordinal_suffix(text: str) -> str:
    suffix = {"1": "st", "2": "nd", "3": "rd"}.get(text[-1])
    return "th" if suffix is None or text[-2:-1] == "1" else suffix


def _in_letters(value: Number, picture: IntegerPicture) -> str:
    first = ord("A" if picture.case == "upper" else "a")
    letters, remaining = "", int(value)
    while remaining > 0:
        remaining, letter = divmod(remaining - 1, 26)
        letters = chr(first + letter) + letters
    return letters


def _in_roman(value: Number, picture: IntegerPicture) -> str:
    if value > MAX_ROMAN:
        raise JSONataError("D3130", value=picture.token or "I")
    numerals, remaining = "", int(value)
    for number, numeral in _ROMAN:
        count, remaining = divmod(remaining, number)
        numerals += numeral * count
    return numerals.upper() if picture.case == "upper" else numerals


def _in_words(value: Number, picture: IntegerPicture) -> str:
    words = words_of_number(double(value), picture.is_ordinal)
    return words.upper() if picture.case == "upper" else words.lower() if picture.case == "lower" else words


def _in_sequence(value: Number, picture: IntegerPicture) -> str:
    raise JSONataError("D3130", value=picture.token)


_WRITE = {
    "decimal": _in_digits,
    "letters": _in_letters,
    "roman": _in_roman,
    "words": _in_words,
    "sequence": _in_sequence,
}

# ---------------------------------------------------------------- reading


def parse_integer(run: Run, text: Value, picture: Value) -> Value:
    """`$parseInteger(text, picture)`: NaN where the text is no such number."""
    if text is UNDEFINED or picture is UNDEFINED:
        return UNDEFINED
    run.check_text(len(text) + len(picture))
    return read(text, read_picture(picture))


def read(text: str, picture: IntegerPicture) -> Number:
    """Return the number that a text is by a picture; NaN if it is none."""
    if picture.script == "letters":
        first = ord("A" if picture.case == "upper" else "a")
        value = 0.0
        for char in text[:400]:
            value = value * 26 + ord(char) - first + 1
        return normal(value)
    if picture.script == "roman":
        return _read_roman(text if picture.case == "upper" else text.upper())
    if picture.script == "words":
        return number_of_words(text.lower())
    if picture.script == "sequence":
        raise JSONataError("D3130", value=picture.token)
    return _read_digits(text, picture)


def _read_digits(text: str, picture: IntegerPicture) -> Number:
    if picture.is_ordinal:
        text = text[:-2]
    for separator in [","] if picture.distance else [char for _, char in picture.separators]:
        text = text.replace(separator, "")
    if picture.zero != 0x30:
        text = "".join(chr(max(ord(char) - picture.zero + 0x30, 0)) for char in text)
    found = re.match(r"\s*([-+]?[0-9]{1,400})", text)
    return normal(double(int(found[1]))) if found else math.nan


def _read_roman(text: str) -> Number:
    values = {"M": 1000, "D": 500, "C": 100, "L": 50, "X": 10, "V": 5, "I": 1}
    total, largest = 0, 1
    for char in reversed(text):
        value = values.get(char)
        if value is None:
            return math.nan
        largest = max(largest, value)
        total += -value if value < largest else value
    return total


def pattern_of(picture: IntegerPicture, width: int) -> str:
    """Return a regular expression of the numbers that a picture writes; `width` is how many digits they have,
    -1 where that is open."""
    if picture.script == "letters":
        return "[A-Z]+" if picture.case == "upper" else "[a-z]+"
    if picture.script == "roman":
        return "[MDCLXVI]+" if picture.case == "upper" else "[mdclxvi]+"
    if picture.script == "words":
        return PATTERN
    if picture.script == "sequence":
        raise JSONataError("D3130", value=picture.token)
    count = "+"
    if width > 0:
        count = f"{{{width}}}" if not picture.optional else f"{{{max(width - picture.optional, 0)},{width}}}"
    return f"[0-9]{count}" + ("(?:th|st|nd|rd)" if picture.is_ordinal else "")
