"""Metrics added up, in the form that Prometheus reads.

Names are those of CloudWatch in the manner of OpenMetrics: `aws_states_executions_started_total`,
`aws_lambda_duration_milliseconds_sum`; dimensions are labels (`state_machine_arn`). A number of things at one
time is a gauge, and so is what was below 0 once: counters and sums only grow. Functions choose names of their
own: what comes to the same name is added up, or has a number behind it where its kind is another.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from itertools import count
from typing import Any, Literal, NamedTuple, TypeAlias

from aslrun.errors import UsageError
from aslrun.observe.metrics.metric import Dimensions, Metric

GAUGES = frozenset({"ApproximateOpenMapRunCount", "OpenMapRunLimit", "ConcurrentExecutions"})
"""Metrics whose last value is told, not their sum."""
Kind: TypeAlias = Literal["counter", "gauge", "summary"]
SAMPLES: Mapping[Kind, tuple[str, ...]] = {
    "counter": ("", "_total", "_created"),
    "gauge": ("",),
    "summary": ("", "_count", "_sum", "_created"),
}
"""How the names end that a family has for itself (OpenMetrics: no two families have a name in common)."""
MOST_SERIES = 10_000
"""Metrics with their dimensions that are added up: functions choose names and dimensions of their own."""


class _Figures(NamedTuple):
    """What the data points of a series come to."""

    many: int = 0
    total: float = 0.0
    last: float = 0.0
    has_negative: bool = False

    def plus(self, more: _Figures) -> _Figures:
        """Return them with later ones."""
        return _Figures(
            self.many + more.many,
            self.total + more.total,
            more.last,
            self.has_negative or more.has_negative,
        )


class Totals:
    """What data points come to since the start: how many, their sum, and the last."""

    def __init__(self) -> None:
        self._of: dict[tuple[str, str, str, Dimensions], _Figures] = {}

    def take(self, point: Metric) -> None:
        """Add a data point; one of yet another series is left out where there are too many."""
        key = point.namespace, point.name, point.unit, point.dimensions
        known = self._of.get(key)
        if known is None and len(self._of) < MOST_SERIES:
            known = _Figures()
        if known is not None:
            many, total, _, has_negative = known
            value = point.value
            self._of[key] = _Figures(many + 1, total + value, value, has_negative or value < 0)

    def copy(self) -> Totals:
        """Return them as they are now."""
        copied = Totals()
        copied._of = dict(self._of)
        return copied

    def exposition(self) -> tuple[bytes, str]:
        """Return the text, and its content type; UsageError where prometheus-client is not installed."""
        try:
            from prometheus_client.core import CollectorRegistry
            from prometheus_client.openmetrics import exposition
        except ImportError:
            raise UsageError(
                "/metrics needs prometheus-client, which is not installed: pip install 'aslrun[server]'"
            ) from None
        registry = CollectorRegistry(auto_describe=False)
        registry.register(_Collector(self._of))
        text: bytes = exposition.generate_latest(registry)  # type: ignore[no-untyped-call]
        return text, exposition.CONTENT_TYPE_LATEST


class _Collector:
    """Makes the families that prometheus-client asks for."""

    def __init__(self, of: Mapping[tuple[str, str, str, Dimensions], _Figures]) -> None:
        self._of = of

    def collect(self) -> Iterable[Any]:
        """Return a family for each name, in the order in which they came: what differs in its labels only is
        one."""
        kinds = self._kinds()
        series: dict[tuple[str, Kind], dict[tuple[tuple[str, str], ...], _Figures]] = {}
        help: dict[tuple[str, Kind], str] = {}
        for (namespace, name, unit, dimensions), figures in self._of.items():
            key = _told(namespace, name, unit), kinds[namespace, name, unit]
            help.setdefault(key, f"{name} of {namespace}")
            labels = tuple(sorted({_snake(label): value for label, value in dimensions}.items()))
            of = series.setdefault(key, {})
            of[labels] = of.get(labels, _Figures()).plus(figures)
        taken: set[str] = set()
        return [_family(_free(*key, taken), key[1], help[key], of) for key, of in series.items()]

    def _kinds(self) -> dict[tuple[str, str, str], Kind]:
        kinds: dict[tuple[str, str, str], Kind] = {}
        for (namespace, name, unit, _), figures in self._of.items():
            key = namespace, name, unit
            if name in GAUGES or figures.has_negative:
                kinds[key] = "gauge"
            else:
                kinds.setdefault(key, "counter" if unit == "Count" else "summary")
        return kinds


def _told(namespace: str, name: str, unit: str) -> str:
    told = f"{_snake(namespace)}_{_snake(name)}"
    return told if unit in ("Count", "None") else f"{told}_{_snake(unit)}"


def _free(told: str, kind: Kind, taken: set[str]) -> str:
    """Return a name whose samples no other family has, and take it."""
    numbers = count(2)
    name = told
    while not taken.isdisjoint(samples := [name + end for end in SAMPLES[kind]]):
        name = f"{told}_{next(numbers)}"
    taken.update(samples)
    return name


def _family(told: str, kind: Kind, help: str, series: Mapping[tuple[tuple[str, str], ...], _Figures]) -> Any:
    from prometheus_client.core import Metric as Family

    family = Family(told, help, kind)
    for of, figures in sorted(series.items()):
        labels = dict(of)
        if kind == "gauge":
            family.add_sample(told, labels, figures.last)
        elif kind == "counter":
            family.add_sample(f"{told}_total", labels, figures.total)
        else:
            family.add_sample(f"{told}_count", labels, figures.many)
            family.add_sample(f"{told}_sum", labels, figures.total)
    return family


def _snake(name: str) -> str:
    """Return `ExecutionsStarted` as `executions_started`, with nothing in it that a name may not have."""
    words = re.sub(r"([a-z0-9])([A-Z])", r"\1_\2", name)
    told = re.sub(r"[^a-zA-Z0-9]+", "_", words).strip("_").lower() or "_"
    return f"_{told}" if told[0].isdigit() else told
