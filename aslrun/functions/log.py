"""What a function prints, line by line, and what Lambda adds to it: START, END and REPORT.

Documentation: "Viewing CloudWatch logs for Lambda functions".
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import TypeAlias

from aslrun.document.printable import printable, printable_log
from aslrun.functions.report import Invocation

Log: TypeAlias = Callable[[str], None]
"""What takes the lines of an invocation's log."""

Show: TypeAlias = Callable[[str, str], None]
"""What shows a line of a function's log: it is given the function's name and the line."""


def show_on_stderr(function: str, line: str) -> None:
    """Write a line of a function's log to stderr, with the function's name in front."""
    # In one go: functions that run at the same time log from threads of their own.
    if sys.stderr is None:
        return
    with suppress(OSError):
        sys.stderr.write(f"{printable(function)} | {printable_log(line)}\n")


def show_nothing(function: str, line: str) -> None:
    """Show no line of any log."""


MAX_LOG = 1_048_576
"""Bytes of one invocation's log that are kept; a handler that prints without end cannot fill anything."""


def no_log(line: str) -> None:
    """Take a line that nobody wants."""


class LineLog:
    """Cuts a worker's output into lines, and leaves out what is too much."""

    def __init__(self) -> None:
        self._log: Log = no_log
        self._rest = bytearray()
        self._taken = 0

    def begin(self, log: Log) -> None:
        """Send what comes from now on to `log`: another invocation has begun."""
        self._log = log
        self._taken = 0

    def add(self, data: bytes) -> None:
        """Take what was printed."""
        if self._taken > MAX_LOG:
            return
        self._taken += len(data)
        *lines, rest = (bytes(self._rest) + data).split(b"\n")
        self._rest = bytearray(rest[:MAX_LOG])
        for line in lines:
            self._log(line.decode("utf-8", "replace").rstrip("\r"))
        if self._taken > MAX_LOG:
            self._rest.clear()
            self._log(f"(more than {MAX_LOG:,} bytes printed; the rest is left out)")

    def end_line(self) -> None:
        """End a line that was begun."""
        if self._rest:
            self.add(b"\n")


def start_line(request_id: str, version: str) -> str:
    """Return the line before what an invocation prints."""
    return f"START RequestId: {request_id} Version: {version}"


def end_lines(done: Invocation) -> Iterator[str]:
    """Yield the lines after what an invocation printed."""
    yield f"END RequestId: {done.request_id}"
    fields = [
        f"REPORT RequestId: {done.request_id}",
        f"Duration: {done.duration * 1000:.2f} ms",
        f"Billed Duration: {done.billed_ms} ms",
        f"Memory Size: {done.memory_size} MB",
    ]
    if done.max_memory is not None:
        fields.append(f"Max Memory Used: {done.max_memory} MB")
    if done.init is not None:
        fields.append(f"Init Duration: {done.init * 1000:.2f} ms")
    yield "\t".join(fields)
