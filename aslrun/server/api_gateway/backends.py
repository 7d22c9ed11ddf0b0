"""Integrations of OpenAPI bodies that call no function: `mock`, and `http` and `http_proxy`, which forward.

Documentation: "Mock integrations for REST APIs", "HTTP integrations for REST APIs", "Parameter mapping for
REST APIs", "Create HTTP proxy integrations for HTTP APIs", "Transform API requests for HTTP APIs".
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, quote, urlsplit, urlunsplit

from aslrun.errors import StateError
from aslrun.server.api_gateway.mapping import Mapped, member, render
from aslrun.server.api_gateway.requests import ApiRequest, ApiResponse, message
from aslrun.server.api_gateway.routes import Api, Backend
from aslrun.server.api_gateway.starting import selected
from aslrun.values import JSON, to_json_text

if TYPE_CHECKING:
    from urllib3 import BaseHTTPResponse, HTTPHeaderDict

JSON_TYPE = "application/json"
NOT_HANDED_ON = frozenset({
    "connection", "content-length", "date", "expect", "host", "keep-alive", "proxy-authenticate",
    "proxy-authorization", "server", "te", "trailer", "transfer-encoding", "upgrade",
})  # fmt: skip
"""Headers that are of one connection, or that whoever sends makes anew."""
_REQUEST, _RESPONSE, _ANSWER = "integration.request.", "integration.response.", "method.response.header."
_STATUS = re.compile(r"""["']?statusCode["']?\s*:\s*["']?(\d{3})\b""")
_VARIABLE = re.compile(r"\$\{stageVariables\.(\w+)\}")
_PLACE = re.compile(r"\{([\w.-]+)\+?\}")


class NoAnswer(Exception):
    """What is behind a route has given no answer that can be handed on: what is answered, and why."""

    def __init__(self, response: ApiResponse, reason: str) -> None:
        super().__init__(reason)
        self.response = response
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A request to a backend."""

    method: str
    url: str
    headers: tuple[tuple[str, str], ...]
    body: bytes


def _broken(api: Api, reason: str) -> NoAnswer:
    text = "Internal Server Error" if api.kind == "HTTP" else "Internal server error"
    return NoAnswer(message(500, text), reason)


# ---------------------------------------------------------------- mock


def mocked(backend: Backend, request: ApiRequest, api: Api, values: Mapping[str, str]) -> ApiResponse:
    """Return what a mock answers: its request template tells the status, a response of the integration the
    rest. Raises NoAnswer."""
    told = _body(backend, request, api, values)
    status = _STATUS.search(told)
    if status is None:
        raise _broken(api, f"the mock's request template tells no statusCode: {told[:200]!r}")
    return _mapped(backend, int(status[1]), [], b"", request, api, values)


def _body(backend: Backend, request: ApiRequest, api: Api, values: Mapping[str, str]) -> str:
    """Return the body that an integration is given: that of its template for the content type, or the body as
    it came."""
    type = request.header("content-type").partition(";")[0].strip().lower() or JSON_TYPE
    template = backend.templates.get(type)
    if template is not None:
        return _rendered(template, Mapped(request, values, api.variables), api)
    never = backend.passthrough == "never"
    if never or (backend.passthrough == "when_no_templates" and backend.templates):
        raise NoAnswer(message(415, "Unsupported Media Type"), f"it has no request template for {type}")
    return request.body.decode("utf-8", "replace")


def _rendered(template: str, mapped: Mapped, api: Api) -> str:
    try:
        return render(template, mapped)
    except StateError as wrong:
        raise _broken(api, str(wrong.cause)) from None


