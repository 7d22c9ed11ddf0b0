"""What a warm worker costs: an invocation beside a bare round trip through pipes, and a kill on timeout.

python benchmarks/workers.py
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from aslrun.drivers.calls import Call
from aslrun.errors import StateError
from aslrun.functions.invocation import LambdaFunctions
from aslrun.functions.log import show_nothing
from aslrun.functions.table import Functions
from aslrun.values import JSON

HANDLERS = """
def echo(event, context):
    return event

def endless(event, context):
    while True:
        pass
"""
NODE = "export const handler = async (event) => event;"
TOML = """
[functions]
node = "n.mjs:handler"
endless = { handler = "handlers.py:endless", timeout = 0.5 }
"""
BARE = "import sys\nfor line in sys.stdin.buffer: sys.stdout.buffer.write(line); sys.stdout.buffer.flush()"
EVENT: JSON = {"orderId": "A-1", "items": [1, 2, 3], "customer": {"name": "Ada"}}


def median(action: Callable[[], object], times: int = 2_000) -> float:
    """Return the median of an action's microseconds."""
    taken = []
    for _ in range(times):
        began = time.perf_counter()
        action()
        taken.append(time.perf_counter() - began)
    return statistics.median(taken) * 1e6


def bare_round_trip() -> float:
    """Return the microseconds of a line to another Python process and back."""
    process = subprocess.Popen([sys.executable, "-c", BARE], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert process.stdin is not None
    assert process.stdout is not None
    stdin, stdout = process.stdin, process.stdout

    def trip() -> None:
        stdin.write(b'{"a": 1}\n')
        stdin.flush()
        stdout.readline()

    trip()
    result = median(trip)
    stdin.close()
    process.wait()
    stdout.close()
    return result


def kill_delay(lambdas: LambdaFunctions) -> float:
    """Return the milliseconds between a function's time limit and the end of its invocation."""
    late = []
    for _ in range(5):
        began = time.perf_counter()
        try:
            lambdas.invoke(Call("endless", {}, "T"))
        except StateError:
            late.append(time.perf_counter() - began - 0.5)
    return statistics.median(late) * 1000


def invoke(lambdas: LambdaFunctions, function: str) -> JSON:
    return lambdas.invoke_function(function, EVENT)


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for file, text in {"handlers.py": HANDLERS, "n.mjs": NODE, "aslrun.toml": TOML}.items():
            (folder / file).write_text(text, encoding="utf-8")
        lambdas = LambdaFunctions(Functions({}, folder=folder), show=show_nothing)
        bare = bare_round_trip()
        print(f"{'bare round trip':32} {bare:8.0f} µs")
        for function in ("echo", "node"):
            invoke(lambdas, function)
            taken = median(partial(invoke, lambdas, function))
            print(f"{'warm invocation, ' + function:32} {taken:8.0f} µs  {taken / bare:5.1f} times")
        print(f"{'kill after the time limit':32} {kill_delay(lambdas):8.1f} ms")
        lambdas.close()


if __name__ == "__main__":
    main()
