"""A recording on the graph of its definition → the data of the page, as plain JSON.

Everything is computed here, so that the scripts only show it. Tables have rows of the columns named in
COLUMNS; -1 stands for nothing where a column names a row of another table. JSON texts and other long texts
are in `texts`, each once, however often states hand them on; columns marked TEXT name them. The rows of
visits and events, which may be many, are written as the text that they are on the page.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from aslrun.graph.visits import Attempt, Details, Iteration, Visit
from aslrun.history.events import STATE_EVENTS
from aslrun.history.scopes import details_of
from aslrun.observe.profile import critical_visits
from aslrun.page.recording import Whole
from aslrun.page.rules import Rules, value_at
from aslrun.page.tables import Quoted, Table, Texts, encode
from aslrun.values import JSON, to_json_text

if TYPE_CHECKING:
    from networkx import MultiDiGraph

    from aslrun.graph.overlay import Edge, Trace

COLUMNS: Mapping[str, Sequence[str]] = {
    "nodes": ("id", "name", "type", "resource", "container", "definition"),
    "edges": ("source", "target", "index"),
    "visits": (
        "node", "name", "type", "container", "previous", "iteration", "attempt", "superseded", "status",
        "began", "ended", "way", "out", "input", "output", "error", "cause", "variables", "assigned",
        "attempts", "rules",
    ),
    "iterations": ("map", "attempt", "superseded", "index", "status", "began", "ended", "child"),
    "events": ("id", "run", "type", "time", "previous", "visit", "iteration", "texts", "more"),
}  # fmt: skip
"""Table → its columns.

nodes       `container` is a node, `definition` a TEXT
visits      `node` is -1 for a state that the definition does not have; `way` and `out` are the edges by which
            it was entered and its scope was left; `input`, `output`, `error`, `cause` are TEXTs; `variables`
            the row of `variables` in reach in the state, `assigned` the one of after it; `attempts` a list of
            [began, ended, error, cause, log], of which the last three are TEXTs, `log` what the function
            printed; `rules` of a Choice those that were tried, [words, whether it held, [[path, TEXT], …]],
            null for others; `began` and `ended` are events everywhere
iterations  `map` is a visit; `child` tells whether it is a child execution, with a history of its own
events      `run` is the number of the history, 0 for that of the execution itself; `time` in seconds since
            the start, null if not known; `texts` has the TEXTs of the event's details by their fields, `more`
            the other fields; `iteration` is the one that begins with it
