"""Histories that are not quite what they should be: one message with the place, from every command."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from aslrun.cli import run

STARTED = "executionStartedEventDetails"
EVENT = {
    "id": 1,
    "type": "ExecutionStarted",
    "timestamp": 1.5,
    "executionStartedEventDetails": {"input": "{}"},
}


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    machine = {"StartAt": "A", "States": {"A": {"Type": "Pass", "End": True}}}
    Path("m.json").write_text(json.dumps(machine), encoding="utf-8")


@pytest.mark.parametrize(
    ("history", "says"),
    [
        ("", "h is not JSON: a value is expected, line 1 column 1"),
        ("[1", "h is not JSON: a comma or the closing bracket is expected, line 1 column 3"),
        (5, 'h is no history: it has no "events", a list'),
        ({"events": {}}, 'it has no "events", a list'),
        ([], "h: a history without events"),
        ([5], "[0] must be an object, an event"),
        ({"events": [EVENT, {"id": 2}]}, 'events[1] has no "type"'),
        ([{**EVENT, "id": True}], "[0].id must be a whole number, 1 or more"),
        ([{**EVENT, "id": 10**30}], "[0].id must be"),
        ([{**EVENT, "previousEventId": "1"}], "[0].previousEventId must be a whole number, 0 or more"),
        ([{**EVENT, "timestamp": "soon"}], "[0].timestamp must be seconds since 1970"),
        ([{**EVENT, "timestamp": 1e300}], "[0].timestamp must be"),
        ([{**EVENT, "stateExitedEventDetails": 5}], "[0].stateExitedEventDetails must be an object"),
        ([{**EVENT, STARTED: {"input": {}}}], f"[0].{STARTED}.input must be a text"),
        ([{**EVENT, STARTED: {"index": -1}}], "index must be a whole number, 0 or more"),
        ({"events": [EVENT], "logs": []}, "logs must be an object"),
        ({"events": [EVENT], "logs": {"x": []}}, "logs.x must be named by the id of an event"),
        ({"events": [EVENT], "logs": {"1": [5]}}, "logs.1 must be a list of texts"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("command", ["history", "diff", "replay", "view", "graph"])
def test_what_is_no_history(
    capsys: pytest.CaptureFixture[str], command: str, history: Any, says: str
) -> None:
    text = history if isinstance(history, str) else json.dumps(history)
    Path("h").write_text(text, encoding="utf-8")
    args = {"history": ["h"], "diff": ["h", "h"], "graph": ["m.json", "--history", "h"]}
    assert run([command, *args.get(command, ["h", "--definition", "m.json"])]) == 2
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert says in err
