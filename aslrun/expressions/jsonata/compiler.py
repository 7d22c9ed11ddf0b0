"""JSONata compiled to closures: the parts of an expression, but for paths, operators and functions.

A closure takes the value of `$` and a frame of variables. Source: the language as JSONata 2.0.6 evaluates it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from aslrun.expressions.jsonata.callables import Definition, Lambda
from aslrun.expressions.jsonata.calls import (
    compile_apply,
    compile_call,
    compile_partial,
    compile_tail_call,
)
from aslrun.expressions.jsonata.comparison import truth
from aslrun.expressions.jsonata.errors import JSONataError, LimitExceeded
from aslrun.expressions.jsonata.functions import BUILTINS
from aslrun.expressions.jsonata.functions.patterns import Matcher
from aslrun.expressions.jsonata.groups import compile_group, compile_object
from aslrun.expressions.jsonata.limits import MAX_DEPTH
from aslrun.expressions.jsonata.operators import OPERATORS, check_number
from aslrun.expressions.jsonata.paths import (
    compile_filter,
    compile_path,
    keep_singleton,
    look_up,
)
from aslrun.expressions.jsonata.scopes import Closure, Frame, Names, compile_lookup, names_bound_in
from aslrun.expressions.jsonata.signatures import parse_signature
from aslrun.expressions.jsonata.transforms import compile_transform
from aslrun.expressions.jsonata.tree import Node
from aslrun.expressions.jsonata.tuples import compile_predicate, compile_tuple_path
from aslrun.expressions.jsonata.values import (
    COLLAPSING,
    UNDEFINED,
    Array,
    Constructed,
    Kept,
    Value,
    Wrapped,
    collapse,
)
from aslrun.expressions.jsonata.wildcards import find_descendants, find_members


class TreeCompiler:
    """Compiles one expression; `hidden` are functions that variables of the state hide."""

    def __init__(self, hidden: frozenset[str] = frozenset()) -> None:
        self.hidden = hidden
        self.level = 0
        self.is_settled = False

    def compile(self, node: Node, names: Names) -> Closure:
        """Compile a part, with its predicates and grouping; a sequence that it finds is collapsed."""
        self.level += 1
        if self.level > MAX_DEPTH:
            raise LimitExceeded("U1001")
        closure = _COMPILE[node.type](self, node, names)
        self.level -= 1
        is_done = self.is_settled or node.type in _SETTLED
        self.is_settled = False
        if node.type != "path":
            for stage in node.predicates:
                if node.is_tuple:
                    closure = _filtered(closure, compile_predicate(self, node, stage, names))
                else:
                    closure = _filtered(closure, compile_filter(self, stage, names))
                is_done = False
        if node.group is not None and not (node.type == "path" and is_tuple_path(node)):
            closure = _filtered(closure, compile_group(self, node.group, names, node.end))
        if node.keeps_array:
            return _keeping(closure)
        return closure if is_done else _collapsing(closure)

    def compile_tail(self, node: Node, names: Names) -> Closure:
        """Compile what gives a function's result: a call there is made after the function is left."""
        if node.predicates or node.group is not None or node.keeps_array:
            return self.compile(node, names)
        if node.type == "function":
            return compile_tail_call(self, node, names)
        if node.type == "condition":
            return _compile_condition(self, node, names, self.compile_tail)
        if node.type == "block" and node.expressions:
            return _compile_block(self, node, names, self.compile_tail)
        return self.compile(node, names)


def is_tuple_path(path: Node) -> bool:
    """Tell whether a path binds names on its way."""
    return any(step.is_tuple for step in path.steps)


def _filtered(closure: Closure, keep: Closure) -> Closure:
    return lambda item, frame: keep(closure(item, frame), frame)


def _collapsing(closure: Closure) -> Closure:
    def evaluate(item: Value, frame: Frame) -> Value:
        value = closure(item, frame)
        return collapse(value) if type(value) in COLLAPSING else value

    return evaluate


def _keeping(closure: Closure) -> Closure:
    def evaluate(item: Value, frame: Frame) -> Value:
        value = closure(item, frame)
        if type(value) in COLLAPSING:
            return Kept(value) if value else UNDEFINED
        return value

    return evaluate


# ---------------------------------------------------------------- literals and variables


def _compile_literal(compiler: TreeCompiler, node: Node, names: Names) -> Closure:
    constant = node.value
    return lambda item, frame: constant


def _compile_variable(compiler: TreeCompiler, node: Node, names: Names) -> Closure:
    name = node.value
    if name == "":
        return lambda item, frame: item[0] if type(item) is Wrapped else item
    if name == "$":
        return lambda item, frame: frame[0].input
    if name == "states":
        return compile_lookup(name, names, lambda item, frame: frame[0].states_object())
    if name in BUILTINS and name not in compiler.hidden:
        function = BUILTINS[name]
        return compile_lookup(name, names, lambda item, frame: function)
    return compile_lookup(name, names, lambda item, frame: frame[0].scope.variables.get(name, UNDEFINED))


def _compile_parent(compiler: TreeCompiler, node: Node, names: Names) -> Closure:
    assert node.slot is not None
    return compile_lookup(node.slot.label, names, lambda item, frame: UNDEFINED)


def _compile_regex(compiler: TreeCompiler, node: Node, names: Names) -> Closure:
    matcher = Matcher(*node.value)
    return lambda item, frame: matcher


# ---------------------------------------------------------------- paths and operators


