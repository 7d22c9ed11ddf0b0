"""What a path is once it is read: segments, and the tests and operands of its filters.

Each part knows how JsonPath 2.0.0's messages show it, which are the service's.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from aslrun.values import JSON


@dataclass(frozen=True, slots=True)
class Names:
    """`.a`, `['a']`, `['a','b']`."""

    names: tuple[str, ...]

    def __str__(self) -> str:
        return "[" + ", ".join(f"'{name}'" for name in self.names) + "]"


@dataclass(frozen=True, slots=True)
class Indices:
    """`[0]`, `[0,2]`. One below 0 finds nothing."""

    indices: tuple[int, ...]

    def __str__(self) -> str:
        return f"[{','.join(map(str, self.indices))}]"


@dataclass(frozen=True, slots=True)
class FromEnd:
    """`[(@.length-1)]`: an element counted from the end, 1 for the last."""

    distance: int

    def __str__(self) -> str:
        return f"[@.size()-{self.distance}]"


@dataclass(frozen=True, slots=True)
class Slice:
    """`[1:3]`; one of the ends may be missing."""

    start: int | None
    stop: int | None

    def __str__(self) -> str:
        start, stop = ("" if end is None else end for end in (self.start, self.stop))
        return f"[{start}:{stop}]"


@dataclass(frozen=True, slots=True)
class Wildcard:
    """`.*`, `[*]`."""

    def __str__(self) -> str:
        return "[*]"


@dataclass(frozen=True, slots=True)
class Descend:
    """`..` before a segment: the value and all that is in it."""

    def __str__(self) -> str:
        return ".."


@dataclass(frozen=True, slots=True)
class Filter:
    """`[?(...)]`."""

    test: Test

    def __str__(self) -> str:
        return "[?]"


Segment: TypeAlias = Names | Indices | FromEnd | Slice | Wildcard | Descend | Filter


@dataclass(frozen=True, slots=True)
class Remark:
    """What is to be said of a part of a path, from one character to before another.

    The service `refuses` the path when it is applied, or else takes the part for something that its writer
    hardly meant. The refusal of what `is_error` is one that users quote; of the rest only the version of the
    service's library tells.
    """

    start: int
    end: int
    message: str
    hint: str
    refuses: bool = False
    is_error: bool = False


@dataclass(frozen=True, slots=True)
class Path:
    """A parsed path. `root` is `$`, `$$`, `@` or `$name`."""

    text: str
    root: str
    segments: tuple[Segment, ...]
    remarks: tuple[Remark, ...] = ()

    def __str__(self) -> str:
        return f"${''.join(map(str, self.segments))}"

    @property
    def steps(self) -> tuple[str | int, ...] | None:
        """The names and indices of a plain path, None for any other. An index below 0 finds nothing."""
        steps: list[str | int] = []
        for segment in self.segments:
            if isinstance(segment, Names) and len(segment.names) == 1:
                steps.append(segment.names[0])
            elif isinstance(segment, Indices) and len(segment.indices) == 1:
                steps.append(segment.indices[0])
            else:
                return None
        return tuple(steps)

    @property
    def is_definite(self) -> bool:
        """Tell whether the path can find one value only."""
        return all(map(is_definite, self.segments))


def is_definite(segment: Segment) -> bool:
    """Tell whether a segment can find one value only. Several names make one object."""
    if isinstance(segment, Indices):
        return len(segment.indices) == 1
    return isinstance(segment, (Names, FromEnd))


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
