"""What listens on the port: the ASGI application. A request goes to Step Functions, to Lambda's API, to the
console, or, if it is another service's, to the local AWS.

A client costs no more than itself: bodies are read up to a limit and for a limited time, and no more
connections are held than the process has files for.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, TypeAlias
from urllib.parse import unquote, urlsplit

from aslrun.functions.steps import Steps, run
from aslrun.server.awaiting import in_steps
from aslrun.server.console.guard import Guard
from aslrun.server.errors import ApiError
from aslrun.server.protocol import (
    LARGEST,
    Protocol,
    Reply,
    broken,
    encode,
    headers_of,
    is_for_states,
    refusal,
)
from aslrun.values import JSON

Receive: TypeAlias = Callable[[], Awaitable[dict[str, Any]]]
Send: TypeAlias = Callable[[dict[str, Any]], Awaitable[None]]
Asgi: TypeAlias = Callable[[dict[str, Any], Receive, Send], Awaitable[None]]

LARGEST_UPLOAD = 96 * 2**20
"""Bytes of a request to another service: a function's zip of 50 MB, in base64, and an object of 64 MB,
fit."""
MOST_DROPPED = 128 * 2**20
"""Bytes of a body that is too large which are read all the same."""
SLOWEST_BODY = 60.0
"""Seconds in which a body has to be there."""


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """A request as it came: `path` begins with a slash, `query` is as it is written, names of headers are in
    lower case."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class HttpResponse:
    """An answer as it is sent."""

    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)


Show: TypeAlias = Callable[[HttpRequest, Receive, Send], Awaitable[None]]
"""Answers a browser, by ASGI: an answer may go on for long."""
Handle: TypeAlias = Callable[[HttpRequest], "HttpResponse | None"]
"""Answers a request if it is its own; called on a thread."""
HandleInSteps: TypeAlias = Callable[[HttpRequest], "Steps[HttpResponse | None]"]
"""Answers a request if it is its own, on the event loop as far as it takes no time."""
THREADS = 64
"""Requests at once that are worked on, or waited for, on threads."""


