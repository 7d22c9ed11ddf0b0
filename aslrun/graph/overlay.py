"""An execution on the graph: which states it visited and how they ended, and which edges it took.

Attributes added to states that were visited
    visits      how often the state was entered
    status      `succeeded`, `failed`, `caught`, `aborted`, `in_progress`: the worst of its visits, in the
                order of SEVERITY; visits in attempts of a Parallel or Map that was then tried again count
                only if there are no others
    retries     how often it was tried again, in all visits; absent if never
    seconds     the time of all its visits, up to the last event for one in progress; absent if a history
                has no timestamps
    iterations  of Maps: how many iterations ended in which status, `{"succeeded": 2, "failed": 1}`, in the
                last attempt of each visit; absent if there were none

Attribute added to edges
    taken       how often; absent if never

A history tells states, not edges. Of several edges to the same target the likeliest is taken to be:
after an error, the first catcher that names the error, then the first that catches any, then any catcher;
otherwise the first edge that is no catcher (of Choice rules to one target: the first). The graph itself has
`status`, that of the execution.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from aslrun.errors import UsageError
from aslrun.graph.visits import Event, Journey, Visit, read_journey

if TYPE_CHECKING:
    from networkx import MultiDiGraph

SEVERITY = ("failed", "in_progress", "aborted", "caught", "succeeded")

WILDCARDS = frozenset({"States.ALL", "States.TaskFailed"})
"""Error names that stand for others. Spec: Error names."""

ITERATION_STATUSES = ("succeeded", "failed", "aborted", "in_progress")

Attributes: TypeAlias = "dict[str, Any]"
Edge: TypeAlias = "tuple[str, str, Attributes]"


@dataclass(frozen=True, slots=True)
class Trace:
    """Where a journey went on a graph: the node of each visit, the edge by which it came, and the edge to
    the end mark by which the last visit of a scope left. An edge is (source, target, attributes)."""

    places: Mapping[Visit, str]
    ways: Mapping[Visit, Edge]
    ends: Mapping[Visit, Edge]


def mark_execution(graph: MultiDiGraph[str], events: Sequence[Event]) -> MultiDiGraph[str]:
    """Return a copy of a graph of `build_graph` with an execution on it; the docstring above says how.

    `events` are those of GetExecutionHistory, of a whole execution or of the beginning of one. Raises
    UsageError if they enter states and the graph has none of them.
    """
    marked: MultiDiGraph[str] = graph.copy()
    mark_journey(marked, read_journey(events))
    return marked


def mark_journey(graph: MultiDiGraph[str], journey: Journey) -> Trace:
    """Mark a graph itself with a journey; return where it went. Errors as those of `mark_execution`."""
    graph.graph["status"] = journey.status
    trace = trace_journey(graph, journey)
    for _, _, edge in (*trace.ways.values(), *trace.ends.values()):
        edge["taken"] = edge.get("taken", 0) + 1
    _mark_states(graph, journey, trace.places)
    return trace


def trace_journey(graph: MultiDiGraph[str], journey: Journey) -> Trace:
    """Return where a journey went on a graph. A visit that a catcher's edge leaves becomes `caught`.

    Raises UsageError if the graph has none of the states.
    """
    places = _find_places(graph, journey.visits)
    ways = _find_ways(graph, places)
    for visit, (_, _, attributes) in ways.items():
        if attributes["kind"] == "catch" and visit.previous is not None:
            # An error in a ResultSelector or the like has no event: only the way on tells of it.
            visit.previous.status = "caught"
    return Trace(places, ways, _find_ends(graph, places, ways))


def _find_places(graph: MultiDiGraph[str], visits: Sequence[Visit]) -> dict[Visit, str]:
    """Return the node of each visit whose state the graph has."""
    named: dict[str, list[str]] = {}
    for id, node in graph.nodes(data=True):
        if node["kind"] == "state":
            named.setdefault(node["name"], []).append(id)
    places: dict[Visit, str] = {}
    for visit in visits:
        if (ids := named.get(visit.name)) is not None:
            # Several in no valid machine; the way to the state tells which one is meant.
            several = len(ids) > 1
            places[visit] = max(ids, key=lambda one: _fit(graph, places, visit, one)) if several else ids[0]
    if visits and not places:
        raise UsageError(f"the history is of another state machine: there is no state '{visits[0].name}'")
    return places


def _fit(graph: MultiDiGraph[str], places: Mapping[Visit, str], visit: Visit, id: str) -> tuple[bool, bool]:
    container = None if visit.container is None else places.get(visit.container)
    source = START if visit.previous is None else places.get(visit.previous)
    return graph.nodes[id]["container"] == container, bool(_edges_in(graph, id, source))


START = ""
"""What a visit that begins a scope came from: no node's id."""


