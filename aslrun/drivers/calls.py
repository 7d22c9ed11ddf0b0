"""What the driver knows of integrations: how they are asked, called and cancelled."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from threading import Lock
from typing import Any, Final, Protocol, TypeAlias

from aslrun.interpreter.effects import Submitted as Submitted
from aslrun.interpreter.identity import ExecutionIdentity, ScopePath
from aslrun.interpreter.scope import Scope
from aslrun.values import JSON

Answer: TypeAlias = "Callable[[object, BaseException | None], None]"
"""Takes (a result, None) or (None, what went wrong), once, on any thread."""


class StillRunning:
    """What `Poll.ask` returns while a job runs."""


STILL_RUNNING: Final = StillRunning()


@dataclass(frozen=True, slots=True)
class Awaited:
    """An answer that comes from elsewhere, with no thread that waits for it.

    `begin` is called on the driver's thread with what takes the answer: a JSON or `Submitted`, or a failure.
    It returns what gives the work up. `is_outside` tells that it comes from somebody who is no execution of
    the same driver: a clock must not jump over that.
    """

    begin: Callable[[Answer], Callable[[], None]]
    is_outside: bool = False


@dataclass(frozen=True, slots=True)
class Poll:
    """A job that is asked again and again: `ask` returns its result or STILL_RUNNING, and raises StateError
    where it failed. The driver waits for the next of `seconds` before each time."""

    ask: Callable[[], JSON | StillRunning]
    seconds: Iterator[float]


Following: TypeAlias = Poll | Awaited
"""How the work that was submitted comes to its end."""


class Call:
    """One attempt of one Task.

    `resource` is the Task's Resource as it is written, `arguments` what the service is called with,
    `state` the state's name, `timeout` the seconds that the driver will wait at most, if it is limited,
    `token` the task token, where there is one. `path` tells the branches and iterations it is in; `event` is
    the id of the event with which the attempt began.
    """

    __slots__ = (
        "_lock", "_log", "_scope", "_stop", "arguments", "event", "is_cancelled", "resource", "state",
        "timeout", "token",
    )  # fmt: skip

    def __init__(
        self,
        resource: str,
        arguments: JSON,
        state: str,
        timeout: float | None = None,
        scope: Scope | None = None,
        token: str | None = None,
    ) -> None:
        self.resource = resource
        self.arguments = arguments
        self.state = state
        self.timeout = timeout
        self.token = token
        self._scope = scope
        self._log: list[str] | None = None
        self.event = 0
        self.is_cancelled = False
        self._stop: Callable[[], None] | None = None
        self._lock = Lock()

    @property
    def path(self) -> ScopePath:
        """(state, index of branch or iteration) for each Parallel and Map around the Task."""
        return () if self._scope is None else self._scope.path

    @property
    def execution(self) -> ExecutionIdentity | None:
        """The execution that it is part of."""
        return None if self._scope is None else self._scope.execution

    @property
    def log(self) -> list[str]:
        """Takes the lines that are printed meanwhile. The journal has them from the first on."""
        if self._log is None:
            self._log = []
            if self._scope is not None and self.event:
                self._scope.journal.logs[self.event] = self._log
        return self._log

    def note(self, invocation: tuple[Any, ...]) -> None:
        """Tell the journal what is reported of an invocation that was made for the call."""
        if self._scope is not None:
            self._scope.journal.invocations.setdefault(self.event, []).append(invocation)

    def on_cancel(self, stop: Callable[[], None]) -> None:
        """Say how to end the work, in place of what was said before.

        `stop` is called on the driver's thread, or here and now where the call is cancelled already; it
        must not block, nor raise.
        """
        with self._lock:
            self._stop = stop
            if self.is_cancelled:
                stop()

    def cancel(self) -> None:
        """End the work. The driver calls this from its own thread; the answer no longer counts."""
        with self._lock:
            self.is_cancelled = True
            if self._stop is not None:
                self._stop()


class Integration(Protocol):
    """Something that answers Tasks.

    One whose calls go on after they were submitted has a method `follow(call, output)` as well, which is
    asked on the driver's thread, and returns how the work comes to its end: see `follow_submitted`.
    """

    def matches(self, call: Call) -> bool:
        """Tell whether this integration answers `call`."""

    def invoke(self, call: Call) -> JSON | Submitted | Awaited:
        """Do the work and return the result; raise StateError if it fails.

        Called on any thread, several at once. Ends soon after the call is cancelled. The result of a call by
        `.waitForTaskToken` or `.sync` that was only submitted is `Submitted`; a JSON is the Task's own.
        """

    def close(self) -> None:
        """Let go of processes and connections."""


def pass_by(integration: Integration, call: Call) -> None:
    """Tell an integration of a call that it is not asked for: the answer was recorded. One that counts its
    calls has a method `pass_by(call)`."""
    told: Callable[[Call], None] | None = getattr(integration, "pass_by", None)
    if told is not None:
        told(call)


def modelled_seconds(integration: Integration, call: Call) -> float | None:
    """Return after how many seconds of the execution's clock a call is answered; None for a call that takes
    as long as it takes.

    An integration that models time has a method `seconds(call)`, which is asked before `invoke`. `invoke`
    must then answer at once: it is called on the driver's thread, and nothing waits for it.
    """
    seconds = getattr(integration, "seconds", None)
    return None if seconds is None else seconds(call)


def follow_submitted(integration: Integration, call: Call, output: JSON) -> Following:
    """Return how the work that a call submitted comes to its end; `output` is what it was answered with."""
    follow: Callable[[Call, JSON], Following] = getattr(integration, "follow")  # noqa: B009 - optional
    return follow(call, output)


def sends_heartbeats(integration: Integration) -> bool:
    """Tell whether the calls of an integration are known to send heartbeats, as recorded ones did: a history
    has no event of them. Such an integration says so with a `sends_heartbeats` that is true."""
    return getattr(integration, "sends_heartbeats", False)


Find: TypeAlias = Callable[[Call], Integration | None]
"""A call → who answers it; None where nobody does."""
