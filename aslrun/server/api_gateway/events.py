"""The events that functions behind an API are called with: payload formats 1.0 and 2.0.

Documentation: "Input format of a Lambda function for proxy integration" (REST), "Lambda function
integrations for HTTP APIs: payload format version". The shapes are those of `aslrun event`.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import unquote

from aslrun.functions.sample_events import Origin, apigateway, apigateway_http
from aslrun.server.api_gateway.requests import ApiRequest, grouped
from aslrun.server.api_gateway.routes import DEFAULT, Api, Route
from aslrun.timestamps import format_timestamp
from aslrun.values import JSON

TEXTS = ("text/", "application/json", "application/xml", "application/javascript")
"""Beginnings of the types whose bodies HTTP APIs hand on as text; all others they encode in base64."""
_IDENTITY = (
    "cognitoIdentityPoolId", "accountId", "cognitoIdentityId", "caller", "accessKey",
    "cognitoAuthenticationType", "cognitoAuthenticationProvider", "userArn", "user",
)  # fmt: skip


def event_of(
    request: ApiRequest, api: Api, route: Route, values: Mapping[str, str], authorizer: Mapping[str, JSON]
) -> dict[str, JSON]:
    """Return the event that a route's function is called with. `authorizer` is what one has told."""
    if route.payload == "1.0":
        return event_1(request, api, route, values, authorizer)
    return event_2(request, api, route, values, authorizer)


def event_1(
    request: ApiRequest, api: Api, route: Route, values: Mapping[str, str], authorizer: Mapping[str, JSON]
) -> dict[str, JSON]:
    """Return an event in payload format 1.0."""
    # HTTP APIs have all names in lower case; REST APIs keep them as clients write them.
    name_of = _titled if api.kind == "REST" else str
    headers = grouped([(name_of(name), value) for name, value in request.headers])
    queries = grouped(request.queries)
    path = unquote(request.path)
    body, is_encoded = _body_1(request, api)
    last = {name: many[-1] for name, many in headers.items()}
    event: dict[str, Any] = apigateway(
        _origin(request), request.method, path, body, {key: many[-1] for key, many in queries.items()}, last
    )
    event |= {
        "resource": route.path,
        "headers": last,
        "multiValueHeaders": {**headers},
        "multiValueQueryStringParameters": {**queries} or None,
        "pathParameters": {**values} or None,
        "stageVariables": {**api.variables} or None,
        "isBase64Encoded": is_encoded,
    }
    if api.kind != "REST":
        event = {"version": "1.0", **event}
    context = event["requestContext"]
    context |= {
        "apiId": api.id,
        "resourcePath": route.path,
        "path": path if api.stage == DEFAULT else f"/{api.stage}{path}",
        "stage": api.stage,
        "domainName": request.host,
        "domainPrefix": request.host.partition(".")[0],
        "requestId": request.id,
        "extendedRequestId": request.id,
        "requestTime": _clf(request.time),
        "identity": {
            **dict.fromkeys(_IDENTITY),
            "sourceIp": request.source,
            "userAgent": request.header("user-agent") or None,
        },
    }
    told = {**authorizer}
    context["identity"] |= told.pop("identity", None) or {}
    if told:
        context["authorizer"] = told
    return event


def event_2(
    request: ApiRequest, api: Api, route: Route, values: Mapping[str, str], authorizer: Mapping[str, JSON]
) -> dict[str, JSON]:
    """Return an event in payload format 2.0."""
    pairs = [(name, value) for name, value in request.headers if name != "cookie"]
    headers = {name: ",".join(many) for name, many in grouped(pairs).items()}
    queries = {name: ",".join(many) for name, many in grouped(request.queries).items()}
    path = unquote(request.path)
    path = path if api.stage == DEFAULT else f"/{api.stage}{path}"
    event: dict[str, Any] = apigateway_http(_origin(request), request.method, path, None, queries, headers)
    event |= {"routeKey": route.key, "rawQueryString": request.query}
    cookies = [one.strip() for name, value in request.headers if name == "cookie" for one in value.split(";")]
    if cookies:
        event["cookies"] = cookies
    if values:
        event["pathParameters"] = {**values}
    if api.variables:
        event["stageVariables"] = {**api.variables}
    if request.body:
        event["body"], event["isBase64Encoded"] = _body_2(request)
    context = event["requestContext"]
    context |= {
        "apiId": api.id,
        "domainName": request.host,
        "domainPrefix": request.host.partition(".")[0],
        "requestId": request.id,
        "routeKey": route.key,
        "stage": api.stage,
        "time": _clf(request.time),
    }
    context["http"] |= {"sourceIp": request.source, "userAgent": request.header("user-agent")}
    if authorizer:
        context["authorizer"] = {**authorizer}
    return event


def _origin(request: ApiRequest) -> Origin:
    return Origin(time=format_timestamp(request.time))


def _titled(name: str) -> str:
    return "-".join(part.capitalize() for part in name.split("-"))


def _clf(seconds: float) -> str:
    """Return a time as access logs have it."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%d/%b/%Y:%H:%M:%S +0000")


def type_of(header: str) -> str:
    """Return a content type without its parameters."""
    return header.partition(";")[0].strip().lower()


def is_binary(type: str, binary: Iterable[str]) -> bool:
    """Tell whether a content type is one of an API's binary media types."""
    return any(one in ("*/*", type) or (one.endswith("/*") and type.startswith(one[:-1])) for one in binary)


def _body_1(request: ApiRequest, api: Api) -> tuple[str | None, bool]:
    if not request.body:
        return None, False
    if api.kind != "REST":
        return _body_2(request)
    if is_binary(type_of(request.header("content-type")) or "application/json", api.binary):
        return base64.b64encode(request.body).decode(), True
    return request.body.decode("utf-8", "replace"), False


def _body_2(request: ApiRequest) -> tuple[str, bool]:
    type = type_of(request.header("content-type")) or "text/plain"
    if type.startswith(TEXTS) or type.endswith(("+json", "+xml")):
        return request.body.decode("utf-8", "replace"), False
    return base64.b64encode(request.body).decode(), True
