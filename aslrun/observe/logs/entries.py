"""An execution's events → the entries that its state machine's logging configuration writes.

Documentation: "Using CloudWatch Logs to log execution history in Step Functions", and its "Log levels". All
scalars of an entry are text, as in published logs.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from json.encoder import encode_basestring as quote
from typing import Any, Literal, TypeAlias, cast

from aslrun.errors import UsageError
from aslrun.history.events import STATE_EVENTS
from aslrun.history.scopes import details_of
from aslrun.observe.observed import Event, Observed, time_of
from aslrun.values import JSON, to_json_text

Level: TypeAlias = Literal["ALL", "ERROR", "FATAL", "OFF"]

LEVELS: tuple[Level, ...] = ("ALL", "ERROR", "FATAL", "OFF")
FATAL = frozenset({"ExecutionAborted", "ExecutionFailed", "ExecutionTimedOut"})
"""Types of events that are logged at the level FATAL."""
ERROR = FATAL | {
    "ActivityFailed", "ActivityScheduleFailed", "ActivityTimedOut", "EvaluationFailed", "FailStateEntered",
    "LambdaFunctionFailed", "LambdaFunctionScheduleFailed", "LambdaFunctionStartFailed",
    "LambdaFunctionTimedOut", "MapIterationAborted", "MapIterationFailed", "MapRunAborted", "MapRunFailed",
    "MapStateAborted", "MapStateFailed", "ParallelStateAborted", "ParallelStateFailed", "TaskFailed",
    "TaskStartFailed", "TaskStateAborted", "TaskSubmitFailed", "TaskTimedOut", "WaitStateAborted",
}  # fmt: skip
"""Types of events that are logged at the level ERROR."""
MOST_DATA = 248 * 1024
"""Bytes of an input or output that an entry has; what is longer is cut (CloudWatch Logs payloads)."""
DATA = ("input", "output", "parameters")
"""Members of an event's details that are execution data, in JSON text."""
VARIABLES = "assignedVariables"
"""The member that has values of variables, which are execution data too."""


@dataclass(frozen=True, slots=True)
class LoggingConfiguration:
    """What of an execution is logged, and where.

    Attributes:
        level: which events.
        has_data: whether inputs, outputs and parameters are in the entries (`includeExecutionData`).
        group: the name of the log group; None where no destination is named.
    """

    level: Level = "OFF"
    has_data: bool = False
    group: str | None = None

    def takes(self, type: str) -> bool:
        """Tell whether events of a type are logged."""
        if self.level == "ALL":
            return True
        return type in (ERROR if self.level == "ERROR" else FATAL if self.level == "FATAL" else ())


def read_configuration(told: Mapping[str, Any]) -> LoggingConfiguration:
    """Return a logging configuration as the API (`level`) or CloudFormation (`Level`) writes it.

    Raises UsageError for a level that there is not.
    """
    members = {name[:1].lower() + name[1:]: value for name, value in told.items()}
    level = members.get("level", "OFF")
    if level not in LEVELS:
        raise UsageError(f"the level of a LoggingConfiguration is {', '.join(LEVELS)}, not {level!r}")
    return LoggingConfiguration(
        cast(Level, level),
        members.get("includeExecutionData") in (True, "true"),
        _group(members.get("destinations")),
    )


def _group(destinations: Any) -> str | None:
    """Return the name in the log group's ARN, which ends in `:*`."""
    for destination in destinations if isinstance(destinations, list) else ():
        for group in destination.values() if isinstance(destination, dict) else ():
            arn = next(iter(group.values()), None) if isinstance(group, dict) else None
            if isinstance(arn, str):
                _, found, name = arn.partition(":log-group:")
                return (name if found else arn).removesuffix(":*")
    return None


def log_entries(execution: Observed, configuration: LoggingConfiguration) -> Iterator[dict[str, JSON]]:
    """Yield the entries of an execution; those of a distributed Map's children are theirs."""
    redriven = 0
    for event in execution.events:
        redriven += event["type"] == "ExecutionRedriven"
        if configuration.takes(event["type"]):
            yield entry_of(event, execution.arn, redriven, has_data=configuration.has_data)


def entry_of(event: Event, arn: str, redriven: int = 0, *, has_data: bool = True) -> dict[str, JSON]:
    """Return the entry of one event."""
    details = details_of(event)
    told: dict[str, JSON] = {}
    for name, value in details.items():
        if name in DATA:
            if has_data and isinstance(value, str):
                cut = _cut(value)
                told[name] = cut
                told[f"{name}Details"] = {"truncated": cut is not value}
        elif not name.endswith("Details") and (has_data or name != VARIABLES):
            told[name] = value
    return {
        "id": str(event["id"]),
        "type": event["type"],
        "details": told,
        "previous_event_id": str(event.get("previousEventId", 0)),
        "event_timestamp": str(round(time_of(event) * 1000)),
        "execution_arn": arn,
        "redrive_count": str(redriven),
    }


def _cut(text: str) -> str:
    if len(text) * 4 <= MOST_DATA:
        return text
    written = text.encode("utf-8", "surrogatepass")
    return text if len(written) <= MOST_DATA else written[:MOST_DATA].decode("utf-8", "ignore")


def entry_texts(execution: Observed, configuration: LoggingConfiguration) -> Iterator[tuple[int, str]]:
    """Yield the time of each entry, in milliseconds since the epoch, and its JSON text: that of
    `log_entries`.

    The entries of which there are most, of states, are written without a dict between.
    """
    takes, has_data = configuration.takes, configuration.has_data
    is_all, redriven = configuration.level == "ALL", 0
    end = f'","execution_arn":{quote(execution.arn)},"redrive_count":"'
    heads: dict[tuple[str, str], str] = {}
    stamp: object = None
    known: object = None
    at, quoted, time = 0, '""', ""
    for event in execution.events:
        type = event["type"]
        if not is_all and not takes(type):
            redriven += type == "ExecutionRedriven"
            continue
        if (written := event.get("timestamp")) is not stamp:
            stamp, at = written, round(time_of(event) * 1000)
            time = f'"event_timestamp":"{at}'
        fields = STATE_EVENTS.get(type)
        details = None if fields is None else event.get(fields[0])
        if fields is None or details is None or len(details) != 3 or len(details[fields[1]]) * 4 > MOST_DATA:
            redriven += type == "ExecutionRedriven"
            yield at, to_json_text(entry_of(event, execution.arn, redriven, has_data=has_data))
            continue
        head = heads.get((type, name := details["name"]))
        if head is None:
            head = heads[type, name] = f'"type":"{type}","details":{{"name":{quote(name)}'
        data = ""
        if has_data:
            _, field, truncation = fields
            if details[field] is not known:
                known, quoted = details[field], quote(details[field])
            data = f',"{field}":{quoted},"{truncation}":{{"truncated":false}}'
        before = event.get("previousEventId", 0)
        yield (
            at,
            f'{{"id":"{event["id"]}",{head}{data}}},"previous_event_id":"{before}",{time}{end}{redriven}"}}',
        )
