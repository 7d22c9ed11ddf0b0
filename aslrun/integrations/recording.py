"""Recorded Tasks: each attempt is answered with what came of it when it was recorded."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from threading import Lock
from typing import TypeAlias

from aslrun.drivers.calls import Call
from aslrun.errors import StateError, UsageError
from aslrun.interpreter.identity import ScopePath
from aslrun.values import JSON

Place: TypeAlias = "tuple[ScopePath, str]"
"""(path of the scope, name of the state)."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """What a Task's attempt came to, and after how many `seconds`."""

    result: JSON = None
    failure: StateError | UsageError | None = None
    seconds: float = 0


class Recording:
    """Answers each Task with what was recorded for it, attempt after attempt, and when it was: which branch
    of a Parallel state is the first to fail, and what the others had come to, is a question of time."""

    sends_heartbeats = True

    def __init__(self, outcomes: Mapping[Place, list[Recorded]], mistake: str | None = None) -> None:
        self.outcomes = outcomes
        self.mistake = mistake
        self._next: dict[Place, int] = {}
        self._lock = Lock()

    def matches(self, call: Call) -> bool:
        return True

    def seconds(self, call: Call) -> float:
        """Return after how many seconds the call is answered."""
        place = call.path, call.state
        recorded, number = self.outcomes.get(place, []), self._next.get(place, 0)
        return recorded[number].seconds if number < len(recorded) else 0

    def invoke(self, call: Call) -> JSON:
        """Return the recorded result; UsageError where nothing is recorded."""
        place = call.path, call.state
        with self._lock:
            number = self._next.get(place, 0)
            self._next[place] = number + 1
        recorded = self.outcomes.get(place, [])
        if number >= len(recorded):
            nothing = f"nothing is recorded for its call number {number + 1}"
            raise UsageError(f"state '{call.state}': {self.mistake or nothing}")
        failure = recorded[number].failure
        if failure is not None:
            raise failure
        return recorded[number].result

    def close(self) -> None:
        """There is nothing to let go of."""


class Recordings:
    """The recorded Tasks of an execution and of its children, each with outcomes of its own."""

    sends_heartbeats = True

    def __init__(self, own: Recording) -> None:
        self._own = own
        self._of_children: dict[str, Recording] = {}

    def add(self, execution: str, recording: Recording) -> None:
        """Add a child execution, by its ARN."""
        self._of_children[execution] = recording

    def matches(self, call: Call) -> bool:
        return True

    def seconds(self, call: Call) -> float:
        """Return after how many seconds the call is answered."""
        return self._of(call).seconds(call)

    def invoke(self, call: Call) -> JSON:
        """Return the recorded result; UsageError where nothing is recorded."""
        return self._of(call).invoke(call)

    def close(self) -> None:
        """There is nothing to let go of."""

    def _of(self, call: Call) -> Recording:
        execution = call.execution
        return self._own if execution is None else self._of_children.get(execution.id, self._own)
