"""What is to be done at a time, besides the deadlines of fibers."""

from __future__ import annotations

import heapq
import itertools
import math
from collections.abc import Callable


class Alarms:
    """Work by its time; used on the driver's thread only.

    A clock that jumps comes to the time of what was set with `drives`; what was set without is done when the
    clock passes by: a schedule alone moves no virtual time.
    """

    def __init__(self) -> None:
        self._driving: list[tuple[float, int, Callable[[], None]]] = []
        self._waiting: list[tuple[float, int, Callable[[], None]]] = []
        self._order = itertools.count()

    def set(self, at: float, work: Callable[[], None], *, drives: bool = True) -> None:
        """Have `work`, which must not raise, done at a time."""
        heapq.heappush(self._driving if drives else self._waiting, (at, next(self._order), work))

    def bound(self, deadline: float | None, jumps: bool) -> float | None:
        """Return the time to wait for: of a deadline, and of what is to be done before it."""
        found = math.inf if deadline is None else deadline
        if self._driving:
            found = min(found, self._driving[0][0])
        if self._waiting and (not jumps or self._waiting[0][0] <= found < math.inf):
            found = min(found, self._waiting[0][0])
        return None if found == math.inf else found

    def ring(self, now: float) -> None:
        """Do what it is time for."""
        for heap in (self._waiting, self._driving):
            while heap and heap[0][0] <= now:
                heapq.heappop(heap)[2]()
