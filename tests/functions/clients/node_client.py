"""Runs a handler through aws-lambda-ric itself, with a small Runtime API on loopback.

The Runtime API: "Using the Lambda runtime API for custom runtimes"; what becomes of a process that ends as
Lambda tells it.
"""

from __future__ import annotations

import base64
import json
import os
import subprocess
import threading
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any

from aslrun.values import JSON

TIME_LIMIT = 20.0
NAME = "function"
ARN = f"arn:aws:lambda:us-east-1:123456789012:function:{NAME}"


@dataclass
class Outcome:
    """What came of an invocation: the text of a result, or an error; and the lines that were logged."""

    result: str | None = None
    error: dict[str, Any] | None = None


@dataclass
class RuntimeApi:
    """The service's side: hands out one event after the other, and takes what the client posts."""

    events: SimpleQueue[tuple[str, JSON]] = field(default_factory=SimpleQueue)
    answers: SimpleQueue[Outcome] = field(default_factory=SimpleQueue)
    asked: SimpleQueue[None] = field(default_factory=SimpleQueue)

    def __post_init__(self) -> None:
        api = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_: Any) -> None:
                pass

            def do_GET(self) -> None:
                api.asked.put(None)
                request_id, event = api.events.get()
                body = json.dumps(event).encode()
                self.send_response(200)
                self.send_header("Lambda-Runtime-Aws-Request-Id", request_id)
                self.send_header("Lambda-Runtime-Deadline-Ms", "99999999999999")
                self.send_header("Lambda-Runtime-Invoked-Function-Arn", ARN)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def do_POST(self) -> None:
                body, trailers = self._body()
                self.send_response(202)
                self.send_header("Content-Length", "0")
                self.end_headers()
                told = trailers.get("lambda-runtime-function-error-body")
                if told is not None:
                    api.answers.put(Outcome(error=json.loads(base64.b64decode(told))))
                elif self.path.endswith("/response"):
                    api.answers.put(Outcome(result=body.decode("utf-8", "replace")))
                else:
                    api.answers.put(Outcome(error=json.loads(body)))

            def _body(self) -> tuple[bytes, dict[str, str]]:
                if "chunked" not in self.headers.get("Transfer-Encoding", ""):
                    return self.rfile.read(int(self.headers.get("Content-Length", 0))), {}
                body = b""
                while size := int(self.rfile.readline().split(b";")[0], 16):
                    body += self.rfile.read(size)
                    self.rfile.readline()
                trailers = {}
                while line := self.rfile.readline().strip():
                    name, _, value = line.decode().partition(":")
                    trailers[name.lower()] = value.strip()
                return body, trailers

        class Server(ThreadingHTTPServer):
            def handle_error(self, *_: Any) -> None:
                """Say nothing of clients that have ended."""

        self.server = Server(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.server.server_address[1]}"


class Client:
    """The real client's process for one handler, started anew when it has ended."""

    def __init__(
        self, place: Path, major: int, folder: Path, handler: str, environment: Mapping[str, str]
    ) -> None:
        modules = place / str(major) / "node_modules"
        ric = modules / "aws-lambda-ric"
        # Documentation: "Experimental Node.js features": what Lambda's bootstrap turns off up to 22.
        off = ["--no-experimental-require-module", "--no-experimental-detect-module"] if major < 24 else []
        main = ric / ("bin/index.mjs" if major < 24 else "index.mjs")
        self._command = [str(modules / "node" / "bin" / "node"), *off, str(main), handler]
        self._folder = folder
        self._environment = {
            **os.environ,
            "AWS_EXECUTION_ENV": f"AWS_Lambda_nodejs{major}.x",
            "AWS_LAMBDA_FUNCTION_NAME": NAME,
            "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "128",
            "AWS_LAMBDA_LOG_GROUP_NAME": f"/aws/lambda/{NAME}",
            "AWS_LAMBDA_LOG_STREAM_NAME": "local/[$LATEST]aslrun",
            "LAMBDA_TASK_ROOT": str(folder),
            "_HANDLER": handler,
            **environment,
        }
        self._api: RuntimeApi | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self.log = b""

    def invoke(self, event: JSON) -> Outcome:
        """Invoke the handler, in a new process where the last has ended."""
        if self._process is None or not self._is_asking():
            self._start()
            self._is_asking()
        assert self._api is not None
        request_id = str(uuid.uuid4())
        self._api.events.put((request_id, event))
        return self._answer(request_id)

    def _is_asking(self) -> bool:
        """Wait until the client asks for an event; tell whether it does."""
        assert self._api is not None
        assert self._process is not None
        while True:
            try:
                self._api.asked.get(timeout=0.1)
                return True
            except Empty:
                if self._process.poll() is not None:
                    return False

    def _start(self) -> None:
        self._end()
        self._api = RuntimeApi()
        self._process = subprocess.Popen(
            self._command,
            cwd=self._folder,
            env={**self._environment, "AWS_LAMBDA_RUNTIME_API": self._api.address},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        self._reader = threading.Thread(target=self._read, args=(self._process,), daemon=True)
        self._reader.start()

    def _read(self, process: subprocess.Popen[bytes]) -> None:
        assert process.stdout is not None
        while data := os.read(process.stdout.fileno(), 65_536):
            self.log += data

    def _answer(self, request_id: str) -> Outcome:
        assert self._api is not None
        assert self._process is not None
        waited = 0.0
        while waited < TIME_LIMIT:
            try:
                return self._api.answers.get(timeout=0.1)
            except Empty:
                waited += 0.1
            if self._process.poll() is not None:
                try:
                    return self._api.answers.get(timeout=0.1)
                except Empty:
                    return Outcome(error=_ended(self._process.returncode, request_id))
        return Outcome(error={"errorType": "Sandbox.Timedout"})

    def _end(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._reader.join(5)
            assert self._process.stdout is not None
            self._process.stdout.close()
        if self._api is not None:
            self._api.server.shutdown()
            self._api.server.server_close()

    def close(self) -> str:
        """End the process; return what was logged, without what the client says of itself."""
        self._end()
        return self.log.decode("utf-8", "replace")


def _ended(status: int, request_id: str) -> dict[str, Any]:
    how = "Runtime exited without providing a reason"
    if status:
        how = f"Runtime exited with error: exit status {status}"
    return {"errorType": "Runtime.ExitError", "errorMessage": f"RequestId: {request_id} Error: {how}"}
