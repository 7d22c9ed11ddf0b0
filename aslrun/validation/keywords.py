"""Our JSON Schema validator: jsonschema's, with keywords that suit definitions.

- `$ref` and `format` are only noted: `structure` takes them up when the object at hand is done. So nothing
  recurses, however deeply machines and rules are nested.
- `x-queryLanguage` names the one query language that has a field.
- The others say that something is wrong and leave the words to `wordings`: jsonschema's own put the whole
  value into a message, and fail for one that is nested deeply.
- A text with a `${Placeholder}` passes as any text or number.

No other module knows jsonschema; importing it is a third of the start-up time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any, Protocol, TypeAlias

from jsonschema.exceptions import ValidationError
from jsonschema.validators import Draft202012Validator, extend

from aslrun.document.spans import Pointer
from aslrun.validation.machines import Language
from aslrun.validation.placeholders import has_placeholder
from aslrun.validation.schema_files import Schema, schema_at
from aslrun.values import JSON, is_number


@dataclass(frozen=True, slots=True)
class Remark:
    """What a keyword of a schema says of the value at `at`: that it breaks a rule, or a note.

    `argument` is what the schema gives the keyword, `schema` the object that the keyword is in.
    """

    keyword: str
    argument: Any
    value: JSON
    schema: Schema
    at: Pointer

    @property
    def fields(self) -> dict[str, JSON]:
        """The value, of keywords that only complain of objects."""
        assert isinstance(self.value, dict)
        return self.value


Errors: TypeAlias = Iterator[ValidationError]


class Validator(Protocol):
    """The part of jsonschema's validators that is used here."""

    def iter_errors(self, instance: JSON) -> Errors: ...
    def descend(self, instance: JSON, schema: Schema, path: str) -> Errors: ...
    def evolve(self, *, schema: Schema) -> Validator: ...
    def is_valid(self, instance: JSON) -> bool: ...


Keyword: TypeAlias = Callable[[Validator, Any, JSON, Schema], Errors]


def remarks_on(value: JSON, at: Pointer, reference: str, language: Language) -> Iterator[Remark]:
    """Yield what the schema at `reference` says of a value; nothing more once its type is wrong."""
    for error in validator_for(reference, language).iter_errors(value):
        given: Any = error  # typed as perhaps unset, which it is not once it is yielded
        yield Remark(given.validator, given.validator_value, given.instance, given.schema, (*at, *given.path))
        if given.validator == "type" and not given.path:
            return


@cache
def validator_for(reference: str, language: Language) -> Validator:
    """Return the validator of the schema at `reference`, for objects of a query language."""
    return _CLASSES[language](schema_at(reference))


def _note(validator: Validator, argument: Any, value: JSON, schema: Schema) -> Errors:
    yield ValidationError("")


def _unless(holds: Callable[[Any, JSON], bool]) -> Keyword:
    def keyword(validator: Validator, argument: Any, value: JSON, schema: Schema) -> Errors:
        if not holds(argument, value):
            yield ValidationError("")

    return keyword


def _is_of_type(types: str | list[str], value: JSON) -> bool:
    return any(_TYPES[name](value) for name in ([types] if isinstance(types, str) else types))


def _is_one_of(allowed: list[JSON], value: JSON) -> bool:
    return any(_is_same(each, value) for each in allowed)


def _is_same(constant: JSON, value: JSON) -> bool:
    """Equality of scalars, in which `true` is not 1; a placeholder may become any text."""
    if isinstance(constant, str) and has_placeholder(value):
        return True
    return type(constant) is type(value) and constant == value


def _is_at_least(least: float, value: JSON) -> bool:
    return not isinstance(value, (int, float)) or value >= least


def _is_at_most(most: float, value: JSON) -> bool:
    return not isinstance(value, (int, float)) or value <= most


def _is_short(most: int, value: JSON) -> bool:
    return not isinstance(value, str) or len(value) <= most or has_placeholder(value)


def _has_items(least: int, value: JSON) -> bool:
    return not isinstance(value, list) or len(value) >= least


def _has_fields(least: int, value: JSON) -> bool:
    return not isinstance(value, dict) or len(value) >= least


def _has_all(fields: list[str], value: JSON) -> bool:
    return not isinstance(value, dict) or all(field in value for field in fields)


def _is_whole(value: JSON) -> bool:
    if isinstance(value, float):
        return value.is_integer()
    return isinstance(value, int) and not isinstance(value, bool)


def _properties(validator: Validator, fields: dict[str, Any], value: JSON, schema: Schema) -> Errors:
    for field, inner in value.items() if isinstance(value, dict) else ():
        if fields.get(field) is False:
            yield ValidationError("", path=[field])
        elif field in fields:
            yield from validator.descend(inner, fields[field], path=field)


def _additional_properties(validator: Validator, other: Any, value: JSON, schema: Schema) -> Errors:
    known = schema.get("properties", {})
    for field, inner in value.items() if isinstance(value, dict) else ():
        if field not in known:
            if other is False:
                yield ValidationError("", path=[field])
            else:
                yield from validator.descend(inner, other, path=field)


def _any_of(validator: Validator, schemas: list[Schema], value: JSON, schema: Schema) -> Errors:
    if not any(validator.evolve(schema=each).is_valid(value) for each in schemas):
        yield ValidationError("")


def _not(validator: Validator, negated: Schema, value: JSON, schema: Schema) -> Errors:
    if validator.evolve(schema=negated).is_valid(value):
        yield ValidationError("")


_TYPES: dict[str, Callable[[JSON], bool]] = {
    "object": lambda value: isinstance(value, dict),
    "array": lambda value: isinstance(value, list),
    "string": lambda value: isinstance(value, str),
    "boolean": lambda value: isinstance(value, bool),
    "null": lambda value: value is None,
    "number": lambda value: is_number(value) or has_placeholder(value),
    "integer": lambda value: _is_whole(value) or has_placeholder(value),
}

_KEYWORDS: dict[str, Keyword] = {
    "$ref": _note,
    "format": _note,
    "type": _unless(_is_of_type),
    "enum": _unless(_is_one_of),
    "const": _unless(_is_same),
    "minimum": _unless(_is_at_least),
    "maximum": _unless(_is_at_most),
    "maxLength": _unless(_is_short),
    "minItems": _unless(_has_items),
    "minProperties": _unless(_has_fields),
    "required": _unless(_has_all),
    # Each pattern stands beside a format, as its rough form for validators that do not know the format.
    "pattern": _unless(lambda pattern, value: True),
    "properties": _properties,
    "additionalProperties": _additional_properties,
    "anyOf": _any_of,
    "not": _not,
}


def _class_for(language: Language) -> Callable[[Schema], Validator]:
    gate = {"x-queryLanguage": _unless(lambda only, value: only == language)}
    made: Callable[[Schema], Validator] = extend(  # type: ignore[no-untyped-call]
        Draft202012Validator, {**_KEYWORDS, **gate}
    )
    return made


_CLASSES: dict[Language, Callable[[Schema], Validator]] = {
    "JSONPath": _class_for("JSONPath"),
    "JSONata": _class_for("JSONata"),
}
