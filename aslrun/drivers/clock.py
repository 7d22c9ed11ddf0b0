"""Clocks. A virtual clock stands still while states compute, runs while handlers really work, and jumps
over waiting; a real clock is the machine's own."""

from __future__ import annotations

import time
from typing import Protocol

LONGEST_SLEEP = 3600.0
"""Seconds to wait at most in one go: operating systems refuse to wait for a year."""


class Clock(Protocol):
    """What a driver needs of time. Times are seconds since the epoch."""

    skipped: float

    @property
    def now(self) -> float:
        """The present time."""

    def worked(self, seconds: float) -> None:
        """Tell the clock that handlers really worked for so long."""

    def wait_until(self, deadline: float) -> None:
        """Come to `deadline`, or a part of the way; nothing else is going on."""


class VirtualClock:
    """Time that moves only by real work and by jumps. `skipped` counts the seconds jumped over."""

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
    """The machine's own time."""

    skipped = 0.0

    @property
    def now(self) -> float:
        return time.time()

    def worked(self, seconds: float) -> None:
        pass

    def wait_until(self, deadline: float) -> None:
        time.sleep(max(0.0, min(deadline - self.now, LONGEST_SLEEP)))


CLOCKS = {"virtual": VirtualClock, "real": RealClock}