class Application:
    """The ASGI application of a server.

    Args:
        protocol: answers Step Functions.
        handlers: answer what is theirs, by path; asked in this order.
        forward: answers what nobody else does; None where there is nothing behind.
        guard: refuses what a page of another site asks for.
        console: answers what a browser asks for.
    """

    def __init__(
        self,
        protocol: Protocol,
        handlers: Mapping[str, HandleInSteps],
        forward: Handle | None = None,
        *,
        guard: Guard,
        console: Show | None = None,
    ) -> None:
        self.protocol = protocol
        self.handlers = handlers
        self.forward = forward
        self.guard = guard
        self.console = console
        self.threads = ThreadPoolExecutor(THREADS, thread_name_prefix="aslrun-request")

    def close(self) -> None:
        """End the threads; what they are at goes on to its end."""
        self.threads.shutdown(wait=False, cancel_futures=True)

    async def __call__(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        head = head_of(scope)
        is_ours = is_for_states(head.headers)
        console = self.console if not is_ours and _is_of_a_browser(head) else None
        refused = self.guard.refusal(head.method, head.headers, is_console=console is not None)
        if refused is not None:
            await send_response(send, json_response(403, {"__type": "Forbidden", "message": refused}))
            return
        try:
            async with asyncio.timeout(SLOWEST_BODY):
                body = await body_of(receive, head, LARGEST if is_ours else LARGEST_UPLOAD)
        except TooLarge:
            wrong = ApiError("RequestEntityTooLargeException", "the request's body is too large")
            await send_response(send, _response(Reply(413, refusal(wrong).body, {"connection": "close"})))
            return
        except TimeoutError:
            wrong = ApiError("RequestTimeout", "the request's body did not come in time")
            await send_response(send, _response(Reply(408, refusal(wrong).body, {"connection": "close"})))
            return
        except Disconnected:
            return
        at_once = self.protocol.answer_at_once(head.headers, body) if is_ours else None
        if at_once is not None:
            await send_response(send, _response(at_once))
            return
        request = HttpRequest(head.method, head.path, head.query, head.headers, body)
        if console is not None:
            await console(request, receive, send)
            return
        if not is_ours:
            await send_response(send, await in_steps(self.answer_others(request), self.threads))
            return
        answer = asyncio.ensure_future(self.protocol.answer(head.headers, body))
        gone = asyncio.ensure_future(_gone(receive))
        try:
            await asyncio.wait({answer, gone}, return_when=asyncio.FIRST_COMPLETED)
            if answer.done():
                await send_response(send, _response(answer.result()))
        finally:
            gone.cancel()
            answer.cancel()

    def answer_here(self, request: HttpRequest) -> HttpResponse:
        """Answer a request of somebody in this process, on this thread."""
        if is_for_states(request.headers):
            return _response(self.protocol.answer_now(request.headers, request.body))
        return run(self.answer_others(request, own=True))

    def answer_others(self, request: HttpRequest, own: bool = False) -> Steps[HttpResponse]:
        """Answer a request that is not for Step Functions; with `own`, only what is the server's."""
        try:
            for prefix, handle in self.handlers.items():
                if request.path.startswith(prefix):
                    answered = yield from handle(request)
                    if answered is not None:
                        return answered
            if self.forward is not None and not own:
                yield None
                answered = self.forward(request)
                if answered is not None:
                    return answered
        except Exception:
            return _response(broken(f"{request.method} {request.path[:200]}"))
        return _response(refusal(unknown(request)))


def unknown(request: HttpRequest) -> ApiError:
    """Return what a request is answered that nobody knows what to do with."""
    target = request.headers.get("x-amz-target")
    what = f"the operation '{target[:200]}'" if target else f"{request.method} {request.path[:200]}"
    return ApiError(
        "UnknownOperationException",
        f"aslrun serves Step Functions and Lambda here, and has nothing for {what}",
    )


def _response(reply: Reply) -> HttpResponse:
    return HttpResponse(reply.status, encode(reply.body), headers_of(reply))


def json_response(status: int, body: JSON, headers: Mapping[str, str] | None = None) -> HttpResponse:
    """Return an answer in JSON, as services with REST have it."""
    return HttpResponse(status, encode(body), {"content-type": "application/json", **(headers or {})})


# ---------------------------------------------------------------- what ASGI has


class TooLarge(Exception):
    """The body has more bytes than are read."""


class Disconnected(Exception):
    """The client has gone before its request was there."""


def head_of(scope: dict[str, Any]) -> HttpRequest:
    """Take the head apart. A client whose proxy this is sends the whole URL: it counts from the path on."""
    raw = scope.get("raw_path") or scope["path"].encode()
    path, query = raw.decode("latin-1"), scope.get("query_string", b"").decode("latin-1")
    if not path.startswith("/"):
        path = urlsplit(path).path or "/"
    headers: dict[str, str] = {}
    for name, value in scope["headers"]:
        headers.setdefault(name.decode("latin-1").lower(), value.decode("latin-1"))
    return HttpRequest(scope["method"], path, query, headers)


def path_parts(path: str) -> list[str]:
    """Return the parts of a path, each decoded by itself: an ARN in it may have slashes."""
    return [unquote(part) for part in path.split("/")[1:]]


def _is_of_a_browser(head: HttpRequest) -> bool:
    """Tell whether a request is the console's. The SDKs sign theirs, and name a target or a path of their
    own."""
    if "x-amz-target" in head.headers or "authorization" in head.headers:
        return False
    is_page = head.method == "GET" and head.path == "/" and "text/html" in head.headers.get("accept", "")
    return is_page or head.path.startswith("/console/")


async def body_of(receive: Receive, head: HttpRequest, largest: int) -> bytes:
    """Return the whole body; TooLarge beyond `largest` bytes, Disconnected when the client goes.

    Of one that is too large the rest is read and dropped, as far as that is bearable: a client that is still
    sending would not see an answer.
    """
    length = head.headers.get("content-length", "0")
    if not length.isdecimal() or int(length) > MOST_DROPPED:
        raise TooLarge
    parts, size = [], 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Disconnected
        part = message.get("body", b"")
        size += len(part)
        if size > MOST_DROPPED:
            raise TooLarge
        if size <= largest:
            parts.append(part)
        else:
            parts.clear()
        if not message.get("more_body"):
            break
    if size > largest:
        raise TooLarge
    return b"".join(parts)


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def send_response(send: Send, response: HttpResponse) -> None:
    """Send a whole answer."""
    headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in response.headers.items()]
    if not any(name.lower() == b"content-length" for name, _ in headers):
        headers.append((b"content-length", str(len(response.body)).encode()))
    await send({"type": "http.response.start", "status": response.status, "headers": headers})
    await send({"type": "http.response.body", "body": response.body})
