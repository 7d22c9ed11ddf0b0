"""A report for people: a table of definitions, and what was missed with file, line and column."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from aslrun.coverage.points import KINDS
from aslrun.coverage.report import DefinitionCoverage, Ratio, Report, percent_text

WORDS: Mapping[str, tuple[str, str]] = {
    "states": ("state", "states"),
    "transitions": ("transition", "transitions"),
    "rules": ("rule outcome", "rule outcomes"),
    "retriers": ("retrier", "retriers"),
    "catchers": ("catcher", "catchers"),
    "maps": ("Map body", "Map bodies"),
}
"""What one of a kind is called, and what several are."""


def render(report: Report, missing: bool = True) -> str:
    """Return the table, and below it, unless `missing` is false, a line for each part that was missed."""
    lines = list(_table(report))
    if missing:
        missed = [line for definition in report.definitions for line in missing_lines(definition)]
        lines += ["", *missed] if missed else []
    return "\n".join(lines) + "\n"


def _table(report: Report) -> Iterator[str]:
    rows: list[tuple[str, ...]] = [("definition", *KINDS, "cover")]
    rows += [_cells(one.name, one) for one in report.definitions]
    rows.append(_cells("TOTAL", report))
    width, *widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for number, (name, *cells) in enumerate(rows):
        if number in (1, len(rows) - 1):
            yield "-" * (width + sum(widths) + 2 * len(widths))
        shown = (cell.rjust(width) for cell, width in zip(cells, widths, strict=True))
        yield "  ".join([name.ljust(width), *shown])


def _cells(name: str, covered: DefinitionCoverage | Report) -> tuple[str, ...]:
    ratios = (ratio_text(covered.ratio(kind)) for kind in KINDS)
    return (name, *ratios, percent_text(covered.ratio()))


def ratio_text(ratio: Ratio) -> str:
    """Return `3/4`, or a dash where there is nothing to cover."""
    return f"{ratio[0]}/{ratio[1]}" if ratio[1] else "-"


def missing_lines(definition: DefinitionCoverage) -> Iterator[str]:
    """Yield a line for each part of a definition that was missed: `FILE:LINE:COLUMN: what`."""
    file = definition.file
    for miss in definition.misses():
        place = f"{file}:{miss.span.line}:{miss.span.column}" if miss.span else file
        yield f"{place}: {miss.message}{inside_text(miss.inside)}"


def inside_text(inside: Mapping[str, int]) -> str:
    """Return what was missed with a part: ` (in it 2 transitions, 1 retrier)`; empty if there is nothing."""
    told = (f"{number} {WORDS[kind][number > 1]}" for kind, number in inside.items())
    return f" (in it {', '.join(told)})" if inside else ""
