"""Scenarios: an input, and what each Task answers, call after call, and when."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

from aslrun.drivers.clock import VirtualClock
from aslrun.errors import StateError, UsageError
from aslrun.integrations.mocks import Answer, Mocks, Seconds
from aslrun.machine import StateMachine
from aslrun.options import RunOptions
from aslrun.values import JSON

if TYPE_CHECKING:
    from aslrun.execution import Execution
    from aslrun.interpreter.scope import Journal

START = 1_770_000_000.0
"""When executions begin: 2026-02-02T02:40:00Z."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one call of a Task comes to: a result, or an error; and after how many seconds."""

    value: JSON | StateError
    seconds: float = 0

    def get(self) -> JSON:
        """Return the result, or raise the error."""
        if isinstance(self.value, StateError):
            raise StateError(self.value.error, self.value.cause)
        return self.value

    def __repr__(self) -> str:
        shown = f"{self.value.error}!" if isinstance(self.value, StateError) else repr(self.value)
        return f"{shown} after {self.seconds:g} s" if self.seconds else shown


Later: TypeAlias = Callable[[str, int], Outcome]
"""(state, number of the call) → the outcome of a call that a scenario says nothing of."""

PATIENCE = 8
"""Calls beyond those of a scenario that come to its last outcome, so that retriers give up."""


@dataclass(frozen=True, slots=True)
class Scenario:
    """An input and the outcomes of Tasks, by the names of their states; the last outcome of a Task is that
    of its further calls."""

    input: JSON
    outcomes: Mapping[str, tuple[Outcome, ...]] = field(default_factory=dict)

    def outcome(self, state: str, number: int, later: Later | None = None) -> Outcome:
        """Return the outcome of a call; with `later`, the last one does not stay for ever."""
        outcomes = self.outcomes[state]
        if later is not None and number >= len(outcomes) + PATIENCE:
            return later(state, number)
        return outcomes[min(number, len(outcomes) - 1)]

    def mocks(self, later: Later | None = None) -> Mocks:
        """Return what answers the Tasks so."""

        def answer_of(state: str) -> Answer:
            return lambda number, arguments: self.outcome(state, number, later).get()

        def seconds_of(state: str) -> Seconds:
            return lambda number: self.outcome(state, number, later).seconds

        return Mocks(
            {state: answer_of(state) for state in self.outcomes},
            {state: seconds_of(state) for state in self.outcomes},
        )

    def run(self, machine: StateMachine, limit: int | None = None, later: Later | None = None) -> Execution:
        """Run a machine so, on a virtual clock, and return the execution, ended. `limit` is the most events
        that it may have, where that is not the service's limit. Raises UsageError for what cannot be run."""
        mocks = self.mocks(later)
        execution, close = machine.start(
            self.input, RunOptions(mocks=mocks, clock=VirtualClock(START), seed=0)
        )
        execution.leave_unwritten()
        if limit is not None:
            execution.journal.limit = limit
        try:
            execution.run()
        finally:
            close()
        if execution.status == "ABORTED":
            raise UsageError(execution.cause or "the execution was aborted")
        return execution


def as_it_went(scenario: Scenario, execution: Execution, later: Later) -> Scenario:
    """Return a scenario that says what each call of an execution came to."""
    calls = Counter(
        name for journal in journals_of(execution.journal) for _, type, _, name, _ in journal.rows
        if type in SCHEDULED
    )  # fmt: skip
    outcomes = {
        state: tuple(scenario.outcome(state, number, later) for number in range(calls[state]))
        for state in scenario.outcomes
    }
    return Scenario(scenario.input, outcomes)


SCHEDULED = frozenset(f"{kind}Scheduled" for kind in ("LambdaFunction", "Task", "Activity"))


def journals_of(journal: Journal) -> Iterator[Journal]:
    """The journal of an execution, and those of the children of distributed Maps."""
    yield journal
    for _, child in journal.children:
        yield from journals_of(child.journal)
