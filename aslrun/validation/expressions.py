"""The expressions in a definition, each held to what the engine's own compiler takes.

One checker for each format that the schemas name. Texts with a `${Placeholder}` are let be: what they will
say is not known.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import TypeAlias

from aslrun.document.spans import Pointer
from aslrun.expressions import ExpressionError
from aslrun.expressions.jsonpath.path import compile_path, compile_result_path
from aslrun.expressions.jsonpath.reading import parse_path
from aslrun.expressions.template import compile_expression, paths_in
from aslrun.timestamps import parse_timestamp
from aslrun.validation.acceptance import Written
from aslrun.validation.findings import Finding, schema_error
from aslrun.validation.jsonata import as_one_query
from aslrun.validation.placeholders import has_placeholder
from aslrun.validation.text import objects_in, texts_in
from aslrun.validation.wordings import wrong_type
from aslrun.values import JSON

_USE_JSONATA = 'JSONata needs "QueryLanguage": "JSONata" in the state or at the top'

Compile: TypeAlias = Callable[[str], object]


def check_expressions(expressions: Iterable[Written]) -> Iterator[Finding]:
    """Yield the texts that are no expressions of the language they should be in."""
    for written in expressions:
        if not (written.format in PATHS and is_plain(written.value)):
            yield from CHECKERS[written.format](written)


def check_path(written: Written) -> Iterator[Finding]:
    """A path, for the fields that take one; `$$` and `$variable` too."""
    says = f"The value for the field '{written.at[-1]}' must be a valid JSONPath"
    yield from check_compiles(written.value, written.at, compile_path, says)
    yield from check_dialect(written.value, written.at)


def check_reference_path(written: Written) -> Iterator[Finding]:
    """A path that names one place to put something at."""
    return check_compiles(written.value, written.at, compile_result_path)


def check_path_or_intrinsic(written: Written) -> Iterator[Finding]:
    """A path or an intrinsic function call."""
    return check_selector(written.value, written.at)


def check_selector(text: JSON, at: Pointer) -> Iterator[Finding]:
    """What computes a value in JSONPath: a path or an intrinsic function call."""
    field = str(at[-1])
    yield from check_compiles(text, at, lambda text: compile_expression(text, field), must_select(field))
    yield from check_dialect(text, at)


def is_plain(text: JSON) -> bool:
    """Tell whether a text is a path of nothing but names and indices, with which nothing can be wrong."""
    try:
        path = parse_path(text) if isinstance(text, str) and text.startswith("$") else None
    except ExpressionError:
        return False
    return path is not None and path.steps is not None and not path.remarks


def check_dialect(text: JSON, at: Pointer) -> Iterator[Finding]:
    """What the service's JSONPath refuses, or takes for something else than its writer meant."""
    if not isinstance(text, str) or has_placeholder(text):
        return
    try:
        paths = paths_in(text)
    except ExpressionError:
        return  # told by check_compiles
    for path, offset in paths:
        for remark in path.remarks:
            by_whom = " by the service" if remark.refuses and remark.message.endswith("refused") else ""
            yield Finding(
                "JSONPATH_DIALECT",
                f"{remark.message}{by_whom}",
                at,
                remark.hint,
                "error" if remark.is_error else "warning",
                stretch=(offset + remark.start, offset + remark.end),
            )


def must_select(field: str) -> str:
    """Return the service's words for a field that neither is a path nor calls an intrinsic function."""
    return f"The value for the field '{field}' must be a valid JSONPath or a valid intrinsic function call"


def check_compiles(
    text: JSON, at: Pointer, compile_text: Compile, says: str | None = None
) -> Iterator[Finding]:
    """Yield the compiler's complaint, after what the service `says`, at the character it points at."""
    if not isinstance(text, str) or has_placeholder(text):
        return
    try:
        compile_text(text)
    except ExpressionError as wrong:
        message = f"{says}: {wrong.message}" if says else wrong.message
        character = max(0, min(wrong.offset, len(text) - 1))
        yield Finding("SCHEMA_VALIDATION_FAILED", message, at, stretch=(character, character + 1))


