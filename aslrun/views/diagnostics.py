"""Diagnostics as people and programs read them. A format is a function and a line in `FORMATS`."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import PurePath
from typing import TypeAlias

from aslrun.diagnostics import CODES, Diagnostic
from aslrun.document.printable import printable, printable_json, printable_source
from aslrun.document.spans import Span, Text
from aslrun.values import JSON

Sources: TypeAlias = Mapping[str, Text]
"""File name → its text, to show lines of; a file may be missing."""
Render: TypeAlias = Callable[[Sequence[Diagnostic], Sources, bool], str]

WIDTH = 100
"""Columns of a source line that are shown."""

RED, YELLOW, CYAN, BOLD, PLAIN = "\x1b[31m", "\x1b[33m", "\x1b[36m", "\x1b[1m", "\x1b[0m"


def render_text(diagnostics: Sequence[Diagnostic], sources: Sources, colour: bool = False) -> str:
    """Return a block per diagnostic (place, code, message, the line, a caret, a hint) and a summary line.

    What only follows from another finding is a note below that one. Empty when there are no diagnostics.
    """
    if not diagnostics:
        return ""
    told, notes = folded(in_order(diagnostics))
    blocks = [
        _block(diagnostic, sources) + _note(notes.get(_place(diagnostic, diagnostic.location), []))
        for diagnostic in told
    ]
    text = "\n".join([*blocks, summary(told)]) + "\n"
    return text if colour else _without_colour(text)


def folded(
    diagnostics: Sequence[Diagnostic],
) -> tuple[list[Diagnostic], dict[tuple[str, str], list[Diagnostic]]]:
    """Return the diagnostics without those that only follow from others, and these by what they follow from:
    its file and location."""
    there = {_place(one, one.location) for one in diagnostics if one.follows is None}
    notes: dict[tuple[str, str], list[Diagnostic]] = {}
    told = []
    for one in diagnostics:
        cause = _place(one, one.follows or "")
        if cause in there:
            notes.setdefault(cause, []).append(one)
        else:
            told.append(one)
    return told, notes


def _place(diagnostic: Diagnostic, location: str) -> tuple[str, str]:
    return diagnostic.span.file if diagnostic.span else "", location


def _note(following: Sequence[Diagnostic]) -> str:
    """The line about what only follows from a finding."""
    if not following:
        return ""
    names = [_state_at(one.location) + (f" (line {one.span.line})" if one.span else "") for one in following]
    shown = ", ".join(names[:MOST_NOTES])
    more = f" and {len(names) - MOST_NOTES} more" if len(names) > MOST_NOTES else ""
    return f"\n    {CYAN}note:{PLAIN} therefore nothing leads to {shown}{more}"


MOST_NOTES = 5
"""States that are named in a note."""


def _state_at(location: str) -> str:
    """The last part of a JSON pointer (RFC 6901)."""
    return location.rpartition("/")[2].replace("~1", "/").replace("~0", "~")


def in_order(diagnostics: Sequence[Diagnostic]) -> list[Diagnostic]:
    """Return diagnostics by file, line and column."""
    return sorted(
        diagnostics,
        key=lambda one: (one.span.file, one.span.line, one.span.column) if one.span else ("", 0, 0),
    )


def summary(diagnostics: Sequence[Diagnostic]) -> str:
    """Return how many errors and warnings there are: `2 errors, 1 warning`."""
    counts = [
        (sum(one.severity == severity for one in diagnostics), severity) for severity in ("error", "warning")
    ]
    return ", ".join(f"{count} {word}{'' if count == 1 else 's'}" for count, word in counts if count)


def _block(diagnostic: Diagnostic, sources: Sources) -> str:
    span, shade = diagnostic.span, RED if diagnostic.severity == "error" else YELLOW
    place = f"{span.file}:{span.line}:{span.column}" if span else f"at {diagnostic.location}"
    kind = f"{shade}{diagnostic.severity} {diagnostic.code}{PLAIN}"
    lines = [f"{BOLD}{printable(place)}:{PLAIN} {kind} {printable(diagnostic.message)}"]
    if span is not None and span.file in sources:
        line, caret = excerpt(sources[span.file].line_text(span.line), span)
        lines += [f"    {printable_source(line)}", f"    {shade}{caret}{PLAIN}"] if caret else []
    if diagnostic.hint:
        lines.append(f"    {CYAN}hint:{PLAIN} {printable(diagnostic.hint)}")
    return "\n".join(lines)


def _without_colour(text: str) -> str:
    for code in (RED, YELLOW, CYAN, BOLD, PLAIN):
        text = text.replace(code, "")
    return text


def excerpt(line: str, span: Span) -> tuple[str, str]:
    """Return a source line and the caret under the span in it, cut to WIDTH around the span.

    The caret is empty where there is nothing to point at.
    """
    if not line.strip():
        return line, ""
    start = min(span.column - 1, len(line))
    end = span.end_column - 1 if span.end_line == span.line else len(line.rstrip())
    cut = max(0, start - WIDTH // 2) if len(line) > WIDTH else 0
    shown = line[cut : cut + WIDTH]
    length = max(1, min(end - start, len(shown) - (start - cut)))
    # Tabs stay tabs, so that the caret stands under its place whatever a tab's width is.
    indent = "".join("\t" if character == "\t" else " " for character in shown[: start - cut])
    before, after = "…" if cut else "", "…" if cut + WIDTH < len(line) else ""
    return before + shown + after, " " * len(before) + indent + "^" + "~" * (length - 1)


def render_json(diagnostics: Sequence[Diagnostic], sources: Sources, colour: bool = False) -> str:
    """Return what ValidateStateMachineDefinition answers, with the places added."""
    result = "FAIL" if any(one.severity == "error" for one in diagnostics) else "OK"
    told: JSON = {"result": result, "diagnostics": [_as_json(one) for one in in_order(diagnostics)]}
    return printable_json(json.dumps(told, ensure_ascii=False, indent=2)) + "\n"


def _as_json(diagnostic: Diagnostic) -> JSON:
    told: dict[str, JSON] = {
        "severity": diagnostic.severity.upper(),
        "code": diagnostic.code,
        "message": diagnostic.message,
        "location": diagnostic.location,
    }
    span = diagnostic.span
    if span is not None:
        told |= {"file": span.file, "line": span.line, "column": span.column}
        told |= {"endLine": span.end_line, "endColumn": span.end_column}
    return {**told, "hint": diagnostic.hint} if diagnostic.hint else told


def render_sarif(diagnostics: Sequence[Diagnostic], sources: Sources, colour: bool = False) -> str:
    """Return a SARIF 2.1.0 log of one run, which code-scanning views read."""
    from aslrun import __version__

    ordered = in_order(diagnostics)
    codes = sorted({one.code for one in ordered})
    rules: list[JSON] = [{"id": code, "shortDescription": {"text": CODES.get(code, code)}} for code in codes]
    run: JSON = {
        "tool": {"driver": {"name": "aslrun", "version": __version__, "rules": rules}},
        "columnKind": "unicodeCodePoints",
        "results": [{**_as_result(one), "ruleIndex": codes.index(one.code)} for one in ordered],
    }
    log: JSON = {
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [run],
    }
    return printable_json(json.dumps(log, ensure_ascii=False, indent=2)) + "\n"


def _as_result(diagnostic: Diagnostic) -> dict[str, JSON]:
    place: dict[str, JSON] = {"logicalLocations": [{"fullyQualifiedName": diagnostic.location}]}
    span = diagnostic.span
    if span is not None:
        # A region begins and ends somewhere: an empty one is made one character wide.
        is_empty = (span.line, span.column) == (span.end_line, span.end_column)
        region: JSON = {
            "startLine": span.line,
            "startColumn": span.column,
            "endLine": span.end_line,
            "endColumn": span.end_column + is_empty,
        }
        place["physicalLocation"] = {"artifactLocation": {"uri": file_uri(span.file)}, "region": region}
    return {
        "ruleId": diagnostic.code,
        "level": diagnostic.severity,
        "message": {"text": _with_hint(diagnostic)},
        "locations": [place],
    }


def file_uri(file: str) -> str:
    """Return a file's name as a URI: relative to where the command ran, unless it is absolute."""
    from urllib.parse import quote

    path = PurePath(file)
    return path.as_uri() if path.is_absolute() else quote(path.as_posix())


