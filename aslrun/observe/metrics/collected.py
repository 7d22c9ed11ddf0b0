"""All metrics of an execution, with those of its children."""

from __future__ import annotations

from collections.abc import Iterator

from aslrun.observe.logs.functions import printed_lines
from aslrun.observe.metrics.embedded import embedded_metrics
from aslrun.observe.metrics.functions import function_metrics
from aslrun.observe.metrics.metric import Metric, Metrics
from aslrun.observe.metrics.states import execution_metrics
from aslrun.observe.observed import Observed


def metrics_of(execution: Observed) -> Metrics:
    """Return the metrics of an execution and of the children of its distributed Maps."""
    return Metrics(point for one in execution.whole() for point in _own(one))


def _own(execution: Observed) -> Iterator[Metric]:
    yield from execution_metrics(execution)
    yield from function_metrics(execution)
    yield from embedded_metrics(printed_lines(execution))[0]


def dropped_metrics(execution: Observed) -> list[str]:
    """Return why CloudWatch would drop them, for each line of a function that is meant to embed metrics."""
    return [told for one in execution.whole() for told in embedded_metrics(printed_lines(one))[1]]
