"""Event source mappings: which function is invoked for what is in which queue or stream.

API reference: CreateEventSourceMapping. They live as long as the local AWS that their sources are in.
"""

from __future__ import annotations

import re
import threading
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from aslrun.server.events.inputs import parsed
from aslrun.services.pattern import PatternError, check, matches
from aslrun.timestamps import read_event_time
from aslrun.values import JSON

DEFAULT_SIZES = {"sqs": 10, "kinesis": 100, "dynamodb": 100}
LARGEST = 10_000
"""Records of a batch."""
LONGEST_WINDOW = 300
AT_TIMESTAMP = "AT_TIMESTAMP"
_NUMBERS = (
    "BatchSize", "MaximumBatchingWindowInSeconds", "MaximumRecordAgeInSeconds", "MaximumRetryAttempts",
    "TumblingWindowInSeconds",
)  # fmt: skip


class MappingError(Exception):
    """What is wrong with a mapping."""


@dataclass(frozen=True, slots=True)
class EventSource:
    """One mapping, with its settings as the API has them."""

    id: str
    source: str
    function: str
    settings: Mapping[str, Any] = field(default_factory=dict)
    modified: float = 0.0

    @property
    def service(self) -> str:
        """`sqs`, `kinesis` or `dynamodb`."""
        return self.source.split(":")[2]

    @property
    def is_enabled(self) -> bool:
        return str(self.settings.get("Enabled", True)).lower() != "false"

    @property
    def batch_size(self) -> int:
        return int(self.settings.get("BatchSize") or DEFAULT_SIZES.get(self.service, 100))

    @property
    def window(self) -> float:
        """Seconds to wait for a batch to be full."""
        return float(self.settings.get("MaximumBatchingWindowInSeconds") or 0)

    @property
    def since(self) -> float | None:
        """The time that a stream is read from, if that is not its beginning or its end. CloudFormation has it
        in seconds since the epoch, pipes as a text."""
        written = self.settings.get("StartingPositionTimestamp")
        if isinstance(written, str) and re.fullmatch(r"\d+(\.\d+)?", written):
            return float(written)
        return read_event_time(written)

    @property
    def reports_items(self) -> bool:
        return "ReportBatchItemFailures" in (self.settings.get("FunctionResponseTypes") or [])

    @property
    def filters(self) -> list[dict[str, JSON]]:
        """The patterns of its FilterCriteria; a record is wanted if one of them matches."""
        criteria = self.settings.get("FilterCriteria") or {}
        patterns: list[Any] = [parsed(str(one.get("Pattern", ""))) for one in criteria.get("Filters") or []]
        return patterns

    @property
    def on_failure(self) -> str | None:
        destination = (self.settings.get("DestinationConfig") or {}).get("OnFailure") or {}
        return destination.get("Destination")


class Source(Protocol):
    """Reads for one mapping."""

    def begin(self) -> None: ...
    def wake(self) -> None: ...
    def close(self) -> None: ...


class Mappings:
    """All mappings, and what reads for them. `make` makes a reader; `now` tells the time."""

    def __init__(self, make: Callable[[EventSource], Source], now: Callable[[], float]) -> None:
        self.make = make
        self.now = now
        self._lock = threading.Lock()
        self._all: dict[str, tuple[EventSource, Source | None]] = {}
        self._begun = False

    def begin(self) -> None:
        """Begin to read."""
        with self._lock:
            self._begun = True
            for id, (one, _) in self._all.items():
                self._all[id] = (one, self._reading(one))

    def _reading(self, one: EventSource) -> Source | None:
        if not (self._begun and one.is_enabled):
            return None
        source = self.make(one)
        source.begin()
        return source

    def put(
        self, source: str, function: str, settings: Mapping[str, Any], id: str | None = None
    ) -> EventSource:
        """Make a mapping, or change that of an id. Raises MappingError for what makes no sense."""
        one = EventSource(id or str(uuid.uuid4()), source, function, settings, self.now())
        _check(one)
        if id is None or id not in self._all:
            _check_position(one)
        with self._lock:
            before = self._all.get(one.id)
            if before is not None and before[1] is not None:
                before[1].close()
            self._all[one.id] = (one, self._reading(one))
        return one

    def update(self, id: str, changes: Mapping[str, Any], function: str | None = None) -> EventSource | None:
        """Change settings; None if there is no mapping of that id."""
        one = self.get(id)
        if one is None:
            return None
        one = replace(one, settings={**one.settings, **changes}, function=function or one.function)
        return self.put(one.source, one.function, one.settings, id)

    def get(self, id: str) -> EventSource | None:
        """Return a mapping by its id."""
        found = self._all.get(id)
        return found[0] if found else None

    def all(self) -> list[EventSource]:
        """Return all mappings."""
        return [one for one, _ in [*self._all.values()]]

    def remove(self, id: str) -> EventSource | None:
        """Remove a mapping and return it."""
        with self._lock:
            one, source = self._all.pop(id, (None, None))
        if source is not None:
            source.close()
        return one

    def wake(self, services: frozenset[str]) -> None:
        """Have the sources of these services looked at: there may be something new."""
        for one, source in [*self._all.values()]:
            if source is not None and one.service in services:
                source.wake()

    def close(self) -> None:
        """Read no more."""
        for _, source in [*self._all.values()]:
            if source is not None:
                source.close()


