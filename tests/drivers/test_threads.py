"""Daemon threads: as many as it takes at once, up to a limit."""

from __future__ import annotations

import threading
from queue import SimpleQueue

from aslrun.drivers.threads import DaemonThreads


def test_no_more_threads_than_the_limit_and_nothing_is_lost() -> None:
    threads, done, gate = DaemonThreads(most=3), SimpleQueue[int](), threading.Event()
    names: set[str] = set()

    def work(number: int) -> None:
        gate.wait()
        names.add(str(threading.get_ident()))
        done.put(number)

    for number in range(20):
        threads.submit(lambda number=number: work(number))  # type: ignore[misc]
    gate.set()
    assert sorted(done.get(timeout=30) for _ in range(20)) == [*range(20)]
    assert len(names) <= 3
    threads.submit(lambda: done.put(99))
    assert done.get(timeout=30) == 99
    threads.close()
