"""Recorded Tasks: each attempt is answered with what came of it when it was recorded."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from threading import Lock
from typing import TypeAlias

from aslrun.errors import StateError, UsageError
from aslrun.integrations.registry import Call
from aslrun.interpreter.scope import ScopePath
from aslrun.values import JSON

Place: TypeAlias = "tuple[ScopePath, str]"
"""(path of the scope, name of the state)."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """What a Task's attempt came to."""

    result: JSON = None
    failure: StateError | None = None


class Recording:
    """Answers each Task with what was recorded for it, attempt after attempt."""

    def __init__(self, outcomes: Mapping[Place, list[Recorded]]) -> None:
        self.outcomes = outcomes
        self._next: dict[Place, int] = {}
        self._lock = Lock()

    def matches(self, call: Call) -> bool:
        return True

    def invoke(self, call: Call) -> JSON:
        """Return the recorded result; UsageError where nothing is recorded."""
        place = call.path, call.state
        with self._lock:
            number = self._next.get(place, 0)
            self._next[place] = number + 1
        recorded = self.outcomes.get(place, [])
        if number >= len(recorded):
            raise UsageError(f"state '{call.state}': nothing is recorded for its call number {number + 1}")
        if recorded[number].failure is not None:
            raise recorded[number].failure  # type: ignore[misc]
        return recorded[number].result

    def close(self) -> None:
        """There is nothing to let go of."""
