"""A history as a table for people: id, time since the start, event, state, and what changed."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from aslrun.errors import UsageError
from aslrun.history.scopes import time_of
from aslrun.values import JSON

HEADINGS = ("id", "time", "event", "state", "what changed")
SHOWN = 60
"""Characters of a value that are shown."""


def read_events(text: str, name: str) -> list[Mapping[str, Any]]:
    """Return the events of a history as `--history` or `aws stepfunctions get-execution-history` writes it.

    Raises UsageError, with the file's name, when `text` is no such thing.
    """
    return read_recording(text, name)[0]


def read_recording(text: str, name: str) -> tuple[list[Mapping[str, Any]], dict[int, list[str]]]:
    """Return the events of a history as `read_events` does, and the lines that functions printed, by the id
    of the event with which the Task's attempt began; only `--history` writes these."""
    try:
        told = json.loads(text)
    except (ValueError, RecursionError) as wrong:
        raise UsageError(f"{name} is not JSON: {wrong}") from None
    events = told.get("events") if isinstance(told, dict) else told
    if not isinstance(events, list) or not all(_is_event(event) for event in events):
        raise UsageError(f'{name} is no history: it has no "events", each with an id and a type')
    return events, _read_logs(told)


def _read_logs(told: object) -> dict[int, list[str]]:
    logs = told.get("logs") if isinstance(told, dict) else None
    if not isinstance(logs, dict):
        return {}
    return {
        int(id): [str(line) for line in lines]
        for id, lines in logs.items()
        if id.isdecimal() and isinstance(lines, list)
    }


def _is_event(event: object) -> bool:
    return isinstance(event, dict) and isinstance(event.get("type"), str) and isinstance(event.get("id"), int)


def render_table(events: Sequence[Mapping[str, Any]]) -> str:
    """Return the table, a line per event. Times are since the first event."""
    rows = [HEADINGS, *_rows(events)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEADINGS))]
    return "\n".join("  ".join(map(str.ljust, row, widths)).rstrip() for row in rows)


def _rows(events: Sequence[Mapping[str, Any]]) -> list[tuple[str, ...]]:
    start = time_of(events[0]) if events else None
    entered: dict[int, tuple[str, JSON]] = {}
    rows: list[tuple[str, ...]] = []
    for event in events:
        state, before = _place(event, entered)
        changes = _changes(event, _details(event), before)
        rows.append((str(event["id"]), _since(start, event), event["type"], state, changes))
    return rows


def _place(event: Mapping[str, Any], entered: dict[int, tuple[str, JSON]]) -> tuple[str, JSON]:
    """Return the state an event belongs to and its input, handed on along the previousEventIds."""
    told = _details(event)
    place = entered.get(event.get("previousEventId", 0), ("", None))
    if event["type"].endswith("StateEntered"):
        place = (told.get("name", ""), _value(told.get("input")))
    elif "name" in told and told["name"] != place[0]:
        # The end of a Map or Parallel follows an event inside it.
        place = next(
            (one for one in reversed(entered.values()) if one[0] == told["name"]), (told["name"], None)
        )
    elif event["type"].startswith("Execution"):
        place = ("", None)
    entered[event["id"]] = place
    return place


def _changes(event: Mapping[str, Any], told: Mapping[str, Any], before: JSON) -> str:
    if event["type"].endswith("StateExited"):
        return difference(before, _value(told.get("output")))
    if "error" in told or "cause" in told:
        return _short(": ".join(str(told[field]) for field in ("error", "cause") if told.get(field)))
    for field in ("index", "length", "parameters", "input", "output"):
        if field in told:
            value = _value(told[field]) if field not in ("index", "length") else told[field]
            return f"{field} {_shown(value)}"
    return ""


def difference(before: JSON, after: JSON) -> str:
    """Say how `after` differs from `before`: `+` new, `~` changed, `-` gone fields of objects."""
    if before == after:
        return ""
    if not isinstance(before, dict) or not isinstance(after, dict):
        return f"= {_shown(after)}"
    new = [f"+{name}={_shown(value)}" for name, value in after.items() if name not in before]
    both = [name for name in after if name in before]
    changed = [f"~{name}={_shown(after[name])}" for name in both if before[name] != after[name]]
    gone = [f"-{name}" for name in before if name not in after]
    return "  ".join([*new, *changed, *gone])


def _details(event: Mapping[str, Any]) -> Mapping[str, Any]:
    for field, value in event.items():
        if field.endswith("EventDetails") and isinstance(value, dict):
            return value
    return {}


def _value(text: object) -> JSON:
    try:
        value: JSON = json.loads(text) if isinstance(text, str) else None
    except ValueError:
        return str(text)
    return value


def _shown(value: JSON) -> str:
    return _short(json.dumps(value, ensure_ascii=False, separators=(",", ":")))


def _short(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= SHOWN else text[: SHOWN - 1] + "…"


def _since(start: float | None, event: Mapping[str, Any]) -> str:
    time = time_of(event)
    if start is None or time is None:
        return ""
    return f"{time - start:.3f} s"
