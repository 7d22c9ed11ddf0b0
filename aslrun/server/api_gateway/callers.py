"""Who calls, where no function of one's own says so: tokens (JWT, Cognito) and signatures (IAM).

Documentation: "Control access to HTTP APIs with JWT authorizers in API Gateway", "Control access to REST APIs
using Amazon Cognito user pools as an authorizer", "Control access to a REST API with IAM permissions". Of a
token its form, times, issuer, audience and scopes are checked; its signature is not, nor that of a signed
request: no key is here that could.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from aslrun.server.api_gateway.authorizers import Refused, unauthorized
from aslrun.server.api_gateway.requests import ApiRequest, message
from aslrun.server.api_gateway.routes import Api, Authorizer, Route
from aslrun.states.resource import DEFAULT_ACCOUNT
from aslrun.values import JSON

_CREDENTIAL = re.compile(
    r"AWS4-HMAC-SHA256\s+Credential=([^/,\s]+)/\d{8}/[\w-]+/[\w-]+/aws4_request\b.*Signature=\w+"
)
_QUERY = re.compile(r"([^/]+)/\d{8}/[\w-]+/[\w-]+/aws4_request")


def token_claims(authorizer: Authorizer, request: ApiRequest, api: Api, route: Route) -> dict[str, JSON]:
    """Return what a token tells of the caller, as the event has it; raises Refused."""
    claims = _claims(request.header(authorizer.headers[0]))
    if claims is None:
        raise _refused(api, "invalid_token")
    for name in ("exp", "nbf", "iat"):
        at = claims.get(name)
        if at is not None and (not isinstance(at, (int, float)) or isinstance(at, bool)):
            raise _refused(api, "invalid_token")
    if claims.get("exp") is None or claims["exp"] <= request.time or claims.get("nbf", 0) > request.time:
        raise _refused(api, "invalid_token")
    if authorizer.issuer is not None and claims.get("iss") != authorizer.issuer:
        raise _refused(api, "invalid_token")
    if authorizer.audience and not _is_for(claims, authorizer.audience):
        raise _refused(api, "invalid_token")
    scopes = _scopes(claims)
    wanted = route.scopes or authorizer.scopes
    if wanted and not set(wanted) & set(scopes):
        raise _insufficient(api, wanted)
    texts: dict[str, JSON] = {name: _text(value) for name, value in claims.items()}
    if api.kind == "REST":
        return {"claims": texts}
    told: dict[str, JSON] = {"claims": texts, "scopes": [*wanted] or None}
    return {"jwt": told} if route.payload == "2.0" else told


def _claims(header: str) -> dict[str, Any] | None:
    """Return the claims of a token, of the text of a header; None for what is no token."""
    token = header.removeprefix("Bearer ").removeprefix("bearer ").strip()
    parts = token.split(".")
    if len(parts) != 3 or not parts[2]:
        return None
    try:
        head, claims = (json.loads(_decoded(part)) for part in parts[:2])
    except ValueError:
        return None
    is_token = isinstance(head, dict) and isinstance(head.get("alg"), str) and head["alg"].lower() != "none"
    return claims if is_token and isinstance(claims, dict) else None


def _decoded(part: str) -> bytes:
    return base64.b64decode(part + "=" * (-len(part) % 4), altchars=b"-_", validate=True)


def _is_for(claims: Mapping[str, Any], audience: Sequence[str]) -> bool:
    """Tell whether a token is for one of the audiences; one without `aud` says it by `client_id`."""
    aud = claims.get("aud", claims.get("client_id"))
    return bool(set(aud if isinstance(aud, list) else [aud]) & set(audience))


def _scopes(claims: Mapping[str, Any]) -> list[str]:
    told = claims.get("scope", claims.get("scp", ""))
    return [str(one) for one in told] if isinstance(told, list) else str(told).split()


def _text(value: Any) -> str:
    """Return a claim as events have it: texts, lists in brackets."""
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        return f"[{' '.join(map(_text, value))}]"
    return json.dumps(value)


def _refused(api: Api, error: str) -> Refused:
    refused = unauthorized(api)
    if api.kind == "HTTP":
        refused.response.headers.append(("www-authenticate", f'Bearer error="{error}"'))
    return refused


def _insufficient(api: Api, scopes: Sequence[str]) -> Refused:
    if api.kind == "REST":
        return unauthorized(api)
    refused = message(403, "Forbidden")
    told = f'Bearer scope="{" ".join(scopes)}" error="insufficient_scope"'
    refused.headers.append(("www-authenticate", told))
    return Refused(refused)


def signer_of(request: ApiRequest, api: Api, route: Route) -> dict[str, JSON]:
    """Return who has signed a request, as the event has it; raises Refused where nobody has."""
    found = _CREDENTIAL.search(request.header("authorization"))
    if found is None:
        queries = dict(request.queries)
        if queries.get("X-Amz-Signature"):
            found = _QUERY.match(queries.get("X-Amz-Credential", ""))
    if found is None:
        if api.kind == "REST":
            error = {"x_amzn_ErrorType": "MissingAuthenticationTokenException"}
            raise Refused(message(403, "Missing Authentication Token", **error))
        raise Refused(message(403, "Forbidden"))
    key = found[1]
    arn = f"arn:aws:iam::{DEFAULT_ACCOUNT}:user/{key}"
    if api.kind == "REST" or route.payload == "1.0":
        identity: dict[str, JSON] = {
            "accessKey": key,
            "accountId": DEFAULT_ACCOUNT,
            "caller": key,
            "user": key,
            "userArn": arn,
        }
        return {"identity": identity}
    return {
        "iam": {
            "accessKey": key,
            "accountId": DEFAULT_ACCOUNT,
            "callerId": key,
            "cognitoIdentity": None,
            "principalOrgId": None,
            "userArn": arn,
            "userId": key,
        }
    }
