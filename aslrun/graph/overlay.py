"""An execution on the graph: which states it visited and how they ended, and which edges it took.

Attributes added to states that were visited
    visits      how often the state was entered
    status      `succeeded`, `failed`, `caught`, `aborted`, `in_progress`: the worst of its visits, in the
                order of SEVERITY; visits in attempts of a Parallel or Map that was then tried again count
                only if there are no others
    retries     how often it was tried again, in all visits; absent if never

Attribute added to edges
    taken       how often; absent if never

A history tells states, not edges. Of several edges to the same target the likeliest is taken to be:
after an error, the first catcher that names the error, then the first that catches any, then any catcher;
otherwise the first edge that is no catcher (of Choice rules to one target: the first). The graph itself has
`status`, that of the execution.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

from aslrun.errors import UsageError
from aslrun.graph.visits import Event, Visit, read_journey

if TYPE_CHECKING:
    from networkx import MultiDiGraph

SEVERITY = ("failed", "in_progress", "aborted", "caught", "succeeded")

WILDCARDS = frozenset({"States.ALL", "States.TaskFailed"})
"""Error names that stand for others. Spec: Error names."""

Attributes: TypeAlias = "dict[str, Any]"


def mark_execution(graph: MultiDiGraph[str], events: Sequence[Event]) -> MultiDiGraph[str]:
    """Return a copy of a graph of `build_graph` with an execution on it; the docstring above says how.

    `events` are those of GetExecutionHistory, of a whole execution or of the beginning of one. Raises
    UsageError if they enter states and the graph has none of them.
    """
    journey = read_journey(events)
    marked: MultiDiGraph[str] = graph.copy()
    marked.graph["status"] = journey.status
    places = _find_places(marked, journey.visits)
    ways = {visit: edge for visit in places if (edge := _way_in(marked, places, visit)) is not None}
    for visit, edge in ways.items():
        _take(edge)
        if edge["kind"] == "catch" and visit.previous is not None:
            # An error in a ResultSelector or the like has no event: only the way on tells of it.
            visit.previous.status = "caught"
    for visit in places.keys() - {visit.previous for visit in ways}:
        _mark_end(marked, places[visit], visit)
    _mark_states(marked, places)
    return marked


def _find_places(graph: MultiDiGraph[str], visits: Sequence[Visit]) -> dict[Visit, str]:
    """Return the node of each visit whose state the graph has."""
    named: dict[str, list[str]] = {}
    for id, node in graph.nodes(data=True):
        if node["kind"] == "state":
            named.setdefault(node["name"], []).append(id)
    places: dict[Visit, str] = {}
    for visit in visits:
        if visit.name in named:
            # Names are unique in valid machines; elsewhere the way to the state tells which one is meant.
            places[visit] = max(named[visit.name], key=lambda id: _fit(graph, places, visit, id))
    if visits and not places:
        raise UsageError(f"the history is of another state machine: there is no state '{visits[0].name}'")
    return places


def _fit(graph: MultiDiGraph[str], places: Mapping[Visit, str], visit: Visit, id: str) -> tuple[bool, bool]:
    container = None if visit.container is None else places.get(visit.container)
    return graph.nodes[id]["container"] == container, bool(_edges_in(graph, places, visit, id))


def _edges_in(
    graph: MultiDiGraph[str], places: Mapping[Visit, str], visit: Visit, id: str
) -> list[Attributes]:
    """The edges by which a visit may have come to a node."""
    edges = graph.in_edges(id, data=True)
    if visit.previous is None:
        return [edge for _, _, edge in edges if edge["kind"] == "start"]
    return [edge for source, _, edge in edges if source == places.get(visit.previous)]


def _way_in(graph: MultiDiGraph[str], places: Mapping[Visit, str], visit: Visit) -> Attributes | None:
    error = None if visit.previous is None else visit.previous.error
    edges = _edges_in(graph, places, visit, places[visit])
    return min(edges, key=lambda edge: (_unlikelihood(edge, error), edge["index"]), default=None)


def _unlikelihood(edge: Attributes, error: str | None) -> int:
    if error is None:
        return int(edge["kind"] == "catch")
    if edge["kind"] != "catch":
        return 3
    if error in edge["errors"]:
        return 0
    return 2 if WILDCARDS.isdisjoint(edge["errors"]) else 1


def _mark_end(graph: MultiDiGraph[str], id: str, visit: Visit) -> None:
    """Take the edge to the end mark, if the visit was the last of its scope and ended it."""
    if visit.type == "Fail" or (visit.exited and visit.error is None):
        for _, _, edge in graph.out_edges(id, data=True):
            if edge["kind"] == "end":
                _take(edge)


def _take(edge: Attributes) -> None:
    edge["taken"] = edge.get("taken", 0) + 1


def _mark_states(graph: MultiDiGraph[str], places: Mapping[Visit, str]) -> None:
    paid: dict[str, list[Visit]] = {}
    for visit, id in places.items():
        paid.setdefault(id, []).append(visit)
    for id, visits in paid.items():
        counting = [visit for visit in visits if not visit.superseded] or visits
        status = min((visit.status or "" for visit in counting), key=SEVERITY.index)
        graph.nodes[id].update(visits=len(visits), status=status)
        if retries := sum(max(visit.attempts - 1, 0) for visit in visits):
            graph.nodes[id]["retries"] = retries
