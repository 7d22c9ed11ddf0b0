"""A definition's lines, each with what the runs did there."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from aslrun.coverage.points import Point
from aslrun.coverage.report import DefinitionCoverage
from aslrun.coverage.text import inside_text
from aslrun.document.spans import Pointer

Mark = Literal["hit", "part", "missed", ""]
"""All points of a line were exercised, some, none; or it has none."""


@dataclass(frozen=True, slots=True)
class SourceLine:
    """A line: its number in the file, its text, how it is marked, how often the state that begins in it was
    entered (None: no state does), and what was missed that begins in it."""

    number: int
    text: str
    mark: Mark
    entered: int | None
    missed: Sequence[str]


@dataclass(frozen=True, slots=True)
class Touch:
    """A point that a line has a part of. `is_long`: it has other lines too."""

    pointer: Pointer
    is_long: bool
    is_hit: bool


def source_lines(definition: DefinitionCoverage) -> Iterator[SourceLine]:
    """Yield the lines of a definition; of a template those that it takes."""
    span = definition.document.span(())
    if span is None:
        return
    marks, missed = line_marks(definition), _missed_by_line(definition)
    entered = _entered_by_line(definition)
    text = definition.document.source.whole
    for number in range(span.line, span.end_line + 1):
        yield SourceLine(
            number, text.line_text(number), marks.get(number, ""), entered.get(number), missed[number]
        )


def line_marks(definition: DefinitionCoverage) -> Mapping[int, Mark]:
    """Return the marks of lines, by number. Of a long part, those count in which nothing inside it is."""
    touches: dict[int, list[Touch]] = defaultdict(list)
    for point in definition.points:
        lines = _lines_of(definition, point)
        touch = Touch(point.pointer, len(lines) > 1, bool(definition.count(point)))
        for line in lines:
            touches[line].append(touch)
    return {line: _mark(there) for line, there in touches.items()}


def _lines_of(definition: DefinitionCoverage, point: Point) -> range:
    document = definition.document
    key, value = definition.span(point), document.span(point.pointer)
    assert key is not None
    assert value is not None
    # YAML ends a mapping where the next line begins.
    end = value.end_line - (value.end_column == 1 and value.end_line > value.line)
    return range(min(key.line, value.line), end + 1)


def _mark(touches: Sequence[Touch]) -> Mark:
    hits = {touch.is_hit for touch in touches if not (touch.is_long and _has_inner(touch, touches))}
    return "part" if len(hits) > 1 else "hit" if True in hits else "missed"


def _has_inner(outer: Touch, touches: Sequence[Touch]) -> bool:
    length = len(outer.pointer)
    return any(len(one.pointer) > length and one.pointer[:length] == outer.pointer for one in touches)


def _missed_by_line(definition: DefinitionCoverage) -> Mapping[int, list[str]]:
    missed: dict[int, list[str]] = defaultdict(list)
    for miss in definition.misses():
        if miss.span is not None:
            missed[miss.span.line].append(miss.message + inside_text(miss.inside))
    return missed


def _entered_by_line(definition: DefinitionCoverage) -> Mapping[int, int]:
    entered: dict[int, int] = {}
    for point in definition.points:
        span = definition.span(point)
        if point.kind == "states" and span is not None:
            entered[span.line] = entered.get(span.line, 0) + definition.count(point)
    return entered
