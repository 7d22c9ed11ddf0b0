"""What a history tells about times, attempts and iterations: the attributes `seconds` and `iterations`, and
the visits themselves."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from test_overlay import MAP, TASK, history, machine

import aslrun
from aslrun.graph import build_graph, mark_execution
from aslrun.graph.visits import Journey, read_journey
from aslrun.timestamps import read_event_time

NOW = 1_770_000_000.5


def timed(text: str) -> list[dict[str, Any]]:
    """Events of `history`, each a second after the one before."""
    return [{**event, "timestamp": NOW + number} for number, event in enumerate(history(text))]


def nodes(definition: Any, events: Any) -> dict[str, Any]:
    graph = mark_execution(build_graph(definition), events)
    return {node["name"]: node for _, node in graph.nodes(data=True)}


@pytest.mark.parametrize(
    "timestamp",
    [
        NOW,
        "2026-02-02T02:40:00.500000+00:00",
        "2026-02-02T02:40:00.500Z",
        "2026-02-02T03:40:00.5+01:00",
        "2026-02-02 02:40:00.500000",
        datetime.fromtimestamp(NOW, UTC),
    ],
)
def test_timestamps_as_they_are_written(timestamp: Any) -> None:
    assert read_event_time(timestamp) == NOW


def test_what_is_no_timestamp() -> None:
    assert (read_event_time(None), read_event_time("soon")) == (None, None)


def test_the_time_of_all_visits_of_a_state() -> None:
    rule = {"Variable": "$.n", "NumericLessThan": 2, "Next": "W"}
    choice = {"Type": "Choice", "Choices": [rule], "Default": "S"}
    definition = machine(W={"Type": "Wait", "Next": "C"}, C=choice, S={"Type": "Succeed"})
    told = nodes(
        definition,
        timed("""
        1 0 ExecutionStarted
        2 0 WaitStateEntered W
        3 2 WaitStateExited W
        4 3 ChoiceStateEntered C
        5 4 ChoiceStateExited C
        6 5 WaitStateEntered W
        7 6 WaitStateExited W
        8 7 ChoiceStateEntered C
    """),
    )
    assert (told["W"]["seconds"], told["C"]["seconds"]) == (2.0, 1.0)
    assert "seconds" not in told["S"]


def test_a_state_in_progress_counts_up_to_the_last_event_and_an_aborted_one_to_its_end() -> None:
    branches = [machine(L={**TASK, "End": True}), machine(R={"Type": "Wait", "End": True})]
    definition = machine(P={"Type": "Parallel", "Branches": branches, "End": True})
    text = """
        1 0 ExecutionStarted
        2 0 ParallelStateEntered P
        3 2 ParallelStateStarted
        4 3 TaskStateEntered L
        5 4 TaskScheduled
        6 3 WaitStateEntered R
        7 5 TaskStarted
    """
    running = nodes(definition, timed(text))
    assert [running[name]["seconds"] for name in "PLR"] == [5.0, 3.0, 1.0]
    failing = text + "8 7 TaskFailed !E\n9 8 ParallelStateFailed\n10 9 ExecutionFailed !E"
    failed = nodes(definition, timed(failing))
    assert [failed[name]["seconds"] for name in "PLR"] == [7.0, 4.0, 3.0]


def test_without_timestamps_there_are_no_seconds() -> None:
    told = nodes(machine(A={"Type": "Pass"}), history("1 0 ExecutionStarted\n2 0 PassStateEntered A"))
    assert "seconds" not in told["A"]


ITERATIONS = """
    1 0 ExecutionStarted
    2 0 MapStateEntered M
    3 2 MapStateStarted
    4 3 MapIterationStarted M
    5 4 PassStateEntered I
    6 5 PassStateExited I
    7 6 TaskStateEntered J
    8 7 TaskScheduled
    9 3 MapIterationStarted M
    10 9 PassStateEntered I
    11 8 TaskFailed !E
    12 11 MapIterationFailed M
