"""The segments of a path as nodes of jsonpath-ng, with subclasses where JsonPath 2.0.0 differs.

A path is nested to the right, `Then(first, Then(second, ...))`, so that each segment knows what comes after
it: what is missing behind `[*]` of a list is passed over, element by element, and fails the whole path
behind everything else.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from jsonpath_ng.ext.filter import Filter
from jsonpath_ng.jsonpath import (
    Child,
    DatumInContext,
    Descendants,
    Fields,
    Index,
    JSONPath,
    Slice,
    This,
    Wildcard,
)

from aslrun.errors import FatalStateError
from aslrun.expressions import NoMatch, NotFit
from aslrun.expressions.java import json_text, plain_text
from aslrun.values import JSON

Data: TypeAlias = "list[DatumInContext]"
Matches: TypeAlias = Callable[[DatumInContext], bool]

MAX_FOUND = 250_000
"""Values that one path may find. A list of more than 131,071 is no state's input or output any more."""
MAX_STEPS = 1_000_000
"""Values that one path may look at while it is applied once, some seconds: `$..*..*..*` looks at each value
once for every way to it, and a filter at each element once for every comparison."""


class Budget:
    """The steps that are left to a path. Its nodes share one, which is filled before each application."""

    __slots__ = ("left",)

    def __init__(self) -> None:
        self.left = MAX_STEPS

    def spend(self, steps: int = 1) -> None:
        """Count steps; States.Runtime where none are left."""
        self.left -= steps
        if self.left < 0:
            raise FatalStateError(f"A path looks at more than {MAX_STEPS} values.")


class NotFound(NoMatch):
    """Something on the way is not there: behind `[*]` of a list it is passed over. `found` is what had been
    found before."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.found: Data = []


class Below(Index):
    """The place of an element of a list that `..` came to."""


class Missing(Index):
    """The place of an element that a list does not have."""


def place(datum: DatumInContext) -> str:
    """Return where a datum is, as messages have it: `$['a'][0]`."""
    parts: list[str] = []
    here: DatumInContext | None = datum
    while here is not None:
        if isinstance(here.path, Fields):
            parts.append(f"['{here.path.fields[0]}']")
        elif isinstance(here.path, Index):
            parts.append(f"[{here.path.indices[0]}]")
        here = here.context
    return "$" + "".join(reversed(parts))


HERE = This()
"""The place of a value that a filter tests."""
INDICES = [Index(index) for index in range(256)]
"""The places of the first elements of lists, made once."""


def in_field(datum: DatumInContext, name: str) -> DatumInContext:
    """Return the value of a field of an object, in its place."""
    return DatumInContext(datum.value[name], Field(name), datum)


def in_list(datum: DatumInContext, index: int) -> DatumInContext:
    """Return an element of a list, in its place: null where there is none, also below 0."""
    value = datum.value
    if 0 <= index < len(value):
        return DatumInContext(value[index], INDICES[index] if index < 256 else Index(index), datum)
    return DatumInContext(None, Missing(index), datum)


def parts_of(datum: DatumInContext) -> Data:
    """Return what is in an object or a list; nothing of any other value."""
    value = datum.value
    if isinstance(value, dict):
        return [DatumInContext(part, Field(name), datum) for name, part in value.items()]
    return [in_list(datum, index) for index in range(len(value))] if isinstance(value, list) else []


def containers_in(datum: DatumInContext) -> Data:
    """Return the objects and lists in an object or a list, the last one first."""
    value = datum.value
    if isinstance(value, dict):
        parts = [(name, part) for name, part in value.items() if isinstance(part, (dict, list))]
        return [DatumInContext(part, Field(name), datum) for name, part in reversed(parts)]
    return [in_list(datum, at) for at in reversed(range(len(value))) if isinstance(value[at], (dict, list))]


class Field(Fields):
    """One name; also the place of a field. `goes_on` tells that a name that is missing before the last one
    is passed over."""

    is_last = True
    goes_on = False

    def __init__(self, name: str) -> None:
        self.fields = (name,)

    def find(self, datum: DatumInContext) -> Data:
        value, (name,) = datum.value, self.fields
        if not isinstance(value, dict):
            raise NotFound(f"Property ['{name}'] not found in path {place(datum)}")
        if name in value:
            return [DatumInContext(value[name], self, datum)]
        if self.goes_on:
            return []
        why = "No results for path:" if self.is_last else "Missing property in path"
        raise NotFound(f"{why} {place(datum)}['{name}']")


class Each(Wildcard):
    """`[*]`, `.*`."""

    def find(self, datum: DatumInContext) -> Data:
        return parts_of(datum)


class SeveralFields(Fields):
    """Several names at the end of a path: they make one object of what is there."""

    def __init__(self, names: tuple[str, ...], shown: str, is_last: bool) -> None:
        self.fields = names
        self.shown = shown
        self.is_last = is_last

    def find(self, datum: DatumInContext) -> Data:
        if not isinstance(datum.value, dict):
            raise NotFound(f"Property {self.shown} not found in path {place(datum)}")
        if not self.is_last:
            raise NotFit(f"Multi properties can only be used as path leafs: {place(datum)}{self.shown}")
        value = {name: datum.value[name] for name in self.fields if name in datum.value}
        return [DatumInContext(value, path=This(), context=datum)]


class OfLists:
    """What segments with indices have in common: they are applied to lists only. `rest` is the path from
    here on, for messages."""

    rest: str

    def need_list(self, datum: DatumInContext) -> list[JSON]:
        """Return the list, or raise NoMatch."""
        value = datum.value
        if isinstance(value, list):
            return value
        is_element = is_node(datum)
        if value is None and not is_element:
            raise NotFound(f"The path {place(datum)} is null")
        here = shown(value, is_element)
        raise NotFit(f"Filter: {self.rest} can only be applied to arrays. Current context is: {here}")


def is_node(datum: DatumInContext) -> bool:
    """Tell whether 2.0.0 has a value as a JSON node: an element of a list, or what the path is applied to.
    Those of fields, and those that a filter tests, are plain."""
    return type(datum.path) is Index or (datum.context is None and datum.path is not HERE)


def shown(value: JSON, is_element: bool) -> str:
    """Return a value as messages show it: an element of a list as JSON, any other text without quotes."""
    return json_text(value) if is_element else plain_text(value)


class Elements(OfLists, Index):
    """`[0]`, `[0,2]`: null for an element that is not there."""

    def __init__(self, indices: tuple[int, ...], rest: str) -> None:
        super().__init__(*indices)
        self.rest = rest

    def find(self, datum: DatumInContext) -> Data:
        self.need_list(datum)
        return [in_list(datum, index) for index in self.indices]


class FromEnd(OfLists, Index):
    """`[(@.length-1)]`: the element at that distance from the end."""

    def __init__(self, distance: int, rest: str) -> None:
        super().__init__(-distance)
        self.rest = rest

    def find(self, datum: DatumInContext) -> Data:
        return [in_list(datum, len(self.need_list(datum)) + self.indices[0])]


class Part(OfLists, Slice):
    """A slice. Of two ends neither counts from the list's end: `[-3:-1]` is two nulls, `[0:-1]` is empty."""

    def __init__(self, start: int | None, stop: int | None, rest: str) -> None:
        super().__init__(start, stop)
        self.rest = rest

    def find(self, datum: DatumInContext) -> Data:
        length = len(self.need_list(datum))
        start, stop = self.start, self.end
        if start is None or stop is None:
            return [in_list(datum, index) for index in range(*slice(start, stop).indices(length))]
        if length and min(stop, length) - start > MAX_FOUND:
            raise too_many()
        return [in_list(datum, index) for index in range(start, min(stop, length))] if length else []


