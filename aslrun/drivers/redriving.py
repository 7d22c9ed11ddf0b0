"""Redrive: an execution that came to a bad end goes on from there.

It is run again over its recorded answers twice. The first time it ends as it did: that gives its history, and
which fibers went on when. The second time what ended it is held back, so that its fibers still wait; then the
history of the first run becomes its own, and those that wait run their states again. Documentation:
"Restarting state machine executions with redrive".
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from aslrun.drivers.fibers import ExecutionTimedOut, Fiber, Recorded, Root
from aslrun.interpreter.scope import Journal, Row, Scope


@dataclass(frozen=True, slots=True)
class Ended:
    """What is known of an execution that has ended: its journal, the number of the error that ended it (0 for
    none), and (fiber, waits) for each time that one of its fibers went on."""

    journal: Journal
    error: int
    resumed: frozenset[tuple[int, int]]


class ExecutionRedriven(Exception):
    """In place of a recorded answer: here the execution was redriven, for the `count`th time.

    `ended` is what it had come to, `until` what it came to afterwards, where it was redriven again.
    """

    def __init__(self, count: int, ended: Ended, until: Ended | None = None) -> None:
        super().__init__(count)
        self.count = count
        self.ended = ended
        self.until = until


def hold_back(root: Root, recorded: Sequence[Recorded]) -> None:
    """Keep an execution from what ended it before it was redriven, where `recorded` tells that it was."""
    redrives = [one.failure for one in recorded if isinstance(one.failure, ExecutionRedriven)]
    if redrives:
        root.only = redrives[0].ended.resumed
        root.fiber.scope.journal.redriven = frozenset(one.ended.error for one in redrives)


def take_history(ended: Journal, journal: Journal) -> None:
    """Give `journal`, of an execution that was held back before its end, the rows of `ended`."""
    scopes: dict[Scope, Scope] = {}
    for (_, type, scope, _, _), (_, same, own, _, _) in zip(ended.rows, journal.rows, strict=False):
        if type != same:
            break
        scopes[scope] = own
    for (_, scope), (_, own) in zip(ended.children, journal.children, strict=False):
        scopes[scope] = own
    journal.rows = [_of(row, scopes) for row in ended.rows]


def _of(row: Row, scopes: Mapping[Scope, Scope]) -> Row:
    time, type, scope, name, value = row
    return time, type, scopes.get(scope, scope), name, value


def redrive_fibers(fibers: Iterable[Fiber], redriven: ExecutionRedriven, now: float) -> list[Fiber]:
    """Prepare the fibers of an execution to go on, and tell their histories so; return those that wait for
    the world, or have not begun."""
    fibers = [fiber for fiber in fibers if not fiber.ended]
    pairs: dict[Journal, tuple[Scope, Journal]] = {}
    root = fibers[0].scope
    pairs[root.journal] = root, redriven.ended.journal
    for (_, scope), (_, child) in zip(redriven.ended.journal.children, root.journal.children, strict=False):
        pairs[child.journal] = child, scope.journal
    for journal in dict.fromkeys(fiber.scope.journal for fiber in fibers):
        if journal in pairs:
            scope, ended = pairs[journal]
            take_history(ended, journal)
            journal.time = now
            journal.record_end("ExecutionRedriven", scope, redriven.count)
            scope.execution.redriven(redriven.count, now)
    for fiber in fibers:
        fiber.scope.redrive()
    return [fiber for fiber in fibers if fiber.family is None]


def without_timeout(
    deadlines: list[tuple[float, int, Fiber, int, object, BaseException | None]], root: Root
) -> None:
    """Take the deadline of an execution as a whole out of a heap of deadlines."""
    deadlines[:] = [one for one in deadlines if one[2].root is not root or not _is_timeout(one[-1])]
    heapq.heapify(deadlines)


def _is_timeout(failure: BaseException | None) -> bool:
    return isinstance(failure, ExecutionTimedOut)