def _mapped(
    backend: Backend,
    status: int,
    headers: list[tuple[str, str]],
    body: bytes,
    request: ApiRequest,
    api: Api,
    values: Mapping[str, str],
) -> ApiResponse:
    """Return the response that a backend's answer is made into: by the first of the integration's responses
    whose pattern its status is of, or by the default one."""
    found = next((one for one in backend.replies if _is_for(one.pattern, status)), None)
    found = found or next((one for one in backend.replies if one.pattern == "default"), None)
    if found is None:
        raise _broken(api, f"the integration has no response for the status {status}")
    answered = Mapped(replace(request, body=body), values, api.variables)
    own = {
        name.removeprefix(_ANSWER).lower(): _of_answer(written, answered, headers)
        for name, written in found.parameters.items()
        if name.startswith(_ANSWER)
    }
    accepted = request.header("accept").partition(",")[0].partition(";")[0].strip().lower()
    type = accepted if accepted in found.templates else next(iter(found.templates), None)
    if type is not None:
        body = _rendered(found.templates[type], answered, api).encode("utf-8", "replace")
    else:
        type = next((value for name, value in headers if name == "content-type"), JSON_TYPE)
    told = {"content-type": type, **{name: value for name, value in own.items() if value is not None}}
    return ApiResponse(found.status, body, [*told.items()])


def _is_for(pattern: str, status: int) -> bool:
    try:
        return re.fullmatch(pattern, str(status)) is not None
    except re.error:
        return False


def _of_answer(written: str, answered: Mapped, headers: list[tuple[str, str]]) -> str | None:
    """Return the value of a header of the response; None where there is none."""
    if not written.startswith(_RESPONSE):
        return _of_request(written, answered)
    place, _, name = written.removeprefix(_RESPONSE).partition(".")
    if place == "body":
        return _text(member(answered.body, name) if name else answered.body)
    found = [value for key, value in headers if key == name.lower()]
    return (",".join(found) if place.startswith("multi") else found[-1]) if found else None


# ---------------------------------------------------------------- http and http_proxy


def outgoing(backend: Backend, request: ApiRequest, api: Api, values: Mapping[str, str]) -> Outgoing:
    """Return what a backend is asked. Raises NoAnswer for what makes no request."""
    mapped = Mapped(request, values, api.variables)
    headers = [(name, value) for name, value in request.headers if name not in NOT_HANDED_ON]
    queries, path, body = request.queries, dict(values), request.body
    if backend.kind == "http":
        headers, queries = [("content-type", JSON_TYPE)], []
        body = _body(backend, request, api, values).encode("utf-8", "replace")
    change = _change_http if api.kind == "HTTP" else _change_rest
    url = _VARIABLE.sub(lambda match: api.variables.get(match[1], ""), backend.uri)
    replaced = change(backend, mapped, {"header": headers, "querystring": queries}, path)
    url = _PLACE.sub(lambda match: quote(path[match[1]]) if match[1] in path else match[0], url)
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname or "{" in url:
        raise _broken(api, f"{url} is no address that a request can be sent to")
    if not any(name == "user-agent" for name, _ in headers):
        headers.append(("user-agent", f"AmazonAPIGateway_{api.id}"))
    if api.kind == "REST":
        headers.append(("x-amzn-apigateway-api-id", api.id))
    fixed = parse_qsl(parts.query, keep_blank_values=True)
    query = "&".join(f"{quote(name, safe='')}={quote(value, safe='')}" for name, value in [*fixed, *queries])
    url = urlunsplit((parts.scheme, parts.netloc, replaced or parts.path or "/", query, ""))
    method = request.method if backend.method in ("ANY", "") else backend.method
    return Outgoing(method, url, tuple(headers), body)


def _change_rest(
    backend: Backend, mapped: Mapped, places: Mapping[str, list[tuple[str, str]]], path: dict[str, str]
) -> None:
    """Set what the requestParameters of a REST API say."""
    for key, written in backend.parameters.items():
        place, _, name = key.removeprefix(_REQUEST).partition(".")
        value = _of_request(written, mapped)
        if value is None:
            continue
        if place == "path":
            path[name] = value
        elif place in places:
            _put(places[place], name.lower() if place == "header" else name, value)


