"""What an execution is doing, read from its journal bit by bit while it runs: the states it is in, how far
its Maps are, what was tried again.

A journal only grows, so that another thread than the driver's may read it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from aslrun.interpreter.map_run import MapRun
    from aslrun.interpreter.scope import Journal, Scope

MOST_CHILDREN = 2_000
"""Children whose states are looked at in one go: of more it is only told how many there are."""


@dataclass(slots=True)
class MapProgress:
    """How far a Map state is: all its visits together, since none was going on.

    `items` is the number of iterations there are to be, as far as it is known; `is_all` whether it is.
    `visits` is the number of the visits that go on. `since` is when the first Map Run was seen, None of an
    inline Map.
    """

    name: str
    items: int = 0
    succeeded: int = 0
    failed: int = 0
    visits: int = 0
    is_all: bool = True
    since: float | None = None


@dataclass(slots=True)
class Visit:
    """A stay in a state that can take time; `since` is when it was first seen. In a Map the numbers are
    those of the present attempt, and `progress` is what they are also counted in."""

    name: str
    since: float
    attempts: int = 0
    items: int = 0
    succeeded: int = 0
    failed: int = 0
    progress: MapProgress | None = None
    run: MapRun | None = None


@dataclass(slots=True)
class Doing:
    """The visits to states of one name that go on: how many, since when, how often they were tried again."""

    name: str
    since: float
    visits: int = 0
    retries: int = 0


@dataclass(slots=True)
class Reading:
    """How far a journal has been read. `map` is the Map state that started the child it belongs to."""

    journal: Journal
    map: str | None = None
    rows: int = 0
    children: int = 0
    ended: bool = False


class Running:
    """What the journal of an execution, and those of the children of its distributed Maps, tell so far.

    `retries` counts how often each state was tried again, `events` all events; `latest` is the name of the
    state that the last one is of.
    """

    def __init__(self, journal: Journal) -> None:
        self.retries: Counter[str] = Counter()
        self.events = 0
        self.latest = ""
        self._visits: dict[Scope, Visit] = {}
        self._maps: dict[str, MapProgress] = {}
        self._map_runs = journal.map_runs
        self._readings = [Reading(journal)]
        self._reading = self._readings[0]
        self._now = 0.0

    def read(self, now: float) -> None:
        """Take in the rows that came since the last time. `now` is when: seconds, of any clock."""
        self._now = now
        for reading in self._readings:  # which grows meanwhile
            self._reading = reading
            # Children first: the rows that come before a child's own are then there, too.
            children = self._new_children(reading)
            rows = reading.journal.rows[reading.rows :]
            reading.rows += len(rows)
            self.events += len(rows)
            self.latest = next((row[3] for row in reversed(rows) if row[3]), self.latest)
            for _, type, scope, name, value in [row for row in rows if row[1] in ACTIONS]:
                ACTIONS[type](self, scope, name, value)
            self._readings += [Reading(child.journal, map) for map, child in children]
        self._readings = [reading for reading in self._readings if not reading.ended]
        for visit in self._visits.values():
            if visit.run is not None:
                take_counts(visit, visit.run)

    def _new_children(self, reading: Reading) -> Sequence[tuple[str, Scope]]:
        """Return the children that began since the last time; of very many only those that run."""
        if reading.journal.started_children is None:
            return []
        children, known = reading.journal.children, reading.children
        children.is_watched = True
        reading.children = len(children)
        if reading.children - known <= MOST_CHILDREN:
            return children[known : reading.children]
        self.events += sum(map(children.events_of, range(known, reading.children)))
        return []

    def maps(self) -> list[MapProgress]:
        """Return the Map states whose iterations run, outermost first."""
        return [progress for progress in self._maps.values() if progress.visits]

    def failed_maps(self) -> list[MapProgress]:
        """Return the Map states of which iterations have failed, without what a retry has made good."""
        return [progress for progress in self._maps.values() if progress.failed]

    def doing(self) -> list[Doing]:
        """Return the states that go on, the longest first; those that wait for branches or iterations only
        are left out."""
        found: dict[str, Doing] = {}
        around = {scope.parent for scope in self._visits}
        for scope, visit in self._visits.items():
            if scope not in around and visit.progress is None:
                doing = found.setdefault(visit.name, Doing(visit.name, visit.since))
                doing.since = min(doing.since, visit.since)
                doing.visits += 1
                doing.retries += max(0, visit.attempts - 1)
        return sorted(found.values(), key=lambda doing: doing.since)

    # ------------------------------------------------------------------ what rows tell

    def enter(self, scope: Scope, name: str, value: object) -> None:
        self._visits[scope] = Visit(name, self._now)

    def leave(self, scope: Scope, name: str, value: object) -> None:
        visit = self._visits.pop(scope, None)
        if visit is not None and visit.progress is not None:
            visit.progress.visits -= 1

    def attempt(self, scope: Scope, name: str, value: object) -> None:
        visit = self._visits[scope]
        visit.attempts += 1
        if visit.attempts > 1:
            self.retries[name] += 1

    def start_map(self, scope: Scope, name: str, items: int) -> None:
        """Begin an attempt of a Map. What was done in the one before does not count any more."""
        self.attempt(scope, name, items)
        visit = self._visits[scope]
        progress = visit.progress
        if progress is None:
            progress = self._maps.get(name)
            if progress is None or not progress.visits:
                progress = self._maps[name] = MapProgress(name)
            progress.visits += 1
            visit.progress = progress
        progress.items += items - visit.items
        progress.succeeded -= visit.succeeded
        progress.failed -= visit.failed
        visit.items, visit.succeeded, visit.failed = items, 0, 0

    def start_run(self, scope: Scope, name: str, arn: str) -> None:
        visit = self._visits[scope]
        visit.run = next((run for run in reversed(self._map_runs) if run.arn == arn), None)
        if visit.progress is not None and visit.progress.since is None:
            visit.progress.since = self._now

    def end_run(self, scope: Scope, name: str, value: object) -> None:
        visit = self._visits[scope]
        if visit.run is not None:
            take_counts(visit, visit.run)
            visit.run = None

    def end_iteration(self, scope: Scope, name: str, value: object) -> None:
        assert scope.parent is not None
        count(self._visits[scope.parent], True)

    def fail_iteration(self, scope: Scope, name: str, value: object) -> None:
        assert scope.parent is not None
        self.leave(scope, name, value)
        count(self._visits[scope.parent], False)

    def end(self, scope: Scope, name: str, value: object) -> None:
        """Note that the execution of the journal that is being read has ended."""
        self.leave(scope, "", None)
        self._reading.ended = True


def take_counts(visit: Visit, run: MapRun) -> None:
    """Take over how far a Map Run is."""
    succeeded, failed = run.items.succeeded, run.items.failed + run.items.timedOut
    progress = visit.progress
    if progress is not None:
        progress.items += run.items.total - visit.items
        progress.succeeded += succeeded - visit.succeeded
        progress.failed += failed - visit.failed
        progress.is_all = run.all_read
    visit.items, visit.succeeded, visit.failed = run.items.total, succeeded, failed


def count(visit: Visit, succeeded: bool) -> None:
    """Count an iteration of a Map that has ended."""
    for numbers in (visit, visit.progress):
        if numbers is not None:
            numbers.succeeded += succeeded
            numbers.failed += not succeeded


Action: TypeAlias = "Callable[[Running, Scope, str, Any], None]"

ACTIONS: Mapping[str, Action] = {
    **{f"{type}StateEntered": Running.enter for type in ("Task", "Wait", "Parallel", "Map")},
    **{f"{type}StateExited": Running.leave for type in ("Task", "Wait", "Parallel", "Map")},
    **{f"{type}StateAborted": Running.leave for type in ("Task", "Wait", "Parallel", "Map")},
    **{f"{task}Scheduled": Running.attempt for task in ("LambdaFunction", "Activity", "Task")},
    "ParallelStateStarted": Running.attempt,
    "MapStateStarted": Running.start_map,
    "MapRunStarted": Running.start_run,
    "MapRunSucceeded": Running.end_run,
    "MapRunFailed": Running.end_run,
    "MapIterationSucceeded": Running.end_iteration,
    "MapIterationFailed": Running.fail_iteration,
    "ExecutionSucceeded": Running.end,
    "ExecutionFailed": Running.end,
    "ExecutionTimedOut": Running.end,
    "ExecutionAborted": Running.end,
}
"""Event → what it does. Other states take no time: they are not among those that go on."""
