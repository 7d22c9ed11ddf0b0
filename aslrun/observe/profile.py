"""Where the time of an execution goes: its critical path, and states over many executions."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from aslrun.functions.report import Invocation
from aslrun.graph.visits import Iteration, Journey, Visit

AROUND = ("Map", "Parallel")


@dataclass(frozen=True, slots=True)
class Step:
    """A stay in a state on the critical path. `depth` counts the Maps and Parallels around it; seconds of it
    are `waiting` in a Wait, `retrying` (attempts that failed, and the delays after them), and `working` in
    the last attempt of a Task."""

    visit: Visit
    depth: int
    seconds: float
    waiting: float = 0.0
    retrying: float = 0.0
    working: float = 0.0


@dataclass(frozen=True)
class Profile:
    """Where the time of one execution goes.

    Attributes:
        seconds: what the execution took.
        path: its critical path, the states that nothing could have ended without, in their order.
        invocations, cold_starts: how many invocations of functions in files there were, and how many of them
            in a new worker, all branches and iterations counted.
        initialising: seconds that the workers took to start.
    """

    seconds: float
    path: list[Step] = field(default_factory=list)
    invocations: int = 0
    cold_starts: int = 0
    initialising: float = 0.0

    @property
    def waiting(self) -> float:
        """Seconds in Wait states."""
        return sum(step.waiting for step in self.path)

    @property
    def retrying(self) -> float:
        """Seconds in attempts that failed, and in the delays after them."""
        return sum(step.retrying for step in self.path)

    @property
    def working(self) -> float:
        """Seconds in the attempts of Tasks that did not fail."""
        return sum(step.working for step in self.path)


@dataclass(frozen=True, slots=True)
class StateTimes:
    """How long the stays in a state took, in seconds, the shortest first."""

    state: str
    seconds: Sequence[float]

    def percentile(self, percent: float) -> float:
        """Return the time that so many per cent of the stays did not exceed (nearest rank)."""
        rank = max(1, math.ceil(len(self.seconds) * percent / 100))
        return self.seconds[rank - 1]


def profile_of(journey: Journey, invocations: Mapping[int, Sequence[Invocation]] | None = None) -> Profile:
    """Return the profile of an execution; `invocations` are those that its history tells of."""
    made = [one for of in (invocations or {}).values() for one in of]
    inits = [one.init for one in made if one.init is not None]
    path = [*critical_path(journey)]
    seconds = journey.seconds(0, None) if journey.times else 0.0
    return Profile(seconds or 0.0, path, len(made), len(inits), sum(inits))


def critical_path(journey: Journey) -> Iterator[Step]:
    """Yield the stays that an execution could not have ended without: of branches and iterations those of the
    one that ended last."""
    return (_step(journey, visit, depth) for visit, depth in critical_visits(journey))


def critical_visits(journey: Journey) -> Iterator[tuple[Visit, int]]:
    """Yield the visits of `critical_path`, each with its depth."""
    inside: dict[Visit, list[Visit]] = {}
    outside: list[Visit] = []
    for visit in journey.visits:
        (outside if visit.container is None else inside.setdefault(visit.container, [])).append(visit)
    return _critical(journey, outside, inside, 0)


def _critical(
    journey: Journey, visits: Iterable[Visit], inside: Mapping[Visit, list[Visit]], depth: int
) -> Iterator[tuple[Visit, int]]:
    for visit in visits:
        yield visit, depth
        if visit.type in AROUND:
            last = len(visit.attempts)
            runs = _runs([one for one in inside.get(visit, ()) if one.attempt in (0, last)])
            if runs:
                slowest = max(runs, key=lambda run: _end(journey, run[-1]))
                yield from _critical(journey, slowest, inside, depth + 1)


def _runs(visits: Iterable[Visit]) -> list[list[Visit]]:
    """Return the visits of each branch or iteration."""
    runs: dict[Iteration | Visit, list[Visit]] = {}
    first: dict[Visit, Visit] = {}
    for visit in visits:
        if visit.iteration is None:  # a branch is known by the state it begins with
            first[visit] = visit if visit.previous is None else first.get(visit.previous, visit)
        runs.setdefault(visit.iteration or first[visit], []).append(visit)
    return [*runs.values()]


def _end(journey: Journey, visit: Visit) -> float:
    end = None if visit.ended is None else journey.times[visit.ended]
    return (journey.end or 0.0) if end is None else end


def _step(journey: Journey, visit: Visit, depth: int) -> Step:
    seconds = journey.seconds(visit.began, visit.ended) or 0.0
    if visit.type in AROUND:
        return Step(visit, depth, seconds)
    if visit.type == "Wait":
        return Step(visit, depth, seconds, waiting=seconds)
    if not visit.attempts:
        return Step(visit, depth, seconds)
    last = visit.attempts[-1]
    working = 0.0 if last.error is not None else journey.seconds(last.began, last.ended) or 0.0
    before = journey.seconds(visit.attempts[0].began, last.began) or 0.0
    failed = 0.0 if last.error is None else journey.seconds(last.began, last.ended) or 0.0
    return Step(visit, depth, seconds, retrying=round(before + failed, 6), working=working)


def state_times(journeys: Iterable[Journey]) -> list[StateTimes]:
    """Return how long the stays in each state took over many executions, the longest in sum first."""
    seconds: dict[str, list[float]] = {}
    for journey in journeys:
        for visit in journey.visits:
            took = journey.seconds(visit.began, visit.ended)
            if took is not None:
                seconds.setdefault(visit.name, []).append(took)
    found = [StateTimes(state, sorted(of)) for state, of in seconds.items()]
    return sorted(found, key=lambda times: -sum(times.seconds))