"""


@pytest.mark.parametrize(
    ("more", "iterations"),
    [
        ("", {"failed": 1, "in_progress": 1}),
        ("13 10 MapIterationAborted M\n14 11 MapStateFailed", {"failed": 1, "aborted": 1}),
        ("13 11 MapStateFailed\n14 13 ExecutionFailed !E", {"failed": 1, "aborted": 1}),
        ("13 11 MapStateFailed\n14 13 MapStateStarted\n15 14 MapIterationStarted M", {"in_progress": 1}),
    ],
)
def test_iterations_are_counted_by_their_ends(more: str, iterations: dict[str, int]) -> None:
    assert nodes(MAP, history(ITERATIONS + more))["M"]["iterations"] == iterations


def test_iterations_have_their_visits() -> None:
    journey = read_journey(history(ITERATIONS))
    first, second = journey.iterations
    assert [visit.name for visit in journey.visits if visit.iteration is first] == ["I", "J"]
    assert [visit.name for visit in journey.visits if visit.iteration is second] == ["I"]
    assert (first.index, first.began, first.ended, second.index, second.ended) == (0, 3, 11, 1, None)


def test_the_events_of_a_visit_and_the_executions_own() -> None:
    journey = read_journey(history(ITERATIONS))
    names = [visit and visit.name for visit in journey.places]
    assert names == [None, "M", "M", "M", "I", "I", "J", "J", "M", "I", "J", "M"]


def attempts(journey: Journey, name: str) -> list[tuple[int, int | None, str | None]]:
    visit = next(visit for visit in journey.visits if visit.name == name)
    return [(attempt.began, attempt.ended, attempt.error) for attempt in visit.attempts]


def test_attempts_of_a_task() -> None:
    journey = read_journey(
        history("""
        1 0 ExecutionStarted
        2 0 TaskStateEntered T
        3 2 LambdaFunctionScheduled
        4 3 LambdaFunctionStarted
        5 4 LambdaFunctionFailed !E
        6 5 LambdaFunctionScheduled
        7 6 LambdaFunctionStarted
        8 7 LambdaFunctionSucceeded
        9 8 EvaluationFailed !Q
    """)
    )
    assert attempts(journey, "T") == [(2, 4, "E"), (5, 8, "Q")]


def test_an_expression_that_fails_before_the_task_is_an_attempt() -> None:
    journey = read_journey(
        history("""
        1 0 ExecutionStarted
        2 0 TaskStateEntered T
        3 2 EvaluationFailed !Q
        4 3 EvaluationFailed !Q
        5 4 LambdaFunctionScheduled
    """)
    )
    assert attempts(journey, "T") == [(2, 2, "Q"), (3, 3, "Q"), (4, None, None)]


def test_a_distributed_map_fails_once() -> None:
    journey = read_journey(
        history("""
        1 0 ExecutionStarted
        2 0 MapStateEntered M
        3 2 MapStateStarted
        4 3 MapRunStarted
        5 4 MapRunFailed !States.ExceedToleratedFailureThreshold
        6 5 MapStateFailed
        7 6 ExecutionFailed !States.ExceedToleratedFailureThreshold
    """)
    )
    assert attempts(journey, "M") == [(2, 4, "States.ExceedToleratedFailureThreshold")]


def test_a_real_execution_with_a_parallel_in_a_map(run: Callable[..., aslrun.Execution]) -> None:
    branches = [machine(L={**TASK, "End": True}), machine(R={"Type": "Wait", "Seconds": 5, "End": True})]
    both = {"Type": "Parallel", "Branches": branches, "End": True}
    definition = machine(Each={"Type": "Map", "ItemProcessor": machine(Both=both), "End": True})

    def work(event: Any) -> Any:
        if event == 1:
            raise ValueError("one")
        return event

    execution = run(definition, [0, 1], functions={"f": work})
    told = nodes(definition, execution.history)
    assert told["Each"]["iterations"] == {"failed": 1, "aborted": 1}
    assert told["Each"]["seconds"] >= 0
    assert told["R"]["seconds"] >= 0  # of both iterations together
