"""A plan for fuzzing a machine: strategies of its inputs, of what its Tasks come to, and of scenarios."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from hypothesis import strategies as st

from aslrun.document.spans import Pointer
from aslrun.fuzzing.follow import Followed, follow
from aslrun.fuzzing.json_schema import validator_of, values_of_schema
from aslrun.fuzzing.missing import Presence, mark_what_is_made, mark_what_is_not_given
from aslrun.fuzzing.origins import Place
from aslrun.fuzzing.scenarios import Outcome, Scenario
from aslrun.fuzzing.tasks import TaskPlan, errors_of, handlers_of, resource_of
from aslrun.fuzzing.values import compare_numbers, spread, values_at
from aslrun.machine import StateMachine
from aslrun.validation.flow import reach
from aslrun.validation.machines import Definition, StateNode, nested, objects_in, read_definition
from aslrun.values import JSON

MOST_OUTCOMES = 3
"""Outcomes of a Task that is called again and again; the last one stays."""
MOST_TROUBLED = 2
"""Tasks that fail, or are slow, in one scenario."""
ORDERS = (1.0, 2.0, 3.0)
"""Seconds that Tasks in branches and iterations may take, so that any of them may be the first."""


@dataclass(frozen=True)
class Plan:
    """What there is to know of a machine for fuzzing it.

    `examples` are outcomes of Tasks that somebody has written down, by the names of states; `schema` is a
    JSON Schema of the input. With `wild` everything may be missing, null, or of another type.
    """

    machine: StateMachine
    followed: Followed
    presence: Presence
    tasks: tuple[TaskPlan, ...]
    schema: Any = None
    examples: Mapping[str, Sequence[Outcome]] | None = None
    wild: bool = False

    @cached_property
    def states(self) -> dict[str, StateNode]:
        """All states, by their names."""
        return {state.name: state for state in self.followed.definition.states}

    @cached_property
    def edges(self) -> dict[str, list[str]]:
        """The states that each state leads to; one with machines inside it, to their first states too."""
        return {
            name: [
                *(edge.target for edge in state.edges),
                *(str(machine.get("StartAt")) for _, machine in nested(state)),
            ]
            for name, state in self.states.items()
        }

    @cached_property
    def inputs(self) -> st.SearchStrategy[JSON]:
        """The inputs that the machine reads, or that the schema allows."""
        made = values_at(self.followed.input, self.presence.may_be_missing, self.wild)
        if self.schema is None:
            return made
        return values_of_schema(self.schema) | _overlaid(self.schema, made)

    def results_of(self, task: TaskPlan) -> st.SearchStrategy[JSON]:
        """The results of a Task."""
        made = values_at(task.answer, self.presence.may_be_missing, self.wild)
        return made.map(in_envelope) if task.is_function else made

    def outcomes_of(self, task: TaskPlan) -> st.SearchStrategy[Outcome]:
        """The results of a Task, and those that are written down."""
        made = self.results_of(task).map(Outcome)
        written = (self.examples or {}).get(task.state.name)
        return st.sampled_from(list(written)) | made if written else made

    def failures_of(self, task: TaskPlan) -> st.SearchStrategy[Outcome]:
        """The errors that a Task may fail with."""
        return st.sampled_from([Outcome(error) for error in task.errors])

    @cached_property
    def scenarios(self) -> st.SearchStrategy[Scenario]:
        """Inputs, with outcomes of all Tasks; few of the Tasks fail, or are slow."""
        fallible = [task.state.name for task in self.tasks if task.errors]
        slow = [task.state.name for task in self.tasks if task.seconds]
        calm = {task.state.name: _sequence(self.outcomes_of(task), task) for task in self.tasks}
        troubled = self._troubled
        seconds = {task.state.name: st.sampled_from(task.seconds) for task in self.tasks if task.seconds}
        some_fail, some_are_slow = _some_of(fallible), _some_of(slow)

        @st.composite
        def scenarios(draw: st.DrawFn) -> Scenario:
            input = draw(self.inputs)
            failing, late = draw(some_fail), draw(some_are_slow)
            outcomes = {}
            for name in calm:
                drawn = draw((troubled if name in failing else calm)[name])
                if name in late:
                    delay = draw(seconds[name])
                    drawn = [Outcome(outcome.value, delay) for outcome in drawn]
                outcomes[name] = tuple(drawn)
            return Scenario(input, outcomes)

        return scenarios()

    @cached_property
    def _troubled(self) -> dict[str, st.SearchStrategy[list[Outcome]]]:
        """What Tasks come to, that may fail."""
        return {
            task.state.name: _sequence(self.failures_of(task) | self.outcomes_of(task), task)
            for task in self.tasks
        }

    def near(self, scenario: Scenario, state: str) -> st.SearchStrategy[Scenario]:
        """Scenarios that are like one, and differ in what may decide where it goes on from a state: in a
        Task that fails, the state itself or one in it; else in one or two of its Tasks and the input."""
        at = self.states[state].at
        fallible = [task for task in self.tasks if task.state.at[: len(at)] == at and task.errors]
        if fallible:
            failures = [(task.state.name, (Outcome(error),)) for task in fallible for error in task.errors]
            return st.sampled_from(failures).map(lambda failure: _but(scenario, scenario.input, [failure]))
        changes = [st.tuples(st.just(name), drawn.map(tuple)) for name, drawn in self._troubled.items()]
        inputs = st.just(scenario.input) | self.inputs
        some = st.lists(st.one_of(changes), max_size=MOST_TROUBLED) if changes else st.just([])
        return st.builds(_but, st.just(scenario), inputs, some)

    def fair(self, state: str, number: int) -> Outcome:
        """The outcome of a call in a world in which each Task, over many calls, answers all that it may."""
        task = next(task for task in self.tasks if task.state.name == state)
        if number % 3 == 2 and task.errors and task.is_handled:
            return Outcome(task.errors[number // 3 % len(task.errors)])
        value = spread(task.answer, self.presence.may_be_missing, number)
        return Outcome(in_envelope(value) if task.is_function else value)


def _but(scenario: Scenario, input: JSON, outcomes: Iterable[tuple[str, tuple[Outcome, ...]]]) -> Scenario:
    return Scenario(input, {**scenario.outcomes, **dict(outcomes)})


def in_envelope(value: JSON) -> JSON:
    """Return what Invoke answers of a function's return value, as mock configurations have it."""
    return {"StatusCode": 200, "Payload": value}


