"""A stream of bytes from elsewhere: a thread reads the next ones while the last ones are worked on."""

from __future__ import annotations

import io
from queue import Full, Queue
from threading import Event, Thread
from typing import Any, Protocol

BLOCK = 256 * 1024
"""Bytes that are read at once."""
BLOCKS = 8
"""Blocks that are read ahead at most: 2 MB, however long the stream is."""
PATIENCE = 0.1
"""Seconds after which a thread that waits for room looks whether anybody still reads."""


class Body(Protocol):
    """What an S3 client returns for an object's bytes."""

    def read(self, size: int, /) -> bytes: ...

    def close(self) -> Any: ...


class ReadAhead(io.RawIOBase):
    """Reads ahead of whoever reads this; what goes wrong meanwhile is an OSError for the reader.

    The thread begins with the first read, and ends with the stream or soon after it is closed.
    """

    def __init__(self, body: Body) -> None:
        self._body = body
        self._blocks: Queue[bytes | Exception] = Queue(BLOCKS)
        self._is_over = Event()
        self._thread: Thread | None = None
        self._left = memoryview(b"")
        self._at_end = False

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any, /) -> int:
        """Fill a buffer with what is there; 0 at the end."""
        if not self._left and not self._at_end:
            self._next()
        size = min(len(buffer), len(self._left))
        buffer[:size] = self._left[:size]
        self._left = self._left[size:]
        return size

    def close(self) -> None:
        if not self.closed:
            self._is_over.set()
            if self._thread is None:
                self._body.close()
        super().close()

    def _next(self) -> None:
        if self._thread is None:
            self._thread = Thread(target=self._read, name="aslrun read ahead", daemon=True)
            self._thread.start()
        block = self._blocks.get()
        if isinstance(block, OSError):
            raise block
        if isinstance(block, Exception):
            raise OSError(str(block) or type(block).__name__) from block
        self._left, self._at_end = memoryview(block), not block

    def _read(self) -> None:
        """Read all blocks, the last of which is empty, or what went wrong."""
        try:
            block: bytes | Exception = b"-"
            while block and not isinstance(block, Exception) and not self._is_over.is_set():
                try:
                    block = self._body.read(BLOCK)
                except Exception as wrong:
                    block = wrong
                self._put(block)
        finally:
            self._body.close()

    def _put(self, block: bytes | Exception) -> None:
        while not self._is_over.is_set():
            try:
                self._blocks.put(block, timeout=PATIENCE)
            except Full:
                continue
            return
