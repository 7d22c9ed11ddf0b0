"""Functions on strings. Sources: JSONata 2.0.6; "JSONata as measured on AWS" for base64 and URLs.

Each function here and in the modules beside takes the evaluation and the values that its signature allows;
one that is missing is UNDEFINED.
"""

from __future__ import annotations

import base64
import math
import re
from urllib.parse import quote, unquote_to_bytes

from aslrun.expressions.jsonata.errors import InternalFailure, JSONataError
from aslrun.expressions.jsonata.limits import MAX_CHARACTERS, Run
from aslrun.expressions.jsonata.strings import text_of
from aslrun.expressions.jsonata.texts import joined, units
from aslrun.expressions.jsonata.values import UNDEFINED, Value

_BLANKS = re.compile("[ \t\n\r]+")
_BASE64 = re.compile("([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{2}(==)?|[A-Za-z0-9+/]{3}=?)?")
_COMPONENT = "!~*'()-_."
_WHOLE = ";/?:@&=+$,#" + _COMPONENT
_ESCAPE = re.compile("(?:%[0-9a-fA-F]{2})+")
_BROKEN_ESCAPE = re.compile("%(?![0-9a-fA-F]{2})")


def string(run: Run, value: Value, is_indented: Value) -> Value:
    """`$string(value[, prettify])`."""
    if value is UNDEFINED:
        return UNDEFINED
    text = text_of(value, "  " if is_indented is True else "")
    run.check_text(len(text))
    return text


def substring(run: Run, text: Value, start: Value, length: Value) -> Value:
    """`$substring(text, start[, length])`: a negative start counts from the end."""
    if text is UNDEFINED or start is UNDEFINED:
        return text
    if len(text) + start < 0:
        start = 0
    if length is UNDEFINED:
        return text[_place(start, len(text)) :]
    if length <= 0:
        return ""
    end = start + length if start >= 0 else len(text) + start + length
    return text[_place(start, len(text)) : _place(end, len(text))]


def _place(number: float, length: int) -> int:
    """Return a number as a place in a text of that length, counted from the end if it is negative."""
    if number != number:
        return 0
    whole = length if number > length else -length if number < -length else math.trunc(number)
    return length + whole if whole < 0 else whole


def substring_before(run: Run, text: Value, mark: Value) -> Value:
    """`$substringBefore(text, mark)`: all of it without the mark in it."""
    if text is UNDEFINED or mark is UNDEFINED:
        return text
    at = text.find(mark)
    return text[:at] if at >= 0 else text


def substring_after(run: Run, text: Value, mark: Value) -> Value:
    """`$substringAfter(text, mark)`: all of it without the mark in it."""
    if text is UNDEFINED or mark is UNDEFINED:
        return text
    at = text.find(mark)
    return text[at + len(mark) :] if at >= 0 else text


def lowercase(run: Run, text: Value) -> Value:
    """`$lowercase(text)`."""
    return text if text is UNDEFINED else text.lower()


def uppercase(run: Run, text: Value) -> Value:
    """`$uppercase(text)`."""
    return text if text is UNDEFINED else text.upper()


def length(run: Run, text: Value) -> Value:
    """`$length(text)`: in characters."""
    return text if text is UNDEFINED else len(text)


def trim(run: Run, text: Value) -> Value:
    """`$trim(text)`: without blanks at its ends, and with one for several."""
    if text is UNDEFINED:
        return UNDEFINED
    return _BLANKS.sub(" ", text).removeprefix(" ").removesuffix(" ")


def pad(run: Run, text: Value, width: Value, filler: Value) -> Value:
    """`$pad(text, width[, characters])`: on the left if the width is negative."""
    if text is UNDEFINED or width is UNDEFINED:
        return text
    filler = " " if filler is UNDEFINED or not filler else filler
    missing = min(abs(width), MAX_CHARACTERS + 1) - len(text)
    if not missing > 0:  # also of NaN
        return text
    missing = math.trunc(missing)
    run.check_text(len(text) + missing)
    padding = (filler * (missing // len(filler) + 1))[:missing]
    return joined(text + padding if width > 0 else padding + text)


def join(run: Run, parts: Value, separator: Value) -> Value:
    """`$join(strings[, separator])`."""
    if parts is UNDEFINED:
        return UNDEFINED
    separator = "" if separator is UNDEFINED else separator
    run.check_text(sum(map(len, parts)) + len(separator) * len(parts))
    return joined(separator.join(parts))


def base64_encode(run: Run, text: Value) -> Value:
    """`$base64encode(text)`: of a byte for each character."""
    if text is UNDEFINED:
        return UNDEFINED
    return base64.b64encode(bytes(ord(char) & 255 for char in units(text))).decode()


def base64_decode(run: Run, text: Value) -> Value:
    """`$base64decode(text)`: a character for each byte; padding may be missing (measured)."""
    if text is UNDEFINED:
        return UNDEFINED
    if _BASE64.fullmatch(text) is None:
        raise InternalFailure(run.scope.draw_uuid())
    bare = text.rstrip("=")
    return base64.b64decode(bare + "=" * (-len(bare) % 4)).decode("latin-1")


def encode_url_component(run: Run, text: Value) -> Value:
    """`$encodeUrlComponent(text)`."""
    return _encoded(run, text, _COMPONENT, "encodeUrlComponent")


def encode_url(run: Run, text: Value) -> Value:
    """`$encodeUrl(text)`."""
    return _encoded(run, text, _WHOLE, "encodeUrl")


def _encoded(run: Run, text: Value, safe: str, function: str) -> Value:
    if text is UNDEFINED:
        return UNDEFINED
    try:
        encoded = quote(text, safe=safe, errors="strict")
    except UnicodeEncodeError:
        raise JSONataError("D3140", value=text, functionName=function) from None
    run.check_text(len(encoded))
    return encoded


def decode_url_component(run: Run, text: Value) -> Value:
    """`$decodeUrlComponent(text)`: `+` is a blank, a broken byte U+FFFD (measured)."""
    if text is UNDEFINED:
        return UNDEFINED
    if _BROKEN_ESCAPE.search(text):
        raise JSONataError("D3140", value=text, functionName="decodeUrlComponent")
    return _ESCAPE.sub(
        lambda escape: unquote_to_bytes(escape[0]).decode("utf-8", "replace"), text.replace("+", " ")
    )


def decode_url(run: Run, text: Value) -> Value:
    """`$decodeUrl(text)`: what separates the parts of a URL stays encoded."""
    if text is UNDEFINED:
        return UNDEFINED
    refused = JSONataError("D3140", value=text, functionName="decodeUrl")
    if _BROKEN_ESCAPE.search(text):
        raise refused
    try:
        return _ESCAPE.sub(lambda escape: _decoded(escape[0]), text)
    except UnicodeDecodeError:
        raise refused from None


def _decoded(escape: str) -> str:
    return "".join(
        f"%{ord(char):02X}" if char in ";/?:@&=+$,#" else char for char in unquote_to_bytes(escape).decode()
    )
