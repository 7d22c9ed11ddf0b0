"""The worker processes of all functions: which one runs an invocation, and how many there may be."""

from __future__ import annotations

import errno
import os
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeAlias

from aslrun.errors import UsageError
from aslrun.functions.function import Function
from aslrun.functions.log import Log
from aslrun.functions.report import Invocation, Note, no_note
from aslrun.functions.runtime import Surroundings, ThisProcess, check
from aslrun.functions.steps import Steps
from aslrun.functions.turns import Cancelled, Turns
from aslrun.functions.worker import FunctionError, NotTakenUp, Worker, ended_without_reason, stamp_of
from aslrun.values import JSON

Invoked: TypeAlias = Callable[[Invocation, "list[str]", int], None]
OnCancel: TypeAlias = Callable[[Callable[[], None]], None]
"""What is given the way to end an invocation from another thread."""

ATTEMPTS = 3
"""Workers that a request is sent to, where each ends before it takes it up."""
MOST = 64
"""Workers that there are at most where nothing is said."""
MEMORY = 128 * 1024 * 1024
"""Bytes of this machine's memory for each worker: what Lambda gives a function by default."""
OWN_DESCRIPTORS, DESCRIPTORS = 64, 4
"""Open files that are this process's own, and those that it has for each worker."""
_SCARCE = {errno.EMFILE, errno.ENFILE, errno.EAGAIN, errno.ENOMEM}


class TooManyRequests(Exception):
    """More invocations at once than the function's reserved concurrency."""


