"""What reads a queue or a stream for a function: a thread that looks when there is news, and now and then."""

from __future__ import annotations

import threading
import time
from contextlib import nullcontext

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
        """Look now: something was put into the source."""
        self._news.set()

    def close(self) -> None:
        """Read no more."""
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
            is_new = self._news.wait(PAUSE)
            self._news.clear()
            try:
                with self.work.busy() if is_new else nullcontext():
                    self.read_all()
            except Exception as wrong:
                if not self._closing:
                    self.start_over()
                    self.tell_once(str(wrong))
                    time.sleep(PAUSE)


def circle(source: str, function: str) -> str:
    """Return what is told where events of a source lead to themselves without end."""
    return (
        f"{source} → {short(function)}: stopped: a circle of events has gone round {DEEPEST} times: what the"
        " function does leads to itself"
    )
