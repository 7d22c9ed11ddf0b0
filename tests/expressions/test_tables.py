"""Paths and intrinsics by table: expression, and its result, its error, or what is wrong with it.

What a path gives, or the reason why it finds `nothing`, is what JsonPath 2.0.0 answers, but for paths that
we hold to be `refused` (see tests/oracles/jsonpath).
"""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest

from aslrun.errors import StateError
from aslrun.expressions import ExpressionError, NoMatch
from aslrun.expressions.intrinsics.calls import compile_intrinsic
from aslrun.expressions.jsonpath import comparison, nodes
from aslrun.expressions.jsonpath.path import compile_path, compile_result_path
from aslrun.expressions.template import compile_template

HERE = Path(__file__).parent
PATHS = json.loads((HERE / "paths.json").read_text(encoding="utf-8"))
INTRINSICS = json.loads((HERE / "intrinsics.json").read_text(encoding="utf-8"))


class Scope:
    """A scope whose chance is always the same."""

    def __init__(self) -> None:
        self.context: Any = {"State": {"Name": "Here"}}
        self.variables: Any = {"total": 12, "cart": {"lines": ["tea"]}}

    time = 0.0

    def draw(self) -> float:
        return 0.5

    def draw_uuid(self) -> str:
        return "00000000-0000-4000-8000-000000000000"


def exactly(value: Any) -> str:
    """`1`, `1.0` and `true` are different results."""
    return json.dumps(value, ensure_ascii=False)


@pytest.mark.parametrize("case", PATHS["cases"], ids=lambda case: case["expression"])
def test_path(case: dict[str, Any]) -> None:
    given = copy.deepcopy(PATHS["given"])
    if "error" in case:
        with pytest.raises(ExpressionError) as refused:
            compile_path(case["expression"])
        assert case["error"] in refused.value.message
        assert refused.value.offset == case["at"]
    elif "refused" in case:
        with pytest.raises(StateError) as failed:
            compile_path(case["expression"])(given, Scope())
        assert failed.value.error == "States.Runtime"
        assert failed.value.cause == f"Invalid path '{case['expression']}' : {case['refused']}"
    elif "nothing" in case:
        with pytest.raises(NoMatch) as nothing:
            compile_path(case["expression"])(given, Scope())
        assert str(nothing.value) == case["nothing"]
    else:
        assert exactly(compile_path(case["expression"])(given, Scope())) == exactly(case["result"])
    assert given == PATHS["given"]


def test_an_element_that_is_not_there_is_null_in_a_template_only() -> None:
    """Measured on the service: `"x.$": "$.l[9]"` gives null, and so does no other field."""
    given: Any = {"l": [1]}
    template = compile_template({"x.$": "$.l[9]", "y.$": "$.l[*]"})
    assert template(given, Scope()) == {"x": None, "y": [1]}
    for missing in ("$.l[9].a", "$.a", "$.l[9][0].a"):
        with pytest.raises(StateError) as failed:
            compile_template({"x.$": missing})(given, Scope())
        assert "could not be found in the input" in str(failed.value.cause)


def test_a_regular_expression_that_takes_for_ever_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(comparison, "TIMEOUT", 0.01)
    select = compile_path("$.a[?(@ =~ /(a|a)*[bc]/)]")
    with pytest.raises(StateError) as failed:
        select({"a": ["a" * 3_000]}, Scope())
    assert failed.value.error == "States.Runtime"
    assert "took longer than 0.01 s" in str(failed.value.cause)


