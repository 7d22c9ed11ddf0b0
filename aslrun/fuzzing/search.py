"""The search: hypothesis makes scenarios and makes those smaller in which something goes wrong.

Most scenarios are independent of each other, and few Tasks fail in one, so that what takes two particular
failures comes up too seldom. The last ones are made from those that came close (`steering`).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import hypothesis
from hypothesis import HealthCheck, Phase, Verbosity
from hypothesis.configuration import set_hypothesis_home_dir
from hypothesis.errors import Unsatisfiable
from hypothesis.strategies import SearchStrategy

from aslrun.errors import UsageError
from aslrun.fuzzing.findings import Finding, Key
from aslrun.fuzzing.plan import Plan
from aslrun.fuzzing.scenarios import Scenario, journals_of
from aslrun.fuzzing.steering import Trace, open_states
from aslrun.fuzzing.verdicts import FEW_EVENTS, is_cut, judge, loops_in
from aslrun.interpreter.scope import STANDARD_LIMIT
from aslrun.validation.flow import reach, reverse

if TYPE_CHECKING:
    from aslrun.execution import Execution

MOST_ROUNDS = 20
"""Times that the search is begun again for what else there is."""
STEERED = 3
"""One of so many runs is steered to transitions that were not taken."""
FEWEST = 6
"""Runs that are tried for the transitions of one state."""

NOTHING_FITS = (
    "no input was found that is valid against the JSON Schema: what it asks for contradicts itself (a minimum"
    " above the maximum, types that exclude each other), or so few values fit that trying finds none"
)


@dataclass(slots=True)
class Found:
    """What a search has found. `runs` counts the executions, without those that made findings smaller;
    `trace` tells where they came to."""

    findings: list[Finding] = field(default_factory=list)
    trace: Trace = field(default_factory=Trace)
    runs: int = 0

    @property
    def visited(self) -> set[str]:
        """The states that some execution came to."""
        return set(self.trace.reached)


def search(plan: Plan, runs: int, seed: int = 0, ignored: Collection[str] = ()) -> Found:
    """Run a machine in `runs` scenarios and return what went wrong, each mistake once, in a small scenario.

    `ignored` are kinds of findings that are passed over. Equal seeds give equal findings.
    """
    going = _Search(plan, ignored, seed * 1_000)
    with _leaving_no_files():
        unsteered = runs - runs // STEERED
        going.go_on(plan.scenarios, unsteered)
        is_exhausted = going.found.runs < unsteered
        going.steer(runs)
        if not is_exhausted:
            going.go_on(plan.scenarios, runs)
    going.found.findings = [one for one in going.found.findings if not _was_left(plan, going.found, one)]
    if "UNVISITED_STATE" not in ignored:
        going.found.findings.extend(_unvisited(plan, going.found))
    return going.found


@contextmanager
def _leaving_no_files() -> Iterator[None]:
    """Keep hypothesis from making a folder `.hypothesis` where the user is."""
    with TemporaryDirectory() as folder:
        set_hypothesis_home_dir(folder)
        try:
            yield
        finally:
            set_hypothesis_home_dir(None)


class _Wrong(Exception):
    """A scenario in which something goes wrong; each mistake has a class of its own, so that hypothesis
    tells them apart."""


@dataclass(slots=True)
class _Search:
    """A search that goes on. `seed` is that of hypothesis, another one each time it is begun again; `endless`
    are the loops that were seen to go on until the service ends them."""

    plan: Plan
    ignored: Collection[str]
    seed: int
    found: Found = field(default_factory=Found)
    endless: set[tuple[str, ...]] = field(default_factory=set)

    def go_on(self, scenarios: SearchStrategy[Scenario], until: int) -> None:
        """Run scenarios until there were so many runs in all, or no others; begin again after findings."""
        for _ in range(MOST_ROUNDS):
            if self.found.runs >= until:
                break
            smallest = self._go_once(scenarios, until - self.found.runs)
            self.seed += 1
            self.found.findings.extend(smallest)
            if not smallest:
                break

    def steer(self, until: int) -> None:
        """Try to take the transitions that were not taken, from scenarios that came to their states."""
        tried: set[str] = set()
        while states := [name for name in open_states(self.plan, self.found.trace) if name not in tried]:
            if self.found.runs >= until:
                break
            tried.add(states[0])
            share = max(FEWEST, (until - self.found.runs) // len(states))
            near = self.plan.near(self.found.trace.reached[states[0]], states[0])
            self.go_on(near, min(until, self.found.runs + share))

    def _go_once(self, scenarios: SearchStrategy[Scenario], runs: int) -> list[Finding]:
        """Search until something new was found and made small, or the runs are over."""
        known: set[Key] = {finding.key for finding in self.found.findings}
        latest: dict[Key, Finding] = {}
        classes: dict[Key, type[_Wrong]] = {}

        def test(scenario: Scenario) -> None:
            execution = self._run(scenario)
            self.found.runs += not latest
            for journal in journals_of(execution.journal):
                self.found.trace.note(scenario, journal)
            for finding in judge(self.plan, scenario, execution):
                if finding.kind not in self.ignored and finding.key not in known:
                    latest[finding.key] = finding
                    raise classes.setdefault(finding.key, type("Wrong", (_Wrong,), {}))

        try:
            _run(hypothesis.given(scenarios)(test), runs, self.seed)
        except Unsatisfiable:
            if self.plan.schema is not None and self.found.runs == 0:
                raise UsageError(NOTHING_FITS) from None
        return list(latest.values())

    def _run(self, scenario: Scenario) -> Execution:
        """Run a scenario; one that ends too late for a loop to be known is run to its end."""
        execution = scenario.run(self.plan.machine, FEW_EVENTS, self.plan.fair)
        loops = {tuple(loop) for loop in loops_in(execution)}
        if not is_cut(execution) or loops & self.endless:
            return execution
        longer = scenario.run(self.plan.machine, STANDARD_LIMIT, self.plan.fair)
        if not is_cut(longer):
            return longer
        self.endless |= loops
        return execution


def _was_left(plan: Plan, found: Found, finding: Finding) -> bool:
    """Tell whether some execution left the loop of a finding after going round in it, and not because
    something failed."""
    for name in finding.loop:
        targets = {edge.target for edge in plan.states[name].edges if edge.kind != "Catch"}
        if any((name, target) in found.trace.taken_later for target in targets - set(finding.loop)):
            return True
    return False


def _run(test: Callable[[], None], runs: int, seed: int) -> None:
    settings = hypothesis.settings(
        max_examples=runs,
        database=None,
        deadline=None,
        derandomize=False,
        phases=(Phase.generate, Phase.shrink),
        report_multiple_bugs=True,
        print_blob=False,
        suppress_health_check=list(HealthCheck),
        verbosity=Verbosity.quiet,
    )
    try:
        hypothesis.seed(seed)(settings(test))()
    except _Wrong:
        pass
    except ExceptionGroup as several:
        if several.split(_Wrong)[1] is not None:
            raise


def _unvisited(plan: Plan, found: Found) -> Iterator[Finding]:
    """Yield the states that no execution came to, but for those behind one that is told of already."""
    before = reverse(plan.edges)
    told = {finding.state for finding in found.findings}
    unvisited = [name for name in plan.states if name not in found.visited]
    ways = {name: found.visited.intersection(before.get(name, ())) for name in unvisited}
    first = [name for name in unvisited if ways[name] & found.trace.left or ways[name] - told]
    for name in first:
        behind = [other for other in unvisited if other in reach([name], plan.edges) and other not in first]
        notes = (f"nor to what is behind it: {', '.join(behind)}",) if behind else ()
        message = f"no execution came to '{name}'"
        yield Finding("UNVISITED_STATE", name, plan.states[name].at, message, "", notes=notes)
