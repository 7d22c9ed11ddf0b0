"""JSONPath in each field that takes a path: what is refused or not found, in each field's words."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

Run = Callable[..., Any]
State = dict[str, Any]

INPUT = {"l": [1, 2], "o": {"a": 1}, "n": None}
ITERATOR = {"StartAt": "I", "States": {"I": {"Type": "Pass", "End": True}}}


def pass_state(**fields: Any) -> State:
    return {"Type": "Pass", **fields}


def map_state(**fields: Any) -> State:
    return {"Type": "Map", "ItemProcessor": ITERATOR, **fields}


def choice(path: str, **test: Any) -> State:
    return {"Type": "Choice", "Choices": [{"Variable": path, **(test or {"IsNull": True}), "Next": "Z"}]}


FIELDS: dict[str, Callable[[str], State]] = {
    "InputPath": lambda path: pass_state(InputPath=path),
    "OutputPath": lambda path: pass_state(OutputPath=path),
    "Parameters": lambda path: pass_state(Parameters={"v.$": path}),
    "Assign": lambda path: pass_state(Assign={"v.$": path}),
    "intrinsic": lambda path: pass_state(Parameters={"v.$": f"States.Array({path})"}),
    "Variable": choice,
    "other operand": lambda path: choice("$.l", NumericEqualsPath=path),
    "ItemsPath": lambda path: map_state(ItemsPath=path),
    "ItemSelector": lambda path: map_state(ItemsPath="$.l", ItemSelector={"v.$": path}),
    "MaxConcurrencyPath": lambda path: map_state(ItemsPath="$.l", MaxConcurrencyPath=path),
    "SecondsPath": lambda path: {"Type": "Wait", "SecondsPath": path},
    "TimestampPath": lambda path: {"Type": "Wait", "TimestampPath": path},
    "ErrorPath": lambda path: {"Type": "Fail", "ErrorPath": path},
    "CausePath": lambda path: {"Type": "Fail", "Error": "E", "CausePath": path},
}

NOT_IN_INPUT = (
    "The JSONPath '{path}' specified for the field '{field}' could not be found in the input"
    ' \'{{"l":[1,2],"o":{{"a":1}},"n":null}}\''
)
IN_CHOICE = "Invalid path '{path}': The choice state's condition path references an invalid value."
NOTHING = {
    "InputPath": "Invalid path '{path}' : {why}",
    "OutputPath": "Invalid path '{path}' : {why}",
    "Parameters": NOT_IN_INPUT.replace("{field}", "v.$"),
    "Assign": NOT_IN_INPUT.replace("{field}", "v.$"),
    "intrinsic": "The function 'States.Array({path})' had the following error: ",
    "Variable": IN_CHOICE,
    "other operand": IN_CHOICE,
    "ItemsPath": "Invalid path '{path}' : {why}",
    "ItemSelector": NOT_IN_INPUT.replace("{field}", "v.$"),
    "MaxConcurrencyPath": "Invalid path '{path}' : {why}",
    "SecondsPath": "The SecondsPath parameter does not reference an input value: {path}",
    "TimestampPath": "The TimestampPath parameter does not reference an input value: {path}",
    "ErrorPath": NOT_IN_INPUT.replace("{field}", "ErrorPath"),
    "CausePath": NOT_IN_INPUT.replace("{field}", "CausePath"),
}


def run_field(run: Run, field: str, path: str, first: State | None = None) -> Any:
    """Run a state with a path in a field, after another state if there is one."""
    states: dict[str, State] = {} if first is None else {"F": {**first, "Next": "S"}}
    states["S"] = FIELDS[field](path)
    if states["S"]["Type"] == "Choice":
        states["Z"] = {"Type": "Succeed"}
    elif states["S"]["Type"] != "Fail":
        states["S"]["End"] = True
    return run(states, INPUT)


@pytest.mark.parametrize("field", FIELDS)
@pytest.mark.parametrize(
    ("path", "why"),
    [
        ("$.l.length()", "Property ['length()'] not found in path $['l']"),
        ("$.l[?(@ == 1)].x", "Property ['x'] not found in path $['l'][0]"),
        ("$.l[9].x", "Property ['x'] not found in path $['l'][9]"),
        ("$.n[0]", "The path $['n'] is null"),
        ("$.o[0]", 'Filter: [0] can only be applied to arrays. Current context is: {"a":1}'),
        ("$['l','o'].a", "Multi properties can only be used as path leafs: $['l', 'o']"),
    ],
)
def test_a_path_that_finds_nothing(run: Run, field: str, path: str, why: str) -> None:
    execution = run_field(run, field, path)
    assert (execution.status, execution.error) == ("FAILED", "States.Runtime")
    assert NOTHING[field].format(path=path, why=why) in execution.cause


@pytest.mark.parametrize("field", FIELDS)
@pytest.mark.parametrize(
    ("path", "why"),
    [
        ("$.l[?(@ in [1])]", "The operator 'in' is refused"),
        ("$.l[?(@.a[*] == 1)]", "the predicate path: @.a[*] is not definite"),
        ('$["l"]', "A name in double quotes is refused"),
    ],
)
def test_a_path_that_is_refused(run: Run, field: str, path: str, why: str) -> None:
    execution = run_field(run, field, path)
    assert (execution.status, execution.error) == ("FAILED", "States.Runtime")
    assert f"Invalid path '{path}' : {why}" in execution.cause


@pytest.mark.parametrize("field", FIELDS)
@pytest.mark.parametrize("path", ["$", "$.x", "$[?(@.x)]"])
def test_a_path_applied_to_null(run: Run, field: str, path: str) -> None:
    """As users report it. What may be left to its default, `$`, passes null on."""
    execution = run_field(run, field, path, first=pass_state(Result=None))
    if path == "$" and field in ("InputPath", "OutputPath"):
        assert (execution.status, execution.output) == ("SUCCEEDED", None)
    elif field in ("ItemSelector", "MaxConcurrencyPath", "other operand") or (path, field) == (
        "$",
        "ItemsPath",
    ):
        assert (execution.status, execution.error) == ("FAILED", "States.Runtime")  # ItemsPath, Variable
    else:
        assert (execution.status, execution.error) == ("FAILED", "States.Runtime")
        assert "Unable to apply Path transformation to null or empty input." in execution.cause


@pytest.mark.parametrize("index", ["[9]", "[-1]", "[(@.length-3)]"])
def test_an_element_that_is_not_there_is_null_in_a_template_only(run: Run, index: str) -> None:
    path = f"$.l{index}"
    for field in FIELDS:
        execution = run_field(run, field, path)
        if field in ("Parameters", "Assign", "ItemSelector"):
            assert execution.status == "SUCCEEDED"
        else:
            assert (execution.status, execution.error) == ("FAILED", "States.Runtime")


def test_is_present_asks_for_what_the_service_finds(run: Run) -> None:
    def present(path: str) -> bool:
        states: dict[str, Any] = {
            "S": {"Type": "Choice", "Choices": [{"Variable": path, "IsPresent": True, "Next": "Y"}]},
            "Y": {"Type": "Pass", "Result": True, "End": True},
            "N": {"Type": "Pass", "Result": False, "End": True},
        }
        states["S"]["Default"] = "N"
        return bool(run(states, INPUT).output)

    assert present("$.l[(@.length-1)]")
    assert present("$.l[-1:]")
    assert present("$.n")
    assert present("$.nothing[*]")
    for path in ("$.l[-1]", "$.l[2]", "$.x", "$.l.size()", "$.o[0]", "$..a.b"):
        assert not present(path)
