"""One service that Tasks call: its model, and calls through botocore, whatever comes back.

Where a call goes is the client's business. Everything that can come out of one is caught here: moto is no
AWS, and an endpoint may be anything.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol
from uuid import uuid4

from aslrun.errors import UsageError
from aslrun.services.faults import Fault, Unreachable, error_shapes

ATTEMPTS = 3
"""How often the SDKs send a request that is throttled."""
THROTTLED = frozenset(
    """
    BandwidthLimitExceeded EC2ThrottledException PriorRequestNotComplete
    ProvisionedThroughputExceededException RequestLimitExceeded RequestThrottled RequestThrottledException
    SlowDown ThrottledException Throttling ThrottlingException TooManyRequestsException
    TransactionInProgressException
    """.split()  # noqa: SIM905
)
"""The codes by which the SDKs know that a request is throttled."""


class Clients(Protocol):
    """Where calls go."""

    def client(self, service: str) -> Any:
        """Return botocore's client of a service, in botocore's writing: `emr-serverless`."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a service answered, as botocore parsed it."""

    result: Mapping[str, Any]
    status: int
    request_id: str


class Api:
    """A service's model and a client of it."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self.model = client.meta.service_model
        self._methods = {api: method for method, api in client.meta.method_to_api_mapping.items()}
        self.actions = {name.lower(): name for name in self.model.operation_names}

    @cached_property
    def error_shapes(self) -> dict[str, str]:
        """The names of its errors by their codes."""
        return error_shapes(self.model)

    def operation(self, action: str) -> Any:
        """Return botocore's model of an action, whatever case it is written in; KeyError if it has none."""
        return self.model.operation_model(self.actions[action.lower()])

    def send(self, operation: Any, parameters: Mapping[str, Any]) -> Answer:
        """Call an action and return the answer.

        Raises Fault for a service's error, Unreachable where no answer came, UsageError for what is no
        service's doing.
        """
        method = getattr(self._client, self._methods[operation.name])
        for attempt in range(1, ATTEMPTS + 1):
            try:
                return _answer_of(self._call(method, operation, parameters))
            except Fault as fault:
                # botocore has tried again by itself, unless it was told not to: then at once.
                if fault.attempts > 1 or fault.code not in THROTTLED or attempt == ATTEMPTS:
                    fault.attempts = max(fault.attempts, attempt)
                    raise
        raise AssertionError

    def _call(self, method: Callable[..., Any], operation: Any, parameters: Mapping[str, Any]) -> Any:
        from botocore import exceptions, parsers

        try:
            answered = method(**parameters)
            if not operation.has_streaming_output:
                _check_answer(answered)
            return answered
        except exceptions.ClientError as failed:
            _check_answer(failed.response)
            raise _fault_of(failed.response, operation.name) from None
        except exceptions.ParamValidationError as wrong:
            raise refusal([str(wrong.kwargs["report"])]) from None
        except (exceptions.NoCredentialsError, exceptions.CredentialRetrievalError) as missing:
            raise UsageError(f"{self.name} cannot be called: {missing}") from None
        except (exceptions.HTTPClientError, exceptions.ConnectionError) as failed:
            raise Unreachable(f"Unable to execute HTTP request: {_reason(failed)}") from None
        except parsers.ResponseParserError as failed:
            raise Unreachable(f"Unable to unmarshall response ({failed})") from None
        except exceptions.BotoCoreError as failed:
            raise Unreachable(str(failed)) from None
        except (UsageError, Unreachable):
            raise
        except Exception as broken:
            raise UsageError(self._not_answered(operation.name, broken)) from broken

    @property
    def name(self) -> str:
        """The service as botocore calls it."""
        name: str = self.model.service_name
        return name

    def _not_answered(self, action: str, broken: Exception) -> str:
        what = f"{self.name}:{action[:1].lower()}{action[1:]}"
        if isinstance(broken, NotImplementedError):
            why = f"the local AWS does not have {what}"
        else:
            why = f"the local AWS broke down on {what} ({type(broken).__name__}: {broken})"
        return f"{why}; mock the Task, or give --aws an endpoint that has it"


def refusal(problems: list[str]) -> Fault:
    """Return what a service says of parameters that its model does not allow."""
    count = f"{len(problems)} validation error{'s' if len(problems) > 1 else ''} detected"
    return Fault("ValidationException", f"{count}: {'; '.join(problems)}", 400, new_request_id())


def new_request_id() -> str:
    """Return the id of a request that never went out."""
    return str(uuid4())


def _check_answer(response: Mapping[str, Any]) -> None:
    """Raise Unreachable for a page in place of an answer: botocore takes it for one that has no members."""
    headers = response.get("ResponseMetadata", {}).get("HTTPHeaders", {})
    is_empty = len(response) == 1 or str(response.get("Error", {}).get("Code", "")).isdigit()
    if is_empty and "text/html" in headers.get("content-type", ""):
        raise Unreachable("Unable to unmarshall response: an HTML page was answered")


def _answer_of(response: Mapping[str, Any]) -> Answer:
    told = response.get("ResponseMetadata", {})
    result = {name: value for name, value in response.items() if name != "ResponseMetadata"}
    return Answer(result, told.get("HTTPStatusCode", 200), told.get("RequestId") or new_request_id())


def _fault_of(response: Mapping[str, Any], operation: str) -> Fault:
    error, told = response.get("Error", {}), response.get("ResponseMetadata", {})
    code = str(error.get("Code", "Unknown"))
    return Fault(
        _WITHOUT_BODY.get((operation, code), code),
        str(error.get("Message", "")),
        told.get("HTTPStatusCode", 400),
        told.get("RequestId") or new_request_id(),
        told.get("HostId") or None,
        told.get("RetryAttempts", 0) + 1,
        error.get("QueryErrorCode", ""),
    )


_WITHOUT_BODY = {("HeadObject", "404"): "NoSuchKey", ("HeadBucket", "404"): "NoSuchBucket"}
"""Answers to HEAD have no body that would name the error: (operation, status) → error, as the SDK has it."""


def _reason(failed: Any) -> str:
    cause = failed.kwargs.get("error")
    return str(failed) if cause is None else f"{failed.kwargs.get('endpoint_url', '')}: {cause}".strip(": ")
