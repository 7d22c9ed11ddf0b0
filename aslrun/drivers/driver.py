"""The driver: resumes fibers (one per scope) with the answers to their effects, for one execution or many.

Only the driver's thread touches fibers, scopes and the journal, so nothing is locked. Calls that may run
beside something else go to daemon threads and come back through one queue, as does all that other threads
want of it; deadlines are a heap whose stale entries are dropped when they come up. Time moves only while the
loop waits: what happens in one turn has one time.
"""

from __future__ import annotations

import heapq
import math
import time
from collections import deque
from collections.abc import Callable, Sequence
from itertools import groupby
from operator import attrgetter
from queue import Empty
from typing import Any

from aslrun.drivers.alarms import Alarms
from aslrun.drivers.asking import ALWAYS, ASK_AGAIN, EARLY, Asking, FromOutside
from aslrun.drivers.calls import Submitted
from aslrun.drivers.clock import LONGEST_SLEEP, Clock
from aslrun.drivers.fibers import (
    ExecutionStopped,
    ExecutionTimedOut,
    Fiber,
    MapRunUpdated,
    Recorded,
    Root,
)
from aslrun.drivers.redriving import ExecutionRedriven, hold_back, redrive_fibers, without_timeout
from aslrun.errors import HeartbeatTimeout, UsageError
from aslrun.interpreter.effects import ChildTimedOut, Computation, beginning
from aslrun.interpreter.loop import Redriven
from aslrun.interpreter.scope import Scope

LONGEST_RUN = 31_536_000.0
"""Seconds that an execution may take: a year (documentation: Service quotas, States.Timeout from then on)."""
AT_ONCE = 1_000
"""Answers that a shared driver takes in one turn at most."""


