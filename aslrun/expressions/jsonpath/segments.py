"""The segments of paths that are not plain, and the tests and operands of their filters."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, TypeAlias

from aslrun.expressions.jsonpath.tree import Path
from aslrun.values import JSON


@dataclass(frozen=True, slots=True)
class FromEnd:
    """`[(@.length-1)]`: an element counted from the end, 1 for the last."""

    is_definite: ClassVar[bool] = True
    distance: int

    def __str__(self) -> str:
        return f"[@.size()-{self.distance}]"


@dataclass(frozen=True, slots=True)
class Slice:
    """`[1:3]`; one of the ends may be missing."""

    is_definite: ClassVar[bool] = False
    start: int | None
    stop: int | None

    def __str__(self) -> str:
        start, stop = ("" if end is None else end for end in (self.start, self.stop))
        return f"[{start}:{stop}]"


@dataclass(frozen=True, slots=True)
class Wildcard:
    """`.*`, `[*]`."""

    is_definite: ClassVar[bool] = False

    def __str__(self) -> str:
        return "[*]"


@dataclass(frozen=True, slots=True)
class Descend:
    """`..` before a segment: the value and all that is in it."""

    is_definite: ClassVar[bool] = False

    def __str__(self) -> str:
        return ".."


@dataclass(frozen=True, slots=True)
class Filter:
    """`[?(...)]`."""

    is_definite: ClassVar[bool] = False
    test: Test

    def __str__(self) -> str:
        return "[?]"


# ---------------------------------------------------------------- filters


@dataclass(frozen=True, slots=True)
class Literal:
    """A value in a filter: what it is to people, and the text that the service compares with."""

    value: JSON
    text: str


@dataclass(frozen=True, slots=True)
class Regex:
    """`/pattern/i` in a filter."""

    pattern: str
    flags: str


Operand: TypeAlias = Path | Literal | Regex


@dataclass(frozen=True, slots=True)
class Exists:
    """A path alone as a test."""

    path: Path


@dataclass(frozen=True, slots=True)
class Comparison:
    """`left operator right`."""

    left: Operand
    operator: str
    right: Operand


@dataclass(frozen=True, slots=True)
class Combination:
    """`!`, `&&` or `||` of tests."""

    operator: str
    tests: tuple[Test, ...]


Test: TypeAlias = Exists | Comparison | Combination
