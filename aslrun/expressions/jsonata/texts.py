"""Text as JSONata has it: JSON as JavaScript writes it, and strings counted in UTF-16 units.

A Python string holds a character outside the basic plane as one; JavaScript and Java hold it as two halves.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable

from aslrun.expressions.jsonata.numbers import Number, text_of_number
from aslrun.expressions.jsonata.values import UNDEFINED, Function, Value, in_order

LONGEST = 2**23 - 1
"""Characters of one string ("JSONata as measured on AWS": 2^22 pass, 2^23 do not)."""

_HALF = re.compile("[\ud800-\udfff]")
_PAIR = re.compile("[\ud800-\udbff][\udc00-\udfff]")
_encode_string = json.JSONEncoder(ensure_ascii=False).encode


def joined(text: str) -> str:
    """Return text with the two halves of a character put together, as they are when they meet."""
    if text.isascii() or _HALF.search(text) is None:
        return text
    return _PAIR.sub(lambda pair: pair[0].encode("utf-16-le", "surrogatepass").decode("utf-16-le"), text)


def is_plain(text: str) -> bool:
    """Tell whether each character of a text is one UTF-16 unit."""
    return text.isascii() or max(text) < "\U00010000"


def units(text: str) -> str:
    """Return text with each character outside the basic plane as its two halves."""
    if is_plain(text):
        return text
    return "".join(map(chr, memoryview(text.encode("utf-16-le", "surrogatepass")).cast("H")))


def sort_key(text: str) -> str:
    """Return what orders texts by UTF-16 units: only where such characters are present does it matter."""
    return text if is_plain(text) else units(text)


def quoted(text: str) -> str:
    """Return a string as JSON text; half a character is written as an escape."""
    written = _encode_string(text)
    if text.isascii() or _HALF.search(text) is None:
        return written
    return _HALF.sub(lambda half: f"\\u{ord(half[0]):04x}", joined(written))


def json_text(value: Value, number: Callable[[Number], str] = text_of_number, indent: str = "") -> str:
    """Return a value as JSON text as JavaScript's JSON.stringify writes it; functions are empty strings.

    `number` writes the numbers; `indent` is what one level is indented by, none for compact text.
    Raises MemoryError for a text that is longer than any string may be.
    """
    writer = _Writer(number, indent)
    writer.write(value, "\n" if indent else "")
    return "".join(writer.parts)


class _Writer:
    """Writes JSON text in parts, as long as it may get."""

    def __init__(self, number: Callable[[Number], str], indent: str) -> None:
        self.parts: list[str] = []
        self.length = 0
        self.number = number
        self.indent = indent

    def put(self, text: str) -> None:
        self.parts.append(text)
        self.length += len(text)
        if self.length > LONGEST:
            raise MemoryError

    def write(self, value: Value, margin: str) -> None:
        kind = type(value)
        if kind is str:
            self.put(quoted(value))
        elif kind is int or kind is float:
            self.put(self.number(value))
        elif isinstance(value, bool):
            self.put("true" if value else "false")
        elif isinstance(value, dict):
            self.write_object(value, margin)
        elif isinstance(value, list):
            self.write_array(value, margin)
        else:
            self.put('""' if isinstance(value, Function) else "null")

    def write_array(self, items: list[Value], margin: str) -> None:
        inner = margin + self.indent
        opening = "[" + inner
        for item in items:
            self.put(opening)
            self.write(item, inner)
            opening = "," + inner
        self.put(margin + "]" if items else "[]")

    def write_object(self, value: dict[str, Value], margin: str) -> None:
        inner = margin + self.indent
        opening, colon = "{" + inner, ": " if self.indent else ":"
        for key, part in in_order(value).items():
            if part is not UNDEFINED:
                self.put(opening + quoted(key) + colon)
                self.write(part, inner)
                opening = "," + inner
        self.put("{}" if opening[0] == "{" else margin + "}")
