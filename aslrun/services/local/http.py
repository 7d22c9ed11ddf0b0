"""The local AWS for clients outside of this process: an endpoint on a free port of the loopback interface.

It listens from when its address is asked for. What speaks HTTP is imported with the first connection.
"""

from __future__ import annotations

import contextlib
import socket
import threading

from aslrun.services.wire import Answer, Response, read_request

HOST = "127.0.0.1"
"""`localhost` would not do: the JavaScript SDK puts a bucket's name before it, and not before a number."""


class Endpoint:
    """Answers HTTP with `answer`, on threads of its own, until it is closed."""

    def __init__(self, answer: Answer, region: str) -> None:
        self._answer = answer
        self._region = region
        self._lock = threading.Lock()
        self._socket: socket.socket | None = None
        self._listener: threading.Thread | None = None
        self._connections: set[socket.socket] = set()
        self._url = ""

    @property
    def url(self) -> str:
        """Its address, as `http://127.0.0.1:PORT`; it listens from now on, also when it has been closed."""
        with self._lock:
            if self._socket is None:
                self._socket = self._listen()
                self._url = f"http://{HOST}:{self._socket.getsockname()[1]}"
                self._listener = threading.Thread(
                    target=self._serve, args=(self._socket,), name="aslrun-aws", daemon=True
                )
                self._listener.start()
            return self._url

    @property
    def name(self) -> str:
        """Its address, without a need for it to listen there if it has been closed."""
        return self._url or self.url

    def _listen(self) -> socket.socket:
        if self._url:  # which QueueUrls may have
            with contextlib.suppress(OSError):
                return socket.create_server((HOST, int(self._url.rpartition(":")[2])))
        return socket.create_server((HOST, 0))

    def _serve(self, listening: socket.socket) -> None:
        while True:
            try:
                connection, address = listening.accept()
            except OSError:
                return
            with self._lock:
                if self._socket is not listening:
                    connection.close()
                    return
                self._connections.add(connection)
            threading.Thread(target=self._handle, args=(connection, address), daemon=True).start()

    def _handle(self, connection: socket.socket, address: object) -> None:
        from aslrun.services.local.connection import serve

        try:
            with contextlib.suppress(OSError, ValueError):  # ended by the client, or closed meanwhile
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                serve(connection, address, self._read_and_answer)
        finally:
            with self._lock:
                self._connections.discard(connection)
            connection.close()

    def _read_and_answer(self, method: str, target: str, headers: dict[str, str], body: bytes) -> Response:
        return self._answer(read_request(method, target, headers, body, self._region))

    def close(self) -> None:
        """Listen no longer, and end all connections."""
        with self._lock:
            listening, self._socket = self._socket, None
            listener, self._listener = self._listener, None
            connections = [*self._connections]
        if listening is None or listener is None:
            return
        # A thread that waits in accept() is not woken by close() everywhere, and keeps the port as long.
        with contextlib.suppress(OSError):
            socket.create_connection(listening.getsockname(), 1).close()
            listener.join(1)
        listening.close()
        for connection in connections:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
