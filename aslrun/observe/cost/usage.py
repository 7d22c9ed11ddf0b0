"""What an execution uses of what is billed.

Pricing pages of Step Functions and Lambda: a state transition each time a step is executed, retries included;
the duration of an Express execution in full 100 ms, its memory in full 64 MB, estimated as the page does (50
MB, the definition, and the data for each branch or iteration); billed milliseconds and memory of functions.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from aslrun.functions.report import Invocation
from aslrun.graph.visits import read_journey
from aslrun.history.scopes import details_of
from aslrun.observe.observed import Observed
from aslrun.values import to_json_text

BILLED_PERIOD = 0.1
"""Seconds that an Express execution's duration is rounded up to."""
BASE_MEMORY, BILLED_MEMORY = 50.0, 64.0
"""MB that an Express execution holds at least, and that its memory is rounded up to."""
MB = 1_048_576
LONGEST_EXPRESS = 300.0
STANDARD_ONLY = (".sync", ".waitForTaskToken")


@dataclass
class Usage:
    """What is billed.

    Attributes:
        transitions: state transitions of Standard executions, by state.
        express: (billed seconds, billed MB, how many such executions).
        invocations: (function, architecture, MB, billed milliseconds, how many such invocations).
        by_state: billed function GB-seconds by state and architecture, and its invocations.
    """

    transitions: Counter[str] = field(default_factory=Counter)
    express: Counter[tuple[float, float]] = field(default_factory=Counter)
    invocations: Counter[tuple[str, str, int, int]] = field(default_factory=Counter)
    by_state: dict[str, Counter[tuple[str, str, int, int]]] = field(default_factory=dict)

    @property
    def express_gb_seconds(self) -> float:
        """What Express executions held for a second."""
        return sum(seconds * memory / 1024 * number for (seconds, memory), number in self.express.items())

    def lambda_gb_seconds(self) -> dict[str, float]:
        """Return what functions held for a second, by architecture."""
        return gb_seconds(self.invocations)


def gb_seconds(invocations: Mapping[tuple[str, str, int, int], int]) -> dict[str, float]:
    """Return what invocations held for a second, by architecture."""
    total: dict[str, float] = {}
    for (_, architecture, memory, milliseconds), number in invocations.items():
        used = memory / 1024 * milliseconds / 1000 * number
        total[architecture] = total.get(architecture, 0.0) + used
    return total


def usage_of(execution: Observed, *, type: str | None = None) -> Usage:
    """Return what an execution and the children of its distributed Maps use; of the execution itself as if it
    were of another type, where one is given."""
    usage = Usage()
    for one in execution.whole():
        kind = type or one.type if one is execution else one.type
        if kind == "EXPRESS":
            usage.express[express_duration(one), express_memory(one)] += 1
        else:
            usage.transitions.update(transitions_of(one))
        for state, invocation in _invocations(one):
            key = invocation.function, invocation.architecture, invocation.memory_size, invocation.billed_ms
            usage.invocations[key] += 1
            usage.by_state.setdefault(state, Counter())[key] += 1
    return usage


def transitions_of(execution: Observed) -> Iterator[str]:
    """Yield the state of each state transition: once for each time it is entered, and for each retry."""
    for visit in read_journey(execution.events).visits:
        yield visit.name
        for _ in visit.attempts[1:]:
            yield visit.name


def _invocations(execution: Observed) -> Iterator[tuple[str, Invocation]]:
    if not execution.invocations:
        return
    journey = read_journey(execution.events)
    for id, made in execution.invocations.items():
        visit = journey.places[id - 1] if 0 < id <= len(journey.places) else None
        for invocation in made:
            yield (visit.name if visit is not None else ""), invocation


def express_duration(execution: Observed) -> float:
    """Return the seconds that are billed of an Express execution."""
    ended = execution.ended
    took = 0.0 if ended is None else ended - execution.began
    return max(1, math.ceil(round(took / BILLED_PERIOD, 6))) * BILLED_PERIOD


def express_memory(execution: Observed) -> float:
    """Return the MB that are billed of an Express execution."""
    return round_memory(used_memory(execution))


def used_memory(execution: Observed) -> float:
    """Return the MB that an Express execution takes, estimated as the pricing page does."""
    data, steps = 0, 0
    for event in execution.events:
        details = details_of(event)
        data = max(data, len(str(details.get("input", ""))))
        if event["type"] == "MapStateStarted":
            steps += int(details.get("length", 0))
    steps += _branches(execution)
    definition = len(to_json_text(execution.definition)) if execution.definition is not None else 0
    return BASE_MEMORY + (definition + data * max(1, steps)) / MB


def round_memory(megabytes: float) -> float:
    """Return memory in full 64 MB."""
    return math.ceil(megabytes / BILLED_MEMORY) * BILLED_MEMORY


def _branches(execution: Observed) -> int:
    events = execution.events
    starts = {event["id"] for event in events if event["type"] == "ParallelStateStarted"}
    return sum(event.get("previousEventId") in starts for event in events)


def not_express(execution: Observed) -> str | None:
    """Return why an execution could not have been an Express one; None where it could."""
    ended = execution.ended
    if ended is not None and ended - execution.began > LONGEST_EXPRESS:
        return "it takes longer than 5 minutes"
    for event in execution.events:
        resource = str(details_of(event).get("resource", ""))
        if any(part in resource for part in STANDARD_ONLY) or event["type"] == "ActivityScheduled":
            return f"it waits for {resource.rpartition(':')[2]}"
        if event["type"] == "MapRunStarted":
            return "it has a distributed Map"
    return None
