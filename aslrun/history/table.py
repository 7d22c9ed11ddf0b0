"""A history as a table for people: id, time since the start, event, and what changed."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from aslrun.document.printable import printable
from aslrun.history.scopes import Path, Step, details_of, scopes_of, time_of
from aslrun.timestamps import duration_text, format_timestamp
from aslrun.values import JSON, JSONTextError, from_json_text

HEADINGS = ("id", "time", "event", "what changed")
SHOWN = 60
"""Characters of a value that are shown."""


def render_table(events: Sequence[Mapping[str, Any]]) -> str:
    """Return the table, a line per event, each under the state, branch or iteration that it belongs to: those
    that run at the same time come one after the other. Times are since the first event."""
    rows = [HEADINGS, *_Rows(events).within(())]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEADINGS))]
    return "\n".join("  ".join(map(str.ljust, row, widths)).rstrip() for row in rows)


class _Rows:
    """The rows of a history, scope by scope."""

    def __init__(self, events: Sequence[Mapping[str, Any]]) -> None:
        self.start = time_of(events[0]) if events else None
        self.scopes = scopes_of(events)
        self.inside: dict[Path, deque[Path]] = {path: deque() for path in self.scopes}
        for path in self.scopes:
            if path:
                self.inside[path[:-1]].append(path)

    def within(self, path: Path) -> Iterator[tuple[str, ...]]:
        """Yield the rows of a scope, and after the event that begins them those of the scopes inside it."""
        scope = self.scopes[path]
        inner = self.inside[path]
        before: JSON = None
        for number, (event, state) in enumerate(zip(scope.events, scope.states, strict=True)):
            while inner and self.scopes[inner[0]].events[0]["id"] < event["id"]:
                yield from self.within(inner.popleft())
            if event["type"].endswith("StateEntered"):
                before = _value(details_of(event).get("input"))
            place = "" if number or not path else _begun(path[-1])
            yield self.row(event, _indented(event, state, len(path), place), before)
        for rest in inner:
            yield from self.within(rest)

    def row(self, event: Mapping[str, Any], shown: str, before: JSON) -> tuple[str, ...]:
        time = time_of(event)
        since = "" if self.start is None or time is None else duration_text(round(time - self.start, 3))
        changes = _changes(event, details_of(event), before)
        if event["type"] == "ExecutionStarted" and time is not None:
            changes = f"{format_timestamp(time)}  {changes}"
        return str(event["id"]), since, printable(shown), changes


def _begun(step: Step) -> str:
    """Return what a scope is: `iteration 2`, `branch Pack`, with the number of a further attempt."""
    _, index, attempt = step
    kind = f"iteration {index}" if isinstance(index, int) else f"branch {index}"
    return kind if attempt == 1 else f"{kind}, attempt {attempt}"


def _indented(event: Mapping[str, Any], state: str, depth: int, place: str) -> str:
    """Return an event's type as it is shown: a state's name comes before its first event, and those that
    follow stand under it."""
    kind: str = event["type"]
    if kind.startswith("Execution"):
        return kind
    if kind.startswith("MapIteration"):
        iteration = place or f"iteration {details_of(event).get('index', '')}"
        return f"{'  ' * (2 * depth - 1)}{iteration} {kind}"
    if kind.endswith("StateEntered"):
        # A branch is called by its first state.
        return f"{'  ' * (2 * depth)}{place or state} {kind}"
    return f"{'  ' * (2 * depth + 1)}{kind}"


def _changes(event: Mapping[str, Any], told: Mapping[str, Any], before: JSON) -> str:
    if event["type"].endswith("StateExited"):
        return "  ".join(filter(None, [difference(before, _value(told.get("output"))), _assigned(told)]))
    if "error" in told or "cause" in told:
        return _short(": ".join(str(told[field]) for field in ("error", "cause") if told.get(field)))
    for field in ("length", "parameters", "input", "output"):
        if field in told:
            return f"{field} {told[field] if field == 'length' else _shown(_value(told[field]))}"
    return ""


def _assigned(told: Mapping[str, Any]) -> str:
    """Return the variables that a state assigned, whose values are JSON texts: `$total=42`."""
    variables = told.get("assignedVariables")
    if not isinstance(variables, Mapping):
        return ""
    return "  ".join(f"${name}={_shown(_value(text))}" for name, text in variables.items())


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
