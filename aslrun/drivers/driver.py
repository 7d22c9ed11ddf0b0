"""The driver: resumes fibers (one per scope) with the answers to their effects.

Only the driver's thread touches fibers, scopes and the journal, so nothing is locked. Calls that may run
beside something else go to daemon threads and come back through one queue; deadlines are a heap whose
stale entries are dropped when they come up.
"""

from __future__ import annotations

import heapq
import itertools
import math
import time
from collections import deque
from collections.abc import Callable
from queue import Empty, SimpleQueue
from typing import Any, ClassVar

from aslrun.drivers.calls import (
    Call,
    Find,
    Integration,
    modelled_seconds,
    sends_heartbeats,
)
from aslrun.drivers.clock import LONGEST_SLEEP, Clock
from aslrun.drivers.threads import DaemonThreads
from aslrun.errors import HeartbeatTimeout, StateError, UsageError
from aslrun.interpreter.effects import Child, Computation, Effect, Invoke, RunChildren, Sleep
from aslrun.interpreter.scope import Scope
from aslrun.values import JSON

ALWAYS = -1
"""In place of a fiber's count of waits: a deadline that no answer makes stale."""


LONGEST_RUN = 31_536_000.0
"""Seconds that an execution may take: a year (documentation: Service quotas, States.Timeout from then on)."""


class ExecutionTimedOut(Exception):
    """The machine's own TimeoutSeconds is over, or the longest time that there is."""


class Fiber:
    """One scope's computation. `waits` counts what it has waited for: an answer to an older wait is stale."""

    __slots__ = ("call", "computation", "ended", "family", "index", "parent", "scope", "waits")

    def __init__(self, computation: Computation, scope: Scope, parent: Fiber | None = None, index: int = 0):
        self.computation = computation
        self.scope = scope
        self.parent = parent
        self.index = index
        self.waits = 0
        self.ended = False
        self.call: Call | None = None
        self.family: Family | None = None


class Family:
    """The children that a fiber waits for, and their outputs so far."""

    __slots__ = ("limit", "outputs", "running", "waiting")

    def __init__(self, effect: RunChildren) -> None:
        self.waiting = enumerate(effect.children)
        self.limit = effect.limit
        self.running: dict[int, Fiber] = {}
        self.outputs: list[JSON] = []


