"""The rules of Choice states: one operator each, and some rule for every input. Spec: Choice State."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cache

from aslrun.validation.findings import Finding, schema_error
from aslrun.validation.machines import Definition, Fields, StateNode, objects_in
from aslrun.validation.schema_files import schema_at
from aslrun.values import JSON, to_json_text

_NO_TESTS = {"Comment", "Next", "Assign", "Output"}
_NO_OPERATORS = {*_NO_TESTS, "Condition", "Variable"}


@cache
def operators() -> frozenset[str]:
    """The fields that say what a rule asks: the comparisons, and And, Or and Not."""
    return frozenset(schema_at("choice.json#/$defs/Rule")["properties"].keys() - _NO_OPERATORS)


def check_choices(definition: Definition) -> Iterator[Finding]:
    """Yield what is wrong with the rules of each Choice state."""
    for state in definition.states:
        if state.type == "Choice":
            yield from check_operators(state)
            yield from check_default(state)


def check_operators(state: StateNode) -> Iterator[Finding]:
    """Yield rules that have no operator or several."""
    if state.language == "JSONata":
        return  # Condition is the operator, and the schema asks for it
    known = operators()
    for at, rule in state.rules:
        given = [field for field in rule if field in known]
        if len(given) > 1:
            message = f"There should only be one of the following fields: [{', '.join(given)}]"
            yield schema_error(message, (*at, given[-1]), "join the tests with And or Or", key=True)
        elif "Variable" in rule and rule.keys() <= _NO_OPERATORS:
            message = "The rule has no comparison operator"
            yield schema_error(message, at, "add one, such as StringEquals or IsPresent", key=True)


def check_default(state: StateNode) -> Iterator[Finding]:
    """Yield that a Choice state has no Default although an input may match none of its rules."""
    rules = [rule for _, rule in objects_in(state, "Choices")]
    if "Default" in state.fields or not rules:
        return
    exhaustive = conditions_exhaust if state.language == "JSONata" else comparisons_exhaust
    if not exhaustive(rules):
        message = "Without Default, an input that matches no rule fails with States.NoChoiceMatched"
        yield Finding("NO_DEFAULT", message, state.at, "add a Default", "warning", key=True)


def conditions_exhaust(rules: list[Fields]) -> bool:
    """Tell whether JSONata rules may cover every input; several are taken to, as only running them tells."""
    return len(rules) > 1 or rules[0].get("Condition") in (True, "{% true %}")


def comparisons_exhaust(rules: list[Fields]) -> bool:
    """Tell whether two rules cover every input between them, or three that compare with one value."""
    tests = [{field: rule[field] for field in rule if field not in _NO_TESTS} for rule in rules]
    texts = {to_json_text(test) for test in tests}
    if any(to_json_text(test["Not"]) in texts for test in tests if "Not" in test):
        return True
    outcomes: dict[str, set[str]] = {}
    for test in tests:
        for subject, found in _outcomes(test):
            outcomes.setdefault(subject, set()).update(found)
    return any(found in ({"true", "false"}, {"<", "=", ">"}) for found in outcomes.values())


def _outcomes(test: dict[str, JSON]) -> Iterable[tuple[str, set[str]]]:
    """What a comparison holds for, beside what it compares: `$.a` with 1 → `<` and `=`."""
    variable = to_json_text(test.get("Variable"))
    for field, operand in test.items():
        if isinstance(operand, bool):
            yield f"{field} {variable}", {"true" if operand else "false"}
            continue
        kind = field.removesuffix("Path")
        for order, found in _ORDERS.items():
            if kind.endswith(order):
                yield f"{kind.removesuffix(order)} {variable} {to_json_text(operand)}", set(found)
                break


_ORDERS = {
    "LessThanEquals": "<=",
    "GreaterThanEquals": ">=",
    "LessThan": "<",
    "GreaterThan": ">",
    "Equals": "=",
}
