"""The values of JSONata: JSON as Python has it, undefined, and the arrays and objects an expression makes.

Arrays carry what JSONata 2.0.6 knows about them in their class. What an expression makes itself is never of
the plain classes `list` and `dict`, so that what merely passes through is told apart without looking into it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from aslrun.expressions import ExpressionScope
from aslrun.values import JSON


class Undefined:
    """The type of UNDEFINED: what an expression gives that finds nothing. It is no JSON value."""

    def __repr__(self) -> str:
        return "UNDEFINED"

    def __bool__(self) -> bool:
        return False


UNDEFINED: Final = Undefined()

Value: TypeAlias = Any
"""A JSON value, UNDEFINED, an infinity, NaN, or a Function; arrays and objects may be of the classes here."""


class Array(list[Any]):
    """An array that an expression made."""

    __slots__ = ()


class Constructed(Array):
    """An array written as `[...]` at an end of a path: it is not spliced into what is around it."""

    __slots__ = ()


class Sequence(Array):
    """The items that were found: none of them is the same as undefined, one the same as the item."""

    __slots__ = ()


class Kept(Sequence):
    """A sequence that stays an array with one item (`path[]`)."""

    __slots__ = ()


class Wrapped(Sequence):
    """An input that is an array, as the one item of a sequence."""

    __slots__ = ()


class Tuples(Sequence):
    """What a path with `@`, `#` or `%` finds: objects of the names bound on the way, the item under `@`."""

    __slots__ = ()


class Object(dict[str, Any]):
    """An object that an expression made."""

    __slots__ = ()


class Function:
    """A function as a value; `arity` is the number of arguments it takes."""

    __slots__ = ("arity",)

    arity: int

    def invoke(self, run: Any, arguments: list[Value], context: Value = UNDEFINED) -> Value:
        """Return what the function gives in an evaluation (a `limits.Run`) for these arguments.

        `context` is taken for the first argument if that is missing and the function wants it.
        """
        raise NotImplementedError


COLLAPSING = frozenset({Sequence, Kept, Wrapped})
"""The classes of what is collapsed when an expression is done; tuples are not."""


def collapse(found: Value) -> Value:
    """Return what a sequence stands for once an expression is done: nothing, one item, or itself."""
    if len(found) == 1:
        return found if isinstance(found, Kept) else found[0]
    return found or UNDEFINED


def in_order(value: dict[str, Any]) -> dict[str, Any]:
    """Return an object with its keys as JavaScript has them: whole numbers first, in ascending order."""
    if not any(key.isdigit() for key in value):
        return value
    numbers = [key for key in value if _is_index(key)]
    if not numbers:
        return value
    numbers.sort(key=int)
    ordered = Object((key, value[key]) for key in numbers)
    for key, part in value.items():
        if key not in ordered:
            ordered[key] = part
    return ordered


def _is_index(key: str) -> bool:
    is_whole = key.isascii() and key.isdigit() and len(key) <= 10 and (key == "0" or key[0] != "0")
    return is_whole and int(key) < 2**32 - 1


@dataclass(slots=True)
class States:
    """What `$states` shows in a field; its `context` is the scope's."""

    input: JSON
    result: JSON | Undefined = UNDEFINED
    error_output: JSON | Undefined = UNDEFINED

    def as_object(self, scope: ExpressionScope) -> dict[str, Value]:
        """Return `$states` as the object it is for an expression that does not just look into it."""
        shown = Object(input=self.input)
        if self.result is not UNDEFINED:
            shown["result"] = self.result
        if self.error_output is not UNDEFINED:
            shown["errorOutput"] = self.error_output
        shown["context"] = scope.context
        return shown


Evaluate: TypeAlias = Callable[[States, ExpressionScope], "JSON | Undefined"]
"""A compiled expression: a JSON value, or UNDEFINED; raises JSONataError."""


@dataclass(frozen=True, slots=True)
class References:
    """What an expression names: (name, offset) of each variable it reads but does not bind, of each function
    it calls by name, of each member of `$states` it looks at, and of each `$`, `$$` or bare name that is
    looked up in the expression's own input, of which there is none."""

    variables: tuple[tuple[str, int], ...]
    functions: tuple[tuple[str, int], ...]
    states: tuple[tuple[str, int], ...]
    roots: tuple[tuple[str, int], ...] = ()
