"""Laws of executions, on machines that hypothesis makes."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

import aslrun
from aslrun.drivers.clock import VirtualClock
from aslrun.history.text import event_texts
from aslrun.interpreter.scope import Journal
from aslrun.views.running import Running

JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**9), 10**9) | st.floats(-1e6, 1e6) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=8,
)


def chained(states: list[dict[str, Any]], prefix: str) -> dict[str, Any]:
    """Make a machine in which each state goes to the next one, names made unique by `prefix`."""
    names = [f"{prefix}{number}" for number in range(len(states))]
    ends: list[dict[str, Any]] = [{"Next": name} for name in names[1:]]
    ends.append({"End": True})
    linked = zip(states, ends, strict=True)
    made = [state if state["Type"] in ("Fail", "Succeed") else {**state, **end} for state, end in linked]
    return {"StartAt": names[0], "States": dict(zip(names, made, strict=True))}


LEAVES = st.one_of(
    JSON_VALUES.map(lambda value: {"Type": "Pass", "Result": value}),
    st.just({"Type": "Pass", "Parameters": {"id.$": "States.UUID()", "all.$": "$"}}),
    st.integers(0, 100).map(lambda seconds: {"Type": "Wait", "Seconds": seconds}),
    st.just({"Type": "Fail", "Error": "E", "Cause": "c"}),
    st.just({"Type": "Pass", "InputPath": "$.a.b"}),
)


def containers(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    chains = st.lists(inner, min_size=1, max_size=3)
    handling: dict[str, Any] = {"Retry": [{"ErrorEquals": ["E"], "MaxAttempts": 1, "JitterStrategy": "FULL"}]}
    parallel = st.lists(chains, min_size=1, max_size=3).map(
        lambda branches: {"Type": "Parallel", "Branches": branches, **handling}
    )
    mapped = st.tuples(chains, st.integers(0, 3)).map(
        lambda made: {
            "Type": "Map",
            "ItemsPath": "$$.Execution.Input",
            "Body": made[0],
            "MaxConcurrency": made[1],
        }
    )
    return parallel | mapped


def finish(state: dict[str, Any], prefix: str) -> dict[str, Any]:
    """Turn lists of states inside `state` into machines with names of their own."""
    if "Branches" in state:
        branches = [machine(branch, f"{prefix}b{at}-") for at, branch in enumerate(state["Branches"])]
        return {**state, "Branches": branches}
    if "Body" in state:
        rest = {name: value for name, value in state.items() if name != "Body"}
        return {**rest, "ItemProcessor": machine(state["Body"], f"{prefix}m-")}
    return state


def machine(states: list[dict[str, Any]], prefix: str) -> dict[str, Any]:
    cut = next((at for at, state in enumerate(states) if state["Type"] == "Fail"), len(states))
    finished = [finish(state, f"{prefix}{at}") for at, state in enumerate(states[: cut + 1])]
    return chained(finished, prefix)


MACHINES = st.lists(st.recursive(LEAVES, containers, max_leaves=6), min_size=1, max_size=4).map(
    lambda states: machine(states, "S")
)
INPUTS = st.lists(JSON_VALUES, max_size=3)


def execute(definition: dict[str, Any], input: Any, seed: int = 7) -> aslrun.Execution:
    return aslrun.load(definition).execute(input, seed=seed, clock=VirtualClock(1_770_000_000.0))


@settings(max_examples=60)
@given(MACHINES, INPUTS)
def test_ids_count_up_and_previous_events_come_before(definition: dict[str, Any], input: Any) -> None:
    execution = execute(definition, input)
    assert execution.status in ("SUCCEEDED", "FAILED")
    for number, event in enumerate(execution.history, 1):
        assert event["id"] == number
        previous = event["previousEventId"]
        assert isinstance(previous, int)
        assert 0 <= previous < number


@settings(max_examples=60)
@given(MACHINES, INPUTS)
def test_one_seed_gives_one_history(definition: dict[str, Any], input: Any) -> None:
    assert execute(definition, input).history == execute(definition, input).history


@settings(max_examples=60)
@given(MACHINES, INPUTS)
def test_nothing_given_is_changed_and_all_that_is_told_is_json(
    definition: dict[str, Any], input: Any
) -> None:
    before = json.dumps([definition, input])
    history = execute(definition, input).history
    assert json.dumps([definition, input]) == before
    assert json.loads(json.dumps(history)) == history


@settings(max_examples=60)
@given(MACHINES, INPUTS)
def test_every_state_that_is_left_was_entered(definition: dict[str, Any], input: Any) -> None:
    entered: list[Any] = []
    for event in execute(definition, input).history:
        for field in ("stateEnteredEventDetails", "stateExitedEventDetails"):
            details: Any = event.get(field)
            if field == "stateEnteredEventDetails" and details:
                entered.append(details["name"])
            elif details:
                entered.remove(details["name"])


@settings(max_examples=60)
@given(MACHINES, INPUTS)
def test_what_goes_on_can_be_read_row_by_row_and_ends(definition: dict[str, Any], input: Any) -> None:
    rows = execute(definition, input).journal.rows
    growing = Journal(0, None, None)
    running = Running(growing)
    for number, row in enumerate(rows):
        growing.cells.extend(row)
        running.read(number)
        going = {one.name: one.visits for one in running.doing()} | {map.name: 1 for map in running.maps()}
        assert all(going.values())
        assert all(0 <= map.succeeded + map.failed <= map.items for map in running.maps())
    assert (running.events, running.doing(), running.maps()) == (len(rows), [], [])


@given(MACHINES, INPUTS)
@settings(max_examples=100)
def test_the_text_of_events_is_that_of_the_events(made: dict[str, Any], given_input: Any) -> None:
    execution = aslrun.load(made).execute(given_input, seed=0)
    texts = [*event_texts(execution.journal)]
    assert texts == [json.dumps(event, ensure_ascii=False) for event in execution.history]


@given(st.lists(st.dictionaries(st.text(max_size=4), JSON_VALUES, max_size=4), max_size=5))
def test_a_long_text_is_put_together_of_its_parts(results: list[dict[str, Any]]) -> None:
    """Of 5,000 characters and more, with what each state adds or replaces."""
    states: list[dict[str, Any]] = [
        {"Type": "Pass", "Result": result, "ResultPath": f"$.{name}"}
        for result, name in zip(results, "abcab", strict=False)
    ]
    given_input: Any = {"rows": [["é"] * 2_500], "a": {"b": 1}}
    execution = aslrun.load(machine([*states, {"Type": "Succeed"}], "S")).execute(given_input)
    values = [row[4] for row in execution.journal.rows if row[1].startswith("Pass")]
    told = [event for event in execution.history if str(event["type"]).startswith("Pass")]
    for value, event in zip(values, told, strict=True):
        details: Any = event.get("stateEnteredEventDetails") or event.get("stateExitedEventDetails")
        text = details.get("input") or details.get("output")
        assert text == json.dumps(value, ensure_ascii=False, separators=(",", ":"))
