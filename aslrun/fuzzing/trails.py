"""The visits to states in an execution, each with the way that led to it: where data was there last."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aslrun.fuzzing.sight import Steps
from aslrun.values import JSON

if TYPE_CHECKING:
    from aslrun.interpreter.scope import Row, Scope


@dataclass(frozen=True, slots=True)
class Visit:
    """A visit to a state: its raw input, the visit before it, how many machines are around it, and the number
    of the visit among those to the state in its own machine, from 1.

    The visit before the first one in a branch or an iteration is that of the state around it.
    """

    state: str
    raw: JSON
    before: Visit | None
    depth: int
    number: int = 1

    def back(self) -> Iterator[Visit]:
        """Yield the visits before this one, the last first."""
        visit = self.before
        while visit is not None:
            yield visit
            visit = visit.before

    def is_inside(self, other: Visit) -> bool:
        """Tell whether this visit is to a state inside the one of `other`."""
        return self.depth > other.depth


def visits_of(rows: Sequence[Row]) -> Iterator[Visit]:
    """Yield the visits that a journal tells of, in their order."""
    last: dict[Scope, Visit] = {}
    numbers: Counter[tuple[Scope, str]] = Counter()
    for _, type, scope, name, value in rows:
        if type.endswith("StateEntered"):
            depth, outer = 0, scope.parent
            before = last.get(scope)
            while outer is not None:
                before = before or last.get(outer)
                depth, outer = depth + 1, outer.parent
            numbers[scope, name] += 1
            visit = Visit(name, value, before, depth, numbers[scope, name])  # type: ignore[arg-type]
            last[scope] = visit
            yield visit


def finds(value: JSON, steps: Steps) -> bool:
    """Tell whether a path finds something in a value."""
    for step in steps:
        if isinstance(value, dict) and step in value:
            value = value[str(step)]
        elif isinstance(value, list) and isinstance(step, int) and -len(value) <= step < len(value):
            value = value[step]
        else:
            return False
    return True


def drops(visit: Visit, steps: Steps) -> tuple[Visit, Visit] | None:
    """Return the last visit on the way whose raw input had something at a path, and the one after it."""
    after = visit
    for earlier in visit.back():
        if finds(earlier.raw, steps):
            return earlier, after
        after = earlier
    return None
