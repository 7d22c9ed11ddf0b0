"""Daemon threads for calls that may block. Unlike those of `concurrent.futures` they are not joined when
the interpreter exits: a callable that was given up on cannot keep the program alive."""

from __future__ import annotations

import threading
from collections.abc import Callable
from queue import SimpleQueue

MOST = 1_000
"""Threads at once; further work waits. A distributed Map may ask for ten times as many calls."""


class DaemonThreads:
    """Runs work on as many threads as it takes at once, up to `most`; idle ones are used again."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._threads = 0
        self._idle = threading.Semaphore(0)
        self._work: SimpleQueue[Callable[[], None] | None] = SimpleQueue()

    def submit(self, work: Callable[[], None]) -> None:
        """Run `work`, which must not raise, on a thread. Called from one thread only."""
        self._work.put(work)
        if not self._idle.acquire(blocking=False) and self._threads < self._most:
            self._threads += 1
            threading.Thread(target=self._serve, name="aslrun-call", daemon=True).start()

    def close(self) -> None:
        """Let the threads end, each as soon as it has nothing to do."""
        for _ in range(self._threads):
            self._work.put(None)
        self._threads = 0

    def _serve(self) -> None:
        while (work := self._work.get()) is not None:
            work()
            self._idle.release()
