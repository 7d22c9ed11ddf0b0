"""Fibers and their children: what runs of the executions, and how it ends. Nothing here knows the world."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from typing import Any, ClassVar

from aslrun.drivers.fibers import Family, Fiber, MapRunUpdated, Root, family_of
from aslrun.errors import StateError
from aslrun.interpreter.effects import ChildTimedOut, Effect, RunChildren
from aslrun.values import JSON


class Families:
    """The executions that are `open` (and until when they may run), and the fibers that are `ready`, with the
    answer or the failure that they go on with; the families of which `more` children can begin when nothing
    is ready, and those whose children are `limited` in time. `perform` has what is done about each effect."""

    perform: ClassVar[Mapping[type[Effect], Callable[[Any, Fiber, Any], None]]]

    def __init__(self, now: float) -> None:
        self.now = now
        self.ready: deque[tuple[Fiber, Any, BaseException | None]] = deque()
        self.open: dict[Root, float] = {}
        self.more: deque[tuple[Fiber, Family]] = deque()
        self.limited: dict[Family, None] = {}

    def forget(self, fiber: Fiber) -> None:
        """Nobody outside works for a fiber any more."""
        raise NotImplementedError

    def give(self, fiber: Fiber, answer: Any, failure: BaseException | None) -> None:
        """Answer what a fiber waits for, from outside."""
        raise NotImplementedError

    def drain(self) -> None:
        """Resume what is ready."""
        ready = self.ready
        while ready or self.begin_more():
            fiber, answer, failure = ready.popleft()
            only = fiber.root.only
            if fiber.ended or (only is not None and (fiber.number, fiber.waits) not in only):
                continue
            try:
                if fiber.computation is None and self.begin(fiber):
                    continue
                effect = self.resume(fiber, answer, failure)
                self.perform[type(effect)](self, fiber, effect)
            except StopIteration as finished:
                if fiber.parent is None:
                    self.end(fiber.root, finished.value, None)
                else:
                    self.finish(fiber, finished.value)
            except StateError as error:
                if fiber.parent is None:
                    self.end(fiber.root, None, error)
                else:
                    self.fail(fiber, error)
            except Exception as broken:
                self.end(fiber.root, None, broken)

    def begin(self, fiber: Fiber) -> bool:
        """Let a fiber begin; tell whether it has come to its end already."""
        fiber.scope.journal.time = self.now
        output, fiber.computation = fiber.begin(fiber.scope)
        if fiber.computation is not None:
            return False
        fiber.waits += 1
        self.finish(fiber, output)
        return True

    def resume(self, fiber: Fiber, answer: Any, failure: BaseException | None) -> Effect:
        """Give `fiber` its answer and return the effect it asks for next."""
        fiber.waits += 1
        fiber.call = fiber.poll = None
        fiber.scope.journal.time = self.now
        assert fiber.computation is not None
        if failure is None:
            return fiber.computation.send(answer)
        return fiber.computation.throw(failure)

    def end(self, root: Root, output: JSON, failure: BaseException | None) -> None:
        """Tell that an execution has come to its end, with an output or a failure."""
        if root.has_ended:
            return
        root.has_ended = True
        self.open.pop(root, None)
        root.fiber.scope.journal.time = self.now
        if failure is not None:
            self.abort(root.fiber)
        root.fiber.ended = True
        root.ended(output, failure)

    def run_children(self, fiber: Fiber, effect: RunChildren) -> None:
        fiber.family = Family(effect)
        if effect.timeout is not None:
            self.limited[fiber.family] = None
        self.start_children(fiber, fiber.family)

    def begin_more(self) -> bool:
        """Begin a child of a family that takes them as needed; tell whether something is ready now."""
        while self.more and not self.ready:
            parent, family = self.more.popleft()
            family.is_noted = False
            if parent.family is family and not parent.ended:
                self.start_children(parent, family)
        return bool(self.ready)

    def start_children(self, parent: Fiber, family: Family) -> None:
        """Start waiting children while there is room; when none is left, the parent goes on."""
        running, limit, root = family.running, family.limit, parent.root
        while not limit or len(running) < limit:
            child = next(family.waiting, None)
            if child is None:
                break
            scope, begin = child
            index = family.begun
            family.begun = index + 1
            fiber = running[index] = Fiber(begin, scope, root, parent, index)
            self.ready.append((fiber, None, None))
            if family.timeout is not None:
                family.ends.append((self.now + family.timeout, fiber))
                first_end(family)  # which drops those that have ended
            if not family.as_needed:
                family.outputs.append(None)
                continue
            if not family.is_noted:
                family.is_noted = True
                self.more.append((parent, family))
            return
        if not running:
            self.limited.pop(family, None)
            parent.family = None
            self.ready.append((parent, family.outputs, None))

    def update_map_run(self, root: Root, update: MapRunUpdated) -> None:
        """Let a Map Run of an execution go on with other limits."""
        for run in root.fiber.scope.journal.map_runs:
            if run.arn == update.arn:
                run.update(update.members)
                for parent, family in families_in(root.fiber):
                    if family.map_run is run:
                        family.limit = run.children_at_once
                        self.start_children(parent, family)

    def finish(self, fiber: Fiber, output: JSON) -> None:
        """Keep a child's output and let the next one begin."""
        parent = fiber.parent
        assert parent is not None
        family = parent.family
        assert family is not None
        fiber.ended = True
        index = fiber.index
        del family.running[index]
        if not family.as_needed:
            family.outputs[index] = output
        try:
            self.start_children(parent, family)
        except StateError as full:  # the history, so that no iteration can begin
            self.break_off(parent, family, full)

    def fail(self, fiber: Fiber, failure: StateError) -> None:
        """A child has failed, and with it its family."""
        parent, family = family_of(fiber)
        fiber.ended = True
        del family.running[fiber.index]
        self.break_off(parent, family, failure)

    def break_off(self, parent: Fiber, family: Family, failure: StateError) -> None:
        """End the children that still run and throw the first failure into the parent."""
        self.limited.pop(family, None)
        parent.family = None
        for sibling in family.running.values():
            failure = self.abort(sibling) or failure
        self.ready.append((parent, None, failure))

    def abort(self, fiber: Fiber) -> StateError | None:
        """End a fiber, innermost children first; return the error of a history that is full."""
        full = None
        if fiber.family is not None:
            self.limited.pop(fiber.family, None)
            for child in fiber.family.running.values():
                full = self.abort(child) or full
        self.forget(fiber)
        if fiber.call is not None:
            fiber.call.cancel()
        if fiber.computation is not None:
            fiber.computation.close()
        fiber.ended = True
        if fiber.parent is not None:
            try:
                fiber.scope.abort()
            except StateError as error:
                full = error
        return full

    def next_end(self) -> float:
        """Return when the time of the first child is over that has a limit."""
        return min(map(first_end, self.limited), default=math.inf)

    def time_out(self) -> None:
        """End the children whose time is over."""
        for family in [*self.limited]:
            while first_end(family) <= self.now:
                fiber = family.ends.popleft()[1]
                self.abort_children(fiber)
                if fiber.call is not None:
                    fiber.call.cancel()
                self.give(fiber, None, ChildTimedOut())

    def abort_children(self, fiber: Fiber) -> None:
        """End the children of a fiber that waits for them no longer."""
        if fiber.family is not None:
            self.limited.pop(fiber.family, None)
            for child in fiber.family.running.values():
                self.abort(child)
            fiber.family = None


def families_in(fiber: Fiber) -> Iterator[tuple[Fiber, Family]]:
    """Yield the families of a fiber and of the children in them, each with the fiber that waits for it."""
    if fiber.family is not None:
        yield fiber, fiber.family
        for child in [*fiber.family.running.values()]:
            yield from families_in(child)


def first_end(family: Family) -> float:
    """Return when the time of the first running child of a family is over."""
    ends = family.ends
    while ends:
        end, fiber = ends[0]
        if family.running.get(fiber.index) is fiber:
            return end
        ends.popleft()
    return math.inf
