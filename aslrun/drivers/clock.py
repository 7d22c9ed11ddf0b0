"""Clocks. A virtual clock stands still while states compute, runs while handlers really work, and jumps
over waiting; a real clock is the machine's own."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Protocol

LONGEST_SLEEP = 3600.0
"""Seconds to wait at most in one go: operating systems refuse to wait for a year."""


class Clock(Protocol):
    """What a driver needs of time. Times are seconds since the epoch.

    `jumps` tells that it need not wait where nothing is going on; `scale` is how many of its seconds go by in
    a real one.
    """

    skipped: float
    jumps: bool
    scale: float

    @property
    def now(self) -> float:
        """The present time."""

    def worked(self, seconds: float) -> None:
        """Tell the clock that handlers really worked for so long."""

    def wait_until(self, deadline: float) -> None:
        """Come to `deadline`, or a part of the way; nothing else is going on."""


class VirtualClock:
    """Time that moves only by real work and by jumps. `skipped` counts the seconds jumped over."""

    jumps = True
    scale = 1.0

    def __init__(self, start: float | None = None) -> None:
        self.now = time.time() if start is None else start
        self.skipped = 0.0

    def worked(self, seconds: float) -> None:
        # Whole milliseconds, the histories' resolution: what takes no time gives the same history each run.
        self.now += int(seconds * 1000) / 1000

    def wait_until(self, deadline: float) -> None:
        if deadline > self.now:
            self.skipped += deadline - self.now
            self.now = deadline


class RealClock:
    """The machine's own time; with a `scale`, time that goes by so many times as fast from now on."""

    skipped = 0.0
    jumps = False

    def __init__(self, scale: float = 1.0) -> None:
        self.scale = scale
        self._start = time.time()

    @property
    def now(self) -> float:
        now = time.time()
        return now if self.scale == 1.0 else self._start + (now - self._start) * self.scale

    def worked(self, seconds: float) -> None:
        pass

    def wait_until(self, deadline: float) -> None:
        time.sleep(max(0.0, min((deadline - self.now) / self.scale, LONGEST_SLEEP)))


CLOCKS: Mapping[str, Callable[[], Clock]] = {"virtual": VirtualClock, "real": RealClock}
