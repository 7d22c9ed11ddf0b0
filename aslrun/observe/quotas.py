"""What of the service's limits an execution came near to.

Limits: Service quotas of Step Functions and Lambda. Near is from four fifths of a limit on; of what grows
with the items of a Map, where twice as many items would be too many.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from aslrun.document.printable import printable
from aslrun.functions.report import Invocation
from aslrun.history.scopes import details_of
from aslrun.interpreter.quota import PAYLOAD_LIMIT, VARIABLES_LIMIT
from aslrun.interpreter.scope import STANDARD_LIMIT
from aslrun.observe.observed import Event, Observed
from aslrun.values import JSON

if TYPE_CHECKING:
    from aslrun.execution import Execution

Details: TypeAlias = "Mapping[str, Any]"

NEAR = 0.8
"""The part of a limit from which on it is near."""
OPEN_MAP_RUNS = 1_000
"""Map Runs that may be open at once."""
DATA = frozenset({"input", "output", "parameters"})
LONG = math.ceil(NEAR * PAYLOAD_LIMIT / 4)
"""Characters that may be as many bytes as are near the limit of a text."""


@dataclass(frozen=True, slots=True)
class NearLimit:
    """How much of a limit was used: `what` in its `unit`, `where` a state or a function, "" for the whole."""

    what: str
    used: float
    limit: float
    unit: str = ""
    where: str = ""

    def __str__(self) -> str:
        amount = f"{self.used:,.10g} of {self.limit:,.10g} {self.unit}".strip()
        place = f" in {printable(self.where)}" if self.where else ""
        return f"{self.what}{place}: {amount} ({self.used / self.limit:.0%})"

    def as_json(self) -> dict[str, JSON]:
        """Return it as JSON."""
        unit = self.unit or None
        return {
            "what": self.what,
            "where": self.where or None,
            "used": self.used,
            "limit": self.limit,
            "unit": unit,
        }


def may_be_near(execution: Execution) -> bool:
    """Tell whether it pays to look: at many events, at big values, at Map Runs, at invocations."""
    journal = execution.journal
    if len(journal.rows) >= NEAR * STANDARD_LIMIT / 2 or journal.invocations or journal.map_runs:
        return True
    most = NEAR * PAYLOAD_LIMIT
    if journal.quota is not None and journal.quota.greatest() >= most:
        return True
    return any(row[4].__class__ is str and len(row[4]) * 4 >= most for row in journal.rows)


def near_limits(execution: Observed) -> list[NearLimit]:
    """Return what an execution and the children of its distributed Maps came near to, each place once."""
    return each_once(
        near for one in execution.whole() for near in limits_near(one.events, one.invocations, one.type)
    )


def each_once(found: Iterable[NearLimit]) -> list[NearLimit]:
    """Return the limits, of those of one place the one that is nearest."""
    nearest: dict[tuple[str, str], NearLimit] = {}
    for near in found:
        known = nearest.get((near.what, near.where))
        if known is None or known.used / known.limit < near.used / near.limit:
            nearest[near.what, near.where] = near
    return [*nearest.values()]


def limits_near(
    events: Sequence[Event],
    invocations: Mapping[int, Sequence[Invocation]],
    type: str = "STANDARD",
    details: Iterable[Details] | None = None,
) -> Iterator[NearLimit]:
    """Yield what one execution came near to, its children not included; `details` are those of the events,
    where they are known already."""
    of_maps = [(position, event) for position, event in enumerate(events) if event["type"][:3] == "Map"]
    if type == "STANDARD":
        if len(events) >= NEAR * STANDARD_LIMIT:
            yield NearLimit("events", len(events), STANDARD_LIMIT)
        yield from _growth(of_maps, len(events))
    yield from _data(events, map(details_of, events) if details is None else details)
    yield from _map_runs(of_maps)
    for made in invocations.values():
        for one in made:
            yield from _of_function(one)


def _growth(of_maps: Iterable[tuple[int, Event]], total: int) -> Iterator[NearLimit]:
    """Yield the Maps of which twice the items would bring more events than there may be."""
    starts: dict[str, tuple[int, int]] = {}
    name = ""
    for position, event in of_maps:
        details = details_of(event)
        if event["type"] == "MapStateEntered":
            name = str(details.get("name", ""))
        elif event["type"] == "MapStateStarted":
            starts[name] = position, int(details.get("length", 0))
        elif event["type"] == "MapStateExited" and (of := str(details.get("name", ""))) in starts:
            start, items = starts.pop(of)
            each = (position - start - 1) / items if items else 0.0
            if each <= 1:  # its children have histories of their own
                continue
            most = int((STANDARD_LIMIT - (total - each * items)) / each)
            if items * 2 > most:
                yield NearLimit("events that grow with the items", items, most, "items", of)


def _data(events: Iterable[Event], details: Iterable[Details]) -> Iterator[NearLimit]:
    name = ""
    sizes: dict[str, int] = {}
    variables: dict[str, int] = {}
    for event, told in zip(events, details, strict=True):
        name = told.get("name", name)
        for member, value in told.items():
            if value.__class__ is str:
                if len(value) >= LONG and member in DATA and name and event["type"][:9] != "Execution":
                    sizes[name] = max(sizes.get(name, 0), len(value.encode("utf-8", "surrogatepass")))
            elif member == "assignedVariables" and isinstance(value, dict):
                variables |= {variable: len(str(text)) for variable, text in value.items()}
                if (total := sum(variables.values())) >= NEAR * VARIABLES_LIMIT:
                    yield NearLimit("variables", total, VARIABLES_LIMIT, "bytes", name)
    for of, size in sizes.items():
        if size >= NEAR * PAYLOAD_LIMIT:
            yield NearLimit("data", size, PAYLOAD_LIMIT, "bytes", of)


def _map_runs(of_maps: Iterable[tuple[int, Event]]) -> Iterator[NearLimit]:
    open_runs = most = 0
    for _, event in of_maps:
        if event["type"] in ("MapRunStarted", "MapRunRedriven"):
            open_runs += 1
            most = max(most, open_runs)
        elif event["type"].startswith("MapRun"):
            open_runs -= 1
    if most >= NEAR * OPEN_MAP_RUNS:
        yield NearLimit("open Map Runs", most, OPEN_MAP_RUNS)


def _of_function(one: Invocation) -> Iterator[NearLimit]:
    if one.duration >= NEAR * one.timeout:
        yield NearLimit("time", round(one.duration, 3), one.timeout, "s", one.function)
    if one.max_memory is not None and one.max_memory >= NEAR * one.memory_size:
        yield NearLimit("memory", one.max_memory, one.memory_size, "MB", one.function)
