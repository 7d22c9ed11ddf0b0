"""Clients that cost little: one process, requests that are made before, one thread for all connections.

    python -m benchmarks.clients PORT CLIENTS SECONDS

Prints, as JSON, how many seconds each execution took, and how often its description was asked for.
"""

from __future__ import annotations

import heapq
import itertools
import json
import selectors
import socket
import sys
import time
from typing import Any

STATES = [f"S{number}" for number in range(10)]
DEFINITION: dict[str, Any] = {
    "StartAt": "S0",
    "States": {
        name: {"Type": "Pass", "Result": {"of": name}, "ResultPath": f"$.{name}"}
        | ({"Next": after} if after else {"End": True})
        for name, after in zip(STATES, [*STATES[1:], None], strict=True)
    },
}
PAUSE = 0.002
"""Seconds between two looks at an execution that runs."""
LONGEST = 30.0
"""Seconds in which nothing comes from any server."""


def request(operation: str, **members: Any) -> bytes:
    """Return a request as it is sent."""
    body = json.dumps(members).encode()
    head = (
        "POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/x-amz-json-1.0\r\n"
        "Authorization: AWS4-HMAC-SHA256 Credential=aslrun/20260101/us-east-1/states/aws4_request,"
        " SignedHeaders=host, Signature=0\r\n"
        f"X-Amz-Target: AWSStepFunctions.{operation}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


class Connection:
    """One client's connection, which is kept; made anew where the server closes it."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.began = 0.0
        self.start = b""
        self.look: bytes | None = None
        self.connect()

    def connect(self) -> None:
        self.socket = socket.create_connection(("127.0.0.1", self.port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def receive(self) -> bytes:
        """Return the body of an answer; EOFError where the server has closed the connection."""
        buffer = b""
        while b"\r\n\r\n" not in buffer:
            buffer += self._some()
        head, _, body = buffer.partition(b"\r\n\r\n")
        length = int(head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0])
        while len(body) < length:
            body += self._some()
        return body[:length]

    def _some(self) -> bytes:
        data = self.socket.recv(65_536)
        if not data:
            raise EOFError
        return data


def run(port: int, clients: int, seconds: float) -> tuple[list[float], int]:
    """Return how long each execution took, and how many descriptions were asked for."""
    first = Connection(port)
    role = "arn:aws:iam::123456789012:role/r"
    text = json.dumps(DEFINITION)
    first.socket.sendall(
        request("CreateStateMachine", name=f"ten-{time.time_ns()}", definition=text, roleArn=role)
    )
    machine = json.loads(first.receive())["stateMachineArn"]
    prefix = f"e-{time.time_ns()}-"
    starts = (  # named: moto's are all of one name else
        request("StartExecution", stateMachineArn=machine, input="{}", name=f"{prefix}{number}")
        for number in itertools.count()
    )
    took: list[float] = []
    looks = order = 0
    end = time.monotonic() + seconds
    selector, later = selectors.DefaultSelector(), list[tuple[float, int, Connection]]()

    def begin(client: Connection) -> None:
        client.look, client.began, client.start = None, time.monotonic(), next(starts)
        client.socket.sendall(client.start)

    for _ in range(clients):
        client = Connection(port)
        selector.register(client.socket, selectors.EVENT_READ, client)
        begin(client)
    open_ = clients
    while open_:
        while later and later[0][0] <= time.monotonic():
            client = heapq.heappop(later)[2]
            client.socket.sendall(client.look or client.start)
        pause = max(0.0, later[0][0] - time.monotonic()) if later else LONGEST
        ready = selector.select(pause)
        if not ready and not later:
            raise TimeoutError(f"nothing has come for {LONGEST:.0f} s")
        if time.monotonic() > end + LONGEST:
            raise TimeoutError("executions do not end")
        for key, _ in ready:
            client = key.data
            try:
                body = client.receive()
            except (EOFError, ConnectionError):
                selector.unregister(client.socket)
                client.connect()
                selector.register(client.socket, selectors.EVENT_READ, client)
                client.socket.sendall(client.look or client.start)
                continue
            if client.look is None:
                client.look = request("DescribeExecution", executionArn=json.loads(body)["executionArn"])
                client.socket.sendall(client.look)
                continue
            looks, status = looks + 1, json.loads(body)["status"]
            if status == "RUNNING":
                order += 1
                heapq.heappush(later, (time.monotonic() + PAUSE, order, client))
            elif status == "SUCCEEDED":
                took.append(time.monotonic() - client.began)
                if time.monotonic() < end:
                    begin(client)
                else:
                    open_ -= 1
            else:
                raise RuntimeError(f"an execution has {status}")
    return took, looks


if __name__ == "__main__":
    found, asked = run(int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]))
    print(json.dumps({"took": found, "looks": asked}))
