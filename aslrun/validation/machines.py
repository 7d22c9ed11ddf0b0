"""The machines and states of a definition as nodes, found without trusting that it is valid.

A state's language is its own QueryLanguage or that of the whole machine: a Map or Parallel state does not
hand its own down (as measured on the service).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

from aslrun.document.spans import Pointer
from aslrun.values import JSON

Language: TypeAlias = Literal["JSONPath", "JSONata"]
MachineType: TypeAlias = Literal["STANDARD", "EXPRESS"]
Fields: TypeAlias = Mapping[str, JSON]

PROCESSORS = ("ItemProcessor", "Iterator")


@dataclass(frozen=True, slots=True)
class StateNode:
    """A state: `at` is its pointer, `type` its Type where that is a string."""

    name: str
    fields: Fields
    at: Pointer
    type: str | None
    language: Language


@dataclass(frozen=True, slots=True)
class MachineNode:
    """A machine: the definition itself, a branch of a Parallel state, or what a Map runs for each item."""

    fields: Fields
    at: Pointer
    states: Mapping[str, StateNode]


@dataclass(frozen=True, slots=True)
class Expression:
    """A text that is evaluated: a path, an intrinsic call, or JSONata within `{%` and `%}`.

    `at` is its pointer, `state` the state it belongs to, `field` the one of the state's fields it is in.
    """

    state: StateNode
    at: Pointer
    field: str
    text: str


@dataclass(frozen=True, slots=True)
class Definition:
    """A definition as the rules see it; the first machine is the whole."""

    fields: Fields
    machines: tuple[MachineNode, ...]
    machine_type: MachineType
    expressions: tuple[Expression, ...] = ()

    @property
    def states(self) -> Iterator[StateNode]:
        """All states, those of nested machines too."""
        for machine in self.machines:
            yield from machine.states.values()


def read_definition(fields: Fields, machine_type: MachineType = "STANDARD") -> Definition:
    """Return the nodes of a definition; what is no object is left out, the schema tells of it."""
    language = language_of(fields)
    machines: list[MachineNode] = []
    waiting: list[tuple[Pointer, Fields]] = [((), fields)]
    while waiting:
        at, machine_fields = waiting.pop()
        machine = MachineNode(machine_fields, at, dict(_states(machine_fields, at, language)))
        machines.append(machine)
        waiting.extend(reversed([inner for state in machine.states.values() for inner in nested(state)]))
    return Definition(fields, tuple(machines), machine_type)


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


def objects_in(state: StateNode, field: str) -> Iterator[tuple[Pointer, Fields]]:
    """The objects in a state's list `field` (Branches, Choices, Retry, Catch), with their pointers."""
    entries = state.fields.get(field)
    if isinstance(entries, list):
        for index, entry in enumerate(entries):
            if isinstance(entry, dict):
                yield (*state.at, field, index), entry


def _states(machine: Fields, at: Pointer, language: Language) -> Iterator[tuple[str, StateNode]]:
    states = machine.get("States")
    if not isinstance(states, dict):
        return
    for name, fields in states.items():
        if isinstance(fields, dict):
            named = fields.get("Type")
            kind = named if isinstance(named, str) else None
            at_state = (*at, "States", name)
            yield name, StateNode(name, fields, at_state, kind, language_of(fields, language))
