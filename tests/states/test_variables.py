"""Workflow variables: Assign in each place that has it, in both languages; who sees them; their limits."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

Run = Callable[..., Any]

ARN = "arn:aws:lambda:us-east-1:123456789012:function:f"


def assigned(execution: Any, name: str) -> Any:
    for event in execution.history:
        details = event.get("stateExitedEventDetails", {})
        if details.get("name") == name:
            return details.get("assignedVariables")
    return None


def machine(**states: Any) -> dict[str, Any]:
    return {"StartAt": next(iter(states)), "States": states}


@pytest.mark.parametrize(
    ("state", "texts"),
    [
        ({"Type": "Pass", "Assign": {"a": 42, "b.$": "$.x"}}, {"a": "42", "b": '"in"'}),
        ({"Type": "Pass", "Result": {"r": 1}, "Assign": {"a.$": "$.r"}}, {"a": "1"}),
        ({"Type": "Wait", "Seconds": 0, "Assign": {"a.$": "$.x"}}, {"a": '"in"'}),
        (
            # `$` is the result before ResultSelector.
            {"Type": "Task", "Resource": ARN, "ResultSelector": {"s.$": "$.f"}, "Assign": {"a.$": "$.f"}},
            {"a": "1"},
        ),
        (
            {"Type": "Pass", "QueryLanguage": "JSONata", "Assign": {"a": ["{% $states.input.x %}"]}},
            {"a": '["in"]'},
        ),
    ],
)
def test_assign(run: Run, state: dict[str, Any], texts: dict[str, str]) -> None:
    functions = {"f": lambda event: {"f": 1}} if state["Type"] == "Task" else {}
    execution = run({"S": {**state, "End": True}}, {"x": "in"}, functions)
    assert execution.status == "SUCCEEDED", execution.cause
    assert assigned(execution, "S") == texts


def test_variables_are_seen_by_the_states_that_follow(run: Run) -> None:
    states = {
        "A": {"Type": "Pass", "Assign": {"n": 1}, "Next": "B"},
        "B": {"Type": "Pass", "Assign": {"n": 2, "before.$": "$n"}, "Parameters": {"n.$": "$n"}, "Next": "C"},
        "C": {
            "Type": "Pass",
            "Parameters": {"n.$": "$n", "before.$": "$before", "input.$": "$"},
            "End": True,
        },
    }
    assert run(states).output == {"n": 2, "before": 1, "input": {"n": 1}}


def test_variables_in_every_kind_of_path(run: Run) -> None:
    states = {
        "A": {"Type": "Pass", "Assign": {"v": {"l": [1, 2], "s": 0, "name": "E"}}, "Next": "W"},
        "W": {"Type": "Wait", "SecondsPath": "$v.s", "Next": "C"},
        "C": {
            "Type": "Choice",
            "Choices": [{"Variable": "$v.l[1]", "NumericGreaterThanPath": "$v.l[0]", "Next": "M"}],
        },
        "M": {
            "Type": "Map",
            "ItemsPath": "$v.l",
            "ItemProcessor": machine(I={"Type": "Succeed"}),
            "Next": "F",
        },
        "F": {"Type": "Fail", "ErrorPath": "$v.name", "CausePath": "States.Format('{}', $v.l)"},
    }
    execution = run(states)
    assert (execution.error, execution.cause) == ("E", "[1, 2]")


@pytest.mark.parametrize(("n", "who"), [(1, "rule"), (2, "default")])
def test_the_rule_that_holds_assigns_or_else_the_state(run: Run, n: int, who: str) -> None:
    states = {
        "C": {
            "Type": "Choice",
            "Choices": [{"Variable": "$.n", "NumericEquals": 1, "Assign": {"who": "rule"}, "Next": "End"}],
            "Assign": {"who": "default"},
            "Default": "End",
        },
        "End": {"Type": "Pass", "Parameters": {"who.$": "$who"}, "End": True},
    }
    assert run(states, {"n": n}).output == {"who": who}


def test_a_catcher_assigns_and_the_state_does_not(run: Run) -> None:
    def f(event: Any) -> Any:
        raise KeyError("x")

    states = {
        "T": {
            "Type": "Task",
            "Resource": ARN,
            "Assign": {"own": 1},
            "Catch": [
                {
                    "ErrorEquals": ["States.ALL"],
                    "Assign": {"e.$": "$.Error"},
                    "ResultPath": None,
                    "Next": "End",
                }
            ],
            "End": True,
        },
        "End": {"Type": "Pass", "Parameters": {"e.$": "$e", "in.$": "$"}, "End": True},
    }
    execution = run(states, 5, {"f": f})
    assert execution.output == {"e": "KeyError", "in": 5}
    assert assigned(execution, "T") == {"e": '"KeyError"'}


def test_inner_scopes_read_what_is_around_them_and_keep_their_own(run: Run) -> None:
    inner = machine(
        I={"Type": "Pass", "Assign": {"mine.$": "$"}, "Next": "J"},
        J={"Type": "Pass", "Parameters": {"outer.$": "$outer", "mine.$": "$mine"}, "End": True},
    )
    states = {
        "A": {"Type": "Pass", "Assign": {"outer": "o"}, "Result": [1, 2], "Next": "M"},
        "M": {"Type": "Map", "ItemProcessor": inner, "Next": "After"},
        "After": {
            "Type": "Succeed",
            "QueryLanguage": "JSONata",
            "Output": ["{% $states.input %}", "{% $exists($mine) %}"],
        },
    }
    assert run(states).output == [[{"outer": "o", "mine": 1}, {"outer": "o", "mine": 2}], False]


def test_children_of_a_distributed_map_do_not_see_variables(run: Run) -> None:
    inner = {
        "StartAt": "Seen",
        "States": {
            "Seen": {
                "Type": "Choice",
                "QueryLanguage": "JSONata",
                "Choices": [{"Condition": "{% $exists($outer) %}", "Next": "Done"}],
                "Default": "Assign",
            },
            "Assign": {"Type": "Pass", "Assign": {"outer": "mine"}, "Next": "Seen"},
            "Done": {"Type": "Succeed", "OutputPath": "$outer"},
        },
    }
    processor = {**inner, "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}}
    states = {
        "A": {"Type": "Pass", "Assign": {"outer": "o"}, "Result": [1], "Next": "M"},
        "M": {"Type": "Map", "ItemProcessor": processor, "End": True},
    }
    assert run(states).output == ["mine"]


def test_a_variable_that_is_not_there(run: Run) -> None:
    execution = run({"S": {"Type": "Pass", "Parameters": {"a.$": "$x"}, "End": True}})
    assert execution.error == "States.Runtime"


def test_the_size_of_what_one_state_assigns_is_limited(run: Run) -> None:
    state = {"Type": "Pass", "QueryLanguage": "JSONata", "Output": 1, "End": True,
             "Assign": {"a": "{% $states.input %}", "b": "{% $states.input %}"}}  # fmt: skip
    execution = run({"S": state}, "x" * 131_072)
    assert execution.error == "States.DataLimitExceeded"
    assert run({"S": state}, "x" * 131_072, quota=False).status == "SUCCEEDED"
    assert run({"S": state}, "x" * 131_000).status == "SUCCEEDED"
