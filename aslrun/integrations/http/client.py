"""One HTTP request, sent with urllib3 to an address that was looked at before.

urllib3, because botocore brings it already, it is plain Python of 1.2 MB, keeps TLS verification on, and lets
a connection be made to one address under another name. Redirects are not followed and no proxy is asked: the
answer of a redirect is a status like others, and a proxy would resolve the name for itself.
"""

from __future__ import annotations

import socket
import ssl
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from http.client import HTTPException
from typing import TYPE_CHECKING, TypeAlias, TypeVar
from urllib.parse import SplitResult, urlsplit

from aslrun.integrations.http.addresses import Addresses, Refused

if TYPE_CHECKING:
    from urllib3.connection import HTTPConnection

TIME_LIMIT = 60.0
"""Seconds that an HTTP Task may take. Documentation: "Call HTTPS APIs in Step Functions workflows"."""

T = TypeVar("T")
Headers: TypeAlias = tuple[tuple[str, str], ...]


class NoAnswer(Exception):
    """No response came; `str()` of it says why."""


@dataclass(frozen=True, slots=True)
class Request:
    """What is sent. The URL is absolute and percent-encoded."""

    method: str
    url: str
    headers: Headers
    body: bytes | None = None


@dataclass(frozen=True, slots=True)
class Response:
    """What came back. `is_cut` says that the body is longer than was asked for."""

    status: int
    reason: str
    headers: Headers
    body: bytes
    is_cut: bool = False

    def header(self, name: str) -> str:
        """Return the first value of a header, `` where there is none."""
        return next((value for key, value in self.headers if key.lower() == name), "")


def send(
    request: Request,
    addresses: Addresses,
    *,
    most: int,
    seconds: float = TIME_LIMIT,
    on_cancel: Callable[[Callable[[], None]], None] | None = None,
) -> Response:
    """Send a request and return the response, with at most `most` bytes of its body.

    `on_cancel` is given what ends the exchange from another thread. Raises NoAnswer where none came in
    `seconds`, Refused for a host, or a scheme, that may not be asked: `http` is for addresses in one's own
    network only, as the service takes none but HTTPS.
    """
    parts = urlsplit(request.url)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    deadline = time.monotonic() + seconds
    try:
        found = addresses.find(parts.hostname or "", port)
    except OSError as wrong:
        raise NoAnswer(f"{parts.hostname} is not known: {_told(wrong)}") from None
    if parts.scheme != "https":
        found = [one for one in found if not one[1]]
        if not found:
            raise Refused("http:")
    failure = NoAnswer(f"{parts.hostname} has no address")
    for address, _ in found:
        exchange = _Exchange(parts, address, port, deadline)
        if on_cancel is not None:
            on_cancel(exchange.stop)
        try:
            exchange.connect()
        except NoAnswer as wrong:
            failure = wrong
            continue
        return exchange.run(request, most)
    raise failure


class _Exchange:
    """One connection, which another thread may end."""

    def __init__(self, parts: SplitResult, address: str, port: int, deadline: float) -> None:
        from urllib3.connection import HTTPConnection, HTTPSConnection

        self.parts = parts
        self.deadline = deadline
        self.is_stopped = False
        left = max(0.001, deadline - time.monotonic())
        self.connection: HTTPConnection = (
            HTTPSConnection(
                address,
                port,
                timeout=left,
                ssl_context=ssl.create_default_context(),
                server_hostname=parts.hostname,
            )
            if parts.scheme == "https"
            else HTTPConnection(address, port, timeout=left)
        )

    def stop(self) -> None:
        """End the exchange: whoever waits for it gets an error."""
        self.is_stopped = True
        if (sock := self.connection.sock) is not None:
            with suppress(OSError):  # already at its end
                # Not SSLSocket's own, which would pull the TLS from under the reader.
                socket.socket.shutdown(sock, socket.SHUT_RDWR)

    def connect(self) -> None:
        self._try(self.connection.connect)

    def run(self, request: Request, most: int) -> Response:
        timer = threading.Timer(max(0.0, self.deadline - time.monotonic()), self.stop)
        timer.daemon = True
        timer.start()
        try:
            return self._try(lambda: self._exchange(request, most))
        finally:
            timer.cancel()
            self.connection.close()

    def _exchange(self, request: Request, most: int) -> Response:
        from urllib3 import HTTPHeaderDict

        target = self.parts.path or "/"
        if self.parts.query:
            target += f"?{self.parts.query}"
        headers = HTTPHeaderDict(request.headers)
        self.connection.request(
            request.method, target, body=request.body, headers=headers, preload_content=False
        )
        answer = self.connection.getresponse()
        body = b""
        while len(body) <= most and (part := answer.read(most + 1 - len(body))):
            body += part
        if self.is_stopped:
            raise OSError("stopped")
        received = tuple((name, value) for name, value in answer.headers.items())
        return Response(answer.status, answer.reason or "", received, body[:most], len(body) > most)

    def _try(self, work: Callable[[], T]) -> T:
        from urllib3.exceptions import HTTPError

        try:
            return work()
        except (OSError, HTTPError, HTTPException, ValueError) as wrong:
            self.connection.close()
            late = isinstance(wrong, TimeoutError) or time.monotonic() >= self.deadline
            told = "the request took too long" if late else _told(wrong)
            raise NoAnswer(f"{self.parts.netloc}: {told}") from None


def _told(wrong: Exception) -> str:
    """Return what an error says: the system's words where urllib3 tells of an error of its."""
    if isinstance(wrong, ssl.SSLCertVerificationError):
        return f"its certificate is not trusted: {wrong.verify_message}"
    for error in (wrong, wrong.__cause__, wrong.__context__):
        if isinstance(error, OSError) and error.strerror:
            return error.strerror
    return str(wrong) or type(wrong).__name__
