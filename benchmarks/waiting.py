"""What executions cost that wait: memory and threads of the server, and how soon a new one goes on with them.

python -m benchmarks.waiting [--count 10000]
"""

from __future__ import annotations

import argparse
import contextlib
import json
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.crashes import free_port
from benchmarks.server import Connection, ours

DAY = {"StartAt": "W", "States": {"W": {"Type": "Wait", "Seconds": 86_400, "End": True}}}
ROLE = "arn:aws:iam::123456789012:role/r"


@contextmanager
def server(folder: Path, port: int) -> Iterator[int]:
    """Run a server on a store in `folder`; give its process."""
    with (folder / "log").open("ab") as log:
        process = subprocess.Popen([*ours(port), "--aws", "off"], cwd=folder, stdout=log, stderr=log)
    try:
        while True:
            try:
                Connection(port).call("ListStateMachines")
                break
            except (OSError, ValueError):
                if process.poll() is not None:
                    raise
                time.sleep(0.02)
        yield process.pid
    finally:
        process.terminate()
        process.wait(60)


def told_of(pid: int) -> str:
    """Return a process's memory and number of threads, where the system tells them."""
    try:
        text = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    except OSError:
        return "memory and threads are not known here"
    lines = dict(line.split(":", 1) for line in text.splitlines() if ":" in line)
    return f"{int(lines['VmRSS'].split()[0]) / 1024:.0f} MB, {lines['Threads'].strip()} threads"


def start_all(port: int, count: int, clients: int = 8) -> None:
    """Start so many executions that wait for a day."""
    machine = Connection(port).call(
        "CreateStateMachine", name="day", definition=json.dumps(DAY), roleArn=ROLE
    )

    def work() -> None:
        connection = Connection(port)
        for _ in range(count // clients):
            connection.call("StartExecution", stateMachineArn=machine["stateMachineArn"])

    threads = [threading.Thread(target=work) for _ in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def wait_for_all(port: int) -> None:
    """Wait until all executions go on: not before that is a token refused that nobody knows."""
    with contextlib.suppress(RuntimeError):
        Connection(port).call("SendTaskHeartbeat", taskToken="00000000-0000-4000-8000-000000000000")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--count", type=int, default=10_000)
    count = parser.parse_args().count
    with tempfile.TemporaryDirectory(prefix="aslrun-waiting-") as name:
        folder, port = Path(name), free_port()
        with server(folder, port) as pid:
            began = time.perf_counter()
            start_all(port, count)
            print(f"{count:,} started and waiting: {time.perf_counter() - began:.1f} s, {told_of(pid)}")
        began = time.perf_counter()
        with server(folder, port) as pid:
            wait_for_all(port)
            print(f"gone on with by a new server: {time.perf_counter() - began:.1f} s, {told_of(pid)}")


if __name__ == "__main__":
    main()
