"""Server-sent events (HTML: "Server-sent events"): a page is told that what it shows has changed, not how."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Executor

from aslrun.errors import AslrunError
from aslrun.server.app import HttpResponse, Receive, Send, send_response
from aslrun.values import JSON, to_json_text

EVERY = 0.25
"""Seconds between two glances."""
ALIVE = 15.0
"""Seconds after which something is sent all the same, that a broken connection is noticed."""
MOST = 64
"""Pages that are told of changes at once."""


class Changes:
    """Tells pages of changes. `threads` is where it is looked."""

    def __init__(self, threads: Executor) -> None:
        self.threads = threads
        self.followed = 0
        self.is_closed = False

    def close(self) -> None:
        """Tell nobody any more; connections are ended at their next glance."""
        self.is_closed = True

    async def follow(self, glance: Callable[[], JSON], receive: Receive, send: Send) -> None:
        """Send an event whenever `glance` returns another value, until the page is closed."""
        if self.followed >= MOST:
            await send_response(send, HttpResponse(503, b"too many pages are open"))
            return
        headers = [(b"content-type", b"text/event-stream"), (b"cache-control", b"no-store")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        gone = asyncio.ensure_future(_gone(receive))
        self.followed += 1
        try:
            await self._tell(glance, gone, send)
            await send({"type": "http.response.body", "body": b""})
        finally:
            self.followed -= 1
            gone.cancel()

    async def _tell(self, glance: Callable[[], JSON], gone: asyncio.Future[None], send: Send) -> None:
        loop, seen, quiet = asyncio.get_running_loop(), "", 0.0
        while not gone.done() and not self.is_closed:
            seen_now = await loop.run_in_executor(self.threads, _text_of, glance)
            text = ""
            if seen_now != seen:
                seen, quiet, text = seen_now, 0.0, f"data: {seen_now}\n\n"
            elif quiet >= ALIVE:
                quiet, text = 0.0, ":\n\n"
            if text:
                await send({"type": "http.response.body", "body": text.encode(), "more_body": True})
            await asyncio.wait([gone], timeout=EVERY)
            quiet += EVERY


def _text_of(glance: Callable[[], JSON]) -> str:
    """Return a glance as text: of much, only what tells it from another."""
    try:
        text = to_json_text(glance())
    except (AslrunError, RuntimeError) as wrong:  # it has changed while it was looked at
        text = to_json_text(str(wrong))
    return text if len(text) < 200 else f"{hash(text):x}"


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
