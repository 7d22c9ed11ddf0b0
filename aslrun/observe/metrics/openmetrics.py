"""Metrics added up, in the form that Prometheus reads.

Names are those of CloudWatch in the manner of OpenMetrics: `aws_states_executions_started_total`,
`aws_lambda_duration_milliseconds_sum`; dimensions are labels (`state_machine_arn`). A number of things at one
time is a gauge.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from aslrun.errors import UsageError
from aslrun.observe.metrics.metric import Dimensions, Metric

GAUGES = frozenset({"ApproximateOpenMapRunCount", "OpenMapRunLimit", "ConcurrentExecutions"})
"""Metrics whose last value is told, not their sum."""
MOST_SERIES = 10_000
"""Metrics with their dimensions that are added up: functions choose names and dimensions of their own."""


class Totals:
    """What data points come to since the start: how many, their sum, and the last."""

    def __init__(self) -> None:
        self._of: dict[tuple[str, str, str, Dimensions], tuple[int, float, float]] = {}

    def take(self, point: Metric) -> None:
        """Add a data point; one of yet another series is left out where there are too many."""
        key = point.namespace, point.name, point.unit, point.dimensions
        count, total, _ = self._of.get(key, (0, 0.0, 0.0))
        if count or len(self._of) < MOST_SERIES:
            self._of[key] = count + 1, total + point.value, point.value

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

    def __init__(self, of: Mapping[tuple[str, str, str, Dimensions], tuple[int, float, float]]) -> None:
        self._of = of

    def collect(self) -> Iterable[Any]:
        """Return a family for each name: what differs in its labels only is one."""
        families: dict[str, Any] = {}
        for (namespace, name, unit, dimensions), figures in sorted(self._of.items()):
            told = f"{_snake(namespace)}_{_snake(name)}"
            told += "" if unit in ("Count", "None") else f"_{_snake(unit)}"
            family = families.get(told) or families.setdefault(told, _family(told, name, namespace, unit))
            labels = {_snake(label): value for label, value in dimensions}
            count, total, last = figures
            if name in GAUGES:
                family.add_sample(told, labels, last)
            elif unit == "Count":
                family.add_sample(f"{told}_total", labels, total)
            else:
                family.add_sample(f"{told}_count", labels, count)
                family.add_sample(f"{told}_sum", labels, total)
        return families.values()


def _family(told: str, name: str, namespace: str, unit: str) -> Any:
    from prometheus_client.core import Metric as Family

    kind = "gauge" if name in GAUGES else "counter" if unit == "Count" else "summary"
    return Family(told, f"{name} of {namespace}", kind)


def _snake(name: str) -> str:
    """Return `ExecutionsStarted` as `executions_started`, with nothing in it that a name may not have."""
    words = re.sub(r"([a-z0-9])([A-Z])", r"\1_\2", name)
    told = re.sub(r"[^a-zA-Z0-9]+", "_", words).strip("_").lower() or "_"
    return f"_{told}" if told[0].isdigit() else told
