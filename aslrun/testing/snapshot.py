"""Histories kept beside the tests. Ids of time and chance are no part of them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from itertools import count
from pathlib import Path
from zlib import crc32

from aslrun.errors import UsageError
from aslrun.history.diff import describe_difference, first_difference
from aslrun.history.scopes import RecordedEvent
from aslrun.testing.result import ExecutionResult
from aslrun.values import JSON, to_json_text

FREE: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("<uuid>", re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|<uuid \d+>")),
    ("<time>", re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)")),
)
"""What differs from run to run, and what it becomes in a snapshot. Older ones have `<uuid 1>`."""


MAX_NAME = 120
"""Characters of a file's name, without its ending and a sum."""


def normalised(history: Sequence[RecordedEvent]) -> list[RecordedEvent]:
    """Return the events without timestamps and `stackTrace`s, with UUIDs and times replaced."""
    text = json.dumps(
        [
            {name: without_stack_traces(value) for name, value in event.items() if name != "timestamp"}
            for event in history
        ]
    )
    for stands_for, pattern in FREE:
        text = pattern.sub(stands_for, text)
    events: list[RecordedEvent] = json.loads(text)
    return events


def without_stack_traces(value: JSON) -> JSON:
    """Return a value without the stack traces of errors. JSON texts are looked into: a Cause is one, and lies
    in the JSON text that is a state's input. A text without a stack trace stays as it is written."""
    if isinstance(value, dict):
        # Python's functions call it stackTrace, those of Node.js trace.
        traces = ("stackTrace", "trace") if "errorType" in value else ("stackTrace",)
        return {name: without_stack_traces(inner) for name, inner in value.items() if name not in traces}
    if isinstance(value, list):
        return [without_stack_traces(inner) for inner in value]
    if not isinstance(value, str) or not ("stackTrace" in value or "errorType" in value):
        return value
    try:
        held = json.loads(value)
        separators = (",", ":") if to_json_text(held) == value else None
    except (ValueError, RecursionError):
        return value
    cleared = without_stack_traces(held)
    return value if cleared == held else json.dumps(cleared, ensure_ascii=False, separators=separators)


def file_name(test: str) -> str:
    """Return a name of a file for a test: any file system takes it, and no two tests share one.

    What is not plain, or too long, is told apart by a sum; so are names that differ only in upper and lower
    case within a parameter's id.
    """
    plain = re.sub(r"[^A-Za-z0-9_.-]+", "_", test).strip("_.")[:MAX_NAME]
    function, _, parameter = test.partition("[")
    is_plain = re.fullmatch(r"[A-Za-z0-9_.-]+", function) and re.fullmatch(r"[a-z0-9_.-]*\]?", parameter)
    if is_plain and len(test) <= MAX_NAME:
        return plain
    return f"{plain}-{crc32(test.encode('utf-8', 'surrogatepass')):08x}"


class HistorySnapshot:
    """The fixture `history_snapshot`: `history_snapshot(execution)` compares with the kept history.

    The file lies in `snapshots/` beside the test module. `pytest --asl-update` writes it.
    """

    def __init__(self, folder: Path, name: str, update: bool, fail: Callable[[str], None]) -> None:
        self.folder = folder
        self.name = file_name(name)
        self.update = update
        self.fail = fail
        self._numbers = count(1)

    def __call__(self, result: ExecutionResult) -> None:
        number = next(self._numbers)
        file = self.folder / f"{self.name}{'' if number == 1 else f'.{number}'}.json"
        events = normalised(result.history)
        if self.update:
            file.parent.mkdir(parents=True, exist_ok=True)
            text = "".join(json.dumps(event, ensure_ascii=False, indent=1) + "\n" for event in events)
            file.write_text(text, encoding="utf-8", newline="\n")
        elif not file.is_file():
            self.fail(f"there is no snapshot {file}; pytest --asl-update writes it")
        elif (difference := first_difference(read_kept(file), events)) is not None:
            told = describe_difference(difference, "kept", "this run")
            self.fail(f"the history differs from {file} (pytest --asl-update takes it):\n{told}")


def read_kept(file: Path) -> list[RecordedEvent]:
    """Return the events of a snapshot: JSON objects, one after the other. UsageError if it is none."""
    text, at, decoder = file.read_text(encoding="utf-8").strip(), 0, json.JSONDecoder()
    events = []
    try:
        while at < len(text):
            event, end = decoder.raw_decode(text, at)
            events.append(event)
            at = end + len(text[end:]) - len(text[end:].lstrip())
    except ValueError as wrong:
        raise UsageError(f"{file} is no snapshot ({wrong}); pytest --asl-update writes it anew") from None
    return normalised(events)
