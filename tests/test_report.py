"""Reports of diagnostics: golden files, and the JSON of ValidateStateMachineDefinition."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from aslrun.diagnostics import Diagnostic, Severity
from aslrun.document import Span
from aslrun.document.spans import Text
from aslrun.report import render_json, render_text

GOLDEN = Path(__file__).parent / "golden" / "report"
LONG = '{"a": "' + "x" * 80 + '", "Nxt": "' + "y" * 80 + '"}'
SOURCES = {"m.json": Text("m.json", f'{{\n\t"Nxt": "B",\n\n{LONG}\n}}'), "z.json": Text("z.json", "[é]")}


def diagnostic(
    severity: Severity, file: str, place: tuple[int, int, int, int], hint: str | None = None
) -> Diagnostic:
    return Diagnostic("SOME_CODE", severity, "Something is wrong", Span(file, *place), "/a/b", hint)


DIAGNOSTICS = [
    diagnostic("error", "z.json", (1, 2, 1, 3)),
    diagnostic("warning", "m.json", (4, 92, 4, 97)),
    diagnostic("error", "m.json", (2, 2, 2, 7), "did you mean 'Next'?"),
    diagnostic("error", "m.json", (1, 1, 5, 2)),
    diagnostic("error", "m.json", (3, 1, 3, 1)),
    diagnostic("error", "other.json", (3, 1, 3, 1)),
    Diagnostic("NO_PLACE", "error", "In a Python value", None, "/States/A"),
]


def test_text(golden: Callable[[str, Path], None]) -> None:
    golden(render_text(DIAGNOSTICS, SOURCES), GOLDEN / "report.txt")


def test_colour_adds_only_colour() -> None:
    import re

    coloured = render_text(DIAGNOSTICS, SOURCES, True)
    assert re.sub("\x1b\\[\\d+m", "", coloured) == render_text(DIAGNOSTICS, SOURCES)
    assert "\x1b[31merror SOME_CODE" in coloured


def test_nothing_wrong() -> None:
    assert render_text([], SOURCES) == ""
    assert json.loads(render_json([], SOURCES)) == {"result": "OK", "diagnostics": []}


def test_json() -> None:
    told = json.loads(render_json(DIAGNOSTICS[1:3], SOURCES))
    assert told["result"] == "FAIL"
    assert told["diagnostics"][0] == {
        "severity": "ERROR",
        "code": "SOME_CODE",
        "message": "Something is wrong",
        "location": "/a/b",
        "file": "m.json",
        "line": 2,
        "column": 2,
        "endLine": 2,
        "endColumn": 7,
        "hint": "did you mean 'Next'?",
    }
    assert json.loads(render_json(DIAGNOSTICS[1:2], SOURCES))["result"] == "OK"
