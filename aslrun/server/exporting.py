"""Traces of a server's executions that have ended: sent by OTLP, on a thread of their own, and kept as
segments for X-Ray of the local AWS, of machines whose tracing is on."""

from __future__ import annotations

import json
import queue
import threading
from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING

from aslrun.errors import UsageError
from aslrun.execution import Execution
from aslrun.functions.tracing import is_sampled
from aslrun.observe.observed import observe
from aslrun.observe.traces.environment import endpoint
from aslrun.observe.traces.otlp import export_spans
from aslrun.observe.traces.spans import trace_spans
from aslrun.observe.traces.xray import put_segments, segment_documents
from aslrun.server.preparing import header_around, is_active, is_traced
from aslrun.store import ExecutionRecord

if TYPE_CHECKING:
    from aslrun.services.places import Aws

MOST = 1_000
"""Executions that wait to be sent; further ones are left out."""
MOST_SEGMENTS = 10_000
"""Segments that are kept until somebody asks X-Ray; the oldest make room."""
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
        self._segments: deque[str] = deque(maxlen=MOST_SEGMENTS)

    def ended(self, record: ExecutionRecord) -> None:
        """Take an execution that has ended."""
        if not is_traced(record) or not is_sampled(header_around(record)):
            return
        execution = self._execution_of(record.arn)
        if execution is None:
            return
        if is_active(record):
            self._segments += map(json.dumps, segment_documents(trace_spans(observe(execution))))
        if endpoint() is not None:
            self._take(execution)

    def put_into(self, aws: Aws) -> None:
        """Let X-Ray of the local AWS have the segments that there are when it is asked."""

        def put() -> None:
            documents = [self._segments.popleft() for _ in range(len(self._segments))]
            put_segments(documents, aws.client("xray"))
            aws.put_before("xray", put)

        aws.put_before("xray", put)

    def _take(self, execution: Execution) -> None:
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
