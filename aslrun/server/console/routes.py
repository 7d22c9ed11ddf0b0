"""The console's addresses, as an ASGI application. The guard has been asked already when it is called.

GET  /                               the list
GET  /console/execution?arn=         an execution
GET  /console/lists?…, /console/executions?…, /console/story?arn=, /console/graph?arn=    their data
GET  /console/events[?arn=]          server-sent events: one whenever the data have changed
POST /console/call/OPERATION         one of CALLS, with the body of the API, and the console's token
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from urllib.parse import parse_qsl

from aslrun.errors import AslrunError
from aslrun.page.html import script_json
from aslrun.server.app import HttpRequest, HttpResponse, Receive, Send, json_response, send_response
from aslrun.server.console import data
from aslrun.server.console.changes import Changes
from aslrun.server.console.guard import TOKEN_HEADER
from aslrun.server.console.pages import execution_page, list_page, policy, refusal_page
from aslrun.server.errors import ApiError
from aslrun.server.protocol import TARGET, Protocol, broken, encode
from aslrun.server.service import Service
from aslrun.values import JSON, to_json_text

CALLS = frozenset(
    {"StartExecution", "StopExecution", "RedriveExecution", "SendTaskSuccess", "SendTaskFailure"}
)
"""Operations that the console may ask for. It edits nothing."""
THREADS = 4
"""Pages and data that are made at once."""
HEADERS: Mapping[str, str] = {
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "x-frame-options": "DENY",
    "cross-origin-resource-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
}


class Console:
    """Answers browsers.

    Args:
        service: what is shown.
        protocol: does what is asked for.
        kept_in: where the executions are kept, to be told.
        time, scale: as in `aslrun.server.serving.Settings`, to be told.
    """

    def __init__(
        self, service: Service, protocol: Protocol, *, kept_in: str, time: str, scale: float
    ) -> None:
        self.service = service
        self.protocol = protocol
        self.about: dict[str, JSON] = {
            "store": kept_in,
            "time": time,
            "scale": scale if time == "real" else 0,
        }
        self.token = secrets.token_urlsafe(24)
        self.threads = ThreadPoolExecutor(THREADS, thread_name_prefix="aslrun-console")
        self.changes = Changes(self.threads)
        self.drawing = lru_cache(64)(_drawing)

    def close(self) -> None:
        """End what is followed."""
        self.changes.close()
        self.threads.shutdown(wait=False, cancel_futures=True)

    async def answer(self, request: HttpRequest, receive: Receive, send: Send) -> None:
        """Answer a request whose body has been read."""
        query = dict(parse_qsl(request.query))
        if request.path == "/console/events" and request.method == "GET":
            await self.changes.follow(self._glance(query), receive, send)
            return
        if request.path.startswith("/console/call/"):
            answer = await self._call(request)
        else:
            loop = asyncio.get_running_loop()
            answer = await loop.run_in_executor(self.threads, self._show, request, query)
        await send_response(send, HttpResponse(answer.status, answer.body, {**HEADERS, **answer.headers}))

    def _glance(self, query: Mapping[str, str]) -> Callable[[], JSON]:
        if "arn" in query:
            return lambda: data.glance_at(self.service, query["arn"])
        return lambda: data.glance_at_all(self.service)

    async def _call(self, request: HttpRequest) -> HttpResponse:
        operation = request.path.removeprefix("/console/call/")
        if request.method != "POST" or operation not in CALLS:
            return _refused(404, "NotFound", "the console has no such operation")
        if not secrets.compare_digest(request.headers.get(TOKEN_HEADER, "").encode(), self.token.encode()):
            told = "this page is of a server that has ended: load it again"
            return _refused(403, "Forbidden", told)
        reply = await self.protocol.answer({"x-amz-target": f"{TARGET}{operation}"}, request.body)
        return HttpResponse(reply.status, encode(reply.body), {"content-type": "application/json"})

    def _show(self, request: HttpRequest, query: Mapping[str, str]) -> HttpResponse:
        """Answer a GET, on a thread."""
        if request.method != "GET":
            return _refused(405, "MethodNotAllowed", "the console's pages can be read only")
        is_page = request.path in ("/", "/console/execution")
        try:
            return self._shown(request.path, query)
        except AslrunError as wrong:
            code = wrong.code if isinstance(wrong, ApiError) else "ValidationException"
            return _page(404, refusal_page(str(wrong))) if is_page else _refused(404, code, str(wrong))
        except Exception:
            return json_response(500, broken(f"{request.method} {request.path[:200]}").body)

    def _shown(self, path: str, query: Mapping[str, str]) -> HttpResponse:
        arn, nonce = query.get("arn", ""), secrets.token_urlsafe(16)
        if path == "/":
            told = {"about": self.about, "badges": data.signs(), **self._lists({})}
            return _page(200, list_page(told, nonce), nonce)
        if path == "/console/execution":
            story = data.tell_execution(self.service, arn) | {"token": self.token}
            execution = data.find_execution(self.service, arn)
            drawing = self.drawing(to_json_text(execution.definition))
            return _page(200, execution_page(story, execution.name, drawing, nonce), nonce)
        if path == "/console/story":
            story = data.tell_execution(self.service, arn) | {"token": self.token}
            return HttpResponse(200, script_json(story).encode(), {"content-type": "application/json"})
        if path == "/console/lists":
            return json_response(200, self._lists(query))
        if path == "/console/executions":
            return json_response(200, data.list_executions(self.service, query))
        if path == "/console/graph":
            drawing = data.draw(data.machine_definition(self.service, arn))
            headers = {
                "content-type": "image/svg+xml",
                "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'",
            }
            return HttpResponse(200, drawing.encode(), headers)
        return _refused(404, "NotFound", "the console has no such page")

    def _lists(self, query: Mapping[str, str]) -> dict[str, JSON]:
        machines = data.list_machines(self.service)
        executions = data.list_executions(self.service, query)
        return {"token": self.token, "machines": machines, **executions}


def _drawing(definition: str) -> str:
    return data.draw(data.read_definition(definition), is_executed=True)


def _page(status: int, html: str, nonce: str = "") -> HttpResponse:
    headers = {
        "content-type": "text/html; charset=utf-8",
        "content-security-policy": f"{policy(nonce)}; frame-ancestors 'none'",
    }
    return HttpResponse(status, html.encode("utf-8", "replace"), headers)


def _refused(status: int, code: str, told: str) -> HttpResponse:
    return json_response(status, {"__type": code, "message": told})
