"""A real HTTP server in this process, which tells what it was asked."""

from __future__ import annotations

import json
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

CERTIFICATE = Path(__file__).parent / "server.pem"
"""Of api.example.test, with its key: for these tests only."""


@dataclass
class Asked:
    """One request, as the server got it; header names are in lower case."""

    method: str
    target: str
    headers: dict[str, list[str]]
    body: str


@dataclass
class Server:
    """The server, what it was asked, and what it answers: (status, headers, body) by path."""

    url: str
    port: int
    asked: list[Asked] = field(default_factory=list)
    answers: dict[str, tuple[int, dict[str, str], bytes]] = field(default_factory=dict)
    slow: dict[str, threading.Event] = field(default_factory=dict)

    def answer_json(self, path: str, value: Any, status: int = 200) -> None:
        self.answers[path] = (status, {"Content-Type": "application/json"}, json.dumps(value).encode())


def make_handler(server: Server) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def log_message(self, format: str, *args: Any) -> None:
            pass

        def answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
            names = {name.lower() for name in self.headers}
            headers = {name: self.headers.get_all(name, []) for name in names}
            server.asked.append(Asked(self.command, self.path, headers, body))
            path = self.path.partition("?")[0]
            if path in server.slow:
                server.slow[path].wait(10)
            status, sent, content = server.answers.get(
                path, (404, {"Content-Type": "text/plain"}, b"nothing")
            )
            self.send_response(status)
            for name, value in {**sent, "Content-Length": str(len(content))}.items():
                self.send_header(name, value)
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(content)

        do_GET = do_POST = do_PUT = do_DELETE = do_PATCH = do_HEAD = do_OPTIONS = answer

    return Handler


@contextmanager
def serving(tls: bool = False) -> Iterator[Server]:
    """Serve HTTP, or HTTPS as api.example.test, with a certificate that nothing trusts."""
    found = Server("", 0)
    listening = ThreadingHTTPServer(("127.0.0.1", 0), make_handler(found))
    listening.daemon_threads = True
    found.port = listening.server_address[1]
    found.url = f"http://127.0.0.1:{found.port}"
    if tls:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(CERTIFICATE)
        listening.socket = context.wrap_socket(listening.socket, server_side=True)
        found.url = f"https://api.example.test:{found.port}"
    thread = threading.Thread(target=listening.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield found
    finally:
        for event in found.slow.values():
            event.set()
        listening.shutdown()
        listening.server_close()
        thread.join()
