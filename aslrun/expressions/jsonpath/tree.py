"""What a path is once it is read: segments, and the tests and operands of its filters.

Each part knows how Jayway's messages show it, which are the service's.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from aslrun.values import JSON


@dataclass(frozen=True, slots=True)
class Names:
    """`.a`, `['a']`, `['a','b']`."""

    names: tuple[str, ...]
    quote: str = "'"

    def __str__(self) -> str:
        return f"[{','.join(self.quote + name + self.quote for name in self.names)}]"


@dataclass(frozen=True, slots=True)
class Indices:
    """`[0]`, `[-1]`, `[0,2]`."""

    indices: tuple[int, ...]

    def __str__(self) -> str:
        return f"[{','.join(map(str, self.indices))}]"


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


@dataclass(frozen=True, slots=True)
class Call:
    """`.length()`, `.concat("x", $.a)`: a function, which ends a path."""

    name: str
    arguments: tuple[Operand, ...] = ()

    def __str__(self) -> str:
        return f".{self.name}({'...' if self.arguments else ''})"


Segment: TypeAlias = Names | Indices | Slice | Wildcard | Descend | Filter | Call


@dataclass(frozen=True, slots=True)
class Path:
    """A parsed path. `root` is `$`, `$$`, `@` or `$name`; `unquoted` has the texts in its filters that have
    no quotes, which is likely a mistake, each with its offset."""

    text: str
    root: str
    segments: tuple[Segment, ...]
    unquoted: tuple[tuple[str, int], ...] = ()

    def __str__(self) -> str:
        return f"{'@' if self.root == '@' else '$'}{''.join(map(str, self.segments))}"

    @property
    def steps(self) -> tuple[str | int, ...] | None:
        """The names and indices of a plain path, None for any other. An index below 0 counts from the end."""
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
        """Tell whether the path can find one value only. Several names at the end make one object, and a
        function takes all that `..` at the beginning finds."""
        return self.takes_all or self.is_definite_before(len(self.segments))

    @property
    def takes_all(self) -> bool:
        """Tell whether the path is one like `$..a.sum()`."""
        segments = self.segments
        return (
            len(segments) > 2 and isinstance(segments[0], Descend) and isinstance(segments[-1], Call)
        ) and not segments[-1].arguments

    def is_definite_before(self, end: int) -> bool:
        """Tell whether the segments before number `end` can find one value only."""
        last = len(self.segments) - 1
        return all(_is_definite(segment, at == last) for at, segment in enumerate(self.segments[:end]))


def _is_definite(segment: Segment, is_last: bool) -> bool:
    if isinstance(segment, Names):
        return len(segment.names) == 1 or is_last
    return isinstance(segment, Call) or (isinstance(segment, Indices) and len(segment.indices) == 1)


# ---------------------------------------------------------------- filters


@dataclass(frozen=True, slots=True)
class Literal:
    """A value in a filter, or an argument of a function."""

    value: JSON


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