variables   rows of [row of those around or before, {name: TEXT}]
"""

LONG_FIELDS = frozenset({"input", "output", "parameters", "cause", "error", "definition"})
"""Fields of details that become TEXTs."""
NOT_TRUNCATED = {"truncated": False}
"""What is said of a text of which nothing was cut off: not worth showing."""
USUAL: Mapping[str, tuple[str, str, str]] = {
    type: ("name", text, truncation) for type, (_, text, truncation) in STATE_EVENTS.items()
}
"""Event type → the fields that details mostly have: a name, a text, what is said of it."""


def tell_story(
    graph: MultiDiGraph[str], definition: JSON, whole: Whole, trace: Trace
) -> dict[str, JSON | Table]:
    """Return what the page shows of a recording; `graph` is marked with it, `trace` is where it went."""
    texts, journey = Texts(), whole.journey
    nodes = {id: number for number, id in enumerate(graph)}
    edges = {(source, data["index"]): n for n, (source, _, data) in enumerate(graph.edges(data=True))}
    visits = {visit: number for number, visit in enumerate(journey.visits)}
    iterations = {iteration: number for number, iteration in enumerate(journey.iterations)}
    teller = _Teller(whole, trace, texts, Quoted(), nodes, edges, visits, iterations)
    node_rows: list[JSON] = [_node(graph, id, nodes, definition, texts) for id in graph]
    visit_rows = Table([*teller.visit_rows(Rules(definition, texts))])
    iteration_rows: list[JSON] = [_iteration(iteration, visits, whole) for iteration in iterations]
    event_rows = Table([*teller.event_rows()])
    return {
        **_execution(whole, texts),
        "columns": {table: [*columns] for table, columns in COLUMNS.items()},
        "nodes": node_rows,
        "edges": [[nodes[a], nodes[b], data["index"]] for a, b, data in graph.edges(data=True)],
        "visits": visit_rows,
        "iterations": iteration_rows,
        "events": event_rows,
        "variables": [*teller.variables.rows],
        "critical": [visits[visit] for visit, _ in critical_visits(journey)],
        "texts": texts.listed(),
    }


def _number(position: int | None) -> int:
    return -1 if position is None else position


def _execution(whole: Whole, texts: Texts) -> dict[str, JSON]:
    own = whole.events[: whole.runs.count(0)]
    begin = next((details_of(event) for event in own if event["type"] == "ExecutionStarted"), {})
    ended = own[-1]["type"] in ENDED
    end = details_of(own[-1]) if ended else {}
    journey = whole.journey
    started = journey.times[0]
    seconds = journey.seconds(0, len(own) - 1 if ended else None)
    return {
        "status": journey.status,
        "started": started,
        "seconds": seconds,
        "input": texts[begin.get("input")],
        "output": texts[end.get("output")],
        "error": texts[end.get("error")],
        "cause": texts[end.get("cause")],
    }


ENDED = ("ExecutionSucceeded", "ExecutionFailed", "ExecutionAborted", "ExecutionTimedOut")


def _node(
    graph: MultiDiGraph[str], id: str, nodes: Mapping[str, int], definition: JSON, texts: Texts
) -> JSON:
    node = graph.nodes[id]
    own = texts[_definition_text(definition, id)] if node["kind"] == "state" else -1
    container = nodes.get(node["container"], -1)
    return [id, node["name"], node["type"], node.get("resource"), container, own]


def _definition_text(definition: JSON, pointer: str) -> str:
    """Return the JSON text of a state without the machines inside it, which have states of their own."""
    value = value_at(definition, pointer)
    if not isinstance(value, dict):
        return to_json_text(value)
    return to_json_text({field: _without_states(inner) for field, inner in value.items()})


def _without_states(value: JSON) -> JSON:
    if isinstance(value, list):
        return [_without_states(inner) for inner in value]
    if isinstance(value, dict) and "States" in value:
        return {**value, "States": "…"}
    return value


def _iteration(iteration: Iteration, visits: Mapping[Visit, int], whole: Whole) -> JSON:
    return [
        visits[iteration.map],
        iteration.attempt,
        iteration.superseded,
        iteration.index,
        iteration.status,
        iteration.began,
        _number(iteration.ended),
        whole.runs[iteration.began] != whole.runs[iteration.map.began],
    ]


@dataclass(slots=True)
class _Teller:
    """What writes the rows of visits and events, each in the order of its columns."""

    whole: Whole
    trace: Trace
    texts: Texts
    quoted: Quoted
    nodes: Mapping[str, int]
    edges: Mapping[tuple[str, int], int]
    visits: Mapping[Visit, int]
    iterations: Mapping[Iteration, int]
    variables: _Variables = field(init=False)

    def __post_init__(self) -> None:
        self.variables = _Variables(self.texts)

    def visit_rows(self, rules: Rules) -> Iterator[str]:
        """Yield the rows of the visits."""
        visits, iterations, texts, quoted = self.visits, self.iterations, self.texts, self.quoted
        details, logs, variables = self.whole.journey.details, _logs(self.whole), self.variables
        places, ways, ends = self.trace.places, self.trace.ways, self.trace.ends
        for visit in visits:
            node, way, out, tried = -1, -1, -1, "null"
            container = -1 if visit.container is None else visits[visit.container]
            previous = -1 if visit.previous is None else visits[visit.previous]
            iteration = -1 if visit.iteration is None else iterations[visit.iteration]
            superseded = "true" if container >= 0 and visit.superseded else "false"
            given = details[visit.began].get("input")
            left = details[visit.ended] if visit.exited and visit.ended else {}
            data = f"{texts[given]},{texts[left.get('output')]},{texts[visit.error]},{texts[visit.cause]}"
            before, after = variables.around(container, previous, left)
            attempts = self._attempts(visit.attempts, logs) if visit.attempts else "[]"
            if visit in places:
                place = places[visit]
                node = self.nodes[place]
                way = self._edge(ways[visit]) if visit in ways else -1
                out = self._edge(ends[visit]) if visit in ends else -1
                if visit.type == "Choice":
                    tried = rules.tried(place, given, variables.texts_of(before))
            yield (
                f"[{node},{quoted[visit.name]},{quoted[visit.type]},{container},{previous},{iteration},"
                f"{visit.attempt},{superseded},{quoted[visit.status or '']},"
                f"{visit.began},{-1 if visit.ended is None else visit.ended},"
                f"{way},{out},{data},{before},{after},{attempts},{tried}]"
            )

    def _edge(self, edge: Edge) -> int:
        return self.edges[edge[0], edge[2]["index"]]

    def _attempts(self, attempts: Sequence[Attempt], logs: Mapping[Attempt, str]) -> str:
        texts = self.texts
        rows = [
            f"[{one.began},{_number(one.ended)},{texts[one.error]},{texts[one.cause]},{texts[logs.get(one)]}]"
            for one in attempts
        ]
        return f"[{','.join(rows)}]"

    def event_rows(self) -> Iterator[str]:
        """Yield the rows of the events."""
        journey, runs, texts, quoted = self.whole.journey, self.whole.runs, self.texts, self.quoted
        visits, usual_of = self.visits, USUAL.get
        begins = {at: self.iterations[iteration] for at, iteration in journey.started.items()}
        start, latest, since = journey.times[0], None, "null"
        rows = zip(self.whole.events, runs, journey.times, journey.places, journey.details, strict=True)
        for at, (event, run, time, place, told) in enumerate(rows):
            if time is not latest:  # events of one turn share it
                since = "null" if start is None or time is None else repr(round(time - start, 6))
                latest = time
            type = event["type"]
            if tuple(told) == (usual := usual_of(type)) and told[usual[2]] == NOT_TRUNCATED:
                details = f'{{"{usual[1]}":{texts[told[usual[1]]]}}},{{"name":{quoted[told["name"]]}}}'
            else:
                details = self._details(told)
            yield (
                f"[{event['id']},{run},{quoted[type]},{since},{event.get('previousEventId', -1)},"
                f"{-1 if place is None else visits[place]},{begins.get(at, -1)},{details}]"
            )

    def _details(self, told: Details) -> str:
        """Return the TEXTs of details by their fields, and the other fields."""
        texts = {field: self.texts.number(told[field]) for field in told if field in LONG_FIELDS}
        more = {field: told[field] for field in told if _is_worth_showing(field, told[field])}
        return f"{encode(texts)},{encode(more)}"


def _is_worth_showing(field: str, value: object) -> bool:
    """Tell whether a field is neither a text nor one that only says that nothing was cut off."""
    return field not in LONG_FIELDS and value != NOT_TRUNCATED


def _logs(whole: Whole) -> dict[Attempt, str]:
    """Return what was printed in each attempt: a log's event is the one that tells that it was started."""
    logs: dict[Attempt, str] = {}
    for at, lines in whole.logs.items():
        place = whole.journey.places[at]
        begun = [attempt for attempt in place.attempts if attempt.began <= at] if place else []
        if begun:
            logs[begun[-1]] = "\n".join([*filter(None, [logs.get(begun[-1])]), *lines])
    return logs


