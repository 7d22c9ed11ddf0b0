"""The parent's side of a worker: start it, send it events, keep its log, and end it when it misbehaves.

Errors have the names and texts of Lambda's own runtime. Whatever a worker does costs its own invocation.
"""

from __future__ import annotations

import contextlib
import os
import random
import signal
import subprocess
import sys
import time
import uuid
from typing import Any

from aslrun.functions.answers import INIT, Answer, AnswerReader, MalformedAnswer
from aslrun.functions.channels import open_channels
from aslrun.functions.function import Function
from aslrun.functions.guard import guard
from aslrun.functions.log import LineLog, Log, end_lines, no_log, start_line
from aslrun.functions.memory import descendants, exceeds, peak_memory
from aslrun.functions.report import Invocation, Note, no_note
from aslrun.functions.runtime import Surroundings, ThisProcess, command_of, environment_of
from aslrun.functions.steps import Read, Steps, Wait
from aslrun.values import JSON, to_json_text

INIT_TIMEOUT = 60.0
"""Seconds that importing a handler's file may take; no part of an invocation's time limit."""
LAST_WORDS = 0.2
"""Seconds to wait for the last output of a worker that has ended."""
LIVENESS = 0.5
"""Seconds between looks whether a silent worker still lives: a process it left may hold the pipes open."""
WRITE_PAUSE = 0.002
"""Seconds between tries to send the rest of a request that is larger than the channel holds."""
LATE_LOGS = 16
"""Invocations of a worker whose output is still taken when they are over."""
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


def ended_without_reason(request_id: str) -> FunctionError:
    """Return the error of a process that ended, and nobody knows why."""
    return failure("Runtime.ExitError", request_id, "Runtime exited without providing a reason")


def exit_error(request_id: str, status: int) -> FunctionError:
    """Return the error of a process that ended with a status; a negative one is the signal that ended it."""
    if status == 0:
        return ended_without_reason(request_id)
    how = f"exit status {status}" if status > 0 else f"signal: {signal_name(-status)}"
    return failure("Runtime.ExitError", request_id, f"Runtime exited with error: {how}")


def stamp_of(function: Function) -> int:
    """Return what tells whether a function's file was saved since: its time in nanoseconds, 0 without one."""
    try:
        return function.file.stat().st_mtime_ns if function.file is not None else 0
    except OSError:
        return 0


class NotTakenUp(Exception):
    """The worker ended before it took up the request; `failure` is how."""

    def __init__(self, failure: FunctionError) -> None:
        super().__init__()
        self.failure = failure


