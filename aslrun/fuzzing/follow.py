"""A definition followed with origins in place of values: what each state is given on each way to it, what it
reads there, and so what the input and the Tasks must give.

It takes the way of the interpreter (`states/input_output.py`, `states/jsonata.py`), and all transitions.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from aslrun.document.spans import Pointer
from aslrun.expressions import is_query
from aslrun.expressions.jsonpath.reading import parse_path
from aslrun.fuzzing.choices import NOW, follow_rule
from aslrun.fuzzing.origins import (
    ERROR_OUTPUT,
    NUMBER,
    TEXT,
    UNKNOWN,
    Kind,
    Listed,
    Made,
    Origin,
    Place,
    Row,
    either,
    fixed,
    item_of,
    places_of,
    put_in,
)
from aslrun.fuzzing.paths import follow_expression, follow_path, follow_template
from aslrun.fuzzing.queries import follow_queries
from aslrun.fuzzing.sight import Notes, Sight
from aslrun.fuzzing.tasks import answer_of, give_parameters, resource_of
from aslrun.validation.machines import (
    Definition,
    Fields,
    MachineNode,
    StateNode,
    nested,
    objects_in,
)
from aslrun.values import JSON

MOST_ARRIVALS = 12
"""Origins of a state's input that are told apart."""
ROUNDS = 3
"""Times that the whole is followed: what one state does with a place, or assigns, another builds upon."""

NUMBERS: Mapping[str, Kind] = {
    "SecondsPath": "integer",
    "TimestampPath": "timestamp",
    "TimeoutSecondsPath": "integer",
    "HeartbeatSecondsPath": "integer",
    "MaxConcurrencyPath": "integer",
    "ToleratedFailureCountPath": "integer",
    "ToleratedFailurePercentagePath": "number",
    "ErrorPath": "string",
    "CausePath": "string",
}
"""Fields that take a path → what must be there."""
QUERIES: Mapping[str, Kind] = {
    "Seconds": "integer",
    "Timestamp": "timestamp",
    "TimeoutSeconds": "integer",
    "HeartbeatSeconds": "integer",
    "MaxConcurrency": "integer",
    "ToleratedFailureCount": "integer",
    "ToleratedFailurePercentage": "number",
    "Error": "string",
    "Cause": "string",
}
"""Fields that take a JSONata expression → what it must give."""

Leaving: TypeAlias = "tuple[str | None, Origin]"
"""(name of the next state, None at the end; what it is given)."""


@dataclass(slots=True)
class Followed:
    """What is known of a machine once it has been followed.

    `calls` has, by the names of Tasks, their raw inputs with the arguments that came of them.
    """

    definition: Definition
    input: Place
    answers: dict[str, Place]
    notes: Notes
    calls: dict[str, dict[tuple[Origin, Origin], None]]


def follow(definition: Definition, input: Place) -> Followed:
    """Follow a valid definition; `input` is the place of the execution's input."""
    tasks = {state.name: state for state in definition.states if state.type == "Task"}
    answers = {name: answer_of(resource_of(state)) for name, state in tasks.items()}
    follower = _Follower(definition, input, answers)
    for _ in range(ROUNDS):
        follower.begin()
        follower.walk(definition.machines[0], input, None)
    return Followed(definition, input, answers, follower.notes, follower.calls)


