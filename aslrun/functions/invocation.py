"""Lambda functions as Tasks call them: by ARN or name, or through `lambda:invoke`.

Documentation: "Invoke an AWS Lambda function with Step Functions"; results, errors and the spacing of
causes as recorded.
"""

from __future__ import annotations

import json
import re
from functools import lru_cache
from pathlib import Path
from typing import Any

from aslrun.drivers.calls import Call, Submitted
from aslrun.errors import FatalStateError, StateError, UsageError
from aslrun.expressions import is_query
from aslrun.functions.function import (
    Function,
    Handler,
    Reference,
    function_name,
    is_name,
    is_qualifier,
    parse_reference,
)
from aslrun.functions.log import Log, Show, show_on_stderr
from aslrun.functions.missing import check_imports
from aslrun.functions.notes import notes_of
from aslrun.functions.programs.python.context import LambdaContext
from aslrun.functions.programs.python.encoding import escapes_all, make_encoder
from aslrun.functions.programs.python.errors import error_of
from aslrun.functions.programs.python.main import encode
from aslrun.functions.steps import Steps, run
from aslrun.functions.table import Functions
from aslrun.functions.tracing import function_part, header_for
from aslrun.functions.worker import FunctionError, exit_error, new_request_id
from aslrun.functions.workers import TooManyRequests, Workers
from aslrun.interpreter.quota import PAYLOAD_LIMIT, data_limit_exceeded
from aslrun.states.resource import ARN_PART
from aslrun.values import JSON, from_json_text, to_json_text

MAX_RESPONSE = 6_291_556
"""Bytes that Lambda takes as a function's response."""
_OWN = str(Path(__file__).parent.parent / "_")[:-1]
# As the Python that runs would: what AWS_EXECUTION_ENV tells is another function's.
_to_json = make_encoder(escapes_all(""))
_read = json.JSONDecoder().raw_decode
NAME_PATTERN = (
    r"(arn:(aws[a-zA-Z-]*)?:lambda:)?([a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1}:)?(\d{12}:)?(function:)?"
    r"([a-zA-Z0-9-_\.]+)(:(\$LATEST(\.PUBLISHED)?|[a-zA-Z0-9-_]+))?"
)
"""What Lambda takes as FunctionName (API reference: Invoke)."""
_TOKEN = ".waitForTaskToken"
_INVOKE = re.compile(rf"arn:{ARN_PART}+:states:{ARN_PART}*:{ARN_PART}*:lambda:invoke(?:{re.escape(_TOKEN)})?")
_DIRECT = re.compile(
    rf"arn:{ARN_PART}+:lambda:{ARN_PART}*:(?:\d*|\$\{{[^{{}}]*\}}):function:.+|{ARN_PART}+(:{ARN_PART}+)?"
)


@lru_cache(maxsize=1024)
def is_invoke(resource: str) -> bool:
    """Tell whether a Resource calls functions through `lambda:invoke`."""
    return _INVOKE.fullmatch(resource) is not None


@lru_cache(maxsize=1024)
def is_direct(resource: str) -> bool:
    """Tell whether a Resource is a function itself."""
    return _DIRECT.fullmatch(resource) is not None