def most_workers(wanted: int | None = None) -> int:
    """Return how many workers there may be at once: `wanted`, as far as the limit on open files bears them.

    By default one for each 128 MB of memory, and at most 64.
    """
    most = wanted or MOST
    if wanted is None and "SC_PHYS_PAGES" in getattr(os, "sysconf_names", {}):
        most = min(most, os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // MEMORY)
    if sys.platform != "win32":
        import resource

        files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
        if files != resource.RLIM_INFINITY:
            most = min(most, (files - OWN_DESCRIPTORS) // DESCRIPTORS)
    return max(1, most)


class Workers:
    """Warm workers: as many at once as are needed and may be, the one used last first.

    `cold` gives each invocation a fresh process; `reports` adds START, END and REPORT to the logs; `most` is
    how many processes there may be, see `most_workers`. Further invocations wait for their turn.
    `surroundings` is what the workers are told of AWS; by default what this process knows of it. With
    `looks_at_files` a function whose file was saved has a new worker for its next invocation.
    """

    def __init__(
        self,
        *,
        looks_at_files: bool = False,
        cold: bool = False,
        reports: bool = False,
        most: int | None = None,
        surroundings: Surroundings | None = None,
    ) -> None:
        self.surroundings = surroundings or ThisProcess()
        self.looks_at_files = looks_at_files
        self.cold = cold
        self.reports = reports
        self.most = most_workers(most)
        self._turns = Turns(self.most)
        self._idle: dict[tuple[str, str], list[Worker]] = {}
        self._all: set[Worker] = set()
        self._running: Counter[str] = Counter()
        self._lock = threading.Lock()
        self.on_invoked: Invoked | None = None
        """Is told of each invocation: what is reported, what it printed, and how many of the function run."""

    def invoke(
        self,
        function: Function,
        event: JSON,
        context: dict[str, Any],
        on_cancel: OnCancel,
        log: Log,
        note: Note = no_note,
    ) -> Steps[bytes | str]:
        """Run `function` on `event` in a warm worker, or in a new one. As `Worker.invoke`.

        `on_cancel` is given what ends the invocation from another thread. Raises UsageError when the
        function cannot be started here, TooManyRequests beyond its reserved concurrency.
        """
        if self.on_invoked is not None:
            log, note = self._watched(function, log, note, self.on_invoked)
        with self._slot(function):
            for _ in range(ATTEMPTS):
                worker = yield from self._worker(function, context, on_cancel)
                try:
                    return (yield from self._invoke(worker, event, context, on_cancel, log, note))
                except NotTakenUp as ended:
                    failure = ended.failure
                finally:
                    self._turns.give_back()
            raise failure

    def _watched(self, function: Function, log: Log, note: Note, told: Invoked) -> tuple[Log, Note]:
        """Return what takes an invocation's lines and its report, and tells of both at its end."""
        lines: list[str] = []

        def take(line: str) -> None:
            lines.append(line)
            log(line)

        def end(invocation: Invocation) -> None:
            note(invocation)
            told(invocation, lines, self._running[function.name])

        return take, end

    def _invoke(
        self,
        worker: Worker,
        event: JSON,
        context: dict[str, Any],
        on_cancel: OnCancel,
        log: Log,
        note: Note,
    ) -> Steps[bytes | str]:
        on_cancel(worker.kill)
        is_healthy = False
        try:
            result = yield from worker.invoke(event, context, log, self.reports, note)
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
        """Count an invocation while it runs, or waits for its turn."""
        with self._lock:
            if function.concurrency is not None and self._running[function.name] >= function.concurrency:
                raise TooManyRequests(function.name)
            self._running[function.name] += 1
        try:
            yield
        finally:
            with self._lock:
                self._running[function.name] -= 1

    def _worker(self, function: Function, context: dict[str, Any], on_cancel: OnCancel) -> Steps[Worker]:
        """Return a worker when it is this invocation's turn, which is to be given back."""
        version = context["version"]
        while True:
            if not self._turns.take_at_once():
                yield None
                try:
                    self._turns.take(on_cancel)
                except Cancelled:
                    raise ended_without_reason(context["request_id"]) from None
            try:
                worker = self._warm(function, version)
                if worker is None:
                    yield None
                    worker = self._start(function, version)
                return worker
            except OSError as wrong:
                if wrong.errno in _SCARCE and self._discard_idle_ones():
                    self._turns.give_back()
                    continue
                # The turn is kept: as long as others run, there is one worker fewer than there may be.
                if wrong.errno in _SCARCE and self._all:
                    continue
                self._turns.give_back()
                raise UsageError(
                    f"the Lambda function '{function.name}' ({function.file}): no process can be started for"
                    f" it: {wrong.strerror}"
                ) from None
            except BaseException:
                self._turns.give_back()
                raise

    def _warm(self, function: Function, version: str) -> Worker | None:
        """Return a worker that is idle, None where there is none."""
        with self._lock:
            idle = self._idle.setdefault((function.name, version), [])
            while idle:
                worker = idle.pop()
                # One of the same name may have other code: another folder's, or that of an update.
                if worker.is_alive and worker.function == function and not self._is_old(worker):
                    return worker
                self._discard(worker)
            return None

    def _start(self, function: Function, version: str) -> Worker:
        check(function)
        with self._lock:
            if len(self._all) >= self.most:
                self._discard_an_idle_one()
            worker = Worker(function, version, self.surroundings)
            self._all.add(worker)
            return worker

    def _is_old(self, worker: Worker) -> bool:
        """Tell whether the function's file was saved since a worker read it; only where somebody looks."""
        return self.looks_at_files and worker.stamp != stamp_of(worker.function)

    def _discard_an_idle_one(self) -> None:
        """Make room: the function that has had no call for longest gives up a worker."""
        for key in [*self._idle]:
            if self._idle[key]:
                self._discard(self._idle[key].pop(0))
                return

    def _discard_idle_ones(self) -> bool:
        """Make as much room as there is; tell whether that was any."""
        with self._lock:
            found = any(self._idle.values())
            while any(self._idle.values()):
                self._discard_an_idle_one()
            return found

    def _give_back(self, worker: Worker, is_healthy: bool) -> None:
        with self._lock:
            if is_healthy and worker in self._all:
                self._idle.setdefault((worker.function.name, worker.version), []).append(worker)
            else:
                self._discard(worker)

    def _discard(self, worker: Worker) -> None:
        self._all.discard(worker)
        worker.close()

    def renew(self) -> None:
        """Start all functions anew from now on: their files have changed. What runs comes to its end."""
        with self._lock:
            idle = [worker for workers in self._idle.values() for worker in workers]
            self._idle.clear()
            self._all.clear()
        for worker in idle:
            worker.close()

    def close(self) -> None:
        """End all workers."""
        with self._lock:
            self._idle.clear()
            for worker in [*self._all]:
                self._discard(worker)


def _do_nothing() -> None:
    """What ends an invocation that is over."""
