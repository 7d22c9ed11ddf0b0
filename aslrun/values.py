"""JSON values as they flow between states. Immutable by convention: build new ones, never mutate."""

from __future__ import annotations

import json
import math
from typing import NoReturn, TypeAlias

JSON: TypeAlias = "bool | int | float | str | list[JSON] | dict[str, JSON] | None"

_encoder = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def to_json_text(value: JSON) -> str:
    """Return `value` as compact JSON text, the form the service uses in its histories.

    Raises ValueError for NaN and infinities, TypeError for what is not JSON.
    """
    return _encoder.encode(value)


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _finite(text: str) -> float:
    number = float(text)
    if math.isinf(number):
        raise ValueError(f"the number {text} is too large")
    return number


def from_json_text(text: str) -> JSON:
    """Return the value of JSON `text`; ValueError if it is not JSON (NaN and Infinity are not, and a number
    that is too large would be one)."""
    value: JSON = json.loads(text, parse_constant=_refuse_constant, parse_float=_finite)
    return value


def is_number(value: object) -> bool:
    """Tell whether `value` is a JSON number (a Python bool is not)."""
    return isinstance(value, (int, float)) and not isinstance(value, bool)
