"""Invoke: a function called through the API."""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs

from aslrun.errors import StateError, UsageError
from aslrun.functions.function import Function, Reference
from aslrun.functions.invocation import (
    MAX_RESPONSE,
    call_here,
    context_of,
    response_too_large,
)
from aslrun.functions.log import Show
from aslrun.functions.worker import FunctionError
from aslrun.functions.workers import TooManyRequests, Workers
from aslrun.server.app import HttpRequest, HttpResponse
from aslrun.server.lambda_api.errors import LambdaError, not_found
from aslrun.server.lambda_api.operations import bare_name
from aslrun.server.protocol import place_of
from aslrun.values import from_json_text

TAIL = 4_096
"""Bytes of the log that `LogType: Tail` gives."""


class Calls:
    """Calls functions. `find` returns the function of a name, and None where there is none."""

    def __init__(self, find: Callable[[str], Function | None], workers: Workers, show: Show) -> None:
        self.find = find
        self.workers = workers
        self.show = show

    def invoke(self, request: HttpRequest, name: str) -> HttpResponse:
        """Invoke: waits for the answer, or not, or only looks whether it could be called."""
        place = place_of(request.headers)
        prefix = f"arn:aws:lambda:{place.region}:{place.account}:function:"
        function = self.find(bare_name(name))
        if function is None:
            raise not_found(f"{prefix}{bare_name(name)}")
        event = _event(request.body)
        reference = Reference(function.name, _qualifier(request, name), prefix)
        kind = request.headers.get("x-amz-invocation-type", "RequestResponse")
        if kind == "DryRun":
            return HttpResponse(204, b"")
        if kind == "Event":
            threading.Thread(target=self.call, args=(function, reference, event), daemon=True).start()
            return HttpResponse(202, b"")
        body, failed, log = self.call(function, reference, event)
        headers = {"content-type": "application/json", "X-Amz-Executed-Version": reference.version}
        if failed:
            headers["X-Amz-Function-Error"] = "Unhandled"
        if request.headers.get("x-amz-log-type") == "Tail":
            headers["X-Amz-Log-Result"] = base64.b64encode("\n".join(log).encode()[-TAIL:]).decode()
        return HttpResponse(200, body, headers)

    def invoke_async(self, request: HttpRequest, name: str) -> HttpResponse:
        """InvokeAsync, the older form of an invocation that nobody waits for."""
        headers = {**request.headers, "x-amz-invocation-type": "Event"}
        return self.invoke(HttpRequest("POST", request.path, request.query, headers, request.body), name)

    def call(self, function: Function, reference: Reference, event: Any) -> tuple[bytes, bool, list[str]]:
        """Call a function: its answer, whether that is an error, and its log. LambdaError if it cannot be."""
        log: list[str] = []

        def note(line: str) -> None:
            log.append(line)
            self.show(function.name, line)

        try:
            context = context_of(function, reference)
            if function.unusable:
                raise FunctionError(
                    {"errorType": "Runtime.InvalidEntrypoint", "errorMessage": function.unusable}
                )
            if function.callable is not None:
                answer: bytes | str = call_here(function.callable, function.takes_context, event, context)
            else:
                answer = self.workers.invoke(function, event, context, lambda stop: None, note)
            body = answer.encode("utf-8", "surrogatepass") if isinstance(answer, str) else answer
            if len(body) > MAX_RESPONSE:
                raise response_too_large()
            return body, False, log
        except FunctionError as failed:
            return json.dumps(failed.error, separators=(",", ":")).encode(), True, log
        except TooManyRequests:
            raise LambdaError(429, "TooManyRequestsException", "Rate Exceeded.") from None
        except (UsageError, StateError) as mistake:
            raise LambdaError(502, "InvalidRuntimeException", str(mistake)) from None


def _event(body: bytes) -> Any:
    try:
        return from_json_text(body.decode()) if body else {}
    except (ValueError, RecursionError) as wrong:
        message = f"Could not parse request body into json: {wrong}"
        raise LambdaError(400, "InvalidRequestContentException", message) from None


def _qualifier(request: HttpRequest, name: str) -> str | None:
    given = parse_qs(request.query).get("Qualifier")
    rest = name.partition("function:")[2] or name
    return given[0] if given else rest.partition(":")[2] or None
