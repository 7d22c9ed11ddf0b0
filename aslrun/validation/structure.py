"""What the schemas say of a definition: fields, types, ranges, and what goes together.

A definition is looked at object by object; what the schemas give a format is handed on to the compilers of
the expression languages.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

from aslrun.document.spans import Pointer
from aslrun.validation.findings import Finding
from aslrun.validation.machines import Language, language_of
from aslrun.validation.schema_files import ROOT, STATE, type_list
from aslrun.validation.wordings import WORDINGS
from aslrun.values import JSON


@dataclass(frozen=True, slots=True)
class Written:
    """A value that a schema gives a format: it is written in a language of expressions.

    `types` are the names of the JSON types that the field may have.
    """

    at: Pointer
    value: JSON
    format: str
    types: tuple[str, ...]
    language: Language


def examine(definition: dict[str, JSON]) -> tuple[list[Finding], list[Written]]:
    """Return what is wrong with the structure of a definition, and the expressions in it."""
    from aslrun.validation.keywords import remarks_on

    whole = language_of(definition)
    findings: list[Finding] = []
    written: list[Written] = []
    waiting: deque[tuple[Pointer, JSON, str, Language]] = deque([((), definition, ROOT, whole)])
    while waiting:
        at, value, reference, language = waiting.popleft()
        if reference == STATE and isinstance(value, dict):
            language = language_of(value, whole)
        for remark in remarks_on(value, at, reference, language):
            if remark.keyword == "$ref":
                waiting.append((remark.at, remark.value, remark.argument, language))
            elif remark.keyword != "format":
                findings.append(WORDINGS[remark.keyword](remark, language))
            elif remark.schema.get("x-queryLanguage", language) == language:
                types = tuple(type_list(remark.schema))
                written.append(Written(remark.at, remark.value, remark.argument, types, language))
    return findings, written
