"""Data flow: paths that lead nowhere on some way through the machine, because of what came before.

What each state gives on is followed as a shape, through InputPath, Parameters, ResultSelector, ResultPath,
OutputPath and along Catch. Only what is certain is told: the result of a Task may be anything. Behind a
Choice all ways to it count as one, since the data decides which of them goes on where.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from aslrun.document.spans import Pointer
from aslrun.expressions import ExpressionError
from aslrun.expressions.jsonpath.path import path_text
from aslrun.expressions.template import paths_in
from aslrun.validation.findings import Finding
from aslrun.validation.machines import NESTING, Definition, Edge, Expression, MachineNode, StateNode, nested
from aslrun.validation.passing import Read, View, given_inside, given_on, reads
from aslrun.validation.shapes import ANY, ERROR_OUTPUT, Shape, Steps, find, forget, join, join_all

MOST_SHAPES = 6
"""Shapes that are told apart at one state; further ones are not looked at."""
MOST_ROUNDS = 20
"""Times that a state is looked at, on average, before nothing more is said of its machine."""


@dataclass(slots=True)
class Way:
    """A way through the machine, from its end: a state, how it was come to, and the way before."""

    state: str
    kind: str
    before: Way | None

    def words(self) -> str:
        """Return the way as `A → B → (Catch) C`, its middle left out where it is long."""
        names = [f"(Catch) {way.state}" if way.kind == "Catch" else way.state for way in self.back()]
        names.reverse()
        return " → ".join(names if len(names) <= 7 else [*names[:2], "…", *names[-4:]])

    def back(self) -> Iterator[Way]:
        """The way's states, the last one first."""
        way: Way | None = self
        while way is not None:
            yield way
            way = way.before


Given: TypeAlias = Mapping[Shape, Way | None]
"""The shapes that a machine may be given, each with the way to it; None for the execution's input."""


Leave: TypeAlias = Callable[[str, Shape], Sequence[tuple[Edge, Shape]]]
"""(name of a state, the shape it is given) → its transitions, each with the shape that is given on."""


@dataclass(slots=True)
class Arrivals:
    """What a state may be given: some shapes, each with a way, and what is certain whatever the way."""

    shapes: Mapping[Shape, Way]
    certain: Shape

    @property
    def as_one(self) -> Mapping[Shape, Way]:
        """All ways taken as one."""
        return {self.certain: next(iter(self.shapes.values()))}


def check_data(definition: Definition) -> Iterator[Finding]:
    """Yield the paths that certainly find nothing on some way to their state."""
    reading: dict[Pointer, list[tuple[Expression, View, Sequence[Read]]]] = {}
    for expression in definition.expressions:
        view, paths = reads(expression)
        if paths:
            reading.setdefault(expression.state.at, []).append((expression, view, paths))
    if not reading:
        return
    given: dict[Pointer, Given] = {(): {ANY: None}}
    for machine in definition.machines:
        if machine.at not in given:
            continue  # inside a state that nothing leads to
        for state, arrivals in follow(machine, given[machine.at]):
            read = reading.get(state.at, ())
            asked = presence_asked(state) if read and state.type == "Choice" else frozenset()
            for expression, view, paths in read:
                for path in paths:
                    if found := nothing_at(path, view, expression, arrivals, asked):
                        yield found
            if state.type in NESTING:
                inside = {given_inside(state, shape): way for shape, way in arrivals.shapes.items()}
                given |= {at: inside for at, _ in nested(state)}


def follow(machine: MachineNode, given: Given) -> Iterator[tuple[StateNode, Arrivals]]:
    """Yield what each state of a machine is given."""
    start = machine.fields.get("StartAt")
    if not isinstance(start, str) or start not in machine.states:
        return
    leave = leaving_from(machine)
    # What is certain whatever the way is only asked for of Choice states.
    is_asked = any(state.type == "Choice" for state in machine.states.values())
    certain = settle(machine, start, join_all(given), leave) if is_asked else {}
    shapes: dict[str, dict[Shape, Way]] = {name: {} for name in (certain if is_asked else machine.states)}
    waiting: deque[tuple[str, Shape, Way]] = deque()

    def arrive(name: str, shape: Shape, kind: str, before: Way | None) -> None:
        known = shapes.get(name)
        if known is not None and shape not in known and len(known) < MOST_SHAPES:
            way = known[shape] = Way(name, kind, before)
            waiting.append((name, shape, way))

    for shape, before in given.items():
        arrive(start, shape, "", before)
    while waiting:
        name, shape, way = waiting.popleft()
        if machine.states[name].type == "Choice":
            if shape != next(iter(shapes[name])):
                continue
            shape = certain[name]
        for edge, after in leave(name, shape):
            arrive(edge.target, after, edge.kind, way)
    for name, found in shapes.items():
        if found:
            yield machine.states[name], Arrivals(found, certain.get(name, ANY))


