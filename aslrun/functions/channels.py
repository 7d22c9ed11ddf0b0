"""Reading what a worker writes, with a time limit: by polling where there is `poll`, else by threads."""

from __future__ import annotations

import os
import select
import sys
import threading
from collections.abc import Iterator
from queue import Empty, SimpleQueue
from subprocess import Popen
from typing import Protocol

CHUNK = 65_536
"""Bytes read in one go."""


class Channels(Protocol):
    """A worker's two outputs. `read` gives (descriptor, bytes) of what is there; no bytes mean its end."""

    def read(self, seconds: float) -> Iterator[tuple[int, bytes]]:
        """Wait for at most so long until there is something to read, and yield it."""


class PolledChannels:
    """For POSIX: no thread, so that a call costs little."""

    def __init__(self, process: Popen[bytes]) -> None:
        self._poll = select.poll()
        for stream in (process.stdout, process.stderr):
            assert stream is not None
            self._poll.register(stream.fileno(), select.POLLIN)

    def read(self, seconds: float) -> Iterator[tuple[int, bytes]]:
        for descriptor, _ in self._poll.poll(seconds * 1000):
            data = os.read(descriptor, CHUNK)
            if not data:
                self._poll.unregister(descriptor)
            yield descriptor, data


class ThreadedChannels:
    """For Windows, whose pipes cannot be polled: a thread for each output."""

    def __init__(self, process: Popen[bytes]) -> None:
        self._read: SimpleQueue[tuple[int, bytes]] = SimpleQueue()
        for stream in (process.stdout, process.stderr):
            assert stream is not None
            threading.Thread(target=self._pump, args=(stream.fileno(),), daemon=True).start()

    def _pump(self, descriptor: int) -> None:
        data = b"-"
        while data:
            try:
                data = os.read(descriptor, CHUNK)
            except OSError:
                data = b""
            self._read.put((descriptor, data))

    def read(self, seconds: float) -> Iterator[tuple[int, bytes]]:
        try:
            yield self._read.get(timeout=max(0.0, seconds))
        except Empty:
            return


def open_channels(process: Popen[bytes]) -> Channels:
    """Return what reads the outputs of `process` on this platform."""
    return ThreadedChannels(process) if sys.platform == "win32" else PolledChannels(process)