@pytest.mark.parametrize(
    "path",
    [
        "$..*..*..*..*..*",
        "$..*..*..*..nowhere",
        "$.l" + "[0,0]" * 100,
        "$.l" + "[0,0]" * 100 + ".*",
        "$.l[-2147483647:2]",
        "$.l[*][" + "0," * 2_000 + "0]",
        "$..[?(" + " && ".join(["@.a"] * 2_000) + ")]",
    ],
    ids=lambda path: path[:30],
)
def test_a_path_that_finds_or_looks_at_too_much_is_stopped(
    path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(nodes, "MAX_FOUND", 2_500)
    monkeypatch.setattr(nodes, "MAX_STEPS", 10_000)
    nested: Any = 1
    for _ in range(60):
        nested = {"a": nested, "b": [0, [1, 2]]}
    inner: Any = [1]
    for _ in range(100):
        inner = [inner]
    with pytest.raises(StateError) as failed:
        compile_path(path)({"l": [inner, inner], "n": nested}, Scope())
    assert failed.value.error == "States.Runtime"
    assert str(failed.value.cause).startswith("A path ")


def test_the_steps_of_each_application_are_counted_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nodes, "MAX_STEPS", 10)
    select = compile_path("$..deep")
    for _ in range(20):
        assert select({"deep": 1, "list": [2, 3]}, Scope()) == [1]


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("$" + "[*]" * 201, "at most 200 steps, not 201"),
        ("$" + "..a" * 100_000, "at most 200 steps"),
        ("$.a[?(" + "(" * 60 + "@.a" + ")" * 60 + ")]", "nested too deeply"),
        ("$.a[?(" + "!(" * 60 + "@.a" + ")" * 60 + ")]", "nested too deeply"),
        ("$.a" + "[?(@" * 60, "nested too deeply"),
    ],
    ids=lambda text: text[:30],
)
def test_a_path_that_is_too_much_is_refused(path: str, message: str) -> None:
    with pytest.raises(ExpressionError, match=message):
        compile_path(path)


def test_a_plain_path_of_any_length_is_no_trouble() -> None:
    with pytest.raises(NoMatch, match=r"Property \['a'\] not found in path \$\['a'\]\['a'\]$"):
        compile_path("$" + ".a" * 100_000)({"a": {"a": 1}}, Scope())
    with pytest.raises(ExpressionError, match="more than 500 steps"):
        compile_result_path("$" + ".a" * 100_000)


@pytest.mark.parametrize("path", ["$", "$.a", "$.a[0]", "$[0]", "$[*]", "$..a", "$.a[?(@.b)]", "$[-1]"])
def test_a_path_applied_to_null_fails(path: str) -> None:
    """As users report it of the service."""
    with pytest.raises(StateError) as failed:
        compile_path(path)(None, Scope())
    assert failed.value.error == "States.Runtime"
    assert failed.value.cause == "Unable to apply Path transformation to null or empty input."


@pytest.mark.parametrize("case", INTRINSICS["cases"], ids=lambda case: case["expression"])
def test_intrinsic(case: dict[str, Any]) -> None:
    given = copy.deepcopy(INTRINSICS["given"])
    if "wrong" in case:
        with pytest.raises(ExpressionError) as refused:
            compile_intrinsic(case["expression"])
        assert case["wrong"] in refused.value.message
        assert refused.value.offset == case["at"]
    elif "error" in case:
        with pytest.raises(StateError) as failed:
            compile_intrinsic(case["expression"])(given, Scope())
        assert failed.value.error == case["error"]
        assert f"The function '{case['expression']}' had the following error: " in str(failed.value.cause)
        assert case["cause"] in str(failed.value.cause)
    else:
        assert exactly(compile_intrinsic(case["expression"])(given, Scope())) == exactly(case["result"])
    assert given == INTRINSICS["given"]


def test_at_most_ten_calls_within_each_other() -> None:
    def nested(depth: int) -> str:
        return "States.Array(" * depth + ")" * depth

    assert compile_intrinsic(nested(10))(None, Scope())
    with pytest.raises(ExpressionError, match="more than 10"):
        compile_intrinsic(nested(11))
    with pytest.raises(ExpressionError, match="more than 10"):
        compile_intrinsic(nested(5000))


def test_a_seeded_number_is_the_same_for_the_same_seed() -> None:
    draw = compile_intrinsic("States.MathRandom(0, 1000, $.seed)")
    numbers = [draw({"seed": seed}, Scope()) for seed in (1, 1, 2, 3)]
    assert numbers[0] == numbers[1]
    assert len(set(map(str, numbers))) == 3


@pytest.mark.parametrize("function", ["Base64Encode", "Base64Decode", "Hash"])
def test_texts_of_more_than_10000_characters_are_refused(function: str) -> None:
    arguments = "$, 'MD5'" if function == "Hash" else "$"
    call = compile_intrinsic(f"States.{function}({arguments})")
    call("QUJD" * 2_500, Scope())
    with pytest.raises(StateError) as failed:
        call("QUJD" * 2_500 + "=", Scope())
    assert "at most 10000 characters" in str(failed.value.cause)
