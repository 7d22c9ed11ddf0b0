"""Paths that are not plain, and why a path finds nothing: JSONPath as Jayway evaluates it.

The service evaluates paths with Jayway's JsonPath (its messages show it): the order of what is found, what
`..` looks into and the ends of slices are that library's, as measured with its version 2.10. Each segment
is compiled to a walk, which hands what it finds to the walk of the rest of the path.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from aslrun.expressions import ExpressionScope, NoElement, NoMatch, Select
from aslrun.expressions.jsonpath import tree
from aslrun.expressions.jsonpath.filters import NOTHING, Holds, compile_operand, compile_test
from aslrun.expressions.jsonpath.functions import FUNCTIONS
from aslrun.values import JSON, to_json_text

Walk: TypeAlias = Callable[[JSON, JSON, "list[JSON]"], None]
"""A function of (value, the root that `$` means in filters, what is found, to which it adds)."""

NODES = {
    dict: "ObjectNode",
    list: "ArrayNode",
    str: "TextNode",
    bool: "BooleanNode",
    int: "IntNode",
    float: "DoubleNode",
    type(None): "NullNode",
}
"""Jackson's classes of JSON values, which Jayway's messages name."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where in its path a segment is."""

    path: tree.Path
    at: int

    @property
    def is_last(self) -> bool:
        """Tell whether nothing follows."""
        return self.at == len(self.path.segments) - 1

    @property
    def must_be(self) -> bool:
        """Tell whether the segments before find one value only: then what is not there is an error."""
        return self.path.is_definite_before(self.at)

    @property
    def before(self) -> str:
        """The path to here as messages show it; they know no other root than `$`."""
        return "$" + "".join(map(str, self.path.segments[: self.at]))

    @property
    def rest(self) -> str:
        """The path from here on."""
        return "".join(map(str, self.path.segments[self.at :]))


def compile_jsonpath(path: tree.Path) -> Select:
    """Compile a path of any segments to a closure of (value, scope).

    A definite path gives the value it finds or raises NoMatch; any other gives a list, `[]` also where its
    definite beginning is missing (recorded).
    """
    find = compile_strictly(path)
    if path.is_definite:
        return find

    def find_any(value: JSON, scope: ExpressionScope) -> JSON:
        try:
            return find(value, scope)
        except _NotThere:
            return []

    return find_any


def compile_strictly(path: tree.Path) -> Select:
    """Compile a path as `compile_jsonpath` does; what is missing at its definite beginning is NoMatch."""
    if path.takes_all:
        return _compile_call_on_all(path)
    walk = _compile_walk(path)
    is_definite = path.is_definite

    def find(value: JSON, scope: ExpressionScope) -> JSON:
        found: list[JSON] = []
        walk(value, value, found)
        if not is_definite:
            return found
        if not found:
            raise NoMatch(f"No results for path: {path}")
        return found[-1]

    return find


class _NotThere(NoMatch):
    """The definite beginning of a path finds nothing."""


def _compile_walk(path: tree.Path) -> Walk:
    walk: Walk = _add
    for at in reversed(range(len(path.segments))):
        segment = path.segments[at]
        if isinstance(segment, tree.Descend):
            walk = _descend(path.segments[at + 1], Place(path, at + 1).is_last, walk)
        else:
            walk = SEGMENTS[type(segment)](segment, Place(path, at), walk)
    return walk


def _add(value: JSON, root: JSON, found: list[JSON]) -> None:
    found.append(value)


# ---------------------------------------------------------------- segments


def _names(segment: tree.Names, place: Place, rest: Walk) -> Walk:
    names, must_be = segment.names, place.must_be
    # Of the last name is not told here: the whole path has "no results" then (recorded).
    must_go_on = must_be and len(names) == 1 and not place.is_last
    merges = place.is_last and len(names) > 1

    def walk(value: JSON, root: JSON, found: list[JSON]) -> None:
        if not isinstance(value, dict):
            if must_be:
                raise _NotThere(_no_object(segment, place, value))
        elif merges:
            found.append({name: value[name] for name in names if name in value})
        else:
            for name in names:
                if name in value:
                    rest(value[name], root, found)
                elif must_go_on:
                    raise _NotThere(f"Missing property in path {place.before}['{name}']")

    return walk


def _no_object(segment: tree.Names, place: Place, value: JSON) -> str:
    node = f"com.fasterxml.jackson.databind.node.{NODES[type(value)]}"
    return (
        f"Expected to find an object with property {segment} in path {place.before} but found '{node}'. This"
        " is not a json object according to the JsonProvider:"
        " 'com.jayway.jsonpath.spi.json.JacksonJsonNodeJsonProvider'."
    )


