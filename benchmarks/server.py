"""StartExecution to SUCCEEDED of a ten-state machine, at one server and at others on the same machine in
one run.

    python -m benchmarks.server [--executions N] [--clients 1,8,64] [--peer NAME=URL ...] [--waiting N]

aslrun keeps its executions in SQLite. Peers are started by whoever runs this, in environments of their own:

    pip install ministack && ministack                     # --peer ministack=http://127.0.0.1:4566
    pip install 'moto[server,stepfunctions]' && moto_server -p 5000    # --peer moto=http://127.0.0.1:5000

Each client has a connection of its own and speaks the wire without an SDK, which would take more than most
servers do. With `--waiting` it also starts so many executions that wait for a day, and tells the server's
memory and threads, and how long a new server takes to go on with them.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

ROLE = "arn:aws:iam::123456789012:role/bench"
CREDENTIAL = (
    "AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/states/aws4_request, SignedHeaders=host, Signature=0"
)
STATES = {f"S{n}": {"Type": "Pass", "Next": f"S{n + 1}"} for n in range(9)}
TEN = {"StartAt": "S0", "States": {**STATES, "S9": {"Type": "Succeed"}}}
DAY = {"StartAt": "W", "States": {"W": {"Type": "Wait", "Seconds": 86_400, "End": True}}}


class Client:
    """One connection to a server."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self.connection = HTTPConnection(parts.hostname or "", parts.port, timeout=120)

    def __call__(self, operation: str, **members: Any) -> Any:
        headers = {
            "Content-Type": "application/x-amz-json-1.0",
            "X-Amz-Target": f"AWSStepFunctions.{operation}",
            "Authorization": CREDENTIAL,
        }
        self.connection.request("POST", "/", json.dumps(members), headers)
        answer = self.connection.getresponse()
        told = json.loads(answer.read())
        if answer.status != 200:
            raise SystemExit(f"{operation}: {answer.status} {told}")
        return told


def run_one(client: Client, machine: str) -> float:
    """Start an execution and ask until it has succeeded; return the seconds that it took."""
    began = time.perf_counter()
    arn = client("StartExecution", stateMachineArn=machine, input="{}")["executionArn"]
    pause = 0.001
    while (status := client("DescribeExecution", executionArn=arn)["status"]) == "RUNNING":
        time.sleep(pause)
        pause = min(pause * 2, 0.05)
    assert status == "SUCCEEDED", status
    return time.perf_counter() - began


def measure(url: str, clients: int, executions: int) -> tuple[float, list[float]]:
    """Return executions a minute, and how long each took."""
    name = f"bench-{time.time_ns()}"
    machine = Client(url)("CreateStateMachine", name=name, definition=json.dumps(TEN), roleArn=ROLE)
    taken: list[float] = []

    def work() -> None:
        client = Client(url)
        taken.extend(
            run_one(client, machine["stateMachineArn"]) for _ in range(max(1, executions // clients))
        )

    threads = [threading.Thread(target=work) for _ in range(clients)]
    began = time.perf_counter()
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    return len(taken) / (time.perf_counter() - began) * 60, sorted(taken)


@contextmanager
def aslrun(folder: Path) -> Iterator[tuple[str, int]]:
    """Run a server on a store in `folder`; give its address and its process."""
    command = [sys.executable, "-m", "aslrun", "serve", "--port", "0", "--aws", "off"]
    server = subprocess.Popen(
        [*command, "--store", str(folder / "aslrun.db")], stderr=subprocess.PIPE, text=True
    )
    assert server.stderr is not None
    try:
        yield server.stderr.readline().partition(" at ")[2].partition(",")[0], server.pid
    finally:
        server.terminate()
        server.wait(60)


def told_of(pid: int) -> str:
    """Return a process's memory and number of threads, where the system tells them."""
    try:
        text = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    except OSError:
        return "memory and threads are not known here"
    lines = dict(line.split(":", 1) for line in text.splitlines() if ":" in line)
    return f"{int(lines['VmRSS'].split()[0]) / 1024:.0f} MB, {lines['Threads'].strip()} threads"


def measure_waiting(folder: Path, count: int) -> None:
    """Tell what executions cost that wait, and how soon a new server goes on with them."""
    with aslrun(folder) as (url, pid):
        client = Client(url)
        machine = client("CreateStateMachine", name="day", definition=json.dumps(DAY), roleArn=ROLE)
        began = time.perf_counter()
        for _ in range(count):
            client("StartExecution", stateMachineArn=machine["stateMachineArn"])
        took = time.perf_counter() - began
        print(f"{count:,} started and waiting: {took:.1f} s, {told_of(pid)}")
    began = time.perf_counter()
    with aslrun(folder) as (url, pid):
        Client(url)("ListStateMachines")
        print(f"{count:,} gone on with by a new server: {time.perf_counter() - began:.1f} s, {told_of(pid)}")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--executions", type=int, default=400)
    parser.add_argument("--clients", default="1,8,64")
    parser.add_argument("--peer", action="append", default=[], metavar="NAME=URL")
    parser.add_argument("--waiting", type=int, default=0)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        with aslrun(Path(name)) as (url, _):
            servers = {"aslrun": url, **dict(one.split("=", 1) for one in given.peer)}
            for clients in map(int, given.clients.split(",")):
                for server, at in servers.items():
                    rate, taken = measure(at, clients, given.executions)
                    p99 = taken[min(len(taken) - 1, int(len(taken) * 0.99))] * 1000
                    p50 = statistics.median(taken) * 1000
                    times = f"p50 {p50:.0f} ms, p99 {p99:.0f} ms"
                    print(f"{server:10} {clients:3} clients: {rate:7,.0f} a minute, {times}")
        if given.waiting:
            measure_waiting(Path(name, "waiting"), given.waiting)


if __name__ == "__main__":
    main()
