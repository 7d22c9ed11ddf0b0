"""Invoke: a function called through the API."""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Callable, Mapping
from typing import Any

from aslrun.errors import StateError, UsageError
from aslrun.functions.function import Function, Reference
from aslrun.functions.invocation import (
    MAX_RESPONSE,
    call_here,
    context_of,
    response_too_large,
)
from aslrun.functions.log import Show
from aslrun.functions.steps import Steps, run
from aslrun.functions.worker import FunctionError, new_request_id
from aslrun.functions.workers import TooManyRequests, Workers
from aslrun.server.app import HttpRequest, HttpResponse
from aslrun.server.lambda_api.deployed import LATEST, Deployed
from aslrun.server.lambda_api.errors import LambdaError, not_found
from aslrun.server.lambda_api.operations import bare_name, qualifier_of
from aslrun.server.protocol import place_of
from aslrun.values import JSON, from_json_text

MOST_SYNCHRONOUS, MOST_ASYNCHRONOUS = 6_291_556, 1_048_576
"""Bytes of an event. Documentation: Lambda quotas."""
TAIL = 4_096
"""Bytes of the log that `LogType: Tail` gives."""


class Calls:
    """Calls functions. `find` returns the function of a name and a version, and None where there is none.

    `later` has what nobody waits for called: (ARN, event, id of the request, its headers).
    """

    def __init__(
        self, deployed: Deployed, find: Callable[[str, str], Function | None], workers: Workers, show: Show
    ) -> None:
        self.deployed = deployed
        self.find = find
        self.later: Callable[[str, JSON, str, Mapping[str, str]], None] | None = None
        self.workers = workers
        self.show = show

    def invoke(self, request: HttpRequest, name: str) -> Steps[HttpResponse]:
        """Invoke: waits for the answer, or not, or only looks whether it could be called."""
        if not self.deployed.store.is_at_hand:
            yield None
        place = place_of(request.headers)
        prefix = f"arn:aws:lambda:{place.region}:{place.account}:function:"
        qualifier = qualifier_of(request, name)
        reference = Reference(bare_name(name), qualifier, prefix)
        function, version = self.found(reference)
        event = _event(request.body)
        kind = request.headers.get("x-amz-invocation-type", "RequestResponse")
        if kind == "DryRun":
            return HttpResponse(204, b"")
        if kind == "Event":
            if len(request.body) > MOST_ASYNCHRONOUS:
                raise too_large(len(request.body), MOST_ASYNCHRONOUS)
            id = new_request_id()
            if self.later is not None:
                self.later(reference.arn, event, id, request.headers)
            else:
                given = (function, reference, event, version)
                threading.Thread(target=lambda: run(self.call(*given)), daemon=True).start()
            return HttpResponse(202, b"", {"x-amzn-RequestId": id})
        if len(request.body) > MOST_SYNCHRONOUS:
            raise too_large(len(request.body), MOST_SYNCHRONOUS)
        trace = request.headers.get("x-amzn-trace-id")
        body, failed, log = yield from self.call(function, reference, event, version, trace)
        headers = {"content-type": "application/json", "X-Amz-Executed-Version": version}
        if failed:
            headers["X-Amz-Function-Error"] = "Unhandled"
        if request.headers.get("x-amz-log-type") == "Tail":
            headers["X-Amz-Log-Result"] = base64.b64encode("\n".join(log).encode()[-TAIL:]).decode()
        return HttpResponse(200, body, headers)

    def invoke_async(self, request: HttpRequest, name: str) -> Steps[HttpResponse]:
        """InvokeAsync, the older form of an invocation that nobody waits for."""
        headers = {**request.headers, "x-amz-invocation-type": "Event"}
        return self.invoke(HttpRequest("POST", request.path, request.query, headers, request.body), name)

    def found(self, reference: Reference) -> tuple[Function, str]:
        """Return what a reference leads to this time, and the version; LambdaError if it leads nowhere."""
        version = self.deployed.version_of(reference.name, reference.qualifier)
        function = None if version is None else self.find(reference.name, version)
        if function is None or version is None:
            raise not_found(reference.arn)
        return function, version

    def call(
        self,
        function: Function,
        reference: Reference,
        event: Any,
        version: str = LATEST,
        trace: str | None = None,
    ) -> Steps[tuple[bytes, bool, list[str]]]:
        """Call a function: its answer, whether that is an error, and its log. LambdaError if it cannot be.

        `trace` is the tracing header that it was called with.
        """
        log: list[str] = []

        def note(line: str) -> None:
            log.append(line)
            self.show(function.name, line)

        try:
            context = {**context_of(function, reference), "version": version}
            if function.unusable:
                raise FunctionError(
                    {"errorType": "Runtime.InvalidEntrypoint", "errorMessage": function.unusable}
                )
            if function.callable is not None:
                yield None
                answer: bytes | str = call_here(function.callable, function.takes_context, event, context)
            else:
                told = context if trace is None else {**context, "trace": trace}
                answer = yield from self.workers.invoke(function, event, told, lambda stop: None, note)
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


def too_large(size: int, most: int) -> LambdaError:
    """Return the error for an event that is too large."""
    message = f"{size} byte payload is too large for the Event invocation type (limit {most} bytes)"
    if most == MOST_SYNCHRONOUS:
        message = f"Request must be smaller than {most} bytes for the InvokeFunction operation"
    return LambdaError(413, "RequestTooLargeException", message)


def _event(body: bytes) -> Any:
    try:
        return from_json_text(body.decode()) if body else {}
    except (ValueError, RecursionError) as wrong:
        message = f"Could not parse request body into json: {wrong}"
        raise LambdaError(400, "InvalidRequestContentException", message) from None
