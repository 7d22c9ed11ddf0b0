"""Variables: their names, who may assign them, and whether one that is read was ever assigned.

Documentation: "Passing data between states with variables". A scope is a machine: branches and inline Maps
read the variables around them, the child executions of a distributed Map do not.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TypeAlias

from aslrun.document.spans import Pointer
from aslrun.expressions import ExpressionError
from aslrun.expressions.template import paths_in
from aslrun.validation.findings import Finding, schema_error
from aslrun.validation.jsonata import is_function, query_of
from aslrun.validation.machines import (
    Definition,
    Expression,
    Fields,
    MachineNode,
    StateNode,
    is_distributed,
    objects_in,
)
from aslrun.validation.placeholders import has_placeholder

LONGEST_NAME = 80

Names: TypeAlias = "frozenset[str] | NameSet"

_NONE: frozenset[str] = frozenset()
_ANY = "${}"
"""Stands for the variables whose names are filled in later."""


@dataclass(frozen=True, slots=True)
class NameSet:
    """A set of names as bits, so that those of thousands of states take little memory."""

    bits: int
    places: Mapping[str, int]

    def __contains__(self, name: str) -> bool:
        place = self.places.get(name)
        return place is not None and bool(self.bits >> place & 1)


@dataclass(frozen=True, slots=True)
class Scope:
    """What a machine begins with: variables it sees, may not assign, and those around it that it misses."""

    seen: Names = _NONE
    missed: Names = _NONE


@dataclass(frozen=True, slots=True)
class Read:
    """A variable that an expression reads, and where in its text the `$` stands."""

    expression: Expression
    name: str
    start: int


def check_variables(definition: Definition) -> Iterator[Finding]:
    """Yield what is wrong with the names, the scopes and the readers of variables."""
    assigning = [(state, at, name) for state in definition.states for at, name in assignments(state)]
    for _, at, name in assigning:
        yield from check_name(name, at)
    reads: dict[Pointer, list[Read]] = {}
    for expression in definition.expressions:
        if found := list(variables_in(expression)):
            reads.setdefault(expression.state.at, []).extend(found)
    assigned = {(state.at, name) for state, _, name in assigning}
    if not assigned and not reads:
        return
    # Only these can be told of: those of inner machines, which may be around them too, and what is read.
    followed = {name for at, name in assigned if at[:-1] != ("States",)} | {_ANY}
    followed |= {read.name for of_state in reads.values() for read in of_state}
    places = {name: place for place, name in enumerate(sorted(followed))}
    known = sorted({name for _, name in assigned})
    scopes: dict[Pointer, Scope] = {(): Scope()}
    for machine in definition.machines:
        scope = scopes.get(machine.at)
        if scope is None:
            continue  # inside a state that nothing leads to
        before = assigned_before(machine, scope.seen, places)
        for name, names in before.items():
            yield from check_assigned(machine.states[name], scope)
            for read in reads.get(machine.states[name].at, ()):
                yield from check_read(read, names, scope.missed, known)
        scopes |= inner_scopes(machine, before, scope.missed)


def assignments(state: StateNode) -> Iterator[tuple[Pointer, str]]:
    """The variables that a state, its rules and its catchers assign, each with the pointer of its key."""
    places = [(state.at, state.fields)]
    for field in ("Choices", "Catch"):
        if field in state.fields:
            places += objects_in(state, field)
    for at, fields in places:
        if "Assign" not in fields:
            continue
        assign = fields["Assign"]
        for key in assign if isinstance(assign, dict) else ():
            name = key.removesuffix(".$") if state.language == "JSONPath" else key
            yield (*at, "Assign", key), name


def check_name(name: str, at: Pointer) -> Iterator[Finding]:
    """Yield what is wrong with a variable's name."""
    if has_placeholder(name):
        return
    if name == "states":
        yield schema_error("The variable name 'states' is reserved", at, key=True)
    elif not name.isidentifier():
        plain = name.removeprefix("$").replace(".", "_").replace("-", "_")
        hint = f"write '{plain}'" if plain.isidentifier() else "a name has letters, digits and '_' only"
        message = f"'{name}' is no name of a variable"
        if "." in name or "[" in name:
            message += ": a variable is assigned as a whole, not a part of it"
        yield schema_error(message, at, hint, key=True)
    elif len(name) > LONGEST_NAME:
        message = f"A variable's name has at most {LONGEST_NAME} characters, not {len(name)}"
        yield schema_error(message, at, key=True)


