"""What the interpreter asks of the world. A driver answers each effect by resuming the generator
that yielded it, with a value or by throwing the StateError that came of it."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from dataclasses import dataclass
from typing import Any, TypeAlias

from aslrun.interpreter.scope import Scope
from aslrun.values import JSON


@dataclass(slots=True)
class Invoke:
    """Call the service behind a Task's `resource`; the answer is its result.

    `timeout` and `heartbeat` are seconds; when one is over, StateError("States.Timeout") is thrown.
    """

    resource: str
    arguments: JSON
    state: str
    timeout: float | None = None
    heartbeat: float | None = None


@dataclass(slots=True)
class Sleep:
    """Go on after `seconds`; the answer is None."""

    seconds: float


@dataclass(slots=True)
class Child:
    """The computation of one branch or iteration: a generator of effects that returns its output."""

    scope: Scope
    computation: Computation


@dataclass(slots=True)
class RunChildren:
    """Run children at the same time, at most `limit` of them (0: all); the answer is the list of outputs.

    `children` is drawn from as places get free. The first failure aborts the other children and is thrown.
    """

    children: Iterator[Child]
    limit: int = 0


Effect: TypeAlias = Invoke | Sleep | RunChildren
# `Any` is what `send` passes in: each effect has its own kind of answer.
Computation: TypeAlias = Generator[Effect, Any, JSON]
