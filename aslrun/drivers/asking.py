"""Asking the world: calls, jobs that go on, task tokens; and the queue through which answers come back."""

from __future__ import annotations

import heapq
import itertools
import math
import time
from collections.abc import Callable
from functools import partial
from queue import SimpleQueue
from typing import Any, ClassVar, TypeAlias

from aslrun.drivers.calls import (
    STILL_RUNNING,
    Awaited,
    Call,
    Integration,
    Submitted,
    follow_submitted,
    modelled_seconds,
    pass_by,
    sends_heartbeats,
)
from aslrun.drivers.clock import LONGEST_SLEEP, Clock
from aslrun.drivers.families import Families
from aslrun.drivers.fibers import ChildExecutor, Fiber, Recorded, Token
from aslrun.drivers.threads import DaemonThreads
from aslrun.errors import HeartbeatTimeout, StateError, UsageError
from aslrun.interpreter.effects import AwaitToken, Effect, Follow, Invoke, RunChildren, Sleep
from aslrun.interpreter.elsewhere import FindExecutor, Outcome, RunElsewhere
from aslrun.interpreter.items import OpenItems, OpenResults
from aslrun.values import JSON

ALWAYS = -1
"""In place of a fiber's count of waits: a deadline that no answer makes stale."""
EARLY = -2
"""In place of a fiber's count of waits: the answer to a token that the Task was yet to wait for."""
ASK_AGAIN = object()
"""In place of a deadline's answer: it is time to ask how a submitted job goes."""

FromOutside: TypeAlias = "tuple[Fiber, int, Any, BaseException | None, float] | Callable[[], None]"


