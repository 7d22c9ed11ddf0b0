"""A scope is one run through the states of one machine: the execution itself, a branch, an iteration.

It knows the state it is in, what the context object shows and what the journal is told; `run_states` is
the interpreter's loop.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, Protocol, TypeAlias

from aslrun.errors import QueryEvaluationError, StateError
from aslrun.interpreter.journal import Journal
from aslrun.timestamps import format_timestamp
from aslrun.values import JSON

if TYPE_CHECKING:
    import random

    from aslrun.interpreter.effects import Computation, Effect

ScopePath = tuple[tuple[str, int], ...]


class _State(Protocol):
    @property
    def name(self) -> str: ...
    @property
    def counts_retries(self) -> bool: ...
    @property
    def entered(self) -> str: ...
    @property
    def exited(self) -> str: ...
    @property
    def aborted(self) -> str | None: ...


class StepState(_State, Protocol):
    """A state that never blocks: Pass, Choice, Succeed, Fail."""

    @property
    def blocks(self) -> Literal[False]: ...

    def step(self, raw: JSON, scope: Scope) -> Transition:
        """Return the effective output and the name of the next state (None: the end)."""


class RunState(_State, Protocol):
    """A state that needs the world: Task, Wait, Parallel, Map."""

    @property
    def blocks(self) -> Literal[True]: ...

    def run(self, raw: JSON, scope: Scope) -> Generator[Effect, Any, Transition]:
        """Yield effects; return the effective output and the name of the next state (None: the end)."""


@dataclass(frozen=True, slots=True)
class Assigned:
    """What a ...StateExited event tells of a state that assigned variables."""

    output: JSON
    variables: Mapping[str, JSON]


State: TypeAlias = StepState | RunState
"""What the loop knows of a state. `entered`, `exited` and `aborted` are the types of its events."""
Transition: TypeAlias = "tuple[JSON, str | None]"


@dataclass(frozen=True, slots=True)
class Machine:
    """A compiled machine: its states by name. Nested machines lie in their Parallel and Map states."""

    start_at: str
    states: Mapping[str, State]
    timeout: float | None = None


@dataclass(slots=True)
class ExecutionIdentity:
    """What the context object says of the execution and its state machine."""

    id: str
    name: str
    role_arn: str
    machine_id: str
    machine_name: str
    input: JSON
    start_time: float
    random_for: Callable[[ScopePath], random.Random]
    context: dict[str, JSON] = field(init=False)

    def __post_init__(self) -> None:
        self.context = {
            "Execution": {
                "Id": self.id,
                "Input": self.input,
                "StartTime": format_timestamp(self.start_time),
                "Name": self.name,
                "RoleArn": self.role_arn,
                "RedriveCount": 0,
            },
            "StateMachine": {"Id": self.machine_id, "Name": self.machine_name},
        }


class Scope:
    """The state of one run through a machine's states; also what expressions see (`ExpressionScope`)."""

    __slots__ = (
        "_random",
        "assigned",
        "entered_at",
        "entered_id",
        "execution",
        "index",
        "iteration_of",
        "journal",
        "map_item",
        "parent",
        "retry_count",
        "state",
        "task_token",
        "variables",
    )

    def __init__(
        self, execution: ExecutionIdentity, journal: Journal, parent: Scope | None = None, index: int = 0
    ) -> None:
        self.execution = execution
        self.journal = journal
        self.parent = parent
        self.index = index
        # Until it enters its first state, the context object still shows the Parallel or Map around it.
        self.state: State | None = parent.state if parent else None
        self.entered_at: float = parent.entered_at if parent else journal.time
        self.entered_id = 0
        self.retry_count = 0
        self.task_token: str | None = None
        self.iteration_of: str | None = None
        self.map_item: dict[str, JSON] | None = parent.map_item if parent else None
        # Inner scopes read the variables around them; what they assign stays theirs.
        self.variables: Mapping[str, JSON] = parent.variables if parent else {}
        self.assigned: Mapping[str, JSON] | None = None
        self._random: random.Random | None = None

    @property
    def path(self) -> ScopePath:
        """How the scope is reached from the execution: (state, index of branch or iteration) per level."""
        if self.parent is None or self.parent.state is None:
            return ()
        return (*self.parent.path, (self.parent.state.name, self.index))

    @property
    def context(self) -> JSON:
        """The context object. Documentation: "Accessing execution data from the Context object"."""
        state = self.state
        entered: dict[str, JSON] = {
            "Name": state.name if state else "",
            "EnteredTime": format_timestamp(self.entered_at),
        }
        if state is not None and state.counts_retries:
            entered["RetryCount"] = self.retry_count
        context: dict[str, JSON] = {**self.execution.context, "State": entered}
        if self.task_token is not None:
            context["Task"] = {"Token": self.task_token}
        if self.map_item is not None:
            context["Map"] = {"Item": self.map_item}
        return context

    @property
    def random(self) -> random.Random:
        """The scope's own source of chance, the same for the same seed whatever else runs."""
        if self._random is None:
            self._random = self.execution.random_for(self.path)
        return self._random

    @property
    def time(self) -> float:
        """The time of the execution's clock, in seconds since the epoch."""
        return self.journal.time

    def draw(self) -> float:
        """A number drawn uniformly from [0, 1)."""
        return self.random.random()

    def draw_uuid(self) -> str:
        """A version 4 UUID."""
        from uuid import UUID

        return str(UUID(int=self.random.getrandbits(128), version=4))

    def assign(self, variables: Mapping[str, JSON]) -> None:
        """Assign variables, which the states that follow can read; StateError when they are too big."""
        assigned = {**self.variables, **variables}
        if self.journal.quota is not None:
            self.journal.quota.check_variables(variables, assigned)
        self.variables, self.assigned = assigned, variables

    def hold(self, value: JSON, who: str) -> JSON:
        """Return `value`; StateError if it is bigger than what `who` may be given or hand on."""
        if self.journal.quota is not None:
            self.journal.quota.check(value, who)
        return value

    def record(self, type: str, value: object = None) -> None:
        """Tell the journal of an event of the state the scope is in."""
        assert self.state is not None
        self.journal.record(type, self, self.state.name, value)

    def enter(self, state: State, raw: JSON) -> None:
        """Begin with `state`: its retry count and entered time start anew."""
        journal = self.journal
        journal.record(state.entered, self, state.name, raw)
        self.state = state
        self.entered_id = len(journal.rows)
        self.entered_at = journal.time
        self.retry_count = 0
        self.task_token = None

    def leave(self, state: State, output: JSON) -> None:
        """End with `state`, and tell the journal of the variables it assigned."""
        value: object = output
        if self.assigned is not None:
            value, self.assigned = Assigned(output, self.assigned), None
        self.journal.record(state.exited, self, state.name, value)

    def located(self, error: StateError) -> StateError:
        """Return `error` with the state the scope is in as its place.

        A JSONata expression that fails has an event, for each time it does.
        """
        assert self.state is not None
        is_new = error.state is None
        error = error.located(self.state.name, self.entered_id)
        if is_new and isinstance(error, QueryEvaluationError):
            self.record("EvaluationFailed", error)
        return error

    def note_caught(self, failure: StateError) -> None:
        """Tell the journal that a catcher of the state the scope is in took `failure`; no event does."""
        assert self.state is not None
        self.journal.caught.append((self.state.name, failure))

    def abort(self) -> None:
        """Tell the journal that the state the scope is in, and its iteration or execution, came to no end."""
        if self.entered_id and self.state is not None and self.state.aborted is not None:
            self.record(self.state.aborted)
        if self.iteration_of is not None:
            self.record_iteration("MapIterationAborted")
        elif self.parent is None:
            self.journal.record_end("ExecutionAborted", self, StateError(None))

    def record_iteration(self, type: str) -> None:
        """Tell the journal of an event of the Map iteration that the scope is."""
        assert self.iteration_of is not None
        self.journal.record(type, self, self.iteration_of, self.index)


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
