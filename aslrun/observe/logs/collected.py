"""All that an execution wrote to logs, its state machine's entries and its functions' lines."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from itertools import groupby
from operator import attrgetter
from pathlib import Path
from typing import Any, Protocol

from aslrun.errors import UsageError
from aslrun.interpreter.collection import no_collection
from aslrun.observe.logs.entries import LoggingConfiguration, entry_texts, read_configuration
from aslrun.observe.logs.functions import LogEvent, Streams, function_events
from aslrun.observe.observed import Observed
from aslrun.timestamps import format_timestamp

BATCH = 10_000
"""Events that PutLogEvents takes at once; it takes 1 MB, with 26 bytes for each (API reference)."""
BATCH_BYTES = 1_048_576 - 4096
BATCH_SPAN = 24 * 3_600_000
"""Milliseconds that the events of a batch may span; they are in the order of time (API reference)."""
EVENT_BYTES = 26


class Configured(Protocol):
    """A state machine that may lie in a template."""

    def configuration(self, *names: str) -> Mapping[str, Any]:
        """Return what the template says under one of the names; {} where nothing."""


def configuration_of(machine: Configured | None) -> LoggingConfiguration | None:
    """Return the logging configuration that a machine's template gives it (`LoggingConfiguration`, `Logging`
    in SAM); None where it has none."""
    told = machine.configuration("LoggingConfiguration", "Logging") if machine is not None else {}
    return read_configuration(told) if told else None


ALL_EVENTS = LoggingConfiguration("ALL", has_data=True)
"""What is logged where somebody asks for logs of a machine that has no configuration."""


def machine_group(machine: str) -> str:
    """Return the log group that the console names for a state machine."""
    return f"/aws/vendedlogs/states/{machine}-Logs"


def machine_events(execution: Observed, configuration: LoggingConfiguration) -> Iterator[LogEvent]:
    """Yield the events in the log group of an execution's state machine."""
    group = configuration.group or machine_group(execution.machine_name.partition("/")[0])
    began = format_timestamp(execution.began)[:16].replace("T", "-").replace(":", "-")
    stream = f"states/{execution.machine_name.partition('/')[0]}/{began}/00000000"
    for at, text in entry_texts(execution, configuration):
        yield LogEvent(group, stream, at, text)


def log_events(execution: Observed, configuration: LoggingConfiguration = ALL_EVENTS) -> list[LogEvent]:
    """Return what an execution and the children of its distributed Maps wrote, in the order of time."""
    streams = Streams()
    found: list[LogEvent] = []
    with no_collection():  # a fifth of the time of a long execution
        for one in execution.whole():
            found += machine_events(one, configuration)
            found += function_events(one, streams)
    return sorted(found, key=attrgetter("timestamp"))


def write_logs(events: Iterable[LogEvent], folder: Path) -> None:
    """Add events to files in a folder, one for each log group, in the lines of `aws logs tail`.

    What was there stays. Raises UsageError where a file cannot be written.
    """
    ordered = sorted(events, key=attrgetter("group"))
    for group, of_group in groupby(ordered, key=attrgetter("group")):
        file = folder / f"{re.sub(r'[^A-Za-z0-9_./-]', '_', group).strip('/')}.log"
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            with file.open("a", encoding="utf-8") as opened:
                for at, at_once in groupby(of_group, key=attrgetter("timestamp")):
                    time = format_timestamp(at / 1000)
                    opened.writelines(f"{time} {event.stream} {event.message}\n" for event in at_once)
        except OSError as wrong:
            raise UsageError(f"the log {file} cannot be written: {wrong.strerror}") from None


def put_logs(events: Iterable[LogEvent], logs: Any) -> None:
    """Put events into CloudWatch Logs by a boto3 client, with the groups and streams that they need."""
    known = logs.exceptions.ResourceAlreadyExistsException
    by_stream: dict[tuple[str, str], list[LogEvent]] = {}
    for event in events:
        by_stream.setdefault((event.group, event.stream), []).append(event)
    for group in dict.fromkeys(group for group, _ in by_stream):
        _unless(known, lambda group=group: logs.create_log_group(logGroupName=group))
    for (group, stream), of_stream in by_stream.items():
        names = {"logGroupName": group, "logStreamName": stream}
        _unless(known, lambda names=names: logs.create_log_stream(**names))
        for batch in _batches(sorted(of_stream, key=attrgetter("timestamp"))):
            logs.put_log_events(logEvents=batch, **names)


def _unless(there: type[Exception], make: Any) -> None:
    with suppress(there):
        make()


def _batches(events: Iterable[LogEvent]) -> Iterator[list[dict[str, Any]]]:
    batch: list[dict[str, Any]] = []
    size = 0
    for event in events:
        more = len(event.message.encode("utf-8", "surrogatepass")) + EVENT_BYTES
        is_full = len(batch) == BATCH or size + more > BATCH_BYTES
        if batch and (is_full or event.timestamp - batch[0]["timestamp"] > BATCH_SPAN):
            yield batch
            batch, size = [], 0
        batch.append({"timestamp": event.timestamp, "message": event.message or " "})
        size += more
    if batch:
        yield batch
