"""Retry and Catch: which errors, how often, after how long, and where the error goes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

Run = Callable[..., Any]


class Flaky(Exception):
    """What the functions of these tests raise."""


class Broken(Exception):
    """Something else that they raise."""


def failing(*errors: type[Exception] | None) -> Callable[[Any], Any]:
    """A function that raises these in turn (None: succeeds), and the last one for ever."""
    left = list(errors)

    def function(event: Any) -> Any:
        error = left.pop(0) if len(left) > 1 else left[0]
        if error is not None:
            raise error("no luck")
        return "done"

    return function


def task(**fields: Any) -> dict[str, Any]:
    states: dict[str, Any] = {"T": {"Type": "Task", "Resource": "f", "End": True, **fields}}
    return states | ({"Caught": {"Type": "Pass", "End": True}} if "Catch" in fields else {})


def retrier(*errors: str, **fields: Any) -> dict[str, Any]:
    return {"ErrorEquals": list(errors), **fields}


@pytest.mark.parametrize(
    ("fields", "waited"),
    [
        ({}, 1 + 2 + 4),
        ({"IntervalSeconds": 3, "MaxAttempts": 2}, 3 + 6),
        ({"IntervalSeconds": 2, "MaxAttempts": 4, "BackoffRate": 3, "MaxDelaySeconds": 10}, 2 + 6 + 10 + 10),
        ({"MaxAttempts": 5, "BackoffRate": 1}, 5),
        ({"MaxAttempts": 0}, 0),
    ],
)
def test_delays_grow_up_to_the_longest(run: Run, fields: dict[str, Any], waited: float) -> None:
    execution = run(task(Retry=[retrier("Flaky", **fields)]), functions={"f": failing(Flaky)})
    assert (execution.status, execution.error) == ("FAILED", "Flaky")
    assert execution.waited == pytest.approx(waited)


def test_full_jitter_draws_from_zero_to_the_delay_and_can_be_repeated(run: Run) -> None:
    states = task(Retry=[retrier("Flaky", IntervalSeconds=100, MaxAttempts=3, JitterStrategy="FULL")])
    first, second = (run(states, functions={"f": failing(Flaky)}).waited for _ in range(2))
    assert first == second
    assert 0 < first < 700


def test_a_huge_number_of_attempts_does_not_overflow(run: Run) -> None:
    states = task(Retry=[retrier("Flaky", MaxAttempts=1100, MaxDelaySeconds=5)])
    execution = run(states, functions={"f": failing(Flaky)})
    assert execution.waited == pytest.approx(1 + 2 + 4 + 5 * 1097)


def test_each_retrier_keeps_its_own_count(run: Run) -> None:
    states = task(Retry=[retrier("Flaky", MaxAttempts=2), retrier("States.ALL", MaxAttempts=1)])
    functions = {"f": failing(Flaky, Broken, Flaky, None)}
    assert run(states, functions=functions).output == "done"
    functions = {"f": failing(Flaky, Broken, Broken)}
    assert run(states, functions=functions).error == "Broken"


def test_an_exhausted_retrier_goes_to_catch_not_to_the_next_one(run: Run) -> None:
    states = task(
        Retry=[retrier("Flaky", MaxAttempts=1), retrier("States.ALL", MaxAttempts=9)],
        Catch=[retrier("Flaky", Next="Caught")],
    )
    execution = run(states, functions={"f": failing(Flaky)})
    assert execution.path == ["T", "Caught"]
    assert execution.waited == 1


def test_the_count_starts_anew_when_the_state_is_entered_again(run: Run) -> None:
    states = {
        "T": {
            "Type": "Task",
            "Resource": "f",
            "Retry": [retrier("Flaky", MaxAttempts=1)],
            "ResultSelector": {"retries.$": "$$.State.RetryCount"},
            "Next": "Again",
        },
        "Again": {
            "Type": "Choice",
            "Choices": [{"Variable": "$.retries", "NumericEquals": 1, "Next": "T"}],
            "Default": "Done",
        },
        "Done": {"Type": "Succeed"},
    }
    execution = run(states, functions={"f": failing(Flaky, None, Flaky, None, None)})
    assert execution.output == {"retries": 0}
    assert execution.path == ["T", "Again", "T", "Again", "T", "Again", "Done"]


@pytest.mark.parametrize(
    ("names", "caught"),
    [
        (["Flaky"], True),
        (["Other", "Flaky"], True),
        (["States.TaskFailed"], True),
        (["States.ALL"], True),
        (["Broken"], False),
        (["States.Timeout"], False),
    ],
)
def test_which_names_catch_a_function_error(run: Run, names: list[str], caught: bool) -> None:
    states = task(Catch=[retrier(*names, Next="Caught", ResultPath="$.error")])
    execution = run(states, {"a": 1}, functions={"f": failing(Flaky)})
    assert execution.status == ("SUCCEEDED" if caught else "FAILED")
    if caught:
        assert execution.output["a"] == 1
        assert execution.output["error"]["Error"] == "Flaky"
        assert '"errorMessage": "no luck"' in execution.output["error"]["Cause"]


def test_a_catcher_without_a_result_path_replaces_the_input(run: Run) -> None:
    execution = run(task(Catch=[retrier("States.ALL", Next="Caught")]), {"a": 1}, {"f": failing(Flaky)})
    assert set(execution.output) == {"Error", "Cause"}


def test_a_catcher_with_a_null_result_path_keeps_the_input(run: Run) -> None:
    states = task(Catch=[retrier("States.ALL", Next="Caught", ResultPath=None)])
    assert run(states, {"a": 1}, {"f": failing(Flaky)}).output == {"a": 1}


def test_states_runtime_is_caught_by_nothing(run: Run) -> None:
    states = task(
        OutputPath="$.nowhere",
        Retry=[retrier("States.ALL")],
        Catch=[retrier("States.Runtime", Next="Caught"), retrier("States.ALL", Next="Caught")],
    )
    execution = run(states, {}, {"f": lambda event: {}})
    assert (execution.status, execution.error, execution.path) == ("FAILED", "States.Runtime", ["T"])


def test_parallel_and_map_retry_and_catch_what_happens_inside(run: Run) -> None:
    inner = {"StartAt": "F", "States": {"F": {"Type": "Fail", "Error": "Inner", "Cause": "why"}}}
    for kind, fields in (("Parallel", {"Branches": [inner]}), ("Map", {"ItemProcessor": inner})):
        states = {
            "P": {
                "Type": kind,
                **fields,
                "Retry": [retrier("Inner", MaxAttempts=2)],
                "Catch": [retrier("Inner", Next="Caught", ResultPath="$[0]")],
                "End": True,
            },
            "Caught": {"Type": "Pass", "End": True},
        }
        execution = run(states, [1])
        assert execution.output == [{"Error": "Inner", "Cause": "why"}]
        assert execution.path == ["P", "F", "F", "F", "Caught"]
        types = [event["type"] for event in execution.history]
        assert types.count(f"{kind}StateStarted") == 3
        assert types.count(f"{kind}StateFailed") == 1
