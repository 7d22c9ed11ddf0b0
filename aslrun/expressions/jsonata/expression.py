"""JSONata as Step Functions runs it: version 2.0.6 with functions of its own and without `$eval`.

This is what the rest of aslrun sees of it. An expression is parsed once; what is simple in it becomes
closures (`simple`), anything else is evaluated by the package jsonata-python (`jsonata_library`),
which is imported with the first expression. Documentation: "Transforming data with JSONata".
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, TypeAlias

from aslrun.expressions import ExpressionScope
from aslrun.values import JSON


class Undefined:
    """The type of UNDEFINED: what an expression gives that finds nothing. It is no JSON value."""

    def __repr__(self) -> str:
        return "UNDEFINED"


UNDEFINED: Final = Undefined()


class JSONataError(Exception):
    """An expression that fails; `str()` of it is `T2001: The left side ...`, as the service has it.

    `code` is JSONata's own, `offset` the place in the text where that is known.
    """

    def __init__(self, code: str, message: str, offset: int | None = None) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.offset = offset


@dataclass(slots=True)
class States:
    """What `$states` shows in a field; its `context` is the scope's."""

    input: JSON
    result: JSON | Undefined = UNDEFINED
    error_output: JSON | Undefined = UNDEFINED


Evaluate: TypeAlias = Callable[[States, ExpressionScope], "JSON | Undefined"]


@dataclass(frozen=True, slots=True)
class References:
    """What an expression names: (name, offset) of each variable it reads but does not bind, of each function
    it calls by name, of each member of `$states` it looks at, and of each `$`, `$$` or bare name that is
    looked up in the expression's own input, of which there is none."""

    variables: tuple[tuple[str, int], ...]
    functions: tuple[tuple[str, int], ...]
    states: tuple[tuple[str, int], ...]
    roots: tuple[tuple[str, int], ...] = ()


@lru_cache(maxsize=4096)
def compile_jsonata(text: str) -> Evaluate:
    """Compile an expression (without `{%` and `%}`) to a closure of (`$states`, scope).

    The closure gives a JSON value or UNDEFINED, and raises JSONataError, nothing else. Raises
    ExpressionError, with the place, for a text that is no JSONata.
    """
    from aslrun.expressions.jsonata.library import compile_with_library, parse
    from aslrun.expressions.jsonata.simple import compile_simple

    program = parse(text)
    evaluate = compile_with_library(program)
    return compile_simple(program.ast, evaluate) or evaluate


@lru_cache(maxsize=16_384)
def references(text: str) -> References:
    """Return what an expression names; ExpressionError for a text that is no JSONata."""
    from aslrun.expressions.jsonata.library import parse
    from aslrun.expressions.jsonata.syntax import find_references

    return find_references(parse(text).ast)


@lru_cache(maxsize=1)
def functions() -> frozenset[str]:
    """Return the names of all functions that an expression may call, without `$`."""
    from aslrun.expressions.jsonata.library import function_names

    return function_names()
