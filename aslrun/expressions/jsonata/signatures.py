"""Signatures of functions, `<s-nn?:s>`: which arguments a function takes. Source: JSONata 2.0.6.

The kinds of the arguments, a letter each, are matched with the signature once; what follows from it for
each parameter is kept.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeAlias

from aslrun.expressions.jsonata.errors import JSONataError
from aslrun.expressions.jsonata.values import (
    UNDEFINED,
    Array,
    Constructed,
    Kept,
    Object,
    Sequence,
    Tuples,
    Undefined,
    Value,
    Wrapped,
)

_KINDS: dict[type, str] = {
    str: "s", int: "n", float: "n", bool: "b", type(None): "l", dict: "o", Object: "o", Undefined: "m",
    **dict.fromkeys((list, Array, Constructed, Sequence, Kept, Wrapped, Tuples), "a"),
}  # fmt: skip
_PLURALS = {"a": "arrays", "b": "booleans", "f": "functions", "n": "numbers", "o": "objects", "s": "strings"}
_ANY = "asnblfom"
_ACCEPTED = {**{kind: kind + "m" for kind in "snblo"}, "a": _ANY, "f": "f", "j": "asnblom", "x": _ANY}
"""Letter of a parameter → the kinds of arguments that it takes; `m` is a missing one."""

Take: TypeAlias = Callable[[list[Value], Value], Value]
"""Gives the value of one parameter, of the arguments and the context."""


def kind_of(value: Value) -> str:
    """Return the letter of a value's kind: s, n, b, l (null), a, o, f, or m for undefined."""
    return _KINDS.get(type(value), "f")


@dataclass(slots=True)
class Parameter:
    """One parameter: the letters of its types, whether `?`, `+` or `-` follow, what its arrays hold."""

    types: str
    accepted: str
    is_array: bool = False
    suffix: str = ""
    is_context: bool = False
    of: str = ""

    @property
    def pattern(self) -> str:
        return f"[{self.accepted}]{self.suffix}"


class Signature:
    """The parameters of a function, and how arguments become their values."""

    def __init__(self, parameters: list[Parameter]) -> None:
        self.parameters = parameters
        self.pattern = re.compile("".join(f"({one.pattern})" for one in parameters))
        self.takes: dict[str, list[Take]] = {}

    def values(self, arguments: list[Value], context: Value) -> list[Value]:
        """Return the values of the parameters; JSONataError T0410, T0411 or T0412 where one does not fit."""
        if len(arguments) == 1:
            kinds = _KINDS.get(type(arguments[0]), "f")
        else:
            kinds = "".join([_KINDS.get(type(one), "f") for one in arguments])
        takes = self.takes.get(kinds)
        if takes is None:
            takes = self.matched(kinds)
            if len(self.takes) < 256:  # as many kinds as calls have
                self.takes[kinds] = takes
        return [take(arguments, context) for take in takes]

    def matched(self, kinds: str) -> list[Take]:
        """Return how each parameter gets its value from arguments of these kinds."""
        found = self.pattern.fullmatch(kinds)
        if found is None:
            raise JSONataError("T0410", index=self.first_misfit(kinds))
        takes: list[Take] = []
        at = 0
        for parameter, part in zip(self.parameters, found.groups(), strict=True):
            if part:
                takes.extend(_take(parameter, kind, at + offset) for offset, kind in enumerate(part))
                at += len(part)
            elif parameter.is_context:
                takes.append(_take_context(parameter, at))
            else:
                takes.append(_take_argument(at) if at < len(kinds) else _take_nothing)
                at += 1
        return takes

    def first_misfit(self, kinds: str) -> int:
        """Return the number of the first argument that does not fit, from 1."""
        pattern, fitting = "", 0
        for parameter in self.parameters:
            pattern += parameter.pattern
            found = re.match(pattern, kinds)
            if found is None:
                break
            fitting = found.end()
        return fitting + 1


def _take_nothing(arguments: list[Value], context: Value) -> Value:
    return UNDEFINED


def _take_argument(at: int) -> Take:
    return lambda arguments, context: arguments[at]


def _take_context(parameter: Parameter, at: int) -> Take:
    def take(arguments: list[Value], context: Value) -> Value:
        if kind_of(context) not in parameter.accepted:
            raise JSONataError("T0411", index=at + 1)
        return context

    return take


def _take(parameter: Parameter, kind: str, at: int) -> Take:
    if not parameter.is_array or kind == "m":
        return _take_argument(at)
    if kind == "a":
        return _take_array_of(parameter.of, at) if parameter.of else _take_argument(at)
    if parameter.of and kind != parameter.of:
        return _refuse(parameter.of, at)
    return lambda arguments, context: Array((arguments[at],))


def _refuse(of: str, at: int) -> Take:
    def take(arguments: list[Value], context: Value) -> Value:
        raise JSONataError("T0412", index=at + 1, type=_PLURALS.get(of[0], UNDEFINED))

    return take


def _take_array_of(of: str, at: int) -> Take:
    refuse = _refuse(of, at)
    allowed = frozenset(kind for kind, letter in _KINDS.items() if letter == of[0])

    def take(arguments: list[Value], context: Value) -> Value:
        items = arguments[at]
        if not allowed.issuperset(map(type, items)) and {kind_of(item) for item in items} != {of[0]}:
            refuse(arguments, context)
        return items

    return take


@lru_cache(maxsize=1024)
def parse_signature(text: str) -> Signature:
    """Read a signature; JSONataError S0401 or S0402, with the place, where it is none."""
    parameters: list[Parameter] = []
    at = 1
    while at < len(text) and text[at] != ":":
        letter = text[at]
        last = parameters[-1] if parameters else Parameter("", "")
        if letter in _ACCEPTED:
            parameters.append(Parameter(letter, _ACCEPTED[letter], letter == "a"))
        elif letter == "-":
            last.is_context, last.suffix = True, "?"
        elif letter in "?+":
            last.suffix = letter
        elif letter == "(":
            end = _closing(text, at, "(", ")")
            choice = text[at + 1 : end]
            if "<" in choice:
                raise JSONataError("S0402", at, value=choice)
            accepted = "".join(kind for kind in choice if kind.isalpha()) + "m"
            parameters.append(Parameter(choice, accepted))
            at = end
        elif letter == "<":
            if last.types not in ("a", "f"):
                raise JSONataError("S0401", at, value=last.types or UNDEFINED)
            end = _closing(text, at, "<", ">")
            last.of = text[at + 1 : end]
            at = end
        at += 1
    return Signature(parameters)


def _closing(text: str, start: int, opening: str, closing: str) -> int:
    depth = 0
    for at in range(start, len(text)):
        depth += (text[at] == opening) - (text[at] == closing)
        if depth == 0:
            return at
    return len(text)
