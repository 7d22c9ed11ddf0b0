"""The parent's side of a worker: start it, send it events, keep its log, and end it when it misbehaves.

Errors have the names and texts of Lambda's own runtime. Whatever a worker does costs its own invocation.
"""

from __future__ import annotations

import base64
import json
import os
import signal
import subprocess
import sys
import time
import uuid
from typing import Any

from aslrun.functions.channels import open_channels
from aslrun.functions.function import Function
from aslrun.functions.log import LineLog, Log, end_lines, peak_memory, start_line
from aslrun.functions.runtime import command_of, environment_of
from aslrun.values import JSON, to_json_text

INIT_TIMEOUT = 60.0
"""Seconds that importing a handler's file may take; no part of an invocation's time limit."""
LAST_WORDS = 0.2
"""Seconds to wait for the last output of a worker that has ended."""
LIVENESS = 0.5
"""Seconds between looks whether a silent worker still lives: a process it left may hold the pipes open."""
MEMORY_WATCH = 0.02
"""Seconds between looks at the memory of a worker that has a limit."""


class FunctionError(Exception):
    """An invocation that failed; `error` is the JSON object that Lambda answers."""

    def __init__(self, error: dict[str, Any]) -> None:
        super().__init__(error)
        self.error = error


def failure(kind: str, request_id: str, message: str) -> FunctionError:
    """Return an error of Lambda itself, which names the request in its message."""
    return FunctionError({"errorType": kind, "errorMessage": f"RequestId: {request_id} Error: {message}"})


def function_error(error: dict[str, Any], request_id: str) -> FunctionError:
    """Return the error that a runtime answered; Python's also tells the request."""
    return FunctionError({**error, "requestId": request_id} if "stackTrace" in error else error)


