"""Work that waits for workers, told in steps, so that a thread may do it, or an event loop between others.

To hand a request to a thread and back costs a server as much as all else that a warm function takes.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import NamedTuple, TypeAlias, TypeVar

from aslrun.functions.channels import Channels

Result = TypeVar("Result")
Read: TypeAlias = "list[tuple[bool, bytes]]"
"""What `Channels.read` returns."""


class Wait(NamedTuple):
    """Wait until a worker has written something, for at most so many seconds; what it has is sent back."""

    channels: Channels
    seconds: float


Steps: TypeAlias = Generator["Wait | None", Read, Result]
"""What is yielded is waited for. None is: what comes now may take its time, so that no event loop does it."""


def run(steps: Steps[Result]) -> Result:
    """Do all of it on this thread."""
    try:
        return go_on(steps, next(steps))
    except StopIteration as done:
        result: Result = done.value
        return result


def go_on(steps: Steps[Result], wait: Wait | None) -> Result:
    """Do the rest of it on this thread; `wait` is what it has yielded last."""
    try:
        while True:
            try:
                read = [] if wait is None else wait.channels.read(wait.seconds)
            except BaseException as wrong:  # an interrupt: what is to be cleaned up is in there
                wait = steps.throw(wrong)
            else:
                wait = steps.send(read)
    except StopIteration as done:
        result: Result = done.value
        return result
