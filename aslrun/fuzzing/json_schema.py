"""JSON Schema → hypothesis strategies, for the keywords that inputs are described with.

type, enum, const, properties, required, additionalProperties, minProperties,
items, prefixItems, minItems, maxItems, uniqueItems, the bounds of numbers, multipleOf, minLength, maxLength,
pattern, format (date-time, date, uuid, email, uri), allOf, anyOf, oneOf, if/then/else and not by trying,
local $ref. Every value is checked against the whole schema by `jsonschema`: none is ever invalid. A schema
that few random values fit is told as hypothesis tells it, as unsatisfiable; so is one that nothing satisfies.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, TypeAlias

from hypothesis import strategies as st

from aslrun.errors import UsageError
from aslrun.values import JSON

if TYPE_CHECKING:
    from jsonschema.protocols import Validator

Schema: TypeAlias = "Mapping[str, Any] | bool"

DEEPEST = 5
"""References within each other that are followed before optional parts are left out."""

ANY_JSON: st.SearchStrategy[JSON] = st.recursive(
    st.none() | st.booleans() | st.integers(-100, 100) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=5), inner, max_size=2),
    max_leaves=4,
)


def validator_of(schema: Any) -> Validator:
    """Return what validates against a schema, formats included; UsageError for one that is no schema."""
    from jsonschema import Draft202012Validator
    from jsonschema.exceptions import SchemaError
    from jsonschema.validators import validator_for

    if not isinstance(schema, (Mapping, bool)):
        raise UsageError("a JSON Schema is an object")
    kind = validator_for(schema, default=Draft202012Validator)
    try:
        kind.check_schema(schema)  # type: ignore[arg-type]
    except SchemaError as wrong:
        raise UsageError(f"this is no JSON Schema: {wrong.message}") from None
    return kind(schema, format_checker=kind.FORMAT_CHECKER)


def values_of_schema(schema: Any) -> st.SearchStrategy[JSON]:
    """Return a strategy of values that are valid against a schema. Raises UsageError if it is none."""
    validator = validator_of(schema)
    return _Maker(schema).values(schema, 0).filter(validator.is_valid)


class _Maker:
    """Makes strategies of the parts of one schema."""

    def __init__(self, root: Schema) -> None:
        self.root = root

    def values(self, schema: Schema, depth: int) -> st.SearchStrategy[JSON]:
        if isinstance(schema, bool):
            return ANY_JSON if schema else st.nothing()
        if "$ref" in schema:
            return self.referred(schema, depth)
        if "const" in schema:
            return st.just(schema["const"])
        if "enum" in schema:
            return st.sampled_from(list(schema["enum"])) if schema["enum"] else st.nothing()
        for keyword in ("allOf", "anyOf", "oneOf"):
            if schema.get(keyword):
                return self.combined(schema, keyword, depth)
        kinds = schema.get("type") or _kinds_meant(schema)
        made = [_MAKE[kind](self, schema, depth) for kind in ([kinds] if isinstance(kinds, str) else kinds)]
        return st.one_of(made) if made else ANY_JSON

    def referred(self, schema: Mapping[str, Any], depth: int) -> st.SearchStrategy[JSON]:
        rest = {name: part for name, part in schema.items() if name != "$ref"}
        target = self.resolve(str(schema["$ref"]))
        if isinstance(target, bool):
            return self.values(target, depth)
        return st.deferred(lambda: self.values(merge(target, rest), depth + 1))

    def resolve(self, reference: str) -> Schema:
        if not reference.startswith("#"):
            raise UsageError(f"the JSON Schema refers to {reference}; only references within it are followed")
        place: Any = self.root
        for step in reference[1:].split("/")[1:]:
            name = step.replace("~1", "/").replace("~0", "~")
            place = place[int(name)] if isinstance(place, list) else place.get(name)
            if place is None:
                raise UsageError(f"the JSON Schema refers to {reference}, which is not there")
        found: Schema = place
        return found

    def combined(self, schema: Mapping[str, Any], keyword: str, depth: int) -> st.SearchStrategy[JSON]:
        rest = {name: part for name, part in schema.items() if name != keyword}
        parts = [self.plain(part) for part in schema[keyword]]
        if keyword == "allOf":
            whole: Schema = rest
            for part in parts:
                whole = merge(whole, part)
            return self.values(whole, depth)
        return st.one_of([self.values(merge(rest, part), depth) for part in parts])

    def plain(self, schema: Schema) -> Schema:
        """A schema whose reference is followed, so that it can be merged."""
        if isinstance(schema, Mapping) and "$ref" in schema:
            rest = {name: part for name, part in schema.items() if name != "$ref"}
            return merge(self.plain(self.resolve(str(schema["$ref"]))), rest)
        return schema

    # ------------------------------------------------------------ by type

    def objects(self, schema: Mapping[str, Any], depth: int) -> st.SearchStrategy[JSON]:
        required = set(schema.get("required", ()))
        properties: Mapping[str, Schema] = schema.get("properties", {})
        others: Schema = schema.get("additionalProperties", True)
        must = {name: self.values(properties.get(name, others), depth + 1) for name in required}
        may = {
            name: self.values(part, depth + 1)
            for name, part in properties.items()
            if name not in required and depth < DEEPEST
        }
        known: st.SearchStrategy[Any] = st.fixed_dictionaries(must, optional=may)
        extra = schema.get("minProperties", 0) - len(must)
        if extra > 0 or (not properties and isinstance(others, Mapping)):
            names, least = st.text("abcdef", min_size=1, max_size=4), max(extra, 0)
            value = self.values(others, depth + 1)
            more = st.dictionaries(names, value, min_size=least, max_size=least + 2)
            return st.tuples(known, more).map(lambda pair: {**pair[1], **pair[0]})
        return known.map(dict)

    def arrays(self, schema: Mapping[str, Any], depth: int) -> st.SearchStrategy[JSON]:
        least = schema.get("minItems", 0)
        most = schema.get("maxItems", least + (3 if depth < DEEPEST else 0))
        first = [self.values(part, depth + 1) for part in schema.get("prefixItems", ())]
        items = schema.get("items", True)
        rest = [] if items is False or most <= len(first) else [self.values(items, depth + 1)]
        if not rest:
            return st.tuples(*first).map(list)
        unique: dict[str, Any] = {"unique_by": repr} if schema.get("uniqueItems") else {}
        if least > most:
            return st.nothing()
        least, most = max(0, least - len(first)), min(most, least + 5) - len(first)
        more: st.SearchStrategy[Any] = st.lists(rest[0], min_size=least, max_size=most, **unique)
        return st.tuples(st.tuples(*first), more).map(lambda pair: [*pair[0], *pair[1]])

    def strings(self, schema: Mapping[str, Any], depth: int) -> st.SearchStrategy[JSON]:
        named = _FORMATS.get(schema.get("format", ""))
        if named is not None:
            return named()
        least = schema.get("minLength", 0)
        most = schema.get("maxLength", least + 10)
        if "pattern" in schema:
            return st.from_regex(_readable(schema["pattern"])).filter(lambda text: least <= len(text))
        if least > most:
            return st.nothing()
        return st.text(min_size=least, max_size=min(most, least + 10))

    def integers(self, schema: Mapping[str, Any], depth: int) -> st.SearchStrategy[JSON]:
        low, high = _bounds(schema)
        step = schema.get("multipleOf", 1)
        step = step if isinstance(step, int) else 1
        least = None if low is None else math.ceil(low / step)
        most = None if high is None else math.floor(high / step)
        if least is None:
            least = -10 if most is None else most - 20
        if most is not None and least > most:
            return st.nothing()
        return st.integers(least, least + 20 if most is None else most).map(lambda number: number * step)

    def numbers(self, schema: Mapping[str, Any], depth: int) -> st.SearchStrategy[JSON]:
        low, high = _bounds(schema, step=0)
        if "multipleOf" in schema:
            step = schema["multipleOf"]
            return st.integers(-20, 20).map(lambda number: number * step)
        least = low if low is not None else (-1e6 if high is None else high - 1e6)
        most = high if high is not None else least + 2e6
        if least > most:
            return st.nothing()
        return st.floats(least, most, allow_nan=False, allow_infinity=False)

    def booleans(self, schema: Mapping[str, Any], depth: int) -> st.SearchStrategy[JSON]:
        return st.booleans()

    def nulls(self, schema: Mapping[str, Any], depth: int) -> st.SearchStrategy[JSON]:
        return st.none()


_MAKE: Mapping[str, Callable[[_Maker, Mapping[str, Any], int], st.SearchStrategy[JSON]]] = {
    "object": _Maker.objects,
    "array": _Maker.arrays,
    "string": _Maker.strings,
    "integer": _Maker.integers,
    "number": _Maker.numbers,
    "boolean": _Maker.booleans,
    "null": _Maker.nulls,
}

_MEANT: Mapping[str, tuple[str, ...]] = {
    "object": ("properties", "required", "additionalProperties", "minProperties"),
    "array": ("items", "prefixItems", "minItems", "maxItems", "uniqueItems"),
    "string": ("pattern", "format", "minLength", "maxLength"),
    "number": ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"),
}


def _readable(pattern: str) -> str:
    """Return a pattern; UsageError for one that Python's `re` does not take."""
    try:
        re.compile(pattern)
    except re.error as wrong:
        raise UsageError(f"the JSON Schema's pattern {pattern} cannot be read: {wrong}") from None
    return pattern


