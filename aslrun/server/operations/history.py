"""GetExecutionHistory."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import islice
from typing import Any

from aslrun.history.events import Event
from aslrun.server.errors import invalid_token, no_execution
from aslrun.server.operations.executions import find_execution
from aslrun.server.pages import page_size, place_of, token_of
from aslrun.server.protocol import Request
from aslrun.server.service import Service
from aslrun.store import ExecutionRecord
from aslrun.values import JSON

_DATA = frozenset({"input", "output", "error", "cause", "assignedVariables"})
"""Members of events' details that `includeExecutionData` leaves out."""


def get(service: Service, request: Request) -> Mapping[str, Any]:
    """GetExecutionHistory: from the first event, or from the last; a page goes on where the one before ended,
    also while more events come."""
    members = request.members
    record = find_execution(service, members["executionArn"], "execution")
    after = place_of("GetExecutionHistory", members)
    if after is not None and not isinstance(after, int):
        raise invalid_token()
    events = service.engine.events(record.arn)
    if events is None:
        raise no_execution(record.arn)
    size = page_size(members)
    if members.get("reverseOrder"):
        known = list(events)
        until = len(known) if after is None else max(0, min(after, len(known)))
        first = max(0, until - size)
        page, following = known[first:until][::-1], first or None
    else:
        found = list(islice(events, after or 0, (after or 0) + size + 1))
        page = found[:size]
        following = (after or 0) + size if len(found) > size else None
    page = [_with_qualifiers(event, record) if event["id"] == 1 else event for event in page]
    if members.get("includeExecutionData") is False:
        page = [_without_data(event) for event in page]
    return {"events": page, "nextToken": token_of("GetExecutionHistory", members, following)}


def _with_qualifiers(event: Event, record: ExecutionRecord) -> Event:
    """Return the first event with what the execution was started by, besides the machine."""
    key = "executionStartedEventDetails"
    started = event[key]
    assert isinstance(started, dict)
    told = {"stateMachineAliasArn": record.alias, "stateMachineVersionArn": record.version}
    return {**event, key: {**started, **{name: arn for name, arn in told.items() if arn is not None}}}


def _without_data(event: Event) -> Event:
    def strip(value: JSON) -> JSON:
        if not isinstance(value, dict):
            return value
        return {name: one for name, one in value.items() if name not in _DATA}

    return {name: strip(value) for name, value in event.items()}