def _change_http(
    backend: Backend, mapped: Mapped, places: Mapping[str, list[tuple[str, str]]], path: dict[str, str]
) -> str | None:
    """Change what the requestParameters of an HTTP API say; return the path, if that is replaced."""
    replaced: str | None = None
    for key, written in backend.parameters.items():
        what, _, where = key.partition(":")
        place, _, name = where.partition(".")
        value = selected(written, mapped)
        if where == "path" and what == "overwrite" and isinstance(value, str):
            replaced = quote(value if value.startswith("/") else f"/{value}")
        if place not in places:
            continue
        name = name.lower() if place == "header" else name
        if what == "remove":
            places[place][:] = [one for one in places[place] if one[0] != name]
        elif isinstance(value, str) and what == "append":
            places[place].append((name, value))
        elif isinstance(value, str) and what == "overwrite":
            _put(places[place], name, value)
    return replaced


def _put(pairs: list[tuple[str, str]], name: str, value: str) -> None:
    pairs[:] = [*(one for one in pairs if one[0] != name), (name, value)]


def _of_request(written: str, mapped: Mapped) -> str | None:
    """Return a parameter's value: a literal in quotes, or what there is of the request."""
    if len(written) > 1 and written[0] == written[-1] == "'":
        return written[1:-1]
    source, _, rest = written.removeprefix("$").partition(".")
    if source == "stageVariables":
        return mapped.variables.get(rest)
    if source == "context":
        return mapped.context.get(rest)
    if source != "method":
        return None
    _, _, rest = rest.partition(".")
    place, _, name = rest.partition(".")
    request = mapped.request
    if place == "path":
        return mapped.values.get(name)
    if place == "body":
        return _text(member(mapped.body, name)) if name else request.body.decode("utf-8", "replace")
    pairs = request.queries if place.endswith("querystring") else request.headers
    name = name if place.endswith("querystring") else name.lower()
    found = [value for key, value in pairs if key == name]
    return (",".join(found) if place.startswith("multi") else found[-1]) if found else None


def _text(value: JSON) -> str | None:
    return value if value is None or isinstance(value, str) else to_json_text(value)


def sent(
    out: Outgoing, backend: Backend, request: ApiRequest, api: Api, values: Mapping[str, str], seconds: float
) -> ApiResponse:
    """Send a request to a backend and return what the client is answered. Raises NoAnswer, and TimeoutError
    after so many seconds. Redirections are not followed."""
    answer = _fetched(out, api, seconds)
    headers = [
        (name.lower(), value) for name, value in answer.headers.items() if name.lower() not in NOT_HANDED_ON
    ]
    if backend.kind == "http":
        return _mapped(backend, answer.status, headers, answer.data, request, api, values)
    return ApiResponse(answer.status, answer.data, headers)


def _fetched(out: Outgoing, api: Api, seconds: float) -> BaseHTTPResponse:
    import urllib3
    from urllib3.exceptions import HTTPError, MaxRetryError, NewConnectionError, ProtocolError
    from urllib3.exceptions import TimeoutError as TimedOut

    try:
        with urllib3.PoolManager() as pool:
            return pool.request(
                out.method,
                out.url,
                body=out.body or None,
                headers=_headers(out),
                timeout=urllib3.Timeout(total=seconds),
                retries=False,
                redirect=False,
                decode_content=False,
            )
    except NewConnectionError as wrong:
        raise _unreached(out, api, wrong) from None
    except TimedOut:
        raise TimeoutError from None
    except ProtocolError as wrong:
        reason = f"{out.url} gave no whole answer: {wrong}"
        raise NoAnswer(message(502, "Bad Gateway"), reason) from None
    except (HTTPError, MaxRetryError, OSError, ValueError) as wrong:
        raise _unreached(out, api, wrong) from None


def _headers(out: Outgoing) -> HTTPHeaderDict:
    from urllib3 import HTTPHeaderDict

    headers = HTTPHeaderDict()
    for name, value in out.headers:
        headers.add(name, value)
    return headers


def _unreached(out: Outgoing, api: Api, wrong: Exception) -> NoAnswer:
    reason = f"{out.url} cannot be reached: {wrong}"
    if api.kind == "HTTP":
        return NoAnswer(message(503, "Service Unavailable"), reason)
    return NoAnswer(message(504, "Network error communicating with endpoint"), reason)
