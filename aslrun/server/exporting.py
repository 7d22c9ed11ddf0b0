"""Traces of a server's executions, sent by OTLP when they have ended, on a thread of their own."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable

from aslrun.errors import UsageError
from aslrun.execution import Execution
from aslrun.observe.observed import observe
from aslrun.observe.traces.otlp import endpoint, export_spans
from aslrun.observe.traces.spans import trace_spans
from aslrun.server.preparing import is_traced
from aslrun.store import ExecutionRecord

MOST = 1_000
"""Executions that wait to be sent; further ones are left out."""
QUIET = 0.2
"""Seconds for which further executions are waited for, to be sent together."""


class Exporting:
    """Sends the traces of executions that have ended, where the environment says where to.

    `execution_of` returns an execution that has just ended; `tell` is told of what could not be sent, once in
    a row.
    """

    def __init__(
        self, execution_of: Callable[[str], Execution | None], tell: Callable[[str, str], None]
    ) -> None:
        self._execution_of = execution_of
        self._tell = tell
        self._ended: queue.Queue[Execution | None] = queue.Queue(MOST)
        self._thread: threading.Thread | None = None
        self._has_failed = False

    def ended(self, record: ExecutionRecord) -> None:
        """Take an execution that has ended."""
        if endpoint() is None or not is_traced(record):
            return
        execution = self._execution_of(record.arn)
        if execution is None:
            return
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="aslrun-traces", daemon=True)
            self._thread.start()
        try:
            self._ended.put_nowait(execution)
        except queue.Full:
            self._fail(f"more than {MOST:,} executions ended before their traces could be sent")

    def _run(self) -> None:
        while (execution := self._ended.get()) is not None:
            executions = [execution]
            is_last = False
            try:
                while (more := self._ended.get(timeout=QUIET)) is not None:
                    executions.append(more)
                is_last = True
            except queue.Empty:
                pass
            try:
                export_spans(span for one in executions for span in trace_spans(observe(one)))
                self._has_failed = False
            except UsageError as wrong:
                self._fail(str(wrong))
            if is_last:
                return

    def _fail(self, why: str) -> None:
        if not self._has_failed:
            self._has_failed = True
            self._tell("aslrun", why)

    def close(self) -> None:
        """Send what is left."""
        if self._thread is not None:
            self._ended.put(None)
            self._thread.join(10)
