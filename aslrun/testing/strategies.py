"""Strategies for hypothesis tests of state machines. Needs `pip install 'aslrun[fuzz]'`. docs/fuzzing.md.

from hypothesis import given
from aslrun.testing import strategies

@given(strategies.executions("order.asl.json"))
def test_an_order_ends(execution):
    assert execution.status == "SUCCEEDED" or execution.error == "OrderFailed"
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from itertools import count
from typing import TYPE_CHECKING, Any, TypeAlias

try:
    from hypothesis import strategies as st
except ModuleNotFoundError:
    raise ModuleNotFoundError(
        "aslrun.testing.strategies needs hypothesis: pip install 'aslrun[fuzz]'", name="hypothesis"
    ) from None

from aslrun.errors import StateError, UsageError
from aslrun.fuzzing.json_schema import values_of_schema
from aslrun.fuzzing.plan import Plan, make_plan
from aslrun.fuzzing.scenarios import Outcome, Scenario
from aslrun.machine import PathOrDefinition, StateMachine, load
from aslrun.testing.machine import MachineUnderTest
from aslrun.values import JSON

if TYPE_CHECKING:
    from aslrun.execution import Execution

AnyMachine: TypeAlias = "PathOrDefinition | StateMachine | MachineUnderTest"
"""A machine as `aslrun.load` or the fixture `state_machine` gives it, a file, or a definition."""

__all__ = ["Scenario", "executions", "inputs", "inputs_from_schema", "mocks", "outcomes", "scenarios"]


def inputs_from_schema(schema: Mapping[str, Any] | bool) -> st.SearchStrategy[JSON]:
    """Values that are valid against a JSON Schema, each checked by the package `jsonschema`.

    Raises UsageError for what is no schema, or refers to another document.
    """
    return values_of_schema(schema)


def inputs(
    machine: AnyMachine, *, schema: Mapping[str, Any] | None = None, wild: bool = False
) -> st.SearchStrategy[JSON]:
    """Inputs of a machine.

    Args:
        machine: the machine, see `AnyMachine`.
        schema: a JSON Schema of the input; where there is none, inputs have what the machine reads.
        wild: anything may be missing, null, or of another type.

    Raises DefinitionError for an invalid definition.
    """
    return plan_of(machine, schema, wild).inputs


def outcomes(machine: AnyMachine, state: str, *, wild: bool = False) -> st.SearchStrategy[JSON | StateError]:
    """What a Task may come to: results with what the machine reads of them, and the errors that it may fail
    with, as StateError. Raises UsageError for a state that is no Task of the machine."""
    plan = plan_of(machine, None, wild)
    for task in plan.tasks:
        if task.state.name == state:
            return (plan.outcomes_of(task) | plan.failures_of(task)).map(_value_of)
    known = ", ".join(task.state.name for task in plan.tasks) or "none"
    raise UsageError(f"there is no Task '{state}' in {plan.machine.name}; there is: {known}")


def mocks(machine: AnyMachine, *, wild: bool = False) -> st.SearchStrategy[dict[str, Callable[[JSON], JSON]]]:
    """Mocks of all Tasks, as `MachineUnderTest.execute(mocks=...)` takes them; few of them fail.

    A Task that is called more often than it has outcomes comes to its last one again.
    """
    return scenarios(machine, wild=wild).map(
        lambda scenario: {state: _Mock(outcomes) for state, outcomes in scenario.outcomes.items()}
    )


def scenarios(
    machine: AnyMachine, *, schema: Mapping[str, Any] | None = None, wild: bool = False
) -> st.SearchStrategy[Scenario]:
    """Scenarios: `scenario.input`, `scenario.mocks()` for `StateMachine.execute(mocks=...)`, and
    `scenario.run(machine)`, which gives the execution, ended.

    A scenario says what each Task answers, call after call, and after how many seconds of the virtual clock,
    so that branches and iterations come to their ends in any order.
    """
    return plan_of(machine, schema, wild).scenarios


def executions(
    machine: AnyMachine, *, schema: Mapping[str, Any] | None = None, wild: bool = False
) -> st.SearchStrategy[Execution]:
    """Executions of a machine, ended: each is one scenario. They are equal for equal scenarios."""
    plan = plan_of(machine, schema, wild)
    return plan.scenarios.map(lambda scenario: scenario.run(plan.machine, later=plan.fair))


class _Mock:
    """Outcomes, call after call, as a function of the arguments."""

    def __init__(self, outcomes: tuple[Outcome, ...]) -> None:
        self._outcomes = outcomes
        self._numbers = count()

    def __call__(self, arguments: JSON) -> JSON:
        return self._outcomes[min(next(self._numbers), len(self._outcomes) - 1)].get()

    def __repr__(self) -> str:
        return f"<answers {', '.join(map(repr, self._outcomes))}>"


def _value_of(outcome: Outcome) -> JSON | StateError:
    return outcome.value


def plan_of(machine: AnyMachine, schema: Mapping[str, Any] | None, wild: bool) -> Plan:
    """Return the plan of a machine however it is given."""
    if isinstance(machine, MachineUnderTest):
        machine = machine.machine
    if not isinstance(machine, StateMachine):
        machine = load(machine)
    return _plan_of(machine, wild) if schema is None else make_plan(machine, schema=schema, wild=wild)


@lru_cache(maxsize=32)
def _plan_of(machine: StateMachine, wild: bool) -> Plan:
    return make_plan(machine, wild=wild)
