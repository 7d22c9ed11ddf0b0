"""What logs and traces cost: `python -m benchmarks.observing [--rounds 6000] [--times 9]`.

The counting loop is run as whole commands, in turn: plain, with its history written, with log entries, with a
trace, and with both. Processor time (not on Windows), the least of all times; a STANDARD execution of AWS has
room for 6,249 rounds. Ratios: the speed that is kept, of the plain command's and of that with a history.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.workloads import counting

HISTORY, LOGS = ("--history", "history.json"), ("--logs-dir", "logs")
X_RAY, OTLP = ("--trace", "trace.json"), ("--trace", "trace.otlp.json")
CASES = {
    "plain": (),
    "history": HISTORY,
    "logs": LOGS,
    "trace, X-Ray": X_RAY,
    "trace, OTLP": OTLP,
    "logs and trace, OTLP": (*LOGS, *OTLP),
    "logs and trace, X-Ray": (*LOGS, *X_RAY),
}


def seconds(options: tuple[str, ...], folder: Path) -> float:
    """Return the processor time of a command, from bytecode, as pip makes it when it installs a wheel."""
    command = [sys.executable, "-m", "aslrun", "execute", "loop.asl.json", "--input", "in.json", *options]
    environment = {**os.environ, "PYTHONPYCACHEPREFIX": str(folder / "bytecode")}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, cwd=folder, check=True, stdout=subprocess.DEVNULL, env=environment)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=6_000)
    parser.add_argument("--times", type=int, default=9)
    told = parser.parse_args()
    least = dict.fromkeys(CASES, float("inf"))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "loop.asl.json").write_text(json.dumps(counting(told.rounds)), encoding="utf-8")
        (folder / "in.json").write_text('{"count": 0}', encoding="utf-8")
        for _ in range(told.times):
            for case, options in CASES.items():
                least[case] = min(least[case], seconds(options, folder))
    for case, took in least.items():
        kept = f"{least['plain'] / took:.2f} of plain, {least['history'] / took:.2f} of with a history"
        print(f"{case:24} {took * 1e3:5.0f} ms  {kept}")


if __name__ == "__main__":
    main()
