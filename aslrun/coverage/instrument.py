"""A compiled machine → one that does the same and counts what is exercised, by the keys of `points`.

States that run stay as they are; what they call is replaced: a rule's test, what concludes a state or a
catcher, a retrier, a Map's items. Nothing here is on the way of an execution that is not measured.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Any, ClassVar, Literal, TypeAlias, TypeVar

from aslrun.coverage.points import EMPTY, FALSE, TRUE, processor_field, state_key
from aslrun.errors import StateError
from aslrun.expressions import ExpressionScope, Select
from aslrun.interpreter.effects import Effect
from aslrun.interpreter.loop import Machine, RunState, State, StepState, Transition
from aslrun.interpreter.scope import Scope
from aslrun.states.choice import Choice, Rule
from aslrun.states.distributed.state import DistributedMap
from aslrun.states.fields import Conclude, Fields, Produce
from aslrun.states.handling import Catcher, Retrier
from aslrun.states.map import Map
from aslrun.states.parallel import Parallel
from aslrun.states.simple import Pass
from aslrun.states.task import Task
from aslrun.states.wait import Wait
from aslrun.values import JSON

Hits: TypeAlias = Counter[str]
"""Key → how often."""
Part = TypeVar("Part")


def watch(machine: Machine, definition: JSON, hits: Hits, key: str = "") -> Machine:
    """Return a machine that counts in `hits` what is exercised of it.

    `definition` is what `machine` was compiled of, `key` the JSON pointer of where that lies.
    """
    assert isinstance(definition, dict)
    states = definition["States"]
    assert isinstance(states, dict)
    watched = {
        name: _watch_state(state, _object(states[name]), hits, state_key(key, name))
        for name, state in machine.states.items()
    }
    return replace(machine, states=watched)


# ---------------------------------------------------------------- states


@dataclass(frozen=True, slots=True)
class WatchedStep:
    """A state that computes, and counts that it is entered."""

    blocks: ClassVar[Literal[False]] = False

    name: str
    counts_retries: bool
    entered: str
    exited: str
    aborted: str | None
    inner: StepState
    hits: Hits
    key: str

    def step(self, raw: JSON, scope: Scope) -> Transition:
        self.hits[self.key] += 1
        return self.inner.step(raw, scope)


@dataclass(frozen=True, slots=True)
class WatchedRun:
    """A state that needs the world, and counts that it is entered."""

    blocks: ClassVar[Literal[True]] = True

    name: str
    counts_retries: bool
    entered: str
    exited: str
    aborted: str | None
    inner: RunState
    hits: Hits
    key: str

    def run(self, raw: JSON, scope: Scope) -> Generator[Effect, Any, Transition]:
        self.hits[self.key] += 1
        return self.inner.run(raw, scope)

    def recover(self, failure: StateError, raw: JSON, scope: Scope) -> Generator[Effect, Any, Transition]:
        return self.inner.recover(failure, raw, scope)


def _watch_state(state: State, given: Fields, hits: Hits, key: str) -> State:
    watch_parts = _PARTS.get(type(state))
    inner: State = watch_parts(state, given, hits, key) if watch_parts else state
    events = (inner.name, inner.counts_retries, inner.entered, inner.exited, inner.aborted)
    if inner.blocks is True:
        return WatchedRun(*events, inner, hits, key)
    return WatchedStep(*events, inner, hits, key)


# ---------------------------------------------------------------- what is in them


def _watch_pass(state: Pass, given: Fields, hits: Hits, key: str) -> State:
    return replace(state, produce=_counted_output(state.produce, hits, _exit_key(given, key)))


def _watch_wait(state: Wait, given: Fields, hits: Hits, key: str) -> State:
    return replace(state, conclude=_counted(state.conclude, hits, _exit_key(given, key)))


def _watch_choice(state: Choice, given: Fields, hits: Hits, key: str) -> State:
    rules = tuple(
        (_counted_rule(holds, hits, at), target, _counted(conclude, hits, f"{at}/Next"))
        for at, (holds, target, conclude) in _numbered(f"{key}/Choices", state.rules)
    )
    return replace(state, rules=rules, conclude=_counted(state.conclude, hits, f"{key}/Default"))


def _watch_task(state: Task, given: Fields, hits: Hits, key: str) -> State:
    return replace(state, **_ends(state, given, hits, key))


def _watch_parallel(state: Parallel, given: Fields, hits: Hits, key: str) -> State:
    definitions = given["Branches"]
    assert isinstance(definitions, list)
    branches = tuple(
        watch(branch, definition, hits, at)
        for definition, (at, branch) in zip(
            definitions, _numbered(f"{key}/Branches", state.branches), strict=True
        )
    )
    return replace(state, branches=branches, **_ends(state, given, hits, key))


def _watch_map(state: Map | DistributedMap, given: Fields, hits: Hits, key: str) -> State:
    name = processor_field(given)
    assert name is not None
    body = f"{key}/{name}"
    processor = watch(state.processor, given[name], hits, body)
    items = _counted_items(state.items, hits, body + EMPTY)
    return replace(state, processor=processor, items=items, **_ends(state, given, hits, key))


_PARTS: Mapping[type, Callable[[Any, Fields, Hits, str], State]] = {
    Pass: _watch_pass,
    Wait: _watch_wait,
    Choice: _watch_choice,
    Task: _watch_task,
    Parallel: _watch_parallel,
    Map: _watch_map,
    DistributedMap: _watch_map,
}


def _ends(
    state: Task | Parallel | Map | DistributedMap, given: Fields, hits: Hits, key: str
) -> dict[str, Any]:
    """Return the fields by which a state ends that may retry and catch, counting."""
    retriers = _numbered(f"{key}/Retry", state.handling.retriers)
    catchers = _numbered(f"{key}/Catch", state.handling.catchers)
    handling = replace(
        state.handling,
        retriers=tuple(_counted_retrier(retrier, hits, at) for at, retrier in retriers),
        catchers=tuple(_counted_catcher(catcher, hits, at) for at, catcher in catchers),
    )
    return {"conclude": _counted(state.conclude, hits, _exit_key(given, key)), "handling": handling}


def _exit_key(given: Fields, key: str) -> str:
    return f"{key}/Next" if "Next" in given else f"{key}/End"


def _counted(conclude: Conclude, hits: Hits, key: str) -> Conclude:
    """Count that a transition is taken: its state, rule or catcher could make its output."""

    def conclude_and_count(raw: JSON, result: JSON, scope: Scope) -> JSON:
        output = conclude(raw, result, scope)
        hits[key] += 1
        return output

    return conclude_and_count


def _counted_output(produce: Produce, hits: Hits, key: str) -> Produce:
    def produce_and_count(raw: JSON, scope: Scope) -> JSON:
        output = produce(raw, scope)
        hits[key] += 1
        return output

    return produce_and_count


def _counted_rule(holds: Rule, hits: Hits, key: str) -> Rule:
    outcomes = {True: key + TRUE, False: key + FALSE}

    def holds_and_count(value: JSON, scope: ExpressionScope) -> bool:
        outcome = holds(value, scope)
        hits[outcomes[outcome]] += 1
        return outcome

    return holds_and_count


def _counted_items(items: Select, hits: Hits, key: str) -> Select:
    def items_and_count(value: JSON, scope: ExpressionScope) -> JSON:
        found = items(value, scope)
        if not found:
            hits[key] += 1
        return found

    return items_and_count


def _counted_catcher(catcher: Catcher, hits: Hits, key: str) -> Catcher:
    conclude = _counted(catcher.conclude, hits, f"{key}/Next")

    def count_and_conclude(raw: JSON, error_output: JSON, scope: Scope) -> JSON:
        hits[key] += 1
        return conclude(raw, error_output, scope)

    return replace(catcher, conclude=count_and_conclude)


@dataclass(frozen=True, slots=True)
class WatchedRetrier(Retrier):
    """A retrier that counts how often it retries."""

    hits: Hits = field(default_factory=Counter)
    key: str = ""

    def delay(self, retry: int, scope: ExpressionScope) -> float:
        self.hits[self.key] += 1
        return Retrier.delay(self, retry, scope)


def _counted_retrier(retrier: Retrier, hits: Hits, key: str) -> Retrier:
    given = {each.name: getattr(retrier, each.name) for each in fields(retrier)}
    return WatchedRetrier(**given, hits=hits, key=key)


def _numbered(key: str, parts: Sequence[Part]) -> Iterator[tuple[str, Part]]:
    """Yield parts with the keys that they have in the list at `key`."""
    return ((f"{key}/{index}", part) for index, part in enumerate(parts))


def _object(value: JSON) -> Fields:
    assert isinstance(value, dict)
    return value
