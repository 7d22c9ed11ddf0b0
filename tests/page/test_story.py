"""The data of the page: what it tells of visits, iterations, variables, logs and children."""

from __future__ import annotations

import json
from typing import Any

import pytest
from executions import DISTRIBUTED, ORDERS, TASK, distributed, machine, orders, run

import aslrun
from aslrun.errors import UsageError
from aslrun.graph import build_graph
from aslrun.graph.overlay import mark_journey
from aslrun.page import Recording, record_execution, render_page
from aslrun.page.html import read_story
from aslrun.page.recording import read_whole
from aslrun.page.story import COLUMNS, tell_story


class Story:
    """The tables as lists of dicts, and the texts by their numbers."""

    def __init__(self, definition: Any, recording: Recording) -> None:
        graph, whole = build_graph(definition), read_whole(recording)
        self.data: Any = tell_story(graph, definition, whole, mark_journey(graph, whole.journey))
        self.graph = graph

    def __getattr__(self, table: str) -> list[dict[str, Any]]:
        return [dict(zip(COLUMNS[table], row, strict=True)) for row in self.data[table]]

    def text(self, number: int) -> Any:
        return None if number < 0 else self.data["texts"][number]

    def value(self, number: int) -> Any:
        return json.loads(self.text(number))

    def variables(self, row: int) -> dict[str, Any]:
        """All variables in reach of a row of `variables`."""
        if row < 0:
            return {}
        before, assigned = self.data["variables"][row]
        return {
            **self.variables(before),
            **{name: self.value(text) for name, text in assigned.items()},
        }

    def named(self, name: str) -> list[dict[str, Any]]:
        return [visit for visit in self.visits if visit["name"] == name]


def story_of(definition: Any, execution: aslrun.Execution) -> Story:
    return Story(definition, record_execution(execution))


def test_the_execution_itself() -> None:
    story = story_of(ORDERS, orders("", "Fatal"))
    told = story.data
    assert (told["status"], told["started"]) == ("FAILED", 1_770_000_000.0)
    assert story.text(told["error"]) == "Fatal"
    assert story.value(told["cause"])["errorMessage"] == "number 1 fails"
    assert story.value(told["input"])[0] == {"number": 0, "fails": ""}
    assert story.text(told["output"]) is None


def test_texts_that_are_handed_on_are_there_once() -> None:
    story = story_of(ORDERS, orders(*[""] * 5))
    texts = story.data["texts"]
    assert len(texts) == len(set(texts))
    load, each = story.named("Load")[0], story.named("Each")[0]
    assert load["input"] == load["output"] == each["input"] == story.data["input"]


def test_visits_have_their_place_data_and_end() -> None:
    story = story_of(ORDERS, orders("", "Bad"))
    first, second = story.named("Work")
    nodes = story.nodes
    assert nodes[first["node"]]["id"] == "/States/Each/ItemProcessor/States/Work"
    assert (first["status"], second["status"]) == ("succeeded", "caught")
    assert story.value(first["output"])["done"] is True
    assert story.text(second["error"]) == "Bad"
    assert story.value(second["cause"])["errorMessage"] == "number 1 fails"
    assert story.events[first["began"]]["type"] == "TaskStateEntered"
    assert story.events[first["ended"]]["type"] == "TaskStateExited"
    way = story.edges[second["way"]]
    assert (nodes[way["source"]]["type"], nodes[way["target"]]["name"]) == (None, "Work")
    skip = story.named("Skip")[0]
    assert nodes[story.edges[skip["way"]]["source"]]["name"] == "Work"
    assert nodes[story.edges[skip["out"]]["target"]]["name"] == "End"


def test_attempts_have_events_errors_and_logs() -> None:
    execution = orders("Busy")
    scheduled = [event for event in execution.history if event["type"] == "LambdaFunctionScheduled"]
    started = [int(str(event["id"])) + 1 for event in scheduled]
    logs = {started[0]: ["one", "two"], started[1]: ["three"], 9999: ["of no event"]}
    story = Story(ORDERS, Recording(execution.history, logs))
    first, second = story.named("Work")[0]["attempts"]
    assert [story.text(first[2]), story.text(first[4])] == ["Busy", "one\ntwo"]
    assert [story.text(text) for text in second[2:]] == [None, None, "three"]
    assert [story.events[at]["type"] for at in second[:2]] == [
        "LambdaFunctionScheduled",
        "LambdaFunctionSucceeded",
    ]


