"""The text of a history → its events. What an event looks like is described here, and checked once, on
reading: whoever is given events need not look again.

Names and types: API reference, "HistoryEvent" and the details it refers to. What is not described may be
anything; AWS adds fields.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from aslrun.errors import UsageError
from aslrun.timestamps import read_event_time
from aslrun.values import JSON, JSONTextError, from_json_text

Event: TypeAlias = "Mapping[str, Any]"
Check: TypeAlias = Callable[[Any], bool]

LARGEST = 2**53
"""The largest number that an id, an index or a length may be: JavaScript's, so that any program reads it."""


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _is_text_or_null(value: object) -> bool:
    return value is None or isinstance(value, str)


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= LARGEST


def _is_id(value: object) -> bool:
    return _is_count(value) and value != 0


def _is_time(value: object) -> bool:
    return read_event_time(value) is not None


def _is_seconds(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < LARGEST


def _are_variables(value: object) -> bool:
    return isinstance(value, dict) and all(isinstance(text, str) for text in value.values())


def _is_object(value: object) -> bool:
    return value is None or isinstance(value, dict)


TEXT: tuple[Check, str] = (_is_text, "a text")
NULLABLE: tuple[Check, str] = (_is_text_or_null, "a text or null")
COUNT: tuple[Check, str] = (_is_count, "a whole number, 0 or more")
SECONDS: tuple[Check, str] = (_is_seconds, "a number of seconds")
OBJECT: tuple[Check, str] = (_is_object, "an object")

EVENT: Mapping[str, tuple[Check, str]] = {
    "id": (_is_id, "a whole number, 1 or more"),
    "type": TEXT,
    "previousEventId": COUNT,
    "timestamp": (_is_time, "seconds since 1970, or a text like 2026-01-31T12:00:00+00:00"),
}
"""Field of an event → what it is. `id` and `type` must be there."""
DETAILS: Mapping[str, tuple[Check, str]] = {
    "name": TEXT,
    "input": TEXT,
    "output": TEXT,
    "parameters": TEXT,
    "inputDetails": OBJECT,
    "outputDetails": OBJECT,
    "error": NULLABLE,
    "cause": NULLABLE,
    "location": NULLABLE,
    "state": NULLABLE,
    "resource": TEXT,
    "resourceType": TEXT,
    "region": TEXT,
    "roleArn": NULLABLE,
    "mapRunArn": TEXT,
    "index": COUNT,
    "length": COUNT,
    "assignedVariables": (_are_variables, "an object of texts"),
    "assignedVariablesDetails": OBJECT,
}
"""Field of the details of any event → what it is; none must be there."""


@dataclass(frozen=True, slots=True)
class RecordedHistory:
    """The events in the order of their ids, the lines that functions printed, by the id of the event with
    which the Task's attempt began, what is reported of their invocations, and what DescribeExecution says of
    the execution; only `aslrun execute --history` writes the latter three."""

    events: list[Event] = field(default_factory=list)
    logs: dict[int, list[str]] = field(default_factory=dict)
    invocations: dict[int, list[dict[str, Any]]] = field(default_factory=dict)
    execution: dict[str, str] = field(default_factory=dict)


class _Unlike(Exception):
    """A part is not as it is described; the way to it, and what it must be."""

    def __init__(self, way: tuple[str | int, ...], told: str) -> None:
        super().__init__(way, told)
        self.way = way
        self.told = told


def read_history(pages: Iterable[tuple[str, str]]) -> RecordedHistory:
    """Return the history in its pages, (name, text) each, as `--history` or `aws stepfunctions
    get-execution-history` writes them; a text may have several, one after the other.

    Raises UsageError, with the page's name and the place, for what is no history, or has no events.
    """
    events: dict[int, Event] = {}
    logs: dict[int, list[str]] = {}
    invocations: dict[int, list[dict[str, Any]]] = {}
    execution: dict[str, str] = {}
    names = []
    for name, text in pages:
        names.append(name)
        for document in _documents(text):
            page = _read_page(name, document)
            events |= {event["id"]: event for event in page.events}
            logs |= page.logs
            invocations |= page.invocations
            execution |= page.execution
    if not events:
        raise UsageError(f"{', '.join(names)}: a history without events")
    return RecordedHistory([events[id] for id in sorted(events)], logs, invocations, execution)


def _documents(text: str) -> list[str]:
    """Return the JSON documents that follow each other in a text; a text that is none is left as it is."""
    found, at, decoder = [], 0, json.JSONDecoder()
    text = text.removeprefix("\ufeff").strip()
    while at < len(text):
        try:
            _, end = decoder.raw_decode(text, at)
        except (ValueError, RecursionError):
            return [text]
        found.append(text[at:end])
        at = end + len(text[end:]) - len(text[end:].lstrip())
    return found or [text]


def _read_page(name: str, text: str) -> RecordedHistory:
    try:
        told = from_json_text(text)
    except JSONTextError as wrong:
        raise UsageError(f"{name} is not JSON: {wrong}") from None
    try:
        return _page(told)
    except _Unlike as unlike:
        way = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in unlike.way)
        raise UsageError(f"{name} is no history: {way.lstrip('.') or 'it'} {unlike.told}") from None


