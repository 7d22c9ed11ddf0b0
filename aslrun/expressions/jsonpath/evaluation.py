"""Paths that are not plain, evaluated by jsonpath-ng: the tree of a path is turned into its nodes once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import accumulate

from jsonpath_ng.ext.filter import And, Or
from jsonpath_ng.jsonpath import DatumInContext, JSONPath, This

from aslrun.expressions import ExpressionScope, NoElement, Select
from aslrun.expressions.jsonpath import comparison, nodes, tree
from aslrun.expressions.jsonpath.nodes import Matches
from aslrun.expressions.jsonpath.segments import (
    Combination,
    Comparison,
    Descend,
    Exists,
    Filter,
    FromEnd,
    Literal,
    Operand,
    Regex,
    Slice,
    Test,
    Wildcard,
)
from aslrun.values import JSON


def compile_jsonpath(path: tree.Path) -> Select:
    """Compile a path of any segments to a closure of (value, scope).

    A definite path gives the value it finds or raises NoMatch, NoElement where that is an element which its
    list does not have. Any other gives a list, or raises NoMatch. States.Runtime where that takes too long.
    """
    budget = nodes.Budget()
    node = _Builder(budget).relative(path)
    is_definite = path.is_definite

    def find(value: JSON, scope: ExpressionScope) -> JSON:
        budget.left = nodes.MAX_STEPS
        found = node.find(DatumInContext(value))
        if not is_definite:
            return [datum.value for datum in found]
        (only,) = found
        if isinstance(only.path, nodes.Missing):
            raise NoElement(f"No results for path: {nodes.place(only)}")
        value_found: JSON = only.value
        return value_found

    return find


@dataclass(frozen=True, slots=True)
class _Builder:
    """Turns the parts of one path into nodes of jsonpath-ng, which share a budget."""

    budget: nodes.Budget

    def absolute(self, path: tree.Path) -> JSONPath:
        """Turn a path in a filter into a node: `$` is what the whole path is applied to."""
        if path.root == "@":
            return self.relative(path)
        top = comparison.Top()
        return nodes.Then(top, self.relative(path), self.budget) if path.segments else top

    def relative(self, path: tree.Path) -> JSONPath:
        """Turn a path into a node, nested to the right, that is applied to where the path begins."""
        segments = path.segments
        # goes_on[i]: of the segments from i on, one may find several values.
        goes_on = list(accumulate((not one.is_definite for one in reversed(segments)), max))[::-1]
        node: JSONPath | None = None
        at = len(segments)
        while at:
            at -= 1
            rest = "".join(map(str, segments[at:]))
            made = self.segment(segments[at], rest, node is None, goes_on[max(0, at - 1)])
            if at and isinstance(segments[at - 1], Descend):
                at -= 1
                node = nodes.Scan(made, node, _compile_match(segments[at + 1], made), self.budget)
            else:
                node = made if node is None else nodes.Then(made, node, self.budget)
        return node or This()

    def segment(self, segment: tree.Segment, rest: str, is_last: bool, goes_on: bool) -> JSONPath:
        if isinstance(segment, tree.Names):
            if len(segment.names) > 1:
                return nodes.SeveralFields(segment.names, str(segment), is_last)
            field = nodes.Field(segment.names[0])
            field.is_last, field.goes_on = is_last, goes_on and not is_last
            return field
        if isinstance(segment, tree.Indices):
            return nodes.Elements(segment.indices, rest)
        if isinstance(segment, FromEnd):
            return nodes.FromEnd(segment.distance, rest)
        if isinstance(segment, Slice):
            return nodes.Part(segment.start, segment.stop, rest)
        if isinstance(segment, Filter):
            return nodes.Where(self.test(segment.test), _cost(segment.test), rest, self.budget)
        return nodes.Each()

    def test(self, test: Test) -> JSONPath:
        if isinstance(test, Exists):
            # The value that is tested is the `$` of a path that stands alone, too.
            return comparison.IsThere(self.relative(test.path))
        if isinstance(test, Comparison):
            return self.comparison(test)
        if test.operator == "!":
            (inner,) = test.tests
            assert isinstance(inner, Exists)  # anything else is refused before
            return comparison.IsNotThere(self.relative(inner.path))
        combine: Callable[[list[JSONPath]], JSONPath] = And if test.operator == "&&" else Or
        # Which test comes first counts where one of them fails the path: the last.
        return combine([self.test(part) for part in reversed(test.tests)])

    def comparison(self, test: Comparison) -> JSONPath:
        left, right = test.left, test.right
        if isinstance(left, Regex):
            left, right = right, left
        if isinstance(right, Regex):
            return comparison.Matched(self.operand(left), comparison.compile_regex(right))
        holds = comparison.COMPARISONS[test.operator]
        return comparison.Compared(self.operand(left), holds, self.operand(right))

    def operand(self, operand: Operand) -> JSONPath:
        if isinstance(operand, tree.Path):
            return self.absolute(operand)
        assert isinstance(operand, Literal)
        return comparison.Text(operand.text)


def _cost(test: Test) -> int:
    """Return how many comparisons a test makes."""
    return sum(map(_cost, test.tests)) if isinstance(test, Combination) else 1


def _compile_match(segment: tree.Segment, made: JSONPath) -> Matches:
    """Compile which of the objects and lists below a `..` the segment behind it is applied to."""
    if isinstance(made, nodes.Where):
        return made.holds
    if isinstance(segment, tree.Names):
        wanted = set(segment.names)
        return lambda datum: isinstance(datum.value, dict) and wanted <= datum.value.keys()
    if isinstance(segment, Wildcard):
        return lambda datum: True
    return lambda datum: isinstance(datum.value, list)
