"""Shapes: what is certain of a JSON value before anything runs.

Of an object, the fields it has, and whether it may have others; of anything else, its kind. ANY says nothing:
such a value may have any field, and may be missing itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Literal, TypeAlias

from aslrun.expressions import ExpressionError, is_query
from aslrun.expressions.template import paths_in
from aslrun.validation.placeholders import has_placeholder
from aslrun.values import JSON

DEEPEST = 6
"""Objects within each other that are followed; deeper ones may hold anything."""
MOST_FIELDS = 50
"""Fields of an object that are followed."""

MOST_STEPS = 100
"""Steps of a path behind which nothing is known of what is put there."""

Steps: TypeAlias = Sequence[str | int]


class Shape:
    """What is certain of a value; never changed. `is_closed`: an object has no other fields than `fields`.
    `depth` is how many objects are within each other.

    Shapes are compared and looked up all the time, so that what this takes is worked out once.
    """

    __slots__ = ("_hash", "depth", "fields", "is_closed", "kind")

    def __init__(
        self,
        kind: Literal["any", "object", "array", "scalar"],
        fields: Mapping[str, Shape] = MappingProxyType({}),
        is_closed: bool = False,
    ) -> None:
        self.kind = kind
        self.fields = fields
        self.is_closed = is_closed
        self.depth: int = 1 + max([shape.depth for shape in fields.values()]) if fields else 0
        self._hash: int | None = None

    def __hash__(self) -> int:
        if self._hash is None:
            self._hash = hash((self.kind, self.is_closed, frozenset(self.fields)))
        return self._hash

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        if not isinstance(other, Shape) or self.kind != other.kind or self.is_closed != other.is_closed:
            return False
        return self.fields == other.fields

    def __repr__(self) -> str:
        return f"Shape({self.kind!r}, {self.fields!r}, {self.is_closed!r})"

    def field(self, name: str) -> Shape | None:
        """Return the shape of a field; None if there certainly is none."""
        return self.fields.get(name, None if self.is_closed else ANY)

    def words(self) -> str:
        """Return what is certain, in words: `an object with Cause and Error only`."""
        if self.kind != "object":
            return {"any": "anything", "array": "an array"}.get(self.kind, "no object and no array")
        names = sorted(self.fields)
        shown = ", ".join(names[:6]) + (f" and {len(names) - 6} more" if len(names) > 6 else " only")
        return f"an object with {shown}" if names else "an empty object"


ANY = Shape("any")
ARRAY = Shape("array")
SCALAR = Shape("scalar")


def object_of(fields: Mapping[str, Shape], is_closed: bool = True) -> Shape:
    """Return the shape of an object; too large or too deep ones are ANY."""
    if len(fields) > MOST_FIELDS:
        return ANY
    shape = Shape("object", fields, is_closed)
    return shape if shape.depth <= DEEPEST else ANY


EMPTY = object_of({})
ERROR_OUTPUT = object_of({"Error": SCALAR, "Cause": SCALAR})
"""What a catcher gives on."""


def find(shape: Shape, steps: Steps) -> Shape | None:
    """Return the shape of what a path finds; None if it certainly finds nothing."""
    for step in steps:
        if shape is ANY:
            return ANY
        found = _step(shape, step)
        if found is None:
            return None
        shape = found
    return shape


def _step(shape: Shape, step: str | int) -> Shape | None:
    if shape.kind == "any":
        return ANY
    if isinstance(step, int):
        return ANY if shape.kind == "array" else None
    return shape.field(step) if shape.kind == "object" else None


def insert(shape: Shape, steps: Steps, part: Shape) -> Shape:
    """Return the shape of a value that has `part` put in at a place, as ResultPath does."""
    if not steps:
        return part
    if len(steps) > MOST_STEPS:
        return ANY
    first = steps[0]
    if isinstance(first, int) or shape.kind in ("array", "scalar"):
        return ANY
    inner = shape.fields.get(first) or (EMPTY if shape.is_closed else ANY)
    return object_of({**shape.fields, first: insert(inner, steps[1:], part)}, shape.is_closed)


def forget(shape: Shape, steps: Steps) -> Shape:
    """Return the shape without what is known of a place: somebody looks whether it is there.

    Of what nothing is known, nothing is learnt by that: it need not even be an object.
    """
    if not steps or shape is ANY:
        return ANY
    here = shape
    for length, step in enumerate(steps, 1):
        found = _step(here, step)
        if found is None:
            return insert(shape, steps[:length], ANY)
        here = found
    return shape


def join(one: Shape, other: Shape) -> Shape:
    """Return what is certain of a value that has one of two shapes."""
    if one == other:
        return one
    if one.kind != other.kind or one.kind != "object":
        return ANY
    ours, theirs = one.fields, other.fields
    fields: dict[str, Shape] = {}
    for name, shape in ours.items():
        other_shape = theirs.get(name, ANY)
        fields[name] = shape if shape is other_shape else join(shape, other_shape)
    for name in theirs.keys() - ours.keys():
        fields[name] = ANY
    return object_of(fields, one.is_closed and other.is_closed)


def join_all(shapes: Iterable[Shape]) -> Shape:
    """Return what is certain of a value that has one of many shapes."""
    joined: Shape | None = None
    for shape in shapes:
        joined = shape if joined is None else join(joined, shape)
    return ANY if joined is None else joined


def shape_of(value: JSON, level: int = 0) -> Shape:
    """Return the shape of a constant."""
    if has_placeholder(value) or level > DEEPEST:
        return ANY
    if not isinstance(value, dict):
        return ARRAY if isinstance(value, list) else SCALAR
    if len(value) > MOST_FIELDS:
        return ANY
    fields = {name: shape_of(part, level + 1) for name, part in value.items()}
    return object_of(fields, not any(map(has_placeholder, value)))


def shape_of_template(template: JSON, value: Shape, level: int = 0) -> Shape:
    """Return the shape of what a payload template makes of a value."""
    if not isinstance(template, dict):
        return shape_of(template)
    if level > DEEPEST or len(template) > MOST_FIELDS:
        return ANY
    fields = {
        name.removesuffix(".$"): shape_of_expression(part, value)
        if name.endswith(".$")
        else shape_of_template(part, value, level + 1)
        for name, part in template.items()
    }
    return object_of(fields, not any(map(has_placeholder, template)))


def shape_of_expression(text: JSON, value: Shape) -> Shape:
    """Return the shape of what a path finds in a value; that of an intrinsic's result is not followed."""
    if not isinstance(text, str) or not text.startswith("$") or has_placeholder(text):
        return ANY
    try:
        ((path, _),) = paths_in(text)
    except ExpressionError:
        return ANY
    if path.root != "$" or path.steps is None:
        return ANY
    return find(value, path.steps) or ANY


def shape_of_query(template: JSON, raw: Shape, level: int = 0) -> Shape:
    """Return the shape of a value that may hold `{% ... %}`, of which only the whole input is followed."""
    if is_query(template):
        return raw if template[2:-2].strip() == "$states.input" else ANY
    if not isinstance(template, dict):
        return shape_of(template)
    if level > DEEPEST or len(template) > MOST_FIELDS:
        return ANY
    fields = {name: shape_of_query(part, raw, level + 1) for name, part in template.items()}
    return object_of(fields, not any(map(has_placeholder, template)))