def _compile_path(compiler: TreeCompiler, node: Node, names: Names) -> Closure:
    is_tuple = is_tuple_path(node)
    closure = (compile_tuple_path if is_tuple else compile_path)(compiler, node, names)
    if not node.keeps_singleton or (is_tuple and node.group is not None):
        return closure
    compiler.is_settled = False
    return lambda item, frame: keep_singleton(closure(item, frame))


def _compile_name(compiler: TreeCompiler, node: Node, names: Names) -> Closure:
    name = node.value
    return lambda item, frame: look_up(item, name, frame[0])


def _compile_binary(compiler: TreeCompiler, node: Node, names: Names) -> Closure:
    left, right = compiler.compile(node.lhs, names), compiler.compile(node.rhs, names)
    compiler.is_settled = node.value != ".."
    return OPERATORS[node.value](left, right, node)


def _compile_negation(compiler: TreeCompiler, node: Node, names: Names) -> Closure:
    evaluate = compiler.compile(node.expression, names)

    def negate(item: Value, frame: Frame) -> Value:
        value = evaluate(item, frame)
        try:
            return -value or 0 if check_number(value, "D1002") else UNDEFINED
        except JSONataError as error:
            raise error.named("-", node.end) from None

    return negate


def _compile_array(compiler: TreeCompiler, node: Node, names: Names) -> Closure:
    kind = Constructed if node.is_constructed else Array
    parts = [(compiler.compile(part, names), part.type == "array") for part in node.expressions]

    def construct(item: Value, frame: Frame) -> Value:
        made = kind()
        for evaluate, is_array in parts:
            value = evaluate(item, frame)
            if value is UNDEFINED:
                continue
            if isinstance(value, list) and not is_array:
                made.extend(value)
            else:
                made.append(value)
        if len(made) > 64:
            frame[0].check_items(len(made))
        return made

    return construct


# ---------------------------------------------------------------- conditions, blocks, functions


def _compile_condition(
    compiler: TreeCompiler,
    node: Node,
    names: Names,
    compile_result: Callable[[Node, Names], Closure] | None = None,
) -> Closure:
    compile_result = compile_result or compiler.compile
    condition, then = compiler.compile(node.condition, names), compile_result(node.then, names)
    if node.otherwise is None:
        return lambda item, frame: then(item, frame) if truth(condition(item, frame)) else UNDEFINED
    otherwise = compile_result(node.otherwise, names)
    return lambda item, frame: (then if truth(condition(item, frame)) else otherwise)(item, frame)


def _compile_block(
    compiler: TreeCompiler,
    node: Node,
    names: Names,
    compile_result: Callable[[Node, Names], Closure] | None = None,
) -> Closure:
    if not node.expressions:
        return lambda item, frame: UNDEFINED
    bound = names_bound_in(node.expressions)
    inner = Names(names, (), bound) if bound else names
    *before, last = node.expressions
    first = [compiler.compile(part, inner) for part in before]
    result = (compile_result or compiler.compile)(last, inner)
    if not bound and not first:
        return result

    def evaluate(item: Value, frame: Frame) -> Value:
        if bound:
            frame = [frame[0], frame, *inner.unset]
        for part in first:
            part(item, frame)
        return result(item, frame)

    return evaluate


def _compile_bind(compiler: TreeCompiler, node: Node, names: Names) -> Closure:
    place = names.places[node.lhs.value]
    evaluate = compiler.compile(node.rhs, names)

    def bind(item: Value, frame: Frame) -> Value:
        value = evaluate(item, frame)
        frame[place] = value
        return value

    return bind


def _compile_lambda(compiler: TreeCompiler, node: Node, names: Names) -> Closure:
    parameters = [parameter.value for parameter in node.arguments]
    inner = Names(names, dict.fromkeys(parameters), names_bound_in([node.body]))
    level, compiler.level = compiler.level, 0
    body = compiler.compile_tail(node.body, inner)
    compiler.level = level
    signature = parse_signature(node.signature) if node.signature is not None else None
    definition = Definition(len(inner.given), inner.unset, signature, body)
    return lambda item, frame: Lambda(definition, item, frame)


def _compile_wildcard(compiler: TreeCompiler, node: Node, names: Names) -> Closure:
    return find_members


def _compile_descendant(compiler: TreeCompiler, node: Node, names: Names) -> Closure:
    return find_descendants


_COMPILE: Mapping[str, Callable[[TreeCompiler, Node, Names], Closure]] = {
    "string": _compile_literal,
    "number": _compile_literal,
    "value": _compile_literal,
    "variable": _compile_variable,
    "name": _compile_name,
    "parent": _compile_parent,
    "regex": _compile_regex,
    "wildcard": _compile_wildcard,
    "descendant": _compile_descendant,
    "path": _compile_path,
    "binary": _compile_binary,
    "negation": _compile_negation,
    "array": _compile_array,
    "object": compile_object,
    "condition": _compile_condition,
    "block": _compile_block,
    "bind": _compile_bind,
    "lambda": _compile_lambda,
    "function": compile_call,
    "partial": compile_partial,
    "apply": compile_apply,
    "transform": compile_transform,
}
_SETTLED = frozenset(
    {
        "string", "number", "value", "regex", "negation", "array", "object", "lambda", "partial", "transform",
        "variable", "parent", "condition", "block", "bind",
    }
)  # fmt: skip
"""Types of parts that never give a sequence to be collapsed."""