class Worker:
    """One process that runs one function's handler, for one invocation after the other."""

    def __init__(self, function: Function, version: str = "$LATEST") -> None:
        self.function = function
        self.version = version
        self._began = time.monotonic()
        # What a Node.js handler's own child processes print may come between the answers.
        self._mark = uuid.uuid4().hex
        self.process = subprocess.Popen(
            command_of(function, self._mark),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=function.task_root,
            env=environment_of(function, version),
            start_new_session=True,
            bufsize=0,
        )
        assert self.process.stdout is not None
        self._answers = self.process.stdout.fileno()
        self._channels = open_channels(self.process)
        self._answer = bytearray()
        self._scanned = 0
        self._log = LineLog()
        self.is_ready = False
        self.is_killed = False

    @property
    def is_alive(self) -> bool:
        return not self.is_killed and self.process.poll() is None

    def invoke(self, event: JSON, context: dict[str, Any], log: Log, reports: bool = False) -> bytes | str:
        """Run the handler on `event`; return the result's JSON text, or the raw bytes it answered.

        What it prints goes to `log`, between the lines START, END and REPORT if `reports`. Raises
        FunctionError when it fails, takes too long or too much memory.
        """
        request_id = context["request_id"]
        request = to_json_text({"event": event, "context": context}).encode("utf-8", "surrogatepass") + b"\n"
        self._log.begin(log)
        init = self._initialise(request_id)
        if not reports:
            return self._run(request, request_id)
        log(start_line(request_id, self.version))
        began = time.monotonic()
        try:
            return self._run(request, request_id)
        finally:
            peak = peak_memory(self.process.pid)
            for line in end_lines(self.function, request_id, time.monotonic() - began, init, peak):
                log(line)

    def _initialise(self, request_id: str) -> float | None:
        """Wait until the handler's file is imported; return the seconds it took, None if that was before."""
        if self.is_ready:
            return None
        self._receive(request_id, INIT_TIMEOUT)
        self.is_ready = True
        return time.monotonic() - self._began

    def _run(self, request: bytes, request_id: str) -> bytes | str:
        self._send(request)
        line = self._receive(request_id, self.function.time_limit)
        return base64.b64decode(line[1:]) if line[:1] == b"B" else line[1:].decode("utf-8", "surrogatepass")

    def _send(self, request: bytes) -> None:
        stdin = self.process.stdin
        assert stdin is not None
        view = memoryview(request)
        try:
            while view:
                view = view[stdin.write(view) :]
        except OSError:
            pass  # the worker has ended: `_receive` tells how

    def _receive(self, request_id: str, timeout: float) -> bytes:
        """Return the next answer, keeping the log; FunctionError if it is an error, or none comes."""
        deadline = time.monotonic() + timeout
        tick = LIVENESS if self.function.memory is None else MEMORY_WATCH
        while (line := self._take_answer()) is None:
            remaining = deadline - time.monotonic()
            if remaining <= 0:
                self.kill()
                self._drain()
                raise failure("Sandbox.Timedout", request_id, f"Task timed out after {timeout:.2f} seconds")
            got = self._read(min(remaining, tick))
            if self._takes_too_much() or not (got or self.is_alive):
                self._drain()
                if (line := self._take_answer()) is None or self.is_killed:
                    raise self._ended(request_id)
                break
        self._read_log()
        if self._takes_too_much():
            raise self._ended(request_id)
        if line[:1] == b"X":
            self.kill()
        if line[:1] in b"EX":
            raise function_error(json.loads(line[1:]), request_id)
        return line

    def _takes_too_much(self) -> bool:
        """End a worker that has taken more memory than it may, and tell so."""
        limit = self.function.memory
        if limit is None or (peak_memory(self.process.pid) or 0) <= limit:
            return False
        self.kill()
        return True

    def _take_answer(self) -> bytes | None:
        """Take a whole answer out of what was read; what is before its mark was printed."""
        answer, mark = self._answer, self._mark.encode()
        start = answer.find(mark)
        if start != 0:
            printed = start if start > 0 else max(0, len(answer) - len(mark))
            if printed:
                self._log.add(bytes(answer[:printed]))
                del answer[:printed]
            if start < 0:
                return None
        end = answer.find(b"\n", self._scanned)
        self._scanned = 0 if end >= 0 else len(answer)
        if end < 0:
            return None
        line = bytes(answer[len(mark) : end])
        del answer[: end + 1]
        return line

    def _read(self, seconds: float) -> bool:
        """Read what there is within `seconds`; tell whether there was anything."""
        got = False
        for descriptor, data in self._channels.read(seconds):
            got = got or bool(data)
            if descriptor == self._answers:
                self._answer += data
            else:
                self._log.add(data)
        return got

    def _read_log(self) -> None:
        """Take what was printed before the answer came."""
        while self._read(0):
            pass
        self._log.end_line()

    def _drain(self) -> None:
        """Take the last output of a worker that has ended."""
        end = time.monotonic() + LAST_WORDS
        while time.monotonic() < end and self._read(max(0.0, end - time.monotonic())):
            pass
        self._log.end_line()

    def _ended(self, request_id: str) -> FunctionError:
        status = self.process.wait()
        if status == 0:
            return failure("Runtime.ExitError", request_id, "Runtime exited without providing a reason")
        how = f"exit status {status}" if status > 0 else f"signal: {signal_name(-status)}"
        return failure("Runtime.ExitError", request_id, f"Runtime exited with error: {how}")

    def kill(self) -> None:
        """End the process, and those it started. May be called from any thread."""
        self.is_killed = True
        try:
            if sys.platform == "win32":
                self.process.kill()
            else:
                os.killpg(self.process.pid, signal.SIGKILL)
        except (OSError, ProcessLookupError):
            pass

    def close(self) -> None:
        """End the process and let go of its pipes."""
        self.kill()
        self.process.wait()
        for stream in (self.process.stdin, self.process.stdout, self.process.stderr):
            if stream is not None:
                stream.close()


def signal_name(number: int) -> str:
    """Return a signal's name as Lambda tells it: `killed`, `segmentation fault`."""
    return (signal.strsignal(number) or f"signal {number}").lower()


def new_request_id() -> str:
    """Return an id for an invocation."""
    return str(uuid.uuid4())
