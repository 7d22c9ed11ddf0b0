"""JSON values as they flow between states. Immutable by convention: build new ones, never mutate."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable
from typing import NoReturn, TypeAlias

JSON: TypeAlias = "bool | int | float | str | list[JSON] | dict[str, JSON] | None"

_encoder = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def _whole_text(value: JSON, level: int) -> Iterable[str]:
    return (_encoder.encode(value),)


# What `encode` would make anew for each value: half of the time of a short one. It does not look for circles.
_make_encoder = getattr(json.encoder, "c_make_encoder", None)
_quote = json.encoder.encode_basestring
_pieces: Callable[[JSON, int], Iterable[str]] = (
    _make_encoder(None, _encoder.default, _quote, None, ":", ",", False, False, False)
    if _make_encoder
    else _whole_text
)


def to_json_text(value: JSON) -> str:
    """Return `value` as compact JSON text, the form the service uses in its histories.

    Raises ValueError for NaN and infinities, TypeError for what is not JSON.
    """
    try:
        return "".join(_pieces(value, 0))
    except Exception:
        return _encoder.encode(value)  # which tells what is wrong, circles included


class JSONTextError(ValueError):
    """Text that is not JSON; `str()` of it says why and where, `at` is the place in it where one is known."""

    def __init__(self, message: str, at: int | None = None) -> None:
        super().__init__(message)
        self.at = at


_TOLD = {
    "Expecting value": "a value is expected",
    "Expecting property name enclosed in double quotes": "a key in double quotes is expected",
    "Expecting ':' delimiter": 'a ":" is expected after the key',
    "Expecting ',' delimiter": "a comma or the closing bracket is expected",
    "Extra data": "unexpected text after the end of the value",
    "Unterminated string starting at": "this text is not closed",
    "Invalid control character at": "a text may not hold control characters or end its line",
    "Invalid \\escape": "this is no escape",
    "Invalid \\uXXXX escape": "this is no escape",
    "Invalid \\escape: ": "this is no escape",
    "Illegal trailing comma before end of object": "a comma that nothing follows",
    "Illegal trailing comma before end of array": "a comma that nothing follows",
}
"""What Python says of wrong JSON text → what it means."""


def _refuse_constant(name: str) -> NoReturn:
    raise JSONTextError(f"{name} is not JSON")


def _finite(text: str) -> float:
    number = float(text)
    if math.isinf(number):
        raise JSONTextError(f"the number {text[:40]} is too large")
    return number


_decoder = json.JSONDecoder(parse_constant=_refuse_constant, parse_float=_finite)


def from_json_text(text: str) -> JSON:
    """Return the value of JSON `text`; JSONTextError if it is not JSON (NaN and Infinity are not, and a
    number that is too large would be one), or nested too deeply to be read."""
    try:
        # A byte order mark is told by `loads`; else it would make a decoder anew for each text.
        value: JSON = json.loads(text) if text.startswith("\ufeff") else _decoder.decode(text)
    except json.JSONDecodeError as wrong:
        told = _TOLD.get(wrong.msg, "this is no JSON")
        raise JSONTextError(f"{told}, line {wrong.lineno} column {wrong.colno}", wrong.pos) from None
    except RecursionError:
        raise JSONTextError("values are nested too deeply") from None
    except JSONTextError:
        raise
    except ValueError:  # the only one that is left: Python reads no longer numbers
        raise JSONTextError("a whole number has more than 4,300 digits") from None
    return value


def decode_json(text: str, at: int) -> tuple[JSON, int]:
    """Return the JSON value that begins at `at`, where no white space is, and where it ends.

    JSONTextError if there is none, as `from_json_text` raises it; also for one that is cut off.
    """
    try:
        value, end = _decoder.raw_decode(text, at)
    except json.JSONDecodeError as wrong:
        told = _TOLD.get(wrong.msg, "this is no JSON")
        raise JSONTextError(f"{told}, line {wrong.lineno} column {wrong.colno}", wrong.pos) from None
    except RecursionError:
        raise JSONTextError("values are nested too deeply") from None
    except JSONTextError:
        raise
    except ValueError:
        raise JSONTextError("a whole number has more than 4,300 digits") from None
    return value, end


def is_number(value: object) -> bool:
    """Tell whether `value` is a JSON number (a Python bool is not)."""
    kind = type(value)
    return kind is int or kind is float or (isinstance(value, (int, float)) and kind is not bool)
