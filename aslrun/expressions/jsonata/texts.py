"""Text as JSONata has it: JSON as JavaScript writes it, and strings counted in UTF-16 units.

A Python string holds a character outside the basic plane as one; JavaScript and Java hold it as two halves.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator

from aslrun.expressions.jsonata.numbers import Number, text_of_number
from aslrun.expressions.jsonata.values import UNDEFINED, Function, Value, in_order

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
    """
    return "".join(_written(value, number, indent, "\n" if indent else ""))


def _written(value: Value, number: Callable[[Number], str], indent: str, margin: str) -> Iterator[str]:
    kind = type(value)
    if kind is str:
        yield quoted(value)
    elif kind is int or kind is float:
        yield number(value)
    elif isinstance(value, bool):
        yield "true" if value else "false"
    elif isinstance(value, dict):
        yield from _written_object(value, number, indent, margin)
    elif isinstance(value, list):
        inner = margin + indent
        if not value:
            yield "[]"
            return
        opening = "[" + inner
        for item in value:
            yield opening
            yield from _written(item, number, indent, inner)
            opening = "," + inner
        yield margin + "]"
    else:
        yield '""' if isinstance(value, Function) else "null"


def _written_object(
    value: dict[str, Value], number: Callable[[Number], str], indent: str, margin: str
) -> Iterator[str]:
    inner = margin + indent
    opening = "{" + inner
    is_empty = True
    for key, part in in_order(value).items():
        if part is UNDEFINED:
            continue
        yield f"{opening}{quoted(key)}:{' ' if indent else ''}"
        yield from _written(part, number, indent, inner)
        opening = "," + inner
        is_empty = False
    yield "{}" if is_empty else margin + "}"
