"""`step_on` is the interpreter's loop; `Machine` and `State` are what it runs.

There is at most one generator per scope. Children are asked for by an effect: no generator yields from
another's.
"""

from __future__ import annotations

import math
from collections.abc import Generator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol, TypeAlias

from aslrun.errors import StateError
from aslrun.interpreter.effects import Computation, Effect, Sleep
from aslrun.interpreter.scope import Scope, StateFacts
from aslrun.values import JSON


class StepState(StateFacts, Protocol):
    """A state that never blocks: Pass, Choice, Succeed, Fail."""

    @property
    def blocks(self) -> Literal[False]: ...

    def step(self, raw: JSON, scope: Scope) -> Transition:
        """Return the effective output and the name of the next state (None: the end)."""


class RunState(StateFacts, Protocol):
    """A state that needs the world: Task, Wait, Parallel, Map."""

    @property
    def blocks(self) -> Literal[True]: ...

    def run(self, raw: JSON, scope: Scope) -> Generator[Effect, Any, Transition]:
        """Yield effects; return the effective output and the name of the next state (None: the end)."""

    def recover(self, failure: StateError, raw: JSON, scope: Scope) -> Generator[Effect, Any, Transition]:
        """Do what Retry and Catch say of an error that `run` raised: return as `run` does, or raise it."""


State: TypeAlias = StepState | RunState
"""What the loop knows of a state. `entered`, `exited` and `aborted` are the types of its events."""
Transition: TypeAlias = "tuple[JSON, str | None]"


class Redriven(Exception):
    """Thrown into a scope that waits: the execution has ended meanwhile, and is redriven."""


@dataclass(frozen=True, slots=True)
class Machine:
    """A compiled machine: its states by name, and those of them that need the world. Nested machines lie in
    their Parallel and Map states."""

    start_at: str
    states: Mapping[str, State]
    timeout: float | None = None
    blocking: tuple[State, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        blocking = tuple(state for state in self.states.values() if state.blocks is True)
        object.__setattr__(self, "blocking", blocking)


Stop: TypeAlias = "tuple[JSON, State | None, StateError | Redriven | None]"
"""Where `step_on` came to: the machine's output; or a state's input, the state, and what it failed with."""


def step_on(machine: Machine, value: JSON, scope: Scope, target: str | None) -> Stop:
    """Run states up to the end, or to one that needs the world and has been entered now, or that failed.

    This is the interpreter's loop, with `run_states` for the states at which it stops. `Scope.enter` and
    `Scope.leave` are written out here: no time goes by meanwhile.
    """
    states, journal = machine.states, scope.journal
    cells, time, room, quota = journal.cells, journal.time, journal.room, journal.quota
    while target is not None:
        state = states[target]
        if len(cells) >= room:
            scope.enter(state, value)  # which raises: there is no room
        name = state.name
        cells.extend((time, state.entered, scope, name, value))
        scope.state, scope.entered, scope.entered_at = state, len(cells), time
        if state.blocks is True:
            return value, state, None
        try:
            output, target = state.step(value, scope)
            if output is not value and quota is not None:
                quota.check(output, name)
        except StateError as failure:
            return value, state, failure
        if len(cells) >= room or scope.assigned is not None:
            scope.leave(state, output)
        else:
            cells.extend((time, state.exited, scope, name, output))
        value = output
    return value, None, None


def run_states(machine: Machine, value: JSON, scope: Scope, stop: Stop | None = None) -> Computation:
    """Run `machine` from its StartAt on input `value`, or from where `step_on` has stopped; return its last
    state's output.

    Raises StateError when a state fails and no catcher takes it.
    """
    quota = scope.journal.quota
    raw, state, reason = stop or step_on(machine, value, scope, machine.start_at)
    while state is not None:
        if reason is None and state.blocks is True:
            failure = None
            try:
                try:
                    value, target = yield from state.run(raw, scope)
                except StateError as error:
                    failure = error
                if failure is not None:
                    value, target = yield from state.recover(failure, raw, scope)
                if value is not raw and quota is not None:
                    quota.check(value, state.name)
            except (StateError, Redriven) as ended:
                reason = ended
        if reason is not None:
            value, target = yield from run_again(state, raw, scope, reason)
        scope.leave(state, value)
        raw, state, reason = step_on(machine, value, scope, target)
    return raw


def run_again(
    state: State, raw: JSON, scope: Scope, reason: StateError | Redriven
) -> Generator[Effect, Any, Transition]:
    """Raise the error that a state came to, unless the execution is redriven from it; then run it again.

    Documentation: "Restarting state machine executions with redrive", redrive behavior of individual states.
    """
    while True:
        if isinstance(reason, StateError):
            failure = scope.located(reason)
            if failure.number not in scope.journal.redriven:
                raise failure from None
            with suppress(Redriven):
                yield Sleep(math.inf)
        scope.redrive()
        try:
            if state.blocks is True:
                value, target = yield from run_handled(state, raw, scope)
            else:
                scope.enter(state, raw)
                value, target = state.step(raw, scope)
            if value is not raw and scope.journal.quota is not None:
                scope.journal.quota.check(value, state.name)
        except (StateError, Redriven) as ended:
            reason = ended
        else:
            return value, target


def run_handled(state: RunState, raw: JSON, scope: Scope) -> Generator[Effect, Any, Transition]:
    """Run a state, with its Retry and Catch."""
    try:
        return (yield from state.run(raw, scope))
    except StateError as error:
        failure = error
    return (yield from state.recover(failure, raw, scope))