def make_plan(
    machine: StateMachine,
    *,
    schema: Any = None,
    examples: Mapping[str, Sequence[Outcome]] | None = None,
    wild: bool = False,
) -> Plan:
    """Follow a machine and make the plan. Raises DefinitionError for an invalid definition, UsageError for a
    schema that is none."""
    _ = machine.compiled
    if schema is not None:
        validator_of(schema)
    assert isinstance(machine.definition, dict)
    definition = read_definition(machine.definition, machine.type)
    followed = follow(definition, Place())
    mark_what_is_not_given(followed)
    mark_what_is_made(followed)
    for place in (followed.input, *followed.answers.values()):
        compare_numbers(place, followed.notes.numbers)
    tasks = tuple(_plan_of(state, followed) for state in definition.states if state.type == "Task")
    return Plan(machine, followed, Presence(definition), tasks, schema, examples, wild)


def _plan_of(state: StateNode, followed: Followed) -> TaskPlan:
    resource = resource_of(state)
    handlers = handlers_of(state, followed.definition)
    return TaskPlan(
        state,
        resource,
        followed.answers[state.name],
        errors_of(state, resource, handlers),
        tuple(_seconds_of(state, followed.definition)),
        _is_called_again(state, followed.definition),
        bool(handlers),
    )


def _seconds_of(state: StateNode, definition: Definition) -> Iterable[float]:
    if _around(state, definition):
        yield from ORDERS
    for field in ("TimeoutSeconds", "HeartbeatSeconds"):
        limit = state.fields.get(field)
        if isinstance(limit, (int, float)) and not isinstance(limit, bool):
            yield limit + 1


def _around(state: StateNode, definition: Definition) -> list[StateNode]:
    """The Parallel and Map states that a state is in."""
    return [other for other in definition.states if _is_around(other.at, state.at)]


def _is_around(outer: Pointer, inner: Pointer) -> bool:
    return inner[: len(outer)] == outer and inner != outer


def _is_called_again(state: StateNode, definition: Definition) -> bool:
    for each in (state, *_around(state, definition)):
        machine = next(machine for machine in definition.machines if machine.at == each.at[:-2])
        edges = {name: [edge.target for edge in other.edges] for name, other in machine.states.items()}
        is_in_loop = each.name in reach(edges[each.name], edges)
        if is_in_loop or any(objects_in(each, "Retry")) or (each.type == "Map" and each is not state):
            return True
    return False


def _sequence(outcomes: st.SearchStrategy[Outcome], task: TaskPlan) -> st.SearchStrategy[list[Outcome]]:
    return st.lists(outcomes, min_size=1, max_size=MOST_OUTCOMES if task.is_called_again else 1)


def _some_of(names: Sequence[str]) -> st.SearchStrategy[list[str]]:
    if not names:
        return st.just([])
    return st.lists(st.sampled_from(names), max_size=MOST_TROUBLED, unique=True)


def _overlaid(schema: Any, made: st.SearchStrategy[JSON]) -> st.SearchStrategy[JSON]:
    """Values of a schema that have, where it allows that, the values that the machine compares with."""
    is_valid: Callable[[JSON], bool] = validator_of(schema).is_valid

    def overlay(pair: tuple[JSON, JSON]) -> JSON:
        value, wanted = pair
        if is_valid(wanted):
            return wanted
        if isinstance(value, dict) and isinstance(wanted, dict):
            for name, part in wanted.items():
                tried = {**value, name: part}
                value = tried if is_valid(tried) else value
        return value

    return st.tuples(values_of_schema(schema), made).map(overlay)