class Asking(Families):
    """What a driver does about effects. `answers` takes what comes from other threads; `calls` are the fibers
    for which somebody works here, `outside` those that wait for somebody who is no execution of this driver;
    `away` are the children that other processes run, `back` those that have come back, and ended later.
    """

    def __init__(self, clock: Clock, is_shared: bool) -> None:
        super().__init__(clock.now)
        self.clock = clock
        self.is_shared = is_shared
        self.turn = 0
        self.deadlines: list[tuple[float, int, Fiber, int, Any, BaseException | None]] = []
        self.order = itertools.count()  # of deadlines at the same time: first set, first met
        self.answers: SimpleQueue[FromOutside] = SimpleQueue()
        self.calls: set[Fiber] = set()
        self.outside: set[Fiber] = set()
        self.away: set[Fiber] = set()
        self.back: set[Fiber] = set()
        self.executors: dict[ChildExecutor, None] = {}
        self.issued: dict[str, Token] = {}  # and not answered
        self.tokens: dict[str, Token] = {}  # that Tasks wait for
        self.threads = DaemonThreads()

    def post(self, work: Callable[[], None]) -> None:
        """Have `work`, which must not raise, done on the driver's thread. Called from any thread."""
        self.answers.put(work)

    def answer_token(self, token: str, output: JSON, failure: StateError | None = None) -> bool:
        """Answer a task token with an output or a failure; False if nothing waits for it. From any thread."""
        issued = self.issued.pop(token, None)
        if issued is None:
            return False
        self.answers.put(lambda: self.settle(issued, output, failure))
        return True

    def settle(self, token: Token, output: JSON, failure: BaseException | None) -> None:
        """Give a Task the answer to its token, or keep it until the Task waits for it."""
        if token.is_awaited:
            if token.fiber.token is token:
                self.accept(token.fiber, token.fiber.waits, output, failure)
            return
        token.early = output, failure
        root = token.fiber.root
        if root.record is not None:
            # Whoever sent it is told that it is taken: it must outlive this process from now on.
            root.record(Recorded(self.turn, self.now, token.fiber.number, EARLY, output, failure))

    def beat(self, token: str) -> bool:
        """Put off the end of a token's heartbeat; False if nothing waits for it. Called from any thread."""
        issued = self.issued.get(token)
        if issued is None:
            return False
        if issued.call.heartbeat is not None:
            issued.beats_until = self.clock.now + issued.call.heartbeat
        return True

    def give(self, fiber: Fiber, answer: Any, failure: BaseException | None) -> None:
        """Answer what a fiber waits for, from outside."""
        if type(answer) is Awaited:
            self.await_answer(fiber, answer)
            return
        record, is_submitted = fiber.root.record, type(answer) is Submitted
        if record is not None:
            told = answer.output if is_submitted else answer
            record(Recorded(self.turn, self.now, fiber.number, fiber.waits, told, failure, is_submitted))
        if is_submitted:
            self.calls.discard(fiber)
            self.outside.discard(fiber)
        else:
            self.forget(fiber)
        self.ready.append((fiber, answer, failure))

    def forget(self, fiber: Fiber) -> None:
        """Nobody outside works for a fiber any more."""
        if self.calls or self.outside:
            self.calls.discard(fiber)
            self.outside.discard(fiber)
        if self.away or self.back:
            self.away.discard(fiber)
            self.back.discard(fiber)
        if fiber.token is not None:
            token, fiber.token = fiber.token.call.token or "", None
            self.issued.pop(token, None)
            self.tokens.pop(token, None)

    # ------------------------------------------------------------------ effects

    def sleep(self, fiber: Fiber, effect: Sleep) -> None:
        """Let a fiber wait. Where nothing else can happen, a clock that jumps comes to its time at once."""
        until = self.now + effect.seconds
        if self.clock.jumps and self.is_alone(fiber) and self.is_idle(until):
            self.clock.wait_until(until)
            self.now = self.clock.now
            self.turn += 1
            self.ready.append((fiber, None, None))
        else:
            self.set_deadline(fiber, effect.seconds, None, None)

    def invoke(self, fiber: Fiber, effect: Invoke) -> None:
        integration, call = self.find(fiber, effect)
        call.event = len(fiber.scope.journal.rows)
        if effect.token is not None:
            fiber.token = self.issued[effect.token] = Token(fiber, effect)
        if effect.timeout is not None or effect.heartbeat is not None:
            self.limit(fiber, effect, beats=not sends_heartbeats(integration))
        if fiber.root.made is None:
            self.call(fiber, integration, call)
        else:
            self.ask(fiber, self.call, fiber, integration, call, pass_by=partial(pass_by, integration, call))

    def follow(self, fiber: Fiber, effect: Follow) -> None:
        integration, call = self.find(fiber, effect.call)
        self.forget(fiber)
        self.limit(fiber, effect.call)
        self.ask(fiber, self.follow_up, fiber, integration, call, effect.output)

    def await_token(self, fiber: Fiber, effect: AwaitToken) -> None:
        call, told, token = effect.call, fiber.root.on_token, fiber.token
        assert token is not None
        token.is_awaited = True
        self.tokens[call.token or ""] = token
        self.limit(fiber, call)
        if token.early is not None:
            early = token.early
            self.answers.put(lambda: self.settle(token, *early))
            return
        if told is not None:
            self.ask(fiber, told, call.state, call.token or "")

    def open_data(self, fiber: Fiber, effect: OpenItems | OpenResults) -> None:
        """Open what a distributed Map reads or writes. It is opened again where answers are given again."""
        if fiber.root.open_data is None:
            raise UsageError("nothing here opens the items and results of a distributed Map")
        try:
            self.ready.append((fiber, fiber.root.open_data(effect), None))
        except StateError as failure:
            self.ready.append((fiber, None, failure))

    # ------------------------------------------------------------------ children in other processes

    def find_executor(self, fiber: Fiber, effect: FindExecutor) -> None:
        """Tell whether other processes run children. Not those of an execution whose answers are recorded:
        it must run in the same way again."""
        executor, is_recorded = fiber.root.executor, fiber.root.record is not None
        runs_elsewhere = executor is not None and not is_recorded and executor.takes(effect.runs)
        if executor is not None and runs_elsewhere:
            self.executors[executor] = None
        self.ready.append((fiber, runs_elsewhere, None))

    def run_elsewhere(self, fiber: Fiber, effect: RunElsewhere) -> None:
        executor, waits = fiber.root.executor, fiber.waits
        assert executor is not None
        self.away.add(fiber)
        take = partial(self.come_back, fiber, waits)
        executor.add(effect, self.now, take, lambda: fiber.waits == waits and not fiber.ended, self.post)

    def come_back(
        self, fiber: Fiber, waits: int, outcome: Outcome | None, failure: BaseException | None
    ) -> None:
        """Take in what came of a child elsewhere. Its clock is its own: where that jumps and is ahead of
        this one, the child has ended when this one gets there."""
        if waits != fiber.waits or fiber.ended:
            return
        self.away.discard(fiber)
        if outcome is not None and self.clock.jumps and outcome.stopped > self.now:
            self.back.add(fiber)
            self.set_deadline(fiber, outcome.stopped - self.now, outcome, None)
        else:
            self.ready.append((fiber, outcome, failure))

    def ask(
        self,
        fiber: Fiber,
        ask_now: Callable[..., None],
        *what: Any,
        pass_by: Callable[[], None] | None = None,
    ) -> None:
        """Ask the world for something, unless an answer to it may have been recorded: then `pass_by`."""
        if fiber.root.made is None:
            ask_now(*what)
        else:
            fiber.root.asked[fiber] = partial(ask_now, *what), pass_by

    def find(self, fiber: Fiber, effect: Invoke) -> tuple[Integration, Call]:
        """Return who answers a call, and the call; UsageError if nobody does."""
        call = Call(
            effect.resource.text, effect.arguments, effect.state, effect.timeout, fiber.scope, effect.token
        )
        integration = fiber.root.find(call)
        if integration is None:
            raise UsageError(
                f"state '{effect.state}': nothing here answers the resource {effect.resource.text};"
                f' a mock can (--mock-config, or mocks={{"{effect.state}": ...}} in a test)'
            )
        return integration, call

    def limit(self, fiber: Fiber, effect: Invoke, beats: bool = True) -> None:
        """Set the deadlines that a call has."""
        if effect.timeout is not None:
            self.set_deadline(fiber, effect.timeout, None, StateError("States.Timeout", ""))
        if effect.heartbeat is not None and beats:
            self.set_deadline(fiber, effect.heartbeat, None, HeartbeatTimeout())

    def call(self, fiber: Fiber, integration: Integration, call: Call) -> None:
        seconds = modelled_seconds(integration, call)
        if seconds == 0 and self.is_alone(fiber):
            answer, failure = answer_of(integration, call)
            self.give(fiber, answer, failure)
        elif seconds is not None:
            self.set_deadline(fiber, seconds, *answer_of(integration, call))
        else:
            self.work(fiber, call, integration.invoke, call)

    def work(self, fiber: Fiber, call: Call, work: Callable[..., Any], *given: Any) -> None:
        """Answer `fiber` with what comes of `work`, which may take its time."""
        fiber.call = call
        if self.is_alone(fiber):
            # On this thread: the quickest way, and no thread can be left behind.
            answer, failure, took = timed(work, *given)
            self.clock.worked(took)
            self.now = self.clock.now
            self.accept(fiber, fiber.waits, answer, failure)
            return
        waits, answers = fiber.waits, self.answers
        self.calls.add(fiber)
        self.threads.submit(lambda: answers.put((fiber, waits, *timed(work, *given))))

    def is_alone(self, fiber: Fiber) -> bool:
        """Tell whether nothing can happen before the call that is about to be made has ended."""
        return not (
            self.is_shared
            or self.ready
            or self.calls
            or self.away
            or self.tokens
            or fiber.root.record is not None
            or fiber.root.made is not None
            or self.more
            or (self.deadlines and self.next_deadline())
        )

    def is_idle(self, until: float) -> bool:
        """Tell whether nothing will come up before a time while the only fiber that runs waits."""
        if self.outside or self.limited or not self.answers.empty():
            return False
        return until < next(iter(self.open.values()), -math.inf)

    def accept(self, fiber: Fiber, waits: int, answer: Any, failure: BaseException | None) -> None:
        """Take an answer from outside; one that nobody waits for any more is passed over."""
        if waits != fiber.waits or fiber.ended:
            return
        if answer is STILL_RUNNING:
            self.calls.discard(fiber)
            self.ask_later(fiber)
        else:
            self.give(fiber, answer, failure)

    def await_answer(self, fiber: Fiber, awaited: Awaited) -> None:
        """Wait for an answer that comes from elsewhere."""
        self.calls.discard(fiber)
        waits, answers = fiber.waits, self.answers
        stop = awaited.begin(lambda answer, failure: answers.put((fiber, waits, answer, failure, 0.0)))
        if fiber.call is None:
            fiber.call = Call("", None, "")
        fiber.call.on_cancel(stop)
        if awaited.is_outside:
            self.outside.add(fiber)

    def follow_up(self, fiber: Fiber, integration: Integration, call: Call, output: JSON) -> None:
        """Wait for the end of what a call submitted."""
        following = follow_submitted(integration, call, output)
        fiber.call = call
        if isinstance(following, Awaited):
            self.await_answer(fiber, following)
        else:
            fiber.poll = following
            self.ask_later(fiber)

    def ask_later(self, fiber: Fiber) -> None:
        """Ask a job again how it goes, when it is time to."""
        assert fiber.poll is not None
        self.set_deadline(fiber, next(fiber.poll.seconds, LONGEST_SLEEP), ASK_AGAIN, None)

    def ask_again(self, fiber: Fiber) -> None:
        assert fiber.poll is not None
        assert fiber.call is not None
        self.work(fiber, fiber.call, fiber.poll.ask)

    perform: ClassVar[dict[type[Effect], Callable[[Asking, Fiber, Any], None]]] = {
        Sleep: sleep,
        Invoke: invoke,
        Follow: follow,
        AwaitToken: await_token,
        RunChildren: Families.run_children,
        OpenItems: open_data,
        OpenResults: open_data,
        FindExecutor: find_executor,
        RunElsewhere: run_elsewhere,
    }

    def set_deadline(
        self,
        fiber: Fiber,
        seconds: float,
        answer: Any,
        failure: BaseException | None,
        waits: int | None = None,
    ) -> None:
        """Resume `fiber` after some seconds, with an answer or a failure, unless it goes on before."""
        entry = (self.now + seconds, next(self.order), fiber, waits or fiber.waits, answer, failure)
        heapq.heappush(self.deadlines, entry)

    def next_deadline(self) -> float | None:
        """Return the time of the next deadline that is not stale."""
        deadlines = self.deadlines
        while deadlines:
            at, _, fiber, waits, _, _ = deadlines[0]
            if waits in (fiber.waits, ALWAYS) and not fiber.ended:
                return at
            heapq.heappop(deadlines)
        return None


def answer_of(integration: Integration, call: Call) -> tuple[Any, BaseException | None]:
    """Return (what an integration answers, None) or (None, what it raised)."""
    try:
        return integration.invoke(call), None
    except BaseException as failure:
        return None, failure


def timed(work: Callable[..., Any], *given: Any) -> tuple[Any, BaseException | None, float]:
    """Return (what `work` returns, None) or (None, what it raised), and how many seconds it took."""
    began = time.perf_counter()
    try:
        return work(*given), None, time.perf_counter() - began
    except BaseException as failure:
        return None, failure, time.perf_counter() - began
