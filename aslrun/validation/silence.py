"""Diagnostics that somebody does not want: by code, for all files, or in a comment at the place.

A comment `aslrun: ignore CODE, CODE` silences its own line, or the next one where it stands alone.
`[validate] ignore = ["CODE"]` in an `aslrun.toml` holds for the definitions beside and below it.
"""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Iterable
from functools import lru_cache
from pathlib import Path

from aslrun.diagnostics import CODES, Diagnostic
from aslrun.document import read_toml
from aslrun.document.spans import Text
from aslrun.errors import UsageError
from aslrun.validation.findings import did_you_mean

_COMMENT = re.compile(
    r"(?P<before>.*?)(?://|/\*|#)\s*aslrun:\s*ignore\s+(?P<codes>[A-Z_]+(?:\s*,\s*[A-Z_]+)*)"
)


def check_codes(codes: Collection[object], where: str) -> frozenset[str]:
    """Return codes as a set; UsageError, which says `where` they are given, if there is no such code."""
    for code in codes:
        if not isinstance(code, str) or code not in CODES:
            hint = did_you_mean(str(code), CODES)
            raise UsageError(f"{where}: there is no diagnostic {code}" + (f" ({hint})" if hint else ""))
    return frozenset(map(str, codes))


def ignored_for(file: str) -> frozenset[str]:
    """Return the codes that the nearest `aslrun.toml` beside or above a file ignores.

    Raises UsageError for a file that is no TOML, or that names a code that there is not.
    """
    folder = os.path.dirname(os.path.abspath(file)) if os.path.exists(file) else os.getcwd()
    for path in _settings_above(folder):
        if os.path.isfile(path):
            return _ignored_in(Path(path))
    return frozenset()


@lru_cache(maxsize=256)
def _settings_above(folder: str) -> tuple[str, ...]:
    """The files that may hold the settings for a folder, the nearest first."""
    place = Path(os.path.realpath(folder))
    return tuple(str(each / "aslrun.toml") for each in (place, *place.parents))


@lru_cache(maxsize=64)
def _ignored_in(file: Path) -> frozenset[str]:
    settings = read_toml(file)
    table = settings.get("validate", {})
    codes = table.get("ignore", []) if isinstance(table, dict) else []
    if not isinstance(codes, list):
        raise UsageError(f'{file}: [validate] ignore is a list of codes, such as ["NO_DEFAULT"]')
    return check_codes(codes, f"{file}: [validate] ignore")


def wanted(diagnostics: Iterable[Diagnostic], source: Text, ignored: Collection[str]) -> list[Diagnostic]:
    """Return the diagnostics that are not silenced, by their code or by a comment at their place: in
    `source`, or in a file that it includes."""
    told = [each for each in diagnostics if each.code not in ignored]
    files = {source.file: source, **source.whole.files}
    if not any("aslrun:" in text.text for text in files.values()):
        return told
    known: dict[tuple[str, int], Collection[str]] = {}

    def is_silenced(diagnostic: Diagnostic) -> bool:
        span = diagnostic.span
        if span is None:
            return False
        place = span.file, span.line
        if place not in known:
            known[place] = _silenced_at(files.get(span.file, source), span.line)
        return diagnostic.code in known[place]

    return [each for each in told if not is_silenced(each)]


def _silenced_at(source: Text, line: int) -> Collection[str]:
    """The codes that comments silence at a line: its own, else one that stands alone on the line above."""
    own = _COMMENT.match(source.line_text(line))
    above = _COMMENT.match(source.line_text(line - 1)) if line > 1 else None
    codes = own["codes"] if own else above["codes"] if above and not above["before"].strip() else ""
    return re.split(r"\s*,\s*", codes)
