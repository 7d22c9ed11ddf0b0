"""A data point of a metric, and how many of them are told together."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, Literal, NamedTuple, TypeAlias

Unit: TypeAlias = Literal["Count", "Milliseconds", "Bytes", "None"]
Dimensions: TypeAlias = tuple[tuple[str, str], ...]
BATCH = 1_000
"""Metrics that PutMetricData takes at once (API reference)."""


class Metric(NamedTuple):
    """A value of a metric at a time.

    Attributes:
        namespace: `AWS/States`, `AWS/Lambda`, or one that a function names.
        name: the metric's name.
        value: in the unit.
        unit: `Count`, `Milliseconds`, `Bytes`, or another of CloudWatch's.
        time: in seconds since the epoch.
        dimensions: names and values, in their order.
    """

    namespace: str
    name: str
    value: float
    unit: str
    time: float
    dimensions: Dimensions = ()

    def as_datum(self) -> dict[str, Any]:
        """Return it as PutMetricData takes it (API reference: MetricDatum)."""
        return {
            "MetricName": self.name,
            "Dimensions": [{"Name": name, "Value": value} for name, value in self.dimensions],
            "Timestamp": self.time,
            "Value": self.value,
            "Unit": self.unit,
        }


@dataclass(frozen=True, slots=True)
class Statistics:
    """What several values of one metric come to; `values` are all of them, in their order."""

    namespace: str
    name: str
    unit: str
    dimensions: Dimensions
    values: Sequence[float]

    @property
    def sum(self) -> float:
        """The sum of the values."""
        return sum(self.values)

    @property
    def average(self) -> float:
        """Their average."""
        return self.sum / len(self.values)

    @property
    def minimum(self) -> float:
        """The least."""
        return min(self.values)

    @property
    def maximum(self) -> float:
        """The greatest."""
        return max(self.values)


class Metrics(Sequence[Metric]):
    """The data points of an execution, as tests ask about them.

    `metrics["ExecutionsStarted"]` is the sum of a metric's values, over all dimensions, or of those that are
    named: `metrics.statistics("Duration", FunctionName="pay").average`.
    """

    def __init__(self, points: Iterable[Metric]) -> None:
        self.points = [*points]

    def __len__(self) -> int:
        return len(self.points)

    def __getitem__(self, which: Any) -> Any:
        if isinstance(which, str):
            found = self.statistics(which)
            return 0 if found is None else found.sum
        return self.points[which]

    def statistics(self, name: str, namespace: str | None = None, **dimensions: str) -> Statistics | None:
        """Return what the values of a metric come to, of those points that have all the dimensions; None
        where there are none. Points that have more dimensions than others count the same things again."""
        points = [
            one
            for one in self.points
            if one.name == name
            and namespace in (None, one.namespace)
            and dimensions.items() <= dict(one.dimensions).items()
        ]
        if not points:
            return None
        fewest = min(len(one.dimensions) for one in points)
        points = [one for one in points if len(one.dimensions) == fewest]
        first = points[0]
        told = tuple(dimensions.items()) or first.dimensions
        return Statistics(first.namespace, name, first.unit, told, [one.value for one in points])

    def grouped(self) -> list[Statistics]:
        """Return what each metric comes to, for each of its dimensions, in the order of their names."""
        values: dict[tuple[str, Dimensions, str, str], list[float]] = {}
        for one in self.points:
            values.setdefault((one.namespace, one.dimensions, one.name, one.unit), []).append(one.value)
        return [
            Statistics(namespace, name, unit, dimensions, of)
            for (namespace, dimensions, name, unit), of in sorted(values.items())
        ]


def put_metrics(metrics: Iterable[Metric], cloudwatch: Any) -> None:
    """Put data points into CloudWatch by a boto3 client."""
    by_namespace: dict[str, list[Metric]] = {}
    for metric in metrics:
        by_namespace.setdefault(metric.namespace, []).append(metric)
    for namespace, points in by_namespace.items():
        for batch in _batches(points):
            cloudwatch.put_metric_data(Namespace=namespace, MetricData=batch)


def _batches(points: Iterable[Metric]) -> Iterator[list[Mapping[str, Any]]]:
    left = iter(points)
    while batch := [*islice(left, BATCH)]:
        yield [one.as_datum() for one in batch]
