"""Reports of diagnostics: golden files, and the JSON of ValidateStateMachineDefinition."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator

from aslrun.diagnostics import Diagnostic, Severity
from aslrun.document import Span
from aslrun.document.spans import Text
from aslrun.views.diagnostics import FORMATS, file_uri, render_github, render_json, render_sarif, render_text

GOLDEN = Path(__file__).parents[1] / "golden" / "report"
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


def test_what_only_follows_from_another_finding_is_a_note_below_it() -> None:
    span = Span("m.json", 2, 2, 2, 7)
    wrong = Diagnostic("CODE", "error", "There is no B", span, "/StartAt")
    names = ["a~1b", "\x1b[2J", *"DEFG"]
    after = [
        Diagnostic("CODE", "error", "unreachable", span, f"/States/{n}", None, "/StartAt") for n in names
    ]
    text = render_text([*after, wrong], {})
    assert text == (
        "m.json:2:2: error CODE There is no B\n"
        "    note: therefore nothing leads to a/b (line 2), \\x1b[2J (line 2), D (line 2),"
        " E (line 2), F (line 2)"
        " and 1 more\n1 error\n"
    )
    assert len(json.loads(render_json([wrong, *after], {}))["diagnostics"]) == 7
    assert render_github([wrong, *after], {}).count("\n") == 7
    assert render_text(after, {}).endswith("6 errors\n"), "without the finding they stand for themselves"


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


def closed(required: str, **properties: Any) -> dict[str, Any]:
    """The schema of an object with these properties only."""
    return {
        "type": "object",
        "required": required.split(),
        "properties": properties,
        "additionalProperties": False,
    }


def listed(items: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "minItems": 1, "items": items}


TEXT = closed("text", text={"type": "string", "minLength": 1})
PLACE = {"type": "integer", "minimum": 1}
REGION = closed(
    "startLine startColumn endLine endColumn",
    startLine=PLACE,
    startColumn=PLACE,
    endLine=PLACE,
    endColumn=PLACE,
)
LOCATION = closed(
    "",
    physicalLocation=closed(
        "artifactLocation region",
        artifactLocation=closed("uri", uri={"type": "string", "pattern": "^[^\\\\\\s<>]+$"}),
        region=REGION,
    ),
    logicalLocations=listed(closed("fullyQualifiedName", fullyQualifiedName={"type": "string"})),
)
RESULT = closed(
    "ruleId ruleIndex level message locations",
    ruleId={"type": "string"},
    ruleIndex={"type": "integer", "minimum": 0},
    level={"enum": ["none", "note", "warning", "error"]},
    message=TEXT,
    locations=listed(LOCATION),
)
RULES = {
    "type": "array",
    "uniqueItems": True,
    "items": closed("id", id={"type": "string"}, shortDescription=TEXT),
}
DRIVER = closed("name", name={"type": "string"}, version={"type": "string"}, rules=RULES)
SARIF = closed(
    "version runs",
    version={"const": "2.1.0"},
    runs=listed(
        closed(
            "tool results",
            tool=closed("driver", driver=DRIVER),
            columnKind={"enum": ["utf16CodeUnits", "unicodeCodePoints"]},
            results={"type": "array", "items": RESULT},
        )
    ),
    **{"$schema": {"type": "string", "format": "uri"}},
)
"""SARIF 2.1.0 as far as a log of ours goes: what OASIS's schema asks of the properties that it has, and of
code scanning that each result has a place."""


@pytest.mark.parametrize("diagnostics", [DIAGNOSTICS, []], ids=["some", "none"])
def test_sarif_is_a_log_by_its_schema(diagnostics: list[Diagnostic]) -> None:
    log = json.loads(render_sarif(diagnostics, SOURCES))
    Draft7Validator(SARIF).validate(log)
    assert len(log["runs"][0]["results"]) == len(diagnostics)


def test_sarif_points_at_rules_and_places() -> None:
    (run,) = json.loads(render_sarif(DIAGNOSTICS, SOURCES))["runs"]
    for result in run["results"]:
        assert run["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == result["ruleId"]
    places = [result["locations"][0].get("physicalLocation", {}).get("region") for result in run["results"]]
    assert places[0] is None
    assert {"startLine": 2, "startColumn": 2, "endLine": 2, "endColumn": 7} in places
    assert {"startLine": 3, "startColumn": 1, "endLine": 3, "endColumn": 2} in places, "an empty region"


def test_sarif_names_files_by_uri(tmp_path: Path) -> None:
    assert file_uri("a b/order.asl.json") == "a%20b/order.asl.json"
    assert file_uri("<stdin>") == "%3Cstdin%3E"
    assert file_uri(str(tmp_path)).startswith("file:///")


@pytest.mark.skipif(sys.platform != "win32", reason="a name with a backslash is one name elsewhere")
def test_sarif_names_files_by_uri_on_windows() -> None:
    assert file_uri("a\\m.json") == "a/m.json"


def test_github_annotations() -> None:
    shown = render_github(DIAGNOSTICS, SOURCES).splitlines()
    assert len(shown) == len(DIAGNOSTICS)
    assert (
        "::error title=SOME_CODE,file=m.json,line=2,endLine=2,col=2,endColumn=7"
        "::Something is wrong (did you mean 'Next'?)"
    ) in shown
    assert "::error title=SOME_CODE,file=m.json,line=1,endLine=5::Something is wrong" in shown
    assert "::error title=NO_PLACE::In a Python value" in shown


def test_github_annotations_are_one_line_each() -> None:
    told = Diagnostic("CODE", "warning", "50%\nmore", Span("a,b:c.json", 1, 1, 1, 2), "/")
    assert render_github([told], {}) == (
        "::warning title=CODE,file=a%2Cb%3Ac.json,line=1,endLine=1,col=1,endColumn=2::50%25%0Amore\n"
    )


def test_no_format_needs_a_text() -> None:
    for render in FORMATS.values():
        assert render(DIAGNOSTICS, {}, False)
