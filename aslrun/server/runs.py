"""Map Runs, as they are read off an execution's journal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class MapRun:
    """One run of a distributed Map. `counts` are child executions by what became of them, `items` the same of
    items where these are in batches; `machine` is the ARN of the machine that the children are of."""

    arn: str
    execution: str
    machine: str
    status: str
    started: float
    stopped: float | None
    max_concurrency: int
    tolerated_percentage: float
    tolerated_count: int
    counts: Mapping[str, int]
    items: Mapping[str, int]
    redrives: int = 0
