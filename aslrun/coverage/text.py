"""A report for people: a table of definitions, and what was missed with file, line and column."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from aslrun.coverage.points import KINDS
from aslrun.coverage.report import DefinitionCoverage, Ratio, Report, percent_text

ONE: Mapping[str, str] = {
    "states": "state",
    "transitions": "transition",
    "rules": "rule outcome",
    "retriers": "retrier",
    "catchers": "catcher",
    "maps": "Map body",
}
"""What one of a kind is called."""


def render_text(report: Report, missing: bool = True) -> str:
    """Return the table, and below it, unless `missing` is false, a line for each part that was missed."""
    lines = list(_table(report))
    if missing:
        missed = [line for definition in report.definitions for line in missing_lines(definition)]
        lines += ["", *missed] if missed else []
    return "\n".join(lines) + "\n"


def _table(report: Report) -> Iterator[str]:
    rows = [_row("definition", [kind for kind in KINDS], "cover")]
    rows += [_ratios(one.name, one) for one in report.definitions]
    rows.append(_ratios("TOTAL", report))
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for number, row in enumerate(rows):
        if number in (1, len(rows) - 1):
            yield "-" * (sum(widths) + 2 * len(widths) - 2)
        cells = [row[0].ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(row[1:], widths[1:]))]
        yield "  ".join(cells)


def _row(name: str, cells: list[str], cover: str) -> list[str]:
    return [name, *cells, cover]


def _ratios(name: str, covered: DefinitionCoverage | Report) -> list[str]:
    return _row(name, [ratio_text(covered.ratio(kind)) for kind in KINDS], percent_text(covered.ratio()))


def ratio_text(ratio: Ratio) -> str:
    """Return `3/4`, or a dash where there is nothing to cover."""
    return f"{ratio[0]}/{ratio[1]}" if ratio[1] else "-"


def missing_lines(definition: DefinitionCoverage) -> Iterator[str]:
    """Yield a line for each part of a definition that was missed: `FILE:LINE:COLUMN: what`."""
    file = definition.file
    for miss in definition.misses():
        place = f"{file}:{miss.span.line}:{miss.span.column}" if miss.span else definition.name
        yield f"{place}: {miss.message}{inside_text(miss.inside)}"


def inside_text(inside: Mapping[str, int]) -> str:
    """Return what was missed with a part: ` (in it 2 transitions, 1 retrier)`; empty if there is nothing."""
    told = [f"{number} {ONE[kind]}{'' if number == 1 else 's'}" for kind, number in inside.items()]
    return f" (in it {', '.join(told)})".replace("bodys", "bodies") if told else ""
