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
import threading
import time
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

from aslrun.integrations.channels import open_channels
from aslrun.integrations.functions import Function
from aslrun.values import JSON, to_json_text

INIT_TIMEOUT = 60.0
"""Seconds that importing a handler's file may take; no part of an invocation's time limit."""
MAX_LOG = 1_048_576
"""Bytes of one invocation's log that are shown; a handler that prints without end cannot fill anything."""
LAST_WORDS = 0.2
"""Seconds to wait for the last output of a worker that has ended."""

Log = Callable[[str, str], None]
"""A function of (function name, line)."""


class FunctionError(Exception):
    """An invocation that failed; `error` is the JSON object that Lambda answers."""

    def __init__(self, error: dict[str, Any]) -> None:
        super().__init__(error)
        self.error = error


def failure(kind: str, request_id: str, message: str) -> FunctionError:
    """Return an error of Lambda itself, which names the request in its message."""
    return FunctionError({"errorType": kind, "errorMessage": f"RequestId: {request_id} Error: {message}"})


def log_to_stderr(function: str, line: str) -> None:
    """Write a line of a function's log to stderr, with the function's name in front."""
    print(f"{function} | {line}", file=sys.stderr)


class Worker:
    """One process that runs one function's handler, for one invocation after the other."""

    def __init__(self, function: Function, log: Log) -> None:
        self.function = function
        self.log = log
        self.process = subprocess.Popen(
            command_of(function),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=folder_of(function),
            env=environment_of(function),
            start_new_session=True,
            bufsize=0,
        )
        assert self.process.stdout is not None
        self._answers = self.process.stdout.fileno()
        self._channels = open_channels(self.process)
        self._answer = bytearray()
        self._log_line = bytearray()
        self._logged = 0
        self.is_ready = False
        self.is_killed = False

    @property
    def is_alive(self) -> bool:
        return not self.is_killed and self.process.poll() is None

    def invoke(self, event: JSON, context: dict[str, Any], timeout: float) -> bytes | str:
        """Run the handler on `event`; return the result's JSON text, or the raw bytes it answered.

        Raises FunctionError when it fails or its time limit, in seconds, is over.
        """
        request_id = context["request_id"]
        self._logged = 0
        if not self.is_ready:
            self._receive(request_id, time.monotonic() + INIT_TIMEOUT, INIT_TIMEOUT)
            self.is_ready = True
        self._send(
            to_json_text({"event": event, "context": context}).encode("utf-8", "surrogatepass") + b"\n"
        )
        line = self._receive(request_id, time.monotonic() + timeout, timeout)
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

    def _receive(self, request_id: str, deadline: float, timeout: float) -> bytes:
        """Return the next answer, keeping the log meanwhile."""
        while b"\n" not in self._answer:
            remaining = deadline - time.monotonic()
            if remaining <= 0:
                self.kill()
                self._drain()
                raise failure("Sandbox.Timedout", request_id, f"Task timed out after {timeout:.2f} seconds")
            # A process that the handler left behind may hold the pipes open, so the end is looked for too.
            if not self._read(min(remaining, 0.5)) and not self.is_alive:
                self._drain()
                if b"\n" not in self._answer:
                    raise self._ended(request_id)
        line, _, rest = self._answer.partition(b"\n")
        self._answer = rest
        self._read_log()
        if line[:1] == b"E":
            raise FunctionError({**json.loads(line[1:]), "requestId": request_id})
        return bytes(line)

    def _read(self, seconds: float) -> bool:
        """Read what there is within `seconds`; tell whether there was anything."""
        got = False
        for descriptor, data in self._channels.read(seconds):
            got = got or bool(data)
            if descriptor == self._answers:
                self._answer += data
            else:
                self._keep_log(data)
        return got

    def _read_log(self) -> None:
        """Take what was printed before the answer came."""
        while self._read(0):
            pass
        if self._log_line:
            self._keep_log(b"\n")

    def _drain(self) -> None:
        """Take the last output of a worker that has ended."""
        end = time.monotonic() + LAST_WORDS
        while time.monotonic() < end and self._read(max(0.0, end - time.monotonic())):
            pass
        if self._log_line:
            self._keep_log(b"\n")

    def _keep_log(self, data: bytes) -> None:
        if self._logged > MAX_LOG:
            return
        self._logged += len(data)
        *lines, rest = (bytes(self._log_line) + data).split(b"\n")
        self._log_line = bytearray(rest[:MAX_LOG])
        for line in lines:
            self.log(self.function.name, line.decode("utf-8", "replace").rstrip("\r"))
        if self._logged > MAX_LOG:
            self._log_line.clear()
            self.log(self.function.name, f"(more than {MAX_LOG:,} bytes printed; the rest is left out)")

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


