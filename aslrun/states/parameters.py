"""What services ask of a Task's effective input before they are called. Documentation: "Integrating optimized
services"; the message as recorded. A field that is wrong is States.Runtime, and nothing is scheduled."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from aslrun.errors import FatalStateError
from aslrun.values import JSON, to_json_text


@dataclass(frozen=True, slots=True)
class Parameters:
    """The fields that an action must be given, and the formats of those that have one."""

    required: tuple[str, ...]
    formats: Mapping[str, Callable[[JSON], bool]]


def _is_lists_by_name(value: JSON) -> bool:
    return isinstance(value, dict) and all(isinstance(part, list) for part in value.values())


def _is_text(value: JSON) -> bool:
    return isinstance(value, str)


def _is_list(value: JSON) -> bool:
    return isinstance(value, list)


PARAMETERS: Mapping[tuple[str, str], Parameters] = {
    ("apigateway", "invoke"): Parameters(
        ("ApiEndpoint", "Method"), {"Headers": _is_lists_by_name, "QueryParameters": _is_lists_by_name}
    ),
    ("dynamodb", "deleteItem"): Parameters(("TableName", "Key"), {}),
    ("dynamodb", "getItem"): Parameters(("TableName", "Key"), {}),
    ("dynamodb", "putItem"): Parameters(("TableName", "Item"), {}),
    ("dynamodb", "updateItem"): Parameters(("TableName", "Key"), {}),
    ("events", "putEvents"): Parameters(("Entries",), {"Entries": _is_list}),
    ("lambda", "invoke"): Parameters(("FunctionName",), {"FunctionName": _is_text}),
    ("sns", "publish"): Parameters(("Message",), {}),
    ("sqs", "sendMessage"): Parameters(("QueueUrl", "MessageBody"), {"QueueUrl": _is_text}),
    ("states", "startExecution"): Parameters(("StateMachineArn",), {"StateMachineArn": _is_text}),
}
"""(service, action without its pattern) → what it asks."""


def check_parameters(service: str, action: str, arguments: JSON) -> None:
    """Raise States.Runtime if a service cannot be called with these arguments."""
    parameters = PARAMETERS.get((service, action.partition(".")[0]))
    if parameters is None or not isinstance(arguments, dict):
        return
    problems = list(_problems(parameters, arguments))
    if problems:
        raise FatalStateError(
            f"The Parameters '{to_json_text(arguments)}' could not be used to start the Task:"
            f" [{', '.join(problems)}]"
        )


def _problems(parameters: Parameters, arguments: Mapping[str, JSON]) -> Iterator[str]:
    for field in parameters.required:
        if field not in arguments:
            yield f"The field '{field}' is required but was missing"
    for field, fits in parameters.formats.items():
        if field in arguments and not fits(arguments[field]):
            yield f"The value of the field '{field}' has an invalid format"
