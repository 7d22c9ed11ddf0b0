"""One attempt of a distributed Map, and what a redrive goes on with."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from aslrun.errors import StateError
from aslrun.interpreter.elsewhere import Outcome
from aslrun.interpreter.items import Items, Opened, OpenItems
from aslrun.interpreter.map_run import MapRun
from aslrun.interpreter.scope import Scope
from aslrun.states.distributed.results import Collected, Ended, Outcomes, Status
from aslrun.values import JSON

Inputs = Iterator[tuple[int, tuple[JSON, int]]]
"""The inputs of the children that are to come, each with its number, and how many items are in it."""

COUNTED = {"SUCCEEDED": "succeeded", "FAILED": "failed", "TIMED_OUT": "timedOut", "ABORTED": "aborted"}
"""Status of a child → the count that it adds to."""


@dataclass(slots=True)
class Begun:
    """A child that runs: the Map, its scope, the text of its input, how many items it has, and its number
    among all children of the execution."""

    map: str
    child: Scope
    text: str
    size: int
    number: int = 0


@dataclass(frozen=True, slots=True)
class Asked:
    """What an attempt reads, the items `at_hand` or those of a `request`, the `place` that it exports to, if
    it does, and how many children may run at once."""

    at_hand: JSON
    request: OpenItems | None
    exports: bool
    place: JSON
    at_once: int


@dataclass(slots=True)
class Attempt:
    """What one attempt of a Map is at: its Map Run, the items to come, what takes the outcomes, and the
    children that run, by their numbers; `succeeded` has a 1 for each child that did."""

    run: MapRun
    asked: Asked
    outcomes: Outcomes
    items: Items = field(default_factory=lambda: Opened(iter(()), 0))
    inputs: Inputs = field(default_factory=lambda: iter(()))
    running: dict[int, Begun] = field(default_factory=dict)
    entered: int = 0
    succeeded: bytearray = field(default_factory=bytearray)

    def again(self, asked: Asked, outcomes: Outcomes) -> Attempt:
        """Return the attempt that a redrive makes of this one: the same Map Run, which keeps what came of
        the children that succeeded. What was exported stays where it is; `outcomes` are new ones."""
        kept = self.outcomes if isinstance(self.outcomes, Collected) else outcomes
        return Attempt(self.run, asked, kept, entered=self.entered, succeeded=self.succeeded)

    def has(self, index: int) -> bool:
        """Tell whether a child has succeeded before."""
        return index < len(self.succeeded) and self.succeeded[index] == 1

    def begin(self, index: int, begun: Begun, scope: Scope) -> None:
        """Note that a child begins."""
        self.run.begin(begun.size)
        self.running[index] = begun
        begun.number = scope.journal.children.begin(begun.map, begun.child)

    def end(
        self,
        index: int,
        status: Status,
        scope: Scope,
        output: JSON = None,
        failure: StateError | None = None,
        elsewhere: Outcome | None = None,
    ) -> None:
        """Take in the end of a child, and raise StateError where the Map ends with it."""
        begun = self.running.pop(index)
        self.run.end(COUNTED[status], begun.size)
        if status == "SUCCEEDED":
            self.succeeded.extend(bytes(max(0, index + 1 - len(self.succeeded))))
            self.succeeded[index] = 1
        try:
            self.outcomes.add(Ended(index, begun.child, status, begun.size, begun.text, output, failure))
        finally:
            if elsewhere is None:
                scope.journal.children.end(begun.number)
            else:
                scope.journal.children.put(begun.number, elsewhere.record, elsewhere.events)


def earlier_attempt(scope: Scope) -> Attempt | None:
    """Return the attempt that a redrive goes on with, of this visit of the state; children that succeeded are
    not run again. Documentation: "Redriving Map Runs in Step Functions executions"."""
    earlier, scope.redriven_map, scope.ended_map = scope.redriven_map, None, None
    return earlier if isinstance(earlier, Attempt) and earlier.entered == scope.entered_id else None
