"""Calls: of built-in functions, of any others, partial ones, and `~>`. Source: JSONata 2.0.6."""

from __future__ import annotations

from aslrun.expressions.jsonata.callables import (
    PLACEHOLDER,
    Builtin,
    Chained,
    Partial,
    TailCall,
    called,
)
from aslrun.expressions.jsonata.errors import JSONataError
from aslrun.expressions.jsonata.functions import BUILTINS
from aslrun.expressions.jsonata.scopes import Closure, Compiler, Frame, Names
from aslrun.expressions.jsonata.tree import Node
from aslrun.expressions.jsonata.values import UNDEFINED, Function, Value


def compile_call(compiler: Compiler, node: Node, names: Names, applied: Closure | None = None) -> Closure:
    """Compile a call; what `~>` applies the function to comes as the first argument."""
    builtin = _builtin(compiler, node, names)
    if builtin is not None:
        return _compile_builtin(compiler, builtin, node, names, applied)
    function, arguments = _compile_function(compiler, node, names), _compile_arguments(compiler, node, names)
    level, end, token = compiler.level, node.end, _token(node)
    if applied is not None:
        arguments = [applied, *arguments]

    def call(item: Value, frame: Frame) -> Value:
        procedure = function(item, frame)
        values = [argument(item, frame) for argument in arguments]
        try:
            return called(frame[0], level, procedure, values, item)
        except JSONataError as error:
            raise error.named(token, end) from None

    return call


def compile_tail_call(compiler: Compiler, node: Node, names: Names) -> Closure:
    """Compile a call whose result is that of the function around it."""
    builtin = _builtin(compiler, node, names)
    if builtin is not None:
        return _compile_builtin(compiler, builtin, node, names, None)
    function, arguments = _compile_function(compiler, node, names), _compile_arguments(compiler, node, names)

    def call(item: Value, frame: Frame) -> Value:
        procedure = function(item, frame)
        values = [argument(item, frame) for argument in arguments]
        if not isinstance(procedure, Function):
            raise JSONataError("T1006", node.end)
        return TailCall(procedure, values, item)

    return call


def _compile_builtin(
    compiler: Compiler, builtin: Builtin, node: Node, names: Names, applied: Closure | None
) -> Closure:
    arguments = _compile_arguments(compiler, node, names)
    if applied is not None:
        arguments = [applied, *arguments]
    implementation, values_of = builtin.implementation, builtin.signature.values
    level, end, token = compiler.level, node.end, builtin.name
    if any(parameter.types == "f" for parameter in builtin.signature.parameters):

        def call_with_function(item: Value, frame: Frame) -> Value:
            values = [argument(item, frame) for argument in arguments]
            try:
                return called(frame[0], level, builtin, values, item)
            except JSONataError as error:
                raise error.named(token, end) from None

        return call_with_function

    if len(arguments) == 1:
        (argument,) = arguments

        def call_with_one(item: Value, frame: Frame) -> Value:
            value = argument(item, frame)
            run = frame[0]
            if isinstance(value, (list, str, dict)) and len(value) > 64:
                run.spend(len(value) if isinstance(value, list) else len(value) // 16)
            try:
                return implementation(run, *values_of([value], item))
            except JSONataError as error:
                raise error.named(token, end) from None

        return call_with_one

    def call(item: Value, frame: Frame) -> Value:
        values = [argument(item, frame) for argument in arguments]
        run = frame[0]
        for value in values:
            if isinstance(value, (list, str, dict)) and len(value) > 64:
                run.spend(len(value) if isinstance(value, list) else len(value) // 16)
        try:
            return implementation(run, *values_of(values, item))
        except JSONataError as error:
            raise error.named(token, end) from None

    return call


def _builtin(compiler: Compiler, node: Node, names: Names) -> Builtin | None:
    """Return the built-in function that is called, if it certainly is one."""
    procedure = node.procedure
    if procedure.type != "variable" or procedure.predicates or procedure.group is not None:
        return None
    name = procedure.value
    return None if name in compiler.hidden or any(names.find(name)) else BUILTINS.get(name)


def _compile_function(compiler: Compiler, node: Node, names: Names) -> Closure:
    """Compile the function of a call; a bare name gives a hint if there is a function of that name."""
    procedure = node.procedure
    evaluate = compiler.compile(procedure, names)
    if procedure.type != "path":
        return evaluate
    first = procedure.steps[0]
    variable = Node("variable", first.value if isinstance(first.value, str) else "", first.start, first.end)
    meant = compiler.compile(variable, names) if variable.value else None
    code = "T1007" if node.type == "partial" else "T1005"

    def find(item: Value, frame: Frame) -> Value:
        function = evaluate(item, frame)
        if function is UNDEFINED and meant is not None and meant(item, frame):
            raise JSONataError(code, node.end, token=first.value)
        return function

    return find


def _token(node: Node) -> str | None:
    """Return the name of the function that is called, for messages."""
    procedure = node.procedure
    named = procedure.steps[0] if procedure.type == "path" else procedure
    return named.value if isinstance(named.value, str) else None


def _compile_arguments(compiler: Compiler, node: Node, names: Names) -> list[Closure]:
    return [compiler.compile(argument, names) for argument in node.arguments]


def compile_partial(compiler: Compiler, node: Node, names: Names) -> Closure:
    """Compile a call some of whose arguments are `?`."""
    function = _compile_function(compiler, node, names)
    arguments = [
        (lambda item, frame: PLACEHOLDER) if one.type == "placeholder" else compiler.compile(one, names)
        for one in node.arguments
    ]

    def make(item: Value, frame: Frame) -> Value:
        values = [argument(item, frame) for argument in arguments]
        procedure = function(item, frame)
        if not isinstance(procedure, Function):
            raise JSONataError("T1008", node.end, token=_token(node))
        return Partial(procedure, values)

    return make


def compile_apply(compiler: Compiler, node: Node, names: Names) -> Closure:
    """Compile `value ~> function`, which calls it, and `function ~> function`, which chains them."""
    left = compiler.compile(node.lhs, names)
    target = node.rhs
    if target.type == "function" and not target.predicates and target.group is None:
        return compile_call(compiler, target, names, left)
    right = compiler.compile(target, names)
    level = compiler.level

    def apply(item: Value, frame: Frame) -> Value:
        value, function = left(item, frame), right(item, frame)
        if not isinstance(function, Function):
            raise JSONataError("T2006", node.end, value=function)
        if isinstance(value, Function):
            return Chained(value, function)
        return called(frame[0], level, function, [value])

    return apply