def _check(one: EventSource) -> None:
    if one.source.count(":") < 5 or one.service not in DEFAULT_SIZES:
        raise MappingError(f"'{one.source}' is no ARN of a queue or a stream")
    for name in _NUMBERS:
        written = one.settings.get(name)
        if written is not None and not re.fullmatch(r"-?\d+", str(written)):
            raise MappingError(f"{name} must be a whole number, not {written}")
    if one.batch_size > LARGEST or one.batch_size < 1:
        raise MappingError(f"BatchSize must be from 1 to {LARGEST}, not {one.batch_size}")
    if not 0 <= one.window <= LONGEST_WINDOW:
        told = f"from 0 to {LONGEST_WINDOW}, not {one.window:g}"
        raise MappingError(f"MaximumBatchingWindowInSeconds must be {told}")
    most = (one.settings.get("ScalingConfig") or {}).get("MaximumConcurrency")
    if most is not None and not re.fullmatch(r"[1-9]\d*", str(most)):
        raise MappingError(f"MaximumConcurrency must be a whole number, not {most}")
    try:
        for pattern in one.filters:
            check(pattern)
    except PatternError as wrong:
        raise MappingError(f"Invalid filter pattern definition: {wrong}") from None


def _check_position(one: EventSource) -> None:
    """API reference: CreateEventSourceMapping, StartingPosition and StartingPositionTimestamp."""
    since, written = one.since, one.settings.get("StartingPositionTimestamp")
    if since is None and written is not None:
        raise MappingError(f"StartingPositionTimestamp must be a time, not {written}")
    if one.settings.get("StartingPosition") != AT_TIMESTAMP:
        if since is not None:
            raise MappingError(f"StartingPositionTimestamp is for the StartingPosition {AT_TIMESTAMP} only")
        return
    if one.service != "kinesis":
        raise MappingError(f"the StartingPosition {AT_TIMESTAMP} is for Kinesis, not for {one.service}")
    if since is None:
        raise MappingError(f"the StartingPosition {AT_TIMESTAMP} needs a StartingPositionTimestamp")
    # A virtual clock may be behind that of the local AWS, whose records have the real time.
    if since > max(one.modified, time.time()):
        raise MappingError("StartingPositionTimestamp cannot be in the future")


def is_wanted(filters: list[dict[str, JSON]], record: Mapping[str, JSON]) -> bool:
    """Tell whether a record passes the filters."""
    try:
        return not filters or any(matches(one, record) for one in filters)
    except PatternError:
        return False


def failed_items(body: JSON, known: set[str]) -> set[str] | None:
    """Return the ids of a batch's records that a function says have failed; None for all of them.

    Documentation: "Implementing partial batch responses": an empty answer is a success, one that makes no
    sense a failure of all.
    """
    if body is None or body == {}:
        return set()
    if not isinstance(body, dict):
        return None
    listed = body.get("batchItemFailures")
    if listed is None:
        return set()
    if not isinstance(listed, list):
        return None
    ids = [one.get("itemIdentifier") if isinstance(one, dict) else None for one in listed]
    if not all(isinstance(id, str) and id in known for id in ids):
        return None
    return {str(id) for id in ids}
