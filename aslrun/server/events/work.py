"""Work beside executions, on the server's clock: a clock that jumps waits while it is done."""

from __future__ import annotations

import threading
import traceback
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future
from contextlib import contextmanager
from typing import TYPE_CHECKING

from aslrun.drivers.driver import Driver

if TYPE_CHECKING:
    from aslrun.services.wire import Request

DEEPEST = 16
"""Events that lead to each other, each through a function, before they are taken for a circle. AWS:
"recursive loop detection"."""
KNOWN = 10_000
"""Messages that functions have sent whose depths are known."""


class Work:
    """Does things on threads of the driver, now or at a time. May be used from any thread."""

    def __init__(self, driver: Driver, say: Callable[[str], None]) -> None:
        self.driver = driver
        self.say = say
        self.closing = False

    @property
    def now(self) -> float:
        """The time of the clock, in seconds since the epoch."""
        return self.driver.clock.now

    def start(self, work: Callable[[], object]) -> None:
        """Do something on a thread."""
        self.driver.post(lambda: self._begin(work))

    def later(self, seconds: float, work: Callable[[], object]) -> None:
        """Do something on a thread when so many seconds have gone by."""
        self.at(self.now + seconds, work, drives=True)

    def at(self, time: float, work: Callable[[], object], *, drives: bool) -> None:
        """Do something on a thread at a time; see `aslrun.drivers.alarms`."""
        self.driver.post(lambda: self.driver.alarms.set(time, lambda: self._begin(work), drives=drives))

    def pass_by(self, seconds: float) -> Future[None]:
        """Return what is done when so many seconds have gone by, and what was due then has begun."""
        done: Future[None] = Future()
        time = self.now + seconds
        self.driver.post(lambda: self.driver.alarms.set(time, lambda: done.set_result(None)))
        return done

    def _begin(self, work: Callable[[], object]) -> None:
        if self.closing:
            return
        self.driver.working += 1
        self.driver.threads.submit(lambda: self._do(work))

    def _do(self, work: Callable[[], object]) -> None:
        try:
            work()
        except Exception:
            if not self.closing:
                self.say(f"aslrun has broken down:\n{traceback.format_exc()}")
        finally:
            self.driver.post(self._end)

    def _end(self) -> None:
        self.driver.working -= 1

    def hold(self) -> None:
        """What is done on another thread is waited for, too, until `let_go`."""

        def begin() -> None:
            self.driver.working += 1

        self.driver.post(begin)

    def let_go(self) -> None:
        """It is done."""
        self.driver.post(self._end)


class Depths:
    """How many events led to each other. A request is of a function if its client says that it runs in one
    (SDKs do, in their User-Agent); of which one is not known, so the deepest that runs counts. What is
    delivered without a function has its depth on its thread."""

    def __init__(self) -> None:
        self._here = threading.local()
        self.sending = threading.Lock()
        """Is held while a message is delivered to a queue, until its depth is known."""
        self._executions: dict[str, int] = {}
        self._running: list[int] = []
        self._messages: dict[str, int] = {}
        self._streams: dict[str, int] = {}

    def of(self, request: Request) -> int:
        """Return the depth of what a request leads to."""
        return self.of_headers(request.headers)

    def of_headers(self, headers: Mapping[str, str]) -> int:
        """Return the depth of what a request of these headers leads to."""
        here = self.here
        if here is not None:
            return here + 1
        if "exec-env/AWS_Lambda" not in headers.get("user-agent", ""):
            return 0
        return max([*self._running], default=-1) + 1

    @property
    def here(self) -> int | None:
        """The depth of what is delivered on this thread; None where nothing is."""
        depth: int | None = getattr(self._here, "depth", None)
        return depth

    @contextmanager
    def delivering(self, depth: int) -> Iterator[None]:
        """Something of a depth is delivered on this thread: what it leads to is deeper."""
        before, self._here.depth = self.here, depth
        try:
            yield
        finally:
            self._here.depth = before

    @contextmanager
    def inside(self, depth: int) -> Iterator[None]:
        """A function runs for an event of a depth."""
        self._running.append(depth)
        try:
            with self.delivering(depth):
                yield
        finally:
            self._running.remove(depth)

    def sent(self, depth: int, messages: Iterable[str]) -> None:
        """A function that runs for an event of the depth before has put messages into a queue."""
        for id in messages:
            self._messages[id] = depth
        while len(self._messages) > KNOWN:
            self._messages.pop(next(iter(self._messages)), None)

    def begun(self, execution: str) -> None:
        """An execution has begun: by what is delivered on this thread, or by somebody else."""
        if self.here is not None:
            self._executions[execution] = self.here
            while len(self._executions) > KNOWN:
                self._executions.pop(next(iter(self._executions)), None)

    def of_execution(self, execution: str) -> int:
        """Return the depth of an execution."""
        return self._executions.get(execution, 0)

    def written(self, depth: int, stream: str) -> None:
        """A table or a stream was written to: by a function that runs for an event of the depth before, or,
        where that is 0, by somebody else."""
        self._streams[stream] = depth

    def of_stream(self, stream: str) -> int:
        """Return the depth of what the last write to a table or a stream leads to."""
        return self._streams.get(stream, 0)

    def of_messages(self, messages: Iterable[str]) -> int:
        """Return the depth of what messages of a queue lead to."""
        with self.sending:  # a reader may be faster than who has sent them
            pass
        return max((self._messages.get(id, 0) for id in messages), default=0)
