"""Functions as values: those of an expression, built-in ones, partial and chained ones."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from aslrun.expressions.jsonata.errors import JSONataError, LimitExceeded
from aslrun.expressions.jsonata.limits import MAX_DEPTH, Run
from aslrun.expressions.jsonata.scopes import Closure, Frame
from aslrun.expressions.jsonata.signatures import Signature
from aslrun.expressions.jsonata.values import UNDEFINED, Function, Value

PLACEHOLDER: Final = object()
"""An argument `?`."""


@dataclass(frozen=True, slots=True)
class Definition:
    """A compiled function: parameters, what its frame has besides them, signature, body."""

    count: int
    unset: list[object]
    signature: Signature | None
    body: Closure

    is_plain: bool = field(init=False)
    """Whether a frame has nothing but arguments, which come as they are."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "is_plain", not self.unset and self.signature is None)


class TailCall:
    """What a function returns instead of its result: the call that gives it."""

    __slots__ = ("arguments", "context", "function")

    def __init__(self, function: Function, arguments: list[Value], context: Value) -> None:
        self.function = function
        self.arguments = arguments
        self.context = context


class Lambda(Function):
    """A function defined in the expression, with the frame and the context it was defined in."""

    __slots__ = ("definition", "frame", "item")

    def __init__(self, definition: Definition, item: Value, frame: Frame) -> None:
        self.arity = definition.count
        self.definition = definition
        self.item = item
        self.frame = frame

    def enter(self, run: Run, arguments: list[Value], context: Value) -> Value:
        """Evaluate the body once."""
        definition = self.definition
        if definition.signature is not None:
            arguments = definition.signature.values(arguments, context)
        missing = definition.count - len(arguments)
        if missing:
            arguments = arguments[: definition.count] if missing < 0 else arguments + [UNDEFINED] * missing
        run.steps -= 1
        if run.steps < 0:
            raise LimitExceeded("U1002")
        return definition.body(self.item, [run, self.frame, *arguments, *definition.unset])

    def invoke(self, run: Run, arguments: list[Value], context: Value = UNDEFINED) -> Value:
        definition = self.definition
        if definition.is_plain and len(arguments) == definition.count:
            run.steps -= 1
            if run.steps < 0:
                raise LimitExceeded("U1002")
            result = definition.body(self.item, [run, self.frame, *arguments])
        else:
            result = self.enter(run, arguments, context)
        while type(result) is TailCall:
            function = result.function
            if isinstance(function, Lambda):
                result = function.enter(run, result.arguments, result.context)
            else:
                result = function.invoke(run, result.arguments, result.context)
        return result


class Builtin(Function):
    """A built-in function: `implementation(run, *values)` gets the values that the signature allows."""

    __slots__ = ("implementation", "name", "signature")

    def __init__(
        self, name: str, signature: Signature, implementation: Callable[..., Value], arity: int
    ) -> None:
        self.name = name
        self.signature = signature
        self.implementation = implementation
        self.arity = arity

    def invoke(self, run: Run, arguments: list[Value], context: Value = UNDEFINED) -> Value:
        return self.implementation(run, *self.signature.values(arguments, context))


class Partial(Function):
    """A function some of whose arguments are given; the others are placeholders."""

    __slots__ = ("arguments", "function")

    def __init__(self, function: Function, arguments: list[Value]) -> None:
        self.function = function
        self.arguments = arguments
        self.arity = sum(one is PLACEHOLDER for one in arguments)

    def invoke(self, run: Run, arguments: list[Value], context: Value = UNDEFINED) -> Value:
        remaining = iter(arguments)
        filled = [next(remaining, UNDEFINED) if one is PLACEHOLDER else one for one in self.arguments]
        return called(run, 1, self.function, filled, context)


class Chained(Function):
    """`first ~> second` of two functions."""

    __slots__ = ("first", "second")

    def __init__(self, first: Function, second: Function) -> None:
        self.arity = 1
        self.first = first
        self.second = second

    def invoke(self, run: Run, arguments: list[Value], context: Value = UNDEFINED) -> Value:
        found = called(run, 1, self.first, arguments[:1])
        return called(run, 1, self.second, [found])


class Native(Function):
    """A function of ours as a value: what a transformation is, and how to go on with a match."""

    __slots__ = ("implementation",)

    def __init__(self, implementation: Callable[[Run, list[Value]], Value], arity: int) -> None:
        self.implementation = implementation
        self.arity = arity

    def invoke(self, run: Run, arguments: list[Value], context: Value = UNDEFINED) -> Value:
        return self.implementation(run, arguments)


def called(
    run: Run, level: int, function: Value, arguments: list[Value], context: Value = UNDEFINED
) -> Value:
    """Return what a call gives that stands `level` parts deep in its function."""
    if not isinstance(function, Function):
        raise JSONataError("T1006")
    run.depth += level
    if run.depth > MAX_DEPTH:
        raise LimitExceeded("U1001")
    result = function.invoke(run, arguments, context)
    run.depth -= level
    return result


def arguments_for(function: Function, value: Value, key: Value, whole: Value) -> list[Value]:
    """Return as many of (value, its index or key, all of them) as a function takes, one at least."""
    if function.arity < 2:
        return [value]
    return [value, key] if function.arity == 2 else [value, key, whole]
