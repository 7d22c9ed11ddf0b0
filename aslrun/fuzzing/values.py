"""Values for places: just what the machine needs, and what may differ from it without anybody's mistake.

A place that is compared has the values on both sides of each comparison; an array may be empty; a field that
the machine asks for may be missing. Nothing else varies, unless everything may (`wild`).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from typing import TypeAlias

from hypothesis import strategies as st

from aslrun.fuzzing.origins import Kind, Place
from aslrun.values import JSON, to_json_text

MOST_ITEMS = 3
"""Items of a generated array, beyond those that are read by index."""

PLAIN: Mapping[Kind, tuple[JSON, ...]] = {
    "string": ("text", "", "a", "ä €"),
    "integer": (1, 0, 2, 10),
    "number": (1, 0, 2.5, 10, -1),
    "boolean": (False, True),
    "array": ([],),
    "object": ({},),
    "timestamp": ("2020-01-01T00:00:00Z", "2050-01-01T00:00:00Z"),
}
"""Values of each kind, the plainest first."""
ANYTHING: tuple[JSON, ...] = (None, "text", 1, True, [], {})

MayBeMissing: TypeAlias = Callable[[Place], bool]


def compare_numbers(outer: Place, numbers: Collection[int | float]) -> None:
    """Have numbers that nothing compares take part in those that are computed, and then compared."""
    for place in outer.all_in():
        kind: Kind = "integer" if "integer" in place.kinds else "number"
        if numbers and kind in place.kinds and not place.compared:
            place.compare(*PLAIN[kind], *numbers)


def plain_values(place: Place) -> tuple[JSON, ...]:
    """Return the values that a place without fields and items may have, the plainest first."""
    values = list(place.compared.values())
    if not values:
        kinds = place.kinds - ({"object", "array"} if len(place.kinds) > 1 else set())
        if "integer" in kinds:
            kinds = kinds - {"number"}
        values = [value for kind in sorted(kinds) for value in PLAIN[kind]] or ["text"]
    return tuple({to_json_text(value): value for value in values}.values())


def values_at(place: Place, may_be_missing: MayBeMissing, wild: bool = False) -> st.SearchStrategy[JSON]:
    """Return a strategy of values for a place."""
    value = _values_at(place, may_be_missing, wild)
    if place.may_be_null:
        value = value | st.none()
    return value | st.sampled_from(ANYTHING) if wild else value


def _values_at(place: Place, may_be_missing: MayBeMissing, wild: bool) -> st.SearchStrategy[JSON]:
    if place.item is None and place.fields:
        return _objects_at(place, may_be_missing, wild)
    if place.item is not None:
        least = 0 if wild else place.least
        items = values_at(place.item, may_be_missing, wild)
        return st.lists(items, min_size=least, max_size=place.least + MOST_ITEMS).map(list)
    if place.text is not None:
        return values_at(place.text, may_be_missing, wild).map(to_json_text)
    if "array" in place.kinds and not place.compared:
        return st.lists(st.sampled_from(PLAIN["string"]), max_size=MOST_ITEMS).map(list)
    if _is_opaque(place):
        return st.just({})
    return st.sampled_from(plain_values(place))


def _is_opaque(place: Place) -> bool:
    """Tell whether nobody looks into a whole input or result."""
    return not place.kinds and not place.compared and place.depth == 0


def _objects_at(place: Place, may_be_missing: MayBeMissing, wild: bool) -> st.SearchStrategy[JSON]:
    required: dict[str, st.SearchStrategy[JSON]] = {}
    optional: dict[str, st.SearchStrategy[JSON]] = {}
    for name, inner in place.fields.items():
        fields = optional if wild or may_be_missing(inner) else required
        fields[name] = values_at(inner, may_be_missing, wild)
    made: st.SearchStrategy[JSON] = st.fixed_dictionaries(required, optional=optional).map(dict)
    return made


def spread(place: Place, may_be_missing: MayBeMissing, number: int) -> JSON:
    """Return value number `number` of a place: over many numbers, all that it may have comes up.

    This makes a world that answers differently each time, without chance.
    """
    picks = _picks(number * 7919)
    return _spread(place, may_be_missing, picks)


def _picks(number: int) -> Iterator[int]:
    while True:
        number = (number * 1_103_515_245 + 12_345) % 2**31
        yield number >> 16


def _spread(place: Place, may_be_missing: MayBeMissing, picks: Iterator[int]) -> JSON:
    if place.may_be_null and next(picks) % 4 == 0:
        return None
    if place.item is None and place.fields:
        return {
            name: _spread(inner, may_be_missing, picks)
            for name, inner in place.fields.items()
            if not (may_be_missing(inner) and next(picks) % 2)
        }
    if place.item is not None:
        count = place.least + next(picks) % (MOST_ITEMS + 1)
        return [_spread(place.item, may_be_missing, picks) for _ in range(count)]
    if place.text is not None:
        return to_json_text(_spread(place.text, may_be_missing, picks))
    values = ({},) if _is_opaque(place) else plain_values(place)
    return values[next(picks) % len(values)]
