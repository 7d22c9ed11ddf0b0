"""What becomes of the children's outcomes: the state's output, or what a ResultWriter exports.

Documentation: "ResultWriter (Map)". Keys stand in the order of its examples, which is that of the alphabet.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from json.encoder import encode_basestring as quoted
from typing import Literal, NamedTuple, Protocol, TypeAlias

from aslrun.errors import StateError
from aslrun.interpreter.items import Results
from aslrun.interpreter.map_run import MapRun
from aslrun.interpreter.quota import PAYLOAD_LIMIT, data_limit_exceeded
from aslrun.interpreter.scope import Scope
from aslrun.timestamps import format_timestamp
from aslrun.values import JSON, from_json_text, to_json_text

Transformation: TypeAlias = Literal["NONE", "COMPACT", "FLATTEN"]
Status: TypeAlias = Literal["SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED", "PENDING"]

FILES = {"SUCCEEDED": "SUCCEEDED", "PENDING": "PENDING"}
"""Status → the name of the file that its results go to; all others go to FAILED."""


class Ended(NamedTuple):
    """A child that has come to its end, or has never begun: `position` is its number, `size` how many items
    it had, `input` the JSON text of its input, `output` or `failure` what came of it."""

    position: int
    child: Scope
    status: Status
    size: int
    input: str
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


def record_text(ended: Ended) -> str:
    """Return, as JSON text, what Transformation NONE tells of a child: what DescribeExecution would, in
    PascalCase."""
    identity, status, failure = ended.child.execution, ended.status, ended.failure
    told = "{"
    if failure is not None:
        told += "" if failure.cause is None else f'"Cause":{quoted(failure.cause)},'
        told += "" if failure.error is None else f'"Error":{quoted(failure.error)},'
    told += (
        f'"ExecutionArn":{quoted(identity.id)},"Input":{quoted(ended.input)},"InputDetails":{{"Included":true}},'
        f'"Name":"{identity.name}",'
    )
    if status == "SUCCEEDED":
        output = ended.input if ended.output is identity.input else to_json_text(ended.output)
        told += (
            f'"Output":{quoted(output)},"OutputDetails":{{"Included":true}},"RedriveCount":0,'
            '"RedriveStatus":"NOT_REDRIVABLE",'
            '"RedriveStatusReason":"Execution is SUCCEEDED and cannot be redriven",'
        )
    else:
        told += '"RedriveCount":0,"RedriveStatus":"REDRIVABLE_BY_MAP_RUN",'
    machine = quoted(identity.machine_id)
    if status == "PENDING":
        return f'{told}"StateMachineArn":{machine},"Status":"PENDING"}}'
    start, stop = format_timestamp(identity.start_time), format_timestamp(ended.child.journal.time)
    return (
        f'{told}"StartDate":"{start}","StateMachineArn":{machine},"Status":"{status}","StopDate":"{stop}"}}'
    )


def shown(ended: Ended, transformation: Transformation) -> list[JSON]:
    """Return what a transformation makes of a child. Of one that failed it makes nothing else than NONE."""
    if transformation == "NONE" or ended.status != "SUCCEEDED":
        return [from_json_text(record_text(ended))]
    if transformation == "FLATTEN" and isinstance(ended.output, list):
        return ended.output
    return [ended.output]


def texts(ended: Ended, transformation: Transformation) -> list[str]:
    """Return the JSON texts of what `shown` returns."""
    if transformation == "NONE" or ended.status != "SUCCEEDED":
        return [record_text(ended)]
    return [to_json_text(value) for value in shown(ended, transformation)]


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
            found = shown(ended, self.transformation)
        else:
            failure = ended.failure or StateError(None)
            told: dict[str, JSON] = {"Status": ended.status, "Error": failure.error, "Cause": failure.cause}
            found = [{name: value for name, value in told.items() if value is not None}]
        self.kept[ended.position] = found
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
        self.results.write(FILES.get(ended.status, "FAILED"), texts(ended, self.transformation))
        if ended.status != "PENDING":
            self.run.wrote(ended.size)

    def finish(self) -> None:
        self.manifest = self.results.close()

    def result(self) -> JSON:
        return {"MapRunArn": self.run.arn, "ResultWriterDetails": self.manifest}
