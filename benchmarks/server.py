"""StartExecution to SUCCEEDED of a machine of ten states, by 1, 8 and 64 clients: ours, MiniStack, moto.

    python -m benchmarks.server [--seconds 10] [--clients 1 8 64] [--peers]

Each server is a process of its own; ours has a durable store. A client starts an execution and asks for its
description until it has succeeded, over one connection, again and again; all clients are in one process that
does little itself (`benchmarks.clients`). With `--peers` MiniStack and moto are installed in a temporary
environment and measured after ours, in the same run.
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
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from benchmarks.crashes import free_port

HEADERS = {
    "Content-Type": "application/x-amz-json-1.0",
    "Authorization": "AWS4-HMAC-SHA256 Credential=aslrun/20260101/us-east-1/states/aws4_request,"
    " SignedHeaders=host, Signature=0",
}


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


def measure(port: int, clients: int, seconds: float) -> tuple[list[float], int]:
    """Return how long executions took that clients started for so many seconds, and how often they looked."""
    command = [sys.executable, "-m", "benchmarks.clients", str(port), str(clients), str(seconds)]
    told = subprocess.run(command, capture_output=True, text=True, check=False)
    if told.returncode:
        raise RuntimeError(told.stderr.strip().rpartition("\n")[2])
    found = json.loads(told.stdout)
    return found["took"], found["looks"]


def processor_time(pid: int) -> float | None:
    """Return the seconds of processor time that a process has taken, where the system tells them."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    except OSError:
        return None
    return (int(fields[11]) + int(fields[12])) / float(os.sysconf("SC_CLK_TCK"))


@contextmanager
def serving(command: Sequence[str], port: int, folder: Path, env: Mapping[str, str]) -> Iterator[int]:
    """Run a server in a process of its own until it is measured; give its process."""
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


def let_moto_run(port: int) -> None:
    """Have moto run executions: else it only keeps that they run."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    body = json.dumps({"stepfunctions": {"execute_state_machine": True}})
    connection.request("POST", "/moto-api/config", body, {"Content-Type": "application/json"})
    connection.getresponse().read()


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


def report(name: str, counts: Sequence[int], seconds: float, port: int, pid: int) -> None:
    """Measure a server, and print a row for each number of clients."""
    for clients in counts:
        before = processor_time(pid)
        try:
            took, looks = measure(port, clients, seconds)
        except RuntimeError as wrong:
            print(f"{name:10} {clients:3} clients: {wrong}", flush=True)
            continue
        after = processor_time(pid)
        took.sort()
        last = took[min(len(took) - 1, int(len(took) * 0.99))]
        spent = "" if before is None or after is None else f", {1000 * (after - before) / len(took):5.2f} ms"
        print(
            f"{name:10} {clients:3} clients: {60 * len(took) / seconds:9,.0f} executions a minute,"
            f" median {1000 * statistics.median(took):7.1f} ms, p99 {1000 * last:7.1f} ms,"
            f" {looks / len(took):.1f} looks{spent} of processor time for each",
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
            with serving(command, port, folder, env) as pid:
                if title == "moto":
                    let_moto_run(port)
                report(title, given.clients, given.seconds, port, pid)


if __name__ == "__main__":
    main()