def _edges_in(graph: MultiDiGraph[str], id: str, source: str | None) -> list[Edge]:
    """The edges by which a visit may have come from `source` to a node; None is no node of the graph."""
    edges = graph.in_edges(id, data=True)
    if source == START:
        return [edge for edge in edges if edge[2]["kind"] == "start"]
    return [edge for edge in edges if edge[0] == source]


def _find_ways(graph: MultiDiGraph[str], places: Mapping[Visit, str]) -> dict[Visit, Edge]:
    """Return the edge by which each visit came: the same for all from one node to another after one error."""
    ways: dict[Visit, Edge] = {}
    likeliest: dict[tuple[str, str | None, str | None], Edge | None] = {}
    for visit, id in places.items():
        before = visit.previous
        way = (id, START, None) if before is None else (id, places.get(before), before.error)
        if way not in likeliest:
            likeliest[way] = _way_in(graph, *way)
        if (edge := likeliest[way]) is not None:
            ways[visit] = edge
    return ways


def _way_in(graph: MultiDiGraph[str], id: str, source: str | None, error: str | None) -> Edge | None:
    edges = _edges_in(graph, id, source)
    return min(edges, key=lambda edge: (_unlikelihood(edge[2], error), edge[2]["index"]), default=None)


def _unlikelihood(edge: Attributes, error: str | None) -> int:
    if error is None:
        return int(edge["kind"] == "catch")
    if edge["kind"] != "catch":
        return 3
    if error in edge["errors"]:
        return 0
    return 2 if WILDCARDS.isdisjoint(edge["errors"]) else 1


def _find_ends(
    graph: MultiDiGraph[str], places: Mapping[Visit, str], ways: Mapping[Visit, Edge]
) -> dict[Visit, Edge]:
    """Return the edges to the end mark of the visits that, the last of their scopes, ended them."""
    ending = {edge[0]: edge for edge in graph.edges(data=True) if edge[2]["kind"] == "end"}
    last = places.keys() - {visit.previous for visit in ways}
    return {visit: ending[places[visit]] for visit in last if places[visit] in ending and _ends_scope(visit)}


def _ends_scope(visit: Visit) -> bool:
    return visit.type == "Fail" or (visit.exited and visit.error is None)


def _mark_states(graph: MultiDiGraph[str], journey: Journey, places: Mapping[Visit, str]) -> None:
    paid: dict[str, list[Visit]] = {}
    for visit, id in places.items():
        paid.setdefault(id, []).append(visit)
    for id, visits in paid.items():
        counting = [visit for visit in visits if visit.container is None or not visit.superseded] or visits
        status = min({visit.status or "" for visit in counting}, key=SEVERITY.index)
        graph.nodes[id].update(visits=len(visits), status=status)
        if retries := sum([len(visit.attempts) - 1 for visit in visits if visit.attempts]):
            graph.nodes[id]["retries"] = retries
        times = [journey.seconds(visit.began, visit.ended) for visit in visits]
        if None not in times:
            graph.nodes[id]["seconds"] = round(sum(time for time in times if time is not None), 6)
        if iterations := _count_iterations([visit for visit in visits if visit.iterations]):
            graph.nodes[id]["iterations"] = iterations


def _count_iterations(visits: Sequence[Visit]) -> dict[str, int]:
    statuses = Counter(
        iteration.status
        for visit in visits
        for iteration in visit.iterations.values()
        if iteration.attempt == len(visit.attempts)
    )
    return {status: statuses[status] for status in ITERATION_STATUSES if statuses[status]}