def _with_hint(diagnostic: Diagnostic) -> str:
    return f"{diagnostic.message} ({diagnostic.hint})" if diagnostic.hint else diagnostic.message


def render_github(diagnostics: Sequence[Diagnostic], sources: Sources, colour: bool = False) -> str:
    """Return a line per diagnostic that a GitHub workflow shows as an annotation of the file."""
    return "".join(map(_annotation, in_order(diagnostics)))


def _annotation(diagnostic: Diagnostic) -> str:
    span = diagnostic.span
    properties: dict[str, object] = {"title": diagnostic.code}
    if span is not None:
        properties |= {"file": PurePath(span.file).as_posix(), "line": span.line, "endLine": span.end_line}
        if span.line == span.end_line:  # GitHub takes columns within one line only
            properties |= {"col": span.column, "endColumn": span.end_column}
    told = ",".join(f"{name}={_escaped(str(value), ':,')}" for name, value in properties.items())
    return f"::{diagnostic.severity} {told}::{_escaped(_with_hint(diagnostic))}\n"


def _escaped(text: str, also: str = "") -> str:
    for character in "%\r\n" + also:
        text = text.replace(character, f"%{ord(character):02X}")
    return printable(text)


FORMATS: Mapping[str, Render] = {
    "text": render_text,
    "json": render_json,
    "sarif": render_sarif,
    "github": render_github,
}
