"""What becomes of the children's outcomes: the state's output, or what a ResultWriter exports.

Documentation: "ResultWriter (Map)". Keys stand in the order of its examples, which is that of the alphabet.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal, Protocol, TypeAlias

from aslrun.errors import StateError
from aslrun.interpreter.items import Results
from aslrun.interpreter.map_run import MapRun
from aslrun.interpreter.quota import PAYLOAD_LIMIT, data_limit_exceeded
from aslrun.interpreter.scope import Scope
from aslrun.timestamps import format_timestamp
from aslrun.values import JSON, to_json_text

Transformation: TypeAlias = Literal["NONE", "COMPACT", "FLATTEN"]
Status: TypeAlias = Literal["SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED", "PENDING"]

FILES = {"SUCCEEDED": "SUCCEEDED", "PENDING": "PENDING"}
"""Status → the name of the file that its results go to; all others go to FAILED."""


@dataclass(frozen=True, slots=True)
class Ended:
    """A child that has come to its end, or has never begun: `index` is its number, `output` or `failure`
    what came of it, `size` how many items it had."""

    index: int
    child: Scope
    status: Status
    size: int
    output: JSON = None
    failure: StateError | None = None


class Outcomes(Protocol):
    """Takes in what comes of the children."""

    def add(self, ended: Ended) -> None:
        """Take in one child; StateError where that cannot be done."""

    def finish(self) -> None:
        """Take note that all children have ended; StateError where the outcomes cannot be kept."""

    def result(self) -> JSON:
        """Return the Map's result, when all is finished; StateError where it is too big."""


def record_of(ended: Ended) -> dict[str, JSON]:
    """Return what Transformation NONE tells of a child: what DescribeExecution would, in PascalCase."""
    identity, status = ended.child.execution, ended.status
    told: dict[str, JSON] = {}
    if ended.failure is not None:
        told = {"Cause": ended.failure.cause, "Error": ended.failure.error}
        told = {name: value for name, value in told.items() if value is not None}
    told |= {
        "ExecutionArn": identity.id,
        "Input": to_json_text(identity.input),
        "InputDetails": {"Included": True},
        "Name": identity.name,
    }
    if status == "SUCCEEDED":
        told |= {"Output": to_json_text(ended.output), "OutputDetails": {"Included": True}}
    told["RedriveCount"] = 0
    if status == "SUCCEEDED":
        told |= {
            "RedriveStatus": "NOT_REDRIVABLE",
            "RedriveStatusReason": "Execution is SUCCEEDED and cannot be redriven",
        }
    else:
        told["RedriveStatus"] = "REDRIVABLE_BY_MAP_RUN"
    if status != "PENDING":
        told["StartDate"] = format_timestamp(identity.start_time)
    told |= {"StateMachineArn": identity.machine_id, "Status": status}
    if status != "PENDING":
        told["StopDate"] = format_timestamp(ended.child.journal.time)
    return told


def shown(ended: Ended, transformation: Transformation) -> Iterator[JSON]:
    """Yield what a transformation makes of a child. Of one that failed it makes nothing else than NONE."""
    if transformation == "NONE" or ended.status != "SUCCEEDED":
        yield record_of(ended)
    elif transformation == "FLATTEN" and isinstance(ended.output, list):
        yield from ended.output
    else:
        yield ended.output


@dataclass(slots=True)
class Collected:
    """Outcomes that become the state's output, in the order of the items.

    Without a ResultWriter a child that failed is shown as Status, Error and Cause (measured on AWS). With the
    quota on, nothing is kept of outputs that are too big all the same.
    """

    name: str
    transformation: Transformation = "COMPACT"
    has_writer: bool = False
    has_quota: bool = True
    kept: dict[int, list[JSON]] = field(default_factory=dict)
    bytes: int = 2

    def add(self, ended: Ended) -> None:
        if ended.status == "PENDING" or self.bytes > PAYLOAD_LIMIT:
            return
        if self.has_writer or ended.status == "SUCCEEDED":
            found = list(shown(ended, self.transformation))
        else:
            failure = ended.failure or StateError(None)
            told: dict[str, JSON] = {"Status": ended.status, "Error": failure.error, "Cause": failure.cause}
            found = [{name: value for name, value in told.items() if value is not None}]
        self.kept[ended.index] = found
        quota = ended.child.journal.quota
        if self.has_quota and quota is not None:
            self.bytes += sum(quota.measure(value)[0] + 1 for value in found)
            if self.bytes - 1 > PAYLOAD_LIMIT:
                self.kept.clear()

    def finish(self) -> None:
        """There is nothing to be done."""

    def result(self) -> JSON:
        if self.has_quota and self.bytes - 1 > PAYLOAD_LIMIT:
            raise data_limit_exceeded(self.name)
        return [value for index in sorted(self.kept) for value in self.kept[index]]


@dataclass(slots=True)
class Exported:
    """Outcomes that are written as they come; the result says where the manifest is."""

    run: MapRun
    results: Results
    transformation: Transformation = "NONE"
    manifest: JSON = None

    def add(self, ended: Ended) -> None:
        texts = [to_json_text(value) for value in shown(ended, self.transformation)]
        self.results.write(FILES.get(ended.status, "FAILED"), texts)
        if ended.status != "PENDING":
            self.run.wrote(ended.size)

    def finish(self) -> None:
        self.manifest = self.results.close()

    def result(self) -> JSON:
        return {"MapRunArn": self.run.arn, "ResultWriterDetails": self.manifest}
