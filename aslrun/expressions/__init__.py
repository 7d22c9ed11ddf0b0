"""The expression languages of ASL: each distinct text is compiled once into a closure of (value, scope).

`ExpressionError` is raised when a text is compiled, `NoMatch` when a definite path finds nothing, and
`StateError` when evaluating fails by a rule of the states language.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Protocol, TypeAlias, TypeGuard

from aslrun.values import JSON


class ExpressionScope(Protocol):
    """What an expression may read besides the value it is applied to."""

    @property
    def context(self) -> JSON:
        """The context object, `$$`."""

    @property
    def variables(self) -> Mapping[str, JSON]:
        """The workflow variables in reach, `$name`."""

    @property
    def time(self) -> float:
        """The time at which the expression is evaluated, in seconds since the epoch."""

    def draw(self) -> float:
        """A number drawn uniformly from [0, 1), from the execution's seed."""

    def draw_uuid(self) -> str:
        """A version 4 UUID, from the execution's seed."""


Select: TypeAlias = Callable[[JSON, ExpressionScope], JSON]


class ExpressionError(ValueError):
    """A text that is no expression of its language; `offset` is where in the text, from 0."""

    def __init__(self, message: str, offset: int = 0) -> None:
        super().__init__(message)
        self.message = message
        self.offset = offset


class NoMatch(Exception):
    """A definite path that finds nothing; `str()` of it is the service's reason,
    as in ``No results for path: $['a']['b']`` or ``Missing property in path $['a']``."""


class NotFit(NoMatch):
    """A path of which a part cannot be applied to what is there, as an index to an object; `[*]` does not
    pass over it, and its reason shows in errors of intrinsic functions (measured on the service)."""


class NoElement(NoMatch):
    """A definite path whose last step is an index that its array does not have.

    A payload template takes null for it, where everything else finds nothing (measured on the service).
    """


def is_query(value: JSON) -> TypeGuard[str]:
    """Tell whether a field's value is a JSONata expression: nothing may stand outside `{%` and `%}`."""
    return isinstance(value, str) and value.startswith("{%") and value.endswith("%}") and len(value) >= 4