def _kinds_meant(schema: Mapping[str, Any]) -> list[str]:
    """The types that a schema without `type` speaks of."""
    return [kind for kind, keywords in _MEANT.items() if any(word in schema for word in keywords)]


_LOWS = ("minimum", "exclusiveMinimum")
_HIGHS = ("maximum", "exclusiveMaximum")


def _bounds(schema: Mapping[str, Any], step: float = 1) -> tuple[float | None, float | None]:
    lows = [schema[name] + more for name, more in zip(_LOWS, (0, step), strict=True) if name in schema]
    highs = [schema[name] - more for name, more in zip(_HIGHS, (0, step), strict=True) if name in schema]
    return (max(lows) if lows else None, min(highs) if highs else None)


def merge(one: Schema, other: Schema) -> Schema:
    """Return a schema that is about as strict as two of them; validation sees to the rest."""
    if isinstance(one, bool):
        return other if one else False
    if isinstance(other, bool):
        return one if other else False
    merged = {**one, **other}
    for name in one.keys() & other.keys():
        ours, theirs = one[name], other[name]
        if name == "required":
            merged[name] = list(dict.fromkeys([*ours, *theirs]))
        elif name == "properties":
            both = {key: merge(ours[key], theirs[key]) for key in ours.keys() & theirs.keys()}
            merged[name] = {**ours, **theirs, **both}
        elif name == "enum":
            merged[name] = [value for value in ours if value in theirs]
        elif name in ("minimum", "minLength", "minItems", "exclusiveMinimum"):
            merged[name] = max(ours, theirs)
        elif name in ("maximum", "maxLength", "maxItems", "exclusiveMaximum"):
            merged[name] = min(ours, theirs)
        elif name in ("allOf", "anyOf", "oneOf"):
            merged[name] = [*ours, *theirs] if name == "allOf" else theirs
    return merged


def _moments() -> st.SearchStrategy[JSON]:
    from datetime import UTC, datetime

    def as_text(moment: datetime) -> str:
        return moment.replace(tzinfo=UTC, microsecond=0).isoformat().replace("+00:00", "Z")

    return st.datetimes(datetime(2000, 1, 1), datetime(2050, 1, 1)).map(as_text)


_FORMATS: Mapping[str, Callable[[], st.SearchStrategy[JSON]]] = {
    "date-time": _moments,
    "date": lambda: st.dates().map(str),
    "uuid": lambda: st.uuids().map(str),
    "email": lambda: st.sampled_from(["ada@example.com", "bob@example.com"]),
    "uri": lambda: st.sampled_from(["https://example.com/", "https://example.com/a?b=c"]),
}