def _indices(segment: tree.Indices, place: Place, rest: Walk) -> Walk:
    indices = segment.indices
    is_one_element = len(indices) == 1 and place.is_last and place.must_be
    no_element = f"No results for path: {place.path}"

    def walk(value: list[JSON], root: JSON, found: list[JSON]) -> None:
        for index in indices:
            if -len(value) <= index < len(value):
                rest(value[index], root, found)
            elif is_one_element:
                raise NoElement(no_element)

    return _of_arrays(walk, place)


def _slice(segment: tree.Slice, place: Place, rest: Walk) -> Walk:
    def walk(value: list[JSON], root: JSON, found: list[JSON]) -> None:
        for index in indices_of(segment, len(value)):
            rest(value[index], root, found)

    return _of_arrays(walk, place)


def indices_of(part: tree.Slice, length: int) -> range:
    """Return the indices that a slice takes of a list of `length`.

    Of two ends Jayway counts neither from the list's end: `[0:-1]` is empty, and `[-2:1]` goes from the
    last but one round to the first.
    """
    start, stop = part.start, part.stop
    if start is None or stop is None:
        return range(*slice(start, stop).indices(length))
    return range(max(start, -length), min(stop, length))


def _of_arrays(walk: Callable[[list[JSON], JSON, list[JSON]], None], place: Place) -> Walk:
    must_be, rest = place.must_be, place.rest

    def walk_array(value: JSON, root: JSON, found: list[JSON]) -> None:
        if isinstance(value, list):
            walk(value, root, found)
        elif must_be:
            shown = to_json_text(value)
            raise _NotThere(f"Filter: {rest} can only be applied to arrays. Current context is: {shown}")

    return walk_array


def _wildcard(segment: tree.Wildcard, place: Place, rest: Walk) -> Walk:
    def walk(value: JSON, root: JSON, found: list[JSON]) -> None:
        for part in _parts(value):
            rest(part, root, found)

    return walk


def _parts(value: JSON) -> Iterable[JSON]:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()


def _filter(segment: tree.Filter, place: Place, rest: Walk) -> Walk:
    """Compile a filter: of a list it takes the elements that it holds for, an object itself."""
    holds, must_be = compile_test(segment.test), place.must_be

    def walk(value: JSON, root: JSON, found: list[JSON]) -> None:
        if isinstance(value, (dict, list)):
            for part in value if isinstance(value, list) else [value]:
                if holds(part, root):
                    rest(part, root, found)
        elif must_be:
            shown = to_json_text(value)
            raise _NotThere(f"Filter: [?] can not be applied to primitives. Current context is: {shown}")

    return walk


def _call(segment: tree.Call, place: Place, rest: Walk) -> Walk:
    function = FUNCTIONS[segment.name]
    arguments = [compile_operand(argument) for argument in segment.arguments]

    def walk(value: JSON, root: JSON, found: list[JSON]) -> None:
        values = [argument(root, root) for argument in arguments]
        if NOTHING in values:
            raise _NotThere(f"No results for path: {segment.arguments[values.index(NOTHING)]}")
        rest(function(value, values), root, found)

    return walk


SEGMENTS: Mapping[type, Callable[[Any, Place, Walk], Walk]] = {
    tree.Names: _names,
    tree.Indices: _indices,
    tree.Slice: _slice,
    tree.Wildcard: _wildcard,
    tree.Filter: _filter,
    tree.Call: _call,
}


# ---------------------------------------------------------------- descending


def _descend(segment: tree.Segment, is_last: bool, rest: Walk) -> Walk:
    """Compile `..` before a segment, whose walk is `rest`."""
    matches = _compile_match(segment, is_last)

    def walk(value: JSON, root: JSON, found: list[JSON]) -> None:
        pending = [value]
        while pending:
            here = pending.pop()
            if isinstance(here, (dict, list)):
                if matches(here, root):
                    rest(here, root, found)
                pending.extend(reversed(list(_parts(here))))

    return walk


def _compile_match(segment: tree.Segment, is_last: bool) -> Holds:
    """Compile which of the objects and lists below a `..` are looked into."""
    if isinstance(segment, tree.Filter):
        return compile_test(segment.test)
    if isinstance(segment, tree.Names):
        wanted = set(segment.names) if is_last or len(segment.names) == 1 else set()
        return lambda here, root: isinstance(here, dict) and wanted <= here.keys()
    if isinstance(segment, tree.Wildcard):
        return lambda here, root: True
    return lambda here, root: isinstance(here, list)


def _compile_call_on_all(path: tree.Path) -> Select:
    """Compile a path like `$..a.sum()`: the function takes all that is found, besides the whole value."""
    *before, call = path.segments
    assert isinstance(call, tree.Call)
    each = (tree.Wildcard(),) if call.name in ("length", "size") else ()
    find = compile_jsonpath(tree.Path(path.text, path.root, (*before, *each)))
    function = FUNCTIONS[call.name]

    def call_on_all(value: JSON, scope: ExpressionScope) -> JSON:
        found = find(value, scope)
        return function(found, []) if each else function(value, [found])

    return call_on_all
