"""`run_states` is the interpreter's loop; `Machine` and `State` are what it runs.

There is one generator per scope. Children are asked for by an effect: no generator yields from another's.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping
from dataclasses import dataclass
from typing import Any, Literal, Protocol, TypeAlias

from aslrun.errors import StateError
from aslrun.interpreter.effects import Computation, Effect
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


State: TypeAlias = StepState | RunState
"""What the loop knows of a state. `entered`, `exited` and `aborted` are the types of its events."""
Transition: TypeAlias = "tuple[JSON, str | None]"


@dataclass(frozen=True, slots=True)
class Machine:
    """A compiled machine: its states by name. Nested machines lie in their Parallel and Map states."""

    start_at: str
    states: Mapping[str, State]
    timeout: float | None = None


def run_states(machine: Machine, value: JSON, scope: Scope) -> Computation:
    """Run `machine` from its StartAt on input `value`; return the output of its last state.

    Raises StateError when a state fails and no catcher takes it. This is the interpreter's loop.
    """
    states = machine.states
    quota = scope.journal.quota
    target: str | None = machine.start_at
    while target is not None:
        state, raw = states[target], value
        scope.enter(state, raw)
        try:
            if state.blocks is True:
                value, target = yield from state.run(raw, scope)
            else:
                value, target = state.step(raw, scope)
            if value is not raw and quota is not None:
                quota.check(value, state.name)
        except StateError as error:
            raise scope.located(error) from None
        scope.leave(state, value)
    return value