class Driver:
    """Runs one execution on a clock; `find` tells which integration answers a call."""

    def __init__(self, clock: Clock, find: Find) -> None:
        self.clock = clock
        self.find = find
        self.ready: deque[tuple[Fiber, Any, BaseException | None]] = deque()
        self.deadlines: list[tuple[float, int, Fiber, int, JSON, BaseException | None]] = []
        self.order = itertools.count()  # of deadlines at the same time: first set, first met
        self.answers: SimpleQueue[tuple[Fiber, int, Any, BaseException | None, float]] = SimpleQueue()
        self.end = math.inf
        self.calls = 0
        self.threads = DaemonThreads()

    def run(self, computation: Computation, scope: Scope, timeout: float | None = None) -> JSON:
        """Run `computation` to its end and return its output.

        Raises StateError when it fails, ExecutionTimedOut when `timeout` (seconds) is over.
        """
        root = Fiber(computation, scope)
        self.end = self.clock.now + LONGEST_RUN
        if timeout is not None:
            self.set_deadline(root, timeout, None, ExecutionTimedOut(), waits=ALWAYS)
        self.ready.append((root, None, None))
        try:
            return self.loop(root)
        except BaseException:
            self.abort(root)
            raise
        finally:
            self.threads.close()

    def loop(self, root: Fiber) -> JSON:
        """Resume what is ready, else wait for answers and deadlines, until the root has returned."""
        ready = self.ready
        while True:
            while ready:
                fiber, answer, failure = ready.popleft()
                if fiber.ended:
                    continue
                try:
                    effect = self.resume(fiber, answer, failure)
                except StopIteration as end:
                    if fiber is root:
                        output: JSON = end.value
                        return output
                    self.finish(fiber, end.value)
                except StateError as error:
                    if fiber is root:
                        raise
                    self.fail(fiber, error)
                else:
                    self.perform[type(effect)](self, fiber, effect)
            self.wait()

    def resume(self, fiber: Fiber, answer: Any, failure: BaseException | None) -> Effect:
        """Give `fiber` its answer and return the effect it asks for next."""
        fiber.waits += 1
        fiber.call = None
        fiber.scope.journal.time = self.clock.now
        if failure is None:
            return fiber.computation.send(answer)
        return fiber.computation.throw(failure)

    # ------------------------------------------------------------------ effects

    def sleep(self, fiber: Fiber, effect: Sleep) -> None:
        self.set_deadline(fiber, effect.seconds, None, None)

    def invoke(self, fiber: Fiber, effect: Invoke) -> None:
        call = Call(effect.resource, effect.arguments, effect.state, effect.timeout, fiber.scope)
        journal = fiber.scope.journal
        journal.logs[len(journal.rows)] = call.log
        integration = self.find(call)
        if integration is None:
            raise UsageError(
                f"state '{effect.state}': nothing here answers the resource {effect.resource};"
                f" a mock can (--mock-config, or mocks={{\"{effect.state}\": ...}} in a test)"
            )
        if effect.timeout is not None:
            self.set_deadline(fiber, effect.timeout, None, StateError("States.Timeout", ""))
        if effect.heartbeat is not None and not sends_heartbeats(integration):
            self.set_deadline(fiber, effect.heartbeat, None, HeartbeatTimeout())
        seconds = modelled_seconds(integration, call)
        if seconds == 0 and self.is_alone():
            self.ready.append((fiber, *ask(integration, call)))
        elif seconds is not None:
            self.set_deadline(fiber, seconds, *ask(integration, call))
        elif self.is_alone():
            self.invoke_here(fiber, integration, call)
        else:
            self.invoke_beside(fiber, integration, call)

    def is_alone(self) -> bool:
        """Tell whether nothing can happen before the call that is about to be made has ended."""
        return not (self.ready or self.calls or self.next_deadline())

    def invoke_here(self, fiber: Fiber, integration: Integration, call: Call) -> None:
        """Call on this thread: the quickest way, and no thread can be left behind."""
        began = time.perf_counter()
        answer, failure = ask(integration, call)
        self.clock.worked(time.perf_counter() - began)
        self.ready.append((fiber, answer, failure))

    def invoke_beside(self, fiber: Fiber, integration: Integration, call: Call) -> None:
        waits, answers = fiber.waits, self.answers
        fiber.call = call
        self.calls += 1
        self.threads.submit(lambda: answers.put((fiber, waits, *timed(integration, call))))

    def run_children(self, fiber: Fiber, effect: RunChildren) -> None:
        fiber.family = Family(effect)
        self.start_children(fiber, fiber.family)

    perform: ClassVar[dict[type[Effect], Callable[[Driver, Fiber, Any], None]]] = {
        Sleep: sleep,
        Invoke: invoke,
        RunChildren: run_children,
    }

    # ------------------------------------------------------------------ children

    def start_children(self, parent: Fiber, family: Family) -> None:
        """Start waiting children while there is room; when none is left, the parent goes on."""
        while not family.limit or len(family.running) < family.limit:
            index, child = next(family.waiting, (-1, None))
            if child is None:
                break
            family.outputs.append(None)
            self.start_child(parent, family, index, child)
        if not family.running:
            parent.family = None
            self.ready.append((parent, family.outputs, None))

    def start_child(self, parent: Fiber, family: Family, index: int, child: Child) -> None:
        fiber = Fiber(child.computation, child.scope, parent, index)
        family.running[index] = fiber
        self.ready.append((fiber, None, None))

    def finish(self, fiber: Fiber, output: JSON) -> None:
        """Keep a child's output and let the next one begin."""
        parent, family = family_of(fiber)
        del family.running[fiber.index]
        family.outputs[fiber.index] = output
        self.start_children(parent, family)

    def fail(self, fiber: Fiber, failure: StateError) -> None:
        """End the other children and throw the first failure into the parent."""
        parent, family = family_of(fiber)
        del family.running[fiber.index]
        parent.family = None
        for sibling in family.running.values():
            self.abort(sibling)
        self.ready.append((parent, None, failure))

    def abort(self, fiber: Fiber) -> None:
        """End a fiber, innermost children first."""
        if fiber.family is not None:
            for child in fiber.family.running.values():
                self.abort(child)
        if fiber.call is not None:
            self.calls -= 1
            fiber.call.cancel()
        fiber.computation.close()
        fiber.ended = True
        if fiber.parent is not None:
            fiber.scope.abort()

    # ------------------------------------------------------------------ time

    def set_deadline(
        self,
        fiber: Fiber,
        seconds: float,
        answer: JSON,
        failure: BaseException | None,
        waits: int | None = None,
    ) -> None:
        """Resume `fiber` after some seconds, with an answer or a failure, unless it goes on before."""
        entry = (self.clock.now + seconds, next(self.order), fiber, waits or fiber.waits, answer, failure)
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

    def wait(self) -> None:
        """Wait for a call's answer or the next deadline, whichever comes first."""
        deadline = self.next_deadline()
        if self.calls:
            self.wait_for_answer(deadline)
        elif deadline is not None:
            # Not a deadline like others: beside those, calls are made on threads.
            self.clock.wait_until(min(deadline, self.end))
        else:
            raise AssertionError("every fiber waits, and for nothing")
        if self.clock.now >= self.end:
            raise ExecutionTimedOut
        self.meet_deadlines()

    def wait_for_answer(self, deadline: float | None) -> None:
        remaining = LONGEST_SLEEP if deadline is None else deadline - self.clock.now
        began = time.perf_counter()
        try:
            found = self.answers.get(timeout=max(0.0, min(remaining, LONGEST_SLEEP)))
        except Empty:
            self.clock.worked(time.perf_counter() - began + 0.001)
            return
        fiber, waits, answer, failure, took = found
        # Not what it takes to begin a thread and to come back from it: equal runs wait equally long.
        self.clock.worked(min(took, time.perf_counter() - began))
        if waits == fiber.waits and not fiber.ended:
            self.calls -= 1
            self.ready.append((fiber, answer, failure))

    def meet_deadlines(self) -> None:
        """Resume the fibers whose deadline is over."""
        while (at := self.next_deadline()) is not None and at <= self.clock.now and not self.ready:
            _, _, fiber, _, answer, failure = heapq.heappop(self.deadlines)
            if isinstance(failure, ExecutionTimedOut):
                raise failure
            if fiber.call is not None:
                self.calls -= 1
                fiber.call.cancel()
            self.ready.append((fiber, answer, failure))


def family_of(fiber: Fiber) -> tuple[Fiber, Family]:
    """Return the fiber that waits for this one, and what it waits for."""
    parent = fiber.parent
    assert parent is not None
    assert parent.family is not None
    return parent, parent.family


def ask(integration: Integration, call: Call) -> tuple[JSON, BaseException | None]:
    """Call an integration; return (answer, None) or (None, what was raised)."""
    try:
        return integration.invoke(call), None
    except BaseException as failure:
        return None, failure


def timed(integration: Integration, call: Call) -> tuple[JSON, BaseException | None, float]:
    """Call an integration as `ask` does; return how many seconds it took, too."""
    began = time.perf_counter()
    return *ask(integration, call), time.perf_counter() - began