class LambdaFunctions:
    """Answers Tasks that call Lambda functions, with the functions of a table.

    `show` is given each line that they print; without `quota` Lambda's limits on sizes are lifted.
    """

    def __init__(
        self,
        functions: Functions,
        workers: Workers | None = None,
        *,
        show: Show = show_on_stderr,
        quota: bool = True,
    ) -> None:
        self.functions = functions
        self.workers = workers or Workers()
        self.show = show
        self.quota = quota
        self._told: set[str] = set()

    def matches(self, call: Call) -> bool:
        return is_invoke(call.resource) or is_direct(call.resource)

    def knows(self, call: Call) -> bool:
        """Tell whether the function of a call is there, where its name is written in the definition."""
        if not self.matches(call):
            return False
        name: JSON = call.resource
        if is_invoke(call.resource):
            name = call.arguments.get("FunctionName") if isinstance(call.arguments, dict) else None
        return not isinstance(name, str) or is_query(name) or self.functions.has(name)

    def seconds(self, call: Call) -> float | None:
        """Return 0 for a function whose answers are given, None for one that really works."""
        if not self.functions.at_once:
            return None
        name: JSON = call.resource
        if is_invoke(call.resource):
            name = call.arguments.get("FunctionName") if isinstance(call.arguments, dict) else None
        return 0 if isinstance(name, str) and function_name(name) in self.functions.at_once else None

    def invoke(self, call: Call) -> JSON | Submitted:
        """Call the function that the Task names; StateError with Lambda's error name when it fails."""
        if is_invoke(call.resource):
            result = self._through_service(call)
            return Submitted(result) if call.resource.endswith(_TOKEN) else result
        reference = parse_reference(call.resource)
        body = run(self._run(self.functions.find(call.resource), reference, call.arguments, call, ", "))
        return self._value(body, reference.arn)

    def invoke_function(self, name: str, event: JSON) -> JSON:
        """Call the function of a name or an ARN, whatever a state machine's limits are; as `invoke`."""
        return run(self.invoke_in_steps(name, event))

    def invoke_in_steps(self, name: str, event: JSON, trace: str | None = None) -> Steps[JSON]:
        """As `invoke_function`, for an event loop. `trace` is the tracing header that it is called with."""
        call, reference = Call(name, event, ""), parse_reference(name)
        body = yield from self._run(self.functions.find(name), reference, event, call, ", ", trace)
        return value_of(body)

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
        reference = parse_reference(f"{name}:{qualifier}" if isinstance(qualifier, str) else name)
        payload = _payload(parameters.get("Payload"))
        body = run(self._run(self._existing(reference), reference, payload, call, ","))
        return {
            "ExecutedVersion": reference.version,
            "Payload": self._value(body, "lambda"),
            "SdkHttpMetadata": {"AllHttpHeaders": {}, "HttpHeaders": {}, "HttpStatusCode": 200},
            "SdkResponseMetadata": {"RequestId": new_request_id()},
            "StatusCode": 200,
        }

    def _existing(self, reference: Reference) -> Function:
        if reference.qualifier is not None and not is_qualifier(reference.qualifier):
            raise validation_error("functionName", f"{reference.name}:{reference.qualifier}")
        name = reference.name if reference.qualifier is None else reference.arn
        if self.functions.has(name):
            return self.functions.find(name)
        if not is_name(reference.name):
            raise validation_error("functionName", reference.name)
        arn = f"{reference.prefix}{reference.name}:{reference.qualifier or '$LATEST'}"
        raise service_error(404, "ResourceNotFoundException", f"Function not found: {arn}")

    def _run(
        self,
        function: Function,
        reference: Reference,
        event: JSON,
        call: Call,
        comma: str,
        trace: str | None = None,
    ) -> Steps[str]:
        """Return the JSON text that the function answers. `comma` tells how a cause is spaced (recorded)."""
        if "${" in reference.prefix + reference.name:  # found by a placeholder's name
            reference = Reference(function.name, reference.qualifier)
        try:
            context = context_of(function, reference)
            context = traced(context, call) if trace is None else {**context, "trace": trace}
            body = yield from self._body(function, context, event, call)
            if self.quota and is_longer(body, MAX_RESPONSE):
                raise response_too_large()
        except FunctionError as failed:
            # A Node.js client's own JSON text is compact, however the function was called.
            comma = "," if "trace" in failed.error else comma
            cause = json.dumps(failed.error, ensure_ascii=False, separators=(comma, comma.replace(",", ":")))
            raise StateError(failed.error["errorType"], cause) from None
        except TooManyRequests:
            raise service_error(429, "TooManyRequestsException", "Rate Exceeded.") from None
        return body

    def _body(self, function: Function, context: dict[str, Any], event: JSON, call: Call) -> Steps[str]:
        if function.callable is not None:
            yield None
            return call_here(function.callable, function.takes_context, event, context)
        self._tell_notes(function)
        try:
            body = yield from self.workers.invoke(
                function,
                event,
                context,
                call.on_cancel,
                self._log(function.name, call),
                call.note,
            )
        except FunctionError as failed:
            yield None  # files may be looked for
            if hint := check_imports(function, failed.error):
                self.show(function.name, hint)
            raise
        return body if isinstance(body, str) else body.decode("utf-8", "replace")

    def _tell_notes(self, function: Function) -> None:
        if function.name not in self._told:
            self._told.add(function.name)
            for note in notes_of(function, self.workers.surroundings.resolves):
                self.show(function.name, note)

    def _log(self, function: str, call: Call) -> Log:
        def log(line: str) -> None:
            call.log.append(line)
            self.show(function, line)

        return log

    def _value(self, body: str, who: str) -> JSON:
        """Return the value of a response, unless it is larger than a state's result may be."""
        if self.quota and is_longer(body, PAYLOAD_LIMIT):
            raise data_limit_exceeded(who)
        return value_of(body)


