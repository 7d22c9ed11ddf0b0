"""JSON values as they flow between states. Immutable by convention: build new ones, never mutate."""

from __future__ import annotations

import json
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


def from_json_text(text: str) -> JSON:
    """Return the value of JSON `text`; ValueError if it is not JSON (NaN and Infinity are not)."""
    value: JSON = json.loads(text, parse_constant=_refuse_constant)
    return value


def is_number(value: object) -> bool:
    """Tell whether `value` is a JSON number (a Python bool is not)."""
    return isinstance(value, (int, float)) and not isinstance(value, bool)