def test_variables_in_reach() -> None:
    story = story_of(ORDERS, orders("", ""))
    load, work, left = (story.named(name)[0] for name in ("Load", "Work", "Left"))
    assert story.variables(load["variables"]) == {}
    assert story.variables(load["assigned"]) == {"batch": "b-7"}
    assert story.variables(work["variables"]) == {"batch": "b-7"}
    assert story.variables(left["variables"]) == {"batch": "b-7", "worked": True}
    # What an iteration assigns is not seen outside of it, nor in others.
    assert story.variables(story.named("Work")[1]["variables"]) == {"batch": "b-7"}
    assert story.variables(story.named("Done")[0]["variables"]) == {"batch": "b-7"}


def test_iterations() -> None:
    story = story_of(ORDERS, orders("", "Busy", "Fatal"))
    each = story.visits.index(story.named("Each")[0])
    told = [(row["map"], row["index"], row["status"], row["child"]) for row in story.iterations]
    assert told == [(each, 0, "aborted", False), (each, 1, "aborted", False), (each, 2, "failed", False)]
    started = [event for event in story.events if event["iteration"] >= 0]
    assert [event["more"]["index"] for event in started] == [0, 1, 2]
    assert story.named("Work")[2]["iteration"] == 2


def test_events_tell_texts_and_the_rest_apart() -> None:
    story = story_of(ORDERS, orders(""))
    events = story.events
    entered = next(event for event in events if event["type"] == "TaskStateEntered")
    assert [*entered["texts"]] == ["input"]
    assert entered["more"] == {"name": "Work"}
    assert entered["time"] == 0
    assert [event["id"] for event in events] == [*range(1, len(events) + 1)]


def test_a_states_definition_leaves_out_the_states_inside_it() -> None:
    story = story_of(ORDERS, orders(""))
    definitions = {node["name"]: node["definition"] for node in story.nodes if node["definition"] >= 0}
    assert story.value(definitions["Each"])["ItemProcessor"] == {"StartAt": "Work", "States": "…"}
    assert story.value(definitions["Both"])["Branches"][1] == {"StartAt": "Right", "States": "…"}
    assert story.value(definitions["Done"]) == {"Type": "Succeed"}


def test_children_of_a_distributed_map_are_iterations() -> None:
    story = story_of(DISTRIBUTED, distributed())
    told = [(row["index"], row["status"], row["child"]) for row in story.iterations]
    assert told == [(0, "succeeded", True), (1, "failed", True), (2, "succeeded", True)]
    first = story.named("Work")[0]
    assert story.nodes[first["node"]]["id"] == "/States/Each/ItemProcessor/States/Work"
    assert story.visits[first["container"]]["name"] == "Each"
    event = story.events[first["began"]]
    assert (event["run"], event["id"]) == (1, 2)
    assert {row["run"] for row in story.events} == {0, 1, 2, 3}
    node = story.graph.nodes["/States/Each"]
    assert node["iterations"] == {"succeeded": 2, "failed": 1}
    assert story.data["seconds"] == 3.0


def test_children_go_to_the_attempt_that_started_them() -> None:
    definition = machine(
        Each={**DISTRIBUTED["States"]["Each"], "ToleratedFailureCount": 0},
    )
    definition["States"]["Each"]["Retry"] = [{"ErrorEquals": ["States.ALL"], "IntervalSeconds": 5}]
    # Given answers take no time, so that the children end in the order in which they began.
    answers = (ValueError("once"), 2, 1, 2)
    story = story_of(definition, run(definition, [1, 2], functions={"f": answers}))
    assert [(row["attempt"], row["superseded"], row["status"]) for row in story.iterations] == [
        (1, True, "failed"),
        (1, True, "aborted"),
        (2, False, "succeeded"),
        (2, False, "succeeded"),
    ]


