"""Errors as Lambda's client tells them: errorMessage, errorType, requestId, stackTrace, in this order."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from types import TracebackType
from typing import Any


class Fault(Exception):
    """An error that the runtime itself finds; `error_type` begins with `Runtime.`."""

    def __init__(self, error_type: str, message: str, trace: list[str] | None = None) -> None:
        super().__init__(message)
        self.error_type = f"Runtime.{error_type}"
        self.message = message
        self.trace = trace or []


def error_of(exception: BaseException, request_id: str, is_own: Callable[[str], bool]) -> dict[str, Any]:
    """Describe an exception; the frames up to the first that is not the runtime's own are left out."""
    if isinstance(exception, Fault):
        return make_error(exception.message, exception.error_type, request_id, exception.trace)
    trace = frames_of(exception.__traceback__, is_own)
    return make_error(str(exception), type(exception).__name__, request_id, trace)


def make_error(message: str, error_type: str, request_id: str, trace: list[str]) -> dict[str, Any]:
    """Return an error as it is answered."""
    return {"errorMessage": message, "errorType": error_type, "requestId": request_id, "stackTrace": trace}


def frames_of(trace: TracebackType | None, is_own: Callable[[str], bool]) -> list[str]:
    """Return the frames as text, without the marks (`~~~^^^`) that newer Pythons set below a line."""
    found = traceback.extract_tb(trace)
    frames = [(frame.filename, frame.lineno or 0, frame.name, frame.line) for frame in found]
    first = next((at for at, frame in enumerate(frames) if not is_own(frame[0])), len(frames))
    return traceback.format_list(frames[first:])
