"""What Lambda reports of an invocation, as data: what the line REPORT tells, and how it ended."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple, TypeAlias


class Invocation(NamedTuple):
    """One invocation of a function in a file. All parts are plain values, so that it is written as JSON.

    Attributes:
        function: the function's name.
        version: `$LATEST`, or the version that ran.
        request_id: the request's id.
        duration: seconds that the handler took.
        init: seconds of the init phase before it; None where the worker was warm.
        memory_size: MB that the function is configured with.
        max_memory: the most MB that its worker had used by then, None where nobody looked (`reports`).
        error: the type of the error it ended with, None if it succeeded.
        architecture: `x86_64` or `arm64`, as configured.
        runtime: Lambda's name of the runtime.
        timeout: seconds that it may take.
        log_format: `Text` or `JSON`, as configured.
        log_group: the log group that is configured; None for the function's own.
    """

    function: str
    version: str
    request_id: str
    duration: float
    init: float | None
    memory_size: int
    max_memory: int | None
    error: str | None
    architecture: str
    runtime: str
    timeout: float
    log_format: str
    log_group: str | None

    @property
    def billed_ms(self) -> int:
        """Milliseconds that are billed: those of the init phase as well, since August 2025."""
        return math.ceil((self.duration + (self.init or 0.0)) * 1000)


Note: TypeAlias = Callable[[Invocation], None]
"""What takes the report of an invocation that has ended."""


def no_note(invocation: Invocation) -> None:
    """Take a report that nobody wants."""