def settle(machine: MachineNode, start: str, given: Shape, leave: Leave) -> dict[str, Shape]:
    """Return what is certain of each state's input whatever the way; nothing where that takes too long."""
    certain = {start: given}
    waiting, is_waiting = deque([start]), {start}
    for _ in range(MOST_ROUNDS * len(machine.states)):
        if not waiting:
            return certain
        name = waiting.popleft()
        is_waiting.remove(name)
        for edge, after in leave(name, certain[name]):
            target, known = edge.target, certain.get(edge.target)
            joined = after if known is None else join(known, after)
            if joined is not known and joined != known and target in machine.states:
                certain[target] = joined
                if target not in is_waiting:
                    waiting.append(target)
                    is_waiting.add(target)
    return {}


def leaving_from(machine: MachineNode) -> Leave:
    """Return a function of a state's name and the shape it is given that tells what leaves it, each worked
    out once."""
    known: dict[str, dict[Shape, list[tuple[Edge, Shape]]]] = {name: {} for name in machine.states}

    def leave(name: str, shape: Shape) -> list[tuple[Edge, Shape]]:
        left = known[name].get(shape)
        if left is None:
            left = known[name][shape] = leaving(machine.states[name], shape)
        return left

    return leave


def leaving(state: StateNode, raw: Shape) -> list[tuple[Edge, Shape]]:
    """The transitions of a state, each with the shape that is given on by it."""
    return given_on(state, untested(state, raw) if state.type == "Choice" else raw)


def untested(state: StateNode, raw: Shape) -> Shape:
    """Return what stays certain behind a Choice: nothing that its rules ask about."""
    if state.language == "JSONata" or "InputPath" in state.fields:
        return ANY
    if raw is not ANY:
        for _, rule in state.rules:
            for field, text in rule.items():
                if field == "Variable" or field.endswith("Path"):
                    raw = forget(raw, place_of(text))
    return raw


def place_of(text: object) -> Steps:
    """Return the steps of a path into the input; those to the whole of it for any other."""
    try:
        ((path, _),) = paths_in(text) if isinstance(text, str) and text.startswith("$") else ((None, 0),)
    except ExpressionError:
        return ()
    return path.steps or () if path is not None and path.root == "$" else ()


def nothing_at(
    path: Read, view: View, expression: Expression, arrivals: Arrivals, asked: Collection[Steps]
) -> Finding | None:
    """Return that a path in an expression finds nothing on some way, None if it may find something on each.

    Nothing is said of places that are `asked` for: the rules that the expression is in look whether they are
    there.
    """
    state, steps, shapes = expression.state, path.steps, arrivals.shapes
    if expression.field == "Choices":
        if asked and any(tuple(steps[:length]) in asked for length in range(len(steps) + 1)):
            return None
        # Whether a later test of a Choice is made depends on the data; the first is always made.
        if expression.at != (*state.at, "Choices", 0, "Variable"):
            shapes = arrivals.as_one
    for raw, way in shapes.items():
        seen = view(state, raw)
        if seen is not ANY and find(seen, steps) is None:
            return nothing_found(expression, path, seen, way)
    return None


def presence_asked(state: StateNode) -> Collection[Steps]:
    """The places that a Choice asks the presence of."""
    asked = [rule.get("Variable") for _, rule in state.rules if "IsPresent" in rule]
    return frozenset([tuple(place_of(text)) for text in asked])


def stop(seen: Shape, steps: Steps) -> tuple[Steps, Shape]:
    """Return how far a path that finds nothing comes, and what is there."""
    here = seen
    for at in range(len(steps)):
        beyond = find(here, steps[at : at + 1])
        if beyond is None:
            return steps[:at], here
        here = beyond
    return steps, here


def nothing_found(expression: Expression, path: Read, seen: Shape, way: Way) -> Finding:
    """Return the finding that a path finds nothing on a way."""
    text, steps, start = path
    reached, here = stop(seen, steps)
    message = f"'{text}' finds nothing on the way {way.words()}: there {plain(reached)} is {here.words()}"
    hint = None
    if here == ERROR_OUTPUT and not reached:
        keep = "Output" if expression.state.language == "JSONata" else 'ResultPath, such as "$.error"'
        hint = f"a catcher gives on the error alone; to keep the input, give it a {keep}"
    elif reached[-1:] in (("Cause",), ["Cause"]):
        hint = "a Cause is a text; States.StringToJson reads one that is JSON"
    stretch = (start, start + len(text))
    return Finding("MISSING_DATA", message, expression.at, hint, "warning", stretch=stretch)


def plain(steps: Steps) -> str:
    """Return steps as people write them: `$.a.b`."""
    is_plain = all(isinstance(step, str) and step.isidentifier() for step in steps)
    return ".".join(["$", *map(str, steps)]) if is_plain else path_text(tuple(steps))
