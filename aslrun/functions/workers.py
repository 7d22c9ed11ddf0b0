"""The worker processes of all functions: which one runs an invocation, and how many there may be."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from aslrun.functions.function import Function
from aslrun.functions.log import Log
from aslrun.functions.runtime import check
from aslrun.functions.worker import FunctionError, NotTakenUp, Worker
from aslrun.values import JSON

ATTEMPTS = 3
"""Workers that a request is sent to, where each ends before it takes it up."""


class TooManyRequests(Exception):
    """More invocations at once than the function's reserved concurrency."""


class Workers:
    """Warm workers: as many at once as are needed, the one used last first.

    `cold` gives each invocation a fresh process; `reports` adds START, END and REPORT to the logs.
    """

    def __init__(self, *, cold: bool = False, reports: bool = False) -> None:
        self.cold = cold
        self.reports = reports
        self._idle: dict[tuple[str, str], list[Worker]] = {}
        self._all: set[Worker] = set()
        self._running: Counter[str] = Counter()
        self._lock = threading.Lock()

    def invoke(
        self,
        function: Function,
        event: JSON,
        context: dict[str, Any],
        on_cancel: Callable[[Callable[[], None]], None],
        log: Log,
    ) -> bytes | str:
        """Run `function` on `event` in a warm worker, or in a new one. As `Worker.invoke`.

        `on_cancel` is given what ends the invocation from another thread. Raises UsageError when the
        function's language cannot run here, TooManyRequests beyond its reserved concurrency.
        """
        with self._slot(function):
            for _ in range(ATTEMPTS):
                try:
                    return self._invoke(function, event, context, on_cancel, log)
                except NotTakenUp as ended:
                    failure = ended.failure
            raise failure

    def _invoke(
        self,
        function: Function,
        event: JSON,
        context: dict[str, Any],
        on_cancel: Callable[[Callable[[], None]], None],
        log: Log,
    ) -> bytes | str:
        worker = self._take(function, context["version"])
        on_cancel(worker.kill)
        is_healthy = False
        try:
            result = worker.invoke(event, context, log, self.reports)
            is_healthy = True
        except FunctionError:
            # A handler that only raised is as good as new; whatever else happened costs the worker.
            is_healthy = worker.is_ready and worker.is_alive
            raise
        finally:
            on_cancel(_do_nothing)
            self._give_back(worker, is_healthy and not self.cold)
        return result

    @contextmanager
    def _slot(self, function: Function) -> Iterator[None]:
        """Count an invocation while it runs."""
        with self._lock:
            if function.concurrency is not None and self._running[function.name] >= function.concurrency:
                raise TooManyRequests(function.name)
            self._running[function.name] += 1
        try:
            yield
        finally:
            with self._lock:
                self._running[function.name] -= 1

    def _take(self, function: Function, version: str) -> Worker:
        check(function)
        with self._lock:
            idle = self._idle.setdefault((function.name, version), [])
            while idle:
                worker = idle.pop()
                if worker.is_alive:
                    return worker
                self._discard(worker)
            worker = Worker(function, version)
            self._all.add(worker)
            return worker

    def _give_back(self, worker: Worker, is_healthy: bool) -> None:
        with self._lock:
            if is_healthy and worker in self._all:
                self._idle[worker.function.name, worker.version].append(worker)
            else:
                self._discard(worker)

    def _discard(self, worker: Worker) -> None:
        self._all.discard(worker)
        worker.close()

    def close(self) -> None:
        """End all workers."""
        with self._lock:
            self._idle.clear()
            for worker in [*self._all]:
                self._discard(worker)


def _do_nothing() -> None:
    """What ends an invocation that is over."""
