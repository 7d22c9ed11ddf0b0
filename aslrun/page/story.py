"""A recording on the graph of its definition → the data of the page, as plain JSON.

Everything is computed here, so that the scripts only show it. Tables have rows of the columns named in
COLUMNS; -1 stands for nothing where a column names a row of another table. JSON texts and other long texts
are in `texts`, each once, however often states hand them on; columns marked TEXT name them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from aslrun.graph.visits import Attempt, Details, Iteration, Visit
from aslrun.history.scopes import details_of
from aslrun.observe.profile import critical_visits
from aslrun.page.recording import Whole
from aslrun.page.rules import Rules
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


class Texts:
    """Texts, each once, by their numbers."""

    def __init__(self) -> None:
        self.numbers: dict[str, int] = {}

    def __call__(self, text: object) -> int:
        """Return the number of a text; -1 for None."""
        if text is None:
            return -1
        return self.numbers.setdefault(text if isinstance(text, str) else str(text), len(self.numbers))


def tell_story(graph: MultiDiGraph[str], definition: JSON, whole: Whole, trace: Trace) -> dict[str, JSON]:
    """Return what the page shows of a recording; `graph` is marked with it, `trace` is where it went."""
    texts = Texts()
    nodes = {id: number for number, id in enumerate(graph)}
    edges = {(source, data["index"]): n for n, (source, _, data) in enumerate(graph.edges(data=True))}
    visits = {visit: number for number, visit in enumerate(whole.journey.visits)}
    iterations = {iteration: number for number, iteration in enumerate(whole.journey.iterations)}
    variables, logs, rules = _Variables(texts), _logs(whole), Rules()
    rows: dict[str, list[JSON]] = {
        "nodes": [_node(graph, id, nodes, definition, texts) for id in graph],
        "edges": [[nodes[a], nodes[b], data["index"]] for a, b, data in graph.edges(data=True)],
        "visits": [
            [
                nodes.get(trace.places.get(visit, ""), -1),
                *_visit(visit, visits, iterations),
                _edge_number(edges, trace.ways.get(visit)),
                _edge_number(edges, trace.ends.get(visit)),
                *_data(visit, whole.journey.details, texts),
                *variables.around(visit, whole.journey.details),
                [_attempt(attempt, logs, texts) for attempt in visit.attempts],
                _rules(
                    rules,
                    visit,
                    trace,
                    definition,
                    whole.journey.details[visit.began].get("input"),
                    variables,
                ),
            ]
            for visit in visits
        ],
        "iterations": [_iteration(iteration, visits, whole) for iteration in iterations],
        "events": _events(whole, visits, iterations, texts),
    }
    return {
        **_execution(whole, texts),
        "columns": {table: [*columns] for table, columns in COLUMNS.items()},
        **rows,
        "variables": [*variables.rows],
        "critical": [visits[visit] for visit, _ in critical_visits(whole.journey)],
        "texts": [*texts.numbers],
    }


def _number(position: int | None) -> int:
    return -1 if position is None else position


def _edge_number(edges: Mapping[tuple[str, int], int], edge: Edge | None) -> int:
    return -1 if edge is None else edges[edge[0], edge[2]["index"]]


def _execution(whole: Whole, texts: Texts) -> dict[str, JSON]:
    own = [event for event, run in zip(whole.events, whole.runs, strict=True) if run == 0]
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
        "input": texts(begin.get("input")),
        "output": texts(end.get("output")),
        "error": texts(end.get("error")),
        "cause": texts(end.get("cause")),
    }


ENDED = ("ExecutionSucceeded", "ExecutionFailed", "ExecutionAborted", "ExecutionTimedOut")


def _node(
    graph: MultiDiGraph[str], id: str, nodes: Mapping[str, int], definition: JSON, texts: Texts
) -> JSON:
    node = graph.nodes[id]
    own = texts(_definition_text(definition, id)) if node["kind"] == "state" else -1
    container = nodes.get(node["container"], -1)
    return [id, node["name"], node["type"], node.get("resource"), container, own]


def _definition_text(definition: JSON, pointer: str) -> str:
    """Return the JSON text of a state without the machines inside it, which have states of their own."""
    value = _value_at(definition, pointer)
    if not isinstance(value, dict):
        return to_json_text(value)
    return to_json_text({field: _without_states(inner) for field, inner in value.items()})


def _value_at(definition: JSON, pointer: str) -> JSON:
    value: Any = definition
    for step in pointer.split("/")[1:]:
        key = step.replace("~1", "/").replace("~0", "~")
        value = value[int(key)] if isinstance(value, list) else value[key]
    found: JSON = value
    return found


def _without_states(value: JSON) -> JSON:
    if isinstance(value, list):
        return [_without_states(inner) for inner in value]
    if isinstance(value, dict) and "States" in value:
        return {**value, "States": "…"}
    return value


def _visit(
    visit: Visit, visits: Mapping[Visit, int], iterations: Mapping[Iteration, int]
) -> tuple[JSON, ...]:
    return (
        visit.name,
        visit.type,
        -1 if visit.container is None else visits[visit.container],
        -1 if visit.previous is None else visits[visit.previous],
        -1 if visit.iteration is None else iterations[visit.iteration],
        visit.attempt,
        visit.superseded,
        visit.status,
        visit.began,
        _number(visit.ended),
    )


def _data(visit: Visit, details: Sequence[Details], texts: Texts) -> tuple[int, int, int, int]:
    """Return the texts of a visit's input, output, error and cause."""
    given = details[visit.began].get("input")
    output = details[visit.ended].get("output") if visit.exited and visit.ended else None
    return texts(given), texts(output), texts(visit.error), texts(visit.cause)


