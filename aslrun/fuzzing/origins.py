"""Where values come from, followed through a machine before anything runs.

A `Place` is a part of a value that comes from outside: the input, or what a Task answers. It collects what
the machine does with it. The other origins are what the machine makes of places, and of nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from aslrun.document.spans import Pointer
from aslrun.fuzzing.services import Kind as Kind
from aslrun.fuzzing.services import is_always_there, kind_of_shape, member_of, values_of, why_left_out
from aslrun.values import JSON, from_json_text, to_json_text

DEEPEST = 8
"""Fields within each other that are followed."""
MOST_TOLD_APART = 12
"""Origins that one value may have; beyond that it is of unknown origin."""
MOST_STEPS = 100
"""Steps of a ResultPath behind which nothing is known of what is put there."""


@dataclass(eq=False, slots=True)
class Place:
    """A part of a value from outside, and what the machine does with it.

    `readers` are the states that take it to be there, `askers` those that ask whether it is. `text` is what
    it holds as JSON text; `least` the number of items that are read by index. `shape` is botocore's, where a
    service answers it; `action` the API's that it is the answer of. `may_be_missing` says why it may, for
    reasons that lie outside the definition; one that is `always` there may not.
    """

    depth: int = 0
    shape: Any = None
    action: str = ""
    is_closed: bool = False
    fields: dict[str, Place] = field(default_factory=dict)
    item: Place | None = None
    text: Place | None = None
    least: int = 0
    kinds: set[Kind] = field(default_factory=set)
    compared: dict[str, JSON] = field(default_factory=dict)
    readers: set[Pointer] = field(default_factory=set)
    askers: set[Pointer] = field(default_factory=set)
    may_be_null: bool = False
    may_be_missing: str | None = None
    always: bool = False

    def __post_init__(self) -> None:
        kind = kind_of_shape(self.shape)
        if kind is not None:
            self.kinds.add(kind)
        self.compare(*values_of(self.shape))

    def at(self, name: str) -> Place | None:
        """Return the place of a field, None where there cannot be one."""
        if name in self.fields:
            return self.fields[name]
        # Some integrations add metadata of the HTTP response.
        if (self.is_closed and not name.startswith("Sdk")) or self.depth >= DEEPEST:
            return None
        known, shape, reason = member_of(self.shape, name)
        if not known:
            return None
        if self.shape is None and self.action:
            reason = why_left_out(self.action, name)
        always = is_always_there(self.shape, self.action, name)
        place = self.fields[name] = Place(self.depth + 1, shape, may_be_missing=reason, always=always)
        return place

    def each(self) -> Place:
        """Return the place of the items of an array."""
        self.kinds.add("array")
        if self.item is None:
            shape = getattr(self.shape, "member", None)
            self.item = Place(self.depth + 1, shape)
        return self.item

    def as_text(self) -> Place:
        """Return the place of what it holds as JSON text."""
        if self.text is None:
            self.text = Place(self.depth + 1)
        return self.text

    def all_in(self) -> Iterator[Place]:
        """Yield this place and all in it."""
        yield self
        for inner in (*self.fields.values(), self.item, self.text):
            if inner is not None:
                yield from inner.all_in()

    def compare(self, *values: JSON) -> None:
        """Note values that the machine compares it with."""
        among = values_of(self.shape)
        for value in values:
            if not among or value in among:
                self.compared.setdefault(to_json_text(value), value)


@dataclass(frozen=True, slots=True)
class Made:
    """An object that the machine makes; what it has besides `fields` is that of `rest`."""

    fields: tuple[tuple[str, Origin], ...]
    rest: Origin | None = None


@dataclass(frozen=True, slots=True)
class Listed:
    """An array of any length."""

    item: Origin


@dataclass(frozen=True, slots=True)
class Row:
    """An array whose elements are known one by one."""

    items: tuple[Origin, ...]


@dataclass(frozen=True, slots=True)
class Fixed:
    """A constant, as JSON text."""

    text: str

    @property
    def value(self) -> JSON:
        return from_json_text(self.text)


@dataclass(frozen=True, slots=True)
class Some:
    """A plain value that is computed, of which only the kind is known."""

    kind: Kind


@dataclass(frozen=True, slots=True)
class Either:
    """A value that has one of several origins."""

    origins: tuple[Origin, ...]


@dataclass(frozen=True, slots=True)
class Unknown:
    """A value that cannot be followed."""


Origin: TypeAlias = Place | Made | Listed | Row | Fixed | Some | Either | Unknown

UNKNOWN = Unknown()


def fixed(value: JSON) -> Fixed:
    """Return the origin of a constant."""
    return Fixed(to_json_text(value))


TEXT, NUMBER, TRUTH = Some("string"), Some("number"), Some("boolean")
ERROR_OUTPUT = Made((("Error", TEXT), ("Cause", TEXT)))
FAILURE_TEXT = Made((("errorMessage", TEXT), ("errorType", TEXT)))
"""What a function's error says in the text of its Cause."""


