"""What a worker answers, taken apart and checked: whatever is no well-formed answer is told as that.

An answer is a line `MARK ID KIND LENGTH` and so many bytes. ID is the request's, or `init` for the first,
which tells that the handler was found. KIND is `R` with the JSON text of a result, `B` with bytes that are
the result as they are, `E` with an error, or `X` with an error after which the process ends; `L` is no
answer, but what the request's invocation printed after its answer.
"""

from __future__ import annotations

import json
import sys
from typing import Any, NamedTuple

INIT = "init"
"""What stands for a request's id in the answer to the start itself."""
KINDS = (b"R", b"B", b"E", b"X", b"L")
MAX_HEADER = 128
"""Bytes that a header may have."""
# On Windows the processes that a Node.js handler starts may print between the answers.
MAY_BE_MIXED = sys.platform == "win32"


class MalformedAnswer(Exception):
    """Bytes that are no answer. Nothing that comes after them can be trusted either."""


class Answer(NamedTuple):
    """One answer; `body` as the kind has it."""

    id: str
    kind: str
    body: bytes

    @property
    def error(self) -> dict[str, Any] | None:
        """The error that it tells, None for a result. Raises MalformedAnswer if that is not as it must be."""
        if self.kind not in "EX":
            return None
        try:
            error = json.loads(self.body)
        except (ValueError, RecursionError) as wrong:
            raise MalformedAnswer(str(wrong)) from None
        if not isinstance(error, dict) or not isinstance(error.get("errorType"), str):
            raise MalformedAnswer("an error has an errorType")
        return error

    @property
    def text(self) -> str:
        """The JSON text of a result. Raises MalformedAnswer if it is no UTF-8."""
        try:
            return self.body.decode("utf-8", "surrogatepass")
        except UnicodeDecodeError as wrong:
            raise MalformedAnswer(str(wrong)) from None


class AnswerReader:
    """Takes answers out of what a worker has written; `printed` gathers what is of no answer."""

    def __init__(self, mark: str) -> None:
        self._mark = mark.encode()
        self._data = bytearray()
        self._header: tuple[str, str, int] | None = None
        self.printed = bytearray()

    def feed(self, data: bytes) -> None:
        """Take bytes from the worker."""
        self._data += data

    def next(self) -> Answer | None:
        """Return the next whole answer, None until it is there. Raises MalformedAnswer."""
        if self._header is None:
            if not self._data:
                return None
            self._header = self._take_header()
            if self._header is None:
                return None
        id, kind, length = self._header
        if len(self._data) < length:
            return None
        body = bytes(self._data[:length])
        del self._data[:length]
        self._header = None
        return Answer(id, kind, body)

    def _take_header(self) -> tuple[str, str, int] | None:
        if MAY_BE_MIXED:
            self._take_printed()
        start = self._mark[: len(self._data)]
        if not self._data.startswith(start):
            raise MalformedAnswer("it does not begin with the mark")
        end = self._data.find(b"\n", 0, MAX_HEADER)
        if end < 0:
            if len(self._data) >= MAX_HEADER:
                raise MalformedAnswer("its header does not end")
            return None
        fields = bytes(self._data[:end]).split(b" ")
        del self._data[: end + 1]
        if len(fields) != 4 or fields[0] != self._mark or fields[2] not in KINDS or not fields[3].isdigit():
            raise MalformedAnswer("its header is not MARK ID KIND LENGTH")
        return fields[1].decode("ascii", "replace"), fields[2].decode(), int(fields[3])

    def _take_printed(self) -> None:
        start = self._data.find(self._mark)
        printed = start if start >= 0 else max(0, len(self._data) - len(self._mark))
        self.printed += self._data[:printed]
        del self._data[:printed]
