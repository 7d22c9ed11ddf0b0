"""A definition's JSON value → a graph, from whole definitions and from half-written ones.

Spec: States, Transitions. Nothing is checked here: what is there is drawn, so that one can draw while
writing. A node's id is the JSON pointer of its state; all attributes are plain JSON.

Node attributes
    kind        `state`; `start` and `end`, the marks of a scope; `missing`, a target that does not exist
    name        the state's name (`Start`, `End`)
    type        the state's Type, null if it has none
    container   id of the state whose branch or processor the node lies in, null in the machine itself
    branch      the branch's index, from 0; 0 in a machine and in a Map's processor
    resource, comment   those of the state, where it has them
    words       what its fields say in short, where that is more than its Type or Resource: the function of
                `lambda:invoke`, how long a Wait is, how a Map runs
    retry       the ErrorEquals of its retriers, where it has some

Edge attributes
    kind        `next`, `choice`, `default`, `catch`, `start`, `end`
    label       a choice's rule in short words, a catcher's error names, `default`, else empty
    index       order among the edges that leave the same node, from 0; for rules that of their evaluation
    errors      the ErrorEquals of a catcher, only there
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from aslrun.errors import UsageError
from aslrun.graph.state_words import state_words
from aslrun.graph.words import rule_words
from aslrun.values import JSON

if TYPE_CHECKING:
    from networkx import MultiDiGraph

Fields: TypeAlias = "Mapping[str, JSON]"

ENDING_TYPES = ("Succeed", "Fail")


@dataclass(frozen=True, slots=True)
class Scope:
    """A machine in the definition: its JSON pointer, the state that contains it, and which branch it is."""

    pointer: str = ""
    container: str | None = None
    branch: int = 0

    def id(self, state: str) -> str:
        """The node id of a state in this scope, its JSON pointer (RFC 6901)."""
        return f"{self.pointer}/States/" + state.replace("~", "~0").replace("/", "~1")


@dataclass(frozen=True, slots=True)
class Transition:
    """An edge of a state yet to be drawn; `target` is a state's name, None for the end of the scope."""

    kind: str
    target: str | None
    label: str = ""
    errors: tuple[str, ...] | None = None


def build_graph(definition: JSON) -> MultiDiGraph[str]:
    """Return the graph of a definition, with the machines of its Parallel and Map states inside.

    The module's docstring lists the attributes. Raises UsageError for a value that is no object with a
    States object; anything else that is wrong is left out or drawn as it is.
    """
    import networkx

    if not isinstance(definition, dict):
        raise UsageError("there is nothing to draw: a state machine is an object with StartAt and States")
    if not isinstance(definition.get("States"), dict):
        raise UsageError('there is nothing to draw: the definition has no "States" object')
    graph: MultiDiGraph[str] = networkx.MultiDiGraph()
    graph.graph.update(_texts(definition, "Comment"))
    _add_machine(graph, definition, Scope())
    return graph


def _add_machine(graph: MultiDiGraph[str], machine: Fields, scope: Scope) -> None:
    start = f"{scope.pointer}/StartAt"
    _add_node(graph, start, scope, "start", "Start")
    states = {name: _object(fields) for name, fields in _object(machine.get("States")).items()}
    for name, fields in states.items():
        _add_state(graph, name, fields, scope)
    if isinstance(first := machine.get("StartAt"), str):
        _add_edge(graph, start, Transition("start", first), 0, scope)
    for name, fields in states.items():
        for index, transition in enumerate(_transitions(fields)):
            _add_edge(graph, scope.id(name), transition, index, scope)


def _add_state(graph: MultiDiGraph[str], name: str, fields: Fields, scope: Scope) -> None:
    type = fields.get("Type")
    id = scope.id(name)
    _add_node(graph, id, scope, "state", name, type if isinstance(type, str) else None)
    graph.nodes[id].update(_texts(fields, "Resource", "Comment"))
    if words := state_words(fields):
        graph.nodes[id]["words"] = words
    if retriers := _objects(fields.get("Retry")):
        graph.nodes[id]["retry"] = [list(_error_names(retrier)) for retrier in retriers]
    for inner, machine in _inner_machines(fields, id):
        _add_machine(graph, machine, inner)


def _inner_machines(fields: Fields, id: str) -> Iterator[tuple[Scope, Fields]]:
    branches = _list(fields.get("Branches"))
    for index, branch in enumerate(branches):
        if isinstance(branch, dict):
            yield Scope(f"{id}/Branches/{index}", id, index), branch
    for field in ("ItemProcessor", "Iterator"):
        if isinstance(processor := fields.get(field), dict):
            # Beside branches, which is wrong, a processor counts as one more.
            yield Scope(f"{id}/{field}", id, len(branches)), processor
            return


def _transitions(fields: Fields) -> Iterator[Transition]:
    """What leaves a state, whatever its Type: a Choice's rules in their order, Next or End, catchers."""
    for rule in _objects(fields.get("Choices")):
        if isinstance(target := rule.get("Next"), str):
            yield Transition("choice", target, rule_words(rule))
    if isinstance(target := fields.get("Default"), str):
        yield Transition("default", target, "default")
    if isinstance(target := fields.get("Next"), str):
        yield Transition("next", target)
    if fields.get("End") is True or fields.get("Type") in ENDING_TYPES:
        yield Transition("end", None)
    for catcher in _objects(fields.get("Catch")):
        if isinstance(target := catcher.get("Next"), str):
            errors = _error_names(catcher)
            yield Transition("catch", target, ", ".join(errors), errors)


def _error_names(handler: Fields) -> tuple[str, ...]:
    return tuple(name for name in _list(handler.get("ErrorEquals")) if isinstance(name, str))


def _add_edge(
    graph: MultiDiGraph[str], source: str, transition: Transition, index: int, scope: Scope
) -> None:
    target, kind, name = f"{scope.pointer}/End", "end", "End"
    if transition.target is not None:
        target, kind, name = scope.id(transition.target), "missing", transition.target
    if target not in graph:
        _add_node(graph, target, scope, kind, name)
    attributes: dict[str, Any] = {"kind": transition.kind, "label": transition.label, "index": index}
    if transition.errors is not None:
        attributes["errors"] = list(transition.errors)
    graph.add_edge(source, target, **attributes)


def _add_node(
    graph: MultiDiGraph[str], id: str, scope: Scope, kind: str, name: str, type: str | None = None
) -> None:
    graph.add_node(id, kind=kind, name=name, type=type, container=scope.container, branch=scope.branch)


# What is of another type than it should be counts as empty.


def _object(value: JSON) -> Fields:
    return value if isinstance(value, dict) else {}


def _list(value: JSON) -> list[JSON]:
    return value if isinstance(value, list) else []


def _objects(value: JSON) -> list[Fields]:
    return [entry for entry in _list(value) if isinstance(entry, dict)]


def _texts(fields: Fields, *names: str) -> dict[str, str]:
    return {name.lower(): text for name in names if isinstance(text := fields.get(name), str)}