def either(origins: Iterable[Origin]) -> Origin:
    """Return the origin of a value that has one of several."""
    flat = dict.fromkeys(part for origin in origins for part in parts_of(origin))
    if not flat or len(flat) > MOST_TOLD_APART:
        return UNKNOWN
    return next(iter(flat)) if len(flat) == 1 else Either(tuple(flat))


def parts_of(origin: Origin) -> Iterator[Origin]:
    """Yield the origins that a value may have."""
    if isinstance(origin, Either):
        yield from origin.origins
    else:
        yield origin


def places_of(origin: Origin | None) -> Iterator[Place]:
    """Yield the places that a value may come from as it is."""
    for part in parts_of(origin) if origin is not None else ():
        if isinstance(part, Place):
            yield part


def field_of(origin: Origin, name: str) -> Origin | None:
    """Return the origin of an object's field; None if there certainly is none."""
    found = [_field(part, name) for part in parts_of(origin)]
    known = [part for part in found if part is not None]
    return either(known) if known else None


def _field(origin: Origin, name: str) -> Origin | None:
    if isinstance(origin, Place):
        return origin.at(name) or (UNKNOWN if origin.depth >= DEEPEST else None)
    if isinstance(origin, Made):
        given = dict(origin.fields).get(name)
        if given is not None or origin.rest is None:
            return given
        return field_of(origin.rest, name)
    if isinstance(origin, Fixed):
        value = origin.value
        return fixed(value[name]) if isinstance(value, dict) and name in value else None
    return UNKNOWN if isinstance(origin, Unknown) else None


def item_of(origin: Origin, index: int | None = None) -> Origin | None:
    """Return the origin of an array's items, or of one of them; None if it certainly is no array."""
    found = [_item(part, index) for part in parts_of(origin)]
    known = [part for part in found if part is not None]
    return either(known) if known else None


def _item(origin: Origin, index: int | None) -> Origin | None:
    if isinstance(origin, Place):
        item = origin.each()
        if index is not None and origin.shape is None:
            origin.least = max(origin.least, index + 1 if index >= 0 else -index)
        return item
    if isinstance(origin, Listed):
        return origin.item
    if isinstance(origin, Fixed):
        value = origin.value
        origin = Row(tuple(map(fixed, value))) if isinstance(value, list) else origin
    if isinstance(origin, Row):
        if index is None:
            return either(origin.items) if origin.items else None
        return origin.items[index] if -len(origin.items) <= index < len(origin.items) else None
    return UNKNOWN if isinstance(origin, Unknown) else None


def put_in(origin: Origin, steps: tuple[str | int, ...], part: Origin) -> Origin:
    """Return what ResultPath makes of a value and of what is put into it."""
    if not steps:
        return part
    if len(steps) > MOST_STEPS:
        return UNKNOWN
    return either(_put_in(one, steps, part) for one in parts_of(origin))


def _put_in(origin: Origin, steps: tuple[str | int, ...], part: Origin) -> Origin:
    first, *rest = steps
    if isinstance(first, int) or isinstance(origin, (Unknown, Listed, Row)):
        return UNKNOWN
    if isinstance(origin, Place):
        origin.kinds.add("object")
    inner = there(origin, first) or Made(())
    new = put_in(inner, tuple(rest), part)
    if isinstance(origin, Made):
        return Made(tuple({**dict(origin.fields), first: new}.items()), origin.rest)
    return Made(((first, new),), origin)


def there(origin: Origin, name: str) -> Origin | None:
    """Return the origin of a field that is known to be there, without asking for it."""
    if isinstance(origin, Place):
        return origin.fields.get(name)
    if isinstance(origin, Made):
        given = dict(origin.fields).get(name)
        return there(origin.rest, name) if given is None and origin.rest is not None else given
    if isinstance(origin, Either):
        found = [part for one in origin.origins if (part := there(one, name)) is not None]
        return either(found) if found else None
    return _field(origin, name) if isinstance(origin, Fixed) else None


def merged(origins: Iterable[Origin]) -> Origin:
    """Return an object that is made of several, of which the last wins."""
    result: Origin | None = None
    for origin in origins:
        if result is None:
            result = origin
        elif isinstance(origin, Made) and origin.rest is None and isinstance(result, (Made, Place)):
            before = dict(result.fields) if isinstance(result, Made) else {}
            rest = result.rest if isinstance(result, Made) else result
            result = Made(tuple({**before, **dict(origin.fields)}.items()), rest)
        else:
            result = either([origin, result])
    return Made(()) if result is None else result