def _rules(
    rules: Rules, visit: Visit, trace: Trace, definition: JSON, given: object, variables: _Variables
) -> JSON:
    if visit.type != "Choice" or visit not in trace.places:
        return None
    id, texts = trace.places[visit], variables.texts
    tried = rules.tried(id, _value_at(definition, id), given, variables.texts_of(visit))
    if tried is None:
        return None
    return [[rule.words, rule.held, [[path, texts(text)] for path, text in rule.values]] for rule in tried]


def _attempt(attempt: Attempt, logs: Mapping[Attempt, str], texts: Texts) -> JSON:
    return [
        attempt.began,
        _number(attempt.ended),
        texts(attempt.error),
        texts(attempt.cause),
        texts(logs.get(attempt)),
    ]


def _logs(whole: Whole) -> dict[Attempt, str]:
    """Return what was printed in each attempt: a log's event is the one that tells that it was started."""
    logs: dict[Attempt, str] = {}
    for at, lines in whole.logs.items():
        place = whole.journey.places[at]
        begun = [attempt for attempt in place.attempts if attempt.began <= at] if place else []
        if begun:
            logs[begun[-1]] = "\n".join([*filter(None, [logs.get(begun[-1])]), *lines])
    return logs


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


def _events(
    whole: Whole, visits: Mapping[Visit, int], iterations: Mapping[Iteration, int], texts: Texts
) -> list[JSON]:
    start = whole.journey.times[0]
    rows: list[JSON] = []
    for at, event in enumerate(whole.events):
        time, place = whole.journey.times[at], whole.journey.places[at]
        started = whole.journey.started.get(at)
        told = whole.journey.details[at]
        rows.append(
            [
                event["id"],
                whole.runs[at],
                event["type"],
                None if start is None or time is None else round(time - start, 6),
                event.get("previousEventId", -1),
                -1 if place is None else visits[place],
                -1 if started is None else iterations[started],
                {field: texts(told[field]) for field in told if field in LONG_FIELDS},
                {field: told[field] for field in told if _is_worth_showing(field, told[field])},
            ]
        )
    return rows


def _is_worth_showing(field: str, value: object) -> bool:
    """Tell whether a field is neither a text nor one that only says that nothing was cut off."""
    return field not in LONG_FIELDS and value != {"truncated": False}


class _Variables:
    """The variables in reach of each visit: those of the state before it, or of the state around it."""

    def __init__(self, texts: Texts) -> None:
        self.texts = texts
        self.rows: list[list[Any]] = []
        self.before: dict[Visit, int] = {}
        self.after: dict[Visit, int] = {}

    def texts_of(self, visit: Visit) -> dict[str, str]:
        """Return the JSON texts of the variables in a state by name; `around` must have been asked."""
        found: dict[str, str] = {}
        all_texts = [*self.texts.numbers] if self.before[visit] >= 0 else []
        row = self.before[visit]
        while row >= 0:
            outer, named = self.rows[row]
            found = {name: all_texts[number] for name, number in named.items()} | found
            row = outer
        return found

    def around(self, visit: Visit, details: Sequence[Details]) -> tuple[int, int]:
        """Return the rows of variables in a state and after it; earlier visits must have been asked for."""
        if visit.previous is not None:
            before = self.after[visit.previous]
        else:
            before = -1 if visit.container is None else self.before[visit.container]
        self.before[visit] = self.after[visit] = before
        ended = details[visit.ended] if visit.exited and visit.ended else {}
        if assigned := ended.get("assignedVariables"):
            self.rows.append([before, {name: self.texts(text) for name, text in assigned.items()}])
            self.after[visit] = len(self.rows) - 1
        return self.before[visit], self.after[visit]