def folder_of(function: Function) -> Path:
    """Return the folder of the handler's file, which is its working folder."""
    assert function.file is not None
    return function.file.absolute().parent


def command_of(function: Function) -> list[str]:
    """Return the command of a function's worker. -P keeps our own modules off the import path."""
    assert function.file is not None
    folders = [str(folder_of(function))]
    if function.folder is not None:
        folders.append(str(function.folder.absolute()))
    main = str(Path(__file__).with_name("worker_main.py"))
    return [
        sys.executable,
        "-P",
        "-X",
        "utf8",
        main,
        str(function.file.absolute()),
        function.handler,
        *folders,
    ]


def environment_of(function: Function) -> dict[str, str]:
    """Return a worker's environment. Documentation: "Defined runtime environment variables"."""
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    return {
        "AWS_REGION": "us-east-1",
        "AWS_DEFAULT_REGION": "us-east-1",
        **os.environ,
        "AWS_EXECUTION_ENV": f"AWS_Lambda_python{version}",
        "AWS_LAMBDA_FUNCTION_NAME": function.name,
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(function.memory),
        "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
        "AWS_LAMBDA_LOG_GROUP_NAME": f"/aws/lambda/{function.name}",
        "AWS_LAMBDA_LOG_STREAM_NAME": "local/[$LATEST]aslrun",
        "AWS_LAMBDA_RUNTIME_API": "",
        "LAMBDA_TASK_ROOT": str(folder_of(function)),
        "_HANDLER": f"{function.file.stem if function.file else ''}.{function.handler}",
        "TZ": ":UTC",
        "PYTHONUNBUFFERED": "1",
        **function.environment,
    }


class Workers:
    """The warm workers of all functions: as many at once as are needed, the one used last first."""

    def __init__(self, log: Log = log_to_stderr) -> None:
        self.log = log
        self._idle: dict[str, list[Worker]] = {}
        self._all: set[Worker] = set()
        self._lock = threading.Lock()

    def invoke(
        self,
        function: Function,
        event: JSON,
        context: dict[str, Any],
        on_cancel: Callable[[Callable[[], None]], None],
    ) -> bytes | str:
        """Run `function` on `event` in a warm worker, or in a new one. As `Worker.invoke`.

        `on_cancel` is given what ends the invocation from another thread.
        """
        worker = self._take(function)
        on_cancel(worker.kill)
        is_healthy = False
        try:
            result = worker.invoke(event, context, function.timeout)
            is_healthy = True
        except FunctionError:
            # A handler that only raised is as good as new; whatever else happened costs the worker.
            is_healthy = worker.is_ready and worker.is_alive
            raise
        finally:
            on_cancel(_do_nothing)
            self._give_back(worker, is_healthy)
        return result

    def _take(self, function: Function) -> Worker:
        with self._lock:
            idle = self._idle.setdefault(function.name, [])
            while idle:
                worker = idle.pop()
                if worker.is_alive:
                    return worker
                self._discard(worker)
            worker = Worker(function, self.log)
            self._all.add(worker)
            return worker

    def _give_back(self, worker: Worker, is_healthy: bool) -> None:
        with self._lock:
            if is_healthy and worker in self._all:
                self._idle[worker.function.name].append(worker)
            else:
                self._discard(worker)

    def _discard(self, worker: Worker) -> None:
        self._all.discard(worker)
        worker.close()

    def close(self) -> None:
        """End all workers."""
        with self._lock:
            self._idle.clear()
            for worker in [*self._all]:
                self._discard(worker)


def _do_nothing() -> None:
    """What ends an invocation that is over."""


def new_request_id() -> str:
    """Return an id for an invocation."""
    return str(uuid.uuid4())
