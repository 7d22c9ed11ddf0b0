"""`--json-log`: a stderr of which each line is an object, whoever writes it."""

from __future__ import annotations

import io
import json
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

from aslrun.timestamps import format_timestamp
from aslrun.values import JSON

OBJECT = '{"event": '
"""How the objects begin that `aslrun.server.events.telling` writes: these pass."""


def json_line(told: dict[str, JSON]) -> str:
    """Return an object of the command's own as a line, with the time."""
    return json.dumps({**told, "time": format_timestamp(time.time())}, ensure_ascii=False)


class JsonLines(io.TextIOBase):
    """Writes to a stream: what is no object becomes one with it as its message, such as a traceback, or what
    a library warns of. What a thread writes is one text until a line of it ends."""

    def __init__(self, stream: TextIO) -> None:
        self.stream = stream
        self._begun = threading.local()

    @property
    def encoding(self) -> str:  # type: ignore[override]
        return self.stream.encoding or "utf-8"

    def writable(self) -> bool:
        return True

    def write(self, text: str) -> int:
        begun = getattr(self._begun, "text", "") + text
        is_ended = begun.endswith("\n")
        self._begun.text = "" if is_ended else begun
        if is_ended and (told := begun.strip("\n")):
            if not told.startswith(OBJECT) or "\n" in told:
                told = json_line({"event": "message", "message": told})
            self.stream.write(f"{told}\n")
        return len(text)

    def flush(self) -> None:
        self.stream.flush()


@contextmanager
def json_lines() -> Iterator[None]:
    """Let each line of stderr be an object, until the end."""
    theirs = sys.stderr
    if theirs is None:
        yield
        return
    sys.stderr = JsonLines(theirs)
    try:
        yield
    finally:
        sys.stderr = theirs
