"""A port that is listened on: uvicorn in a thread of its own, with limits on what a connection may cost."""

from __future__ import annotations

import contextlib
import socket
import sys
import threading
from typing import Any

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from aslrun.errors import UsageError

FIRST_REQUEST = 30.0
"""Seconds in which a new connection has to send the head of its first request."""
KEPT_ALIVE = 75
"""Seconds that a connection is kept without a request: longer than clients keep theirs."""
LAST_ANSWERS = 1
"""Seconds that requests have for their answers when the server ends."""
FILES = 16_384
"""Open files that the process asks for: one for each connection."""

LARGEST_HEAD = 65_536
"""Bytes of a request's head; what comes with the last of them is read, too."""


class Connection(HttpToolsProtocol):
    """A connection that is closed if no request comes, or a head without an end."""

    in_head = True
    has_ended = False
    head_size = 0

    def data_received(self, data: bytes) -> None:
        self.has_ended = False
        super().data_received(data)
        if self.in_head and not self.has_ended:  # else the data was of a request before it, too
            self.head_size += len(data)
            if self.head_size > LARGEST_HEAD and not self.transport.is_closing():
                self.send_400_response("The request's head is too large")

    def on_headers_complete(self) -> None:
        self.in_head, self.head_size = False, 0
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        self.in_head = self.has_ended = True
        super().on_message_complete()

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self.loop.call_later(FIRST_REQUEST, self._close_if_silent)

    def _close_if_silent(self) -> None:
        has_come: object = self.cycle
        if has_come is None and not self.transport.is_closing():
            self.transport.close()


def bind(host: str, port: int, option: str = "--port") -> socket.socket:
    """Return a socket that is bound; UsageError, naming the `option`, where the address cannot be had."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # With its protocol named: else asyncio does not turn off the delay of small packets, 40 ms an answer.
    listening = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        if sys.platform != "win32":  # where it would let two servers have one port
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((host, port))
        listening.listen(2_048)
    except (OSError, OverflowError) as wrong:
        listening.close()
        why = wrong.strerror if isinstance(wrong, OSError) else "a port is a number up to 65535"
        message = f"cannot listen on {host}:{port}: {why}; choose another port with {option}"
        raise UsageError(message) from None
    return listening


def raise_file_limit() -> None:
    """Let the process have as many open files as it may, up to `FILES`."""
    if sys.platform == "win32":
        return
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = FILES if hard == resource.RLIM_INFINITY else min(FILES, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


class Listener:
    """Serves an ASGI application on a socket until it is closed."""

    def __init__(self, application: Any, listening: socket.socket) -> None:
        self.socket = listening
        config = uvicorn.Config(
            application,
            http=Connection,
            ws="none",
            loop="asyncio",
            lifespan="off",
            log_config=None,
            log_level="critical",
            access_log=False,
            server_header=False,
            proxy_headers=False,
            timeout_keep_alive=KEPT_ALIVE,
            timeout_graceful_shutdown=LAST_ANSWERS,
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._serve, name="aslrun-server", daemon=True)

    def _serve(self) -> None:
        self._server.run(sockets=[self.socket])

    def start(self) -> None:
        """Begin; it is ready at once, since the socket listens already."""
        self._thread.start()

    def close(self) -> None:
        """End: no more requests are taken, and those that wait for something get no answer."""
        self._server.should_exit = True
        self._thread.join(LAST_ANSWERS + 5)
        self.socket.close()
