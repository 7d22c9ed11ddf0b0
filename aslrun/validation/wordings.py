"""The words for what a schema finds wrong: the service's own where it has been seen to say so, and what to
write instead.

Texts: ValidateStateMachineDefinition and CreateStateMachine, as recorded and as users report them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, TypeAlias

from aslrun.document.spans import Pointer
from aslrun.validation.findings import Finding, closest, schema_error
from aslrun.validation.machines import Language
from aslrun.validation.schema_files import language_gate, state_schemas, type_list
from aslrun.values import JSON, to_json_text

if TYPE_CHECKING:
    from aslrun.validation.keywords import Remark


def wrong_type(value: JSON, types: Sequence[str], at: Pointer, *, jsonata: bool = False) -> Finding:
    """Return the finding that `value` has none of `types`; `jsonata` says that `{% %}` would do as well."""
    names = [TYPE_NAMES[name] for name in types if name != "null"]
    if jsonata:
        names.append("JSONata expression")
    return schema_error(f"Expected value of type {' or '.join(names)}", at, _how_to_write(value, types))


def _how_to_write(value: JSON, types: Sequence[str]) -> str:
    if isinstance(value, str):
        if {"integer", "number"} & set(types) and _NUMERAL.fullmatch(value):
            return f"write {value} without quotes"
        if "boolean" in types and value in ("true", "false"):
            return f"write {value} without quotes"
    if isinstance(value, float) and "integer" in types:
        return "write a whole number"
    return f"this is {next(name for kind, name in KINDS if isinstance(value, kind))}"


def _of_wrong_type(remark: Remark, language: Language) -> Finding:
    computed = remark.schema.get("format") == "jsonata"
    types = [name for name in type_list(remark.schema) if not (computed and name == "string")]
    return wrong_type(remark.value, types, remark.at, jsonata=computed and language == "JSONata")


def _none_of_values(remark: Remark, language: Language) -> Finding:
    values = remark.argument if remark.keyword == "enum" else [remark.argument]
    shown = ", ".join(value if isinstance(value, str) else to_json_text(value) for value in values)
    written = remark.value if isinstance(remark.value, str) else None
    message = f"The field '{remark.at[-1]}' should have one of these values: [{shown}]"
    return replace(schema_error(message, remark.at), written=written, known=values)


def _below_minimum(remark: Remark, language: Language) -> Finding:
    return schema_error(f"Minimum value is {_limit(remark)}", remark.at)


def _above_maximum(remark: Remark, language: Language) -> Finding:
    return schema_error(f"Maximum value is {_limit(remark)}", remark.at)


def _limit(remark: Remark) -> float:
    limit: int = remark.argument
    return limit if "integer" in type_list(remark.schema) else float(limit)


def _empty(remark: Remark, language: Language) -> Finding:
    return schema_error("Value cannot be empty", remark.at)


def _too_long(remark: Remark, language: Language) -> Finding:
    # Label is the only field whose length a schema limits, and the service has a code for it.
    return Finding("INVALID_LABEL_NAME", f"A Label has at most {remark.argument} characters", remark.at)


def _missing(remark: Remark, language: Language) -> Finding:
    missing = [field for field in remark.argument if field not in remark.fields]
    known = remark.schema.get("properties", {})
    given = [field for field in remark.fields if field not in known]
    near = {field: closest(field, given, VERY_LIKE) for field in missing} if given else {}
    hints = [f"write '{field}', not '{written}'" for field, written in near.items() if written]
    message = f"These fields are required: [{', '.join(missing)}]"
    return schema_error(message, remark.at, "; ".join(hints) or None, key=True)


def _none_given(remark: Remark, language: Language) -> Finding:
    alternatives = [field for each in remark.argument for field in each["required"]]
    properties = remark.schema.get("properties", {})
    usable = [f for f in alternatives if language_gate(properties.get(f, {})) in (None, language)]
    names = list(dict.fromkeys(field.removesuffix(".$") for field in usable))
    if len(names) < len(usable):
        message = f"The field '{names[0]}' is required but was missing"
    elif len(names) == 1:
        message = f"These fields are required: [{names[0]}]"
    else:
        message = f"One of the following fields is required: [{', '.join(names)}]"
    return schema_error(message, remark.at, key=True)


def _too_many_given(remark: Remark, language: Language) -> Finding:
    negated = remark.argument
    exclusive = {field for each in negated.get("anyOf", [negated]) for field in each["required"]}
    given = [field for field in remark.fields if field in exclusive]
    message = f"There should only be one of the following fields: [{', '.join(given)}]"
    return schema_error(message, (*remark.at, given[-1]), key=True)


def _unsupported(remark: Remark, language: Language) -> Finding:
    field, schema = str(remark.at[-1]), remark.schema
    finding = schema_error(f"Field '{field}' is not supported", remark.at, key=True)
    if remark.keyword == "properties":
        return replace(finding, hint=schema.get("description"))
    owners = [name for name, state in state_schemas().items() if field in state["properties"]]
    if owners and schema in state_schemas().values():
        return replace(finding, hint=f"states that have it: {', '.join(owners)}")
    unused = [known for known in schema["properties"] if known not in remark.fields]
    return replace(finding, written=field, known=unused)


def _of_other_language(remark: Remark, language: Language) -> Finding:
    field, only = str(remark.at[-1]), remark.argument
    message = (
        f"The QueryLanguage is set to '{language}', but field '{field}' is only supported for the "
        f"'{only}' QueryLanguage"
    )
    if only == "JSONata":
        hint = 'add "QueryLanguage": "JSONata" to the state, or to the whole machine'
        return schema_error(message, remark.at, hint, key=True)
    instead = JSONATA_FIELDS.get(field, field.removesuffix("Path"))
    return schema_error(message, remark.at, f"JSONata states have {instead}", key=True)


KINDS: tuple[tuple[type, str], ...] = (
    (str, "a string"),
    (bool, "a boolean"),
    (int, "a number"),
    (float, "a number"),
    (list, "an array"),
    (dict, "an object"),
    (object, "null"),
)

TYPE_NAMES: Mapping[str, str] = {
    "string": "String",
    "integer": "Integer",
    "number": "Number",
    "boolean": "Boolean",
    "object": "Object",
    "array": "Array",
}

JSONATA_FIELDS: Mapping[str, str] = {
    "InputPath": "Arguments",
    "Parameters": "Arguments",
    "ResultSelector": "Output",
    "ResultPath": "Output",
    "OutputPath": "Output",
    "Result": "Output",
    "ItemsPath": "Items",
    "Variable": "Condition",
    "And": "Condition",
    "Or": "Condition",
    "Not": "Condition",
}
"""What a JSONata state has in place of a field of JSONPath, where it is not the name without `Path`."""

VERY_LIKE = 0.75
"""How much alike, from 0 to 1, a field that is missing and one that is given are: `Type` and `type`."""

_NUMERAL = re.compile(r"-?\d{1,15}(\.\d{1,15})?")

Wording: TypeAlias = "Callable[[Remark, Language], Finding]"

WORDINGS: Mapping[str, Wording] = {
    "type": _of_wrong_type,
    "enum": _none_of_values,
    "const": _none_of_values,
    "minimum": _below_minimum,
    "maximum": _above_maximum,
    "minItems": _empty,
    "minProperties": _empty,
    "maxLength": _too_long,
    "required": _missing,
    "anyOf": _none_given,
    "not": _too_many_given,
    "properties": _unsupported,
    "additionalProperties": _unsupported,
    "x-queryLanguage": _of_other_language,
}
