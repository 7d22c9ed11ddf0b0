"""What a driver keeps of executions and of their scopes while they run."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from typing import Protocol, TypeAlias

from aslrun.drivers.calls import Call, Find, Poll
from aslrun.interpreter.effects import Begin, Computation, Invoke, RunChildren
from aslrun.interpreter.elsewhere import ChildRuns, Outcome, RunElsewhere
from aslrun.interpreter.items import Items, OpenItems, OpenResults, Results
from aslrun.interpreter.scope import Scope
from aslrun.values import JSON

Ended: TypeAlias = "Callable[[JSON, BaseException | None], None]"
"""Takes what an execution came to: its output, or what ended it."""
OpenData: TypeAlias = Callable[[OpenItems | OpenResults], Items | Results]


class ChildExecutor(Protocol):
    """Runs the children of distributed Maps in other processes. Used on the driver's thread."""

    def takes(self, runs: ChildRuns) -> bool:
        """Tell whether it runs the children of a Map Run; what it cannot, is run here."""

    def add(
        self,
        child: RunElsewhere,
        now: float,
        take: Callable[[Outcome | None, BaseException | None], None],
        is_wanted: Callable[[], bool],
        post: Callable[[Callable[[], None]], None],
    ) -> None:
        """Take a child that begins now. `take` is given its outcome, or what kept it from having one, in work
        that is handed to `post`; where it `is_wanted` no more, it need not run."""

    def send(self) -> None:
        """Hand out children that wait: nothing more happens here until something comes back."""


class ExecutionTimedOut(Exception):
    """The machine's own TimeoutSeconds is over, or the longest time that there is."""


class ExecutionStopped(Exception):
    """Somebody stopped the execution (StopExecution): with an `error` and a `cause`, if they gave any."""

    def __init__(self, error: str | None = None, cause: str | None = None) -> None:
        super().__init__(error, cause)
        self.error = error
        self.cause = cause


class MapRunUpdated(Exception):
    """Somebody changed a Map Run (UpdateMapRun): its ARN, and the members that have new values."""

    def __init__(self, arn: str, members: Mapping[str, float]) -> None:
        super().__init__(arn, members)
        self.arn = arn
        self.members = members


class Recorded:
    """One answer that an execution was given from outside, and when.

    `turn` counts the times that the driver's loop waited: answers of one turn were given together. `time` is
    the clock's; `fiber` counts the execution's scopes in the order in which they began, and `waits` what that
    one had waited for. The answer is a JSON, or `submitted` a service's first one; or a `failure`.
    """

    __slots__ = ("answer", "failure", "fiber", "is_submitted", "time", "turn", "waits")

    def __init__(
        self,
        turn: int,
        time: float,
        fiber: int,
        waits: int,
        answer: JSON,
        failure: BaseException | None = None,
        is_submitted: bool = False,
    ) -> None:
        self.turn = turn
        self.time = time
        self.fiber = fiber
        self.waits = waits
        self.answer = answer
        self.failure = failure
        self.is_submitted = is_submitted


class Root:
    """One execution in a driver: who answers its Tasks, and whom to tell that it has ended.

    `record` is given each answer from outside before it is acted on; `on_token` each task token that is
    waited for from now on, with its state's name; `open_data` opens what distributed Maps read and write,
    `executor` runs their children elsewhere.
    """

    __slots__ = (
        "asked", "ended", "executor", "fiber", "fibers", "find", "has_ended", "made", "on_token", "only",
        "open_data", "record", "timeout",
    )  # fmt: skip

    def __init__(
        self,
        find: Find,
        ended: Ended,
        record: Callable[[Recorded], None] | None = None,
        on_token: Callable[[str, str], None] | None = None,
        open_data: OpenData | None = None,
        executor: ChildExecutor | None = None,
    ) -> None:
        self.find = find
        self.ended = ended
        self.record = record
        self.on_token = on_token
        self.open_data = open_data
        self.executor = executor
        self.has_ended = False
        self.fibers = 0
        self.fiber: Fiber
        # While recorded answers are given again: the fibers by their numbers, and what was asked meanwhile.
        self.made: dict[int, Fiber] | None = None
        self.asked: dict[Fiber, tuple[Callable[[], None], Callable[[], None] | None]] = {}
        # While it is run again to be redriven: (fiber, waits) for each time that a fiber may go on.
        self.only: frozenset[tuple[int, int]] | None = None
        self.timeout: float | None = None


class Fiber:
    """One scope's computation, None before it has begun. `waits` counts what it has waited for: an answer to
    an older wait is stale."""

    __slots__ = (
        "begin", "call", "computation", "ended", "family", "index", "number", "parent", "poll", "root",
        "scope", "token", "waits",
    )  # fmt: skip

    def __init__(
        self, begin: Begin, scope: Scope, root: Root, parent: Fiber | None = None, index: int = 0
    ) -> None:
        self.begin = begin
        self.computation: Computation | None = None
        self.scope = scope
        self.root = root
        self.parent = parent
        self.index = index
        self.waits = 0
        self.ended = False
        self.call: Call | None = None
        self.family: Family | None = None
        self.poll: Poll | None = None
        self.token: Token | None = None
        self.number = root.fibers
        root.fibers += 1
        if root.made is not None:
            root.made[self.number] = self


class Family:
    """The children that a fiber waits for, and their outputs so far; until when each may run, the first that
    began first; and whether it is noted that more can begin."""

    __slots__ = (
        "as_needed", "begun", "ends", "is_noted", "limit", "map_run", "outputs", "running", "timeout",
        "waiting",
    )  # fmt: skip

    def __init__(self, effect: RunChildren) -> None:
        self.waiting = effect.children
        self.begun = 0
        self.limit = effect.limit
        self.map_run = effect.map_run
        self.as_needed = effect.as_needed
        self.timeout = effect.timeout
        self.is_noted = False
        self.ends: deque[tuple[float, Fiber]] = deque()
        self.running: dict[int, Fiber] = {}
        self.outputs: list[JSON] = []


class Token:
    """A task token that was handed out. `beats_until` is when its heartbeat is over, None where nobody has
    sent one; `early` is an answer that came before the Task waited for it."""

    __slots__ = ("beats_until", "call", "early", "fiber", "is_awaited")

    def __init__(self, fiber: Fiber, call: Invoke) -> None:
        self.fiber = fiber
        self.call = call
        self.beats_until: float | None = None
        self.early: tuple[JSON, BaseException | None] | None = None
        self.is_awaited = False


def family_of(fiber: Fiber) -> tuple[Fiber, Family]:
    """Return the fiber that waits for this one, and what it waits for."""
    parent = fiber.parent
    assert parent is not None
    assert parent.family is not None
    return parent, parent.family
