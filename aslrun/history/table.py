"""A history as a table for people: id, time since the start, event, state, and what changed."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from aslrun.history.scopes import time_of
from aslrun.printable import printable
from aslrun.values import JSON, JSONTextError, from_json_text

HEADINGS = ("id", "time", "event", "state", "what changed")
SHOWN = 60
"""Characters of a value that are shown."""


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
        cells = str(event["id"]), _since(start, event), printable(event["type"]), printable(state), changes
        rows.append(cells)
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
    new = [f"+{_short(name)}={_shown(value)}" for name, value in after.items() if name not in before]
    both = [name for name in after if name in before]
    changed = [f"~{_short(name)}={_shown(after[name])}" for name in both if before[name] != after[name]]
    gone = [f"-{_short(name)}" for name in before if name not in after]
    return "  ".join([*new, *changed, *gone])


def _details(event: Mapping[str, Any]) -> Mapping[str, Any]:
    for field, value in event.items():
        if field.endswith("EventDetails") and isinstance(value, dict):
            return value
    return {}


def _value(text: object) -> JSON:
    try:
        return from_json_text(text) if isinstance(text, str) else None
    except JSONTextError:
        return str(text)


def _shown(value: JSON) -> str:
    return _short(json.dumps(value, ensure_ascii=False, separators=(",", ":")))


def _short(text: str) -> str:
    text = printable(" ".join(text[: 4 * SHOWN].split()))
    return text if len(text) <= SHOWN else text[: SHOWN - 1] + "…"


def _since(start: float | None, event: Mapping[str, Any]) -> str:
    time = time_of(event)
    if start is None or time is None:
        return ""
    return f"{time - start:.3f} s"
