"""Laws of graphs, for definitions that are half right at best, and for histories that make no sense."""

from __future__ import annotations

import copy
import json
import re
from typing import Any

import networkx
from any_machine import MACHINES, NAMES, names_in
from hypothesis import example, given, settings
from hypothesis import strategies as st

from aslrun.errors import UsageError
from aslrun.graph import FORMATS, build_graph, mark_execution, render

FORMATS_OF_TEXT = [name for name, format in FORMATS.items() if format.is_text]


@given(MACHINES)
@settings(max_examples=60)
def test_every_state_is_drawn_and_the_definition_is_not_touched(definition: Any) -> None:
    before = copy.deepcopy(definition)
    graph = build_graph(definition)
    drawn = [node["name"] for _, node in graph.nodes(data=True) if node["kind"] == "state"]
    assert sorted(drawn) == sorted(names_in(definition))
    assert definition == before


@given(MACHINES)
@settings(max_examples=60)
def test_a_graph_survives_json(definition: Any) -> None:
    graph = build_graph(definition)
    data = json.loads(render(graph, "json"))
    assert data == networkx.node_link_data(graph, edges="edges")
    read: Any = networkx.node_link_graph(data, edges="edges")
    assert list(read.nodes(data=True)) == list(graph.nodes(data=True))
    assert list(read.edges(keys=True, data=True)) == list(graph.edges(keys=True, data=True))


@given(MACHINES)
@settings(max_examples=60)
def test_equal_graphs_are_written_equally_and_in_utf8(definition: Any) -> None:
    for format in FORMATS_OF_TEXT:
        text = render(build_graph(definition), format)
        assert text == render(build_graph(copy.deepcopy(definition)), format)
        text.encode("utf-8")


# What may stand between the quotes of a label: nothing that ends it, nothing that is a tag but a line break.
LABEL = r'"(?:[^"<>\[\]{}|`\\]|<br/>)+"'
MERMAID_LINES = re.compile(
    rf"""flowchart\ TD | \s*direction\ TB | \s*end | \s*subgraph\ \w+\[{LABEL}\];?
    | \s*\w+(?:\[{LABEL}\] | \({LABEL}\) | \{{{LABEL}\}} | \[/{LABEL}/\] | \(\[{LABEL}\]\)
             | \{{\{{{LABEL}\}}\}} | \[\[{LABEL}\]\] | \(\("\ "\)\) | \(\(\("\ "\)\)\));?
    | \ \ \w+\ -\.?->(?:\|{LABEL}\|)?\ \w+;?
    | \ \ (?:classDef\ \w+\ [^;]+ | class\ [\w,]+\ \w+)""",
    re.VERBOSE,
)
DOT_TEXT = r'"(?:[^"\\]|\\[\\"n])*"'
DOT_LOOK = rf" \[\w+=(?:\w+|[\d.]+|{DOT_TEXT})(?:, \w+=(?:\w+|[\d.]+|{DOT_TEXT}))*\]"
DOT_LINES = re.compile(rf"digraph \{{|\s*subgraph \w+ \{{|\s*\}}|\s*\w+(?: -> \w+)?(?:{DOT_LOOK})?")


@example({"StartAt": "A", "States": {"A": {"Choices": [{"Variable": "A", "Next": "end"}, {"Next": "end"}]}}})
@given(MACHINES)
@settings(max_examples=60)
def test_drawings_are_made_of_known_lines_with_ids_of_their_own(definition: Any) -> None:
    graph = build_graph(definition)
    mermaid, dot = render(graph, "mermaid").splitlines(), render(graph, "dot").splitlines()
    assert [line for line in mermaid if not MERMAID_LINES.fullmatch(line)] == []
    assert [line for line in dot if not DOT_LINES.fullmatch(line)] == []
    drawn = re.findall(r"^ *(?:subgraph )?(\w+)[\[({]", "\n".join(mermaid), re.MULTILINE)
    assert len(set(drawn)) == len(drawn) >= len(graph)
    assert sum("subgraph " in line for line in mermaid) == sum(line.strip() == "end" for line in mermaid)


EVENT_TYPES = [
    *("PassStateEntered", "PassStateExited", "FailStateEntered"),
    *("TaskStateEntered", "TaskScheduled", "TaskFailed", "TaskStateAborted", "TaskStateExited"),
    *("MapStateEntered", "MapStateStarted", "MapIterationStarted", "MapIterationFailed", "MapStateExited"),
    *("ParallelStateEntered", "ParallelStateStarted", "ParallelStateFailed", "ParallelStateExited"),
    *("EvaluationFailed", "ExecutionFailed", "ExecutionRedriven", "NeverHeardOf"),
]
EVENTS = st.lists(
    st.fixed_dictionaries(
        {
            "id": st.integers(1, 12),
            "previousEventId": st.integers(0, 12),
            "type": st.sampled_from(EVENT_TYPES),
            "someEventDetails": st.fixed_dictionaries({"name": NAMES}, optional={"error": NAMES}),
        }
    ),
    max_size=12,
)


@given(MACHINES, EVENTS)
@settings(max_examples=100)
def test_any_history_marks_each_entering_of_a_known_state_and_no_more(definition: Any, events: Any) -> None:
    graph = build_graph(definition)
    names = {node["name"] for _, node in graph.nodes(data=True) if node["kind"] == "state"}
    entered = [
        event["someEventDetails"]["name"] for event in events if event["type"].endswith("StateEntered")
    ]
    try:
        marked = mark_execution(graph, events)
    except UsageError:
        assert entered
        assert not names & set(entered)
        return
    visits = [node.get("visits", 0) for _, node in marked.nodes(data=True)]
    assert sum(visits) == sum(name in names for name in entered)
    for format in FORMATS_OF_TEXT:
        render(marked, format)
