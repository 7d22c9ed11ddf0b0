"""A report for programs."""

from __future__ import annotations

import json

from aslrun.coverage.points import KINDS, Point
from aslrun.coverage.report import DefinitionCoverage, Report, percent_of
from aslrun.document import pointer_text
from aslrun.values import JSON


def render(report: Report) -> str:
    """Return the ratios in total and by definition, and every point that was missed, with its place."""
    told: JSON = {
        **_ratios(report),
        "definitions": [_definition(definition) for definition in report.definitions],
        "notes": list(report.notes),
    }
    return json.dumps(told, ensure_ascii=False, indent=2) + "\n"


def _definition(definition: DefinitionCoverage) -> JSON:
    named: dict[str, JSON] = {"file": definition.file}
    if definition.id:
        named["id"] = definition.id
    missed: list[JSON] = [_point(definition, point) for point in definition.missed]
    return {**named, **_ratios(definition), "missed": missed, "hits": _hits(definition)}


def _ratios(covered: DefinitionCoverage | Report) -> dict[str, JSON]:
    kinds: dict[str, JSON] = {kind: _ratio(covered, kind) for kind in KINDS}
    return {**_ratio(covered, None), "percent": percent_of(covered.ratio()), "kinds": kinds}


def _ratio(covered: DefinitionCoverage | Report, kind: str | None) -> dict[str, JSON]:
    hit, total = covered.ratio(kind)
    return {"covered": hit, "total": total}


def _point(definition: DefinitionCoverage, point: Point) -> JSON:
    told: dict[str, JSON] = {
        "kind": point.kind,
        "location": pointer_text(point.pointer),
        "message": definition.message(point),
    }
    span = definition.span(point)
    if span is not None:
        told |= {"line": span.line, "column": span.column}
        told |= {"endLine": span.end_line, "endColumn": span.end_column}
    return told


def _hits(definition: DefinitionCoverage) -> JSON:
    """How often each point was exercised that was, by its key."""
    return {point.key: number for point in definition.points if (number := definition.count(point))}
