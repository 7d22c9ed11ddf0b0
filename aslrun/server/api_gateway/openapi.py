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
from aslrun.server.api_gateway.routes import (
    ANY,
    DEFAULT,
    Authorizer,
    Backend,
    CallFunction,
    Kind,
    Reply,
    Route,
    StartMachine,
    Target,
)
from aslrun.values import JSON

ANY_METHOD, INTEGRATION = "x-amazon-apigateway-any-method", "x-amazon-apigateway-integration"
METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace", ANY_METHOD)
AUTHORIZER = "x-amazon-apigateway-authorizer"
_IDENTITY = re.compile(r"request\.(header|querystring)\.([^\s,]+)")
_FUNCTION = re.compile(r"functions/(.+)/invocations")
_ACTION = re.compile(r":states:action/(\w+)")
_SUBTYPE = "StepFunctions-"
_STATUS = re.compile(r"[2-5]\d\d")
BACKENDS: Mapping[Kind, tuple[str, ...]] = {
    "REST": ("mock", "http", "http_proxy"),
    "HTTP": ("http_proxy",),
    "URL": (),
}
"""Types of integrations that call no function."""


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


def routes_of(
    document: JSON, kind: Kind, authorizers: Container[str], default: str | None = None
) -> Iterator[Route]:
    """Yield the routes of an OpenAPI document that have an integration which runs here. `default` is the
    authorizer of those that say nothing of any."""
    for path in mapping_at(document, "paths"):
        operations = mapping_at(mapping_at(document, "paths"), path)
        for method in METHODS:
            operation = operations.get(method)
            integration = mapping_at(operation, INTEGRATION)
            target = _target(integration, kind)
            if target is None:
                continue
            milliseconds = integration.get("timeoutInMillis")
            payload = "1.0" if kind == "REST" else str(integration.get("payloadFormatVersion", "1.0"))
            authorizer, scopes = _security(operation, document, authorizers, default)
            yield Route(
                ANY if method == ANY_METHOD else method.upper(),
                DEFAULT if path in (DEFAULT, f"/{DEFAULT}") else path,
                target,
                payload,
                milliseconds / 1000 if isinstance(milliseconds, (int, float)) else None,
                authorizer,
                scopes,
            )


def _target(integration: dict[str, JSON], kind: Kind) -> Target | None:
    type = str(integration.get("type", "")).lower()
    if type in BACKENDS[kind]:
        return _backend(type, integration)
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


def _backend(type: str, integration: dict[str, JSON]) -> Backend:
    responses = mapping_at(integration, "responses")
    return Backend(
        type,
        str(integration.get("uri", "")),
        str(integration.get("httpMethod", "ANY")).upper(),
        _texts(integration, "requestParameters"),
        _by_type(integration, "requestTemplates"),
        str(integration.get("passthroughBehavior", "when_no_match")).lower(),
        tuple(_reply(pattern, mapping_at(responses, pattern)) for pattern in responses),
    )


def _reply(pattern: str, told: dict[str, JSON]) -> Reply:
    status = str(told.get("statusCode", "200"))
    return Reply(
        pattern,
        int(status) if _STATUS.fullmatch(status) else 200,
        _texts(told, "responseParameters"),
        _by_type(told, "responseTemplates"),
    )


def _texts(told: dict[str, JSON], name: str) -> dict[str, str]:
    return {key: str(one) for key, one in mapping_at(told, name).items()}


def _by_type(told: dict[str, JSON], name: str) -> dict[str, str]:
    return {key.lower(): one for key, one in _texts(told, name).items()}


def _security(
    operation: JSON, document: JSON, authorizers: Container[str], default: str | None
) -> tuple[str | None, tuple[str, ...]]:
    """Return an operation's authorizer, and the scopes it wants; what an operation says of it goes before
    what the document says, an empty list too."""
    for told in (operation, document):
        written = told.get("security") if isinstance(told, dict) else None
        if not isinstance(written, list):
            continue
        for one in written:
            for name, scopes in one.items() if isinstance(one, dict) else ():
                if name in authorizers:
                    return name, tuple(map(str, scopes)) if isinstance(scopes, list) else ()
        return None, ()
    return default, ()


def authorizers_of(document: JSON, kind: Kind) -> Iterator[Authorizer]:
    """Yield the authorizers of an OpenAPI document.

    Documentation: "x-amazon-apigateway-authorizer object", "x-amazon-apigateway-authtype property".
    """
    schemes = mapping_at(mapping_at(document, "components"), "securitySchemes")
    for name, scheme in (schemes or mapping_at(document, "securityDefinitions")).items():
        if isinstance(scheme, dict):
            told = mapping_at(scheme, AUTHORIZER)
            found = _authorizer(name, scheme, told, kind)
            if found is not None:
                yield found


def _authorizer(name: str, scheme: dict[str, JSON], told: dict[str, JSON], kind: Kind) -> Authorizer | None:
    type, auth_type = str(told.get("type", "")).lower(), str(scheme.get("x-amazon-apigateway-authtype", ""))
    header = str(scheme.get("name") or "Authorization")
    if auth_type.lower() == "awssigv4":
        return Authorizer(name, "", "IAM")
    headers, query = _identity(told.get("identitySource"))
    if type in ("jwt", "cognito_user_pools"):
        settings = mapping_at(told, "jwtConfiguration")
        issuer, audience = settings.get("issuer"), settings.get("audience")
        return Authorizer(
            name,
            "",
            "JWT",
            headers or (header,),
            issuer=issuer if isinstance(issuer, str) and "${" not in issuer else None,
            audience=tuple(map(str, audience)) if isinstance(audience, list) else (),
        )
    uri = str(told.get("authorizerUri", ""))
    function = _FUNCTION.search(uri)
    if function is None:
        return None
    if type == "token":
        pattern = told.get("identityValidationExpression")
        return Authorizer(name, function[1], "TOKEN", (header,), (), str(pattern) if pattern else None)
    payload = "1.0" if kind == "REST" else str(told.get("authorizerPayloadFormatVersion", "1.0"))
    is_simple = payload != "1.0" and told.get("enableSimpleResponses") is True
    return Authorizer(name, function[1], "REQUEST", headers, query, None, payload, is_simple)


def _identity(written: JSON) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the headers and the parameters of the query that an identitySource names."""
    found = _IDENTITY.findall(written) if isinstance(written, str) else []
    return (
        tuple(name for place, name in found if place == "header"),
        tuple(name for place, name in found if place == "querystring"),
    )