def check_template(written: Written) -> Iterator[Finding]:
    """A value with expressions in it: a payload template, or JSONata in any of its texts."""
    if written.language == "JSONata":
        return check_jsonata_texts(written)
    return check_payload_template(written)


def check_payload_template(written: Written) -> Iterator[Finding]:
    """A payload template: keys that end in `.$` have expressions, all else is literal."""
    for at, fields in objects_in(written.at, written.value):
        for key in fields:
            if key.endswith(".$") and not (is_plain(fields[key]) and key.removesuffix(".$") not in fields):
                yield from check_computed_field(at, key, fields)


def check_computed_field(at: Pointer, key: str, fields: Mapping[str, JSON]) -> Iterator[Finding]:
    """One field of a payload template whose key ends in `.$`."""
    name, text = key.removesuffix(".$"), fields[key]
    if name in fields:
        message = f"The field '{name}' is given twice, as '{name}' and as '{key}'"
        yield schema_error(message, (*at, key), "delete one of them", key=True)
    if isinstance(text, str):
        yield from check_selector(text, (*at, key))
    else:
        yield schema_error(must_select(key), (*at, key), f"for a literal value, name the field '{name}'")


def check_jsonata(written: Written) -> Iterator[Finding]:
    """A value for which only `{% %}` can stand, where it is a text."""
    if not isinstance(written.value, str):
        yield from check_template(written)
    elif written.language == "JSONata" and written.value.startswith("{%"):
        yield from check_delimiters(written.value, written.at)
    elif not has_placeholder(written.value):
        types = [name for name in written.types if name != "string"]
        wrong = wrong_type(written.value, types, written.at, jsonata=written.language == "JSONata")
        yield replace(wrong, hint=_USE_JSONATA) if written.value.startswith("{%") else wrong


def check_jsonata_texts(written: Written) -> Iterator[Finding]:
    """Any value, whose texts may be JSONata expressions."""
    for at, text in texts_in(written.at, written.value):
        yield from check_delimiters(text, at)


def check_delimiters(text: str, at: Pointer) -> Iterator[Finding]:
    """A JSONata expression begins with `{%` and ends with `%}`; a text with neither is only a text."""
    begins, ends = text.startswith("{%"), text.endswith("%}") and len(text) >= len("{%%}")
    if begins == ends:
        return
    message = "A JSONata expression begins with '{%' and ends with '%}'"
    stretch = (0, len("{%")) if begins else (len(text) - len("%}"), len(text))
    hint = "add '%}' at the end" if begins else "add '{%' at the beginning"
    if whole := as_one_query(text):
        hint = f'write it as one expression: "{whole}"'
    yield Finding("INVALID_JSONATA_EXPRESSION", message, at, hint, stretch=stretch)


def check_timestamp(written: Written) -> Iterator[Finding]:
    """A timestamp, or what computes one."""
    text = written.value
    if not isinstance(text, str) or has_placeholder(text):
        return
    if written.language == "JSONata" and text.startswith("{%"):
        yield from check_delimiters(text, written.at)
    elif parse_timestamp(text) is None:
        hint = _USE_JSONATA if text.startswith("{%") else "write it like 2016-03-14T01:59:00Z"
        yield schema_error("String does not match RFC3339 timestamp", written.at, hint)


PATHS = ("path", "path-or-intrinsic")
"""Formats of which most values are plain paths."""

CHECKERS: Mapping[str, Callable[[Written], Iterator[Finding]]] = {
    "path": check_path,
    "reference-path": check_reference_path,
    "path-or-intrinsic": check_path_or_intrinsic,
    "template": check_template,
    "jsonata": check_jsonata,
    "timestamp": check_timestamp,
}
