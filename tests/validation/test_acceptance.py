"""A law: accepted without jsonschema is what jsonschema finds nothing wrong with, and both note the same."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_laws import VALID, changed, values

from aslrun.document import read_document
from aslrun.document.spans import DocumentError, Pointer
from aslrun.validation.acceptance import QUEUED, Notes, acceptor
from aslrun.validation.machines import Language
from aslrun.validation.schema_files import ROOT, state_schemas
from aslrun.validation.structure import examine, look_at

CASES = sorted((Path(__file__).parent / "cases").glob("**/*.asl.json"))
REFERENCES = sorted({ROOT, *QUEUED, *(f"{name.lower()}.json" for name in state_schemas())})


def told(definition: dict[str, Any], quickly: bool) -> tuple[Counter[str], Counter[str]]:
    findings, written = examine(definition, quickly=quickly)
    return Counter(map(repr, findings)), Counter(map(repr, written))


def test_both_say_the_same_of_all_cases() -> None:
    for path in CASES:
        try:
            definition = read_document(path).value
        except DocumentError:
            continue
        if isinstance(definition, dict):
            assert told(definition, True) == told(definition, False), path.name


@given(values)
@settings(deadline=None)
def test_both_say_the_same_of_anything(value: Any) -> None:
    definition = value if isinstance(value, dict) else {"StartAt": "A", "States": {"A": value}}
    assert told(definition, True) == told(definition, False)


@given(st.data())
@settings(deadline=None, max_examples=200)
def test_both_say_the_same_of_what_is_nearly_right(data: st.DataObject) -> None:
    definition = changed(data.draw(st.sampled_from(VALID)), data.draw)
    assert told(definition, True) == told(definition, False)


@pytest.mark.parametrize("reference", REFERENCES)
@pytest.mark.parametrize("language", ["JSONPath", "JSONata"])
@given(value=values)
@settings(deadline=None, max_examples=30)
def test_what_is_not_accepted_is_wrong(reference: str, language: Language, value: Any) -> None:
    is_accepted = acceptor(reference, language)(value, (), Notes())
    findings = everything_found(value, reference, language)
    assert is_accepted is not bool(findings) or "${" in json.dumps(value)  # a Type may be filled in later


def everything_found(value: Any, reference: str, language: Language) -> list[Any]:
    """What jsonschema finds in a value, but for what is put off."""
    found = []
    waiting: list[tuple[Pointer, Any, str]] = [((), value, reference)]
    while waiting:
        at, inner, schema = waiting.pop()
        findings, notes = look_at(inner, at, schema, language)
        found += findings
        waiting += [one for one in notes.waiting if one[2] not in QUEUED]
    return found