@dataclass(slots=True)
class _Follower:
    definition: Definition
    input: Place
    answers: dict[str, Place]
    notes: Notes = field(default_factory=Notes)
    calls: dict[str, dict[tuple[Origin, Origin], None]] = field(default_factory=dict)
    variables: dict[str, Origin] = field(default_factory=dict)
    assigned: dict[str, list[Origin]] = field(default_factory=dict)
    walked: dict[tuple[Pointer, Origin, Origin | None], Origin | None] = field(default_factory=dict)

    def begin(self) -> None:
        """Begin another round, with the variables that the last one assigned."""
        self.variables = {name: either(origins) for name, origins in self.assigned.items()}
        self.notes, self.calls, self.walked, self.assigned = Notes(), {}, {}, {}

    def walk(self, machine: MachineNode, given: Origin, item: Origin | None) -> Origin | None:
        """Follow a machine from its start; return what it gives, None if it never comes to an end."""
        key = (machine.at, given, item)
        if key in self.walked:
            return self.walked[key]
        ends: list[Origin] = []
        start = str(machine.fields.get("StartAt"))
        seen: dict[str, set[Origin]] = {}
        waiting = deque([(start, given)])
        while waiting:
            name, raw = waiting.popleft()
            known = seen.setdefault(name, set())
            if raw in known or name not in machine.states:
                continue
            if len(known) >= MOST_ARRIVALS:
                self.notes.untraced.add(machine.states[name].at)
                continue
            known.add(raw)
            for target, after in self.leave(machine.states[name], raw, item):
                if target is None:
                    ends.append(after)
                else:
                    waiting.append((target, after))
        self.walked[key] = either(ends) if ends else None
        return self.walked[key]

    # ------------------------------------------------------------ one state

    def leave(self, state: StateNode, raw: Origin, item: Origin | None) -> Iterator[Leaving]:
        """Yield the transitions of a state, each with what is given on by it."""
        sight = Sight(state.at, raw, self.context(item), self.variables, self.notes, is_raw=True)
        if state.language == "JSONata":
            yield from self.leave_jsonata(state, raw, sight, item)
        else:
            yield from self.leave_jsonpath(state, raw, sight, item)

    def leave_jsonpath(
        self, state: StateNode, raw: Origin, sight: Sight, item: Origin | None
    ) -> Iterator[Leaving]:
        fields = state.fields
        selected = at_path(fields.get("InputPath", "$"), sight)
        if selected is None:
            return
        if fields.get("InputPath", "$") != "$":
            sight = replace(sight, here=selected, is_raw=False)
        for name, kind in NUMBERS.items():
            text = fields.get(name)
            if isinstance(text, str):
                bounded(follow_expression(text, sight, kind), name)
        if state.type == "Choice":
            yield from self.choose(state, selected, sight)
            return
        if "Credentials" in fields:
            follow_template(fields["Credentials"], sight)
        result = self.result(state, raw, sight, item)
        if result is not None:
            yield from self.conclude(state, raw, result, sight)
        for _, catcher in objects_in(state, "Catch"):
            self.assign(catcher, replace(sight, here=ERROR_OUTPUT, is_raw=False))
            yield str(catcher.get("Next")), put_at(catcher.get("ResultPath", "$"), raw, ERROR_OUTPUT)

    def choose(self, state: StateNode, selected: Origin, sight: Sight) -> Iterator[Leaving]:
        for number, (_, rule) in enumerate(objects_in(state, "Choices")):
            # Whether a later rule, or the second test of one, is looked at depends on the data.
            follow_rule(rule, replace(sight, is_sure=number == 0 and "Variable" in rule))
        for edge in state.edges:
            self.assign(edge.fields, sight)
            output = at_path(state.fields.get("OutputPath", "$"), replace(sight, here=selected))
            if output is not None:
                yield edge.target, output

    def result(self, state: StateNode, raw: Origin, sight: Sight, item: Origin | None) -> Origin | None:
        """What a state of JSONPath does; None if it never ends well."""
        fields = state.fields
        if state.type == "Map":
            return self.iterate(state, sight, item)
        if state.type == "Fail":
            return None
        effective: Origin | None = sight.here
        if "Parameters" in fields:
            effective = follow_template(fields["Parameters"], sight)
        if effective is None:
            return None
        if state.type == "Pass" and "Result" in fields:
            return fixed(fields["Result"])
        if state.type == "Task":
            return self.call(state, raw, effective, sight)
        return self.branches(state, effective, item) if state.type == "Parallel" else effective

    def call(self, state: StateNode, raw: Origin, arguments: Origin, sight: Sight) -> Origin:
        self.calls.setdefault(state.name, {})[raw, arguments] = None
        give_parameters(resource_of(state), arguments, sight)
        return self.answers[state.name]

    def branches(self, state: StateNode, given: Origin, item: Origin | None) -> Origin | None:
        outputs = [self.walk(machine, given, item) for machine in self.machines_in(state)]
        return Row(tuple(part for part in outputs if part is not None)) if all(outputs) else None

    def machines_in(self, state: StateNode) -> list[MachineNode]:
        pointers = [at for at, _ in nested(state)]
        return [machine for machine in self.definition.machines if machine.at in pointers]

    def iterate(self, state: StateNode, sight: Sight, item: Origin | None) -> Origin | None:
        """Follow what a Map does for each item."""
        fields = state.fields
        items = at_path(fields.get("ItemsPath", "$"), sight, "array")
        each = None if items is None else item_of(items)
        if each is None:
            return None if items is None else Listed(UNKNOWN)
        selector = fields.get("ItemSelector", fields.get("Parameters"))
        given: Origin | None = each
        if selector is not None:
            given = follow_template(selector, replace(sight, context=self.context(each)))
        return self.iterations(state, given, each)

    def iterations(self, state: StateNode, given: Origin | None, each: Origin) -> Origin | None:
        if given is None:
            return None
        (machine,) = self.machines_in(state)[:1]
        output = self.walk(machine, given, each)
        return None if output is None else Listed(output)

    def conclude(self, state: StateNode, raw: Origin, result: Origin, sight: Sight) -> Iterator[Leaving]:
        """Yield what a state of JSONPath gives on: ResultSelector, ResultPath, OutputPath, Assign."""
        fields = state.fields
        seen = replace(sight, here=result, is_raw=False)
        self.assign(fields, seen)
        selected: Origin | None = result
        if "ResultSelector" in fields:
            selected = follow_template(fields["ResultSelector"], seen)
        if selected is None:
            return
        if state.type in ("Task", "Pass", "Map", "Parallel"):
            selected = put_at(fields.get("ResultPath", "$"), raw, selected)
        output = at_path(fields.get("OutputPath", "$"), replace(seen, here=selected))
        if output is not None:
            yield next_of(state), output

    # ------------------------------------------------------------ JSONata

    def leave_jsonata(
        self, state: StateNode, raw: Origin, sight: Sight, item: Origin | None
    ) -> Iterator[Leaving]:
        fields = state.fields
        sight = replace(sight, states=self.shown(raw, item), here=UNKNOWN)
        for name, kind in QUERIES.items():
            if is_query(fields.get(name)):
                bounded(follow_queries(fields[name], sight, kind), name)
        if "Credentials" in fields:
            follow_queries(fields["Credentials"], sight)
        if state.type == "Choice":
            maybe = replace(sight, is_sure=False)
            for _, rule in objects_in(state, "Choices"):
                follow_queries(rule.get("Condition"), sight, "boolean")
                yield from self.end_jsonata(rule, str(rule.get("Next")), raw, maybe)
            if "Default" in fields:
                yield from self.end_jsonata(fields, str(fields["Default"]), raw, maybe)
            return
        result = self.result_jsonata(state, raw, sight, item)
        if result is not None:
            seen = replace(sight, states=self.shown(raw, item, result=result))
            yield from self.end_jsonata(fields, next_of(state), result, seen)
        for _, catcher in objects_in(state, "Catch"):
            seen = replace(sight, states=self.shown(raw, item, errorOutput=ERROR_OUTPUT), is_sure=False)
            yield from self.end_jsonata(catcher, str(catcher.get("Next")), ERROR_OUTPUT, seen)

    def result_jsonata(
        self, state: StateNode, raw: Origin, sight: Sight, item: Origin | None
    ) -> Origin | None:
        fields = state.fields
        if state.type == "Fail":
            return None
        if state.type == "Map":
            items = follow_queries(fields.get("Items", "{% $states.input %}"), sight, "array")
            each = None if items is None else item_of(items)
            if each is None:
                return None if items is None else Listed(UNKNOWN)
            inner = replace(sight, states=self.shown(sight_input(sight), each))
            given = follow_queries(fields["ItemSelector"], inner) if "ItemSelector" in fields else each
            return self.iterations(state, given, each)
        effective = follow_queries(fields["Arguments"], sight) if "Arguments" in fields else raw
        if effective is None:
            return None
        if state.type == "Task":
            return self.call(state, raw, effective, sight)
        return self.branches(state, effective, item) if state.type == "Parallel" else raw

    def end_jsonata(
        self, fields: Fields, target: str | None, result: Origin, sight: Sight
    ) -> Iterator[Leaving]:
        """Yield what Output gives on, and note what Assign assigns."""
        self.assign(fields, sight, in_jsonata=True)
        output = follow_queries(fields["Output"], sight) if "Output" in fields else result
        if output is not None:
            yield target, output

    def shown(self, raw: Origin, item: Origin | None, **more: Origin) -> Made:
        """What `$states` shows."""
        return Made((("input", raw), ("context", self.context(item)), *more.items()))

    # ------------------------------------------------------------ all states

    def assign(self, fields: Fields, sight: Sight, in_jsonata: bool = False) -> None:
        template = fields.get("Assign")
        if template is None:
            return
        values = follow_queries(template, sight) if in_jsonata else follow_template(template, sight)
        for name, origin in values.fields if isinstance(values, Made) else ():
            self.assigned.setdefault(name, []).append(origin)
            if name not in self.variables:
                self.variables = {**self.variables, name: origin}

    def context(self, item: Origin | None) -> Origin:
        """The context object."""
        times = fixed(NOW)
        execution = Made((("Id", TEXT), ("Input", self.input), ("Name", TEXT), ("RoleArn", TEXT),
                          ("StartTime", times), ("RedriveCount", NUMBER)))  # fmt: skip
        parts: dict[str, Origin] = {
            "Execution": execution,
            "State": Made((("Name", TEXT), ("EnteredTime", times), ("RetryCount", NUMBER))),
            "StateMachine": Made((("Id", TEXT), ("Name", TEXT))),
            "Task": Made((("Token", TEXT),)),
        }
        if item is not None:
            parts["Map"] = Made((("Item", Made((("Index", NUMBER), ("Value", item)))),))
        return Made(tuple(parts.items()))


def bounded(origin: Origin | None, field: str) -> None:
    """Note the values that a field takes, where it does not take all numbers."""
    for place in places_of(origin):
        if field.startswith("ToleratedFailurePercentage"):
            place.compare(0, 50, 100)


def sight_input(sight: Sight) -> Origin:
    """The state's raw input, as `$states.input` shows it."""
    assert isinstance(sight.states, Made)
    return dict(sight.states.fields)["input"]


def at_path(text: JSON, sight: Sight, kind: Kind | None = None) -> Origin | None:
    """What InputPath, OutputPath or ItemsPath selects."""
    if text is None:
        return Made(())
    return follow_path(parse_path(text), sight, kind) if isinstance(text, str) else UNKNOWN


def put_at(path: JSON, raw: Origin, part: Origin) -> Origin:
    """What ResultPath makes of the raw input and what is put into it."""
    if path is None:
        return raw
    steps = parse_path(path).steps if isinstance(path, str) else None
    return UNKNOWN if steps is None else put_in(raw, steps, part)


def next_of(state: StateNode) -> str | None:
    """The name of the next state, None at the end."""
    target = state.fields.get("Next")
    return target if isinstance(target, str) else None
