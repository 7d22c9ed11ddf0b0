"""A plausible answer to each Task: what the machine reads of it, and what else botocore's shape of it has.

Where a value decides how a machine goes on, the one is chosen that sounds like success, so that a loop which
waits for a job comes to its end.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from typing import Any

from aslrun.fuzzing.follow import follow
from aslrun.fuzzing.origins import Place
from aslrun.fuzzing.services import ALWAYS
from aslrun.fuzzing.tasks import resource_of
from aslrun.machine import StateMachine
from aslrun.states.resource import DEFAULT_ACCOUNT, DEFAULT_REGION, Resource
from aslrun.validation.flow import reach
from aslrun.validation.machines import Definition, read_definition
from aslrun.values import JSON, to_json_text

CALLS, SOME_CALLS, LATER_CALLS = "0-999", "0-9", "10-999"
"""The calls that an answer is for: a Task in a loop or a Map is called more than once. One in a loop gives
another answer some time, should the first not have led out of it."""
DEEPEST = 2
"""Structures within each other that are written with all members; of others, those that must be there."""
_SUCCESS = re.compile(
    r"succe\w*|complete\w*|active|available|ready|done|finished|passed|approved|accepted|ok|yes|true|200",
    re.IGNORECASE,
)
_NOT_YET = re.compile(
    r"pending|queued|running|submitted|start\w*|creating|processing|wait\w*|in.?progress|new|false|no|.*fail\w*"
    r"|.*error\w*|denied|reject\w*|declined|cancel\w*|stop\w*|timed.?out|invalid|",
    re.IGNORECASE,
)
_FAILURES = re.compile(r"fail\w*|errors?|unprocessed\w*|rejected\w*|cancel\w*|has_?more|more", re.IGNORECASE)
_NUMBERS = re.compile(r"(amount|total|price|count|number|quantity|size|seconds|days)$", re.IGNORECASE)
_TOKEN = re.compile(r"(next|pagination)\w*(token|marker)|lastevaluated\w*", re.IGNORECASE)
_HTTP: dict[str, JSON] = {"Headers": {}, "ResponseBody": {}, "StatusCode": 200, "StatusText": "OK"}

Shape = Any


def skeleton(machine: StateMachine, states: Collection[str]) -> JSON:
    """Return a mock configuration with one test case, `Generated`, that answers some Tasks of a machine.

    Raises DefinitionError for an invalid definition.
    """
    _ = machine.compiled
    assert isinstance(machine.definition, dict)
    followed = follow(read_definition(machine.definition, machine.type), Place())
    repeated = set(in_loops(followed.definition))
    answers: dict[str, JSON] = {}
    for state in followed.definition.states:
        if state.name in states:
            place, resource = followed.answers[state.name], resource_of(state)
            first, later = (plausible_answer(resource, place, turn) for turn in (0, 1))
            is_waited_for = state.name in repeated and first != later
            answers[state.name] = (
                {SOME_CALLS: {"Return": first}, LATER_CALLS: {"Return": later}}
                if is_waited_for
                else {CALLS: {"Return": first}}
            )
    test_case: JSON = {"Generated": {name: name for name in answers}}
    return {"StateMachines": {machine.name: {"TestCases": test_case}}, "MockedResponses": answers}


def in_loops(definition: Definition) -> Iterator[str]:
    """Yield the names of the states that may lead back to themselves."""
    for machine in definition.machines:
        edges = {name: [edge.target for edge in state.edges] for name, state in machine.states.items()}
        yield from (name for name in edges if name in reach(edges[name], edges))


def plausible_answer(resource: Resource, place: Place, turn: int = 0) -> JSON:
    """Return a Task's answer as a mock configuration has it; `place` is what the machine does with it.

    With `turn` 1 the values that it is compared with are the second best ones.
    """
    answer = _of_place(place, "", turn)
    if resource.kind == "function":
        return {"StatusCode": 200, "Payload": {} if answer is None else answer}
    if (resource.service, resource.action) in (("http", "invoke"), ("apigateway", "invoke")):
        read = answer if isinstance(answer, dict) else {}
        return {**_HTTP, **read, "StatusCode": 200}
    if place.shape is not None:
        return _over(_of_shape(place.shape, "", 0), answer)
    always = {name: _named(name) for name in ALWAYS.get(resource.action, "").split()}
    if not always:
        return {} if answer is None else answer
    return _over(always, answer)


def _over(value: JSON, above: JSON) -> JSON:
    """Return a value with another one laid over it. Names are compared in any case: the SDKs differ there."""
    if not isinstance(value, dict) or not isinstance(above, dict):
        return value if above is None or above == {} else above
    names = {name.lower(): name for name in value}
    made = dict(value)
    for name, inner in above.items():
        before = made.pop(names.get(name.lower(), name), None)
        made[name] = _over(before, inner)
    return made


def _of_place(place: Place, name: str, turn: int) -> JSON:
    """Return what the machine needs of a value; None for one that it does nothing with."""
    if place.item is None and place.fields:
        return {inner: _of_place(part, inner, turn) for inner, part in place.fields.items()}
    if place.item is not None:
        return [_of_place(place.item, name, turn)] * max(1, place.least)
    if place.text is not None:
        return to_json_text(_of_place(place.text, name, turn))
    if place.compared:
        return successful(place.compared.values(), name, turn)
    if place.shape is not None:
        return _of_shape(place.shape, name, 0)
    if not place.kinds:
        return None if place.depth == 0 else _named(name)
    if "boolean" in place.kinds:
        return successful([True, False], name, turn)
    return next(value for kind, value in _PLAIN.items() if kind in place.kinds)


_PLAIN: dict[str, JSON] = {
    "integer": 1, "number": 1, "boolean": True, "timestamp": "2026-01-01T00:00:00Z", "string": "text",
    "array": [], "object": {},
}  # fmt: skip
"""Kind → a value of it; a kind that comes first is what is meant where a place has several."""


def successful(values: Iterable[JSON], name: str = "", turn: int = 0) -> JSON:
    """Return the value that sounds like success, else the first that does not sound like failure or waiting;
    of a number of failures, 0."""
    among = list(values)
    if turn == 0 and _FAILURES.match(name):
        among.sort(key=lambda one: one not in (0, False))
        return among[0]
    good = [one for one in among if one is True or (isinstance(one, str) and _SUCCESS.fullmatch(one))]
    fair = [one for one in among if not (isinstance(one, str) and _NOT_YET.fullmatch(one))]
    ordered = list({to_json_text(one): one for one in (*good, *fair, *among)}.values())
    return ordered[turn % len(ordered)]


def _of_shape(shape: Shape, name: str, depth: int) -> JSON:
    kind = shape.type_name
    if kind == "structure":
        return _structure(shape, depth)
    if kind == "list":
        is_left_out = _FAILURES.match(name) or depth > DEEPEST
        return [] if is_left_out else [_of_shape(shape.member, name, depth + 1)]
    if kind == "map":
        return {}
    if kind == "string" and getattr(shape, "enum", None):
        return successful(shape.enum, name)
    if kind == "boolean":
        return False
    if kind in ("integer", "long", "float", "double"):
        return 0 if _FAILURES.match(name) else max(1, int(shape.metadata.get("min", 1)))
    if kind == "timestamp":
        return _PLAIN["timestamp"]
    return "dGV4dA==" if kind == "blob" else _text(shape, name)


def _structure(shape: Shape, depth: int) -> JSON:
    if getattr(shape, "document", False):
        return {}
    names = list(shape.members if depth < DEEPEST else shape.required_members)
    if getattr(shape, "is_tagged_union", False):
        names = names[:1]
    return {
        name[:1].upper() + name[1:]: _of_shape(shape.members[name], name, depth + 1)
        for name in names
        if not _TOKEN.fullmatch(name) and depth < 2 * DEEPEST
    }


def _text(shape: Shape, name: str) -> str:
    text = str(_named(name))
    least, most = int(shape.metadata.get("min", 0)), int(shape.metadata.get("max", len(text)))
    return text.ljust(least, "x")[: max(most, least)]


def _named(name: str) -> JSON:
    """Return a value by a field's name."""
    if name.lower().endswith("arn"):
        return (
            f"arn:aws:service:{DEFAULT_REGION}:{DEFAULT_ACCOUNT}:{name.lower().removesuffix('arn') or 'it'}"
        )
    if name.lower().endswith(("status", "state")):
        return "SUCCEEDED"
    return 1 if _NUMBERS.search(name) else name or "text"
