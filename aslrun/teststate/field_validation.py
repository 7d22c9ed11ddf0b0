"""Does a mocked result look like what the service answers? Checked against botocore's models of the APIs.

Without botocore (extra `aslrun[aws]`), and for what it has no model of, nothing is checked. Messages as
recorded; API reference: MockInput, `fieldValidationMode`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from typing import Any

from aslrun.states.resource import parse_resource
from aslrun.values import JSON, is_number

SERVICES = {
    "states": "stepfunctions",
    "sfn": "stepfunctions",
    "eventbridge": "events",
    "cloudwatchlogs": "logs",
    "elasticloadbalancingv2": "elbv2",
    "cognitoidentityprovider": "cognito-idp",
    "cognitoidentity": "cognito-identity",
    "emr": "emr",
    "elasticmapreduce": "emr",
    "apigatewayv2": "apigatewayv2",
    "databasemigration": "dms",
    "directory": "ds",
    "efs": "efs",
    "ssoadmin": "sso-admin",
    "costexplorer": "ce",
}
"""Services that Step Functions calls otherwise than botocore does."""


AS_RECORDED: Mapping[str, Mapping[str, int]] = {"MemorySize": {"max": 10_240}}
"""Limits by shape that the service holds a mock to where botocore's are newer (recorded in December 2025)."""


def check_result(resource: str, result: JSON, is_strict: bool) -> str | None:
    """Return what is wrong with the result of an integration, or None.

    Fields that are required must be there if `is_strict`; fields that the API does not have may be.
    """
    shape = output_shape(resource)
    return None if shape is None else next(findings(shape, "", result, is_strict), None)


@lru_cache(maxsize=64)
def output_shape(resource: str) -> Any:
    """Return botocore's shape of what the action of a resource answers; None where there is none.

    A `.sync` integration answers something else, and `Payload` of `lambda:invoke` is any JSON.
    """
    parsed = parse_resource(resource)
    if parsed.kind != "service" or parsed.pattern:
        return None
    service = parsed.service.removeprefix("aws-sdk:")
    action = parsed.action.partition(".")[0]
    if (service, action) == ("lambda", "invoke"):
        return None
    try:
        from botocore.exceptions import BotoCoreError
        from botocore.loaders import Loader
        from botocore.model import OperationNotFoundError, ServiceModel
    except ImportError:
        return None
    try:
        model = Loader().load_service_model(SERVICES.get(service, service), "service-2")
        return ServiceModel(model).operation_model(action[:1].upper() + action[1:]).output_shape
    except (BotoCoreError, OperationNotFoundError):
        return None


def findings(shape: Any, name: str, value: JSON, is_strict: bool) -> Iterator[str]:
    """Yield what is wrong with `value`, the value of the field `name`, as a value of `shape`."""
    kind = "string" if shape.type_name in ("blob", "timestamp", "char") else shape.type_name
    has_kind, called = KINDS.get(kind, KINDS["number"])
    if not has_kind(value):
        yield f"Field '{name}' must be {called}"
    elif isinstance(value, dict):
        yield from (_in_map if kind == "map" else _in_structure)(shape, name, value, is_strict)
    elif isinstance(value, list):
        for item in value:
            yield from findings(shape.member, name, item, is_strict)
    else:
        yield from _out_of_range(shape, name, value)


KINDS: Mapping[str, tuple[Callable[[JSON], bool], str]] = {
    "string": (lambda value: isinstance(value, str), "a string"),
    "boolean": (lambda value: isinstance(value, bool), "a boolean"),
    "number": (is_number, "a number"),
    "list": (lambda value: isinstance(value, list), "an array"),
    "structure": (lambda value: isinstance(value, dict), "an object"),
    "map": (lambda value: isinstance(value, dict), "an object"),
}


def _in_structure(shape: Any, name: str, value: dict[str, JSON], is_strict: bool) -> Iterator[str]:
    members = {member[:1].upper() + member[1:]: member for member in shape.members}
    if is_strict:
        required = (member[:1].upper() + member[1:] for member in shape.required_members)
        yield from (f"Required field '{field}' is missing" for field in required if field not in value)
    for field, member in members.items():
        if field in value and value[field] is not None:
            yield from findings(shape.members[member], field, value[field], is_strict)


def _in_map(shape: Any, name: str, value: dict[str, JSON], is_strict: bool) -> Iterator[str]:
    for field, item in value.items():
        yield from findings(shape.value, field, item, is_strict)


def _out_of_range(shape: Any, name: str, value: JSON) -> Iterator[str]:
    limits = {**shape.metadata, **AS_RECORDED.get(shape.name, {})}
    if isinstance(value, str):
        if value not in limits.get("enum", [value]):
            yield f"Field '{name}' is not an expected value"
        if len(value) < limits.get("min", 0):
            yield f"Field '{name}' is smaller than the minimum length"
        if len(value) > limits.get("max", len(value)):
            yield f"Field '{name}' exceeds the maximum length"
    elif isinstance(value, (int, float)) and not isinstance(value, bool):
        if value < limits.get("min", value):
            yield f"Field '{name}' is less than the minimum value"
        if value > limits.get("max", value):
            yield f"Field '{name}' exceeds the maximum value"
