"""States in JSONata: their fields, `$states`, errors of expressions, and machines of both languages."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

Run = Callable[..., Any]

ARN = "arn:aws:lambda:us-east-1:123456789012:function:f"


def jsonata(**states: Any) -> dict[str, Any]:
    return {"QueryLanguage": "JSONata", "StartAt": next(iter(states)), "States": states}


def nested(**states: Any) -> dict[str, Any]:
    return {"StartAt": next(iter(states)), "States": states}


def query(text: str) -> str:
    return "{% " + text + " %}"


INPUT = query("$states.input")


@pytest.mark.parametrize(
    ("state", "output"),
    [
        ({"Type": "Pass"}, {"a": 1}),
        ({"Type": "Pass", "Output": "plain"}, "plain"),
        ({"Type": "Pass", "Output": query("$states.input.a + 1")}, 2),
        ({"Type": "Pass", "Output": {"l": [query("1"), " {% %} "], "o": {}}}, {"l": [1, " {% %} "], "o": {}}),
        ({"Type": "Pass", "Output": [query("[1, 2]"), 3]}, [[1, 2], 3]),
        ({"Type": "Succeed", "Output": query("$states.context.State.Name")}, "S"),
        ({"Type": "Wait", "Seconds": query("$states.input.a"), "Output": "waited"}, "waited"),
        ({"Type": "Wait", "Timestamp": query("'2020-01-01T00:00:00Z'")}, {"a": 1}),
        ({"Type": "Task", "Resource": ARN}, {"got": {"a": 1}}),
        ({"Type": "Task", "Resource": ARN, "Arguments": {"x": query("$states.input.a")}}, {"got": {"x": 1}}),
        ({"Type": "Task", "Resource": ARN, "Output": query("$states.result.got.a")}, 1),
        ({"Type": "Parallel", "Branches": [nested(A={"Type": "Pass", "End": True})]}, [{"a": 1}]),
        (
            {
                "Type": "Parallel",
                "Branches": [nested(A={"Type": "Pass", "End": True})],
                "Arguments": {"b": query("$states.input.a")},
                "Output": query("$states.result[0].b"),
            },
            1,
        ),
    ],
)
def test_fields(run: Run, state: dict[str, Any], output: Any) -> None:
    end = {} if state["Type"] == "Succeed" else {"End": True}
    functions = {"f": lambda event: {"got": event}} if state["Type"] == "Task" else {}
    execution = run(jsonata(S={**state, **end}), {"a": 1}, functions)
    assert (execution.status, execution.output) == ("SUCCEEDED", output), execution.cause


def test_map(run: Run) -> None:
    state = {
        "Type": "Map",
        "Items": query("$states.input.l"),
        "MaxConcurrency": query("1 + 1"),
        "ItemSelector": {
            "n": query("$states.context.Map.Item.Value"),
            "of": query("$count($states.input.l)"),
        },
        "ItemProcessor": nested(
            A={"Type": "Pass", "Output": query("$states.input.n / $states.input.of"), "End": True}
        ),
        "Output": query("$sum($states.result)"),
        "End": True,
    }
    assert run(jsonata(M=state), {"l": [4, 6]}).output == 5


def test_items_may_be_written_out(run: Run) -> None:
    state = {
        "Type": "Map",
        "Items": [1, query("$states.input")],
        "ItemProcessor": nested(A={"Type": "Succeed"}),
    }
    assert run(jsonata(M={**state, "End": True}), 7).output == [1, 7]


CHOICE = {
    "Type": "Choice",
    "Choices": [
        {"Condition": query("$states.input.n > 5"), "Next": "End", "Output": query("'many'")},
        {"Condition": query("$states.input.n = 5"), "Next": "End"},
    ],
    "Default": "End",
    "Output": "few",
}


@pytest.mark.parametrize(("n", "output"), [(9, "many"), (5, {"n": 5}), (1, "few")])
def test_a_rule_has_an_output_of_its_own(run: Run, n: int, output: Any) -> None:
    assert run(jsonata(C=CHOICE, End={"Type": "Succeed"}), {"n": n}).output == output


def test_fail(run: Run) -> None:
    state = {"Type": "Fail", "Error": query("$states.input.e"), "Cause": query("'no ' & $states.input.e")}
    execution = run(jsonata(F=state), {"e": "Tea"})
    assert (execution.error, execution.cause) == ("Tea", "no Tea")


def test_a_catcher_sees_the_error_and_not_the_states_own_output(run: Run) -> None:
    def f(event: Any) -> Any:
        raise ValueError("bad")

    state = {
        "Type": "Task",
        "Resource": ARN,
        "Output": query("$states.result.never"),
        "Assign": {"done": query("$states.result.never")},
        "Catch": [
            {
                "ErrorEquals": ["ValueError"],
                "Output": {"of": INPUT, "why": query("$parse($states.errorOutput.Cause).errorMessage")},
                "Assign": {"name": query("$states.errorOutput.Error")},
                "Next": "After",
            }
        ],
        "End": True,
    }
    after = {
        "Type": "Succeed",
        "Output": query("$merge([$states.input, {'name': $name, 'done': $exists($done)}])"),
    }
    assert run(jsonata(T=state, After=after), 1, {"f": f}).output == {
        "of": 1, "why": "bad", "name": "ValueError", "done": False,
    }  # fmt: skip


def test_without_an_output_a_catcher_gives_the_error(run: Run) -> None:
    state = {
        "Type": "Task",
        "Resource": ARN,
        "Arguments": query("$states.input.nothing"),
        "Catch": [{"ErrorEquals": ["States.QueryEvaluationError"], "Next": "After"}],
        "End": True,
    }
    output = run(jsonata(T=state, After={"Type": "Succeed"}), {}, {"f": lambda event: 1}).output
    assert output["Error"] == "States.QueryEvaluationError"


@pytest.mark.parametrize(
    ("field", "value", "location", "told"),
    [
        ("Output", query("$states.input.x"), "Output", "returned nothing (undefined)."),
        ("Output", {"a": [{"b": query("1 + 'x'")}]}, "Output/a[0]/b",
         "threw an error during evaluation. T2002: "
         'The right side of the "+" operator must evaluate to a number'),
        ("Output", query("$nope()"), "Output",
         "threw an error during evaluation. T1006: Attempted to invoke a non-function"),
        ("Seconds", query("'soon'"), "Seconds",
         "returned an unexpected result type. Expected 'integer', but was 'string' for value: \"soon\""),
        ("Seconds", query("-1"), "Seconds", "returned a value that is out of range: -1"),
    ],
)  # fmt: skip
def test_expressions_that_fail(run: Run, field: str, value: Any, location: str, told: str) -> None:
    state = {"Type": "Wait", "Seconds": 0, field: value, "End": True}
    execution = run(jsonata(First={"Type": "Pass", "Next": "S"}, S=state), {})
    assert execution.error == "States.QueryEvaluationError"
    assert execution.cause.startswith(
        "An error occurred while executing the state 'S' (entered at the event id #4). "
    )
    assert execution.cause.endswith(f"specified for the field '{location}' {told}")
    failed = next(event for event in execution.history if event["type"] == "EvaluationFailed")
    assert failed["previousEventId"] == 3
    assert failed["evaluationFailedEventDetails"] == {
        "error": execution.error, "cause": execution.cause, "location": location, "state": "S",
    }  # fmt: skip


def test_a_condition_is_true_or_false(run: Run) -> None:
    choice = {
        "Type": "Choice",
        "Choices": [{"Condition": query("$states.input"), "Next": "End"}],
        "Default": "End",
    }
    execution = run(jsonata(C=choice, End={"Type": "Succeed"}), 1)
    assert "field 'Choices[0]/Condition' returned an unexpected result type" in execution.cause


def test_a_map_over_no_list_has_failed(run: Run) -> None:
    state = {
        "Type": "Map",
        "Items": query("'abc'"),
        "ItemProcessor": nested(A={"Type": "Succeed"}),
        "End": True,
    }
    execution = run(jsonata(M=state))
    assert [event["type"] for event in execution.history][2:] == [
        "EvaluationFailed", "MapStateFailed", "ExecutionFailed",
    ]  # fmt: skip


def test_a_state_may_be_in_jsonata_in_a_machine_that_is_not(run: Run) -> None:
    states = {
        "P": {"Type": "Pass", "Parameters": {"b.$": "$.a"}, "Next": "J"},
        "J": {
            "Type": "Pass",
            "QueryLanguage": "JSONata",
            "Output": {"c.$": query("$states.input.b")},
            "Next": "Q",
        },
        "Q": {"Type": "Pass", "OutputPath": "$['c.$']", "End": True},
    }
    assert run(states, {"a": 3}).output == 3


def test_credentials_are_told(run: Run) -> None:
    state = {
        "Type": "Task",
        "Resource": "arn:aws:states:::lambda:invoke",
        "Arguments": {"FunctionName": query("'f'")},
        "Credentials": {"RoleArn": query("$states.input.r")},
        "End": True,
    }
    execution = run(jsonata(T=state), {"r": "arn:aws:iam::1:role/x"}, {"f": lambda event: 1})
    scheduled = execution.history[2]["taskScheduledEventDetails"]
    assert scheduled["taskCredentials"] == {"roleArn": "arn:aws:iam::1:role/x"}


def test_chance_can_be_repeated(run: Run) -> None:
    machine = jsonata(
        S={"Type": "Succeed", "Output": [query("$random()"), query("$uuid()"), query("$now()")]}
    )
    assert run(machine).output == run(machine).output
