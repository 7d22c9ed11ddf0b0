"""So many at once, and no more: the others wait in the order in which they came."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable


class Cancelled(Exception):
    """The wait for a turn was given up."""


class _Waiter:
    __slots__ = ("has_turn", "woken")

    def __init__(self) -> None:
        self.has_turn = False
        self.woken = threading.Event()


class Turns:
    """`number` of them."""

    def __init__(self, number: int) -> None:
        self._free = number
        self._waiting: deque[_Waiter] = deque()
        self._lock = threading.Lock()

    def take_at_once(self) -> bool:
        """Take a turn if one is free; tell so."""
        with self._lock:
            is_free = self._free > 0
            self._free -= is_free
            return is_free

    def take(self, on_cancel: Callable[[Callable[[], None]], None]) -> None:
        """Wait for a turn, which `give_back` ends. Raises Cancelled if what `on_cancel` got is called."""
        with self._lock:
            if self._free > 0:
                self._free -= 1
                return
            waiter = _Waiter()
            self._waiting.append(waiter)
        on_cancel(waiter.woken.set)
        waiter.woken.wait()
        with self._lock:
            if waiter.has_turn:
                return
            self._waiting.remove(waiter)
        raise Cancelled

    def give_back(self) -> None:
        """End a turn: the one who has waited longest has it now."""
        with self._lock:
            if not self._waiting:
                self._free += 1
                return
            waiter = self._waiting.popleft()
            waiter.has_turn = True
        waiter.woken.set()
