"""The memory of a worker and of the processes that it started. Only Linux tells of other processes'.

Source: proc(5): /proc/PID/status, /proc/PID/task/TID/children, /proc/PID/smaps_rollup.
"""

from __future__ import annotations

import math
import os
from collections.abc import Iterator
from pathlib import Path

KB_OF_MB = 1024


def peak_memory(process_id: int) -> int | None:
    """Return the most memory, in MB, that a process has had since its program was started.

    None where that is not told, and for a process that has ended.
    """
    kilobytes = _field(f"/proc/{process_id}/status", b"VmHWM:")
    return None if kilobytes is None else math.ceil(kilobytes / KB_OF_MB)


def exceeds(limit: int, process_id: int) -> bool:
    """Tell whether a process and those it started that still run have more than `limit` MB."""
    peak = peak_memory(process_id)
    if peak is None:
        return False
    if peak > limit:
        return True
    children = [*descendants(process_id)]
    rough = sum(_field(f"/proc/{child}/status", b"VmRSS:") or 0 for child in children)
    if not children or peak + rough / KB_OF_MB <= limit:
        return False
    # What a fork shares with its parent is there once: only the proportional sizes may be added.
    exact = (_field(f"/proc/{one}/smaps_rollup", b"Pss:") or 0 for one in (process_id, *children))
    return sum(exact) / KB_OF_MB > limit


def descendants(process_id: int) -> Iterator[int]:
    """Yield the processes that a process started, and those that they started."""
    try:
        threads = os.listdir(f"/proc/{process_id}/task")
    except OSError:
        return
    for thread in threads:
        try:
            children = Path(f"/proc/{process_id}/task/{thread}/children").read_bytes().split()
        except OSError:
            continue
        for child in map(int, children):
            yield child
            yield from descendants(child)


def _field(file: str, name: bytes) -> int | None:
    try:
        with open(file, "rb") as opened:
            told = opened.read()
    except OSError:
        return None
    _, found, rest = told.partition(name)
    return int(rest.split(None, 1)[0]) if found else None
