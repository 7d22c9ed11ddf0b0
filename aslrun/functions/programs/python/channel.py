"""The worker's side of the protocol, on descriptors that a handler does not meet.

A request is a line of JSON. An answer is a line `MARK ID KIND LENGTH` and so many bytes: ID is the request's,
or `init` for the first, KIND `R` and the JSON text of a result, `B` and bytes that are the result, `E` and an
error, or `X` and the error that ends the process.
"""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterable

ROOM = 8
"""Descriptors that are left above the protocol's."""


class Channel:
    """The protocol's descriptors, which are put where a handler does not meet them.

    `descriptors` is `REQUESTS,ANSWERS`. Where these are stdin and stdout (Windows), the handler gets an empty
    stdin, and the log's stderr for its stdout.
    """

    def __init__(self, descriptors: str, mark: str) -> None:
        first, second = map(int, descriptors.split(","))
        self._requests = os.fdopen(move(first), "rb")
        self._answers = move(second)
        if first == 0:
            null = os.open(os.devnull, os.O_RDONLY)
            os.dup2(null, 0)
            os.close(null)
            os.dup2(2, 1)
        else:
            os.close(first)
            os.close(second)
        self._mark = mark.encode()
        # What a handler may replace is kept: nothing of it changes what is answered.
        self._write, self._process_of, self._facts_of, self._end = os.write, os.getpid, os.fstat, os._exit
        self._size, self._rest_of = len, memoryview
        self._process = os.getpid()
        self._is = self._identity()

    def _identity(self) -> tuple[int, int]:
        facts = self._facts_of(self._answers)
        return facts.st_dev, facts.st_ino

    def requests(self) -> Iterable[bytes]:
        """Return the requests' lines, until there are no more."""
        return self._requests

    def log(self, text: str) -> None:
        """Write to the log, after all that was printed; nothing of the handler's comes between."""
        flush_prints()
        data = text.encode("utf-8", "backslashreplace")
        with contextlib.suppress(OSError):
            while data:
                data = data[self._write(1, data) :]

    def answer(self, id: str, kind: bytes, body: bytes) -> None:
        """Send one answer, after all that was printed. A process that the handler forked ends instead."""
        flush_prints()
        if self._process_of() != self._process:
            self._end(0)
        if self._identity() != self._is:
            # The handler has closed all descriptors, and this one is a file of its own now.
            self._end(1)
        data = b"%b %b %b %d\n%b" % (self._mark, id.encode(), kind, self._size(body), body)
        sent = self._write(self._answers, data)
        while sent < self._size(data):
            sent += self._write(self._answers, self._rest_of(data)[sent:])


def move(descriptor: int) -> int:
    """Return a copy of a descriptor, on POSIX one of the highest that there can be below 1,024."""
    if sys.platform == "win32":
        return os.dup(descriptor)
    import fcntl

    highest = min(os.sysconf("SC_OPEN_MAX"), 1024)
    return fcntl.fcntl(descriptor, fcntl.F_DUPFD_CLOEXEC, highest - ROOM)


def flush_prints() -> None:
    """Send what was printed so far to the log."""
    for stream in (sys.stdout, sys.stderr):
        # The handler may have closed it, or put something else there.
        with contextlib.suppress(Exception):
            stream.flush()
