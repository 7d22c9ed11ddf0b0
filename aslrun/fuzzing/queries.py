"""JSONata followed: what an expression reads, and where what it gives comes from.

What is not known here is walked through for what it reads; what it
gives is then of unknown origin.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from aslrun.expressions import is_query
from aslrun.expressions.jsonata.expression import parse
from aslrun.expressions.jsonata.tree import Node
from aslrun.fuzzing.functions import GIVEN, WANTED, bound_arguments
from aslrun.fuzzing.origins import (
    NUMBER,
    TEXT,
    TRUTH,
    UNKNOWN,
    Fixed,
    Kind,
    Listed,
    Made,
    Origin,
    Place,
    Row,
    either,
    field_of,
    fixed,
    item_of,
    merged,
    parts_of,
    places_of,
)
from aslrun.fuzzing.paths import nearby, parsed
from aslrun.fuzzing.sight import Sight
from aslrun.values import JSON


def follow_queries(template: JSON, sight: Sight, kind: Kind | None = None) -> Origin | None:
    """Follow a JSON value that may hold `{% ... %}`. None: some expression certainly gives nothing."""
    if is_query(template):
        return follow_query(template[2:-2].strip(), sight, kind)
    if isinstance(template, list):
        items = [follow_queries(item, sight) for item in template]
        return Row(tuple(UNKNOWN if item is None else item for item in items))
    if not isinstance(template, dict):
        return fixed(template)
    fields = {key: follow_queries(part, sight) for key, part in template.items()}
    known = tuple((key, part) for key, part in fields.items() if part is not None)
    return Made(known) if len(known) == len(fields) else None


def follow_query(text: str, sight: Sight, kind: Kind | None = None) -> Origin | None:
    """Follow one expression, whose value is taken to be of a kind."""
    tree = parse(text)
    return _Follower(sight).follow(tree, kind) if tree is not None else None


@dataclass(slots=True)
class _Follower:
    """Follows one expression; `bound` are the names it binds."""

    sight: Sight
    bound: dict[str, Origin] = field(default_factory=dict)

    def beside(self, **changes: Any) -> _Follower:
        """What follows a part that is evaluated otherwise than the whole."""
        return _Follower(replace(self.sight, **changes), self.bound)

    def follow(self, symbol: Node, kind: Kind | None = None) -> Origin | None:
        return _FOLLOW.get(symbol.type, _Follower.follow_others)(self, symbol, kind)

    def value(self, symbol: Node, kind: Kind | None = None) -> Origin:
        """What a part gives; nothing is of unknown origin here."""
        found = self.follow(symbol, kind)
        return UNKNOWN if found is None else found

    def follow_constant(self, symbol: Node, kind: Kind | None) -> Origin:
        return fixed(symbol.value) if isinstance(symbol.value, (str, int, float, bool, type(None))) else TEXT

    def follow_variable(self, symbol: Node, kind: Kind | None) -> Origin | None:
        name = symbol.value
        if name == "states":
            return self.sight.states
        if name in ("", "$"):
            return self.sight.here
        found = self.bound.get(name) or self.sight.variables.get(name)
        return UNKNOWN if found is None else self.sight.read(found, kind)

    # ------------------------------------------------------------ paths

    def follow_path(self, symbol: Node, kind: Kind | None) -> Origin | None:
        first, *steps = symbol.steps
        self.note_read(symbol.steps)
        is_name = symbol_is_name(first)
        origin = self.named(self.sight.here, first.value) if is_name else self.follow(first)
        origin = self.staged(first, origin)
        for step in steps:
            if origin is None:
                return None
            origin = self.staged(step, self.step(step, origin))
        if isinstance(origin, Listed):
            self.sight.read(origin.item, kind)
            return origin
        return self.sight.read(origin, kind)

    def note_read(self, steps: Sequence[Node]) -> None:
        names = [step.value for step in steps]
        if names[:2] == ["states", "input"] and len(names) > 2 and symbol_is_name(steps[2]):
            self.sight.note_found(names[2])
        plain = all(step.type == "name" and not step.stages for step in steps[1:])
        if plain and names[:2] == ["states", "input"] and len(names) > 2:
            sight = self.sight
            if not sight.asks and sight.is_sure and sight.is_raw:
                sight.notes.reads.setdefault(sight.state, set()).add(tuple(names[2:]))
                sight.notes.quietly.setdefault(sight.state, set()).add(tuple(names[2:]))

    def named(self, origin: Origin, name: str) -> Origin | None:
        """What a name gives: of an array, what it gives of each item."""
        self.sight.trace(origin)
        found = [self.named_of_one(part, name) for part in parts_of(origin)]
        known = [part for part in found if part is not None]
        return self.sight.read(either(known)) if known else None

    def named_of_one(self, origin: Origin, name: str) -> Origin | None:
        is_array = isinstance(origin, (Listed, Row)) or (
            isinstance(origin, Place) and (origin.item is not None or "array" in origin.kinds)
        )
        if not is_array:
            return field_of(origin, name)
        item = item_of(origin)
        found = None if item is None else self.named(item, name)
        return found if found is None or isinstance(found, Listed) else Listed(found)

    def step(self, step: Node, origin: Origin) -> Origin | None:
        if step.type == "name":
            return self.named(origin, step.value)
        if step.type in ("block", "array", "object", "negation", "function", "binary"):
            is_array = isinstance(origin, (Listed, Row)) or any(place.item for place in places_of(origin))
            item = item_of(origin) if is_array else origin
            made = self.beside(here=UNKNOWN if item is None else item, is_sure=False).value(step)
            return Listed(made) if is_array else made
        return UNKNOWN

    def staged(self, step: Node, origin: Origin | None) -> Origin | None:
        """What the predicates of a step leave of what it gives."""
        for stage in (*step.stages, *step.predicates):
            if origin is None:
                return None
            expression = stage.expression
            if expression is None:
                continue
            if expression.type == "number" and isinstance(expression.value, int):
                origin = item_of(origin, expression.value) or origin
                continue
            item = item_of(origin) or origin
            self.beside(here=item, is_sure=False, asks=True).follow(expression)
            origin = item if expression.type in ("variable", "path") else Listed(item)
        return origin

    # ------------------------------------------------------------ operators

    def follow_binary(self, symbol: Node, kind: Kind | None) -> Origin:
        operator = symbol.value
        if operator in ("+", "-", "*", "/", "%", ".."):
            for side in (symbol.lhs, symbol.rhs):
                self.follow(side, "integer" if operator in ("..", "%") else "number")
            return Listed(NUMBER) if operator == ".." else NUMBER
        if operator in ("and", "or"):
            self.follow(symbol.lhs, "boolean")
            self.beside(is_sure=False).follow(symbol.rhs, "boolean")
            return TRUTH
        if operator in ("=", "!=", "<", "<=", ">", ">=", "in"):
            self.compare(operator, self.follow(symbol.lhs), self.follow(symbol.rhs))
            return TRUTH
        for side in (symbol.lhs, symbol.rhs):
            self.follow(side)
        return TEXT if operator == "&" else UNKNOWN

    def compare(self, operator: str, left: Origin | None, right: Origin | None) -> None:
        for one, other in ((left, right), (right, left)):
            values = list(_constants(other))
            self.sight.compare(one, [near for value in values for near in nearby(value)])
            for place in places_of(one):
                if operator in ("<", "<=", ">", ">="):
                    place.kinds.add("string" if any(isinstance(value, str) for value in values) else "number")

    def follow_array(self, symbol: Node, kind: Kind | None) -> Origin:
        return Row(tuple(self.value(part) for part in symbol.expressions))

    def follow_object(self, symbol: Node, kind: Kind | None) -> Origin:
        fields: dict[str, Origin] = {}
        for key, part in symbol.pairs:
            found = self.follow(part)
            if key.type == "string" and found is not None:
                fields[key.value] = found
        return Made(tuple(fields.items()))

    def follow_negation(self, symbol: Node, kind: Kind | None) -> Origin:
        self.follow(symbol.expression, "number")
        return NUMBER

    def follow_condition(self, symbol: Node, kind: Kind | None) -> Origin | None:
        self.beside(asks=True).follow(symbol.condition, "boolean")
        maybe = self.beside(is_sure=False)
        parts = [maybe.follow(symbol.then, kind)]
        if symbol.otherwise is not None:
            parts.append(maybe.follow(symbol.otherwise, kind))
        known = [part for part in parts if part is not None]
        return either(known) if known else None

    def follow_block(self, symbol: Node, kind: Kind | None) -> Origin | None:
        result: Origin | None = UNKNOWN
        for at, expression in enumerate(symbol.expressions, start=1):
            result = self.follow(expression, kind if at == len(symbol.expressions) else None)
        return result

    def follow_bind(self, symbol: Node, kind: Kind | None) -> Origin | None:
        if symbol.rhs.type != "lambda":
            self.bound[symbol.lhs.value] = self.value(symbol.rhs, kind)
        return self.bound.get(symbol.lhs.value, UNKNOWN)

    # ------------------------------------------------------------ functions

    def follow_function(self, symbol: Node, kind: Kind | None) -> Origin | None:
        return self.call(symbol.procedure.value, list(symbol.arguments), kind)

    def follow_apply(self, symbol: Node, kind: Kind | None) -> Origin | None:
        function = symbol.rhs
        if function.type == "variable":
            return self.call(function.value, [symbol.lhs], kind)
        if function.type == "function":
            return self.call(function.procedure.value, [symbol.lhs, *function.arguments], kind)
        return self.follow_others(symbol, kind)

    def call(self, name: str, arguments: list[Node], kind: Kind | None) -> Origin | None:
        if name in _CALLS and arguments:
            return _CALLS[name](self, arguments)
        wanted = WANTED.get(name, ())
        found: list[Origin | None] = []
        for index, argument in enumerate(arguments):
            if argument.type == "lambda":
                continue
            found.append(self.follow(argument, wanted[index] if index < len(wanted) else None))
        bound_arguments(name, found)
        return GIVEN.get(name, UNKNOWN)

    def call_exists(self, arguments: list[Node]) -> Origin:
        self.beside(asks=True).follow(arguments[0])
        return TRUTH

    def call_boolean(self, arguments: list[Node]) -> Origin:
        self.beside(asks=True).follow(arguments[0], "boolean")
        return TRUTH

    def call_not(self, arguments: list[Node]) -> Origin:
        self.follow(arguments[0], "boolean")
        return TRUTH

    def call_merge(self, arguments: list[Node]) -> Origin:
        found = self.value(arguments[0])
        if isinstance(found, Row):
            for part in found.items:
                self.sight.read(part, "object")
            return merged(found.items)
        return item_of(found) or UNKNOWN

    def call_append(self, arguments: list[Node]) -> Origin:
        return either(self.value(argument) for argument in arguments)

    def call_aggregate(self, arguments: list[Node]) -> Origin:
        for part in _leaves(self.value(arguments[0])):
            self.sight.read(part, "number")
        return NUMBER

    def call_count(self, arguments: list[Node]) -> Origin:
        self.follow(arguments[0], "array")
        return NUMBER

    def call_with_function(self, arguments: list[Node]) -> Origin:
        """$map, $filter, $single: a function of each item."""
        array = self.value(arguments[0], "array")
        item = item_of(array) or UNKNOWN
        function = arguments[1] if len(arguments) > 1 else None
        if function is None or function.type != "lambda":
            return UNKNOWN
        names = [argument.value for argument in function.arguments]
        bound = dict(zip(names, (item, NUMBER, array), strict=False))
        inside = _Follower(replace(self.sight, is_sure=False), {**self.bound, **bound})
        return Listed(inside.value(function.body))

    def call_filter(self, arguments: list[Node]) -> Origin:
        array = self.value(arguments[0], "array")
        self.call_with_function(arguments)
        return array

    def call_same(self, arguments: list[Node]) -> Origin:
        return self.value(arguments[0], "array")

    def call_partition(self, arguments: list[Node]) -> Origin:
        return Listed(self.value(arguments[0], "array"))

    def call_parse(self, arguments: list[Node]) -> Origin:
        return parsed(self.value(arguments[0]))

    def call_lookup(self, arguments: list[Node]) -> Origin:
        found, keys = self.value(arguments[0]), list(_constants(self.follow(arguments[1])))
        if len(keys) != 1 or not isinstance(keys[0], str):
            return UNKNOWN
        return self.beside(asks=True).sight.read(field_of(found, keys[0])) or UNKNOWN

    def follow_others(self, symbol: Node, kind: Kind | None) -> Origin:
        """Sorting, transforming and the like: only what is read is noted."""
        for name in ("lhs", "rhs", "expression", "body"):
            part = getattr(symbol, name)
            if part is not None:
                self.beside(is_sure=False).follow(part)
        return UNKNOWN


def _leaves(origin: Origin) -> Iterator[Origin]:
    """What is in an array, and in the arrays in it, which JSONata makes one of."""
    for part in parts_of(origin):
        if isinstance(part, Row):
            for item in part.items:
                yield from _leaves(item)
        elif isinstance(part, Listed):
            yield from _leaves(part.item)
        elif isinstance(part, Place) and (part.item is not None or "array" in part.kinds):
            yield part.each()
        else:
            yield part


def symbol_is_name(symbol: Node) -> bool:
    """Tell whether a step of a path is a name."""
    return bool(symbol.type == "name")


def _constants(origin: Origin | None) -> list[JSON]:
    if isinstance(origin, Row):
        return [value for item in origin.items for value in _constants(item)]
    return [origin.value] if isinstance(origin, Fixed) else []


_FOLLOW: Mapping[str, Callable[[_Follower, Node, Kind | None], Origin | None]] = {
    "string": _Follower.follow_constant,
    "number": _Follower.follow_constant,
    "value": _Follower.follow_constant,
    "variable": _Follower.follow_variable,
    "path": _Follower.follow_path,
    "binary": _Follower.follow_binary,
    "array": _Follower.follow_array,
    "object": _Follower.follow_object,
    "negation": _Follower.follow_negation,
    "condition": _Follower.follow_condition,
    "block": _Follower.follow_block,
    "bind": _Follower.follow_bind,
    "function": _Follower.follow_function,
    "apply": _Follower.follow_apply,
}

_CALLS: Mapping[str, Callable[[_Follower, list[Node]], Origin]] = {
    "exists": _Follower.call_exists,
    "type": _Follower.call_exists,
    "boolean": _Follower.call_boolean,
    "not": _Follower.call_not,
    "merge": _Follower.call_merge,
    "append": _Follower.call_append,
    "sum": _Follower.call_aggregate,
    "max": _Follower.call_aggregate,
    "min": _Follower.call_aggregate,
    "average": _Follower.call_aggregate,
    "count": _Follower.call_count,
    "map": _Follower.call_with_function,
    "filter": _Follower.call_filter,
    "single": _Follower.call_with_function,
    "distinct": _Follower.call_same,
    "reverse": _Follower.call_same,
    "shuffle": _Follower.call_same,
    "partition": _Follower.call_partition,
    "parse": _Follower.call_parse,
    "lookup": _Follower.call_lookup,
}
