"""X-Ray's daemon, as far as a function needs it: it takes the subsegments that X-Ray's SDKs send.

Documentation: "Sending trace data to X-Ray" (a header `{"format": "json", "version": 1}`, a line break, and a
segment document, in one UDP packet), "AWS_XRAY_DAEMON_ADDRESS".
"""

from __future__ import annotations

import contextlib
import json
import os
import socket
import threading
from typing import Any

ADDRESS = "AWS_XRAY_DAEMON_ADDRESS"
"""The environment variable that tells SDKs where the daemon is."""
LARGEST = 65_536
"""Bytes of a packet."""
MOST = 100_000
"""Documents that are kept."""
QUIET = 0.2
"""Seconds for which packets are waited for at the end, should the one that tells of it be lost."""


class Daemon:
    """Listens on a free port of this machine; as a context it tells this process's workers where.

    `documents` are those that came, in their order.
    """

    def __init__(self) -> None:
        self.documents: list[dict[str, Any]] = []
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self._is_closing = False
        self._before: str | None = None
        self._thread = threading.Thread(target=self._listen, name="aslrun-x-ray", daemon=True)

    @property
    def address(self) -> str:
        """Where it listens."""
        host, port = self._socket.getsockname()
        return f"{host}:{port}"

    def __enter__(self) -> Daemon:
        self._before = os.environ.get(ADDRESS)
        os.environ[ADDRESS] = self.address
        self._socket.settimeout(QUIET)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._before is None:
            os.environ.pop(ADDRESS, None)
        else:
            os.environ[ADDRESS] = self._before
        self._is_closing = True
        with contextlib.suppress(OSError):  # comes after all that was sent before
            self._socket.sendto(b"", self._socket.getsockname())
        self._thread.join()
        self._socket.close()

    def _listen(self) -> None:
        while True:
            try:
                packet = self._socket.recv(LARGEST)
            except TimeoutError:
                if self._is_closing:
                    return
                continue
            except OSError:
                return
            if not packet and self._is_closing:
                return
            self._take(packet)

    def _take(self, packet: bytes) -> None:
        """Keep the documents of a packet; what is none is nobody's."""
        _, _, body = packet.partition(b"\n")
        for line in body.splitlines():
            with contextlib.suppress(ValueError):
                document = json.loads(line)
                if isinstance(document, dict) and len(self.documents) < MOST:
                    self.documents.append(document)