class Worker:
    """One process that runs one function's handler, for one invocation after the other.

    `surroundings` is what it is told of AWS; by default what this process knows of it.
    """

    def __init__(
        self, function: Function, version: str = "$LATEST", surroundings: Surroundings | None = None
    ) -> None:
        self._surroundings = surroundings or ThisProcess()
        self.function = function
        self.version = version
        self.stamp = stamp_of(function)
        self._about = (
            function.architecture, function.runtime_name, function.time_limit,
            function.log_format, function.log_group,
        )  # fmt: skip
        # What is looked up for it in the local AWS, which may have to be started, is no part of its start.
        environment = environment_of(function, version, self._surroundings)
        self._began = time.monotonic()
        mark = uuid.uuid4().hex
        self._channels = open_channels()
        try:
            self.process = subprocess.Popen(
                command_of(function, self._channels.argument, mark),
                cwd=function.task_root,
                env=environment,
                bufsize=0,
                **self._channels.options(),
            )
        except BaseException:
            self._channels.close()
            raise
        guard.watch(self.process.pid)
        self._channels.attach(self.process)
        self._answers = AnswerReader(mark)
        self._log = LineLog()
        self._logs: dict[str, Log] = {}
        self.is_ready = False
        self.is_killed = False

    @property
    def is_alive(self) -> bool:
        return not self.is_killed and self.process.poll() is None

    def invoke(
        self,
        event: JSON,
        context: dict[str, Any],
        log: Log,
        reports: bool = False,
        note: Note = no_note,
    ) -> Steps[bytes | str]:
        """Run the handler on `event`; return the result's JSON text, or the raw bytes it answered.

        What it prints goes to `log`, between the lines START, END and REPORT if `reports`; `note` is given
        what that line tells, once the handler has run. Raises FunctionError when it fails, takes too long or
        too much memory, and NotTakenUp when the process ended before.
        """
        request_id = context["request_id"]
        text = self._surroundings.localized(to_json_text({"event": event, "context": context}))
        request = text.encode("utf-8", "surrogatepass") + b"\n"
        self._log.begin(log)
        self._remember(request_id, log)
        init = yield from self._initialise(request_id)
        if reports:
            log(start_line(request_id, self.version))
        error: str | None = None
        began = time.monotonic()
        try:
            return (yield from self._run(request, request_id))
        except FunctionError as failed:
            error = failed.error["errorType"]
            raise
        finally:
            took = time.monotonic() - began
            peak = peak_memory(self.process.pid) if reports else None
            name, memory = self.function.name, self.function.memory_size
            done = Invocation(name, self.version, request_id, took, init, memory, peak, error, *self._about)
            note(done)
            if reports:
                for line in end_lines(done):
                    log(line)

    def _remember(self, request_id: str, log: Log) -> None:
        if len(self._logs) >= LATE_LOGS:
            del self._logs[next(iter(self._logs))]
        self._logs[request_id] = log

    def _initialise(self, request_id: str) -> Steps[float | None]:
        """Wait until the handler's file is imported; return the seconds it took, None if that was before."""
        if self.is_ready:
            return None
        yield from self._receive(INIT, request_id, INIT_TIMEOUT, time.monotonic() + INIT_TIMEOUT)
        self.is_ready = True
        return time.monotonic() - self._began

    def _run(self, request: bytes, request_id: str) -> Steps[bytes | str]:
        timeout = self.function.time_limit
        deadline = time.monotonic() + timeout
        yield from self._send(request, deadline)
        answer = yield from self._receive(request_id, request_id, timeout, deadline)
        try:
            return answer.body if answer.kind == "B" else answer.text
        except MalformedAnswer:
            raise self._spoilt(request_id) from None

    def _send(self, request: bytes, deadline: float) -> Steps[None]:
        """Send a request, as far as the worker takes it: `_receive` tells what became of that."""
        try:
            sent = self._channels.send(request)
            while sent < len(request) and self.is_alive and time.monotonic() < deadline:
                yield from self._read(WRITE_PAUSE)
                sent += self._channels.send(memoryview(request)[sent:])
        except OSError:
            pass

    def _receive(self, id: str, request_id: str, timeout: float, deadline: float) -> Steps[Answer]:
        """Return the answer to `id`, keeping the log; FunctionError if it is an error, or none comes."""
        tick = LIVENESS if self.function.memory is None else MEMORY_WATCH
        while (answer := self._take_answer(id, request_id)) is None:
            remaining = deadline - time.monotonic()
            if remaining <= 0:
                yield None
                self.kill()
                self._drain()
                raise failure("Sandbox.Timedout", request_id, f"Task timed out after {timeout:.2f} seconds")
            got = yield from self._read(min(remaining, tick))
            if self._takes_too_much() or not (got or self.is_alive):
                yield None
                self._drain()
                if self.is_killed or (answer := self._take_answer(id, request_id)) is None:
                    ended = self._ended(request_id)
                    if not self.is_killed and self._channels.has_unread():
                        raise NotTakenUp(ended)
                    raise ended
                break
        self._read_log()
        if self._took_too_much():
            raise self._ended(request_id)
        return self._checked(answer, request_id)

    def _checked(self, answer: Answer, request_id: str) -> Answer:
        try:
            error = answer.error
        except MalformedAnswer:
            raise self._spoilt(request_id) from None
        if answer.kind == "X":
            self.kill()
        if error is not None:
            raise FunctionError(error)
        return answer

    def _takes_too_much(self) -> bool:
        """End a worker that takes more memory than it may, with the processes it started; tell so."""
        limit = self.function.memory
        if limit is None or not exceeds(limit, self.process.pid):
            return False
        self.kill()
        return True

    def _took_too_much(self) -> bool:
        """End a worker that has taken more memory than it may while it ran; tell so."""
        limit = self.function.memory
        if limit is None or (peak_memory(self.process.pid) or 0) <= limit:
            return False
        self.kill()
        return True

    def _take_answer(self, id: str, request_id: str) -> Answer | None:
        """Take a whole answer to `id` out of what was read; a late one to an earlier request is dropped."""
        try:
            while (answer := self._answers.next()) is not None:
                if answer.kind == "L":
                    self._log_late(answer)
                elif answer.id == id:
                    return answer
        except MalformedAnswer:
            raise self._spoilt(request_id) from None
        finally:
            if self._answers.printed:
                self._log.add(bytes(self._answers.printed))
                self._answers.printed.clear()
        return None

    def _log_late(self, printed: Answer) -> None:
        """Log what an invocation printed after its answer as its own."""
        log = self._logs.get(printed.id, no_log)
        for line in printed.body.decode("utf-8", "replace").splitlines():
            log(line)

    def _spoilt(self, request_id: str) -> FunctionError:
        """End a worker whose answers something else has written into."""
        self.kill()
        self._drain()
        return ended_without_reason(request_id)

    def _read(self, seconds: float) -> Steps[bool]:
        """Read what there is within `seconds`; tell whether there was anything."""
        read = yield Wait(self._channels, seconds)
        got = self._take(read)
        if (True, b"") in read:
            yield None
            self._wait_shortly()
        return got

    def _take(self, read: Read) -> bool:
        """Take what was read; tell whether it was anything."""
        for is_answer, data in read:
            if is_answer:
                self._answers.feed(data)
            else:
                self._log.add(data)
        return any(data for _, data in read)

    def _wait_shortly(self) -> None:
        """Wait for the end of a process that has closed its channel: most often it has just ended."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(LAST_WORDS)

    def _read_log(self) -> None:
        """Take what was printed before the answer came."""
        while self._take(self._channels.read(0)):
            pass
        self._log.end_line()

    def _drain(self) -> None:
        """Take the last output of a worker that has ended."""
        end = time.monotonic() + LAST_WORDS
        while (left := end - time.monotonic()) > 0 and self._take(self._channels.read(left)):
            pass
        self._log.end_line()

    def _ended(self, request_id: str) -> FunctionError:
        return exit_error(request_id, self.process.wait())

    def kill(self) -> None:
        """End the process, and those it started. May be called from any thread."""
        self.is_killed = True
        if sys.platform == "win32":
            with contextlib.suppress(OSError):
                self.process.kill()
            return
        # Those in sessions of their own are no part of the group (Linux tells of them).
        others = [*descendants(self.process.pid)] if self.process.returncode is None else []
        with contextlib.suppress(OSError):
            os.killpg(self.process.pid, signal.SIGKILL)
        for process_id in others:
            with contextlib.suppress(OSError):
                os.kill(process_id, signal.SIGKILL)

    def close(self) -> None:
        """End the process and let go of its channels."""
        self.kill()
        self.process.wait()
        guard.forget(self.process.pid)
        self._channels.close()


def signal_name(number: int) -> str:
    """Return a signal's name as Lambda tells it: `killed`, `segmentation fault`."""
    return (signal.strsignal(number) or f"signal {number}").lower()


def new_request_id() -> str:
    """Return an id for an invocation."""
    # Not `uuid4`, which asks the operating system each time: no secret hangs on it. Version and variant of
    # RFC 9562 stand in two digits.
    digits = f"{_chance.getrandbits(122):031x}"
    variant = "89ab"[int(digits[0], 16) & 3]
    return f"{digits[1:9]}-{digits[9:13]}-4{digits[13:16]}-{variant}{digits[16:19]}-{digits[19:]}"


_chance = random.Random()  # not the module's own, whose numbers are the user's
