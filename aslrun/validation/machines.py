"""The machines and states of a definition as nodes, found without trusting that it is valid.

A state's language is its own QueryLanguage or that of the whole machine: a Map or Parallel state does not
hand its own down (as measured on the service).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, TypeAlias

from aslrun.document.spans import Pointer
from aslrun.values import JSON

Language: TypeAlias = Literal["JSONPath", "JSONata"]
MachineType: TypeAlias = Literal["STANDARD", "EXPRESS"]
Fields: TypeAlias = Mapping[str, JSON]

NESTING = ("Parallel", "Map")
"""Types of states that have machines inside."""
PROCESSORS = ("ItemProcessor", "Iterator")


@dataclass(slots=True)
class Edge:
    """A transition that a state names. `at` is the pointer of the name; `fields` the object whose Assign and
    Output apply on this way: the state (`Next`, `Default`), a rule (`Choices`) or a catcher (`Catch`)."""

    kind: Literal["Next", "Default", "Choices", "Catch"]
    at: Pointer
    target: str
    fields: Fields


@dataclass
class StateNode:
    """A state: `at` is its pointer, `type` its Type where that is a string, `edges` the transitions that it
    names."""

    name: str
    fields: Fields
    at: Pointer
    type: str | None
    language: Language
    edges: tuple[Edge, ...] = ()

    @cached_property
    def rules(self) -> Sequence[tuple[Pointer, Fields]]:
        """All rules of a Choice state, those inside And, Or and Not too, with their pointers."""
        rules = []
        waiting = list(objects_in(self, "Choices"))
        while waiting:
            at, rule = waiting.pop()
            rules.append((at, rule))
            waiting.extend(inner_rules(at, rule))
        return rules


@dataclass(slots=True)
class MachineNode:
    """A machine: the definition itself, a branch of a Parallel state, or what a Map runs for each item."""

    fields: Fields
    at: Pointer
    states: Mapping[str, StateNode]


@dataclass(slots=True)
class Expression:
    """A text that is evaluated: a path, an intrinsic call, or JSONata within `{%` and `%}`.

    `at` is its pointer, `state` the state it belongs to, `field` the one of the state's fields it is in.
    """

    state: StateNode
    at: Pointer
    field: str
    text: str


@dataclass(slots=True)
class Definition:
    """A definition as the rules see it; the first machine is the whole."""

    fields: Fields
    machines: tuple[MachineNode, ...]
    machine_type: MachineType
    states: tuple[StateNode, ...]
    """All states, those of nested machines too."""
    expressions: tuple[Expression, ...] = ()


def read_definition(fields: Fields, machine_type: MachineType = "STANDARD") -> Definition:
    """Return the nodes of a definition; what is no object is left out, the schema tells of it."""
    language = language_of(fields)
    machines: list[MachineNode] = []
    waiting: list[tuple[Pointer, Fields]] = [((), fields)]
    while waiting:
        at, machine_fields = waiting.pop()
        machine = MachineNode(machine_fields, at, dict(_states(machine_fields, at, language)))
        machines.append(machine)
        nesting = [state for state in machine.states.values() if state.type in NESTING]
        waiting.extend(reversed([inner for state in nesting for inner in nested(state)]))
    states = tuple(state for machine in machines for state in machine.states.values())
    return Definition(fields, tuple(machines), machine_type, states)


def language_of(fields: Fields, default: Language = "JSONPath") -> Language:
    """Return the query language that an object asks for; all but `JSONPath` is JSONata to the service."""
    if "QueryLanguage" not in fields:
        return default
    return "JSONPath" if fields["QueryLanguage"] == "JSONPath" else "JSONata"


def nested(state: StateNode) -> Iterator[tuple[Pointer, Fields]]:
    """The machines inside a state, as pointers and fields."""
    if state.type == "Parallel":
        yield from objects_in(state, "Branches")
    elif state.type == "Map":
        for field in PROCESSORS:
            processor = state.fields.get(field)
            if isinstance(processor, dict):
                yield (*state.at, field), processor


def is_distributed(state: StateNode) -> bool:
    """Tell whether a state is a distributed Map, whose iterations are executions of their own."""
    for field in PROCESSORS if state.type == "Map" else ():
        processor = state.fields.get(field)
        config = processor.get("ProcessorConfig") if isinstance(processor, dict) else None
        if isinstance(config, dict) and config.get("Mode") == "DISTRIBUTED":
            return True
    return False


def objects_in(state: StateNode, field: str) -> Sequence[tuple[Pointer, Fields]]:
    """The objects in a state's list `field` (Branches, Choices, Retry, Catch), with their pointers."""
    return _objects(state.fields, state.at, field)


def _objects(fields: Fields, at: Pointer, field: str) -> Sequence[tuple[Pointer, Fields]]:
    entries = fields.get(field)
    if not isinstance(entries, list):
        return ()
    return [((*at, field, index), entry) for index, entry in enumerate(entries) if isinstance(entry, dict)]


def _states(machine: Fields, at: Pointer, language: Language) -> Iterator[tuple[str, StateNode]]:
    states = machine.get("States")
    if not isinstance(states, dict):
        return
    for name, fields in states.items():
        if isinstance(fields, dict):
            named = fields.get("Type")
            kind = named if isinstance(named, str) else None
            at_state = (*at, "States", name)
            own = language_of(fields, language)
            yield name, StateNode(name, fields, at_state, kind, own, tuple(_edges(fields, at_state)))


def inner_rules(at: Pointer, rule: Fields) -> Iterator[tuple[Pointer, Fields]]:
    """The rules directly inside a rule."""
    for field in ("And", "Or"):
        if field in rule:
            yield from _objects(rule, at, field)
    negated = rule.get("Not")
    if isinstance(negated, dict):
        yield (*at, "Not"), negated


_ONE: tuple[Literal["Next", "Default"], ...] = ("Next", "Default")
_SEVERAL: tuple[Literal["Choices", "Catch"], ...] = ("Choices", "Catch")


def _edges(fields: Fields, at: Pointer) -> Iterator[Edge]:
    for kind in _ONE:
        target = fields.get(kind)
        if isinstance(target, str):
            yield Edge(kind, (*at, kind), target, fields)
    for field in _SEVERAL:
        if field not in fields:
            continue
        for place, entry in _objects(fields, at, field):
            target = entry.get("Next")
            if isinstance(target, str):
                yield Edge(field, (*place, "Next"), target, entry)
