"""A report as one HTML page that needs nothing else: a table, and for each definition its drawing with what
was missed in it, a list of that, and its lines."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape

from aslrun.coverage.drawing import draw_coverage
from aslrun.coverage.html.style import STYLE
from aslrun.coverage.points import KINDS
from aslrun.coverage.report import DefinitionCoverage, Ratio, Report, percent_of, percent_text
from aslrun.coverage.source_lines import SourceLine, source_lines
from aslrun.coverage.text import WORDS, inside_text, ratio_text
from aslrun.errors import UsageError
from aslrun.graph import render as render_graph


def render(report: Report) -> str:
    """Return the page."""
    total = percent_text(report.ratio())
    body = [
        f"<h1>State machine coverage <b>{total}</b></h1>",
        *(f'<p class="note">{escape(note)}</p>' for note in report.notes),
        _table(report),
        *(_section(number, definition) for number, definition in enumerate(report.definitions, 1)),
    ]
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>State machine coverage {total}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n"
        + "\n".join(body)
        + "\n</body>\n</html>\n"
    )


# ---------------------------------------------------------------- the table


def _table(report: Report) -> str:
    head = "".join(f"<th>{escape(WORDS[kind][1])}</th>" for kind in KINDS)
    rows = [
        _row(f'<a href="#d{number}">{escape(definition.name)}</a>', definition)
        for number, definition in enumerate(report.definitions, 1)
    ]
    return (
        f'<div class="wide"><table class="ratios"><thead><tr><th>definition</th>{head}<th>coverage</th></tr>'
        f"</thead><tbody>{''.join(rows)}</tbody><tfoot>{_row('total', report)}</tfoot></table></div>"
    )


def _row(name: str, covered: DefinitionCoverage | Report) -> str:
    cells = "".join(_ratio_cell(covered.ratio(kind)) for kind in KINDS)
    return f"<tr><th>{name}</th>{cells}<td>{_bar(covered.ratio())}</td></tr>"


def _ratio_cell(ratio: Ratio) -> str:
    shown = "missed" if ratio[0] < ratio[1] else "nothing" if not ratio[1] else ""
    return f'<td class="{shown}">{ratio_text(ratio)}</td>'


def _bar(ratio: Ratio) -> str:
    return f'<meter min="0" max="100" value="{percent_of(ratio)}"></meter> {percent_text(ratio)}'


# ---------------------------------------------------------------- a definition


def _section(number: int, definition: DefinitionCoverage) -> str:
    name, percent = escape(definition.name), percent_text(definition.ratio())
    parts = [
        f'<section id="d{number}"><h2>{name} <b>{percent}</b></h2>',
        _drawing(definition),
        *_misses(number, definition),
        _source(number, list(source_lines(definition))),
        "</section>",
    ]
    return "\n".join(parts)


def _drawing(definition: DefinitionCoverage) -> str:
    try:
        graph = draw_coverage(definition)
    except UsageError as wrong:
        return f'<p class="note">{escape(str(wrong))}</p>'
    return f'<div class="drawing">{render_graph(graph, "svg")}</div>'


def _misses(number: int, definition: DefinitionCoverage) -> Iterator[str]:
    misses = list(definition.misses())
    if not misses:
        yield '<p class="all">Nothing was missed.</p>'
        return
    yield '<ul class="misses">'
    for miss in misses:
        line = miss.span.line if miss.span else 1
        told = f"{escape(miss.message)}<i>{escape(inside_text(miss.inside))}</i>"
        yield f'<li><a href="#d{number}l{line}">line {line}</a> {told}</li>'
    yield "</ul>"


def _source(number: int, lines: Sequence[SourceLine]) -> str:
    rows = "".join(_line(number, line) for line in lines)
    return f'<div class="source"><table>{rows}</table></div>'


def _line(number: int, line: SourceLine) -> str:
    entered = "" if line.entered is None else f"×{line.entered}"
    why = f'<span class="why">{escape("; ".join(line.missed))}</span>' if line.missed else ""
    return (
        f'<tr id="d{number}l{line.number}" class="{line.mark}"><td>{line.number}</td><td>{entered}</td>'
        f"<td><pre>{escape(line.text)}</pre>{why}</td></tr>\n"
    )
