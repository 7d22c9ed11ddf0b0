"""Ordinary handlers through Lambda's own client for Python and through ours: results, errors, logs.

Outside the default run: `make test-awslambdaric`.
The client asks a small Runtime API on loopback, as it asks Lambda's ("Using the Lambda runtime API").
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import threading
import time
import uuid
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any

import pytest
from ordinary_handlers import SOURCES

from aslrun.functions.function import Function, parse_reference
from aslrun.functions.invocation import context_of
from aslrun.functions.runtime import environment_of
from aslrun.functions.steps import run
from aslrun.functions.worker import FunctionError, Worker

INVOCATIONS = 2
KNOWN_DIFFERENCES = {
    "coroutine": "Python's warning names the line of the program that calls the handler",
    "one_argument": "the only frame is that of the program that calls the handler",
    "logs_error": "an entry without a line break runs into the next one here, but not on Lambda, nor with us",
    "own_format": "as logs_error",
}
"""Handlers whose outcome differs, and why."""
MOST_DIFFERENCES = 4


@dataclass
class Outcome:
    """What became of a handler: for each invocation the kind and the text, and all lines of the log."""

    answers: list[tuple[str, str]] = field(default_factory=list)
    log: list[str] = field(default_factory=list)


class RuntimeApi(ThreadingHTTPServer):
    """Gives the client one event after the other, and takes what it answers."""

    def __init__(self, event: Any, arn: str) -> None:
        super().__init__(("127.0.0.1", 0), _Requests)
        self.event = json.dumps(event).encode()
        self.arn = arn
        self.left = INVOCATIONS
        self.answers: SimpleQueue[tuple[str, str]] = SimpleQueue()


class _Requests(BaseHTTPRequestHandler):
    server: RuntimeApi

    def do_GET(self) -> None:
        if self.server.left == 0:
            self.server.answers.put(("done", ""))
            threading.Event().wait(30)
            return
        self.server.left -= 1
        self.send_response(200)
        self.send_header("Lambda-Runtime-Aws-Request-Id", str(uuid.uuid4()))
        self.send_header("Lambda-Runtime-Invoked-Function-Arn", self.server.arn)
        self.send_header("Lambda-Runtime-Deadline-Ms", str(int(time.time() * 1000) + 60_000))
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(self.server.event)))
        self.end_headers()
        self.wfile.write(self.server.event)

    def do_POST(self) -> None:
        body = (
            self.rfile.read(int(self.headers["Content-Length"])) if "Content-Length" in self.headers else b""
        )
        kind = self.path.rsplit("/", 1)[1]
        if "init" in self.path:
            # The client encodes it a second time here.
            kind = "error"
        self.server.answers.put((kind, body.decode("utf-8", "replace")))
        self.send_response(202)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        pass


def through_the_client(function: Function, event: Any) -> Outcome:
    assert function.file is not None
    outcome = Outcome()
    api = RuntimeApi(event, parse_reference(function.name).arn)
    thread = threading.Thread(target=api.serve_forever, daemon=True)
    thread.start()
    environment = {
        **environment_of(function, "$LATEST"),
        "AWS_LAMBDA_RUNTIME_API": f"127.0.0.1:{api.server_port}",
    }
    environment["PYTHONUTF8"] = "1"
    process = subprocess.Popen(
        [sys.executable, "-m", "awslambdaric", f"{function.file.stem}.{function.handler}"],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        stdin=subprocess.DEVNULL,
        env=environment,
        cwd=function.task_root,
    )
    while True:
        try:
            kind, text = api.answers.get(timeout=0.05)
        except Empty:
            if process.poll() is None:
                continue
            if not outcome.answers or outcome.answers[-1][0] != "error":
                outcome.answers.append(("exit", str(process.returncode)))
            break
        if kind == "done":
            break
        outcome.answers.append((kind, text))
    process.kill()
    printed, _ = process.communicate()
    outcome.log = re.split(r"\r\n|\n|\r", printed.decode("utf-8", "replace"))
    api.shutdown()
    api.server_close()
    return outcome


def through_ours(function: Function, event: Any) -> Outcome:
    outcome = Outcome()
    worker = Worker(function)
    try:
        for _ in range(INVOCATIONS):
            context = context_of(function, parse_reference(function.name))
            try:
                body = run(worker.invoke(event, context, outcome.log.append))
                outcome.answers.append(("response", body if isinstance(body, str) else body.decode()))
            except FunctionError as failed:
                error = failed.error
                if error["errorType"] == "Runtime.ExitError":
                    found = re.search(r"exit status (\d+)", error["errorMessage"])
                    outcome.answers.append(("exit", found[1] if found else "0"))
                else:
                    outcome.answers.append(("error", json.dumps(error)))
                if not worker.is_ready or not worker.is_alive:
                    break
    finally:
        worker.close()
    return outcome


def comparable(outcome: Outcome) -> tuple[list[tuple[str, Any]], list[str]]:
    """Return an outcome without what differs from run to run. That errors have the same keys in the order
    counts, and so does a result's text, but how an error's JSON is spaced does not."""
    answers: list[tuple[str, Any]] = []
    for kind, text in outcome.answers:
        value = json.loads(text) if kind == "error" else text
        answers.append((kind, list(value.items()) if isinstance(value, dict) else value))
    hidden = json.loads(_without_chance(json.dumps(answers)))
    log = [_without_chance(line).replace("\u00a0", " ").rstrip() for line in outcome.log]
    # What Python itself says of an end by an exception names the frames of the program that runs.
    end = next((at for at, line in enumerate(log) if line == "Traceback (most recent call last):"
                and outcome.answers[-1][0] == "exit"), len(log))  # fmt: skip
    return hidden, [line for line in log[:end] if line]


def _without_chance(text: str) -> str:
    text = re.sub(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", "ID", text)
    text = re.sub(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", "TIME", text)
    return re.sub(r"0x[0-9a-f]+", "ADDRESS", text)


def make(folder: Path, name: str) -> tuple[Function, Any]:
    told = SOURCES[name]
    source, event, environment = (*((told,) if isinstance(told, str) else told), {}, {})[:3]
    file = folder / f"{name}.py"
    file.write_text(source, encoding="utf-8")
    return Function(name, file, "handler", environment=environment), event


@pytest.mark.awslambdaric
def test_ordinary_handlers(tmp_path: Path) -> None:
    differences: dict[str, str] = {}
    for name in SOURCES:
        function, event = make(tmp_path, name)
        theirs, ours = through_the_client(function, event), through_ours(function, event)
        if comparable(theirs) != comparable(ours):
            differences[name] = f"client: {comparable(theirs)}\nours:   {comparable(ours)}"
    assert len(SOURCES) >= 60
    for name, told in differences.items():
        print(f"--- {name}\n{told}", file=sys.stderr)
    assert set(differences) <= set(KNOWN_DIFFERENCES), differences.keys()
    assert len(KNOWN_DIFFERENCES) <= MOST_DIFFERENCES
