"""One connection of a client to the local AWS: HTTP/1.1 with what SDKs use of it."""

from __future__ import annotations

import socket
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler
from typing import TypeAlias

from aslrun.services.wire import Response

LARGEST = 1 << 30
"""Bytes of a request that are taken."""
Handle: TypeAlias = Callable[[str, str, dict[str, str], bytes], Response]
"""Method, target, headers and body → answer."""


def serve(connection: socket.socket, address: object, handle: Handle) -> None:
    """Answer all requests of a connection. Raises OSError or ValueError when it cannot go on."""

    class Bound(_Connection):
        answer = staticmethod(handle)

    Bound(connection, address, None)  # type: ignore[arg-type]


class _Connection(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1
    answer: Handle

    def _respond(self) -> None:
        if (body := self._body()) is None:
            return
        if "Origin" in self.headers:  # a web page's, which has no business here
            self._send(Response(403))
            return
        headers = {name.lower(): value for name, value in self.headers.items()}
        self._send(self.answer(self.command, self.path, headers, body))

    # What the base class looks for.
    do_DELETE = do_GET = do_HEAD = do_OPTIONS = do_PATCH = do_POST = do_PUT = _respond

    def _body(self) -> bytes | None:
        """Return the request's body; None where that cannot be taken, which the client is told."""
        if "chunked" in self.headers.get("Transfer-Encoding", "").lower():
            return self._chunks()
        length = self.headers.get("Content-Length", "0")
        if not length.isdecimal() or int(length) > LARGEST:
            self._refuse()
            return None
        return self.rfile.read(int(length))

    def _chunks(self) -> bytes | None:
        chunks, size = list[bytes](), 0
        while length := int(self.rfile.readline(100).partition(b";")[0], 16):
            size += length
            if length < 0 or size > LARGEST:
                self._refuse()
                return None
            chunks.append(self.rfile.read(length))
            self.rfile.readline(100)
        while self.rfile.readline(10_000).strip():  # trailers
            pass
        return b"".join(chunks)

    def _refuse(self) -> None:
        self.close_connection = True
        self._send(Response(413))

    def _send(self, response: Response) -> None:
        self.send_response_only(response.status)
        for name, value in response.headers.items():
            if name not in ("connection", "content-length", "transfer-encoding"):
                self.send_header(name, value.replace("\r", " ").replace("\n", " "))
        # An answer to HEAD tells the length of the body that it leaves out.
        told = response.headers.get("content-length") if self.command == "HEAD" else None
        self.send_header("content-length", told or str(len(response.body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(response.body)

    def handle_expect_100(self) -> bool:
        """S3's clients wait a second for this answer before each upload."""
        going_on = super().handle_expect_100()
        self.wfile.flush()
        return going_on

    def log_message(self, format: str, *args: object) -> None:
        pass