def _page(told: JSON) -> RecordedHistory:
    way: tuple[str | int, ...] = ("events",) if isinstance(told, dict) else ()
    events: Any = told.get("events") if isinstance(told, dict) else told
    if not isinstance(events, list):
        raise _Unlike((), 'has no "events", a list')
    for number, event in enumerate(events):
        for inner, must_be in _wrong_in(event):
            raise _Unlike((*way, number, *inner), must_be)
    return RecordedHistory(events, _logs(told), _invocations(told), _execution(told))


def _wrong_in(event: JSON) -> Iterator[tuple[tuple[str, ...], str]]:
    """Yield the way to each part of an event that is not as described, and what it must be."""
    if not isinstance(event, dict):
        yield (), "must be an object, an event"
        return
    for required in ("id", "type"):
        if required not in event:
            yield (), f'has no "{required}"'
    for name, value in event.items():
        if name in EVENT:
            is_right, kind = EVENT[name]
            if not is_right(value):
                yield (name,), f"must be {kind}"
        elif name.endswith("EventDetails"):
            if isinstance(value, dict):
                for inner, part in value.items():
                    if inner in DETAILS and not DETAILS[inner][0](part):
                        yield (name, inner), f"must be {DETAILS[inner][1]}"
            elif value is not None:
                yield (name,), "must be an object"


def _logs(told: JSON) -> dict[int, list[str]]:
    found: dict[int, list[str]] = {}
    for id, lines in _by_event(told, "logs"):
        if not isinstance(lines, list) or not all(isinstance(line, str) for line in lines):
            raise _Unlike(("logs", id), "must be a list of texts")
        found[int(id)] = [str(line) for line in lines]
    return found


INVOCATION: Mapping[str, tuple[Check, str]] = {
    "function": TEXT,
    "version": TEXT,
    "request_id": TEXT,
    "duration": SECONDS,
    "init": (lambda value: value is None or _is_seconds(value), "a number of seconds or null"),
    "memory_size": COUNT,
    "max_memory": (lambda value: value is None or _is_count(value), "a whole number or null"),
    "architecture": TEXT,
    "error": NULLABLE,
    "runtime": TEXT,
    "timeout": SECONDS,
    "log_format": TEXT,
    "log_group": NULLABLE,
}
"""Part of what is reported of an invocation → what it is; all must be there."""


def _invocations(told: JSON) -> dict[int, list[dict[str, Any]]]:
    found: dict[int, list[dict[str, Any]]] = {}
    for id, made in _by_event(told, "invocations"):
        if not isinstance(made, list):
            raise _Unlike(("invocations", id), "must be a list of objects")
        for number, one in enumerate(made):
            for name, (is_right, kind) in INVOCATION.items():
                if not isinstance(one, dict) or name not in one or not is_right(one[name]):
                    raise _Unlike(("invocations", id, number), f'must have "{name}", {kind}')
        found[int(id)] = [{name: one[name] for name in INVOCATION} for one in made]
    return found


def _execution(told: JSON) -> dict[str, str]:
    about = told.get("execution") if isinstance(told, dict) else None
    if about is None:
        return {}
    if not isinstance(about, dict) or not all(isinstance(value, str) for value in about.values()):
        raise _Unlike(("execution",), "must be an object of texts")
    for name in ("executionArn", "stateMachineArn"):
        if name in about and str(about[name]).count(":") < 6:
            raise _Unlike(("execution", name), "must be an ARN")
    return {name: str(value) for name, value in about.items()}


def _by_event(told: JSON, name: str) -> Iterator[tuple[str, Any]]:
    """Yield the entries of what is written beside the events, which ids of events name."""
    entries = told.get(name) if isinstance(told, dict) else None
    if entries is None:
        return
    if not isinstance(entries, dict):
        raise _Unlike((name,), "must be an object")
    for id, value in entries.items():
        if not (id.isascii() and id.isdecimal() and len(id) < 16):
            raise _Unlike((name, id), "must be named by the id of an event")
        yield id, value
