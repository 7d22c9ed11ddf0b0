"""Choice: rules compiled to closures of (value, scope). Spec: Choice State; comparisons as recorded."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, ClassVar, Literal, TypeAlias

from aslrun.errors import EvaluationError, FatalStateError
from aslrun.expressions import ExpressionScope, NoMatch, Select
from aslrun.expressions.jsonpath.path import compile_path
from aslrun.states.fields import Compilation, Conclude, Fields, objects_of, text_of
from aslrun.timestamps import parse_nanoseconds
from aslrun.values import JSON, is_number

if TYPE_CHECKING:
    from aslrun.interpreter.loop import Transition
    from aslrun.interpreter.scope import Scope

Rule: TypeAlias = Callable[[JSON, ExpressionScope], bool]
Compare: TypeAlias = Callable[[JSON, JSON], bool]


@dataclass(frozen=True, slots=True)
class Choice:
    """Goes to the state of the first rule that holds, or to Default."""

    blocks: ClassVar[Literal[False]] = False
    counts_retries: ClassVar[bool] = False
    entered: ClassVar[str] = "ChoiceStateEntered"
    exited: ClassVar[str] = "ChoiceStateExited"
    aborted: ClassVar[str | None] = None

    name: str
    rules: tuple[tuple[Rule, str, Conclude], ...]
    default: str | None
    prepare: Select
    conclude: Conclude

    def step(self, raw: JSON, scope: Scope) -> Transition:
        value = self.prepare(raw, scope)
        for holds, target, conclude in self.rules:
            if holds(value, scope):
                return conclude(raw, value, scope), target
        if self.default is None:
            raise EvaluationError(
                "States.NoChoiceMatched",
                "Failed to transition out of the state. The state does not point to a next state.",
            )
        return self.conclude(raw, value, scope), self.default


def compile_choice(name: str, fields: Fields, compilation: Compilation) -> Choice:
    """Compile a Choice state. A rule has its own Assign and Output; the state's are those of Default."""
    language = compilation.language
    rules = [
        (
            compile_outer_rule(rule, index),
            text_of(rule, "Next"),
            language.compile_choice_output(rule, fields),
        )
        for index, rule in enumerate(objects_of(fields, "Choices"))
    ]
    return Choice(
        name,
        tuple(rules),
        text_of(fields, "Default") if "Default" in fields else None,
        language.compile_input(fields),
        language.compile_choice_output(fields, fields),
    )


def compile_outer_rule(rule: Fields, index: int) -> Rule:
    if "Condition" not in rule:
        return compile_rule(rule)
    condition = rule["Condition"]
    if not isinstance(condition, str):
        return lambda value, scope: condition is True
    from aslrun.expressions.jsonata.values import States
    from aslrun.expressions.query import compile_query

    query = compile_query(condition, f"Choices[{index}]/Condition", "boolean")
    return lambda value, scope: query(States(value), scope) is True


def compile_rule(rule: JSON | Fields) -> Rule:
    """Compile a choice rule: a comparison, or And, Or, Not of rules."""
    assert isinstance(rule, Mapping)
    for combinator, combine in _COMBINATORS.items():
        if combinator in rule:
            return combine(rule[combinator])
    name = next(field for field in rule if field.removesuffix("Path") in _COMPARISONS or field in _TESTS)
    if name in _TESTS:
        return _compile_test(rule, name)
    return _compile_comparison(rule, name)


def _all(rules: JSON) -> Rule:
    assert isinstance(rules, list)
    compiled = [compile_rule(rule) for rule in rules]
    return lambda value, scope: all(holds(value, scope) for holds in compiled)


def _any(rules: JSON) -> Rule:
    assert isinstance(rules, list)
    compiled = [compile_rule(rule) for rule in rules]
    return lambda value, scope: any(holds(value, scope) for holds in compiled)


def _not(rule: JSON) -> Rule:
    holds = compile_rule(rule)
    return lambda value, scope: not holds(value, scope)


_COMBINATORS: Mapping[str, Callable[[JSON], Rule]] = {"And": _all, "Or": _any, "Not": _not}


