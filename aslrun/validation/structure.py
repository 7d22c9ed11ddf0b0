"""What the schemas say of a definition: fields, types, ranges, and what goes together.

A definition is looked at object by object: what is sound is accepted by `acceptance`, what is not is looked
at again by jsonschema. What the schemas give a format is handed on to the compilers of the expression
languages.
"""

from __future__ import annotations

from collections import deque

from aslrun.document.spans import Pointer
from aslrun.validation.acceptance import Notes, Written, acceptor
from aslrun.validation.findings import Finding
from aslrun.validation.machines import Language, language_of
from aslrun.validation.schema_files import ROOT, STATE, type_list
from aslrun.values import JSON


def examine(definition: dict[str, JSON], *, quickly: bool = True) -> tuple[list[Finding], list[Written]]:
    """Return what is wrong with the structure of a definition, and the expressions in it.

    With `quickly` false, jsonschema looks at everything: the answer is the same, in another order.
    """
    whole = language_of(definition)
    findings: list[Finding] = []
    written: list[Written] = []
    waiting: deque[tuple[Pointer, JSON, str, Language, Pointer]] = deque([((), definition, ROOT, whole, ())])
    while waiting:
        at, value, reference, language, owner = waiting.popleft()
        if reference == STATE and isinstance(value, dict):
            language, owner = language_of(value, whole), at
        notes = Notes()
        if not (quickly and acceptor(reference, language)(value, at, notes)):
            found, notes = look_at(value, at, reference, language)
            findings += found
        for each in notes.written:
            each.owner = owner
        written += notes.written
        waiting.extend([(place, inner, schema, language, owner) for place, inner, schema in notes.waiting])
    return findings, written


def look_at(value: JSON, at: Pointer, reference: str, language: Language) -> tuple[list[Finding], Notes]:
    """Return what jsonschema finds in one object, and what it notes there."""
    from aslrun.validation.keywords import remarks_on
    from aslrun.validation.wordings import WORDINGS

    findings, notes = [], Notes()
    for remark in remarks_on(value, at, reference, language):
        if remark.keyword == "$ref":
            notes.waiting.append((remark.at, remark.value, remark.argument))
        elif remark.keyword != "format":
            findings.append(WORDINGS[remark.keyword](remark, language))
        elif remark.schema.get("x-queryLanguage", language) == language:
            types = tuple(type_list(remark.schema))
            notes.written.append(Written(remark.at, remark.value, remark.argument, types, language))
    return findings, notes
