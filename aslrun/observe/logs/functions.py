"""What functions printed → the events in their log groups, between the lines that Lambda adds.

Documentation: "Viewing CloudWatch logs for Lambda functions", "Log formats", "Advanced logging controls".
When a line was printed is not recorded: those of an invocation have the time at which it began, the last ones
that at which it ended.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from aslrun.functions.function import function_name
from aslrun.functions.log import end_lines, start_line
from aslrun.functions.report import Invocation
from aslrun.history.scopes import details_of
from aslrun.observe.observed import Event, Observed, time_of
from aslrun.timestamps import format_timestamp

BEGINS = ("START RequestId: ", "INIT_START ", "END RequestId: ", "REPORT RequestId: ")
"""How the lines begin that Lambda adds in text: those of a run with reports are there already."""
ENDED = ("Succeeded", "Failed", "TimedOut")
"""How the types of events end with which an attempt ends."""
GOES_ON = ("Started", "Submitted")
"""How those end that come before, after the first."""
NOBODY = "0" * 32


class LogEvent(NamedTuple):
    """An event of CloudWatch Logs: `timestamp` in milliseconds since the epoch."""

    group: str
    stream: str
    timestamp: int
    message: str


def group_of(function: str) -> str:
    """Return the name of a function's log group where none is configured."""
    return f"/aws/lambda/{function}"


class Streams:
    """Which log stream an invocation writes to: a new one for each worker that is started."""

    def __init__(self) -> None:
        self._ids: dict[tuple[str, str], str] = {}

    def stream(self, function: str, version: str, began: float, new: str | None) -> str:
        """Return the stream's name. `new` is the request's id where the worker is a new one."""
        key = function, version
        if new is not None or key not in self._ids:
            self._ids[key] = (new or NOBODY).replace("-", "")
        return f"{format_timestamp(began)[:10].replace('-', '/')}/[{version}]{self._ids[key]}"


def invocation_events(
    invocation: Invocation, lines: Iterable[str], began: float, ended: float, streams: Streams
) -> Iterator[LogEvent]:
    """Yield the events of one invocation; times in seconds since the epoch."""
    new = invocation.request_id if invocation.init is not None else None
    stream = streams.stream(invocation.function, invocation.version, began, new)
    group = invocation.log_group or group_of(invocation.function)
    printed = [line for line in lines if not line.startswith(BEGINS)]
    make = _json_lines if invocation.log_format == "JSON" else _text_lines
    before, after = make(invocation, began, ended)
    for at, texts in ((began, before), (began, printed), (ended, after)):
        for text in texts:
            yield LogEvent(group, stream, round(at * 1000), text)


def _text_lines(done: Invocation, began: float, ended: float) -> tuple[list[str], list[str]]:
    before = [f"INIT_START Runtime Version: {done.runtime}"] if done.init is not None else []
    return [*before, start_line(done.request_id, done.version)], [*end_lines(done)]


def _json_lines(done: Invocation, began: float, ended: float) -> tuple[list[str], list[str]]:
    def line(at: float, type: str, record: dict[str, Any]) -> str:
        return json.dumps({"time": format_timestamp(at), "type": type, "record": record})

    before = []
    if done.init is not None:
        started = {"initializationType": "on-demand", "phase": "init", "runtimeVersion": done.runtime}
        before.append(line(began, "platform.initStart", started))
    before.append(line(began, "platform.start", {"requestId": done.request_id, "version": done.version}))
    metrics: dict[str, Any] = {
        "durationMs": round(done.duration * 1000, 3),
        "billedDurationMs": done.billed_ms,
        "memorySizeMB": done.memory_size,
    }
    if done.max_memory is not None:
        metrics["maxMemoryUsedMB"] = done.max_memory
    if done.init is not None:
        metrics["initDurationMs"] = round(done.init * 1000, 3)
    status = "success" if done.error is None else "timeout" if done.error == "Sandbox.Timedout" else "error"
    report = {"requestId": done.request_id, "metrics": metrics, "status": status}
    return before, [line(ended, "platform.report", report)]


def function_events(execution: Observed, streams: Streams | None = None) -> Iterator[LogEvent]:
    """Yield the events that the functions of an execution wrote, its children's not included."""
    ids = sorted({*execution.logs, *execution.invocations})
    if not ids:
        return  # `attempt_ends` looks at each event
    streams = streams or Streams()
    events = execution.events
    find_end = attempt_ends(events)
    for id in ids:
        lines = execution.logs.get(id, ())
        if not 0 < id <= len(events):
            continue
        end = find_end(events[id - 1])
        began, ended = time_of(events[id - 1]), time_of(end or events[-1])
        made = execution.invocations.get(id, ())
        for number, invocation in enumerate(made):
            # A request is sent again where a worker ended before it took it up: the last one printed.
            is_last = number == len(made) - 1
            yield from invocation_events(invocation, lines if is_last else (), began, ended, streams)
        if not made:
            yield from _unreported(events[id - 1], lines, streams)


def printed_lines(execution: Observed) -> Iterator[tuple[float, str]]:
    """Yield what functions printed themselves, with the time in seconds since the epoch."""
    for id, lines in execution.logs.items():
        if 0 < id <= len(execution.events):
            for line in lines:
                if not line.startswith(BEGINS):
                    yield time_of(execution.events[id - 1]), line


def _unreported(event: Event, lines: Sequence[str], streams: Streams) -> Iterator[LogEvent]:
    """Yield what was printed by a function of whose invocation nothing is reported."""
    details = details_of(event)
    name = function_name(str(details.get("resource", "function")))
    began = time_of(event)
    stream = streams.stream(name, "$LATEST", began, None)
    for line in lines:
        yield LogEvent(group_of(name), stream, round(began * 1000), line)


def attempt_ends(events: Sequence[Event]) -> Callable[[Event], Event | None]:
    """Return what finds the event with which the attempt ended that an event began; None if it has not."""
    following = {event.get("previousEventId", 0): event for event in events}

    def find(event: Event) -> Event | None:
        found = following.get(event["id"])
        while found is not None and not found["type"].endswith(ENDED):
            found = following.get(found["id"]) if found["type"].endswith(GOES_ON) else None
        return found

    return find