def is_longer(text: str, limit: int) -> bool:
    """Tell whether a text has more than `limit` bytes in UTF-8; one that is short is not written for it."""
    return len(text) * 4 > limit and len(text.encode("utf-8", "surrogatepass")) > limit


def value_of(body: str) -> JSON:
    """Return the value of a response; one that is not JSON is itself."""
    try:
        return from_json_text(body)
    except (ValueError, RecursionError):
        return body


def service_error(status: int, code: str, message: str) -> StateError:
    """Return an error that the Lambda service itself answers, in the words of its Java SDK (recorded)."""
    return StateError(
        f"Lambda.{code}",
        f"{message} (Service: AWSLambda; Status Code: {status}; Error Code: {code};"
        f" Request ID: {new_request_id()}; Proxy: null)",
    )


def validation_error(member: str, value: str) -> StateError:
    """Return the error of a request that Lambda does not take. Its SDK has no class of its own for it."""
    told = service_error(
        400,
        "ValidationException",
        f"1 validation error detected: Value '{value}' at '{member}' failed to satisfy constraint: Member"
        " must satisfy regular expression pattern: " + NAME_PATTERN,
    )
    return StateError("Lambda.AWSLambdaException", told.cause)


def response_too_large() -> FunctionError:
    """Return Lambda's error for a response that it does not take."""
    message = f"Response payload size exceeded maximum allowed payload size ({MAX_RESPONSE} bytes)."
    return FunctionError({"errorType": "Function.ResponseSizeTooLarge", "errorMessage": message})


def _payload(payload: JSON) -> JSON:
    """Return the event of a Payload: null is `{}`, and a text is taken as JSON text (recorded)."""
    if payload is None:
        return {}
    if not isinstance(payload, str):
        return payload
    try:
        return from_json_text(payload)
    except ValueError as wrong:
        message = f"Could not parse request body into json: {wrong}"
        raise service_error(400, "InvalidRequestContentException", message) from None


def traced(context: dict[str, Any], call: Call) -> dict[str, Any]:
    """Return a context with the tracing header of the call's execution, where somebody takes its trace."""
    execution = call.execution
    if execution is None or not execution.is_traced:
        return context
    return {**context, "trace": header_for(execution, function_part(call.event))}


def context_of(function: Function, reference: Reference) -> dict[str, Any]:
    """Return what the context object of an invocation is made of."""
    return {
        "function": function.name,
        "version": reference.version,
        "arn": reference.arn,
        "memory": function.memory_size,
        "request_id": new_request_id(),
        "timeout": function.time_limit,
    }


def call_here(function: Handler, takes_context: bool, event: JSON, context: dict[str, Any]) -> str:
    """Call a callable of this process as a worker would call a handler; FunctionError when it raises.

    The event is a copy, so that nothing that flows between states can be changed.
    """
    event, _ = _read(to_json_text(event), 0)
    request_id = context["request_id"]
    try:
        result = function(event, *((LambdaContext(**context),) if takes_context else ()))
        kind, body = encode(result, _to_json)
    except UsageError:
        raise  # of a test that has no more answers: no error of the function's
    except Exception as exception:
        raise FunctionError(error_of(exception, request_id, _is_own)) from None
    except SystemExit as left:
        raise exit_error(request_id, exit_status(left)) from None
    return body.decode("utf-8", "replace" if kind == b"B" else "strict")


def exit_status(left: SystemExit) -> int:
    """Return the status that a process ends with."""
    return left.code & 0xFF if isinstance(left.code, int) else int(left.code is not None)


def _is_own(file: str) -> bool:
    return file.startswith(_OWN)
