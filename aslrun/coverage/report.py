"""Counts and definitions → what was covered and what was missed."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from aslrun.coverage.data import Counts, Coverage, Place, digest_of, place_of
from aslrun.coverage.points import FALSE, KINDS, Point, points_of
from aslrun.document import Document, DocumentError
from aslrun.document.definitions import definition_in
from aslrun.document.spans import Span
from aslrun.errors import UsageError
from aslrun.validation.files import sources_in

Ratio = tuple[int, int]
"""How many points are covered, and how many there are."""

KEYED = ("states", "transitions", "maps")
"""Kinds whose points are shown at a key; the others are parts of a list, which have none."""


@dataclass(frozen=True, slots=True)
class Miss:
    """Something that was missed, in one line for people; what lies inside it was missed with it.

    `inside` has the number of points in it, by kind.
    """

    message: str
    span: Span | None
    inside: Mapping[str, int]


@dataclass(frozen=True)
class DefinitionCoverage:
    """What was covered of one definition. `file` is how its file is shown, `id` is that of a machine in a
    template."""

    file: str
    id: str
    document: Document
    hits: Mapping[str, int]

    @property
    def name(self) -> str:
        """How it is shown: FILE, or FILE:ID."""
        return f"{self.file}:{self.id}" if self.id else self.file

    @cached_property
    def points(self) -> tuple[Point, ...]:
        return tuple(points_of(self.document.value))

    def count(self, point: Point) -> int:
        """Return how often a point was exercised."""
        return self.hits.get(point.key, 0)

    @cached_property
    def missed(self) -> tuple[Point, ...]:
        """All points that were not exercised, in the definition's order."""
        return tuple(point for point in self.points if not self.count(point))

    def ratio(self, kind: str | None = None) -> Ratio:
        """Return how much of one kind, or of everything, was covered."""
        total = sum(kind in (None, point.kind) for point in self.points)
        return total - sum(kind in (None, point.kind) for point in self.missed), total

    def span(self, point: Point) -> Span | None:
        """Return where a point is: the key of what has one."""
        return self.document.span(point.pointer, key=point.kind in KEYED)

    def message(self, point: Point) -> str:
        """Return what is to be said of a point that was missed: `state 'Pay' was never entered`."""
        if point.without_items and self.hits.get(point.without_items):
            return f"{point.subject} {point.fault}: there were no items"
        return f"{point.subject} {point.fault}"

    def misses(self) -> Iterator[Miss]:
        """Yield what was missed in few lines: not what lies in a part that was missed as a whole."""
        missed, at = self.missed, 0
        if len(missed) == len(self.points) > 0:
            yield Miss("no part of it was run", self.document.span(()), _by_kind(missed))
            return
        while at < len(missed):
            point, begin = missed[at], at + 1
            at = begin
            # The points in a part follow it. What lies in a rule was missed with its being true.
            while not point.key.endswith(FALSE) and at < len(missed) and _is_inside(missed[at], point):
                at += 1
            inside = missed[begin:at]
            if point.kind == "rules" and any(other.key.endswith(FALSE) for other in inside):
                point = replace(point, fault="was never evaluated")
                inside = tuple(other for other in inside if other.kind != "rules")
            yield Miss(self.message(point), self.span(point), _by_kind(inside))


def _is_inside(point: Point, other: Point) -> bool:
    return point.pointer[: len(other.pointer)] == other.pointer


def _by_kind(points: Iterable[Point]) -> dict[str, int]:
    kinds = [point.kind for point in points]
    return {kind: kinds.count(kind) for kind in KINDS if kind in kinds}


@dataclass(frozen=True)
class Report:
    """The coverage of definitions, and notes on what could not be measured."""

    definitions: Sequence[DefinitionCoverage]
    notes: Sequence[str] = ()

    def ratio(self, kind: str | None = None) -> Ratio:
        """Return how much of one kind, or of everything, was covered in all definitions."""
        ratios = [definition.ratio(kind) for definition in self.definitions]
        return sum(covered for covered, _ in ratios), sum(total for _, total in ratios)

    def is_under(self, percent: float) -> bool:
        """Tell whether less than so much was covered. Nothing to cover is all of it."""
        covered, total = self.ratio()
        return 100 * covered < percent * total


def percent_of(ratio: Ratio) -> float:
    """Return a ratio as a percentage, cut off after two digits so that only all is 100; of nothing it is."""
    covered, total = ratio
    return covered * 10_000 // total / 100 if total else 100.0


def percent_text(ratio: Ratio) -> str:
    """Return a ratio as people read it: `66.66%`."""
    return f"{percent_of(ratio):g}%"


def under_text(report: Report, percent: float) -> str:
    """Return what is to be said when less than so much was covered."""
    reached = percent_text(report.ratio())
    return f"required state machine coverage of {percent:g}% not reached: total coverage is {reached}"


def measure(
    coverage: Coverage,
    paths: Sequence[str] | None = None,
    substitutions: Mapping[str, str] | None = None,
) -> Report:
    """Return what `coverage` covers: of the definitions in `paths`, else of those it has counts of.

    `paths` are files, templates, `template.yaml:LogicalId`, and folders, all definitions below which count,
    run or not. Raises UsageError for a path that there is not, or a folder without a definition.
    """
    places = set(coverage.counts) if paths is None else _places_in(paths, coverage, substitutions)
    definitions, notes = [], []
    for place in sorted(places, key=lambda place: (place.shown, place.id)):
        try:
            document = definition_in(place.reference, substitutions).read()
            digest = digest_of(document)
        except (DocumentError, UsageError) as wrong:
            notes.append(f"{place.shown} is left out: {_why(wrong)}")
            continue
        counts = coverage.counts.get(place) or Counts(digest)
        if counts.digest != digest:
            notes.append(changed_text(place))
            counts = Counts(digest)
        definitions.append(DefinitionCoverage(place.shown_file, place.id, document, counts.hits))
    return Report(definitions, notes)


def _why(wrong: DocumentError | UsageError) -> str:
    if not isinstance(wrong, DocumentError) or wrong.span is None:
        return str(wrong)
    return f"line {wrong.span.line}, column {wrong.span.column}: {wrong.message}"


def changed_text(place: Place) -> str:
    """Return the note on a definition whose counts are of another text."""
    return f"{place.shown} was changed since it was run: what was counted before is dropped"


def _places_in(
    paths: Sequence[str], coverage: Coverage, substitutions: Mapping[str, str] | None
) -> set[Place]:
    """Return the places of the definitions in `paths`, and of those that were run from below its folders."""
    places = {place_of(one.file, one.id, one.template) for one in sources_in(paths, substitutions)}
    folders = [os.path.realpath(path) for path in paths if os.path.isdir(path)]
    return places | {
        place for place in coverage.counts if any(_is_below(place.file, folder) for folder in folders)
    }


def _is_below(file: str, folder: str) -> bool:
    return file.startswith(folder.rstrip(os.sep) + os.sep)
