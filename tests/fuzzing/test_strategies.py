"""`aslrun.testing.strategies`, as people use it in their own hypothesis tests."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from machines import RIGHT, function, machine

import aslrun
from aslrun.errors import StateError, UsageError
from aslrun.execution import Execution
from aslrun.testing import strategies
from aslrun.testing.machine import MachineUnderTest
from aslrun.values import JSON, to_json_text

ORDER = Path(__file__).parent.parent.parent / "workflows" / "order" / "order.asl.json"

SCHEMAS: list[Any] = [
    True,
    {},
    {"type": "string", "minLength": 2, "maxLength": 3},
    {"type": "string", "pattern": "^[A-Z]-[0-9]{2,4}$"},
    {"type": ["integer", "null"], "minimum": 3},
    {"type": "integer", "exclusiveMinimum": 3, "maximum": 20, "multipleOf": 5},
    {"type": "number", "minimum": 0.5, "exclusiveMaximum": 1},
    {"enum": ["a", 1, None, {"b": []}]},
    {"const": {"a": 1}},
    {"type": "array", "items": {"type": "boolean"}, "minItems": 1, "maxItems": 2},
    {"type": "array", "items": {"enum": [1, 2, 3]}, "uniqueItems": True, "minItems": 2},
    {"prefixItems": [{"type": "string"}, {"type": "integer"}], "items": False, "minItems": 2},
    {"required": ["id"], "properties": {"id": {"type": "string"}, "n": {"type": "integer"}}},
    {"type": "object", "additionalProperties": {"type": "integer"}, "minProperties": 2},
    {"type": "object", "required": ["x"], "additionalProperties": False, "properties": {"x": True}},
    {"anyOf": [{"type": "string"}, {"type": "object", "required": ["a"]}]},
    {"oneOf": [{"type": "integer"}, {"type": "number", "minimum": 100}]},
    {"allOf": [{"required": ["a"]}, {"properties": {"a": {"type": "string"}}, "required": ["b"]}]},
    {"type": "string", "format": "date-time"},
    {"type": "string", "format": "uuid"},
    {"if": {"required": ["a"]}, "then": {"required": ["b"]}, "properties": {"a": True, "b": True}},
    {
        "$defs": {"tree": {
            "type": "object", "required": ["name"], "additionalProperties": False,
            "properties": {
                "name": {"type": "string"}, "under": {"type": "array", "items": {"$ref": "#/$defs/tree"}},
            },
        }},
        "$ref": "#/$defs/tree",
    },
]  # fmt: skip


@pytest.mark.parametrize("schema", SCHEMAS, ids=to_json_text)
def test_values_of_a_schema_are_valid(schema: Any) -> None:
    validator = jsonschema.Draft202012Validator(
        schema, format_checker=jsonschema.Draft202012Validator.FORMAT_CHECKER
    )

    @settings(max_examples=25, suppress_health_check=list(HealthCheck), database=None)
    @given(strategies.inputs_from_schema(schema))
    def check(value: JSON) -> None:
        validator.validate(value)
        to_json_text(value)

    check()


@pytest.mark.parametrize(
    ("schema", "told"),
    [
        ({"type": "text"}, "this is no JSON Schema"),
        ([], "a JSON Schema is an object"),
        ({"$ref": "other.json"}, "only references within it are followed"),
        ({"$ref": "#/$defs/x"}, "which is not there"),
    ],
)
def test_what_is_no_schema(schema: Any, told: str) -> None:
    with pytest.raises(UsageError, match=told):
        strategies.inputs_from_schema(schema)


@settings(max_examples=25, database=None)
@given(strategies.inputs(ORDER))
def test_inputs_have_what_the_machine_reads(value: JSON) -> None:
    assert isinstance(value, dict)
    assert value["customer"] == {"email": value["customer"]["email"]}  # type: ignore[call-overload, index]
    assert "orderId" in value


def values_of(strategy: st.SearchStrategy[Any], count: int = 200) -> list[Any]:
    values: list[Any] = []

    @settings(max_examples=count, database=None, suppress_health_check=list(HealthCheck))
    @given(strategy)
    def collect(value: Any) -> None:
        values.append(value)

    collect()
    return values


def test_values_lie_on_both_sides_of_a_comparison() -> None:
    choice: Any = {
        "Type": "Choice",
        "Choices": [
            {"And": [{"Variable": "$.n", "NumericGreaterThan": 100},
                     {"Variable": "$.s", "StringMatches": "a*b"}], "Next": "Done"},
            {"Variable": "$.maybe", "IsPresent": True, "Next": "Done"},
            {"Variable": "$.null", "IsNull": True, "Next": "Done"},
            {"Variable": "$.at", "TimestampLessThan": "2026-01-01T00:00:00Z", "Next": "Done"},
        ],
        "Default": "Done",
    }  # fmt: skip
    inputs = values_of(strategies.inputs(machine(C=choice, Done={"Type": "Succeed"})))
    assert {value["n"] for value in inputs} == {99, 100, 101}
    assert {value["s"] for value in inputs} == {"axb", "ab", "other"}
    assert {"maybe" in value for value in inputs} == {True, False}
    assert {value["null"] for value in inputs} == {None, "text"}
    assert {value["at"][:19] for value in inputs} == {
        "2025-12-31T23:59:59", "2026-01-01T00:00:00", "2026-01-01T00:00:01",
    }  # fmt: skip


def test_outcomes_are_results_and_the_errors_that_could_occur() -> None:
    call = function(
        "f",
        Catch=[{"ErrorEquals": ["Busy"], "ResultPath": "$.error", "Next": "Done"}],
        TimeoutSeconds=5,
        ResultSelector={"n.$": "$.n"},
        Next="Done",
    )
    found = values_of(strategies.outcomes(machine(Call=call, Done={"Type": "Succeed"}), "Call"))
    errors = {value.error for value in found if isinstance(value, StateError)}
    assert {"Busy", "Error", "States.Timeout", "Lambda.TooManyRequestsException"} <= errors
    results = [value for value in found if not isinstance(value, StateError)]
    assert results
    assert all("n" in value["Payload"] for value in results)


def test_outcomes_are_of_tasks_only() -> None:
    with pytest.raises(UsageError, match="there is no Task 'Nope' in order; there is: ValidateOrder"):
        strategies.outcomes(ORDER, "Nope")


@settings(max_examples=25, database=None)
@given(strategies.inputs(ORDER), strategies.mocks(ORDER))
def test_mocks_fit_the_fixture(input: JSON, mocks: Any) -> None:
    results: list[Any] = []
    result = MachineUnderTest(aslrun.load(ORDER), results.append).execute(input, mocks=mocks)
    assert result.status in ("SUCCEEDED", "FAILED")
    assert result.path[0] == "ValidateOrder"


@settings(max_examples=50, database=None)
@given(strategies.executions(ORDER))
def test_executions_have_ended(execution: Execution) -> None:
    assert execution.status in ("SUCCEEDED", "FAILED")
    assert execution.error != "States.Runtime"


@settings(max_examples=25, database=None)
@given(strategies.scenarios(RIGHT["waiting for a job"]))
def test_one_scenario_gives_one_history(scenario: strategies.Scenario) -> None:
    loaded = aslrun.load(RIGHT["waiting for a job"])
    first, second = (scenario.run(loaded, 500) for _ in range(2))
    assert first.history == second.history


def test_branches_come_to_their_ends_in_any_order() -> None:
    branches = [machine(A=function("a")), machine(B=function("b"))]
    both = machine(P={"Type": "Parallel", "Branches": branches, "End": True})

    def order(execution: Execution) -> list[str]:
        return [row[3] for row in execution.journal.rows if row[1] == "TaskStateExited"]

    seen = {tuple(order(execution)) for execution in values_of(strategies.executions(both))}
    assert {("A", "B"), ("B", "A")} <= seen
