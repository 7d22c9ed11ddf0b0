"""Counts by definition: added up in memory, over processes, and over runs in a file.

The file is JSON. It names definitions as seen from its own folder, so that a checkout can lie anywhere. What
was counted of a definition that was changed since is worth nothing: a digest of its text tells.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from aslrun.coverage.locking import locked
from aslrun.document import Document
from aslrun.document.writing import check_target, write_file
from aslrun.errors import UsageError
from aslrun.values import JSON, from_json_text

if TYPE_CHECKING:
    from aslrun.document.cloudformation.evaluation import Template

FORMAT = "aslrun coverage 1"
"""What a file of counts says in `format`."""


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Where a definition lies: its file, and the machine's logical id if that is a template."""

    file: str
    id: str = ""

    @property
    def reference(self) -> str:
        """What names it on the command line: FILE, or FILE:ID."""
        return self._with_id(self.file)

    @property
    def shown_file(self) -> str:
        """The file as it is shown: with `/`, and as seen from the current folder if it lies below."""
        name = _seen_from(_real(os.curdir), self.file)
        return Path(self.file).as_posix() if name.startswith("../") else name

    @property
    def shown(self) -> str:
        """How it is shown: FILE, or FILE:ID."""
        return self._with_id(self.shown_file)

    def _with_id(self, file: str) -> str:
        return f"{file}:{self.id}" if self.id else file


def place_of(file: str, id: str | None, template: Template | None) -> Place:
    """Return the place of a definition in `file`, which is that of machine `id` of `template`."""
    is_inside = id is not None and template is not None and _real(template.file) == _real(file)
    return Place(_real(file), (id or "") if is_inside else "")


def _real(file: str) -> str:
    return os.path.realpath(file)


def digest_of(document: Document) -> str:
    """Return a digest of a definition's text as it is written, placeholders and all."""
    span, whole = document.span(()), document.source.whole
    assert span is not None
    start = whole.line_starts[span.line - 1] + span.column - 1
    end = whole.line_starts[span.end_line - 1] + span.end_column - 1
    text = whole.text[start:end].replace("\r\n", "\n").rstrip()
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


@dataclass(slots=True)
class Counts:
    """What was exercised of one definition: key of a point → how often; and the digest of its text."""

    digest: str
    hits: Counter[str] = field(default_factory=Counter)


class Coverage:
    """The counts of definitions, by their places."""

    def __init__(self, counts: Mapping[Place, Counts] | None = None) -> None:
        self.counts: dict[Place, Counts] = dict(counts or {})

    def counts_of(self, place: Place, digest: str) -> Counts:
        """Return the counts of a definition to add to; those of another text are dropped."""
        counts = self.counts.get(place)
        if counts is None or counts.digest != digest:
            counts = self.counts[place] = Counts(digest)
        return counts

    def add(self, other: Coverage) -> list[Place]:
        """Add the counts of `other`, which are newer; return the places whose old ones had to be dropped."""
        dropped = [
            place
            for place, counts in other.counts.items()
            if place in self.counts and self.counts[place].digest != counts.digest
        ]
        for place, counts in other.counts.items():
            self.counts_of(place, counts.digest).hits.update(counts.hits)
        return dropped


# ---------------------------------------------------------------- as JSON


def to_json(coverage: Coverage, folder: str) -> JSON:
    """Return counts as JSON, with files named as seen from `folder`."""
    definitions: list[JSON] = [
        {
            "file": _seen_from(folder, place.file),
            **({"id": place.id} if place.id else {}),
            "digest": counts.digest,
            "hits": {key: counts.hits[key] for key in sorted(counts.hits)},
        }
        for place, counts in sorted(coverage.counts.items(), key=lambda item: item[0])
    ]
    return {"format": FORMAT, "definitions": definitions}


def _seen_from(folder: str, file: str) -> str:
    try:
        return Path(os.path.relpath(file, folder)).as_posix()
    except ValueError:  # on another drive
        return Path(file).as_posix()


def from_json(value: JSON, folder: str) -> Coverage:
    """Return the counts that `to_json` made; ValueError for anything else."""
    definitions = value.get("definitions") if isinstance(value, dict) else None
    if not isinstance(value, dict) or value.get("format") != FORMAT or not isinstance(definitions, list):
        raise ValueError
    return Coverage(dict(_counts_of(definition, folder) for definition in definitions))


def _counts_of(definition: JSON, folder: str) -> tuple[Place, Counts]:
    if not isinstance(definition, dict):
        raise ValueError
    file, id, digest, hits = (definition.get(name) for name in ("file", "id", "digest", "hits"))
    if not (isinstance(file, str) and isinstance(digest, str) and isinstance(hits, dict)):
        raise ValueError
    if not all(isinstance(number, int) and number >= 0 for number in hits.values()):
        raise ValueError
    place = Place(_real(os.path.join(folder, file)), id if isinstance(id, str) else "")
    return place, Counts(digest, Counter(hits))


# ---------------------------------------------------------------- in a file


def read_coverage(path: str) -> Coverage:
    """Read the counts in a file; UsageError for one that cannot be read, or holds anything else."""
    try:
        return from_json(from_json_text(Path(path).read_bytes().decode()), _folder(path))
    except OSError as wrong:
        raise UsageError(f"{path} cannot be read: {wrong.strerror}") from None
    except (ValueError, RecursionError):
        raise UsageError(
            f"{path} is no coverage data of aslrun's; name another file, or remove it to begin anew"
        ) from None


def check_file(path: str) -> None:
    """Raise UsageError for a file that counts cannot be added to."""
    if os.path.exists(path):
        read_coverage(path)
    check_target(path, "the coverage")


def add_to_file(path: str, coverage: Coverage) -> list[Place]:
    """Add counts to those in a file, which is made if it is missing; return as `Coverage.add` does.

    Several processes may do so at the same time: each waits for its turn, and a file is there as a whole or
    as it was. Raises UsageError as `read_coverage` does, and for a file that cannot be written.
    """
    path = _real(path)
    try:
        with locked(f"{path}.lock"):
            total = read_coverage(path) if os.path.exists(path) else Coverage()
            dropped = total.add(coverage)
            text = json.dumps(to_json(total, _folder(path)), ensure_ascii=False, indent=1) + "\n"
            write_file(path, "the coverage", [text])
    except OSError as wrong:
        raise UsageError(f"the coverage cannot be written to {path}: {wrong.strerror}") from None
    return dropped


def write_report(path: str, text: str) -> None:
    """Write a report, with the folder it is to lie in; UsageError where that cannot be done."""
    try:
        os.makedirs(_folder(path), exist_ok=True)
    except OSError as wrong:
        raise UsageError(f"the report cannot be written to {path}: {wrong.strerror}") from None
    write_file(path, "the report", [text])


def _folder(path: str) -> str:
    return os.path.dirname(os.path.realpath(path))
