"""What counts, exactly: the hits and the ratios of a known machine after given runs."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from known_machine import KNOWN, TOTALS

import aslrun
from aslrun.coverage.instrument import watch
from aslrun.coverage.points import KINDS, points_of
from aslrun.coverage.recording import Recording
from aslrun.coverage.report import DefinitionCoverage, measure
from aslrun.integrations.answers import mocks_of
from aslrun.machine import StateMachine, watchers

Exercise = Callable[..., Recording]


@pytest.fixture
def known(tmp_path: Path) -> StateMachine:
    """KNOWN, in a file."""
    (tmp_path / "known.asl.json").write_text(json.dumps(KNOWN, indent=2), encoding="utf-8")
    return aslrun.load(tmp_path / "known.asl.json")


@pytest.fixture
def exercise(known: StateMachine) -> Exercise:
    """Run KNOWN with some inputs, each with the answers of `Work`, and return what was recorded."""

    def exercise(*inputs: Any, work: Any = None) -> Recording:
        recording = Recording()
        for input in inputs:
            instrument = recording.instrument(known)
            known.execute(input, mocks=mocks_of({"Work": work}), instrument=instrument, seed=1)
        return recording

    return exercise


def hits(recording: Recording) -> dict[str, int]:
    [counts] = recording.coverage.counts.values()
    return dict(counts.hits)


def definition(recording: Recording) -> DefinitionCoverage:
    [covered] = measure(recording.coverage).definitions
    return covered


def ratios(recording: Recording) -> dict[str, int]:
    covered = definition(recording)
    assert {kind: covered.ratio(kind)[1] for kind in KINDS} == TOTALS
    return {kind: covered.ratio(kind)[0] for kind in KINDS if covered.ratio(kind)[0]}


def test_there_is_so_much_to_cover() -> None:
    points = list(points_of(KNOWN))
    assert {kind: sum(point.kind == kind for point in points) for kind in KINDS} == TOTALS
    assert len({(point.kind, point.key) for point in points}) == len(points) == sum(TOTALS.values())


def test_the_first_rule_and_a_task_that_succeeds(exercise: Exercise) -> None:
    recording = exercise({"go": "work"}, work={})
    assert hits(recording) == {
        "/States/Choose": 1,
        "/States/Choose/Choices/0=true": 1,
        "/States/Choose/Choices/0/Next": 1,
        "/States/Work": 1,
        "/States/Work/Next": 1,
        "/States/Done": 1,
    }
    assert ratios(recording) == {"states": 3, "transitions": 2, "rules": 1}
    assert definition(recording).ratio() == (6, 38)


def test_rules_that_do_not_hold_and_default(exercise: Exercise) -> None:
    recording = exercise({"go": "away"}, {"go": "away"})
    assert hits(recording) == {
        "/States/Choose": 2,
        "/States/Choose/Choices/0=false": 2,
        "/States/Choose/Choices/1=false": 2,
        "/States/Choose/Choices/2=false": 2,
        "/States/Choose/Default": 2,
        "/States/Refused": 2,
    }
    assert ratios(recording) == {"states": 2, "transitions": 1, "rules": 3}


def test_a_rule_that_cannot_be_evaluated_has_no_outcome(exercise: Exercise) -> None:
    assert hits(exercise({})) == {"/States/Choose": 1}


def test_retriers_that_fire_and_catchers_that_catch(exercise: Exercise) -> None:
    busy = aslrun.StateError("Busy")
    recording = exercise({"go": "work"}, work=(busy, aslrun.StateError("Slow"), busy, busy))
    assert hits(recording) == {
        "/States/Choose": 1,
        "/States/Choose/Choices/0=true": 1,
        "/States/Choose/Choices/0/Next": 1,
        "/States/Work": 1,
        "/States/Work/Retry/1": 2,
        "/States/Work/Retry/2": 1,
        "/States/Work/Catch/0": 1,
        "/States/Work/Catch/0/Next": 1,
        "/States/Pause": 1,
        "/States/Pause/Next": 1,
        "/States/Done": 1,
    }
    assert ratios(recording) == {"states": 4, "transitions": 3, "rules": 1, "retriers": 2, "catchers": 1}


def test_a_retrier_without_attempts_is_nothing_to_cover(exercise: Exercise) -> None:
    recording = exercise({"go": "work"}, work=aslrun.StateError("Never"))
    assert "/States/Work/Retry/0" not in hits(recording)
    assert hits(recording)["/States/Work/Catch/1"] == 1
    assert ratios(recording) == {"states": 3, "transitions": 2, "rules": 1, "catchers": 1}


def test_branches(exercise: Exercise) -> None:
    recording = exercise({"go": "two"})
    assert hits(recording) == {
        "/States/Choose": 1,
        "/States/Choose/Choices/0=false": 1,
        "/States/Choose/Choices/1=true": 1,
        "/States/Choose/Choices/1/Next": 1,
        "/States/Both": 1,
        "/States/Both/Branches/0/States/Left": 1,
        "/States/Both/Branches/0/States/Left/End": 1,
        "/States/Both/Branches/1/States/Right": 1,
        "/States/Both/Catch/0": 1,
        "/States/Both/Catch/0/Next": 1,
        "/States/Pause": 1,
        "/States/Pause/Next": 1,
        "/States/Done": 1,
    }


def test_maps_with_and_without_items(exercise: Exercise) -> None:
    empty = exercise({"go": "each", "items": []})
    assert hits(empty)["/States/Each/ItemProcessor=empty"] == 1
    assert ratios(empty) == {"states": 2, "transitions": 2, "rules": 3}
    outer = exercise({"go": "each", "items": [[], []]})
    inner = "/States/Each/ItemProcessor/States/Inner"
    assert hits(outer)[f"{inner}/Iterator=empty"] == 2
    assert ratios(outer) == {"states": 3, "transitions": 3, "rules": 3, "maps": 1}
    full = exercise({"go": "each", "items": [[], [1, 2, 3]]})
    assert hits(full)[f"{inner}/Iterator/States/a~1b~0"] == 3
    assert hits(full)[f"{inner}/End"] == 2
    assert ratios(full) == {"states": 4, "transitions": 4, "rules": 3, "maps": 2}


@pytest.mark.parametrize(
    ("condition", "outcomes"),
    [
        ("{% true %}", ["true"]),
        (False, ["false"]),
        ("{%false%}", ["false"]),
        ("{% $x = true %}", ["true", "false"]),
    ],
)
def test_a_constant_rule_has_one_outcome(condition: Any, outcomes: list[str]) -> None:
    state: Any = {"Type": "Choice", "Choices": [{"Condition": condition, "Next": "C"}]}
    points = points_of({"StartAt": "C", "States": {"C": state}})
    assert [point.key.rpartition("=")[2] for point in points if point.kind == "rules"] == outcomes


def test_an_error_in_its_own_fields_ends_a_state_without_a_transition(run: Any) -> None:
    counted: Counter[str] = Counter()
    definition: Any = {
        "StartAt": "A",
        "States": {"A": {"Type": "Pass", "Result": 1, "OutputPath": "$.nowhere", "End": True}},
    }
    ended = run(definition, instrument=lambda machine: watch(machine, definition, counted))
    assert (ended.status, dict(counted)) == ("FAILED", {"/States/A": 1})


@pytest.mark.parametrize("type", ["JSONPath", "JSONata"])
def test_distributed_maps_and_jsonata(tmp_path: Path, type: str) -> None:
    jsonata = type == "JSONata"
    items = {"Items": "{% $states.input %}"} if jsonata else {}
    rule = {"Condition": "{% $states.input > 1 %}"}
    if not jsonata:
        rule = {"Variable": "$", "NumericGreaterThan": 1}  # type: ignore[dict-item]
    machine = {
        "QueryLanguage": type,
        "StartAt": "Each",
        "States": {
            "Each": {
                "Type": "Map",
                **items,
                "ItemProcessor": {
                    "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
                    "StartAt": "Big",
                    "States": {
                        "Big": {"Type": "Choice", "Choices": [{**rule, "Next": "Yes"}], "Default": "Yes"},
                        "Yes": {"Type": "Succeed"},
                    },
                },
                "End": True,
            }
        },
    }
    (tmp_path / "each.asl.json").write_text(json.dumps(machine))
    recording = Recording()
    loaded = aslrun.load(tmp_path / "each.asl.json")
    loaded.execute([1, 2, 3], instrument=recording.instrument(loaded))
    body = "/States/Each/ItemProcessor/States"
    assert hits(recording) == {
        "/States/Each": 1,
        f"{body}/Big": 3,
        f"{body}/Big/Choices/0=false": 1,
        f"{body}/Big/Choices/0=true": 2,
        f"{body}/Big/Choices/0/Next": 2,
        f"{body}/Big/Default": 1,
        f"{body}/Yes": 3,
        "/States/Each/End": 1,
    }
    assert definition(recording).ratio() == (9, 9)


def test_an_instrumented_machine_does_just_what_the_machine_does(
    known: StateMachine, exercise: Exercise
) -> None:
    recording = Recording()
    mocks = mocks_of({"Work": aslrun.StateError("Busy")})
    inputs: list[Any] = [{"go": go, "items": [[1]]} for go in ("work", "both", "each", "away")]
    for input in [*inputs, {}]:
        plain, watched = (
            known.execute(input, mocks=mocks, seed=1, name="n", instrument=instrument)
            for instrument in (None, recording.instrument(known))
        )
        for event in (*plain.history, *watched.history):
            event.pop("timestamp")
        assert plain.history == watched.history


def test_a_process_that_is_watched(known: StateMachine) -> None:
    recording = Recording()
    watchers.append(recording.instrument)
    try:
        known.execute({"go": "away"}, partial=True)
        aslrun.load({"StartAt": "A", "States": {"A": {"Type": "Succeed"}}}).execute()
    finally:
        watchers.remove(recording.instrument)
    known.execute({"go": "away"}, partial=True)
    assert hits(recording)["/States/Refused"] == 1


def test_what_was_missed_in_few_lines(exercise: Exercise) -> None:
    told = [
        (miss.message, miss.span and (miss.span.line, miss.span.column), miss.inside)
        for miss in definition(exercise({"go": "each", "items": []})).misses()
    ]
    lines = json.dumps(KNOWN, indent=2).splitlines()

    def place(text: str) -> tuple[int, int]:
        found = next(at for at, line in enumerate(lines) if text in line)
        return found + 1, lines[found].index(text) + 1

    assert told[:4] == [
        (
            "Choices[0] of 'Choose' ($.go == \"work\") was never true",
            (7, 9),
            {"transitions": 1},
        ),
        (
            'Choices[1] of \'Choose\' ($.go == "both" or $.go == "two") was never true',
            (12, 9),
            {"transitions": 1},
        ),
        ("Choices[2] of 'Choose' ($.go == \"each\") was never false", (25, 9), {}),
        (
            "the transition 'Choose' → 'Refused' (Default) was never taken",
            place('"Default"'),
            {},
        ),
    ]
    assert told[4:7] == [
        (
            "state 'Work' was never entered",
            place('"Work": {'),
            {"transitions": 3, "retriers": 2, "catchers": 2},
        ),
        (
            "state 'Both' was never entered",
            place('"Both": {'),
            {"states": 2, "transitions": 3, "catchers": 1},
        ),
        (
            "the body of the Map 'Each' was never run: there were no items",
            place('"ItemProcessor"'),
            {"states": 2, "transitions": 2, "maps": 1},
        ),
    ]
    assert [message for message, _, _ in told[7:]] == [
        "state 'Pause' was never entered",
        "state 'Done' was never entered",
        "state 'Refused' was never entered",
    ]


def test_a_rule_that_no_run_came_to(exercise: Exercise) -> None:
    messages = [miss.message for miss in definition(exercise({"go": "work"}, work={})).misses()]
    assert messages[:2] == [
        "Choices[0] of 'Choose' ($.go == \"work\") was never false",
        'Choices[1] of \'Choose\' ($.go == "both" or $.go == "two") was never evaluated',
    ]
    assert "Retry[1] of 'Work' (Busy) never retried" in messages
    assert "Catch[1] of 'Work' (States.ALL) never caught an error" in messages
