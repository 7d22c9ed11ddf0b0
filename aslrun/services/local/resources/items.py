"""Items of DynamoDB tables as JSON: plain, or as the API has them.

Documentation: "Data types and naming rules", AttributeValue in the API reference.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

_TAGS = {"S", "N", "B", "SS", "NS", "BS", "M", "L", "BOOL", "NULL"}


def is_typed(item: Mapping[str, Any]) -> bool:
    """Tell whether an item is written as the API has it: `{"id": {"S": "7"}}`."""
    return bool(item) and all(
        isinstance(value, dict) and len(value) == 1 and _TAGS.issuperset(value) for value in item.values()
    )


def read_items(text: str) -> Any:
    """Return JSON with the digits of its numbers kept. Raises ValueError."""
    return json.loads(text, parse_float=Decimal, parse_int=Decimal)


def typed(value: Any) -> dict[str, Any]:
    """Return a value of JSON as an AttributeValue."""
    if isinstance(value, bool):
        return {"BOOL": value}
    if value is None:
        return {"NULL": True}
    if isinstance(value, str):
        return {"S": value}
    if isinstance(value, (int, float, Decimal)):
        return {"N": format(Decimal(str(value)), "f") if isinstance(value, Decimal) else str(value)}
    if isinstance(value, list):
        return {"L": [typed(one) for one in value]}
    return {"M": {name: typed(one) for name, one in value.items()}}


def plain(value: Mapping[str, Any]) -> Any:
    """Return an AttributeValue as JSON has it: sets are lists, bytes are text in Base64."""
    ((tag, inner),) = value.items()
    if tag == "M":
        return {name: plain(one) for name, one in inner.items()}
    if tag == "L":
        return [plain(one) for one in inner]
    if tag in ("N", "NS"):
        return _number(inner) if tag == "N" else [_number(one) for one in inner]
    if tag in ("B", "BS"):
        encoded = [base64.b64encode(one).decode() for one in (inner if tag == "BS" else [inner])]
        return encoded if tag == "BS" else encoded[0]
    return None if tag == "NULL" else list(inner) if tag == "SS" else inner


def _number(text: str) -> int | float:
    number = Decimal(text)
    return int(number) if number == number.to_integral_value() and abs(number) < 10**38 else float(number)


def sent(item: Mapping[str, Any]) -> dict[str, Any]:
    """Return an item, in either form, as PutItem takes it: bytes are told in Base64."""
    given = dict(item) if is_typed(item) else {name: typed(value) for name, value in item.items()}
    return {name: _decoded(value) for name, value in given.items()}


def _decoded(value: dict[str, Any]) -> dict[str, Any]:
    ((tag, inner),) = value.items()
    if tag == "B":
        return {tag: base64.b64decode(inner)}
    if tag == "BS":
        return {tag: [base64.b64decode(one) for one in inner]}
    if tag == "M":
        return {tag: {name: _decoded(one) for name, one in inner.items()}}
    if tag == "L":
        return {tag: [_decoded(one) for one in inner]}
    return {tag: str(inner) if tag == "N" else [str(one) for one in inner] if tag == "NS" else inner}
