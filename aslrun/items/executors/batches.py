"""The window of batches between a driver and the processes that run children.

Children wait here until a batch of them can be sent; a batch is as big as takes a tenth of a second, and a
few for each process are out at a time, so that a scheduler never holds many. Where a process is lost its
batch is sent again: an outcome is taken only once.
"""

from __future__ import annotations

import hashlib
import marshal
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, NamedTuple, TypeAlias

from aslrun.errors import UsageError
from aslrun.interpreter.elsewhere import ChildRuns, Outcome, RunElsewhere
from aslrun.interpreter.map_run import Counts, MapRun
from aslrun.items.executors.places import Place, WorkerLost
from aslrun.values import JSON, to_json_text

SECONDS = 0.1
"""How long a batch shall take."""
FIRST, LARGEST = 16, 500
"""Children in a batch while it is not known how long they take, and at most."""
BATCH_BYTES = 4_000_000
"""Bytes of input in a batch, about."""
WINDOW = 4
"""Batches that are out for each process."""
LOSSES = 5
"""How often a batch is tried."""

Take: TypeAlias = Callable[[Outcome | None, BaseException | None], None]
Wanted: TypeAlias = Callable[[], bool]
Post: TypeAlias = Callable[[Callable[[], None]], None]


class Waiting(NamedTuple):
    """A child, when it begins, and who waits for it."""

    child: RunElsewhere
    now: float
    take: Take
    is_wanted: Wanted
    post: Post


@dataclass(eq=False, slots=True)
class Batch:
    """Children that were sent together; `told` is what came of them, until it is taken."""

    runs: ChildRuns
    children: list[Waiting]
    request: dict[str, JSON]
    post: Post
    losses: int = 0
    told: list[Outcome] | None = None
    taken: bool = False

    @property
    def is_out(self) -> bool:
        """Whether a process works on it, and somebody waits for what comes of it."""
        return self.told is None and any(child.is_wanted() for child in self.children)


