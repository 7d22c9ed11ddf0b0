"""Where executions came to, and where they could go further."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

from aslrun.fuzzing.scenarios import Scenario
from aslrun.fuzzing.trails import visits_of

if TYPE_CHECKING:
    from aslrun.fuzzing.plan import Plan
    from aslrun.interpreter.scope import Journal

Way: TypeAlias = tuple[str, str]
"""The names of a state and of one that it leads to."""


@dataclass(slots=True)
class Trace:
    """Where executions came to: the shortest scenario in which each state was entered, the states that some
    execution went on from, and the transitions that were taken; `taken_later` are those that were taken when
    their state was entered again."""

    reached: dict[str, Scenario] = field(default_factory=dict)
    left: set[str] = field(default_factory=set)
    taken: set[Way] = field(default_factory=set)
    taken_later: set[Way] = field(default_factory=set)
    _lengths: dict[str, int] = field(default_factory=dict)

    def note(self, scenario: Scenario, journal: Journal) -> None:
        """Note where an execution of a scenario came to."""
        length = len(repr(scenario))
        self.left.update(row[3] for row in journal.rows if row[1].endswith("StateExited"))
        for visit in visits_of(journal.rows):
            if visit.before is not None:
                self.taken.add((visit.before.state, visit.state))
                if visit.before.number > 1:
                    self.taken_later.add((visit.before.state, visit.state))
            if length < self._lengths.get(visit.state, length + 1):
                self.reached[visit.state], self._lengths[visit.state] = scenario, length


def open_states(plan: Plan, trace: Trace) -> list[str]:
    """The states that were entered and not left by all their transitions, those before new states first."""
    ways = [(state, to) for state, targets in plan.edges.items() for to in targets if to in plan.states]
    ways = [way for way in ways if way[0] in trace.reached and not _is_taken(plan, trace, way)]
    ways.sort(key=lambda way: way[1] in trace.reached)
    return list(dict.fromkeys(state for state, _ in ways))


def _is_taken(plan: Plan, trace: Trace, way: Way) -> bool:
    state, target = (plan.states[name].at for name in way)
    # The children of a distributed Map do not tell where they come from.
    is_inside = target[: len(state)] == state and target != state
    return way in trace.taken or (is_inside and way[1] in trace.reached)
