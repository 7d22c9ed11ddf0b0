"""The graph of a definition: nodes, scopes, edges, and what becomes of half-written parts."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from aslrun.errors import UsageError
from aslrun.graph import build_graph

MAP: Any = {
    "StartAt": "Each",
    "States": {
        "Each": {
            "Type": "Map",
            "ItemProcessor": {"StartAt": "One", "States": {"One": {"Type": "Pass", "End": True}}},
            "Next": "Both",
        },
        "Both": {
            "Type": "Parallel",
            "Branches": [
                {"StartAt": "L", "States": {"L": {"Type": "Succeed"}}},
                {"StartAt": "R", "States": {"R": {"Type": "Fail"}}},
            ],
            "End": True,
        },
    },
}


def machine(**states: Any) -> Any:
    return {"StartAt": next(iter(states)), "States": states}


def edges_from(definition: Any, source: str) -> list[tuple[int, str, str, str]]:
    """The edges that leave a node of the machine itself: index, kind, label, target."""
    graph = build_graph(definition)
    edges = graph.out_edges(source, data=True)
    return sorted((edge["index"], edge["kind"], edge["label"], target) for _, target, edge in edges)


def test_ids_are_the_json_pointers_of_the_states() -> None:
    assert list(build_graph(MAP)) == [
        "/StartAt",
        "/States/Each",
        "/States/Each/ItemProcessor/StartAt",
        "/States/Each/ItemProcessor/States/One",
        "/States/Each/ItemProcessor/End",
        "/States/Both",
        "/States/Both/Branches/0/StartAt",
        "/States/Both/Branches/0/States/L",
        "/States/Both/Branches/0/End",
        "/States/Both/Branches/1/StartAt",
        "/States/Both/Branches/1/States/R",
        "/States/Both/Branches/1/End",
        "/End",
    ]


def test_a_node_tells_its_scope() -> None:
    nodes = build_graph(MAP).nodes
    assert nodes["/States/Both"]["container"] is None
    right = nodes["/States/Both/Branches/1/States/R"]
    assert right == {"kind": "state", "name": "R", "type": "Fail", "container": "/States/Both", "branch": 1}
    assert nodes["/States/Each/ItemProcessor/StartAt"]["container"] == "/States/Each"


def test_a_node_has_the_states_resource_and_comment() -> None:
    graph = build_graph(machine(T={"Type": "Task", "Resource": "work", "Comment": "hard", "End": True}))
    assert graph.nodes["/States/T"]["resource"] == "work"
    assert graph.nodes["/States/T"]["comment"] == "hard"


def test_names_that_occur_twice_or_look_like_pointers_stay_apart() -> None:
    inner = machine(A={"Type": "Pass"})
    states: Any = {
        "A": {"Type": "Parallel", "Branches": [inner, inner]},
        "A/Branches/0/States/A": {"Type": "Pass"},
        "StartAt": {"Type": "Pass"},
        "End": {"Type": "Succeed"},
        "": {"Type": "Pass"},
    }
    definition = {"StartAt": "A", "States": states}
    drawn = [id for id, node in build_graph(definition).nodes(data=True) if node["kind"] == "state"]
    assert len(drawn) == 7


def test_what_leaves_a_choice_is_in_the_order_of_evaluation() -> None:
    choice = {
        "Type": "Choice",
        "Default": "B",
        "Choices": [
            {"Variable": "$.n", "NumericEquals": 1, "Next": "B"},
            {"Variable": "$.n", "NumericEquals": 2, "Next": "A"},
            {"Variable": "$.n", "NumericEquals": 3, "Next": "B"},
        ],
    }
    definition = machine(A=choice, B={"Type": "Succeed"})
    assert edges_from(definition, "/States/A") == [
        (0, "choice", "$.n == 1", "/States/B"),
        (1, "choice", "$.n == 2", "/States/A"),
        (2, "choice", "$.n == 3", "/States/B"),
        (3, "default", "default", "/States/B"),
    ]


def test_catchers_come_after_next_with_their_error_names() -> None:
    catch = [{"ErrorEquals": ["E", "F"], "Next": "B"}, {"ErrorEquals": ["States.ALL"], "Next": "C"}]
    definition = machine(A={"Type": "Task", "Next": "B", "Catch": catch}, B={}, C={})
    assert edges_from(definition, "/States/A") == [
        (0, "next", "", "/States/B"),
        (1, "catch", "E, F", "/States/B"),
        (2, "catch", "States.ALL", "/States/C"),
    ]
    assert build_graph(definition).edges["/States/A", "/States/B", 1]["errors"] == ["E", "F"]


@pytest.mark.parametrize("fields", [{"Type": "Pass", "End": True}, {"Type": "Succeed"}, {"Type": "Fail"}])
def test_what_ends_a_scope_goes_to_its_end_mark(fields: Any) -> None:
    assert edges_from(machine(A=fields), "/States/A") == [(0, "end", "", "/End")]


def test_the_older_iterator_is_drawn_and_the_item_processor_preferred() -> None:
    old, new = machine(Old={"Type": "Pass"}), machine(New={"Type": "Pass"})
    assert "/States/M/Iterator/States/Old" in build_graph(machine(M={"Type": "Map", "Iterator": old}))
    both = build_graph(machine(M={"Type": "Map", "Iterator": old, "ItemProcessor": new}))
    assert "/States/M/ItemProcessor/States/New" in both
    assert "/States/M/Iterator/States/Old" not in both


def test_a_target_that_does_not_exist_is_a_node_in_the_scope_that_names_it() -> None:
    inner = {"StartAt": "I", "States": {"I": {"Type": "Pass", "Next": "Outer"}}}
    graph = build_graph(machine(Outer={"Type": "Map", "ItemProcessor": inner, "Next": "Gone"}))
    assert graph.nodes["/States/Gone"]["kind"] == "missing"
    other_scope = graph.nodes["/States/Outer/ItemProcessor/States/Outer"]
    assert (other_scope["kind"], other_scope["container"]) == ("missing", "/States/Outer")


def test_half_written_parts_are_left_out() -> None:
    states: dict[str, Any] = {
        "A": None,
        "B": {"Type": 7, "Next": ["A"], "Catch": "x", "Comment": 1, "End": "yes"},
        "C": {"Type": "Choice", "Choices": [3, {"Next": 4}, {}]},
        "D": {"Type": "Parallel", "Branches": [None, 1]},
    }
    graph = build_graph({"StartAt": 3, "States": states})
    assert {node["name"] for _, node in graph.nodes(data=True)} == {"Start", "A", "B", "C", "D"}
    assert graph.number_of_edges() == 0


@pytest.mark.parametrize("definition", [None, [], "text", 3, {}, {"States": []}, {"StartAt": "A"}])
def test_only_a_value_without_states_is_refused(definition: Any) -> None:
    with pytest.raises(UsageError, match="nothing to draw"):
        build_graph(definition)


def test_the_definition_is_left_as_it_was() -> None:
    definition = copy.deepcopy(MAP)
    build_graph(definition)
    assert definition == MAP