def test_a_history_without_data_from_aws() -> None:
    """--no-include-execution-data leaves inputs and outputs out; times may be numbers."""
    events = [
        {"id": 1, "type": "ExecutionStarted", "timestamp": 1_770_000_000.25, "previousEventId": 0},
        {"id": 2, "type": "TaskStateEntered", "timestamp": 1_770_000_000.5, "previousEventId": 0,
         "stateEnteredEventDetails": {"name": "T", "inputDetails": {"truncated": True}}},
        {"id": 3, "type": "TaskScheduled", "timestamp": 1_770_000_001.5, "previousEventId": 2},
    ]  # fmt: skip
    story = Story(machine(T={**TASK, "End": True}), Recording(events))
    visit = story.named("T")[0]
    assert (visit["input"], visit["output"], visit["status"], visit["ended"]) == (-1, -1, "in_progress", -1)
    assert story.events[visit["began"]]["more"]["inputDetails"] == {"truncated": True}
    assert (story.data["status"], story.data["seconds"]) == ("RUNNING", 1.25)
    assert story.events[2]["time"] == 1.25


def test_a_state_that_the_definition_no_longer_has_keeps_its_visit() -> None:
    execution = run(machine(A={"Type": "Pass", "Next": "B"}, B={"Type": "Pass", "End": True}))
    story = story_of(machine(A={"Type": "Pass", "End": True}), execution)
    assert [(visit["name"], visit["node"] >= 0) for visit in story.visits] == [("A", True), ("B", False)]


def test_rules_of_a_choice_whose_input_path_no_longer_fits_are_not_known() -> None:
    rule = {"Variable": "$", "IsNull": True, "Next": "Done"}
    choice = {"Type": "Choice", "Choices": [rule], "Default": "Done"}
    execution = run(machine(C=choice, Done={"Type": "Succeed"}), {"a": None})
    for path in ("$.b", "$.a.b", "no path"):
        story = story_of(machine(C={**choice, "InputPath": path}, Done={"Type": "Succeed"}), execution)
        assert story.named("C")[0]["rules"] is None
    null = run(machine(C=choice, Done={"Type": "Succeed"}), None)
    story = story_of(machine(C={**choice, "InputPath": "$.a"}, Done={"Type": "Succeed"}), null)
    assert story.named("C")[0]["rules"] is None


def test_a_history_of_another_machine_is_refused() -> None:
    with pytest.raises(UsageError, match="another state machine"):
        story_of(machine(Other={"Type": "Pass", "End": True}), orders(""))


@pytest.mark.parametrize("mode", ["INLINE", "DISTRIBUTED"])
def test_a_page_shows_the_first_of_what_is_too_much(mode: str) -> None:
    inner = {"StartAt": "P", "States": {"P": {"Type": "Pass", "End": True}}}
    config = {"Mode": mode} if mode == "INLINE" else {"Mode": mode, "ExecutionType": "STANDARD"}
    each = {"Type": "Map", "ItemProcessor": {**inner, "ProcessorConfig": config}, "End": True}
    machine = aslrun.load({"StartAt": "Each", "States": {"Each": each}})
    execution = machine.execute([*range(50)])
    recording = record_execution(execution, most=100)
    shown = len(recording.events) + sum(len(child.events) for child in recording.children)
    total = len(execution.history) + sum(len(child.history) for child in execution.children)
    assert 20 < shown <= 100
    assert recording.left_out == total - shown
    page = render_page(machine.definition, recording, title="m")
    assert f"{recording.left_out:,} further events are left out" in page


def test_the_story_knows_the_critical_path_and_what_was_near_a_limit() -> None:
    definition: Any = {
        "StartAt": "Both",
        "States": {
            "Both": {
                "Type": "Parallel",
                "End": True,
                "Branches": [
                    {"StartAt": name, "States": {name: {"Type": "Wait", "Seconds": seconds, "End": True}}}
                    for name, seconds in (("Short", 1), ("Long", 5))
                ],
            }
        },
    }
    execution = aslrun.load(definition).execute("x" * 220_000, quota=False)
    story: Any = read_story(build_graph(definition), definition, record_execution(execution))
    names = [story["visits"][number][1] for number in story["critical"]]
    assert names == ["Both", "Long"]
    assert story["limits"][0] == "data in Both: 440,007 of 262,144 bytes (168%)"
