"""The report of a search: a small story of each finding, or all of it as JSON."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import groupby

from aslrun.document.printable import printable
from aslrun.errors import StateError
from aslrun.fuzzing.findings import Finding
from aslrun.fuzzing.reproduce import Reproductions, answers_in
from aslrun.fuzzing.scenarios import Outcome
from aslrun.fuzzing.search import Found
from aslrun.values import JSON, to_json_text
from aslrun.views.summary import cause_text, path_text

LONGEST = 300
"""Characters of a value that the text shows."""
MOST_ANSWERS = 6
"""Outcomes of one Task that the text shows."""


def render_text(made: Reproductions, found: Found, writes_files: bool) -> str:
    """Return the findings as text for people, with blank lines between them; nothing if there are none."""
    stories = [map(printable, _story(finding, made, writes_files)) for finding in made.findings]
    return "\n".join("".join(f"{line}\n" for line in story) for story in stories)


def _story(finding: Finding, made: Reproductions, writes_files: bool) -> Iterator[str]:
    span = finding.span
    place = f"{span.file}:{span.line}:{span.column}: " if span else ""
    yield f"{place}{finding.kind} in state '{finding.state}': {finding.message}"
    yield from (f"  note:     {note}" for note in finding.notes)
    if finding.scenario is None:
        return
    yield f"  input:    {shown(finding.scenario.input)}"
    for number, (state, outcomes) in enumerate(answers_in(finding.scenario).items()):
        yield f"  {'' if number else 'answers:':9} {state}: {_outcomes_text(outcomes)}"
    yield f"  path:     {path_text(list(finding.path))}"
    if finding.error is not None and finding.kind == "LOST_DATA":
        yield f"  error:    {finding.error}: {' '.join(cause_text(finding.cause))[:LONGEST]}"
    if not finding.is_reproduced:
        yield "  run it:   it did not happen again outside of this search (it may depend on the time)"
        return
    yield f"  run it:   {finding.command}"
    if not writes_files and finding.test_case is not None and answers_in(finding.scenario):
        yield f"  mocks.json: {to_json_text(made.configuration([finding.test_case]))}"


def _outcomes_text(outcomes: Sequence[Outcome]) -> str:
    runs = [(text, len(list(same))) for text, same in groupby(map(_outcome_text, outcomes))]
    texts = [f"{text} ×{count}" if count > 1 else text for text, count in runs]
    more = f", … {len(texts) - MOST_ANSWERS} more" if len(texts) > MOST_ANSWERS else ""
    return ", ".join(texts[:MOST_ANSWERS]) + more


def _outcome_text(outcome: Outcome) -> str:
    after = f" after {outcome.seconds:g} s" if outcome.seconds else ""
    if isinstance(outcome.value, StateError):
        return f"fails with {outcome.value.error}{after}"
    value = outcome.value
    if isinstance(value, dict) and value.keys() >= {"StatusCode", "Payload"}:
        value = value["Payload"]  # what the function returned; the rest of Invoke's answer says little
    return f"{shown(value)}{after}"


def shown(value: JSON) -> str:
    """Return a value as JSON text, cut where it is long."""
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= LONGEST else text[:LONGEST] + " …"


def render_json(made: Reproductions, found: Found, writes_files: bool) -> str:
    """Return the whole search as JSON."""
    findings: list[JSON] = [_described(finding) for finding in made.findings]
    visited: list[JSON] = [*sorted(found.visited)]
    told: JSON = {
        "stateMachine": made.machine,
        "runs": found.runs,
        "visited": visited,
        "findings": findings,
        "mockConfig": made.configuration(),
    }
    return json.dumps(told, indent=2) + "\n"


def _described(finding: Finding) -> JSON:
    told: dict[str, JSON] = {
        "kind": finding.kind,
        "state": finding.state,
        "message": finding.message,
        "notes": [*finding.notes],
    }
    if finding.span is not None:
        told["location"] = {
            "file": finding.span.file, "line": finding.span.line, "column": finding.span.column,
        }  # fmt: skip
    if finding.scenario is not None:
        told |= {
            "error": finding.error,
            "cause": finding.cause,
            "path": [*finding.path],
            "input": finding.scenario.input,
            "testCase": finding.test_case,
            "command": finding.command,
            "isReproduced": finding.is_reproduced,
        }
    return told


def summary(found: Found, made: Reproductions, states: int) -> str:
    """Return a line that says how much was tried and found."""
    counts = Counter(finding.kind for finding in made.findings)
    kinds = ", ".join(f"{number} {kind}" for kind, number in counts.items()) or "nothing found"
    runs = "1 run" if found.runs == 1 else f"{found.runs} runs"
    return f"{made.machine}: {runs}, {len(found.visited)} of {states} states visited: {kinds}"


FORMATS: Mapping[str, Callable[[Reproductions, Found, bool], str]] = {
    "text": render_text,
    "json": render_json,
}
"""Format → how a search is written in it."""
