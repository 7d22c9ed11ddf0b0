"""What a server has to tell of its executions and functions: logs and metrics, for whoever asks.

Log events and data points are kept until CloudWatch Logs or CloudWatch of the local AWS are asked, which then
have them; `/metrics` has their sums. A machine whose logging is off has no log events.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, TypeVar

from aslrun.execution import Execution
from aslrun.functions.report import Invocation
from aslrun.functions.steps import Steps
from aslrun.observe.logs.collected import machine_events, put_logs
from aslrun.observe.logs.entries import LoggingConfiguration, read_configuration
from aslrun.observe.logs.functions import LogEvent, Streams, invocation_events
from aslrun.observe.metrics.embedded import embedded_metrics
from aslrun.observe.metrics.functions import NAMESPACE as LAMBDA
from aslrun.observe.metrics.functions import invocation_metrics
from aslrun.observe.metrics.metric import Metric, put_metrics
from aslrun.observe.metrics.openmetrics import Totals
from aslrun.observe.metrics.states import ended_metrics, execution_metrics, started_metrics
from aslrun.observe.observed import observe
from aslrun.server.app import HttpRequest, HttpResponse
from aslrun.store import ExecutionRecord

if TYPE_CHECKING:
    from aslrun.services.places import Aws

MOST, MOST_LOGS = 100_000, 20_000
"""Data points, and logs of invocations and of executions, that are kept until somebody asks; the oldest make
room."""
PATH = "/metrics"
OFF = LoggingConfiguration()
T = TypeVar("T")


class Observing:
    """Takes note of what a server does.

    Args:
        execution_of: returns an execution that has just ended; None where it is not held.
        has_tasks: tells whether an execution's machine has Tasks, whose attempts are to be counted.
        now: the time of the executions' clock, in seconds since the epoch.
        tell: is told of metrics in a log line that CloudWatch would drop, after the function's name.
    """

    def __init__(
        self,
        execution_of: Callable[[str], Execution | None],
        has_tasks: Callable[[ExecutionRecord], bool],
        now: Callable[[], float],
        tell: Callable[[str, str], None],
    ) -> None:
        self.totals = Totals()
        self._execution_of = execution_of
        self._has_tasks = has_tasks
        self._now = now
        self._tell = tell
        self._streams = Streams()
        self._lock = threading.Lock()
        self._logs: deque[Iterable[LogEvent]] = deque(maxlen=MOST_LOGS)  # made when somebody asks
        self._points: deque[Metric] = deque(maxlen=MOST)

    def started(self, record: ExecutionRecord) -> None:
        """Take note of an execution that has begun."""
        self._count(started_metrics(record.machine, record.started))

    def ended(self, record: ExecutionRecord) -> None:
        """Take note of an execution that has ended."""
        logging = _logging_of(record)
        has_more = logging.level != "OFF" or record.type == "EXPRESS" or self._has_tasks(record)
        execution = self._execution_of(record.arn) if has_more else None
        if execution is None:
            stopped = record.stopped or record.started
            self._count(
                ended_metrics(record.machine, record.status, record.started, stopped, record.redrives)
            )
            return
        observed = observe(execution)
        self._count(one for one in execution_metrics(observed) if one.name != "ExecutionsStarted")
        entries = [event for one in observed.whole() for event in machine_events(one, logging)]
        with self._lock:
            self._logs.append(entries)

    def invoked(self, invocation: Invocation, lines: Sequence[str], running: int) -> None:
        """Take note of an invocation that has ended: what it printed, and how many of its function ran."""
        now = self._now()
        began = now - invocation.duration - (invocation.init or 0.0)
        points, dropped = embedded_metrics((now, line) for line in lines)
        self._count([*invocation_metrics(invocation, now), _concurrent(invocation, running, now), *points])
        for told in dropped:
            self._tell(invocation.function, told)
        with self._lock:
            self._logs.append(invocation_events(invocation, lines, began, now, self._streams))

    def _count(self, points: Iterable[Metric]) -> None:
        with self._lock:
            for point in points:
                self.totals.take(point)
                self._points.append(point)

    def put_into(self, aws: Aws) -> None:
        """Let CloudWatch and CloudWatch Logs of the local AWS have all that there is when they are asked."""

        def logs() -> None:
            made = self._taken(self._logs)
            put_logs((event for events in made for event in events), aws.client("logs"))
            aws.put_before("logs", logs)

        def metrics() -> None:
            put_metrics(self._taken(self._points), aws.client("cloudwatch"))
            aws.put_before("monitoring", metrics)

        aws.put_before("logs", logs)
        aws.put_before("monitoring", metrics)

    def _taken(self, kept: deque[T]) -> list[T]:
        with self._lock:
            taken = [*kept]
            kept.clear()
        return taken

    def answer(self, request: HttpRequest) -> Steps[HttpResponse | None]:
        """Answer `/metrics`, in OpenMetrics form."""
        yield None
        if request.method != "GET" or request.path != PATH or "authorization" in request.headers:
            return None  # an S3 bucket may be called so, too
        with self._lock:
            totals = self.totals.copy()
        body, kind = totals.exposition()
        return HttpResponse(200, body, {"content-type": kind})


def _logging_of(record: ExecutionRecord) -> LoggingConfiguration:
    machine = record.options.get("machine")
    told = machine.get("logging") if isinstance(machine, dict) else None
    return read_configuration(told) if isinstance(told, dict) else OFF


def _concurrent(invocation: Invocation, running: int, now: float) -> Metric:
    name = (("FunctionName", invocation.function),)
    return Metric(LAMBDA, "ConcurrentExecutions", running, "Count", now, name)
