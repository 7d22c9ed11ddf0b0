"""Daemon threads for calls that may block. Unlike those of `concurrent.futures` they are not joined when
the interpreter exits: a callable that was given up on cannot keep the program alive."""

from __future__ import annotations

import threading
from collections.abc import Callable
from queue import SimpleQueue


class DaemonThreads:
    """Runs work on as many threads as it takes at once; idle ones are used again."""

    def __init__(self) -> None:
        self._idle: list[SimpleQueue[Callable[[], None] | None]] = []

    def submit(self, work: Callable[[], None]) -> None:
        """Run `work`, which must not raise, on a thread. Called from one thread only."""
        try:
            tasks = self._idle.pop()
        except IndexError:
            tasks = SimpleQueue()
            threading.Thread(target=self._serve, args=(tasks,), name="aslrun-call", daemon=True).start()
        tasks.put(work)

    def close(self) -> None:
        """Let the idle threads end."""
        while self._idle:
            self._idle.pop().put(None)

    def _serve(self, tasks: SimpleQueue[Callable[[], None] | None]) -> None:
        while (work := tasks.get()) is not None:
            work()
            self._idle.append(tasks)
