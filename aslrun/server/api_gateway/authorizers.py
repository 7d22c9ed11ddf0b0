"""Lambda authorizers: what they are asked, and whether what they answer lets a request in.

Documentation: "Use API Gateway Lambda authorizers" (REST APIs), "Control access to HTTP APIs with AWS Lambda
authorizers". Each request is asked for: nothing is cached.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from aslrun.server.api_gateway.events import event_1, event_2
from aslrun.server.api_gateway.policies import WrongPolicy, effect_of
from aslrun.server.api_gateway.requests import ApiRequest, ApiResponse, message
from aslrun.server.api_gateway.routes import Api, Authorizer, Route
from aslrun.states.resource import DEFAULT_ACCOUNT, DEFAULT_REGION
from aslrun.values import JSON, to_json_text

_UNUSED = ("body", "isBase64Encoded")


class Refused(Exception):
    """A request that is not let in, and what it is answered."""

    def __init__(self, response: ApiResponse, reason: str | None = None) -> None:
        super().__init__(reason or "")
        self.response = response
        self.reason = reason


def unauthorized(api: Api) -> Refused:
    """Return the refusal of a request that does not say whose it is."""
    error = {} if api.kind == "HTTP" else {"x_amzn_ErrorType": "UnauthorizedException"}
    return Refused(message(401, "Unauthorized", **error))


def broken(api: Api, reason: str) -> Refused:
    """Return the refusal of a request whose authorizer fails, or answers what is no answer."""
    if api.kind == "HTTP":
        return Refused(message(500, "Internal Server Error"), reason)
    body, error = b'{"message":null}', "AuthorizerConfigurationException"
    headers = [("content-type", "application/json"), ("x-amzn-ErrorType", error)]
    return Refused(ApiResponse(500, body, headers), reason)


def method_arn(request: ApiRequest, api: Api) -> str:
    """Return the ARN of a request's method, which policies are about."""
    path = request.path.lstrip("/")
    prefix = f"arn:aws:execute-api:{DEFAULT_REGION}:{DEFAULT_ACCOUNT}:{api.id}"
    return f"{prefix}/{api.stage}/{request.method}/{path}"


def authorizer_event(
    authorizer: Authorizer, request: ApiRequest, api: Api, route: Route, values: Mapping[str, str]
) -> JSON:
    """Return what an authorizer is called with; raises Refused where what identifies a caller is missing."""
    queries = dict(request.queries)
    sources = [request.header(name) for name in authorizer.headers]
    sources += [queries.get(name, "") for name in authorizer.query]
    if not all(sources):
        raise unauthorized(api)
    arn = method_arn(request, api)
    if authorizer.kind == "TOKEN":
        if authorizer.pattern is not None and not _matches(authorizer.pattern, sources[0], api):
            raise unauthorized(api)
        return {"type": "TOKEN", "authorizationToken": sources[0], "methodArn": arn}
    if authorizer.payload == "1.0":
        event = event_1(request, api, route, values, {})
        told: dict[str, JSON] = {"type": "REQUEST", "methodArn": arn}
        if api.kind == "HTTP":
            told |= {"identitySource": ",".join(sources), "authorizationToken": ",".join(sources)}
    else:
        event = event_2(request, api, route, values, {})
        told = {"type": "REQUEST", "routeArn": arn, "identitySource": [*sources] or None}
    return {**{name: value for name, value in event.items() if name not in _UNUSED}, **told}


def _matches(pattern: str, token: str, api: Api) -> bool:
    try:
        return re.fullmatch(pattern, token) is not None
    except re.error as wrong:
        raise broken(api, f"the ValidationExpression '{pattern}' is no expression: {wrong}") from None


def context_of(
    authorizer: Authorizer, answer: JSON, request: ApiRequest, api: Api, tell: Callable[[str], None]
) -> dict[str, JSON]:
    """Return what an authorizer tells the function of the caller; raises Refused. `tell` is told what of its
    policy is not looked at."""
    if not isinstance(answer, dict):
        raise broken(api, f"it must answer an object, not {to_json_text(answer)[:80]}")
    context = answer.get("context")
    context = context if isinstance(context, dict) else {}
    if authorizer.is_simple:
        if not isinstance(answer.get("isAuthorized"), bool):
            raise broken(api, "isAuthorized must be true or false")
        if not answer["isAuthorized"]:
            raise _forbidden(api, is_explicit=True)
        return context
    principal = answer.get("principalId")
    if api.kind == "REST" and not isinstance(principal, str):
        raise broken(api, "principalId must be a text")
    try:
        effect = effect_of(answer.get("policyDocument"), method_arn(request, api), tell)
    except WrongPolicy as wrong:
        raise broken(api, str(wrong)) from None
    if effect != "Allow":
        raise _forbidden(api, is_explicit=effect == "Deny")
    if api.kind == "HTTP":
        return context
    for name, value in context.items():
        if isinstance(value, (dict, list)):
            raise broken(api, f"context '{name}' must be a text, a number or a boolean")
    # As texts: that is all that a REST API hands on.
    texts = {name: one if isinstance(one, str) else to_json_text(one) for name, one in context.items()}
    return {**texts, "principalId": principal}


def _forbidden(api: Api, *, is_explicit: bool) -> Refused:
    if api.kind == "HTTP":
        return Refused(message(403, "Forbidden"))
    told = "User is not authorized to access this resource"
    told += " with an explicit deny" if is_explicit else ""
    headers = [("content-type", "application/json"), ("x-amzn-ErrorType", "AccessDeniedException")]
    return Refused(ApiResponse(403, to_json_text({"Message": told}).encode(), headers))
