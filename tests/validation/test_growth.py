"""Validation grows with the size of a definition, not with its square: counted in calls of functions."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from typing import Any

import pytest

from aslrun.document import parse_document
from aslrun.document.spans import Text
from aslrun.validation import validate_document
from aslrun.validation.silence import wanted

DONE = {"Type": "Succeed"}


def chain(size: int, **fields: Any) -> dict[str, Any]:
    states = {f"S{n}": {"Type": "Pass", **fields, "Next": f"S{n + 1}"} for n in range(size)}
    return {"StartAt": "S0", "States": {**states, f"S{size}": DONE}}


def choice(size: int, field: str) -> dict[str, Any]:
    tests = [{"Variable": f"$.a{n}", "IsPresent": True} for n in range(size)]
    rules = [{field: tests, "Next": "B"}] if field != "Choices" else [{**test, "Next": "B"} for test in tests]
    return {"StartAt": "A", "States": {"A": {"Type": "Choice", "Choices": rules, "Default": "B"}, "B": DONE}}


def twice(size: int) -> dict[str, Any]:
    branch = {"StartAt": "B", "States": {"B": DONE}}
    return {"StartAt": "A", "States": {"A": {"Type": "Parallel", "Branches": [branch] * size, "End": True}}}


MACHINES: dict[str, Callable[[int], dict[str, Any]]] = {
    "a chain of states": chain,
    "a finding in each state": lambda size: chain(size, Nxt="x"),
    "transitions that lead nowhere": lambda size: {
        "StartAt": "S0", "States": {f"S{n}": {"Type": "Pass", "Next": f"T{n}"} for n in range(size)}
    },
    "an And of many tests": lambda size: choice(size, "And"),
    "a Choice of many rules": lambda size: choice(size, "Choices"),
    "a template of many texts": lambda size: chain(1, Parameters={f"k{n}.$": "x" for n in range(size)}),
    "a name that is used again and again": twice,
}  # fmt: skip


def calls_for(definition: dict[str, Any]) -> int:
    """How many functions are called to validate a definition that is written in one line."""
    document = parse_document(json.dumps(definition), "m.json")
    count = 0

    def note(frame: object, event: str, given: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(note)
    try:
        validate_document(document)
    finally:
        sys.setprofile(before)
    return count


@pytest.mark.parametrize("name", MACHINES)
def test_four_times_the_size_is_four_times_the_work(name: str) -> None:
    calls_for(MACHINES[name](10))  # what is read once
    assert calls_for(MACHINES[name](800)) < 6 * calls_for(MACHINES[name](200))


def test_a_line_is_looked_at_once_for_comments(monkeypatch: pytest.MonkeyPatch) -> None:
    document = parse_document(json.dumps(chain(50, Nxt="x", Comment="aslrun: no comment")), "m.json")
    lines: list[int] = []
    line_text = Text.line_text

    def noted(text: Text, line: int) -> str:
        lines.append(line)
        return line_text(text, line)

    monkeypatch.setattr(Text, "line_text", noted)
    found = validate_document(document)
    assert len(wanted(found, document.source, frozenset())) == len(found) == 50
    assert lines == [1]
