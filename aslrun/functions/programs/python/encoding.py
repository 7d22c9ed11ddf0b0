"""JSON text of what handlers return, by the rules of Lambda's client, which are simplejson's.

Decimals keep their digits, a namedtuple (whatever has `_asdict`) is an object, bytes are decoded, nested too;
NaN and Infinity are written as such. From Python 3.12 on text that is not ASCII is written as it is.
"""

from __future__ import annotations

import decimal
import json
import json.encoder
import marshal
import math
import os
import sys
from collections.abc import Callable, Iterator
from typing import Any

OLDER = ("3.9", "3.10", "3.11")
"""The versions whose runtime escapes all that is not ASCII."""

# The worker's own references: what a handler replaces in `json` changes nothing here.
_ascii_text, _text = json.encoder.encode_basestring_ascii, json.encoder.encode_basestring
_is_plain, _make_encoder = marshal.dumps, getattr(json.encoder, "c_make_encoder", None)
_float_text, _int_text = float.__repr__, int.__repr__


def escapes_all(environment: str | None = None) -> bool:
    """Tell whether text that is not ASCII is escaped: by AWS_EXECUTION_ENV, else by the Python that runs."""
    told = environment if environment is not None else os.environ.get("AWS_EXECUTION_ENV", "")
    _, is_told, version = told.partition("AWS_Lambda_python")
    return (version if is_told else f"{sys.version_info.major}.{sys.version_info.minor}") in OLDER


def make_encoder(escaped: bool) -> Callable[[Any], str]:
    """Return what makes JSON text of a value; it raises TypeError or ValueError for one that has none."""
    quote = _ascii_text if escaped else _text
    encode_plain = _plain_encoder(quote)

    def encode(value: Any) -> str:
        try:
            # In C, and faster than a look at each value: only Python's own types pass.
            _is_plain(value)
            return "".join(encode_plain(value, 0))
        except (ValueError, TypeError, RecursionError):  # the last one of a circle, which C does not look for
            return "".join(_pieces(value, quote, set()))

    return encode


def _plain_encoder(quote: Callable[[str], str]) -> Callable[[Any, int], Any]:
    if _make_encoder is None:
        return lambda value, level: _pieces(value, quote, set())
    # As json.JSONEncoder makes it, without what a handler may have put into that class.
    made: Callable[[Any, int], Any] = _make_encoder(
        None, _bytes_text, quote, None, ": ", ", ", False, False, True
    )
    return made


def _bytes_text(value: Any) -> str:
    if isinstance(value, bytes):
        return str(value, "utf-8")
    raise TypeError(f"Object of type {type(value).__name__} is not JSON serializable")


def _pieces(value: Any, quote: Callable[[str], str], around: set[int]) -> Iterator[str]:
    """Yield the text of any value in pieces. `around` are the ids of the containers it lies in."""
    if isinstance(value, str):
        yield quote(value)
    elif isinstance(value, bytes):
        yield quote(str(value, "utf-8"))
    elif value is None or value is True or value is False:
        yield {None: "null", True: "true", False: "false"}[value]
    elif isinstance(value, int):
        yield _int_text(value)
    elif isinstance(value, float):
        yield _number_text(value)
    elif callable(as_dict := getattr(value, "_asdict", None)):
        made = as_dict()
        if not isinstance(made, dict):
            raise TypeError(f"_asdict() must return a dict, not {type(made).__name__}")
        yield from _in_container(value, around, _dict_pieces(made, quote, around))
    elif isinstance(value, (list, tuple)):
        yield from _in_container(value, around, _list_pieces(value, quote, around))
    elif isinstance(value, dict):
        yield from _in_container(value, around, _dict_pieces(value, quote, around))
    elif isinstance(value, decimal.Decimal):
        yield "NaN" if value.is_nan() else decimal.Decimal.__str__(value)
    else:
        raise TypeError(f"Object of type {type(value).__name__} is not JSON serializable")


def _in_container(value: Any, around: set[int], pieces: Iterator[str]) -> Iterator[str]:
    if id(value) in around:
        raise ValueError("Circular reference detected")
    around.add(id(value))
    yield from pieces
    around.discard(id(value))


def _list_pieces(items: Any, quote: Callable[[str], str], around: set[int]) -> Iterator[str]:
    before = "["
    for item in items:
        yield before
        yield from _pieces(item, quote, around)
        before = ", "
    yield "]" if before == ", " else "[]"


def _dict_pieces(items: dict[Any, Any], quote: Callable[[str], str], around: set[int]) -> Iterator[str]:
    before = "{"
    for key, value in items.items():
        yield f"{before}{quote(_key_text(key))}: "
        yield from _pieces(value, quote, around)
        before = ", "
    yield "}" if before == ", " else "{}"


def _key_text(key: Any) -> str:
    if isinstance(key, str):
        return key
    if isinstance(key, bytes):
        return str(key, "utf-8")
    if isinstance(key, float):
        return _number_text(key)
    if key is None or key is True or key is False:
        return {None: "null", True: "true", False: "false"}[key]
    if isinstance(key, int):
        return _int_text(key)
    raise TypeError(f"keys must be str, int, float, bool or None, not {type(key).__name__}")


def _number_text(number: float) -> str:
    if math.isfinite(number):
        return _float_text(number)
    return "NaN" if math.isnan(number) else "Infinity" if number > 0 else "-Infinity"


def to_bytes(text: str) -> bytes:
    """Return JSON text in UTF-8. Half a surrogate pair, which has no UTF-8, is escaped."""
    try:
        return text.encode()
    except UnicodeEncodeError:
        halves = ((f"\\u{ord(one):04x}" if "\ud800" <= one <= "\udfff" else one) for one in text)
        return "".join(halves).encode()
