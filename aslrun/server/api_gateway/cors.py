"""Pages of other origins: what a preflight is answered, and what answers are given besides.

Documentation: "Enable CORS for a REST API resource" (the API answers preflights, functions add their own
headers), "Configure CORS for HTTP APIs" (the API adds all of them, and overrides those of functions).
"""

from __future__ import annotations

from aslrun.server.api_gateway.requests import ApiRequest, ApiResponse
from aslrun.server.api_gateway.routes import ANY, Api, Cors, Route

_ALL = ("DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT")
PREFIX = "access-control-"


def is_preflight(request: ApiRequest) -> bool:
    """Tell whether a request only asks whether another may come."""
    return request.method == "OPTIONS" and bool(request.header("access-control-request-method"))


def preflight(request: ApiRequest, api: Api, path: str) -> ApiResponse | None:
    """Return what an OPTIONS request is answered by the API itself; None where it does not."""
    cors = api.cors
    if cors is None or request.method != "OPTIONS":
        return None
    if api.kind == "REST":
        # SAM adds OPTIONS to each path, also beside ANY.
        there = [route for route, _ in api.at(path)]
        if not there or any(route.method == "OPTIONS" for route in there):
            return None
        methods = cors.methods or _methods(there)
        headers = [("access-control-allow-origin", ",".join(cors.origins)), *_told(cors, methods)]
        return ApiResponse(200, b"", [("content-type", "application/json"), *headers])
    if not is_preflight(request):
        return None
    return ApiResponse(204, b"", [*_origin(cors, request), *_told(cors, cors.methods)])


def _methods(there: list[Route]) -> tuple[str, ...]:
    named = {route.method for route in there}
    return _ALL if ANY in named else tuple(sorted({*named, "OPTIONS"}))


def with_cors(response: ApiResponse, request: ApiRequest, api: Api) -> ApiResponse:
    """Return a response with what an HTTP API or a function URL adds for a page of another origin."""
    if api.cors is None or api.kind == "REST" or not request.header("origin"):
        return response
    headers = [(name, value) for name, value in response.headers if not name.startswith(PREFIX)]
    headers += _origin(api.cors, request)
    if api.cors.exposed:
        headers.append(("access-control-expose-headers", ",".join(api.cors.exposed)))
    return ApiResponse(response.status, response.body, headers)


def _origin(cors: Cors, request: ApiRequest) -> list[tuple[str, str]]:
    origin = request.header("origin")
    if "*" in cors.origins and not cors.credentials:
        return [("access-control-allow-origin", "*")]
    if "*" not in cors.origins and origin not in cors.origins:
        return []
    told = [("access-control-allow-origin", origin), ("vary", "origin")]
    return [*told, ("access-control-allow-credentials", "true")] if cors.credentials else told


def _told(cors: Cors, methods: tuple[str, ...]) -> list[tuple[str, str]]:
    told = [
        ("access-control-allow-methods", ",".join(methods)),
        ("access-control-allow-headers", ",".join(cors.headers)),
        ("access-control-max-age", cors.max_age or ""),
    ]
    return [(name, value) for name, value in told if value]
