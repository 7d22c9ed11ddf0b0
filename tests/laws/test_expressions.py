"""Laws of the expression languages, on values and texts that hypothesis makes."""

from __future__ import annotations

import contextlib
import copy
import json
from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st
from jsonpath_ng.ext.parser import parse

from aslrun.errors import StateError
from aslrun.expressions import ExpressionError, NoMatch
from aslrun.expressions.intrinsics.calls import compile_intrinsic
from aslrun.expressions.intrinsics.functions import INTRINSICS
from aslrun.expressions.jsonpath.path import compile_path, compile_result_path
from aslrun.expressions.template import compile_template


class Scope:
    """An empty scope."""

    def __init__(self) -> None:
        self.context: Any = {}
        self.variables: Any = {}

    time = 0.0

    def draw(self) -> float:
        return 0.5

    def draw_uuid(self) -> str:
        return ""


SCOPE = Scope()
NAMES = st.sampled_from(["a", "b", "c-d", "é"])
VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=10,
)
SOMETHING = VALUES.filter(lambda value: value is not None)
"""What a path can be applied to: of null it fails."""
STEPS = st.lists(NAMES | st.integers(0, 3), max_size=4)
TEMPLATES: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.integers() | st.text(max_size=3),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(NAMES, inner, max_size=3)
        | st.dictionaries(NAMES.map(lambda name: f"{name}.$"), st.just("$"), max_size=2)
    ),
    max_leaves=8,
)


def path_of(steps: list[str | int]) -> str:
    return "$" + "".join(f"['{step}']" if isinstance(step, str) else f"[{step}]" for step in steps)


@given(SOMETHING, STEPS)
def test_a_plain_path_is_stepwise_indexing(value: Any, steps: list[str | int]) -> None:
    expected = value
    for step in steps:
        is_there = (isinstance(expected, dict) and step in expected) or (
            isinstance(expected, list) and isinstance(step, int) and step < len(expected)
        )
        if not is_there:
            break
        expected = expected[step]
    else:
        assert compile_path(path_of(steps))(value, SCOPE) is expected
        return
    try:
        compile_path(path_of(steps))(value, SCOPE)
    except NoMatch:
        return
    raise AssertionError("it found something")


@given(VALUES, VALUES, st.lists(NAMES, max_size=4))
def test_what_is_put_at_a_path_is_found_there(raw: Any, result: Any, steps: list[str | int]) -> None:
    before = copy.deepcopy(raw)
    error = None
    try:
        made = compile_result_path(path_of(steps))(raw, result)
    except StateError as failed:
        error = failed.error
    else:
        if made is not None:
            assert compile_path(path_of(steps))(made, SCOPE) is result
    assert error in (None, "States.ResultPathMatchFailure")
    assert raw == before


@given(SOMETHING, TEMPLATES)
def test_a_template_changes_neither_itself_nor_the_input(value: Any, template: Any) -> None:
    before = json.dumps([value, template])
    filled = compile_template(template)(value, SCOPE)
    assert json.dumps([value, template]) == before
    assert ".$" not in json.dumps(filled).replace(json.dumps(value), "")


@given(SOMETHING, st.sampled_from(["$[*]", "$.a[*]", "$..a", "$.a..b", "$.*.a", "$.b[0:2]", "$.a.*"]))
def test_we_agree_with_jsonpath_ng_where_both_say_the_same(value: Any, path: str) -> None:
    """Where the service's dialect does not have the whole path fail, jsonpath-ng's own finds the same."""
    try:
        ours = compile_path(path)(value, SCOPE)
    except NoMatch:
        return
    assert ours == [found.value for found in parse(path).find(value)]


SEGMENTS = st.lists(
    st.sampled_from(
        [
            ".a",
            ".b",
            "['a','b']",
            "[0]",
            "[-1]",
            "[0,2]",
            "[1:]",
            "[:-1]",
            "[0:2]",
            "[(@.length-1)]",
            "[*]",
            ".*",
            "..a",
            "..*",
            "..[0]",
            "..[?(@.a)]",
            "[?(@.a == 1)]",
            "[?(@.a != 'x' && @.b[0])]",
            "[?(!@ || @ > $.a)]",
            "[?(@.b =~ /.*/i)]",
            "[?(@.a.b <= null || true == @)]",
            "['a','b'].a",
            ".length()",
            "[?(@.a in ['x'])]",
        ]
    ),
    max_size=5,
)


@given(VALUES, SEGMENTS)
def test_a_path_finds_something_or_fails_in_its_own_words(value: Any, segments: list[str]) -> None:
    before = json.dumps(value)
    select = compile_path("$" + "".join(segments))
    with contextlib.suppress(NoMatch, StateError):
        json.dumps(select(value, SCOPE))
    assert json.dumps(value) == before


TOKENS = st.lists(
    st.sampled_from(
        [*"$.@[]()*?!'\"/,:-+=<>&| \\", "..", "a", "0", "==", "&&", "true", "in", "{}", "()", *INTRINSICS]
    )
).map("".join)


@given(TOKENS | st.text())
@example("$[" * 3000)
@example("$[?(" + "!" * 3000)
@example("$[?(" + "(" * 3000)
@example("$[?(@[?(" * 3000)
@example("$.a" * 100_000)
@example("$" + "[*]" * 100_000)
@example("States.Array(" * 3000)
def test_any_text_compiles_or_is_refused_with_a_place(text: str) -> None:
    for compile_text in (compile_path, compile_intrinsic, compile_result_path):
        refused = None
        try:
            compile_text(text)
        except ExpressionError as wrong:
            refused = wrong
        assert refused is None or (refused.message and 0 <= refused.offset <= len(text))
