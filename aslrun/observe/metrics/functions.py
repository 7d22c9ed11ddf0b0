"""The metrics of functions' invocations in the namespace AWS/Lambda.

Documentation: "Types of metrics for Lambda functions", "Viewing metrics for Lambda functions". Functions that
are callables or values of a test have none: they are no invocations of Lambda.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator

from aslrun.functions.function import function_name
from aslrun.functions.report import Invocation
from aslrun.history.scopes import details_of
from aslrun.observe.logs.functions import attempt_ends
from aslrun.observe.metrics.metric import Dimensions, Metric
from aslrun.observe.observed import Event, Observed, time_of

NAMESPACE = "AWS/Lambda"
THROTTLED = "TooManyRequestsException"


def invocation_metrics(invocation: Invocation, ended: float) -> Iterator[Metric]:
    """Yield the metrics of one invocation that ended at a time, in seconds since the epoch."""
    for dimensions in _dimensions(invocation):
        yield Metric(NAMESPACE, "Invocations", 1, "Count", ended, dimensions)
        yield Metric(NAMESPACE, "Errors", int(invocation.error is not None), "Count", ended, dimensions)
        duration = round(invocation.duration * 1000, 3)
        yield Metric(NAMESPACE, "Duration", duration, "Milliseconds", ended, dimensions)


def _dimensions(invocation: Invocation) -> Iterator[Dimensions]:
    name = ("FunctionName", invocation.function)
    yield (name,)
    if invocation.version != "$LATEST":
        yield name, ("Resource", f"{invocation.function}:{invocation.version}")


def function_metrics(execution: Observed) -> Iterator[Metric]:
    """Yield the metrics of the functions that an execution called, those of its children not included."""
    events, find_end = execution.events, attempt_ends(execution.events)
    spans: dict[str, list[tuple[float, float]]] = {}
    for id, made in execution.invocations.items():
        if not 0 < id <= len(events):
            continue
        end = find_end(events[id - 1])
        began, ended = time_of(events[id - 1]), time_of(end or events[-1])
        for invocation in made:
            yield from invocation_metrics(invocation, ended)
            spans.setdefault(invocation.function, []).append((began, ended))
    for id in execution.logs:
        end = find_end(events[id - 1]) if 0 < id <= len(events) else None
        if end is not None and THROTTLED in str(details_of(end).get("error")):
            name = (("FunctionName", called_by(events[id - 1])),)
            yield Metric(NAMESPACE, "Throttles", 1, "Count", time_of(end), name)
    for function, of in spans.items():
        for at, running in _concurrent(of):
            name = (("FunctionName", function),)
            yield Metric(NAMESPACE, "ConcurrentExecutions", running, "Count", at, name)


def called_by(scheduled: Event) -> str:
    """Return the name of the function that an attempt calls, of the event with which it is scheduled."""
    details = details_of(scheduled)
    try:
        named = json.loads(details["parameters"])["FunctionName"]
    except (KeyError, TypeError, ValueError):
        named = details.get("resource")
    return function_name(str(named))


def _concurrent(spans: Iterable[tuple[float, float]]) -> Iterator[tuple[float, int]]:
    """Yield how many invocations ran when each began."""
    steps = sorted(step for began, ended in spans for step in ((began, 0, 1), (ended, 1, -1)))
    running = 0
    for at, _, change in steps:
        running += change
        if change > 0:
            yield at, running
