"""The worker process of a Lambda function: runs the handler for one event after the other.

It stands alone (standard library only) and is run as a script. A request is a line of JSON. An answer is a
line `MARK ID KIND LENGTH` and so many bytes: ID is the request's, or `init` for the first, KIND `R` and the
JSON text of a result, `B` and bytes that are the result, `E` and an error, or `X` and the error that ends the
process.
"""

from __future__ import annotations

import contextlib
import decimal
import importlib
import importlib.util
import json
import os
import sys
import time
import traceback
import types
from collections.abc import Callable, Iterable
from typing import Any

ROOM = 8
"""Descriptors that are left above the protocol's."""

# The worker's own references: what a handler replaces in a module changes nothing here.
from_json, to_json = json.loads, json.dumps


class LambdaContext:
    """The context that handlers get. Documentation: "Using the Lambda context object"."""

    identity = None
    client_context = None

    def __init__(
        self, function: str, version: str, arn: str, memory: int, request_id: str, timeout: float
    ) -> None:
        self.function_name = function
        self.function_version = version
        self.invoked_function_arn = arn
        self.memory_limit_in_mb = str(memory)
        self.aws_request_id = request_id
        self.log_group_name = f"/aws/lambda/{function}"
        self.log_stream_name = f"local/[{version}]aslrun"
        self._deadline = time.monotonic() + timeout

    def get_remaining_time_in_millis(self) -> int:
        """Return the milliseconds until the function's time limit is over."""
        return max(0, int((self._deadline - time.monotonic()) * 1000))


def encode_extra(value: Any) -> Any:
    """Make JSON of what Lambda's Python runtime also takes: decimals."""
    if isinstance(value, decimal.Decimal):
        return float(value)
    raise TypeError(f"Object of type {type(value).__name__} is not JSON serializable")


def to_response(value: Any) -> str:
    """Return a handler's result as JSON text; ValueError or TypeError if it has none."""
    return json.dumps(value, default=encode_extra, allow_nan=False)


def error_of(exception: BaseException) -> dict[str, Any]:
    """Describe an exception as Lambda's Python runtime does, without the frames of this file."""
    frames = [frame for frame in traceback.extract_tb(exception.__traceback__) if not is_own(frame.filename)]
    return {
        "errorMessage": str(exception),
        "errorType": type(exception).__name__,
        "stackTrace": traceback.format_list(frames),
    }


def is_own(filename: str) -> bool:
    """Tell whether a frame is of aslrun, or of the import machinery between it and the handler."""
    package = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    return filename.startswith((os.path.join(package, ""), "<frozen importlib"))


def runtime_error(kind: str, message: str) -> dict[str, Any]:
    """Describe an error that the runtime itself finds."""
    return {"errorMessage": message, "errorType": f"Runtime.{kind}", "stackTrace": []}


def marshal_error(wrong: Exception) -> dict[str, Any]:
    """Describe a result that is not JSON."""
    return runtime_error("MarshalError", f"Unable to marshal response: {wrong}")


def load_handler(file: str, name: str, root: str) -> Callable[[Any, LambdaContext], Any] | dict[str, Any]:
    """Import the handler's file, the init phase; return the handler, or an error as Lambda describes it."""
    stem = module_name(file, root)
    try:
        module = importlib.import_module(stem) if "." in stem else import_file(file, stem)
    except ImportError as wrong:
        return runtime_error("ImportModuleError", f"Unable to import module '{stem}': {wrong}")
    except SyntaxError as wrong:
        return runtime_error("UserCodeSyntaxError", f"Syntax error in module '{stem}': {wrong}")
    except Exception as wrong:
        log_exception(wrong)
        return error_of(wrong)
    found: Callable[[Any, LambdaContext], Any] | None = getattr(module, name, None)
    return found or runtime_error("HandlerNotFound", f"Handler '{name}' missing on module '{stem}'")


def module_name(file: str, root: str) -> str:
    """Return the name that the handler's file has from the root: `app`, or `package.app` further down."""
    inside, _ = os.path.splitext(os.path.relpath(file, root))
    parts = inside.split(os.sep)
    return ".".join(parts) if all(part.isidentifier() for part in parts) else parts[-1]


