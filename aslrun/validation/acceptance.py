"""A fast way past the schemas for what is sound: each compiled, once, to a function that accepts a value.

It has no words: what it does not accept is looked at by jsonschema (`keywords`), which finds and places what
is wrong. A law holds the two to each other (tests/validation/test_acceptance.py). The keywords are ours, with
`x-queryLanguage`, formats and placeholders, and what is noted on the way are expressions and the objects that
are to be looked at next: no general compiler of schemas gives these, and closures made here cost a
millisecond, where importing jsonschema costs forty.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, TypeAlias

from aslrun.document.spans import Pointer
from aslrun.validation.machines import Language
from aslrun.validation.placeholders import has_placeholder
from aslrun.validation.schema_files import STATE, Schema, schema_at, type_list
from aslrun.values import JSON, is_number

QUEUED = frozenset([STATE, "choice.json#/$defs/NestedRule"])
"""Schemas of what may be nested as deeply as anybody likes: it is put off, so that nothing recurses."""


@dataclass(slots=True)
class Written:
    """A value that a schema gives a format: it is written in a language of expressions.

    `types` are the names of the JSON types that the field may have, `owner` is the pointer of the state that
    it is in.
    """

    at: Pointer
    value: JSON
    format: str
    types: tuple[str, ...]
    language: Language
    owner: Pointer = ()


@dataclass(slots=True)
class Notes:
    """What is noted in values that are accepted: expressions, and (pointer, value, schema) for later."""

    written: list[Written] = field(default_factory=list)
    waiting: list[tuple[Pointer, JSON, str]] = field(default_factory=list)


Holds: TypeAlias = Callable[[JSON], bool]
Accept: TypeAlias = Callable[[JSON, Pointer, Notes], bool]


@lru_cache(maxsize=256)
def acceptor(reference: str, language: Language) -> Accept:
    """Return a function of (value, pointer, notes) that tells whether the schema at `reference` accepts a
    value in an object of a query language, and notes what is in it. What it noted of a value that it does not
    accept is to be thrown away."""
    return _compile(schema_at(reference), language)


def _compile(schema: Schema, language: Language) -> Accept:
    if schema.get("x-queryLanguage", language) != language:
        return lambda value, at, notes: False
    tests: list[Holds] = []
    parts: list[Accept] = []
    fields = _fields(schema, language)
    if fields is not None:
        parts.append(fields)
    for keyword, argument in schema.items():
        if keyword in _NOTING:
            parts.append(_NOTING[keyword](argument, schema, language))
        elif keyword in _PLAIN:
            tests.append(_PLAIN[keyword](argument, schema))
        elif keyword == "allOf" and not (dispatched := _dispatched(argument, language)):
            for each in argument:
                holds = _as_plain(each, language)
                if holds is not None:
                    tests.append(holds)
                else:
                    parts.append(_compile(each, language))
        elif keyword == "allOf" and dispatched:
            parts.append(dispatched)
        elif keyword not in _NOTHING | _TAKEN:
            raise ValueError(f"the schemas have a keyword that is not known here: {keyword}")
    if len(parts) == 1 and len(tests) <= 1:
        return _both(tests[0], parts[0]) if tests else parts[0]

    def accept(value: JSON, at: Pointer, notes: Notes) -> bool:
        for holds in tests:  # loops are faster here than `all`
            if not holds(value):
                return False
        for part in parts:  # noqa: SIM110
            if not part(value, at, notes):
                return False
        return True

    return accept


def _both(holds: Holds, part: Accept) -> Accept:
    return lambda value, at, notes: holds(value) and part(value, at, notes)


def _predicate(schema: Schema) -> Holds:
    """What a schema asks in which nothing is noted, as that of an `if` or a `not`."""
    tests = [_ASKING[word](argument, schema) for word, argument in schema.items() if word in _ASKING]
    if len(tests) == 1:
        return tests[0]
    if len(tests) == 2:
        one, other = tests
        return lambda value: one(value) and other(value)
    return lambda value: all(test(value) for test in tests)


# ---------------------------------------------------------------- keywords that note what is inside


def _fields(schema: Schema, language: Language) -> Accept | None:
    """`properties` and `additionalProperties`, each field by what its schema asks for."""
    if "properties" not in schema and "additionalProperties" not in schema:
        return None
    known = {name: _check(inner, language) for name, inner in schema.get("properties", {}).items()}
    other = schema.get("additionalProperties", True)
    others = _check(other, language)
    if other is True and all(holds for holds, _ in known.values()):
        plain = _fields_hold({name: holds for name, (holds, _) in known.items() if holds})
        return lambda value, at, notes: plain(value)

    def accept(value: JSON, at: Pointer, notes: Notes) -> bool:
        if not isinstance(value, dict):
            return True
        for name, inner in value.items():
            holds, part = known.get(name, others)
            if holds is not None:
                if not holds(inner):
                    return False
            elif part is None or not part(inner, (*at, name), notes):
                return False
        return True

    return accept


Check: TypeAlias = tuple[Holds | None, Accept | None]
"""How to look at a field: by what only asks, or by what notes; by neither where it is not to be there."""


def _check(schema: Schema | bool, language: Language) -> Check:
    if isinstance(schema, bool):
        return (lambda value: True) if schema else None, None
    holds = _as_plain(schema, language)
    return (holds, None) if holds is not None else (None, _compile(schema, language))


def _as_plain(schema: Schema, language: Language) -> Holds | None:
    """Return the test of a schema in which nothing is noted, None for any other."""
    while schema.keys() == {"$ref"} and schema["$ref"] not in QUEUED:
        schema = schema_at(schema["$ref"])
    is_plain = schema.keys() <= _PLAIN.keys() | _NOTHING
    is_there = schema.get("x-queryLanguage", language) == language
    return _predicate(schema) if is_plain and is_there else None


def _ref(reference: str, schema: Schema, language: Language) -> Accept:
    if reference not in QUEUED:
        return acceptor(reference, language)

    def put_off(value: JSON, at: Pointer, notes: Notes) -> bool:
        notes.waiting.append((at, value, reference))
        return True

    return put_off


def _format(name: str, schema: Schema, language: Language) -> Accept:
    types = tuple(type_list(schema))

    def note(value: JSON, at: Pointer, notes: Notes) -> bool:
        notes.written.append(Written(at, value, name, types, language))
        return True

    return note


def _items(each: Schema, schema: Schema, language: Language) -> Accept:
    holds = _as_plain(each, language)
    if holds is not None:
        test = holds
        return lambda value, at, notes: not isinstance(value, list) or all(map(test, value))
    part = _compile(each, language)

    def accept(value: JSON, at: Pointer, notes: Notes) -> bool:
        for index, item in enumerate(value if isinstance(value, list) else ()):
            if not part(item, (*at, index), notes):
                return False
        return True

    return accept


def _dispatched(schemas: list[Schema], language: Language) -> Accept | None:
    """`allOf` of schemas that each hold for one value of one field: the value is looked up."""
    table: dict[str, Accept] = {}
    names = set()
    for each in schemas:
        asked = each.get("if", {})
        if each.keys() != {"if", "then"} or len(asked.get("required", ())) != 1:
            return None
        (name,) = asked["required"]
        names.add(name)
        table[asked["properties"][name]["const"]] = _compile(each["then"], language)
    if len(names) != 1:
        return None
    (name,) = names

    def accept(value: JSON, at: Pointer, notes: Notes) -> bool:
        if not isinstance(value, dict):
            return True
        kind = value.get(name)
        part = table.get(kind) if isinstance(kind, str) else None
        return part(value, at, notes) if part is not None else not has_placeholder(kind)

    return accept


def _if(condition: Schema, schema: Schema, language: Language) -> Accept:
    holds = _predicate(condition)
    yes, no = (
        _compile(schema[branch], language) if branch in schema else None for branch in ("then", "else")
    )

    def accept(value: JSON, at: Pointer, notes: Notes) -> bool:
        part = yes if holds(value) else no
        return part is None or part(value, at, notes)

    return accept


_NOTING: Mapping[str, Callable[[Any, Schema, Language], Accept]] = {
    "$ref": _ref,
    "format": _format,
    "items": _items,
    "if": _if,
}

_NOTHING = frozenset(["$schema", "$defs", "title", "description", "x-queryLanguage", "pattern"])
"""Keywords that say nothing of a value by themselves; each pattern stands beside a format."""
_TAKEN = frozenset(["properties", "additionalProperties", "then", "else"])
"""Keywords that are taken together with others."""


# ---------------------------------------------------------------- keywords that only ask


def _type(types: str | list[str], schema: Schema) -> Holds:
    names = [types] if isinstance(types, str) else types
    kinds = frozenset(_KINDS[name] for name in names if name in _KINDS)
    tests = [_NUMBERS[name] for name in names if name in _NUMBERS]
    if len(names) == 1:
        kind = next(iter(kinds), None)
        return tests[0] if tests else lambda value: type(value) is kind
    if not tests:
        return lambda value: type(value) in kinds
    return lambda value: type(value) in kinds or any(test(value) for test in tests)


def _enum(allowed: list[JSON], schema: Schema) -> Holds:
    texts = frozenset(map(str, allowed))
    assert len(texts) == len(allowed)
    return lambda value: isinstance(value, str) and (value in texts or has_placeholder(value))


def _const(constant: JSON, schema: Schema) -> Holds:
    if isinstance(constant, str):
        return lambda value: value == constant or has_placeholder(value)
    return lambda value: type(value) is type(constant) and value == constant


def _minimum(least: float, schema: Schema) -> Holds:
    return lambda value: not isinstance(value, (int, float)) or value >= least


def _maximum(most: float, schema: Schema) -> Holds:
    return lambda value: not isinstance(value, (int, float)) or value <= most


def _max_length(most: int, schema: Schema) -> Holds:
    return lambda value: not isinstance(value, str) or len(value) <= most or has_placeholder(value)


def _min_items(least: int, schema: Schema) -> Holds:
    return lambda value: not isinstance(value, list) or len(value) >= least


def _min_properties(least: int, schema: Schema) -> Holds:
    return lambda value: not isinstance(value, dict) or len(value) >= least


def _required(names: list[str], schema: Schema) -> Holds:
    if len(names) == 1:
        (name,) = names
        return lambda value: not isinstance(value, dict) or name in value
    if len(names) == 2:
        one, other = names
        return lambda value: not isinstance(value, dict) or (one in value and other in value)
    wanted = frozenset(names)
    return lambda value: not isinstance(value, dict) or value.keys() >= wanted


def _any_of(schemas: list[Schema], schema: Schema) -> Holds:
    if all(each.keys() == {"required"} and len(each["required"]) == 1 for each in schemas):
        names = frozenset(each["required"][0] for each in schemas)
        return lambda value: not isinstance(value, dict) or not names.isdisjoint(value)
    tests = [_predicate(each) for each in schemas]
    return lambda value: any(test(value) for test in tests)


def _not(negated: Schema, schema: Schema) -> Holds:
    test = _predicate(negated)
    return lambda value: not test(value)


def _pattern_properties(patterns: dict[str, Schema], schema: Schema) -> Holds:
    tests = [(re.compile(pattern), _predicate(inner)) for pattern, inner in patterns.items()]

    def holds(value: JSON) -> bool:
        if not isinstance(value, dict):
            return True
        return all(
            test(inner) for name, inner in value.items() for found, test in tests if found.search(name)
        )

    return holds


def _asked_properties(fields: dict[str, Schema], schema: Schema) -> Holds:
    return _fields_hold({name: _predicate(inner) for name, inner in fields.items()})


def _fields_hold(tests: Mapping[str, Holds]) -> Holds:
    if len(tests) == 1:
        ((name, test),) = tests.items()
        return lambda value: not isinstance(value, dict) or name not in value or test(value[name])
    return lambda value: (
        not isinstance(value, dict) or all(test(value[name]) for name, test in tests.items() if name in value)
    )


_PLAIN: Mapping[str, Callable[[Any, Schema], Holds]] = {
    "type": _type,
    "enum": _enum,
    "const": _const,
    "minimum": _minimum,
    "maximum": _maximum,
    "maxLength": _max_length,
    "minItems": _min_items,
    "minProperties": _min_properties,
    "required": _required,
    "anyOf": _any_of,
    "not": _not,
    "patternProperties": _pattern_properties,
}

_ASKING: Mapping[str, Callable[[Any, Schema], Holds]] = {**_PLAIN, "properties": _asked_properties}

_KINDS: Mapping[str, type] = {
    "object": dict,
    "array": list,
    "string": str,
    "boolean": bool,
    "null": type(None),
}


def _is_whole(value: JSON) -> bool:
    if isinstance(value, float):
        return value.is_integer()
    return (isinstance(value, int) and not isinstance(value, bool)) or has_placeholder(value)


_NUMBERS: Mapping[str, Holds] = {
    "number": lambda value: is_number(value) or has_placeholder(value),
    "integer": _is_whole,
}
