"""Lambda functions as Tasks call them: by ARN or name, or through `lambda:invoke`.

Documentation: "Invoke an AWS Lambda function with Step Functions"; results, errors and the spacing of
causes as recorded.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

from aslrun.errors import FatalStateError, StateError, UsageError
from aslrun.integrations import worker_main
from aslrun.integrations.functions import Function, Functions, split_name
from aslrun.integrations.registry import Call
from aslrun.integrations.worker import FunctionError, Workers, new_request_id
from aslrun.interpreter.quota import PAYLOAD_LIMIT, data_limit_exceeded
from aslrun.values import JSON, from_json_text, to_json_text

_INVOKE = re.compile(r"arn:[^:]+:states:[^:]*:[^:]*:lambda:invoke")
_DIRECT = re.compile(r"arn:[^:]+:lambda:[^:]*:\d*:function:.+|[^:]+(:[^:]+)?")
_ACCOUNT = "arn:aws:lambda:us-east-1:123456789012:function:"


class LambdaFunctions:
    """Answers Tasks that call Lambda functions, with the functions of a table."""

    def __init__(self, functions: Functions, workers: Workers | None = None) -> None:
        self.functions = functions
        self.workers = workers or Workers()

    def matches(self, call: Call) -> bool:
        return bool(_INVOKE.fullmatch(call.resource) or _DIRECT.fullmatch(call.resource))

    def invoke(self, call: Call) -> JSON:
        """Call the function that the Task names; StateError with Lambda's error name when it fails."""
        if _INVOKE.fullmatch(call.resource):
            return self._through_service(call)
        body = self._run(self.functions.find(call.resource), call.resource, call.arguments, call, ", ")
        return _limited(body, arn_of(call.resource))

    def close(self) -> None:
        self.workers.close()

    def _through_service(self, call: Call) -> JSON:
        parameters = call.arguments if isinstance(call.arguments, dict) else {}
        name = parameters.get("FunctionName")
        if not isinstance(name, str):
            told = to_json_text(call.arguments)
            raise FatalStateError(
                f"The Parameters '{told}' could not be used to start the Task:"
                " [The field 'FunctionName' is required but was missing]"
            )
        qualifier = parameters.get("Qualifier")
        text = f"{name}:{qualifier}" if isinstance(qualifier, str) else name
        payload = _payload(parameters.get("Payload"))
        request_id = new_request_id()
        body = self._run(self._existing(text), text, payload, call, ",")
        return {
            "ExecutedVersion": "$LATEST",
            "Payload": _limited(body, "lambda"),
            "SdkHttpMetadata": {"AllHttpHeaders": {}, "HttpHeaders": {}, "HttpStatusCode": 200},
            "SdkResponseMetadata": {"RequestId": request_id},
            "StatusCode": 200,
        }

    def _existing(self, text: str) -> Function:
        try:
            return self.functions.find(text)
        except UsageError:
            name, qualifier = split_name(text)
            raise StateError(
                "Lambda.ResourceNotFoundException",
                f"Function not found: {_ACCOUNT}{name}:{qualifier} (Service: AWSLambda; Status Code: 404;"
                f" Error Code: ResourceNotFoundException; Request ID: {new_request_id()}; Proxy: null)",
            ) from None

    def _run(self, function: Function, text: str, event: JSON, call: Call, comma: str) -> str:
        """Return the JSON text that the function answers. `comma` tells how a cause is spaced (recorded)."""
        context = context_of(function, text)
        try:
            if function.callable is not None:
                return call_here(function.callable, function.takes_context, event, context)
            body = self.workers.invoke(function, event, context, call.on_cancel)
        except FunctionError as failed:
            told = {"errorMessage": "", "errorType": "", **failed.error}
            cause = json.dumps(told, ensure_ascii=False, separators=(comma, comma.replace(",", ":")))
            raise StateError(told["errorType"], cause) from None
        return body if isinstance(body, str) else body.decode("utf-8", "replace")


def _payload(payload: JSON) -> JSON:
    """Return the event of a Payload: null is `{}`, and a text is taken as JSON text (recorded)."""
    if payload is None:
        return {}
    if not isinstance(payload, str):
        return payload
    try:
        return from_json_text(payload)
    except ValueError as wrong:
        raise StateError(
            "Lambda.InvalidRequestContentException",
            f"Could not parse request body into json: {wrong} (Service: AWSLambda; Status Code: 400;"
            f" Error Code: InvalidRequestContentException; Request ID: {new_request_id()}; Proxy: null)",
        ) from None


def _limited(body: str, who: str) -> JSON:
    """Return the value of a response, unless it is larger than a state's result may be."""
    if len(body) > PAYLOAD_LIMIT or len(body.encode("utf-8", "surrogatepass")) > PAYLOAD_LIMIT:
        raise data_limit_exceeded(who)
    try:
        return from_json_text(body)
    except (ValueError, RecursionError):
        return body


def arn_of(text: str) -> str:
    """Return the ARN of a function that is named by ARN or by name alone."""
    return text if text.startswith("arn:") else f"{_ACCOUNT}{text}"


def context_of(function: Function, text: str) -> dict[str, Any]:
    """Return what the context object of an invocation is made of."""
    _, version = split_name(text)
    return {
        "function": function.name,
        "version": version,
        "arn": arn_of(text),
        "memory": function.memory,
        "request_id": new_request_id(),
        "timeout": function.timeout,
    }


def call_here(function: Callable[..., Any], takes_context: bool, event: JSON, context: dict[str, Any]) -> str:
    """Call a callable of this process as a worker would call a handler; FunctionError when it raises.

    The event is a copy, so that nothing that flows between states can be changed.
    """
    event = json.loads(to_json_text(event))
    try:
        arguments = (worker_main.LambdaContext(**context),) if takes_context else ()
        result = function(event, *arguments)
    except Exception as exception:
        raise FunctionError({**worker_main.error_of(exception), "requestId": context["request_id"]}) from None
    except SystemExit as left:
        message = f"Runtime exited with error: exit status {left.code or 0}"
        raise FunctionError(worker_main.runtime_error("ExitError", message)) from None
    if isinstance(result, (bytes, bytearray)):
        return bytes(result).decode("utf-8", "replace")
    try:
        return worker_main.to_response(result)
    except (TypeError, ValueError, RecursionError) as wrong:
        raise FunctionError(worker_main.marshal_error(wrong)) from None