def import_file(file: str, stem: str) -> types.ModuleType:
    """Import a file under its own name, as `import` would."""
    spec = importlib.util.spec_from_file_location(stem, file)
    if spec is None or spec.loader is None:
        raise ImportError(f"{file} is no Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[stem] = module
    spec.loader.exec_module(module)
    return module


def log_exception(exception: BaseException) -> None:
    """Write the handler's own traceback to its log."""
    error = error_of(exception)
    print(f"[ERROR] {error['errorType']}: {error['errorMessage']}", file=sys.stderr)
    print("Traceback (most recent call last):\n" + "".join(error["stackTrace"]), end="", file=sys.stderr)


def respond(handler: Callable[[Any, LambdaContext], Any], request: dict[str, Any]) -> tuple[bytes, bytes]:
    """Run the handler for one request; return the kind of the answer and its text."""
    try:
        result = handler(request["event"], LambdaContext(**request["context"]))
    except Exception as exception:
        log_exception(exception)
        return b"E", to_json(error_of(exception)).encode()
    if isinstance(result, (bytes, bytearray)):
        return b"B", bytes(result)
    try:
        text = to_response(result).encode()
    except (TypeError, ValueError, RecursionError) as wrong:
        return b"E", to_json(marshal_error(wrong)).encode()
    return b"R", text


class Channel:
    """The protocol's descriptors, which are put where a handler does not meet them.

    `descriptors` is `REQUESTS,ANSWERS`. Where these are stdin and stdout (Windows), the handler gets an empty
    stdin, and the log's stderr for its stdout.
    """

    def __init__(self, descriptors: str, mark: str) -> None:
        first, second = map(int, descriptors.split(","))
        self._requests = os.fdopen(move(first), "rb")
        self._answers = move(second)
        if first == 0:
            null = os.open(os.devnull, os.O_RDONLY)
            os.dup2(null, 0)
            os.close(null)
            os.dup2(2, 1)
        else:
            os.close(first)
            os.close(second)
        self._mark = mark.encode()
        # What a handler may replace is kept: nothing of it changes what is answered.
        self._write, self._process_of, self._facts_of, self._end = os.write, os.getpid, os.fstat, os._exit
        self._process = os.getpid()
        self._is = self._identity()

    def _identity(self) -> tuple[int, int]:
        facts = self._facts_of(self._answers)
        return facts.st_dev, facts.st_ino

    def requests(self) -> Iterable[bytes]:
        """Return the requests' lines, until there are no more."""
        return self._requests

    def answer(self, id: str, kind: bytes, body: bytes) -> None:
        """Send one answer, after all that was printed. A process that the handler forked ends instead."""
        flush_prints()
        if self._process_of() != self._process:
            self._end(0)
        if self._identity() != self._is:
            # The handler has closed all descriptors, and this one is a file of its own now.
            self._end(1)
        data = b"%b %b %b %d\n%b" % (self._mark, id.encode(), kind, len(body), body)
        sent = self._write(self._answers, data)
        while sent < len(data):
            sent += self._write(self._answers, memoryview(data)[sent:])


def move(descriptor: int) -> int:
    """Return a copy of a descriptor, on POSIX one of the highest that there can be below 1,024."""
    if sys.platform == "win32":
        return os.dup(descriptor)
    import fcntl

    highest = min(os.sysconf("SC_OPEN_MAX"), 1024)
    return fcntl.fcntl(descriptor, fcntl.F_DUPFD_CLOEXEC, highest - ROOM)


def flush_prints() -> None:
    """Send what was printed so far to the log."""
    for stream in (sys.stdout, sys.stderr):
        # The handler may have closed it, or put something else there.
        with contextlib.suppress(Exception):
            stream.flush()


def main(descriptors: str, mark: str, file: str, name: str, *import_path: str) -> None:
    """Import the handler, tell that it is ready, and answer requests until there are no more.

    The import path begins with the folder that the file's own name counts from.
    """
    channel = Channel(descriptors, mark)
    sys.path[:0] = list(dict.fromkeys(import_path))
    sys.argv = [file]
    handler = load_handler(file, name, import_path[0])
    if isinstance(handler, dict):
        channel.answer("init", b"X", to_json(handler).encode())
        return
    channel.answer("init", b"R", b"null")
    for line in channel.requests():
        request = from_json(line)
        channel.answer(request["context"]["request_id"], *respond(handler, request))


if __name__ == "__main__":
    main(*sys.argv[1:])