def assigned_before(machine: MachineNode, seen: Names, places: Mapping[str, int]) -> Mapping[str, NameSet]:
    """Return, for each state that is reached, those of the variables in `places` that some way assigns."""
    start = machine.fields.get("StartAt")
    if not isinstance(start, str) or start not in machine.states:
        return {}
    before = {start: sum(1 << place for name, place in places.items() if name in seen)}
    waiting = deque([start])
    while waiting:
        state = machine.states[waiting.popleft()]
        for edge in state.edges:
            after = before[state.name]
            for name in assigned_by(edge.fields, state):
                after |= 1 << places[name] if name in places else 0
            known = before.get(edge.target)
            if edge.target in machine.states and (known is None or after & ~known):
                before[edge.target] = after | (known or 0)
                waiting.append(edge.target)
    return {name: NameSet(bits, places) for name, bits in before.items()}


def assigned_by(fields: Fields, state: StateNode) -> frozenset[str]:
    """Return the variables that an object's Assign assigns."""
    assign = fields.get("Assign")
    if not isinstance(assign, dict):
        return _NONE
    suffix = ".$" if state.language == "JSONPath" else ""
    return frozenset(_ANY if has_placeholder(key) else key.removesuffix(suffix) for key in assign)


def inner_scopes(machine: MachineNode, before: Mapping[str, NameSet], missed: Names) -> dict[Pointer, Scope]:
    """Return the scopes of the machines inside a machine's states."""
    scopes = {}
    for name, names in before.items():
        state = machine.states[name]
        scope = Scope(missed=names) if is_distributed(state) else Scope(names, missed)
        for field in ("ItemProcessor", "Iterator"):
            scopes[*state.at, field] = scope
        for at, _ in objects_in(state, "Branches"):
            scopes[at] = scope
    return scopes


def check_assigned(state: StateNode, scope: Scope) -> Iterator[Finding]:
    """Yield assignments to variables of the machines around."""
    for at, name in assignments(state):
        if name in scope.seen:
            message = f"The variable ${name} belongs to the machine outside, which alone may assign it"
            hint = "take another name, or give the value out and assign it in the state around"
            yield schema_error(message, at, hint, key=True)


def check_read(read: Read, assigned: Names, missed: Names, known: list[str]) -> Iterator[Finding]:
    """Yield that a variable is read although no way to its state assigns it."""
    if read.name in assigned or _ANY in assigned:
        return
    at, stretch = read.expression.at, (read.start, read.start + len(read.name) + 1)
    if read.name in missed:
        message = f"The executions of a distributed Map do not see the variable ${read.name} around it"
        hint = "hand it on in ItemSelector"
        yield Finding("SCHEMA_VALIDATION_FAILED", message, at, hint, stretch=stretch)
    else:
        message = f"No state on a way to this one assigns the variable ${read.name}"
        unassigned = Finding("UNASSIGNED_VARIABLE", message, at, _late(read), "warning", stretch=stretch)
        yield replace(unassigned, written=read.name, known=known)


def _late(read: Read) -> str | None:
    if any(assigned == read.name for _, assigned in assignments(read.expression.state)):
        return "the state's own Assign takes effect after its other fields"
    return None


_NO_VARIABLE = ("$.", "$[", "$$")


def variables_in(expression: Expression) -> Iterator[Read]:
    """The variables that an expression reads."""
    try:
        if expression.state.language == "JSONata":
            from aslrun.expressions.jsonata.expression import references

            query, begin = query_of(expression.text)
            for name, offset in references(query).variables:
                if name != "states" and not is_function(name):
                    yield Read(expression, name, begin + offset)
        elif not expression.text.startswith(_NO_VARIABLE):
            for path, offset in paths_in(expression.text):
                if path.root[1:].isidentifier():
                    yield Read(expression, path.root[1:], offset)
    except ExpressionError:
        return  # told where it is looked at as an expression