def _compile_comparison(rule: Mapping[str, JSON], name: str) -> Rule:
    variable = _compile_variable(text_of(rule, "Variable"))
    fits, compare = _COMPARISONS[name.removesuffix("Path")]
    if name.endswith("Path"):
        other = _compile_variable(text_of(rule, name))

        def holds_for_both(value: JSON, scope: ExpressionScope) -> bool:
            left, right = variable(value, scope), other(value, scope)
            return fits(left) and fits(right) and compare(left, right)

        return holds_for_both
    operand = rule[name]
    can_hold = fits(operand)

    def holds(value: JSON, scope: ExpressionScope) -> bool:
        found = variable(value, scope)
        return can_hold and fits(found) and compare(found, operand)

    return holds


def _compile_test(rule: Mapping[str, JSON], name: str) -> Rule:
    expected, test = rule[name], _TESTS[name]
    text = text_of(rule, "Variable")
    if name == "IsPresent":
        present = _compile_presence(text)
        return lambda value, scope: present(value, scope) is expected
    variable = _compile_variable(text)
    return lambda value, scope: test(variable(value, scope)) is expected


def _compile_presence(text: str) -> Rule:
    select = compile_path(text)

    def is_present(value: JSON, scope: ExpressionScope) -> bool:
        try:
            select(value, scope)
        except NoMatch:
            return False
        return True

    return is_present


def _compile_variable(text: str) -> Select:
    select = compile_path(text)

    def variable(value: JSON, scope: ExpressionScope) -> JSON:
        try:
            return select(value, scope)
        except NoMatch:
            # Only IsPresent tolerates a Variable that matches nothing (reported by users, see semantics).
            raise FatalStateError(
                f"Invalid path '{text}': The choice state's condition path references an invalid value."
            ) from None

    return variable


def _is_string(value: JSON) -> bool:
    return isinstance(value, str)


def _is_boolean(value: JSON) -> bool:
    return isinstance(value, bool)


def _by_time(compare: Callable[[int, int], bool]) -> Compare:
    def compare_times(left: JSON, right: JSON) -> bool:
        first, second = parse_nanoseconds(left), parse_nanoseconds(right)
        return first is not None and second is not None and compare(first, second)

    return compare_times


def _matches(value: JSON, pattern: JSON) -> bool:
    """StringMatches: `*` stands for any characters, `\\*` for an asterisk, `\\\\` for a backslash."""
    assert isinstance(value, str)
    assert isinstance(pattern, str)
    literals = _literals(pattern)
    if len(literals) == 1:
        return value == literals[0]
    return _matches_in_order(value, literals)


@lru_cache(maxsize=256)
def _literals(pattern: str) -> list[str]:
    """Split a pattern at its asterisks: `a*\\*` → `["a", "*"]`."""
    literals = [""]
    for escaped, asterisk, text in re.findall(r"\\([*\\])|(\*)|([^*\\]+|\\)", pattern):
        if asterisk:
            literals.append("")
        else:
            literals[-1] += escaped or text
    return literals


def _matches_in_order(value: str, literals: list[str]) -> bool:
    first, *middle, last = literals
    if len(value) < len(first) + len(last) or not (value.startswith(first) and value.endswith(last)):
        return False
    at, end = len(first), len(value) - len(last)
    for literal in middle:
        found = value.find(literal, at, end)
        if found < 0:
            return False
        at = found + len(literal)
    return True


_ORDER: Mapping[str, Callable[..., bool]] = {
    "Equals": operator.eq,
    "LessThan": operator.lt,
    "GreaterThan": operator.gt,
    "LessThanEquals": operator.le,
    "GreaterThanEquals": operator.ge,
}

_COMPARISONS: Mapping[str, tuple[Callable[[JSON], bool], Compare]] = {
    **{f"String{name}": (_is_string, compare) for name, compare in _ORDER.items()},
    **{f"Numeric{name}": (is_number, compare) for name, compare in _ORDER.items()},
    **{f"Timestamp{name}": (_is_string, _by_time(compare)) for name, compare in _ORDER.items()},
    "BooleanEquals": (_is_boolean, operator.is_),
    "StringMatches": (_is_string, _matches),
}
"""Operator → what both sides must be, and how they are compared then."""

_TESTS: Mapping[str, Callable[[JSON], bool]] = {
    "IsNull": lambda value: value is None,
    "IsPresent": lambda value: True,
    "IsNumeric": is_number,
    "IsString": _is_string,
    "IsBoolean": _is_boolean,
    "IsTimestamp": lambda value: parse_nanoseconds(value) is not None,
}
