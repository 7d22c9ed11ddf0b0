"""Distributed Maps: what reading costs by type, what a child costs beside an iteration of an inline Map, and
the peak of memory.

    python -m benchmarks.items [--sizes 10000,100000,1000000] [--readers 100000]

Each row is measured in a process of its own; times are its processor time. A child is EXPRESS and has three
Pass states; items come from JSON Lines, and a ResultWriter writes what becomes of them.
"""

from __future__ import annotations

import argparse
import gzip
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import aslrun

STATES = {
    "A": {"Type": "Pass", "Next": "B"},
    "B": {"Type": "Pass", "Next": "C"},
    "C": {"Type": "Pass", "End": True},
}
PROCESSOR = {"StartAt": "A", "States": STATES}
DISTRIBUTED = {"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "EXPRESS"}}


def items(count: int) -> Iterator[dict[str, Any]]:
    return ({"id": number, "name": f"item {number}"} for number in range(count))


def write_jsonl(folder: Path, count: int) -> None:
    with (folder / "items.jsonl").open("w", encoding="utf-8") as file:
        file.writelines(json.dumps(item) + "\n" for item in items(count))


def distributed(folder: Path) -> aslrun.StateMachine:
    """A Map that reads JSON Lines and writes its results."""
    reader = {
        "Resource": "arn:aws:states:::s3:getObject",
        "ReaderConfig": {"InputType": "JSONL"},
        "Parameters": {"Bucket": "b", "Key": "items.jsonl"},
    }
    writer = {"Resource": "arn:aws:states:::s3:putObject", "Parameters": {"Bucket": "b", "Prefix": "out"}}
    state = {"Type": "Map", "ItemReader": reader, "ResultWriter": writer, "End": True}
    return machine({**state, "ItemProcessor": {**PROCESSOR, **DISTRIBUTED}})


def machine(state: dict[str, Any]) -> aslrun.StateMachine:
    return aslrun.load({"StartAt": "Each", "States": {"Each": state}})


def measure(kind: str, count: int) -> tuple[float, float]:
    """Run a Map of one kind; return its seconds of processor time, and the peak of memory in MB."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        options: dict[str, Any] = {"seed": 1, "quota": False, "s3": {"b": folder}}
        if kind == "inline":
            map = machine({"Type": "Map", "ItemProcessor": PROCESSOR, "End": True})
            given: Any = [*items(count)]
        else:
            map, given = distributed(folder), None
            write_jsonl(folder, count)
            options["child_history"] = "off" if kind == "no history" else "on-disk"
        began = time.process_time()
        execution = map.execute(given, **options)
        took = time.process_time() - began
        assert execution.status == "SUCCEEDED", execution.cause
    return took, peak()


def peak() -> float:
    """Return the peak of this process's memory in MB; 0 where the system does not tell (Windows)."""
    try:
        import resource
    except ImportError:
        return 0.0
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most / (1024 * 1024 if sys.platform == "darwin" else 1024)


def read(kind: str, count: int) -> tuple[float, float]:
    """Draw all items of an object of one type; return the seconds, and the peak of memory."""
    from aslrun.interpreter.items import OpenItems
    from aslrun.items.reading import open_items
    from aslrun.items.sources import Sources

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        config = write(kind, folder / "object", count)
        request = OpenItems("getObject", {"Bucket": "b", "Key": "object"}, config)
        began = time.process_time()
        assert sum(1 for _ in open_items(request, Sources({"b": folder}))) == count
        return time.process_time() - began, peak()


def write(kind: str, file: Path, count: int) -> dict[str, Any]:
    """Write an object of one type; return the ReaderConfig."""
    if kind.startswith("CSV"):
        quote = '"' if "quotes" in kind else ""
        lines = (f"{item['id']},{quote}{item['name']}{quote}\n" for item in items(count))
        file.write_text("id,name\n" + "".join(lines))
        return {"InputType": "CSV", "CSVHeaderLocation": "FIRST_ROW"}
    if kind == "JSON":
        file.write_text(json.dumps([*items(count)]))
        return {"InputType": "JSON"}
    if kind == "PARQUET":
        import pyarrow
        from pyarrow import parquet

        parquet.write_table(pyarrow.Table.from_pylist([*items(count)]), file)
        return {"InputType": "PARQUET"}
    data = "".join(json.dumps(item) + "\n" for item in items(count)).encode()
    file.write_bytes(gzip.compress(data, 6) if "gzip" in kind else data)
    return {"InputType": "JSONL"}


READERS = ("CSV", "CSV with quotes", "JSON", "JSONL", "JSONL, gzip", "PARQUET")


def in_own_process(what: str, kind: str, count: int) -> tuple[float, float]:
    command = [sys.executable, "-m", "benchmarks.items", "--one", what, kind, str(count)]
    took, memory = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
    return took, memory


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--sizes", default="10000,100000,1000000", help="numbers of items of the Maps")
    parser.add_argument("--readers", type=int, default=100_000, help="number of items to read; 0: none")
    parser.add_argument("--one", nargs=3, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        what, kind, count = options.one
        print(json.dumps((read if what == "read" else measure)(kind, int(count))))
        return
    for kind in READERS if options.readers else ():
        took, memory = in_own_process("read", kind, options.readers)
        print(f"read {kind:16} {options.readers / took:12,.0f} items/s {memory:8.0f} MB at most", flush=True)
    for size in map(int, options.sizes.split(",")):
        per_item: dict[str, float] = {}
        for kind in ("inline", "distributed", "no history"):
            if kind == "inline" and size > 100_000:
                continue
            took, memory = in_own_process("map", kind, size)
            per_item[kind] = took / size
            ratio = f"{per_item[kind] / per_item['inline']:5.2f} x inline" if "inline" in per_item else ""
            told = f"{took / size * 1e6:7.1f} µs/item {size / took:10,.0f} items/s {memory:6.0f} MB at most"
            print(f"{kind:12} {size:9,} {told} {ratio}", flush=True)


if __name__ == "__main__":
    main()
