"""What leaves an expression: JSON, made of the values inside it.

Infinities and NaN leave as strings (measured on AWS), functions not at all. Only what the expression made is
looked at: the classes of `values` tell it from what merely passed through.
"""

from __future__ import annotations

import math
from collections.abc import Iterable

from aslrun.expressions.jsonata.errors import LimitExceeded
from aslrun.expressions.jsonata.limits import MAX_ITEMS
from aslrun.expressions.jsonata.values import UNDEFINED, Array, Function, Object, Undefined, Value
from aslrun.values import JSON

_PLAIN = frozenset({str, int, bool, type(None), dict, list})
MAX_VALUES = 8 * MAX_ITEMS
"""Values that the result of an expression may have, written out."""
MAX_NESTING = 200
"""Arrays and objects within each other in a result, as in any document."""


def leave(value: Value) -> JSON | Undefined:
    """Return a value as JSON; UNDEFINED for a function. LimitExceeded for more than can be written."""
    kind = type(value)
    if kind in _PLAIN or value is UNDEFINED:
        plain: JSON | Undefined = value
        return plain
    if kind is float:
        return value if math.isfinite(value) else _text_of(value)
    if isinstance(value, Function):
        return UNDEFINED
    return _Departure().converted(value)[0]


def _text_of(number: float) -> str:
    return "NaN" if number != number else "Infinity" if number > 0 else "-Infinity"


def _are_plain(values: Iterable[Value]) -> bool:
    """Tell whether values can stay as they are."""
    for value in values:
        kind = type(value)
        if kind not in _PLAIN and (kind is not float or value - value != 0):
            return False
    return True


class _Departure:
    """Converts one result; what occurs in it more than once is converted once."""

    def __init__(self) -> None:
        self.done: dict[int, tuple[JSON, int]] = {}
        self.depth = 0

    def converted(self, value: Value) -> tuple[JSON, int]:
        """Return an array or object of the expression's as JSON, and how many values are in it."""
        known = self.done.get(id(value))
        if known is not None:
            return known
        count = 1
        made: JSON
        self.depth += 1
        if self.depth > MAX_NESTING:
            raise LimitExceeded("U1001")
        parts = value.values() if isinstance(value, Object) else value
        if _are_plain(parts):
            made = dict(value) if isinstance(value, Object) else list(value)
            count += len(value)
        elif isinstance(value, Object):
            members: dict[str, JSON] = {}
            for key, part in value.items():
                kind = type(part)
                if kind in _PLAIN:
                    members[key] = part
                    count += 1
                elif part is not UNDEFINED and not isinstance(part, Function):
                    members[key], inner = self.part(part)
                    count += inner
            made = members
        else:
            items: list[JSON] = []
            for item in value:
                kind = type(item)
                if kind in _PLAIN:
                    items.append(item)
                    count += 1
                elif kind is Object and _are_plain(item.values()):
                    items.append(dict(item))
                    count += 1 + len(item)
                elif not isinstance(item, Function):
                    converted, inner = self.part(item)
                    items.append(converted)
                    count += inner
            made = items
        if count > MAX_VALUES:
            raise LimitExceeded("U1003")
        self.depth -= 1
        self.done[id(value)] = made, count
        return made, count

    def part(self, value: Value) -> tuple[JSON, int]:
        if isinstance(value, (Array, Object)):
            return self.converted(value)
        if type(value) is float:
            return (value if math.isfinite(value) else _text_of(value)), 1
        return None, 1  # undefined in an array
