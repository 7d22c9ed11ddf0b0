"""StartExecution to SUCCEEDED of a machine of ten states, by 1, 8 and 64 clients: ours, MiniStack, moto.

    python -m benchmarks.server [--seconds 10] [--clients 1 8 64] [--peers]

Each server is a process of its own; ours has a durable store. A client starts an execution and asks for its
description until it has succeeded, over one connection, again and again. With `--peers` MiniStack and moto
are installed in a temporary environment and measured after ours, in the same run.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from benchmarks.crashes import free_port

STATES = [f"S{number}" for number in range(10)]
DEFINITION: dict[str, Any] = {
    "StartAt": "S0",
    "States": {
        name: {"Type": "Pass", "Result": {"of": name}, "ResultPath": f"$.{name}"}
        | ({"Next": after} if after else {"End": True})
        for name, after in zip(STATES, [*STATES[1:], None], strict=True)
    },
}
HEADERS = {
    "Content-Type": "application/x-amz-json-1.0",
    "Authorization": "AWS4-HMAC-SHA256 Credential=aslrun/20260101/us-east-1/states/aws4_request,"
    " SignedHeaders=host, Signature=0",
}
PAUSE = 0.002
"""Seconds between two looks at an execution that runs."""


class Connection:
    """One client's connection, which is kept."""

    def __init__(self, port: int) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)

    def call(self, operation: str, **members: Any) -> dict[str, Any]:
        """Return the answer of an operation; RuntimeError for an error."""
        headers = {**HEADERS, "X-Amz-Target": f"AWSStepFunctions.{operation}"}
        self.connection.request("POST", "/", json.dumps(members), headers)
        response = self.connection.getresponse()
        answer: dict[str, Any] = json.loads(response.read())
        if response.status != 200:
            raise RuntimeError(f"{operation}: {answer}")
        return answer


def measure(port: int, clients: int, seconds: float) -> tuple[int, list[float]]:
    """Return how many executions have ended in so many seconds, and how long each took."""
    role = "arn:aws:iam::123456789012:role/r"
    first = Connection(port)
    name = f"ten-{time.monotonic_ns()}"
    machine = first.call("CreateStateMachine", name=name, definition=json.dumps(DEFINITION), roleArn=role)
    took: list[float] = []
    end = time.monotonic() + seconds

    def work() -> None:
        connection = Connection(port)
        while (began := time.monotonic()) < end:
            started = connection.call(
                "StartExecution", stateMachineArn=machine["stateMachineArn"], input="{}"
            )
            arn = started["executionArn"]
            while (status := connection.call("DescribeExecution", executionArn=arn)["status"]) == "RUNNING":
                time.sleep(PAUSE)
            if status != "SUCCEEDED":
                raise RuntimeError(f"{arn} has {status}")
            took.append(time.monotonic() - began)

    threads = [threading.Thread(target=work) for _ in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return len(took), took


@contextmanager
def serving(command: Sequence[str], port: int, folder: Path, env: Mapping[str, str]) -> Iterator[int]:
    """Run a server in a process of its own until it is measured; the process's id."""
    with (folder / "log").open("ab") as log:
        process = subprocess.Popen(command, cwd=folder, stdout=log, stderr=log, env={**os.environ, **env})
    try:
        until = time.monotonic() + 60
        while True:
            try:
                Connection(port).call("ListStateMachines")
                break
            except (OSError, http.client.HTTPException, ValueError, RuntimeError):
                if time.monotonic() > until or process.poll() is not None:
                    raise
                time.sleep(0.1)
        yield process.pid
    finally:
        process.kill()
        process.wait()


def ours(port: int) -> list[str]:
    """Return the command of our server."""
    return [sys.executable, "-m", "aslrun", "serve", "--port", str(port), "--store", "aslrun.db"]


Server = tuple[str, list[str], int, dict[str, str]]
"""A server's title, its command, its port and what its environment has besides."""


def peers(folder: Path) -> list[Server]:
    """Install MiniStack and moto in an environment of their own; return how they are started."""
    programs = folder / "peers" / ("Scripts" if os.name == "nt" else "bin")
    subprocess.run([sys.executable, "-m", "venv", str(folder / "peers")], check=True)
    wanted = ["ministack", "moto[server,stepfunctions]"]
    subprocess.run([str(programs / "python"), "-m", "pip", "install", "-qq", *wanted], check=True)
    port, other = free_port(), free_port()
    moto = [str(programs / "moto_server"), "-p", str(other)]
    return [
        ("MiniStack", [str(programs / "ministack")], port, {"GATEWAY_PORT": str(port)}),
        ("moto", moto, other, {"MOTO_ACCOUNT_ID": "123456789012"}),
    ]


def report(name: str, counts: Sequence[int], seconds: float, port: int) -> None:
    """Measure a server, and print a row for each number of clients."""
    for clients in counts:
        try:
            done, took = measure(port, clients, seconds)
        except (RuntimeError, OSError, http.client.HTTPException) as wrong:
            print(f"{name:10} {clients:3} clients: {wrong}")
            continue
        took.sort()
        last = took[min(len(took) - 1, int(len(took) * 0.99))]
        print(
            f"{name:10} {clients:3} clients: {60 * done / seconds:9,.0f} executions a minute,"
            f" median {1000 * statistics.median(took):7.1f} ms, p99 {1000 * last:7.1f} ms",
            flush=True,
        )


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--clients", type=int, nargs="+", default=[1, 8, 64])
    parser.add_argument("--peers", action="store_true", help="MiniStack and moto too")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="aslrun-server-") as name:
        folder = Path(name)
        port = free_port()
        servers: list[Server] = [("aslrun", ours(port), port, {})]
        if given.peers:
            servers += peers(folder)
        for title, command, port, env in servers:
            with serving(command, port, folder, env):
                report(title, given.clients, given.seconds, port)


if __name__ == "__main__":
    main()
