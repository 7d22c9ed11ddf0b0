"""What a rule finds, before its place in the file is looked up.

Rules know values and pointers only; spans and hints are worked out for what was found.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from aslrun.diagnostics import Diagnostic, Severity
from aslrun.document.spans import Pointer, Span, pointer_text

if TYPE_CHECKING:
    from aslrun.document import Document

MOST_GUESSES = 100
"""Findings that get a "did you mean": guessing costs time, and nobody reads more of them."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that a rule finds at `at`.

    `key` says that the key there is meant, not its value; `stretch` is the part of a string value that is
    meant, from one character to before another; `span` is the place where it is known already. `written` is
    a name that may be one of `known`, misspelt. `follows` is the place of the finding that this one is only
    the consequence of.
    """

    code: str
    message: str
    at: Pointer
    hint: str | None = None
    severity: Severity = "error"
    key: bool = False
    stretch: tuple[int, int] | None = None
    span: Span | None = None
    written: str | None = None
    known: Collection[str] = field(default=(), compare=False)
    follows: Pointer | None = None


def schema_error(message: str, at: Pointer, hint: str | None = None, *, key: bool = False) -> Finding:
    """Return a finding of the code that the service has for most mistakes."""
    return Finding("SCHEMA_VALIDATION_FAILED", message, at, hint, key=key)


def to_diagnostics(findings: Iterable[Finding], document: Document) -> list[Diagnostic]:
    """Return the findings as diagnostics in the order of the file, each place and message once."""
    spans = {finding: span_of(finding, document) for finding in dict.fromkeys(findings)}
    ordered = sorted(spans.items(), key=lambda item: place_of(item[1]))
    guesses = MOST_GUESSES
    diagnostics = []
    for finding, span in ordered:
        hint = finding.hint
        if hint is None and finding.written is not None and guesses:
            guesses -= 1
            hint = did_you_mean(finding.written, finding.known)
        follows = None if finding.follows is None else pointer_text(finding.follows)
        where = span, pointer_text(finding.at)
        diagnostics.append(Diagnostic(finding.code, finding.severity, finding.message, *where, hint, follows))
    return diagnostics


def span_of(finding: Finding, document: Document) -> Span | None:
    """Return the place of a finding, as narrow as the document knows it."""
    if finding.span is not None:
        return finding.span
    if finding.stretch is not None:
        return document.inner_span(finding.at, *finding.stretch)
    return document.span(finding.at, key=finding.key)


def place_of(span: Span | None) -> tuple[int, int]:
    """Return what sorts by place; without places, the order of the rules stays."""
    return (span.line, span.column) if span else (0, 0)


def did_you_mean(name: str, known: Collection[str]) -> str | None:
    """Return a hint with the name in `known` that `name` was probably meant to be."""
    guess = closest(name, known)
    return None if guess is None else f"did you mean '{guess}'?"


def closest(name: str, known: Collection[str], cutoff: float = 0.6) -> str | None:
    """Return the name in `known` that is most like `name`, None if none is like it.

    `cutoff` is how much alike they are at least, from 0 to 1.
    """
    from difflib import get_close_matches

    for candidate in known:
        if candidate.casefold() == name.casefold() and candidate != name:
            return candidate
    candidates = [candidate for candidate in known if candidate != name][:1000]
    return next(iter(get_close_matches(name, candidates, n=1, cutoff=cutoff)), None)
