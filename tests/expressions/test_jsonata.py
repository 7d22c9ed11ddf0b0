"""JSONata by table, as JSONata 2.0.6 itself evaluates it; the functions of Step Functions; the limits."""

from __future__ import annotations

import copy
import json
import random
from pathlib import Path
from typing import Any

import pytest

from aslrun.expressions import ExpressionError
from aslrun.expressions.jsonata.errors import JSONataError
from aslrun.expressions.jsonata.expression import compile_jsonata, references
from aslrun.expressions.jsonata.values import UNDEFINED, States

TABLE = json.loads((Path(__file__).parent / "jsonata.json").read_text(encoding="utf-8"))


class Scope:
    """A scope with the variables it is given, at one moment, with seeded chance."""

    time = 1_700_000_000.25

    def __init__(self, variables: dict[str, Any] | None = None) -> None:
        self.context: Any = {"State": {"Name": "Here"}}
        self.variables = variables or {}
        self.random = random.Random(1)

    def draw(self) -> float:
        return self.random.random()

    def draw_uuid(self) -> str:
        return "00000000-0000-4000-8000-000000000000"


def evaluate(text: str, input: Any = None, **variables: Any) -> Any:
    return compile_jsonata(text)(States(input), Scope(variables))


@pytest.mark.parametrize("case", TABLE["cases"], ids=lambda case: case["expression"])
def test_expression(case: dict[str, Any]) -> None:
    given = copy.deepcopy(TABLE["given"])

    def outcome() -> Any:
        return evaluate(case["expression"], given["input"], **given["variables"])

    if "wrong" in case:
        with pytest.raises(ExpressionError) as refused:
            outcome()
        assert (refused.value.message, refused.value.offset) == (case["wrong"], case["at"])
    elif "error" in case:
        with pytest.raises(JSONataError) as failed:
            outcome()
        assert str(failed.value) == case["error"]
    elif "undefined" in case:
        assert outcome() is UNDEFINED
    else:
        assert json.dumps(outcome()) == json.dumps(case["result"])
    assert given == TABLE["given"]


@pytest.mark.parametrize(
    ("expression", "result"),
    [
        ("$partition([1,2,3,4,5], 2)", [[1, 2], [3, 4], [5]]),
        ("$partition([1], 5)", [[1]]),
        ("$partition($nothing, 2)", UNDEFINED),
        ("$partition([1, 2, 3], 1.5)", [[1], [2], [3]]),
        ("$partition([1], 0)", UNDEFINED),
        ("$partition([], 2)", UNDEFINED),
        ("$range(0, 10, 3)", [0, 3, 6, 9]),
        ("$range(3, 1, -1)", [3, 2, 1]),
        ("$range(1, 9, 9)", 1),
        ("$range(5, 1, 1)", UNDEFINED),
        ('$hash("x", "MD5")', "9dd4e461268c8034f5c8564e155c67a6"),
        ('$hash("x")', "2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881"),
        ('$parse("{\\"a\\": [1, null]}")', {"a": [1, None]}),
        ('$parse("-0")', 0),
        ("$random(7) = $random(7)", True),
        ("$random(7) = $random(8)", False),
        ("$random() < 1", True),
        ("$uuid()", "00000000-0000-4000-8000-000000000000"),
        ("$millis()", 1_700_000_000_250),
        ("$now()", "2023-11-14T22:13:20.250Z"),
        ('$now("[Y]-[M01]")', "2023-11"),
    ],
)
def test_functions_of_step_functions(expression: str, result: Any) -> None:
    assert evaluate(expression) == result


@pytest.mark.parametrize(
    ("expression", "code"),
    [
        ("$range(1, 5, 0)", "T0410"),
        ("$range(1, 873783, 1)", "U1003"),
        ('$hash("x", "CRC")', "T0410"),
        ('$parse("nope")', "D3120"),
        ('$eval("1")', "T1006"),
        ("$notThere()", "T1006"),
        ("[1..99999999]", "U1003"),
        ("($f := function($n){1 + $f($n)}; $f(1))", "U1001"),
    ],
)
def test_failures_have_codes(expression: str, code: str) -> None:
    with pytest.raises(JSONataError) as failed:
        evaluate(expression)
    assert failed.value.code == code


@pytest.mark.parametrize(
    "expression",
    ["($f := function($n){$f($n + 1)}; $f(1))", '$match("' + "a" * 40 + '!", /^(a|aa)+$/)'],
    ids=["a loop without end", "a regular expression that takes for ever"],
)
def test_what_has_no_end_is_stopped(expression: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("aslrun.expressions.jsonata.limits.MAX_STEPS", 10_000)
    monkeypatch.setattr("aslrun.expressions.jsonata.functions.patterns.MATCH_SECONDS", 0.05)
    with pytest.raises(JSONataError) as stopped:
        evaluate(expression)
    assert stopped.value.code == "U1002"


def test_null_and_nothing_are_told_apart() -> None:
    assert evaluate("$states.input.a", {"a": None}) is None
    assert evaluate("$states.input.b", {"a": None}) is UNDEFINED
    assert evaluate("$map($x, function($v){$type($v)})", x=[None, 1]) == ["null", "number"]


def test_whole_values_are_handed_on_as_they_are() -> None:
    value = {"int": 3, "float": 3.0, "big": 2**60, "list": [1.0]}
    assert evaluate("$states.input", value) is value


def test_a_variable_may_hide_a_function() -> None:
    with pytest.raises(JSONataError):
        evaluate("$count($x)", x=[1], count=5)
    assert evaluate("$count + 1", count=5) == 6


def test_states_shows_what_there_is() -> None:
    shown = compile_jsonata("$keys($states)")(States(1, 2), Scope())
    assert shown == ["input", "result", "context"]
    caught = compile_jsonata("$states.errorOutput.Error")(States(1, error_output={"Error": "E"}), Scope())
    assert caught == "E"


def test_references_tell_names_and_places() -> None:
    found = references("$map($rows, function($row) { $row.price * $rate }) & $states.result.x & $nope(1)")
    assert found.variables == (("rows", 5), ("rate", 42), ("states", 53))
    assert found.functions == (("map", 0), ("nope", 72))
    assert found.states == (("result", 61),)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("order", ["order"]),
        ("order[0].lines.sku", ["order"]),
        ("$sum(order[total > 1].total) + tax", ["order", "tax"]),
        ("(order).id & [name, 1][0]", ["order", "name"]),
        ("{key: 1}", ["key"]),
        ("order(1)", ["order"]),
        ("order ~> $string()", ["order"]),
        ("$map($states.input.a, function($x) { order })", ["order"]),
        ("$map($states.input.a, function($x) { $ })", ["$"]),
        ("$", ["$"]),
        ("$.order", ["$"]),
        ("$$.order", ["$$"]),
        ("$states.input.order", []),
        ("$states.input.orders[total > 1]^(name).(id & $)", []),
        ("$states.input.orders{name: $sum(total)}", []),
        ("$states.input ~> |order|{'paid': done}|", []),
        ("$map($states.input.a, function($x) { $x.order })", []),
        ("$order.id & 'order' & $now()", []),
        ("{'a': 1}.order", []),
        ("**.order", []),
    ],
)
def test_what_is_looked_up_in_an_input_that_is_not_there(text: str, names: list[str]) -> None:
    """As the service answered for such expressions in the Output of a Pass state."""
    roots = references(text).roots
    assert [name for name, _ in roots] == names
    assert all(text[start:].startswith(name) for name, start in roots)