class _Variables:
    """The variables in reach of each visit: those of the state before it, or of the state around it."""

    def __init__(self, texts: Texts) -> None:
        self.texts = texts
        self.rows: list[list[Any]] = []
        self.assigned: list[Mapping[str, str]] = []
        self.before: list[int] = []
        self.after: list[int] = []
        self._reach: tuple[int, dict[str, str]] = (-1, {})

    def texts_of(self, row: int) -> Mapping[str, str]:
        """Return the JSON texts of the variables in a row, by name.

        The last ones are kept: what is asked for next mostly is that, or a few assignments more.
        """
        if row < 0:
            return {}
        known, reach = self._reach
        found: dict[str, str] = {}
        at = row
        while at >= 0 and at != known:
            found = {**self.assigned[at], **found}
            at = self.rows[at][0]
        if at >= 0:
            found = {**reach, **found} if found else reach
        self._reach = row, found
        return found

    def around(self, container: int, previous: int, left: Details) -> tuple[int, int]:
        """Return the rows of variables in the next visit and after it; `left` are the details of its exit."""
        before = -1 if container < 0 else self.before[container]
        if previous >= 0:
            before = self.after[previous]
        after = before
        if assigned := left.get("assignedVariables"):
            self.rows.append([before, {name: self.texts[text] for name, text in assigned.items()}])
            self.assigned.append(assigned)
            after = len(self.rows) - 1
        self.before.append(before)
        self.after.append(after)
        return before, after
