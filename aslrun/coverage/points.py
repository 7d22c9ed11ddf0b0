"""What a definition has to cover: a point for each thing that a test can exercise.

A point's key is the JSON pointer of what it is about; a choice rule has two points, whose keys end in
`=true` and `=false` (a constant has one). Any JSON value is taken: what is not as it should be has no points.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from aslrun.document.spans import Pointer
from aslrun.graph.words import rule_words
from aslrun.values import JSON

Fields: TypeAlias = Mapping[str, JSON]

KINDS = ("states", "transitions", "rules", "retriers", "catchers", "maps")
"""The kinds of points, in the order in which they are told."""

TRUE, FALSE, EMPTY = "=true", "=false", "=empty"
"""What keys end in: the outcomes of a choice rule, and a Map that had no items."""

PROCESSORS = ("ItemProcessor", "Iterator")
"""The fields that a Map's body may be in; the first that is there counts."""


@dataclass(frozen=True, slots=True)
class Point:
    """One thing to cover.

    Attributes:
        kind: one of KINDS.
        pointer: where it is in the definition.
        key: what its hits are counted under.
        subject, fault: what is said when there are none, as in `state 'Pay'` and `was never entered`.
        without_items: the key under which a Map is counted that had no items, which is why its body did not
            run; empty for other kinds.
    """

    kind: str
    pointer: Pointer
    key: str
    subject: str
    fault: str
    without_items: str = ""


def state_key(machine: str, name: str) -> str:
    """Return the key of a state in the machine with this key (RFC 6901; the definition's own is empty)."""
    return f"{machine}/States/" + name.replace("~", "~0").replace("/", "~1")


def points_of(machine: JSON, at: Pointer = (), key: str = "") -> Iterator[Point]:
    """Yield the points of a machine, those of the machines inside it too, in the definition's order."""
    states = machine.get("States") if isinstance(machine, dict) else None
    for name, fields in states.items() if isinstance(states, dict) else ():
        if isinstance(fields, dict):
            yield from _points_of_state(name, fields, (*at, "States", name), state_key(key, name))


def processor_field(fields: Fields) -> str | None:
    """Return the field that has a Map's body; None where there is none."""
    return next((field for field in PROCESSORS if field in fields), None)


def _points_of_state(name: str, fields: Fields, at: Pointer, key: str) -> Iterator[Point]:
    yield Point("states", at, key, f"state '{name}'", "was never entered")
    yield from _rules(name, fields, at, key)
    yield from _exits(name, fields, at, key)
    yield from _retriers(name, fields, at, key)
    yield from _catchers(name, fields, at, key)
    yield from _bodies(name, fields, at, key)


def _rules(name: str, fields: Fields, at: Pointer, key: str) -> Iterator[Point]:
    for index, rule in _objects(fields, "Choices"):
        where, rule_key = (*at, "Choices", index), f"{key}/Choices/{index}"
        subject = f"Choices[{index}] of '{name}' ({rule_words(rule)})"
        only = _only_outcome(rule)
        if only is not False:
            yield Point("rules", where, rule_key + TRUE, subject, "was never true")
        if only is not True:
            yield Point("rules", where, rule_key + FALSE, subject, "was never false")
        yield from _transition(name, rule, "Next", where, rule_key)


def _only_outcome(rule: Fields) -> bool | None:
    """Return the outcome of a rule that cannot have another; None for one that has two."""
    condition = rule.get("Condition")
    if isinstance(condition, str):
        match = re.fullmatch(r"\{%\s*(true|false)\s*%\}", condition)
        return match[1] == "true" if match else None
    return condition if isinstance(condition, bool) else None


def _exits(name: str, fields: Fields, at: Pointer, key: str) -> Iterator[Point]:
    for field in ("Default", "Next"):
        yield from _transition(name, fields, field, at, key)
    if fields.get("End") is True:
        yield Point("transitions", (*at, "End"), f"{key}/End", f"the end after '{name}'", "was never reached")


def _transition(name: str, fields: Fields, field: str, at: Pointer, key: str) -> Iterator[Point]:
    target = fields.get(field)
    if isinstance(target, str):
        subject = f"the transition '{name}' → '{target}'" + (" (Default)" if field == "Default" else "")
        yield Point("transitions", (*at, field), f"{key}/{field}", subject, "was never taken")


def _retriers(name: str, fields: Fields, at: Pointer, key: str) -> Iterator[Point]:
    for index, retrier in _objects(fields, "Retry"):
        if retrier.get("MaxAttempts") != 0:  # such a one only keeps errors from the others: it never retries
            subject = f"Retry[{index}] of '{name}' ({_errors(retrier)})"
            where = (*at, "Retry", index)
            yield Point("retriers", where, f"{key}/Retry/{index}", subject, "never retried")


def _catchers(name: str, fields: Fields, at: Pointer, key: str) -> Iterator[Point]:
    for index, catcher in _objects(fields, "Catch"):
        where, catcher_key = (*at, "Catch", index), f"{key}/Catch/{index}"
        subject = f"Catch[{index}] of '{name}' ({_errors(catcher)})"
        yield Point("catchers", where, catcher_key, subject, "never caught an error")
        yield from _transition(name, catcher, "Next", where, catcher_key)


def _bodies(name: str, fields: Fields, at: Pointer, key: str) -> Iterator[Point]:
    for index, branch in _objects(fields, "Branches"):
        yield from points_of(dict(branch), (*at, "Branches", index), f"{key}/Branches/{index}")
    field = processor_field(fields)
    body = fields[field] if field else None
    if not isinstance(body, dict) or field is None:
        return
    where, body_key = (*at, field), f"{key}/{field}"
    yield Point(
        "maps",
        where,
        first_state(body, body_key),
        f"the body of the Map '{name}'",
        "was never run",
        body_key + EMPTY,
    )
    yield from points_of(body, where, body_key)


def first_state(machine: Fields, key: str) -> str:
    """Return the key of the state that a machine starts at. It is entered if and only if the machine runs."""
    return state_key(key, str(machine.get("StartAt")))


def _objects(fields: Fields, name: str) -> Iterator[tuple[int, Fields]]:
    value = fields.get(name)
    for index, part in enumerate(value if isinstance(value, list) else ()):
        if isinstance(part, dict):
            yield index, part


def _errors(fields: Fields) -> str:
    names = fields.get("ErrorEquals")
    return ", ".join(map(str, names)) if isinstance(names, list) else "no ErrorEquals"
