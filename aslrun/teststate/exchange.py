"""The request and the response of an HTTP Task, as the level TRACE shows them. API reference: InspectionData;
documentation: "Testing a state using AWS CLI", example 3. What a connection adds is a secret."""

from __future__ import annotations

from urllib.parse import urlsplit

from aslrun.integrations.http.client import Headers
from aslrun.integrations.http.tasks import Seen
from aslrun.values import JSON


def shown(seen: Seen, reveals_secrets: bool) -> dict[str, JSON]:
    """Return `request` and `response` of InspectionData."""
    request, response = seen.sent if reveals_secrets else seen.open, seen.response
    protocol = urlsplit(request.url).scheme
    asked: dict[str, JSON] = {
        "protocol": protocol,
        "method": request.method,
        "url": request.url,
        "headers": _headers(request.headers),
    }
    if request.body is not None:
        asked["body"] = request.body.decode("utf-8", "replace")
    answered: JSON = {
        "protocol": protocol,
        "statusCode": str(response.status),
        "statusMessage": response.reason,
        "headers": _headers(response.headers),
        "body": response.body.decode("utf-8", "replace"),
    }
    return {"request": asked, "response": answered}


def _headers(headers: Headers) -> str:
    return f"[{', '.join(f'{name}: {value}' for name, value in headers)}]"
