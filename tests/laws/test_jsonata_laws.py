"""Laws of JSONata: the closures give what the library gives, and nothing but its own errors comes out."""

from __future__ import annotations

from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st

from aslrun.expressions import ExpressionError
from aslrun.expressions.jsonata.errors import JSONataError
from aslrun.expressions.jsonata.expression import compile_full, compile_jsonata, parse
from aslrun.expressions.jsonata.values import States


class Scope:
    """A scope with some variables."""

    time = 0.0

    def __init__(self, variables: dict[str, Any]) -> None:
        self.context: Any = {"State": {"Name": "A"}}
        self.variables = variables

    def draw(self) -> float:
        return 0.5

    def draw_uuid(self) -> str:
        return ""


NAMES = st.sampled_from(["a", "b"])
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-3, 3),
    st.sampled_from([0.5, -1.25, 2.0, 1e300, 2**53]),
    st.sampled_from(["", "a", "b", "é"]),
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=2),
    max_leaves=6,
)
VARIABLES = st.fixed_dictionaries({"x": VALUES, "y": VALUES})

LITERALS = st.sampled_from(["1", "0", "2.5", "-1", '"a"', '""', "true", "false", "null", "$nothing"])
ROOTS = st.sampled_from(["$x", "$y", "$states.input", "$states.result", "$states.context.State"])
PATHS = st.builds(lambda root, names: ".".join([root, *names]), ROOTS, st.lists(NAMES, max_size=2))
OPERATORS = st.sampled_from(["+", "-", "*", "/", "<", "<=", ">", ">=", "=", "!=", "&", "and", "or"])


def combined(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.one_of(
        st.builds("({} {} {})".format, inner, OPERATORS, inner),
        st.builds("({} ? {} : {})".format, inner, inner, inner),
        st.builds("({} ? {})".format, inner, inner),
        st.builds('{{"k": {}, "l": {}}}'.format, inner, inner),
        st.builds("[{}, {}]".format, inner, inner),
        st.builds("${}({})".format, st.sampled_from(["count", "exists", "not", "string"]), inner),
    )


EXPRESSIONS = st.recursive(LITERALS | PATHS, combined, max_leaves=5)


def outcome(evaluate: Any, variables: dict[str, Any], input: Any) -> tuple[str, Any]:
    try:
        value = evaluate(States(input, input), Scope(variables))
    except JSONataError as error:
        return "error", error.code
    return "value", as_text(value)


def as_text(value: Any) -> Any:
    """Tell values apart that Python holds for equal: 1, 1.0 and True."""
    if isinstance(value, dict):
        return {key: as_text(part) for key, part in value.items()}
    if isinstance(value, list):
        return [as_text(part) for part in value]
    return repr(value)


@settings(max_examples=150)
@given(EXPRESSIONS, VARIABLES, VALUES)
@example("($x = $y)", {"x": True, "y": 1}, {})
@example("[$x, $y]", {"x": [[1]], "y": [2]}, {})
def test_closures_give_what_the_library_gives(expression: str, variables: dict[str, Any], input: Any) -> None:
    expected = outcome(compile_full(parse(expression)), variables, input)
    assert outcome(compile_jsonata(expression), variables, input) == expected


@settings(max_examples=100)
@given(EXPRESSIONS, VARIABLES, VALUES)
def test_an_expression_never_changes_its_input(
    expression: str, variables: dict[str, Any], input: Any
) -> None:
    before = repr((variables, input))
    outcome(compile_full(parse(expression)), variables, input)
    assert repr((variables, input)) == before


@settings(max_examples=150)
@given(st.text(alphabet='$abx.()[]{}"|^~>=<:;,?*%&+-/ 01', max_size=20), VARIABLES)
def test_any_text_gives_a_value_or_our_own_error(text: str, variables: dict[str, Any]) -> None:
    try:
        evaluate = compile_jsonata(text)
    except ExpressionError:
        return
    outcome(evaluate, variables, {"a": [1, {"b": 2}]})
