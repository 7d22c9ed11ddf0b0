"""What the interpreter asks of the world. A driver answers each effect by resuming the generator
that yielded it, with a value or by throwing the StateError that came of it."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias

from aslrun.interpreter.elsewhere import FindExecutor, RunElsewhere
from aslrun.interpreter.items import OpenItems, OpenResults
from aslrun.interpreter.map_run import MapRun
from aslrun.interpreter.scope import Scope
from aslrun.values import JSON


class Named(Protocol):
    """What a Task calls: `text` is its Resource as it is written."""

    @property
    def text(self) -> str: ...
    @property
    def service(self) -> str: ...
    @property
    def action(self) -> str: ...
    @property
    def region(self) -> str: ...


@dataclass(slots=True)
class Invoke:
    """Call the service behind a Task's `resource`; the answer is its result, or what tells that the service
    goes on with the work (`Submitted`). The journal has it as what the ...Scheduled event tells.

    `timeout` and `heartbeat` are seconds; when one is over, StateError("States.Timeout") is thrown. `token`
    is the task token, where there is one, `role` the ARN that Credentials give.
    """

    resource: Named
    arguments: JSON
    state: str
    timeout: float | None = None
    heartbeat: float | None = None
    token: str | None = None
    role: JSON = None


@dataclass(frozen=True, slots=True)
class Submitted:
    """What a service answers that goes on with the work (`.sync`, `.waitForTaskToken`, an activity's worker):
    `output` is what TaskSubmitted shows; of an activity, `{"workerName": ...}` or `{}`."""

    output: JSON


@dataclass(slots=True)
class Follow:
    """Wait for the end of the work that `call` submitted, which was answered with `output` (`.sync`)."""

    call: Invoke
    output: JSON


@dataclass(slots=True)
class AwaitToken:
    """Wait until somebody answers the token of `call`; the answer is the output. Heartbeats put off its
    heartbeat's end."""

    call: Invoke


@dataclass(slots=True)
class Sleep:
    """Go on after `seconds`; the answer is None."""

    seconds: float


@dataclass(slots=True)
class RunChildren:
    """Run children at the same time, at most `limit` of them (0: all); the answer is the list of outputs.

    `children` is drawn from as places get free. The first failure aborts the other children and is thrown.
    With `as_needed` one is drawn only when those before it have come to where they wait, and no outputs are
    kept. `timeout` is the seconds that each child may take; ChildTimedOut is thrown into it then. `map_run`
    is the Map Run that the children are of, whose limit may change while they run.
    """

    children: Iterator[Child]
    limit: int = 0
    as_needed: bool = False
    timeout: float | None = None
    map_run: MapRun | None = None


class ChildTimedOut(Exception):
    """The time is over that a child has: nothing inside it can catch that."""


Effect: TypeAlias = (
    Invoke | Follow | AwaitToken | Sleep | RunChildren | OpenItems | OpenResults | FindExecutor | RunElsewhere
)
# `Any` is what `send` passes in: each effect has its own kind of answer.
Computation: TypeAlias = Generator[Effect, Any, JSON]
Begun: TypeAlias = tuple[JSON, Computation | None]
"""What a child has come to: its output, or the generator that goes on from where it needs the world."""
Begin: TypeAlias = Callable[[Scope], Begun]
Child: TypeAlias = tuple[Scope, Begin]
"""One branch, iteration or child execution, and how it begins. Most iterations come to their end at once: no
generator is made for them."""


def beginning(computation: Computation) -> Begin:
    """Return what begins a generator's child that does all of its work in the generator."""
    return lambda scope: (None, computation)
