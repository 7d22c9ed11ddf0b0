"""Pictures of dates and times, `[Y0001]-[M01]-[D01]`.

Sources: XPath F&O 3.1, 9.8, as JSONata 2.0.6 follows it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from aslrun.expressions.jsonata.errors import JSONataError
from aslrun.expressions.jsonata.functions.integers import IntegerPicture, read_picture

ISO = "[Y0001]-[M01]-[D01]T[H01]:[m01]:[s01].[f001][Z01:01t]"
"""What a date looks like without a picture."""
NUMBERS = "YMDdFWwXxHhmsf"
"""The components that are numbers."""

_DEFAULTS = {
    "Y": "1", "M": "1", "D": "1", "d": "1", "F": "n", "W": "1", "w": "1", "X": "1", "x": "1", "H": "1",
    "h": "1", "P": "n", "m": "01", "s": "01", "f": "1", "Z": "01:01", "z": "01:01", "C": "n", "E": "n",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Part:
    """A component of a picture, or text between them (`component` is empty then)."""

    component: str
    text: str = ""
    case: str = ""
    """How a name is written: lower, upper, title; empty for a number."""
    number: IntegerPicture | None = None
    width: int = -1
    """Digits of a year, month or day; -1 where that is open."""
    most: int | None = None
    """Letters of a name at most."""
    is_traditional: bool = False


@lru_cache(maxsize=256)
def read_date_picture(picture: str) -> tuple[Part, ...]:
    """Read a picture; JSONataError D3132, D3135 or what its numbers are wrong in."""
    parts: list[Part] = []
    start = at = 0
    while at < len(picture):
        if picture[at] != "[":
            at += 1
            continue
        _add_text(parts, picture[start:at])
        if picture[at + 1 : at + 2] == "[":
            parts.append(Part("", "["))
            start = at = at + 2
            continue
        end = picture.find("]", at)
        if end < 0:
            raise JSONataError("D3135")
        parts.append(_read_component("".join(picture[at + 1 : end].split())))
        start = at = end + 1
    _add_text(parts, picture[start:])
    return tuple(parts)


def _add_text(parts: list[Part], text: str) -> None:
    if text:
        parts.append(Part("", text.replace("]]", "]")))


def _read_component(marker: str) -> Part:
    marker, has_width, width = marker.rpartition(",") if "," in marker else (marker, "", "")
    component, presentation, modifier = marker[:1], marker[1:], ""
    least, most = _read_width(width) if has_width else (None, None)
    if len(presentation) > 1 and presentation[-1] in "atco":
        presentation, modifier = presentation[:-1], presentation[-1]
    if component not in _DEFAULTS or not component:
        raise JSONataError("D3132", value=component)
    presentation = presentation or _DEFAULTS[component]
    is_traditional = modifier == "t"
    if presentation[0] in "nN":
        case = "lower" if presentation[0] == "n" else "title" if presentation[1:2] == "n" else "upper"
        return Part(component, case=case, most=most, is_traditional=is_traditional)
    if component in "Zz":
        return Part(component, number=read_picture(presentation), is_traditional=is_traditional)
    if component not in NUMBERS:
        return Part(component, most=most)
    number = read_picture(presentation + (f";{modifier}" if modifier else ""))
    if least is not None:
        number.digits = max(number.digits, least)
    digits = -1
    if component in "YMD":
        if most is not None:
            digits = number.digits = most
        elif number.digits + number.optional >= 2:
            digits = number.digits + number.optional
    return Part(component, number=number, width=digits, most=most)


def _read_width(width: str) -> tuple[int | None, int | None]:
    least, _, most = width.partition("-")
    return _read_digits(least), _read_digits(most)


def _read_digits(text: str) -> int | None:
    found = re.match("[0-9]{1,4}", text)
    return int(found[0]) if found else None
