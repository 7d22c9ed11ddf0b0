"""The ASGI application of the APIs' port."""

from __future__ import annotations

import asyncio
import sys
import time
import traceback
from collections.abc import Callable
from typing import Any

from aslrun.functions.worker import new_request_id
from aslrun.server.api_gateway.gateway import Gateway
from aslrun.server.api_gateway.requests import ApiRequest, ApiResponse, message
from aslrun.server.app import SLOWEST_BODY, Disconnected, Receive, Send, TooLarge, body_of, head_of

LARGEST = 10 * 2**20
"""Bytes that a request's body may have. Documentation: quotas."""
_AT_THE_END = "cannot schedule new futures after"
_NO_BODY = (204, 304)


class ApiApplication:
    """Answers what comes to the port. `now` returns the time, in seconds since the epoch."""

    def __init__(self, gateway: Gateway, now: Callable[[], float] = time.time) -> None:
        self.gateway = gateway
        self.now = now

    async def __call__(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        head = head_of(scope)
        try:
            async with asyncio.timeout(SLOWEST_BODY):
                body = await body_of(receive, head, LARGEST)
        except TooLarge:
            await _send(send, message(413, "Request Too Long", connection="close"), head.method)
            return
        except TimeoutError:
            await _send(send, message(408, "Request Timeout", connection="close"), head.method)
            return
        except Disconnected:
            return
        source = (scope.get("client") or ("127.0.0.1", 0))[0]
        pairs = [
            (name.decode("latin-1").lower(), value.decode("latin-1")) for name, value in scope["headers"]
        ]
        port = head.headers.get("host", "").rpartition(":")[2]
        forwarded = {"for": source, "port": port if port.isdecimal() else "80", "proto": "http"}
        pairs += [(f"x-forwarded-{name}", value) for name, value in forwarded.items()]
        request = ApiRequest(
            head.method, head.path, head.query, tuple(pairs), body, new_request_id(), self.now(), source
        )
        await _send(send, await self._answer(request), head.method, request.id)

    async def _answer(self, request: ApiRequest) -> ApiResponse:
        try:
            return await self.gateway.answer(request)
        except Exception as wrong:
            if str(wrong).startswith(_AT_THE_END):  # the process ends, and nobody has closed the server
                return message(503, "Service Unavailable", connection="close")
            told = f"aslrun: {request.method} {request.path} has failed in aslrun itself:"
            print(f"{told}\n{traceback.format_exc()}", file=sys.stderr, flush=True)
            return message(500, "Internal server error")


async def _send(send: Send, response: ApiResponse, method: str, id: str = "") -> None:
    headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in response.headers]
    if id:
        headers.append((b"apigw-requestid", id.encode()))
    body = b"" if response.status in _NO_BODY else response.body
    if response.status not in _NO_BODY:
        headers.append((b"content-length", str(len(body)).encode()))
    await send({"type": "http.response.start", "status": response.status, "headers": headers})
    await send({"type": "http.response.body", "body": b"" if method == "HEAD" else body})
