"""What goes wrong with a call, in the names and words that Retry, Catch and a history see.

AWS SDK integrations tell it as the AWS SDK for Java 2 does (`DynamoDb.ResourceNotFoundException`), optimized
ones as its first version does (`SQS.AmazonSQSException`); both as recorded.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from aslrun.errors import StateError
from aslrun.services.names import exception, sdk_exception, service_class


@dataclass(eq=False)
class Fault(Exception):
    """What a service answered in place of a result; `status` is HTTP's, `attempts` how often it was asked.

    `extended_id` is S3's second id of a request; `query_code` the newer code of a service that keeps the one
    it had before, as SQS does.
    """

    code: str
    message: str
    status: int
    request_id: str
    extended_id: str | None = None
    attempts: int = 1
    query_code: str = ""


@dataclass(eq=False)
class Unreachable(Exception):
    """A call that no answer came to, or none that could be read; `reason` in the SDKs' words."""

    reason: str


@dataclass(frozen=True, slots=True)
class ErrorNames:
    """How one kind of integration names and words the errors of one service.

    `unmodelled` is the class of errors that the service's model does not have, `tell` makes a cause.
    """

    prefix: str
    unmodelled: str
    class_of: Callable[[str], str]
    tell: Callable[[Fault], str]

    def error_of(self, fault: Fault | Unreachable, shapes: Mapping[str, str]) -> StateError:
        """Return the error; `shapes` are the names of the model's errors by their codes."""
        if isinstance(fault, Unreachable):
            return StateError(f"{self.prefix}.SdkClientException", fault.reason)
        shape = shapes.get(fault.code) or shapes.get(fault.query_code)
        name = self.unmodelled if shape is None else self.class_of(shape)
        return StateError(f"{self.prefix}.{name}", self.tell(fault))


def sdk_errors(service_id: str) -> ErrorNames:
    """Return those of an AWS SDK integration, by the model's serviceId."""
    service = service_class(service_id)

    def tell(fault: Fault) -> str:
        extended = "" if fault.extended_id is None else f", Extended Request ID: {fault.extended_id}"
        return (
            f"{fault.message} (Service: {service}, Status Code: {fault.status}, Request ID:"
            f" {fault.request_id}{extended}) (SDK Attempt Count: {fault.attempts})"
        )

    return ErrorNames(service, f"{service}Exception", sdk_exception, tell)


def optimized_errors(prefix: str, sdk: str, unmodelled: str) -> ErrorNames:
    """Return those of an optimized integration: its prefix, and the service's name and general exception in
    the SDK behind it."""

    def tell(fault: Fault) -> str:
        return (
            f"{fault.message} (Service: {sdk}; Status Code: {fault.status}; Error Code: {fault.code};"
            f" Request ID: {fault.request_id}; Proxy: null)"
        )

    return ErrorNames(prefix, unmodelled, exception, tell)


def error_shapes(model: Any) -> dict[str, str]:
    """Return the names of a service's errors by their codes, of botocore's service model."""
    shapes = {shape.name: shape.name for shape in model.error_shapes}
    return shapes | {shape.error_code: shape.name for shape in model.error_shapes if shape.error_code}
