"""Step Functions and Lambda on the local AWS, as handlers call them: of these two, what a run answers itself.

Task tokens are answered, executions of the machines beside this one begun, and functions invoked. API
references: SendTaskSuccess, SendTaskFailure, SendTaskHeartbeat, StartExecution; Invoke.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Protocol
from urllib.parse import unquote

from aslrun.errors import StateError, UsageError
from aslrun.services.wire import Request, Response, error_response
from aslrun.values import JSON, from_json_text, to_json_text

_TOKEN = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_INVOKE = re.compile(r"/2015-03-31/functions/(?P<name>[^/]+)/invocations")


class Tokens(Protocol):
    """Takes answers to task tokens, from any thread; False if nothing waits for one."""

    def answer_token(self, token: str, output: JSON, failure: StateError | None = None) -> bool: ...
    def beat(self, token: str) -> bool: ...


Begin = Callable[[str, JSON, str | None], "tuple[str, float]"]
"""(ARN of a machine, input, name) → the execution's ARN, and when it began. Raises StateError."""


class StepFunctions:
    """Answers requests to Step Functions."""

    def __init__(self, tokens: Callable[[], Tokens | None], begin: Begin) -> None:
        self._tokens = tokens
        self._begin = begin

    def answer(self, request: Request) -> Response:
        """Return the answer to a request; an error for an operation that only `aslrun serve` has."""
        try:
            given = json.loads(request.body or b"{}")
        except ValueError:
            return error_response(request, "SerializationException", "the body is no JSON")
        operations = {
            "SendTaskSuccess": self._success,
            "SendTaskFailure": self._failure,
            "SendTaskHeartbeat": self._heartbeat,
            "StartExecution": self._start,
        }
        operation = operations.get(request.operation)
        if operation is None or not isinstance(given, dict):
            told = f"{request.operation or 'this'} is answered by `aslrun serve`, not in a single run"
            return error_response(request, "UnsupportedOperation", told)
        return operation(request, given)

    def _success(self, request: Request, given: Mapping[str, JSON]) -> Response:
        try:
            output = from_json_text(str(given.get("output")))
        except ValueError:
            told = f"Invalid Output: '{given.get('output')}'"
            return error_response(request, "InvalidOutput", told)
        return self._settled(request, given, output, None)

    def _failure(self, request: Request, given: Mapping[str, JSON]) -> Response:
        error, cause = given.get("error"), given.get("cause")
        failure = StateError(
            error if isinstance(error, str) else None, cause if isinstance(cause, str) else None
        )
        return self._settled(request, given, None, failure)

    def _settled(
        self, request: Request, given: Mapping[str, JSON], output: JSON, failure: StateError | None
    ) -> Response:
        tokens, token = self._tokens(), str(given.get("taskToken"))
        if tokens is not None and tokens.answer_token(token, output, failure):
            return _answered({})
        return _no_task(request, token)

    def _heartbeat(self, request: Request, given: Mapping[str, JSON]) -> Response:
        tokens, token = self._tokens(), str(given.get("taskToken"))
        return _answered({}) if tokens is not None and tokens.beat(token) else _no_task(request, token)

    def _start(self, request: Request, given: Mapping[str, JSON]) -> Response:
        name = given.get("name")
        try:
            input = from_json_text(str(given.get("input", "{}")))
            arn, began = self._begin(
                str(given.get("stateMachineArn")), input, name if isinstance(name, str) else None
            )
        except ValueError:
            told = f"Invalid State Machine Execution Input: '{given.get('input')}'"
            return error_response(request, "InvalidExecutionInput", told)
        except StateError as refused:
            code = (refused.error or "").removeprefix("StepFunctions.").removesuffix("Exception")
            return error_response(request, code, (refused.cause or "").partition(" (Service:")[0])
        return _answered({"executionArn": arn, "startDate": began})


def _answered(told: JSON) -> Response:
    return Response(200, {"content-type": "application/x-amz-json-1.0"}, to_json_text(told).encode())


def _no_task(request: Request, token: str) -> Response:
    if _TOKEN.fullmatch(token):
        told = "Task Timed Out: 'Provided task does not exist anymore'"
        return error_response(request, "TaskTimedOut", told)
    return error_response(request, "InvalidToken", "Invalid Token: 'Invalid token'")


class Lambda:
    """Answers requests to Lambda: Invoke, of the functions that a run has."""

    def __init__(self, invoke: Callable[[str, JSON], JSON]) -> None:
        self._invoke = invoke

    def answer(self, request: Request) -> Response:
        """Return the answer to a request; an error for an operation that only `aslrun serve` has."""
        match = _INVOKE.fullmatch(request.path)
        if match is None or request.method != "POST":
            told = f"{request.method} {request.path} is answered by `aslrun serve`, not in a single run"
            return error_response(request, "UnsupportedOperation", told)
        name, kind = unquote(match["name"]), request.headers.get("x-amz-invocation-type", "RequestResponse")
        if kind == "DryRun":
            return Response(204)
        try:
            event = from_json_text(request.body.decode()) if request.body else {}
        except ValueError:
            told = "Could not parse request body into json"
            return error_response(request, "InvalidRequestContentException", told)
        try:
            result, failed = self._invoke(name, event), {}
        except UsageError as nowhere:
            return error_response(request, "ResourceNotFoundException", str(nowhere), 404)
        except StateError as failure:
            result, failed = _cause(failure), {"x-amz-function-error": "Unhandled"}
        headers = {"content-type": "application/json", "x-amz-executed-version": "$LATEST", **failed}
        if kind == "Event":
            return Response(202, headers)
        return Response(200, headers, to_json_text(result).encode())


def _cause(failure: StateError) -> JSON:
    try:
        return from_json_text(failure.cause or "")
    except ValueError:
        return {"errorType": failure.error, "errorMessage": failure.cause}
