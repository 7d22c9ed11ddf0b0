"""What reads a queue or a stream for a function: a thread that looks when there is news, and now and then."""

from __future__ import annotations

import threading
import time

from aslrun.server.events.mapping import EventSource
from aslrun.server.events.targets import Targets
from aslrun.server.events.telling import short
from aslrun.server.events.work import DEEPEST

PAUSE = 0.5
"""Seconds between looks at a source that nothing was put into."""


class Reader:
    """Reads the source of an event source mapping, which is called `told_as`. What it reads is told by those
    derived of it: `read_all` takes what there is, `start_over` is called when that has failed."""

    def __init__(self, mapping: EventSource, targets: Targets, name: str, told_as: str) -> None:
        self.mapping = mapping
        self.targets = targets
        self.work = targets.work
        self.name = name
        self._told_as = told_as
        self._told = ""
        self._news = threading.Event()
        self._lock = threading.Lock()
        self._is_held = False
        self._closing = False
        self._thread = threading.Thread(target=self._run, name=f"aslrun-{name}", daemon=True)

    def read_all(self) -> None:
        """Take what there is; whatever it raises is told."""
        raise NotImplementedError

    def start_over(self) -> None:
        """Forget what was known of the source."""
        raise NotImplementedError

    def begin(self) -> None:
        """Read from now on."""
        self._thread.start()

    def wake(self) -> None:
        """Look now: something was put into the source. A clock that jumps waits until that is done."""
        with self._lock:
            if self._closing:
                return
            is_held, self._is_held = self._is_held, True
        if not is_held:
            self.work.hold()
        self._news.set()

    def close(self) -> None:
        """Read no more."""
        with self._lock:
            self._closing = True
        self._news.set()

    def tell_once(self, told: str) -> None:
        """Tell that the source cannot be read, unless that was the last thing told."""
        if told != self._told:
            self._told = told
            self.targets.telling.say(
                f"{self._told_as} cannot be read for {short(self.mapping.function)}: {told}"
            )

    def _run(self) -> None:
        while not self._closing:
            self._news.wait(PAUSE)
            self._news.clear()
            is_held = self._taken_up()
            try:
                self.read_all()
            except Exception as wrong:
                if not self._closing:
                    self.start_over()
                    self.tell_once(str(wrong))
                    time.sleep(PAUSE)
            finally:
                if is_held:
                    self.work.let_go()
        if self._taken_up():
            self.work.let_go()

    def _taken_up(self) -> bool:
        """Tell whether the clock waits for what there is to read, which is read from now on."""
        with self._lock:
            is_held, self._is_held = self._is_held, False
        return is_held


def circle(source: str, function: str) -> str:
    """Return what is told where events of a source lead to themselves without end."""
    return (
        f"{source} → {short(function)}: stopped: a circle of events has gone round {DEEPEST} times: what the"
        " function does leads to itself"
    )
