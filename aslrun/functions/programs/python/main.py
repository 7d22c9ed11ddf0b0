"""The worker's loop: import the handler, tell that it is ready, answer one request after the other."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from typing import Any

from .channel import Channel
from .context import LambdaContext
from .encoding import escapes_all, make_encoder, to_bytes
from .errors import Fault, error_of
from .handler import Handler, find_handler
from .logs import UNHANDLED, Log, set_up

# The worker's own reference: what a handler replaces in `json` changes nothing here.
_from_json = json.JSONDecoder().decode
_OWN = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "")


def is_own(file: str) -> bool:
    """Tell whether a frame is of the worker itself."""
    return file.startswith(_OWN)


class Runtime:
    """Runs a handler as Lambda's client does."""

    def __init__(self, log: Log) -> None:
        self._log = log
        self._to_json = make_encoder(escapes_all())
        self._log_group = os.environ.get("AWS_LAMBDA_LOG_GROUP_NAME")

    def load(self, file: str, module: str, name: str) -> Handler | bytes:
        """Return the handler, or the error of the init phase as it is answered."""
        try:
            return find_handler(file, module, name)
        except Exception as wrong:
            import logging

            error = error_of(wrong, "", is_own)
            logging.warning(UNHANDLED)
            self._log.log_error(error, self._to_json)
            return to_bytes(self._to_json(error))

    def respond(self, handler: Handler, request: dict[str, Any]) -> tuple[bytes, bytes]:
        """Run the handler for one request; return the kind of the answer and its body."""
        told = request["context"]
        self._log.request_id = told["request_id"]
        if (trace := told.pop("trace", None)) is not None:
            os.environ["_X_AMZN_TRACE_ID"] = trace
        elif "_X_AMZN_TRACE_ID" in os.environ:  # the earlier invocation's
            del os.environ["_X_AMZN_TRACE_ID"]
        try:
            context = LambdaContext(**told, log_group=self._log_group, log=self._log.log)
            result = handler(request["event"], context)
            return encode(result, self._to_json)
        except Exception as wrong:
            error = error_of(wrong, told["request_id"], is_own)
            self._log.log_error(error, self._to_json)
            return b"E", to_bytes(self._to_json(error))


def encode(result: Any, to_json: Callable[[Any], str]) -> tuple[bytes, bytes]:
    """Return the kind of the answer to a result, and its body. Raises Fault for one that has no JSON text."""
    if isinstance(result, bytes):
        return b"B", result
    try:
        return b"R", to_bytes(to_json(result))
    except Exception as wrong:
        raise Fault("MarshalError", f"Unable to marshal response: {wrong}") from None


def main(descriptors: str, mark: str, file: str, module: str, name: str, *import_path: str) -> None:
    """Import the handler, and answer requests until there are no more."""
    channel = Channel(descriptors, mark)
    sys.path[:0] = list(dict.fromkeys(import_path))
    sys.argv = [file]
    log = Log(channel.log)
    set_up(log)
    runtime = Runtime(log)
    handler = runtime.load(file, module, name)
    if isinstance(handler, bytes):
        channel.answer("init", b"X", handler)
        sys.exit(1)
    channel.answer("init", b"R", b"null")
    for line in channel.requests():
        request = _from_json(line.decode("utf-8", "surrogatepass"))
        channel.answer(request["context"]["request_id"], *runtime.respond(handler, request))
