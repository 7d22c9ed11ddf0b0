"""Metrics that functions embed in their logs: read, and what is wrong with those that CloudWatch would drop.

Documentation: "Specification: Embedded metric format". CloudWatch tells nobody of a line that it drops.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeGuard

from aslrun.errors import AslrunError
from aslrun.observe.metrics.metric import Dimensions, Metric

MARKS = ('"_aws"', '"CloudWatchMetrics"')
"""What a line has that is meant to embed metrics."""
MOST_BYTES = 1_048_576
MOST_METRICS, MOST_VALUES, MOST_DIMENSIONS = 100, 100, 30
LONGEST_NAMESPACE, LONGEST_NAME, LONGEST_DIMENSION, LONGEST_VALUE = 255, 255, 250, 1024
OLDEST, NEWEST = 14 * 86_400, 2 * 3_600
"""Seconds by which a time may lie before and after that of the log event."""
GREATEST = 2**360
"""How far from 0 a value may lie (API reference: MetricDatum)."""
_AMOUNTS = [
    *("Bytes", "Bits"),
    *(f"{by}{of}" for by in ("Kilo", "Mega", "Giga", "Tera") for of in ("bytes", "bits")),
]
_RATES = [f"{amount}/Second" for amount in _AMOUNTS]
UNITS = frozenset(
    [
        "Seconds",
        "Microseconds",
        "Milliseconds",
        "Percent",
        "Count",
        "Count/Second",
        "None",
        *_AMOUNTS,
        *_RATES,
    ]
)
"""Units that CloudWatch has (API reference: MetricDatum)."""


class Dropped(AslrunError):
    """Why CloudWatch takes no metrics from a line."""


@dataclass(frozen=True, slots=True)
class _Directive:
    namespace: str
    dimension_sets: list[list[str]]
    metrics: list[Mapping[str, Any]]


def embedded_metrics(lines: Iterable[tuple[float, str]]) -> tuple[list[Metric], list[str]]:
    """Return the metrics in log lines, (seconds since the epoch, text) each, and for each line that would be
    dropped why."""
    found: list[Metric] = []
    dropped: list[str] = []
    for at, line in lines:
        if all(mark in line for mark in MARKS):
            try:
                found += read_line(line, at)
            except Dropped as why:
                shown = line if len(line) <= 120 else line[:120] + "…"
                dropped.append(f"CloudWatch would drop the metrics in the log line {shown!r}: {why}")
    return found, dropped


def read_line(line: str, at: float) -> list[Metric]:
    """Return the metrics that a line embeds, logged at a time; Dropped for what is no such line."""
    if len(line.encode("utf-8", "surrogatepass")) > MOST_BYTES:
        raise Dropped(f"it has more than {MOST_BYTES:,} bytes")
    root = _root(line)
    about = root["_aws"]
    time = about.get("Timestamp")
    if not _is_number(time) or not math.isfinite(time) or time != int(time):
        raise Dropped("_aws.Timestamp must be a number of milliseconds since 1970")
    if not -OLDEST <= time / 1000 - at <= NEWEST:
        raise Dropped("_aws.Timestamp must not lie more than 14 days before or 2 hours after the log event")
    directives = about.get("CloudWatchMetrics")
    if not isinstance(directives, list):
        raise Dropped("_aws.CloudWatchMetrics must be a list")
    return [
        metric
        for number, told in enumerate(directives)
        for metric in _of_directive(_directive(told, f"_aws.CloudWatchMetrics[{number}]"), root, time / 1000)
    ]


def _root(line: str) -> dict[str, Any]:
    try:
        root = json.loads(line)
    except (ValueError, RecursionError):
        raise Dropped(
            "the line must be one JSON object and nothing else: print it, for a logger adds words of its own"
        ) from None
    if not isinstance(root, dict) or not isinstance(root.get("_aws"), dict):
        raise Dropped("_aws must be an object at the root: a logger that writes JSON puts it inside its own")
    return root


def _directive(told: Any, where: str) -> _Directive:
    if not isinstance(told, dict):
        raise Dropped(f"{where} must be an object")
    namespace, sets, metrics = (told.get(name) for name in ("Namespace", "Dimensions", "Metrics"))
    if not _is_text(namespace, LONGEST_NAMESPACE) or namespace[0] == ":":
        raise Dropped(f"{where}.Namespace must be a text of 1 to {LONGEST_NAMESPACE} characters")
    if not isinstance(sets, list) or not all(isinstance(one, list) for one in sets):
        raise Dropped(f"{where}.Dimensions must be a list of lists of names, [[]] for none")
    for one in sets:
        if len(one) > MOST_DIMENSIONS:
            raise Dropped(f"{where}.Dimensions has a set of more than {MOST_DIMENSIONS} names")
        if not all(_is_ascii(name, LONGEST_DIMENSION) and name[0] != ":" for name in one):
            raise Dropped(
                f"{where}.Dimensions must have texts of 1 to {LONGEST_DIMENSION} ASCII characters, with"
                " no ':' in front"
            )
    if not isinstance(metrics, list) or not all(isinstance(one, dict) for one in metrics):
        raise Dropped(f"{where}.Metrics must be a list of objects")
    if len(metrics) > MOST_METRICS:
        raise Dropped(f"{where}.Metrics has more than {MOST_METRICS}")
    for number, one in enumerate(metrics):
        _check_definition(one, f"{where}.Metrics[{number}]")
    return _Directive(namespace, sets, metrics)


def _check_definition(told: Mapping[str, Any], where: str) -> None:
    name = told.get("Name")
    if not _is_text(name, LONGEST_NAME):
        raise Dropped(f"{where}.Name must be a text of 1 to {LONGEST_NAME} characters")
    unit = told.get("Unit", "None")
    if not isinstance(unit, str) or unit not in UNITS:
        raise Dropped(f"{where}.Unit is {unit!r}, which is none of CloudWatch's, such as Milliseconds")
    if told.get("StorageResolution", 60) not in (1, 60):
        raise Dropped(f"{where}.StorageResolution must be 1 or 60")


def _of_directive(directive: _Directive, root: Mapping[str, Any], time: float) -> Iterator[Metric]:
    for names in directive.dimension_sets or [[]]:
        dimensions = tuple((name, _dimension(root, name)) for name in names)
        for told in directive.metrics:
            yield from _points(directive.namespace, told, root, time, dimensions)


def _dimension(root: Mapping[str, Any], name: str) -> str:
    value = root.get(name)
    if not _is_ascii(value, LONGEST_VALUE):
        raise Dropped(
            f"the dimension '{name}' must be a text of 1 to {LONGEST_VALUE} ASCII characters, beside _aws"
        )
    return value


def _points(
    namespace: str, told: Mapping[str, Any], root: Mapping[str, Any], time: float, dimensions: Dimensions
) -> Iterator[Metric]:
    name, value = told["Name"], root.get(told["Name"])
    values: list[Any] = value if isinstance(value, list) else [value]
    if not all(map(_is_number, values)):
        raise Dropped(f"the metric '{name}' must be a number, or a list of them, at the root, beside _aws")
    if not all(-GREATEST <= one <= GREATEST for one in values):  # NaN is neither
        raise Dropped(f"the metric '{name}' must lie between -2^360 and 2^360, and be no NaN or Infinity")
    if len(values) > MOST_VALUES:
        raise Dropped(f"the metric '{name}' has more than {MOST_VALUES} values")
    for one in values:
        yield Metric(namespace, name, float(one), told.get("Unit", "None"), time, dimensions)


def _is_number(value: object) -> TypeGuard[int | float]:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_text(value: object, longest: int) -> TypeGuard[str]:
    """Tell whether it is text that can be written: JSON may name half a character."""
    if not isinstance(value, str) or not value.strip() or len(value) > longest:
        return False
    return not any("\ud800" <= letter <= "\udfff" for letter in value)


def _is_ascii(value: object, longest: int) -> TypeGuard[str]:
    """Tell whether a dimension may have it (API reference: Dimension): no control characters."""
    return _is_text(value, longest) and value.isascii() and value.isprintable()
