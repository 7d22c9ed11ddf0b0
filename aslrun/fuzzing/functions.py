"""What functions of both languages take and give: kinds, and values where not all of a kind will do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from aslrun.fuzzing.origins import NUMBER, TEXT, TRUTH, Kind, Listed, Origin, places_of
from aslrun.values import JSON

_OF_TEXT = (
    "uppercase", "lowercase", "trim", "substring", "substringBefore", "substringAfter", "pad", "replace",
    "base64encode", "base64decode", "encodeUrl", "encodeUrlComponent", "decodeUrl", "decodeUrlComponent",
)  # fmt: skip
_OF_NUMBER = ("abs", "floor", "ceil", "round", "power", "sqrt")

WANTED: Mapping[str, tuple[Kind, ...]] = {
    **dict.fromkeys((*_OF_TEXT, "length", "contains", "split", "match"), ("string",)),
    **dict.fromkeys((*_OF_NUMBER, "number", "random", "randomSeeded"), ("number",)),
    **dict.fromkeys(("formatNumber", "formatBase", "formatInteger"), ("number",)),
    "fromMillis": ("integer",),
    "toMillis": ("timestamp",),
    "range": ("integer", "integer", "integer"),
    "join": ("array",),
    "keys": ("object",),
    "sort": ("array",),
}
"""Function → the kinds of its arguments."""

GIVEN: Mapping[str, Origin] = {
    **dict.fromkeys(_OF_TEXT, TEXT),
    **dict.fromkeys(_OF_NUMBER, NUMBER),
    **dict.fromkeys(("number", "length", "millis", "toMillis", "random", "randomSeeded"), NUMBER),
    **dict.fromkeys(("string", "join", "now", "uuid", "hash", "fromMillis", "formatNumber"), TEXT),
    "contains": TRUTH,
    "range": Listed(NUMBER),
    "split": Listed(TEXT),
    "keys": Listed(TEXT),
}
"""Function → what it gives, where that does not depend on its arguments."""

_BOUNDS: Mapping[str, tuple[tuple[JSON, ...], ...]] = {
    "States.ArrayPartition": ((), (1, 2)),
    "States.ArrayRange": ((0, 1), (2, 3), (1, 2)),
    "States.ArrayGetItem": ((), (0,)),
    "States.Hash": ((), ("SHA-256", "MD5")),
    "partition": ((), (1, 2)),
    "range": ((0, 1), (2, 3), (1, 2)),
    "hash": ((), ("SHA-256", "MD5")),
}
"""Function → values that its arguments may have, where it does not take all of a kind."""


def bound_arguments(name: str, arguments: Sequence[Origin | None]) -> None:
    """Note the values that a function takes for its arguments."""
    for origin, values in zip(arguments, _BOUNDS.get(name, ()), strict=False):
        for place in places_of(origin):
            place.compare(*values)
