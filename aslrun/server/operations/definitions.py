"""Definitions in requests: checked as the service does, and told of as it does."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any, cast

from aslrun.diagnostics import Diagnostic, unreadable
from aslrun.document import DocumentError, parse_document
from aslrun.execution import MachineType
from aslrun.server.errors import quoted
from aslrun.server.json_text import parse_text
from aslrun.server.protocol import Request
from aslrun.server.service import Service
from aslrun.teststate.definition import states_of
from aslrun.validation import validate_document
from aslrun.values import JSON, JSONTextError, from_json_text

MOST = 100
"""Diagnostics of an answer. API reference: maxResults."""
_THEIRS = frozenset({"NO_DOLLAR", "NO_PATH", "PASS_RESULT_IS_STATIC"})
"""Warnings that the service has."""
_NOT_AN_OBJECT = "Definition must be a valid JSON object"


@lru_cache(maxsize=256)
def diagnose(text: str, type: str) -> tuple[Diagnostic, ...]:
    """Return what validation says of a definition's text. It must be JSON: the API takes no YAML."""
    try:
        value = parse_text(text) if text.strip() else None
    except ValueError as wrong:
        return (Diagnostic("INVALID_JSON_DESCRIPTION", "error", str(wrong), None, _source(text)),)
    if not isinstance(value, dict):
        return (Diagnostic("SCHEMA_VALIDATION_FAILED", "error", _NOT_AN_OBJECT, None, ""),)
    try:
        document = parse_document(text, "definition")
    except DocumentError as wrong_text:
        return (unreadable(wrong_text),)
    return tuple(validate_document(document, machine_type=cast(MachineType, type)))


def _source(text: str) -> str:
    """Return the place of what is no JSON, in the manner of the service's parser."""
    try:
        from_json_text(text)
    except JSONTextError as wrong:
        at = wrong.at or 0
        token = re.match(r"\w*", text[at:])
        line = text.count("\n", 0, at) + 1
        column = at - (text.rfind("\n", 0, at) + 1) + 1 + (len(token[0]) if token else 0)
        return f'[Source: (String)"{text}"; line: {line}, column: {column}]'
    return "/"


def check_definition(text: str, type: str) -> None:
    """Raise ApiError InvalidDefinition with all that makes a definition invalid."""
    errors = [found for found in diagnose(text, type) if found.severity == "error"]
    if errors:
        told = ", ".join(
            f"{one.code}: {one.message}{f' at {one.location}' if one.location else ''}" for one in errors
        )
        raise quoted("InvalidDefinition", "Invalid State Machine Definition", told)


def validate(service: Service, request: Request) -> Mapping[str, Any]:
    """ValidateStateMachineDefinition: errors, and the service's own warnings where they are asked for."""
    members = request.members
    found = diagnose(members["definition"], members.get("type", "STANDARD"))
    wants_warnings = members.get("severity") == "WARNING"
    told = [
        {
            "severity": one.severity.upper(),
            "code": one.code,
            "message": _message(one),
            "location": one.location or None,
        }
        for one in found
        if one.severity == "error" or (wants_warnings and one.code in _THEIRS)
    ]
    most = members.get("maxResults") or MOST
    return {
        "result": "FAIL" if any(one.severity == "error" for one in found) else "OK",
        "diagnostics": told[:most],
        "truncated": len(told) > most,
    }


def _message(one: Diagnostic) -> str:
    return f"{one.message}\n at {one.location}" if one.location.startswith("[Source") else one.message


# ---------------------------------------------------------------- variables

_VARIABLE = re.compile(r"(?<![\w$])\$([^\W\d]\w*)")


def variable_references(text: str) -> dict[str, list[str]]:
    """Return the variables that each state refers to, by the states' names; those that refer to none are left
    out. API reference: variableReferences."""
    definition = from_json_text(text)
    if not isinstance(definition, dict):
        return {}
    language = str(definition.get("QueryLanguage", "JSONPath"))
    found = {}
    for state in states_of(definition, language):
        fields = {
            name: value
            for name, value in state.fields.items()
            if name not in ("ItemProcessor", "Iterator", "Branches")
        }
        is_jsonata = state.fields.get("QueryLanguage", state.language) == "JSONata"
        names = set(_names_in(fields, is_jsonata, ""))
        if names:
            found[state.name] = sorted(names)
    return found


_TEXT_IN_JSONATA = re.compile(r"'[^']*'|\"[^\"]*\"")
_OWN = re.compile(r"\$(\w+)\s*:=|\bfunction\s*\(([^)]*)\)|λ\s*\(([^)]*)\)")


def _names_in(value: JSON, is_jsonata: bool, field: str) -> Iterator[str]:
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _names_in(inner, is_jsonata, name)
    elif isinstance(value, list):
        for inner in value:
            yield from _names_in(inner, is_jsonata, field)
    elif isinstance(value, str):
        yield from _names_of(value, is_jsonata, field)


def _names_of(text: str, is_jsonata: bool, field: str) -> Iterator[str]:
    if is_jsonata:
        if not (text.startswith("{%") and text.endswith("%}")):
            return
        code = _TEXT_IN_JSONATA.sub("''", text)
        own = {name.strip().lstrip("$") for match in _OWN.finditer(code) for part in match.groups() if part
               for name in part.split(",")}  # fmt: skip
        for match in _VARIABLE.finditer(code):
            is_call = code[match.end() :].lstrip().startswith("(")
            if not is_call and match[1] != "states" and match[1] not in own:
                yield match[1]
    elif field.endswith((".$", "Path", "Variable")):
        for match in _VARIABLE.finditer(re.sub(r"'[^']*'", "''", text)):
            yield match[1]