class Driver(Asking):
    """Runs executions on a clock.

    A shared driver takes executions as they come, and calls integrations on threads only. `token_grace` is
    the real seconds for which nothing must have come from outside before a virtual clock jumps although a
    task token, or an activity's task, could still be answered. `before_turn` is called when the answers of a
    turn were recorded and none has been acted on yet.
    """

    def __init__(self, clock: Clock, *, is_shared: bool = False, token_grace: float = 0.0) -> None:
        super().__init__(clock, is_shared)
        self.token_grace = token_grace
        self.alarms = Alarms()
        self.working = 0  # for nobody's Task: a clock that jumps waits for that, too
        self.before_turn: Callable[[], None] | None = None
        self.is_quiet = False
        self.stopping = False

    # ------------------------------------------------------------------ executions

    def start(
        self,
        computation: Computation,
        scope: Scope,
        root: Root,
        timeout: float | None = None,
        recorded: Sequence[Recorded] = (),
    ) -> None:
        """Begin an execution, on the driver's thread; `timeout` is its machine's, in seconds.

        With `recorded` answers it first comes to where these lead: at their times, and without asking the
        world for anything. What they do not answer is asked after that.
        """
        fiber = root.fiber = Fiber(beginning(computation), scope, root)
        now, self.now = self.now, scope.journal.time
        self.open[root] = self.now + LONGEST_RUN
        root.timeout = timeout
        if timeout is not None:
            self.set_deadline(fiber, timeout, None, ExecutionTimedOut(), waits=ALWAYS)
        try:
            if recorded or root.record is not None:
                self.repeat(root, recorded)  # also without answers: it begins at its own time, now and later
            else:
                self.ready.append((fiber, None, None))
        finally:
            self.now = now

    def repeat(self, root: Root, recorded: Sequence[Recorded]) -> None:
        """Give an execution its recorded answers again, turn by turn; then ask for what they leave open."""
        others, self.ready = self.ready, deque([(root.fiber, None, None)])
        others_more, self.more = self.more, deque()
        made = root.made = {0: root.fiber}
        hold_back(root, recorded)
        try:
            self.drain()
            for turn, answers in groupby(recorded, attrgetter("turn")):
                for one in answers:
                    self.now = one.time
                    self.give_again(root, made, one)
                self.drain()
                self.turn = max(self.turn, turn + 1)
        finally:
            root.made = None
            self.ready = others
            self.more.extend(others_more)
        for fiber, (ask_now, _) in root.asked.items():
            if not fiber.ended:
                ask_now()
        root.asked.clear()

    def give_again(self, root: Root, made: dict[int, Fiber], one: Recorded) -> None:
        """Give a recorded answer to the fiber that had it; UsageError where it runs otherwise."""
        if isinstance(one.failure, (ExecutionTimedOut, ExecutionStopped)):
            self.end(root, None, one.failure)
            return
        if isinstance(one.failure, ExecutionRedriven):
            self.redrive(root, made, one.failure)
            return
        if isinstance(one.failure, MapRunUpdated):
            self.update_map_run(root, one.failure)
            return
        fiber = made.get(one.fiber)
        if one.waits == EARLY:
            if fiber is not None and fiber.token is not None:
                fiber.token.early = one.answer, one.failure
                self.issued.pop(fiber.token.call.token or "", None)
            return
        if fiber is None or fiber.ended or fiber.waits != one.waits:
            raise UsageError(
                "what was recorded of this execution does not fit its definition: it asks for something else"
            )
        _, pass_by = root.asked.pop(fiber, (None, None))
        if pass_by is not None:
            pass_by()
        if isinstance(one.failure, ChildTimedOut):
            self.abort_children(fiber)
        if not one.is_submitted:
            self.forget(fiber)
        self.ready.append((fiber, Submitted(one.answer) if one.is_submitted else one.answer, one.failure))

    def redrive(self, root: Root, made: dict[int, Fiber], redriven: ExecutionRedriven) -> None:
        """Let an execution that was held back before its end go on from there."""
        without_timeout(self.deadlines, root)
        if root.timeout is not None:
            self.set_deadline(root.fiber, root.timeout, None, ExecutionTimedOut(), waits=ALWAYS)
        root.only = None if redriven.until is None else redriven.until.resumed
        for fiber in redrive_fibers(made.values(), redriven, self.now):
            root.asked.pop(fiber, None)
            self.forget(fiber)
            self.ready.append((fiber, None, Redriven() if fiber.waits else None))

    def stop(self, root: Root, failure: ExecutionStopped | ExecutionTimedOut) -> None:
        """End an execution from outside, on the driver's thread."""
        if root.has_ended:
            return
        if root.record is not None:
            root.record(Recorded(self.turn, self.now, 0, ALWAYS, None, failure))
        self.end(root, None, failure)

    def change_map_run(self, root: Root, update: MapRunUpdated) -> None:
        """Change a Map Run from outside, on the driver's thread."""
        if root.has_ended:
            return
        if root.record is not None:
            root.record(Recorded(self.turn, self.now, 0, ALWAYS, None, update))
        self.update_map_run(root, update)

    def drop(self, root: Root) -> None:
        """Let go of an execution that somebody else goes on with, on the driver's thread; nobody is told."""
        root.has_ended = True
        self.open.pop(root, None)
        self.abort(root.fiber)

    # ------------------------------------------------------------------ the loop

    def run(self) -> None:
        """Resume what is ready, else wait for answers and deadlines, until all executions have ended; a
        shared driver until `stopping` is set."""
        try:
            while True:
                self.drain()
                if self.stopping or not (self.open or self.is_shared or not self.answers.empty()):
                    break
                self.wait()
                self.turn += 1
                if self.before_turn is not None:
                    self.before_turn()
        except BaseException as interrupt:
            for root in [*self.open]:
                self.end(root, None, interrupt)
            raise
        finally:
            self.threads.close()

    # ------------------------------------------------------------------ time

    def wait(self) -> None:
        """Wait for an answer or the next deadline, whichever comes first."""
        for executor in self.executors:
            executor.send()
        deadline = self.next_deadline()
        if deadline is not None:
            # Not a deadline like others: beside those, calls are made on threads.
            deadline = min(deadline, next(iter(self.open.values()), math.inf))
        deadline = self.alarms.bound(deadline, self.clock.jumps)
        if self.limited:
            deadline = min(math.inf if deadline is None else deadline, self.next_end())
        has_taken = False
        if self.is_waited_for(deadline):
            has_taken = self.take_answers(deadline)
        elif deadline is not None:
            self.clock.wait_until(deadline)
        else:
            self.give_up()
        if not has_taken:  # else the answers are recorded with this turn's time already
            self.now = self.clock.now
        self.meet_deadlines()

    def is_waited_for(self, deadline: float | None) -> bool:
        """Tell whether something may come from outside that the clock must not jump over."""
        if self.calls or self.working or not self.answers.empty():
            return True
        if self.away and not (self.back and self.clock.jumps):
            return True
        if self.is_shared and (deadline is None or not self.clock.jumps):
            return True
        is_open = bool(self.tokens or self.outside)
        return is_open and (not self.clock.jumps or (self.token_grace > 0 and not self.is_quiet))

    def take_answers(self, deadline: float | None) -> bool:
        """Wait for what comes from outside, until a deadline; take all of a turn. Tell if there was any."""
        is_working = bool(self.calls or self.working)
        remaining = LONGEST_SLEEP if deadline is None else (deadline - self.clock.now) / self.clock.scale
        if self.clock.jumps and not is_working and (self.tokens or self.outside) and not self.is_quiet:
            remaining = self.token_grace
        if self.clock.jumps and self.away and not is_working:
            remaining = LONGEST_SLEEP  # what other processes compute takes no time
        began = time.perf_counter()
        try:
            found = self.answers.get(timeout=max(0.0, min(remaining, LONGEST_SLEEP)))
        except Empty:
            if is_working:
                self.clock.worked(time.perf_counter() - began + 0.001)
            elif not self.away:
                self.is_quiet = True
            return False
        self.is_quiet = False
        if is_working and isinstance(found, tuple):
            # Not what it takes to begin a thread and to come back from it: equal runs wait equally long.
            self.clock.worked(min(found[-1], time.perf_counter() - began))
        self.now = self.clock.now
        self.take(found)
        for _ in range(AT_ONCE if self.is_shared else 0):
            if self.answers.empty():
                break
            self.take(self.answers.get())
        return True

    def take(self, found: FromOutside) -> None:
        if isinstance(found, tuple):
            self.accept(*found[:-1])
        else:
            found()

    def give_up(self) -> None:
        """End the executions that wait for what nobody will answer."""
        waiting = [token.fiber for token in self.tokens.values()] + [*self.outside]
        assert waiting, "every fiber waits, and for nothing"
        for fiber in waiting:
            state = fiber.scope.state
            name = "" if state is None else state.name
            mistake = UsageError(
                f"state '{name}' waits for an answer that nobody here gives, and has no time limit; give it"
                f' TimeoutSeconds or HeartbeatSeconds, or an answer (answers={{"{name}": ...}} in a test)'
            )
            self.end(fiber.root, None, mistake)

    def meet_deadlines(self) -> None:
        """Resume the fibers whose deadline is over, and end the executions that have run for too long."""
        while self.open:
            root, end = next(iter(self.open.items()))
            if self.now < end:
                break
            self.stop(root, ExecutionTimedOut())
        if self.limited:
            self.time_out()
        self.alarms.ring(self.now)
        while (at := self.next_deadline()) is not None and at <= self.now and not self.ready:
            _, _, fiber, _, answer, failure = heapq.heappop(self.deadlines)
            self.meet(fiber, answer, failure)

    def meet(self, fiber: Fiber, answer: Any, failure: BaseException | None) -> None:
        if isinstance(failure, ExecutionTimedOut):
            self.stop(fiber.root, failure)
            return
        if answer is ASK_AGAIN:
            self.ask_again(fiber)
            return
        if isinstance(failure, HeartbeatTimeout) and fiber.token is not None:
            until = fiber.token.beats_until
            if until is not None and until > self.now:
                self.set_deadline(fiber, until - self.now, None, failure)
                return
        if fiber.call is not None and failure is not None:
            fiber.call.cancel()
        self.give(fiber, answer, failure)
