"""What a path is once it is read. The segments of plain paths stand here, all others in `segments`.

Each part knows how JsonPath 2.0.0's messages show it, which are the service's.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Protocol


class Segment(Protocol):
    """A step of a path, or several at once."""

    @property
    def is_definite(self) -> bool:
        """Tell whether the segment can find one value only. Several names make one object."""


@dataclass(frozen=True, slots=True)
class Names:
    """`.a`, `['a']`, `['a','b']`."""

    names: tuple[str, ...]

    @property
    def is_definite(self) -> bool:
        return True

    def __str__(self) -> str:
        return "[" + ", ".join(f"'{name}'" for name in self.names) + "]"


@dataclass(frozen=True, slots=True)
class Indices:
    """`[0]`, `[0,2]`. One below 0 finds nothing."""

    indices: tuple[int, ...]

    @property
    def is_definite(self) -> bool:
        return len(self.indices) == 1

    def __str__(self) -> str:
        return f"[{','.join(map(str, self.indices))}]"


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


@dataclass(frozen=True)
class Path:
    """A parsed path. `root` is `$`, `$$`, `@` or `$name`."""

    text: str
    root: str
    segments: tuple[Segment, ...]
    remarks: tuple[Remark, ...] = ()

    def __str__(self) -> str:
        return f"${''.join(map(str, self.segments))}"

    @cached_property
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
        return all(segment.is_definite for segment in self.segments)
