"""Executions on graphs, from small histories written by hand in the form of the service's."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import aslrun
from aslrun.errors import UsageError
from aslrun.graph import build_graph, mark_execution

TASK = {"Type": "Task", "Resource": "f"}


def history(text: str) -> list[dict[str, Any]]:
    """Read events from lines of id, previous id, type, and the name of a state or `!` and an error."""
    events: list[dict[str, Any]] = []
    for line in text.strip().splitlines():
        id, previous, type, *rest = line.split(maxsplit=3)
        event = {"id": int(id), "previousEventId": int(previous), "type": type}
        if rest:
            told = {"error": rest[0][1:]} if rest[0].startswith("!") else {"name": rest[0]}
            event["someEventDetails"] = told
        events.append(event)
    return events


def marks(definition: Any, text: str) -> tuple[dict[str, Any], dict[tuple[str, str, str], int]]:
    """The marks of the states by name, and the edges taken by names and label."""
    graph = mark_execution(build_graph(definition), history(text))
    names = {id: node["name"] for id, node in graph.nodes(data=True)}
    states = {
        node["name"]: (node["status"], node["visits"], node.get("retries", 0))
        for _, node in graph.nodes(data=True)
        if "status" in node
    }
    edges = graph.edges(data=True)
    return states, {(names[a], names[b], e["label"]): e["taken"] for a, b, e in edges if "taken" in e}


def machine(**states: Any) -> Any:
    return {"StartAt": next(iter(states)), "States": states}


def test_a_path_through_a_machine() -> None:
    definition = machine(A={"Type": "Pass", "Next": "B"}, B={"Type": "Succeed"}, C={"Type": "Fail"})
    states, edges = marks(
        definition,
        """
        1 0 ExecutionStarted
        2 0 PassStateEntered A
        3 2 PassStateExited A
        4 3 SucceedStateEntered B
        5 4 SucceedStateExited B
        6 5 ExecutionSucceeded
    """,
    )
    assert states == {"A": ("succeeded", 1, 0), "B": ("succeeded", 1, 0)}
    assert edges == {("Start", "A", ""): 1, ("A", "B", ""): 1, ("B", "End", ""): 1}


def test_the_graph_given_stays_as_it_was_and_the_copy_has_the_status() -> None:
    graph = build_graph(machine(A={"Type": "Pass", "End": True}))
    marked = mark_execution(graph, history("1 0 ExecutionStarted\n2 0 PassStateEntered A"))
    assert marked.graph["status"] == "RUNNING"
    assert "status" not in graph.graph
    assert not any("visits" in node for _, node in graph.nodes(data=True))
    assert not any("taken" in edge for _, _, edge in graph.edges(data=True))


CAUGHT = machine(
    T={
        **TASK,
        "Next": "N",
        "Catch": [
            {"ErrorEquals": ["Other"], "Next": "N"},
            {"ErrorEquals": ["States.ALL"], "Next": "N"},
            {"ErrorEquals": ["Late", "E"], "Next": "N"},
        ],
    },
    N={"Type": "Succeed"},
)


@pytest.mark.parametrize(
    ("error", "label"), [("E", "Late, E"), ("Other", "Other"), ("Unknown", "States.ALL")]
)
def test_a_caught_error_takes_the_likeliest_catcher(error: str, label: str) -> None:
    states, edges = marks(
        CAUGHT,
        f"""
        1 0 ExecutionStarted
        2 0 TaskStateEntered T
        3 2 LambdaFunctionScheduled
        4 3 LambdaFunctionStarted
        5 4 LambdaFunctionFailed !{error}
        6 5 TaskStateExited T
        7 6 SucceedStateEntered N
        8 7 SucceedStateExited N
        9 8 ExecutionSucceeded
    """,
    )
    assert states == {"T": ("caught", 1, 0), "N": ("succeeded", 1, 0)}
    assert edges == {("Start", "T", ""): 1, ("T", "N", label): 1, ("N", "End", ""): 1}


def test_a_retry_that_succeeds_is_no_caught_error() -> None:
    states, edges = marks(
        CAUGHT,
        """
        1 0 ExecutionStarted
        2 0 TaskStateEntered T
        3 2 TaskScheduled
        4 3 TaskTimedOut !States.Timeout
        5 4 TaskScheduled
        6 5 TaskFailed !E
        7 6 TaskScheduled
        8 7 TaskSucceeded
        9 8 TaskStateExited T
        10 9 SucceedStateEntered N
    """,
    )
    assert states == {"T": ("succeeded", 1, 2), "N": ("in_progress", 1, 0)}
    assert edges == {("Start", "T", ""): 1, ("T", "N", ""): 1}


def test_a_catcher_taken_after_an_error_without_an_event() -> None:
    """A ResultSelector that fails shows TaskSucceeded; only the way on tells of the catcher."""
    definition = machine(
        T={**TASK, "End": True, "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "N"}]}, N={"Type": "Pass"}
    )
    states, edges = marks(
        definition,
        """
        1 0 ExecutionStarted
        2 0 TaskStateEntered T
        3 2 TaskScheduled
        4 3 TaskSucceeded
        5 4 TaskStateExited T
        6 5 PassStateEntered N
        7 6 ExecutionFailed !States.Runtime
    """,
    )
    assert states == {"T": ("caught", 1, 0), "N": ("failed", 1, 0)}
    assert edges == {("Start", "T", ""): 1, ("T", "N", "States.ALL"): 1}


def test_of_several_rules_to_one_target_the_first_is_taken() -> None:
    rules = [{"Variable": "$.n", "NumericEquals": n, "Next": "B"} for n in (1, 2)]
    definition = machine(A={"Type": "Choice", "Choices": rules, "Default": "B"}, B={"Type": "Succeed"})
    _, edges = marks(
        definition,
        """
        1 0 ExecutionStarted
        2 0 ChoiceStateEntered A
        3 2 ChoiceStateExited A
        4 3 SucceedStateEntered B
    """,
    )
    assert edges == {("Start", "A", ""): 1, ("A", "B", "$.n == 1"): 1}


def test_a_loop_counts() -> None:
    rule = {"Variable": "$.n", "NumericLessThan": 2, "Next": "A"}
    definition = machine(
        A={"Type": "Choice", "Choices": [rule], "Default": "B"},
        B={"Type": "Fail"},
    )
    states, edges = marks(
        definition,
        """
        1 0 ExecutionStarted
        2 0 ChoiceStateEntered A
        3 2 ChoiceStateExited A
        4 3 ChoiceStateEntered A
        5 4 ChoiceStateExited A
        6 5 ChoiceStateEntered A
        7 6 ChoiceStateExited A
        8 7 FailStateEntered B
        9 8 ExecutionFailed !X
    """,
    )
    assert states == {"A": ("succeeded", 3, 0), "B": ("failed", 1, 0)}
    assert edges[("A", "A", "$.n < 2")] == 2
    assert edges[("A", "B", "default")] == edges[("B", "End", "")] == 1


PARALLEL = machine(
    P={
        "Type": "Parallel",
        "Branches": [
            machine(L={**TASK, "End": True}),
            machine(R={"Type": "Wait", "Next": "S"}, S={"Type": "Pass"}),
        ],
        "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "N"}],
        "End": True,
    },
    N={"Type": "Succeed"},
)


def test_a_parallel_that_fails_aborts_its_other_branches() -> None:
    states, edges = marks(
        PARALLEL,
        """
        1 0 ExecutionStarted
        2 0 ParallelStateEntered P
        3 2 ParallelStateStarted
        4 3 TaskStateEntered L
        5 4 TaskScheduled
        6 3 WaitStateEntered R
        7 5 TaskFailed !E
        8 7 TaskStateAborted
        9 6 WaitStateAborted
        10 7 ParallelStateFailed
        11 10 ParallelStateExited P
        12 11 SucceedStateEntered N
        13 12 SucceedStateExited N
        14 13 ExecutionSucceeded
    """,
    )
    assert states == {
        "P": ("caught", 1, 0), "L": ("failed", 1, 0), "R": ("aborted", 1, 0), "N": ("succeeded", 1, 0),
    }  # fmt: skip
    assert edges[("P", "N", "States.ALL")] == 1
    assert ("L", "End", "") not in edges


def test_an_attempt_that_was_tried_again_does_not_colour_the_states() -> None:
    states, edges = marks(
        PARALLEL,
        """
        1 0 ExecutionStarted
        2 0 ParallelStateEntered P
        3 2 ParallelStateStarted
        4 3 WaitStateEntered R
        5 4 WaitStateExited R
        6 5 PassStateEntered S
        7 3 TaskStateEntered L
        8 7 TaskScheduled
        9 8 TaskFailed !E
        10 9 TaskStateAborted
        11 9 ParallelStateStarted
        12 11 TaskStateEntered L
        13 12 TaskScheduled
        14 13 TaskSucceeded
        15 14 TaskStateExited L
        16 11 WaitStateEntered R
    """,
    )
    assert states["P"] == ("in_progress", 1, 1)
    assert states["L"] == ("succeeded", 2, 0)
    assert states["R"] == ("in_progress", 2, 0)
    assert states["S"] == ("aborted", 1, 0)
    assert edges[("Start", "L", "")] == 2


MAP = machine(
    M={
        "Type": "Map",
        "ItemProcessor": machine(I={"Type": "Pass", "Next": "J"}, J={**TASK, "End": True}),
        "End": True,
    },
)


def test_iterations_count_and_a_failed_one_shows() -> None:
    states, edges = marks(
        MAP,
        """
        1 0 ExecutionStarted
        2 0 MapStateEntered M
        3 2 MapStateStarted
        4 3 MapIterationStarted M
        5 4 PassStateEntered I
        6 5 PassStateExited I
        7 6 TaskStateEntered J
        8 7 TaskScheduled
        9 8 TaskFailed !E
        10 9 MapIterationFailed M
        11 9 MapIterationStarted M
        12 11 PassStateEntered I
        13 12 PassStateExited I
        14 13 TaskStateEntered J
        15 14 TaskScheduled
        16 15 TaskSucceeded
        17 16 TaskStateExited J
        18 17 MapIterationSucceeded M
        19 18 MapStateSucceeded
        20 18 MapStateExited M
        21 20 ExecutionSucceeded
    """,
    )
    assert states == {"M": ("succeeded", 1, 0), "I": ("succeeded", 2, 0), "J": ("failed", 2, 0)}
    assert (edges["Start", "I", ""], edges["I", "J", ""], edges["J", "End", ""]) == (2, 2, 1)
    assert (edges["Start", "M", ""], edges["M", "End", ""]) == (1, 1)


def test_a_state_that_fails_without_an_event_of_its_own_fails_what_is_around_it() -> None:
    states, _ = marks(
        MAP,
        """
        1 0 ExecutionStarted
        2 0 MapStateEntered M
        3 2 MapStateStarted
        4 3 MapIterationStarted M
        5 4 PassStateEntered I
        6 5 ExecutionFailed !States.Runtime
    """,
    )
    assert states == {"M": ("failed", 1, 0), "I": ("failed", 1, 0)}


def test_an_evaluation_that_fails_belongs_to_the_state_it_names() -> None:
    graph = build_graph(machine(A={"Type": "Pass", "Next": "B"}, B={"Type": "Pass", "End": True}))
    events = history("""
        1 0 ExecutionStarted
        2 0 PassStateEntered A
        3 2 PassStateExited A
        4 3 PassStateEntered B
        5 3 EvaluationFailed
        6 5 ExecutionFailed !States.QueryEvaluationError
    """)
    events[4]["evaluationFailedEventDetails"] = {"state": "B", "error": "States.QueryEvaluationError"}
    nodes = mark_execution(graph, events).nodes
    assert nodes["/States/A"]["status"] == "succeeded"
    assert nodes["/States/B"]["status"] == "failed"


@pytest.mark.parametrize(
    ("ending", "status"),
    [
        ("", "in_progress"),
        ("ExecutionAborted", "aborted"),
        ("ExecutionTimedOut", "aborted"),
        ("ExecutionFailed", "failed"),
    ],
)
def test_what_never_left_its_state(ending: str, status: str) -> None:
    text = "1 0 ExecutionStarted\n2 0 WaitStateEntered W\n" + (f"3 2 {ending}" if ending else "")
    states, _ = marks(machine(W={"Type": "Wait", "End": True}), text)
    assert states == {"W": (status, 1, 0)}


def test_a_redriven_execution_goes_on() -> None:
    states, _ = marks(
        machine(T={**TASK, "End": True}),
        """
        1 0 ExecutionStarted
        2 0 TaskStateEntered T
        3 2 TaskScheduled
        4 3 TaskFailed !E
        5 4 ExecutionFailed !E
        6 5 ExecutionRedriven
        7 4 TaskScheduled
    """,
    )
    assert states == {"T": ("in_progress", 1, 1)}


def test_a_name_that_occurs_twice_is_told_apart_by_the_way_to_it() -> None:
    branch = machine(X={"Type": "Pass", "End": True})
    outer = {"Type": "Parallel", "Branches": [branch], "Next": "X"}
    graph = build_graph(machine(P=outer, X={"Type": "Succeed"}))
    nodes = mark_execution(graph, history("""
        1 0 ExecutionStarted
        2 0 ParallelStateEntered P
        3 2 ParallelStateStarted
        4 3 PassStateEntered X
    """)).nodes  # fmt: skip
    assert "visits" in nodes["/States/P/Branches/0/States/X"]
    assert "visits" not in nodes["/States/X"]


def test_states_that_the_definition_no_longer_has_are_passed_over() -> None:
    definition = machine(B={"Type": "Succeed"})
    states, _ = marks(
        definition,
        """
        1 0 ExecutionStarted
        2 0 PassStateEntered Old
        3 2 PassStateExited Old
        4 3 SucceedStateEntered B
        5 4 SucceedStateExited B
        6 5 ExecutionSucceeded
    """,
    )
    assert states == {"B": ("succeeded", 1, 0)}


def test_a_history_of_another_machine_is_refused() -> None:
    with pytest.raises(UsageError, match="another state machine: there is no state 'Z'"):
        marks(machine(A={"Type": "Pass"}), "1 0 ExecutionStarted\n2 0 PassStateEntered Z")


def test_a_real_execution(run: Callable[..., aslrun.Execution]) -> None:
    definition = machine(
        Each={
            "Type": "Map",
            "ItemProcessor": machine(
                Work={
                    **TASK,
                    "Retry": [{"ErrorEquals": ["ValueError"], "MaxAttempts": 1}],
                    "Catch": [{"ErrorEquals": ["KeyError"], "Next": "Skip"}],
                    "End": True,
                },
                Skip={"Type": "Pass", "End": True},
            ),
            "Next": "Done",
        },
        Done={"Type": "Succeed"},
    )
    failures: list[Exception] = [ValueError("once"), KeyError("k")]

    def work(event: Any) -> Any:
        if event == 1 and failures:
            raise failures.pop(0)
        return event

    execution = run(definition, [1, 2, 3], functions={"f": work})
    nodes = mark_execution(build_graph(definition), execution.history).nodes
    told = {node["name"]: node for _, node in nodes(data=True)}
    assert (told["Each"]["status"], told["Done"]["status"]) == ("succeeded", "succeeded")
    assert (told["Work"]["status"], told["Work"]["visits"], told["Work"]["retries"]) == ("caught", 3, 1)
    assert (told["Skip"]["status"], told["Skip"]["visits"]) == ("succeeded", 1)
