"""What all states share when their fields are compiled: plain fields, and the query language's part."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, TypeAlias

from aslrun.errors import UsageError
from aslrun.expressions import ExpressionScope, Select
from aslrun.values import JSON, to_json_text

if TYPE_CHECKING:
    from aslrun.interpreter.loop import Machine
    from aslrun.interpreter.scope import Scope

Fields: TypeAlias = Mapping[str, JSON]
Conclude: TypeAlias = "Callable[[JSON, JSON, Scope], JSON]"
"""(raw input, result, scope) → effective output; assigns variables on the way."""
Produce: TypeAlias = "Callable[[JSON, Scope], JSON]"
"""(raw input, scope) → effective output, of a state that is nothing but its fields."""
Number: TypeAlias = Callable[[JSON, ExpressionScope], int | float | None]
"""(effective input, scope) → the number, None where the field is absent."""


class Language(Protocol):
    """A query language: what it makes of the fields that may hold its expressions."""

    def compile_input(self, fields: Fields, template: str = "Parameters") -> Select:
        """Compile what makes the effective input of the raw input."""

    def compile_output(self, fields: Fields) -> Conclude:
        """Compile what makes the effective output of a result, and Assign."""

    def compile_choice_output(self, fields: Fields, state: Fields) -> Conclude:
        """Compile what a choice rule, or Default with the state's fields, makes of the effective input."""

    def compile_catcher(self, fields: Fields) -> Conclude:
        """Compile what a catcher makes of the raw input and the error output."""

    def compile_number(self, fields: Fields, name: str, integer: bool = True) -> Number:
        """Compile a field that holds a number, or an expression that gives one."""

    def compile_text(self, fields: Fields, name: str) -> Select:
        """Compile a field that holds a string, or an expression that gives one; None where it is absent."""

    def compile_role(self, fields: Fields) -> Select | None:
        """Compile what gives the RoleArn of Credentials; None where there are none."""

    def compile_items(self, fields: Fields) -> Select:
        """Compile what gives the items of a Map: the closure's value is a list."""

    def compile_item_selector(self, fields: Fields) -> Select | None:
        """Compile a Map's ItemSelector; None where the items go in as they are."""


@dataclass(frozen=True, slots=True)
class Compilation:
    """What a state's compile function is given besides the fields: its language, and how to compile the
    machines inside it."""

    language: Language
    compile_machine: Callable[[Fields], Machine]


def whole(value: JSON, scope: ExpressionScope) -> JSON:
    """The path `$`: the value itself."""
    return value


def whole_result(raw: JSON, result: JSON, scope: Scope) -> JSON:
    """What concludes a state whose output is its result."""
    return result


def concluded(produce: Select, conclude: Conclude) -> Produce:
    """Return what makes a state's output of its input at once."""
    if conclude is whole_result:
        return produce
    return lambda raw, scope: conclude(raw, produce(raw, scope), scope)


UNFILLED = "a placeholder without a value cannot be run (--substitute NAME=VALUE gives it one)"


def text_of(fields: Fields, name: str, default: str = "") -> str:
    """Return the string in field `name`; validation has seen to it that it is one."""
    value = fields.get(name, default)
    assert isinstance(value, str), name
    return value


def number_of(fields: Fields, name: str) -> int | float | None:
    """Return the number in field `name`, None where it is absent; UsageError for an unfilled placeholder."""
    value = fields.get(name)
    if value is None or isinstance(value, (int, float)):
        return value
    raise UsageError(f"{name} is {to_json_text(value)}: {UNFILLED}")


def next_of(fields: Fields) -> str | None:
    """Return the name of the next state, None where the state is the end."""
    return text_of(fields, "Next") if "Next" in fields else None


def objects_of(fields: Fields, name: str) -> list[Fields]:
    """Return the list of objects in field `name`, `[]` where it is absent."""
    value = fields.get(name, [])
    assert isinstance(value, list), name
    return [part for part in value if isinstance(part, dict)]


def assigning(conclude: Conclude, assign: Callable[[JSON, JSON, Scope], JSON]) -> Conclude:
    """Return a `conclude` that also assigns what `assign` gives. Both see the variables as they were."""

    def conclude_and_assign(raw: JSON, result: JSON, scope: Scope) -> JSON:
        variables = assign(raw, result, scope)
        output = conclude(raw, result, scope)
        assert isinstance(variables, dict)
        scope.assign(variables)
        return output

    return conclude_and_assign