def too_many() -> FatalStateError:
    """Return the error of a path that finds more than can be borne."""
    return FatalStateError(f"A path finds more than {MAX_FOUND} values.")


class Then(Child):
    """A segment and the rest of the path, which is applied to each value that the segment finds."""

    def __init__(self, left: JSONPath, right: JSONPath, budget: Budget) -> None:
        super().__init__(left, right)
        self.budget = budget
        self.is_wildcard = isinstance(left, Wildcard)

    def find(self, datum: DatumInContext) -> Data:
        found: Data = []
        parts = self.left.find(datum)
        self.budget.spend(len(parts))
        for part in parts:
            try:
                found += self.right.find(part)
            except NotFound as nothing:
                found += nothing.found
                if not (self.is_wildcard and isinstance(datum.value, list)):
                    nothing.found = found
                    raise
            if len(found) > MAX_FOUND:
                raise too_many()
        return found


class Scan(Descendants):
    """`..` and the segment after it: that segment is applied to each object and list below that it
    `matches`. Of a list that it matches, the rest of the path is applied to all elements."""

    def __init__(self, segment: JSONPath, rest: JSONPath | None, matches: Matches, budget: Budget) -> None:
        super().__init__(This(), segment if rest is None else Then(segment, rest, budget))
        self.rest = rest
        self.matches = matches
        self.budget = budget

    def find(self, datum: DatumInContext) -> Data:
        found: Data = []
        pending = [datum] if isinstance(datum.value, (dict, list)) else []
        while pending:
            here = pending.pop()
            if self.matches(here):
                try:
                    self.apply(here, found)
                except NotFound as nothing:
                    nothing.found = found + nothing.found
                    raise
                if len(found) > MAX_FOUND:
                    raise too_many()
            self.budget.spend(1 + len(here.value))
            pending += containers_in(here)
        return found

    def apply(self, here: DatumInContext, found: Data) -> None:
        """Add what is found in an object or a list."""
        if self.rest is None or isinstance(here.value, dict):
            found += self.right.find(here)
        else:
            for index, value in enumerate(here.value):
                self.budget.spend()
                found += self.rest.find(DatumInContext(value, Below(index), here))


class Where(Filter):
    """`[?(...)]`: of a list the elements for which the test holds, an object itself."""

    def __init__(self, test: JSONPath, cost: int, rest: str, budget: Budget) -> None:
        super().__init__([test])
        self.cost = cost
        self.rest = rest
        self.budget = budget

    def holds(self, datum: DatumInContext) -> bool:
        """Tell whether the test holds for a value; `cost` is how many comparisons it makes."""
        self.budget.spend(self.cost)
        if not isinstance(datum.value, (dict, list)):
            datum = DatumInContext(datum.value, HERE, datum.context)
        (test,) = self.expressions
        return bool(test.find(datum))

    def find(self, datum: DatumInContext) -> Data:
        value = datum.value
        if isinstance(value, dict):
            return [datum] if self.holds(datum) else []
        if isinstance(value, list):
            return [part for part in parts_of(datum) if self.holds(part)]
        now = shown(value, is_node(datum))
        raise NotFit(f"Filter: {self.rest} can not be applied to primitives. Current context is: {now}")
