"""Measure all workloads, each in a process of its own, and print a table.

    python -m benchmarks [--only TEXT...] [--json FILE] [--compare BASE] [--against REF]

Times are processor time, that of processes that are started included: what else a machine does counts less.
`--against` builds another commit in a temporary folder and measures both in turn, in one run: two processes
for each workload, which are asked one after the other; the least time of each counts.

A row has the median time per unit of work, the ratio to the hand-written program (how much of its speed we
have), and the memory that a run's result takes for each event. Machines are noisy: ratios within one run
are what counts.
"""

from __future__ import annotations

import argparse
import gc
import io
import json
import math
import os
import shutil
import statistics
import subprocess
import sys
import tarfile
import tempfile
import time
import tracemalloc
from pathlib import Path
from typing import Any

from benchmarks.workloads import WORKLOADS, Work, Workload

ROOT = Path(__file__).parents[1]


def processor_time() -> float:
    """Return the seconds of processor time of this process and of those that it started, once ended."""
    try:
        import resource
    except ImportError:  # Windows: only its own
        return time.process_time()
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + children.ru_utime + children.ru_stime


def median(work: Work, rounds: int) -> float:
    """Return the median seconds of `work`."""
    taken = []
    for _ in range(rounds):
        gc.collect()
        began = processor_time()
        work()
        taken.append(processor_time() - began)
    return statistics.median(taken)


def memory_per_event(work: Work) -> float | None:
    """Return the bytes that a run's history takes for each event, None where there is no history."""
    tracemalloc.start()
    result = work()
    taken, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return taken / len(result) if isinstance(result, list) and len(result) > 1_000 else None


def measure(workload: Workload) -> dict[str, Any]:
    """Return the figures of one workload. Times are seconds for all of its work."""
    ours, by_hand = workload.make()
    ours()
    result: dict[str, Any] = {"name": workload.name, "size": workload.size, "unit": workload.unit}
    result["seconds"] = median(ours, workload.rounds)
    if by_hand is not None:
        by_hand()
        result["by_hand"] = median(by_hand, workload.rounds)
    result["bytes_per_event"] = memory_per_event(ours) if workload.size <= 10_000 else None
    return result


def process(option: str, name: str, build: Path = ROOT) -> subprocess.Popen[str]:
    """Begin a fresh process for a workload, with the `aslrun` that lies in a folder."""
    command = [sys.executable, "-m", "benchmarks", option, name]
    environment = {**os.environ, "PYTHONPATH": str(build)}
    pipe = subprocess.PIPE
    return subprocess.Popen(command, cwd=build, env=environment, stdin=pipe, stdout=pipe, text=True)


def in_own_process(name: str) -> dict[str, Any]:
    """Measure a workload in a fresh process."""
    with process("--one", name) as one:
        told = one.communicate()[0]
    measured: dict[str, Any] = json.loads(told)
    return measured


def measure_when_asked(workload: Workload) -> None:
    """Do the work once for each line on standard input; write the seconds that it took."""
    ours, _ = workload.make()
    ours()
    for _ in sys.stdin:
        print(median(ours, 1), flush=True)


def build_of(ref: str, folder: Path) -> Path:
    """Lay out another commit in a folder, with the benchmarks of this one."""
    parts = ("aslrun", "schemas", "workflows")
    command = ["git", "archive", ref, *parts]
    archive = subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    with tarfile.open(fileobj=io.BytesIO(archive.stdout)) as tar:
        tar.extractall(folder, filter="data")
    shutil.copytree(ROOT / "benchmarks", folder / "benchmarks")
    return folder


def against(name: str, build: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """Measure a workload here and with another build, in turn; return the least time of each."""
    workload = WORKLOADS[name]
    told = {"name": name, "size": workload.size, "unit": workload.unit, "bytes_per_event": None}
    best = [math.inf, math.inf]
    with process("--asked", name) as here, process("--asked", name, build) as there:
        for _ in range(3 * workload.rounds):
            for number, one in enumerate((here, there)):
                assert one.stdin is not None
                assert one.stdout is not None
                one.stdin.write("\n")
                one.stdin.flush()
                best[number] = min(best[number], float(one.stdout.readline()))
        for one in (here, there):
            one.communicate()
    return {**told, "seconds": best[0]}, {**told, "seconds": best[1]}


def row(result: dict[str, Any], base: dict[str, Any] | None) -> str:
    """Return a line of the table."""
    each = result["seconds"] / result["size"]
    shown = f"{each * 1e3:9.1f} ms" if each > 1e-3 else f"{each * 1e6:9.2f} µs"
    by_hand = result.get("by_hand")
    ratio = f"{by_hand / result['seconds']:6.0%}" if by_hand else "      "
    bytes_each = result["bytes_per_event"]
    memory = f"{bytes_each:7.0f} B" if bytes_each else "         "
    line = f"{result['name']:28} {shown} per {result['unit']:10} {1 / each:12,.0f} /s {ratio} {memory}"
    if base is not None:
        line += f"  {base['seconds'] / result['seconds']:5.2f} times as fast as the base"
    return line


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--only", nargs="+", default=[""], help="workloads by parts of their names")
    parser.add_argument("--json", metavar="FILE", help="write the figures to a file")
    parser.add_argument("--compare", metavar="BASE", help="figures of another run, to tell what changed")
    parser.add_argument("--against", metavar="REF", help="another commit, measured beside this one")
    parser.add_argument("--one", help=argparse.SUPPRESS)
    parser.add_argument("--asked", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        print(json.dumps(measure(WORKLOADS[options.one])))
        return
    if options.asked:
        measure_when_asked(WORKLOADS[options.asked])
        return
    base = {}
    if options.compare:
        base = {one["name"]: one for one in json.loads(Path(options.compare).read_text(encoding="utf-8"))}
    results = []
    with tempfile.TemporaryDirectory() as folder:
        build = build_of(options.against, Path(folder)) if options.against else None
        for name in WORKLOADS:
            if not any(text in name for text in options.only):
                continue
            if build is not None:
                result, base[name] = against(name, build)
            else:
                result = in_own_process(name)
            results.append(result)
            print(row(result, base.get(name)), flush=True)
    if options.json:
        Path(options.json).write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
