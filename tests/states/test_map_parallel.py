"""Map and Parallel: what runs, in which order the results come, and how the events follow each other."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

Run = Callable[..., Any]


def chain(execution: Any) -> list[tuple[str, int]]:
    return [(event["type"], event["previousEventId"]) for event in execution.history]


def machine(**states: Any) -> dict[str, Any]:
    return {"StartAt": next(iter(states)), "States": states}


ECHO = machine(Item={"Type": "Pass", "End": True})


def map_state(**fields: Any) -> dict[str, Any]:
    return {"M": {"Type": "Map", "ItemProcessor": ECHO, "End": True, **fields}}


@pytest.mark.parametrize(
    ("fields", "input", "output"),
    [
        ({}, [1, "a", None, {"b": [2]}], [1, "a", None, {"b": [2]}]),
        ({}, [], []),
        ({"ItemsPath": "$.l"}, {"l": [1]}, [1]),
        ({"InputPath": "$.l", "ResultPath": "$.r"}, {"l": [1]}, {"l": [1], "r": [1]}),
        ({"ItemProcessor": {**ECHO, "ProcessorConfig": {"Mode": "INLINE"}}}, [1], [1]),
        (
            {
                "ItemsPath": "$.l",
                "ItemSelector": {"i.$": "$$.Map.Item.Index", "v.$": "$$.Map.Item.Value", "x.$": "$.x"},
            },
            {"l": ["a", "b"], "x": 9},
            [{"i": 0, "v": "a", "x": 9}, {"i": 1, "v": "b", "x": 9}],
        ),
    ],
)
def test_map(run: Run, fields: dict[str, Any], input: Any, output: Any) -> None:
    assert run(map_state(**fields), input).output == output


def test_map_in_its_older_form(run: Run) -> None:
    states = {"M": {"Type": "Map", "Iterator": ECHO, "Parameters": {"v.$": "$$.Map.Item.Value"}, "End": True}}
    assert run(states, [1, 2]).output == [{"v": 1}, {"v": 2}]


def test_one_iteration_after_the_other(run: Run) -> None:
    assert chain(run(map_state(MaxConcurrency=1), ["a", "b"])) == [
        ("ExecutionStarted", 0),
        ("MapStateEntered", 0),
        ("MapStateStarted", 2),
        ("MapIterationStarted", 3),
        ("PassStateEntered", 4),
        ("PassStateExited", 5),
        ("MapIterationSucceeded", 6),
        ("MapIterationStarted", 6),
        ("PassStateEntered", 8),
        ("PassStateExited", 9),
        ("MapIterationSucceeded", 10),
        ("MapStateSucceeded", 11),
        ("MapStateExited", 11),
        ("ExecutionSucceeded", 13),
    ]


def test_unbounded_iterations_start_together(run: Run) -> None:
    events = chain(run(map_state(), list(range(45))))
    assert events[3:43] == [("MapIterationStarted", 3)] * 40
    assert events[43:46] == [("PassStateEntered", 4), ("PassStateExited", 44), ("MapIterationSucceeded", 45)]
    assert events[46] == ("MapIterationStarted", 45)


def test_the_first_failure_ends_a_map_and_aborts_the_rest(run: Run) -> None:
    processor = machine(
        Which={
            "Type": "Choice",
            "Choices": [{"Variable": "$", "NumericEquals": 1, "Next": "Bad"}],
            "Default": "Slow",
        },
        Bad={"Type": "Fail", "Error": "Bad", "Cause": "one"},
        Slow={"Type": "Wait", "Seconds": 10, "End": True},
    )
    execution = run(map_state(ItemProcessor=processor), [0, 1])
    assert (execution.error, execution.failed_state) == ("Bad", "Bad")
    assert chain(execution)[5:] == [
        ("ChoiceStateEntered", 4),
        ("ChoiceStateExited", 6),
        ("WaitStateEntered", 7),
        ("ChoiceStateEntered", 5),
        ("ChoiceStateExited", 9),
        ("FailStateEntered", 10),
        ("MapIterationFailed", 11),
        ("WaitStateAborted", 8),
        ("MapIterationAborted", 8),
        ("MapStateFailed", 11),
        ("ExecutionFailed", 15),
    ]


@pytest.mark.parametrize(
    ("fields", "input", "cause"),
    [
        ({}, {"a": 1}, "Attempting to map over non-iterable node."),
        ({"MaxConcurrencyPath": "$.n", "ItemsPath": "$.l"}, {"n": "x", "l": []},
         'The MaxConcurrencyPath field refers to value "x" which is not a valid integer: $.n'),
        ({"MaxConcurrencyPath": "$.n", "ItemsPath": "$.l"}, {"n": 1.5, "l": []}, "not a valid integer: $.n"),
        ({"ItemsPath": "$.l"}, {}, "Invalid path '$.l'"),
    ],
)  # fmt: skip
def test_what_a_map_refuses(run: Run, fields: dict[str, Any], input: Any, cause: str) -> None:
    execution = run(map_state(**fields), input)
    assert execution.error == "States.Runtime"
    assert cause in execution.cause
    assert [event["type"] for event in execution.history][1:] == ["MapStateEntered", "ExecutionFailed"]


def test_max_concurrency_path_takes_numeric_strings(run: Run) -> None:
    states = map_state(MaxConcurrencyPath="$.n", ItemsPath="$.l")
    assert run(states, {"n": "1", "l": [1, 2]}).output == [1, 2]


def test_waits_of_a_map_pass_at_the_same_time(run: Run) -> None:
    processor = machine(W={"Type": "Wait", "Seconds": 60, "End": True})
    assert run(map_state(ItemProcessor=processor), [1, 2, 3]).waited == 60
    assert run(map_state(ItemProcessor=processor, MaxConcurrency=1), [1, 2, 3]).waited == 180


def test_parallel_gives_the_results_in_the_branches_order(run: Run) -> None:
    late = machine(
        W={"Type": "Wait", "Seconds": 5, "Next": "A"}, A={"Type": "Pass", "Result": "late", "End": True}
    )
    soon = machine(B={"Type": "Pass", "Result": "soon", "End": True})
    states = {"P": {"Type": "Parallel", "Branches": [late, soon], "ResultPath": "$.r", "End": True}}
    execution = run(states, {"a": 1})
    assert execution.output == {"a": 1, "r": ["late", "soon"]}
    assert chain(execution) == [
        ("ExecutionStarted", 0),
        ("ParallelStateEntered", 0),
        ("ParallelStateStarted", 2),
        ("WaitStateEntered", 3),
        ("PassStateEntered", 3),
        ("PassStateExited", 5),
        ("WaitStateExited", 4),
        ("PassStateEntered", 7),
        ("PassStateExited", 8),
        ("ParallelStateSucceeded", 9),
        ("ParallelStateExited", 9),
        ("ExecutionSucceeded", 11),
    ]


def test_a_task_that_fails_in_a_parallel_counts_as_aborted(run: Run) -> None:
    def broken(event: Any) -> None:
        raise KeyError("k")

    branch = machine(T={"Type": "Task", "Resource": "f", "End": True})
    states = {"P": {"Type": "Parallel", "Branches": [branch], "End": True}}
    execution = run(states, functions={"f": broken})
    assert chain(execution)[4:] == [
        ("LambdaFunctionScheduled", 4),
        ("LambdaFunctionStarted", 5),
        ("LambdaFunctionFailed", 6),
        ("TaskStateAborted", 7),
        ("ParallelStateFailed", 7),
        ("ExecutionFailed", 9),
    ]


def test_nested_scopes_are_aborted_from_within(run: Run) -> None:
    waiting = machine(W={"Type": "Wait", "Seconds": 99, "End": True})
    nested = machine(M={"Type": "Map", "ItemProcessor": waiting, "End": True})
    failing = machine(
        Soon={"Type": "Wait", "Seconds": 1, "Next": "F"}, F={"Type": "Fail", "Error": "E", "Cause": "c"}
    )
    states = {"P": {"Type": "Parallel", "Branches": [nested, failing], "End": True}}
    types = [event["type"] for event in run(states, [1]).history]
    assert types[-6:] == [
        "FailStateEntered",
        "WaitStateAborted",
        "MapIterationAborted",
        "MapStateAborted",
        "ParallelStateFailed",
        "ExecutionFailed",
    ]
