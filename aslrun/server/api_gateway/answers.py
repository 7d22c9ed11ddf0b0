"""What functions behind an API answer, made into HTTP. What is malformed is told by its reason.

Documentation: "Output format of a Lambda function for proxy integration" (REST), "Lambda function response
format" (HTTP APIs), "Response payload format" (function URLs).
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping

from aslrun.server.api_gateway.events import is_binary, type_of
from aslrun.server.api_gateway.requests import ApiRequest, ApiResponse, message
from aslrun.server.api_gateway.routes import Api, Kind, Route
from aslrun.values import JSON, to_json_text

MEMBERS = ("statusCode", "headers", "multiValueHeaders", "body", "isBase64Encoded", "cookies")
"""What an answer may have."""
_DROPPED = ("content-length", "transfer-encoding", "connection")


class Malformed(Exception):
    """An answer that cannot be made into HTTP; its text is the reason."""


def failure(kind: Kind) -> ApiResponse:
    """Return what a client is answered when a function has failed, or what it answered is malformed."""
    if kind == "HTTP":
        return message(500, "Internal Server Error")
    if kind == "URL":
        return ApiResponse(502, b"Internal Server Error", [("content-type", "text/plain")])
    return message(502, "Internal server error", x_amzn_ErrorType="InternalServerErrorException")


def timed_out(kind: Kind) -> ApiResponse:
    """Return what a client is answered when a function takes too long."""
    if kind == "HTTP":
        return message(503, "Service Unavailable")
    return message(504, "Endpoint request timed out")


def response_of(answer: JSON, request: ApiRequest, api: Api, route: Route) -> ApiResponse:
    """Return the response that a function's answer is; Malformed for one that is none."""
    if route.payload != "1.0" and not (isinstance(answer, dict) and "statusCode" in answer):
        # Without a statusCode the answer itself is the body.
        text = answer if isinstance(answer, str) else to_json_text(answer)
        return ApiResponse(200, text.encode("utf-8", "replace"), [("content-type", "application/json")])
    if not isinstance(answer, dict):
        raise Malformed(f"it must be an object with a statusCode, not {_shown(answer)}")
    unknown = [name for name in answer if name not in MEMBERS]
    if unknown and route.payload == "1.0":
        raise Malformed(f"it may not have '{unknown[0]}'; there are {', '.join(MEMBERS[:-1])}")
    headers = _headers_of(answer, route)
    body = _body_of(answer, request, api, headers)
    if not any(name == "content-type" for name, _ in headers):
        usual = "text/plain; charset=utf-8" if api.kind == "HTTP" else "application/json"
        headers.append(("content-type", usual))
    return ApiResponse(_status_of(answer), body, headers)


def _status_of(answer: Mapping[str, JSON]) -> int:
    if "statusCode" not in answer:
        raise Malformed("it has no statusCode")
    status = answer["statusCode"]
    if isinstance(status, str) and status.isdecimal():
        status = int(status)
    if isinstance(status, bool) or not isinstance(status, int) or not 100 <= status <= 599:
        raise Malformed(f"statusCode must be a number from 100 to 599, not {_shown(answer['statusCode'])}")
    if status < 200:  # nothing ends with one of these
        raise Malformed(f"statusCode {status} cannot end an answer")
    return status


def _headers_of(answer: Mapping[str, JSON], route: Route) -> list[tuple[str, str]]:
    many: dict[str, list[str]] = {}
    for name, values in _mapping(answer, "multiValueHeaders").items():
        if not isinstance(values, list):
            raise Malformed(f"multiValueHeaders '{name}' must be a list, not {_shown(values)}")
        many[name.lower()] = [_text(one, name) for one in values]
    for name, value in _mapping(answer, "headers").items():
        given = many.setdefault(name.lower(), [])
        if _text(value, name) not in given:  # what both have is merged
            given.append(_text(value, name))
    cookies = answer.get("cookies") if route.payload != "1.0" else None
    if isinstance(cookies, list):
        many.setdefault("set-cookie", []).extend(_text(one, "cookies") for one in cookies)
    return [(name, one) for name, values in many.items() if name not in _DROPPED for one in values]


def _mapping(answer: Mapping[str, JSON], name: str) -> Mapping[str, JSON]:
    given = answer.get(name)
    if given is None:
        return {}
    if not isinstance(given, dict):
        raise Malformed(f"{name} must be an object, not {_shown(given)}")
    return given


def _text(value: JSON, name: str) -> str:
    if isinstance(value, (dict, list)) or value is None:
        raise Malformed(f"the header '{name}' must be a text, not {_shown(value)}")
    text = value if isinstance(value, str) else to_json_text(value)
    if any(ord(one) < 32 or ord(one) > 255 for one in f"{name}{text}") or not name or " " in name:
        raise Malformed(f"the header '{name}' cannot be sent: {_shown(value)}")
    return text


def _body_of(
    answer: Mapping[str, JSON], request: ApiRequest, api: Api, headers: list[tuple[str, str]]
) -> bytes:
    body = answer.get("body")
    if body is None:
        return b""
    if isinstance(body, (dict, list)):
        raise Malformed(f"body must be a text, not {_shown(body)}: write it as JSON text")
    text = body if isinstance(body, str) else to_json_text(body)
    if answer.get("isBase64Encoded") is True and _is_decoded(request, api, headers):
        try:
            return base64.b64decode(text, validate=True)
        except (binascii.Error, ValueError):
            raise Malformed("body is not base64, though isBase64Encoded is true") from None
    return text.encode("utf-8", "replace")


def _is_decoded(request: ApiRequest, api: Api, headers: list[tuple[str, str]]) -> bool:
    """Tell whether a body in base64 is decoded: by a REST API only for its binary media types."""
    if api.kind != "REST":
        return True
    own = next((value for name, value in headers if name == "content-type"), "")
    accepted = request.header("accept").partition(",")[0]
    return any(is_binary(type_of(one), api.binary) for one in (own, accepted) if one)


def _shown(value: JSON) -> str:
    text = to_json_text(value)
    return text if len(text) <= 80 else f"{text[:80]}…"
