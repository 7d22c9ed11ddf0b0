"""Routes of an OpenAPI document in a template, or in a file beside it.

Documentation: "x-amazon-apigateway-integration object", "x-amazon-apigateway-any-method object".
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterator, Mapping

from aslrun.document import DocumentError, format_of, read_text
from aslrun.document.cloudformation.assets import beside
from aslrun.document.cloudformation.evaluation import Template
from aslrun.document.cloudformation.functions import mapping_at
from aslrun.document.json_text import parse_json_text
from aslrun.document.yaml_text import parse_yaml_text
from aslrun.errors import UsageError
from aslrun.server.api_gateway.routes import ANY, DEFAULT, CallFunction, Kind, Route, StartMachine
from aslrun.values import JSON

ANY_METHOD, INTEGRATION = "x-amazon-apigateway-any-method", "x-amazon-apigateway-integration"
METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace", ANY_METHOD)
_FUNCTION = re.compile(r"functions/(.+)/invocations")
_ACTION = re.compile(r":states:action/(\w+)")
_SUBTYPE = "StepFunctions-"


def openapi_of(template: Template, properties: Mapping[str, JSON]) -> JSON:
    """Return the OpenAPI document of an API; None where there is none that can be read."""
    body = properties.get("DefinitionBody")
    location = properties.get("DefinitionUri")
    transform = mapping_at(body, "Fn::Transform")
    if transform:
        location = mapping_at(transform, "Parameters").get("Location")
        body = None
    if body is not None:
        return template.resolve(body)
    if not isinstance(location, str) or location.startswith("s3://"):
        return None
    try:
        source = read_text(str(beside(template, location)))
        is_json = format_of(source) == "json"
        document = parse_json_text(source) if is_json else parse_yaml_text(source, short_forms=True)
        return template.resolve(document.value)
    except (UsageError, DocumentError):
        return None


def routes_of(document: JSON, kind: Kind, authorizers: Container[str]) -> Iterator[Route]:
    """Yield the routes of an OpenAPI document that have an integration which runs here."""
    for path in mapping_at(document, "paths"):
        operations = mapping_at(mapping_at(document, "paths"), path)
        for method in METHODS:
            operation = operations.get(method)
            integration = mapping_at(operation, INTEGRATION)
            target = _target(integration)
            if target is None:
                continue
            milliseconds = integration.get("timeoutInMillis")
            payload = "1.0" if kind == "REST" else str(integration.get("payloadFormatVersion", "1.0"))
            yield Route(
                ANY if method == ANY_METHOD else method.upper(),
                DEFAULT if path in (DEFAULT, f"/{DEFAULT}") else path,
                target,
                payload,
                milliseconds / 1000 if isinstance(milliseconds, (int, float)) else None,
                _security(operation, authorizers) or _security(document, authorizers),
            )


def _target(integration: dict[str, JSON]) -> CallFunction | StartMachine | None:
    uri, subtype = str(integration.get("uri", "")), str(integration.get("integrationSubtype", ""))
    if subtype.startswith(_SUBTYPE):
        parameters = mapping_at(integration, "requestParameters")
        return StartMachine(subtype.removeprefix(_SUBTYPE), parameters=parameters)
    function, action = _FUNCTION.search(uri), _ACTION.search(uri)
    if function is not None:
        return CallFunction(function[1])
    if action is not None:
        templates = mapping_at(integration, "requestTemplates")
        template = templates.get("application/json")
        return StartMachine(action[1], template=template if isinstance(template, str) else None)
    if uri.startswith("arn:") and ":lambda:" in uri:  # HTTP APIs also have the function's own ARN
        return CallFunction(uri)
    return None


def _security(operation: JSON, authorizers: Container[str]) -> str | None:
    written = operation.get("security") if isinstance(operation, dict) else None
    for one in written if isinstance(written, list) else ():
        for name in one if isinstance(one, dict) else ():
            if name in authorizers:
                return name
    return None