@dataclass
class Batches:
    """Runs children at a place. A `ChildExecutor`.

    Args:
        place: where.
        about: what a process there must know of the machine, as JSON.
        maps: the distributed Maps whose children it runs.
        jumps: whether the children's clocks are virtual.
        show: is given the lines that functions printed.
    """

    place: Place
    about: dict[str, JSON]
    maps: list[Any]
    jumps: bool
    show: Callable[[str, str], None]
    waiting: dict[ChildRuns, deque[Waiting]] = field(default_factory=dict)
    out: deque[Batch] = field(default_factory=deque)
    seconds: float | None = None
    begun: int = 0

    def __post_init__(self) -> None:
        self.about_text = to_json_text(self.about)
        self.key = hashlib.sha256(self.about_text.encode("utf-8", "surrogatepass")).hexdigest()

    __hash__ = object.__hash__

    def __eq__(self, other: object) -> bool:
        return self is other

    def takes(self, runs: ChildRuns) -> bool:
        return any(runs.map is one for one in self.maps)

    def add(self, child: RunElsewhere, now: float, take: Take, is_wanted: Wanted, post: Post) -> None:
        waiting = self.waiting.setdefault(child.runs, deque())
        waiting.append(Waiting(child, now, take, is_wanted, post))
        if len(waiting) % FIRST == 0:
            self.send(FIRST)

    def send(self, least: int = 1) -> None:
        """Send batches while there is room: of `least` children or more."""
        for runs in [*self.waiting]:
            waiting = self.waiting[runs]
            while len(waiting) >= least and (room := self._room()) > 0:
                self._send(runs, waiting, max(least, min(self._size(), -(-len(waiting) // room))))
            if not waiting:
                del self.waiting[runs]

    def _room(self) -> int:
        return WINDOW * self.place.count - sum(batch.is_out for batch in self.out)

    def _size(self) -> int:
        if self.seconds is None:
            return FIRST
        return max(1, min(LARGEST, int(SECONDS / max(self.seconds, 1e-6))))

    def _send(self, runs: ChildRuns, waiting: deque[Waiting], most: int) -> None:
        children: list[Waiting] = []
        size, now = 0, waiting[0].now
        while waiting and len(children) < most and size < BATCH_BYTES:
            if self.jumps and waiting[0].now != now:
                break  # they have one clock
            one = waiting.popleft()
            if one.is_wanted():
                children.append(one)
                size += len(one.child.input)
        if not children:
            return
        clock: JSON = {"now": now, "jumps": self.jumps}
        request: dict[str, JSON] = {
            "key": self.key, "map": self._number(runs), "facts": runs.facts, "clock": clock,
        }  # fmt: skip
        batch = Batch(runs, children, request, children[0].post)
        self.out.append(batch)
        # With what a worker must know of the machine while most do not; later for those that ask for it.
        self.begun += 1
        self._submit(batch, with_about=self.begun <= WINDOW * self.place.count)

    def _number(self, runs: ChildRuns) -> int:
        return next(number for number, one in enumerate(self.maps) if one is runs.map)

    def _submit(self, batch: Batch, with_about: bool = False) -> None:
        head = to_json_text(batch.request)[1:-1]
        if with_about:
            head += f',"about":{self.about_text}'
        sent = (one.child for one in batch.children)
        children = (f"[{child.index},{to_json_text(child.name)},{child.input}]" for child in sent)
        request = f'{{{head},"children":[{",".join(children)}]}}'.encode("utf-8", "surrogatepass")
        post = batch.post
        self.place.submit(request, lambda reply: post(lambda: self._come_back(batch, reply)))

    def check(self) -> None:
        """Raise UsageError where the place is not there or cannot run the children."""
        request = f'{{"key":"{self.key}","about":{self.about_text}}}'
        self.place.check(request.encode("utf-8", "surrogatepass"))

    def close(self) -> None:
        """Let go of the processes."""
        self.place.close()

    # ------------------------------------------------------------------ on the driver's thread

    def _come_back(self, batch: Batch, reply: bytes | Exception) -> None:
        if batch.taken:
            return
        if isinstance(reply, WorkerLost):
            batch.losses += 1
            if batch.losses < LOSSES:
                self._submit(batch)
                return
            first, last = batch.children[0].child.index, batch.children[-1].child.index
            reply = UsageError(
                f"a process that ran children {first} to {last} of '{batch.runs.facts['map']}' was lost"
                f" {LOSSES} times ({reply}); what had ended by then is kept"
            )
        if isinstance(reply, Exception):
            self._fail(batch, reply)
            return
        kind, *told = marshal.loads(reply)
        if kind == "unknown":
            self._submit(batch, with_about=True)
        elif kind == "done":
            self._take(batch, *told)
        else:
            mistake = UsageError(told[0]) if kind == "mistake" else RuntimeError(told[0])
            self._fail(batch, mistake)

    def _fail(self, batch: Batch, failure: BaseException) -> None:
        for other in [*self.out]:
            if other.told is not None:
                self._hand_on(other)  # what has ended is kept
        batch.taken = True
        self.out.remove(batch)
        for one in batch.children:
            one.take(None, failure)

    def _take(self, batch: Batch, seconds: float, told: list[Any], lines: list[tuple[str, str]]) -> None:
        each = seconds / max(1, len(batch.children))
        self.seconds = each if self.seconds is None else (3 * self.seconds + each) / 4
        for function, line in lines:
            self.show(function, line)
        batch.told = [_outcome(one) for one in told]
        if not self.jumps or any(one.started != one.stopped for one in batch.told):
            self._hand_on(batch)
        # Those that took no time, in the order in which they were sent: equal runs end equally.
        while self.out and self.out[0].told is not None:
            self._hand_on(self.out[0])

    def _hand_on(self, batch: Batch) -> None:
        self.out.remove(batch)
        batch.taken = True
        takes = {one.child.index: one.take for one in batch.children}
        assert batch.told is not None
        for outcome in batch.told:
            takes[outcome.index](outcome, None)


def _outcome(told: Any) -> Outcome:
    return Outcome(*[*told[:-1], [_map_run(run) for run in told[-1]]])


def _map_run(told: dict[str, Any]) -> MapRun:
    counts = {name: Counts(**told[name]) for name in ("items", "executions")}
    return MapRun(**{**told, **counts})
