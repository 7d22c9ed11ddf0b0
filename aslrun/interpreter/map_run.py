"""A Map Run: what is known of an attempt of a distributed Map. API reference: DescribeMapRun."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Literal, TypeAlias

from aslrun.values import JSON

MapRunStatus: TypeAlias = Literal["RUNNING", "SUCCEEDED", "FAILED", "ABORTED"]


MAX_CONCURRENCY = 10_000
"""Children of a Map Run that run at once at most. Documentation: Service quotas."""


@dataclass(slots=True)
class Counts:
    """How many items, or children, are in each status. API reference: MapRunItemCounts,
    MapRunExecutionCounts."""

    pending: int = 0
    running: int = 0
    succeeded: int = 0
    failed: int = 0
    timedOut: int = 0
    aborted: int = 0
    total: int = 0
    resultsWritten: int = 0
    failuresNotRedrivable: int = 0
    pendingRedrive: int = 0

    def begin(self, number: int) -> None:
        """Note that so many begin: of those that wait, as far as they are known of."""
        self.running += number
        if self.pending >= number:
            self.pending -= number
        else:
            self.total += number - self.pending
            self.pending = 0

    @property
    def ended(self) -> int:
        """How many have come to an end, whichever."""
        return self.succeeded + self.failed + self.timedOut + self.aborted


@dataclass(slots=True)
class MapRun:
    """One attempt of a distributed Map.

    `execution` is the ARN of the execution that the Map is in, `state` the Map's name. Times are seconds
    since the epoch. `total` of the counts grows while items are read; `all_read` tells that it is whole.
    `tolerated_count` and `tolerated_percentage` are 0 where they are not set.
    """

    arn: str
    execution: str = ""
    state: str = ""
    started: float = 0.0
    stopped: float | None = None
    status: MapRunStatus = "RUNNING"
    max_concurrency: int = 0
    tolerated_count: float = 0
    tolerated_percentage: float = 0
    items: Counts = field(default_factory=Counts)
    executions: Counts = field(default_factory=Counts)
    all_read: bool = False
    redrives: int = 0
    redriven: float | None = None

    @property
    def label(self) -> str:
        """What the children's ARNs have after the machine's name."""
        return self.arn.rpartition("/")[2].partition(":")[0]

    @property
    def id(self) -> str:
        """The last part of the ARN."""
        return self.arn.rpartition(":")[2]

    @property
    def children_at_once(self) -> int:
        """How many children may run at once."""
        return min(self.max_concurrency or MAX_CONCURRENCY, MAX_CONCURRENCY)

    def update(self, members: Mapping[str, float]) -> None:
        """Take what UpdateMapRun changes."""
        self.max_concurrency = int(members.get("maxConcurrency", self.max_concurrency))
        self.tolerated_count = members.get("toleratedFailureCount", self.tolerated_count)
        self.tolerated_percentage = members.get("toleratedFailurePercentage", self.tolerated_percentage)

    def expect(self, items: int, children: int | None = None) -> None:
        """Note that there are `items` items in all, and how many children where that is known."""
        for counts, total in ((self.items, items), (self.executions, children)):
            if total is not None:
                counts.pending += total - counts.total
                counts.total = total
        self.all_read = True

    def begin(self, items: int) -> None:
        """Note that a child begins, with so many items."""
        self.items.begin(items)
        self.executions.begin(1)

    def end(self, status: str, items: int) -> None:
        """Note that a child ends: `status` is succeeded, failed, timedOut or aborted."""
        self.items.running -= items
        self.executions.running -= 1
        if status == "succeeded":
            self.items.succeeded += items
            self.executions.succeeded += 1
        else:
            setattr(self.items, status, getattr(self.items, status) + items)
            setattr(self.executions, status, getattr(self.executions, status) + 1)

    def redrive(self, time: float) -> None:
        """Note that those that came to no good end are to be run again."""
        self.redrives += 1
        self.redriven, self.stopped, self.status = time, None, "RUNNING"
        for counts in (self.items, self.executions):
            counts.pending += counts.failed + counts.timedOut + counts.aborted
            counts.failed = counts.timedOut = counts.aborted = 0

    def wrote(self, items: int) -> None:
        """Note that a child's result has been written."""
        self.items.resultsWritten += items
        self.executions.resultsWritten += 1

    def describe(self) -> dict[str, JSON]:
        """Return what DescribeMapRun answers, dates as seconds since the epoch."""
        told: dict[str, JSON] = {
            "mapRunArn": self.arn,
            "executionArn": self.execution,
            "status": self.status,
            "startDate": self.started,
        }
        if self.stopped is not None:
            told["stopDate"] = self.stopped
        if self.redriven is not None:
            told["redriveDate"] = self.redriven
        return {
            **told,
            "maxConcurrency": self.max_concurrency,
            "toleratedFailurePercentage": self.tolerated_percentage,
            "toleratedFailureCount": int(self.tolerated_count),
            "itemCounts": asdict(self.items),
            "executionCounts": asdict(self.executions),
            "redriveCount": self.redrives,
        }
