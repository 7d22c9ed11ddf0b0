"""The search: hypothesis makes scenarios and makes those smaller in which something goes wrong."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from tempfile import TemporaryDirectory

import hypothesis
from hypothesis import HealthCheck, Phase, Verbosity
from hypothesis.configuration import set_hypothesis_home_dir

from aslrun.fuzzing.findings import Finding, Key
from aslrun.fuzzing.plan import Plan
from aslrun.fuzzing.scenarios import Scenario, journals_of
from aslrun.fuzzing.verdicts import FEW_EVENTS, judge
from aslrun.validation.flow import edges_of, reach, reverse
from aslrun.validation.machines import nested

MOST_ROUNDS = 20
"""Times that the search is begun again for what else there is."""


@dataclass(slots=True)
class Found:
    """What a search has found. `runs` counts the executions, without those that made findings smaller;
    `visited` and `left` are the states that some execution came to, and went on from."""

    findings: list[Finding] = field(default_factory=list)
    visited: set[str] = field(default_factory=set)
    left: set[str] = field(default_factory=set)
    runs: int = 0


def search(plan: Plan, runs: int, seed: int = 0, ignored: Collection[str] = ()) -> Found:
    """Run a machine in `runs` scenarios and return what went wrong, each mistake once, in a small scenario.

    `ignored` are kinds of findings that are passed over. Equal seeds give equal findings.
    """
    found = Found()
    with _leaving_no_files():
        for number in range(MOST_ROUNDS):
            smallest = _search_once(plan, runs - found.runs, seed * MOST_ROUNDS + number, ignored, found)
            found.findings.extend(smallest)
            if not smallest or found.runs >= runs:
                break
    if "UNVISITED_STATE" not in ignored:
        found.findings.extend(_unvisited(plan, found))
    return found


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


def _search_once(plan: Plan, runs: int, seed: int, ignored: Collection[str], found: Found) -> list[Finding]:
    """Search until something new was found and made small, or the runs are over."""
    known: set[Key] = {finding.key for finding in found.findings}
    latest: dict[Key, Finding] = {}
    classes: dict[Key, type[_Wrong]] = {}

    def test(scenario: Scenario) -> None:
        execution = scenario.run(plan.machine, FEW_EVENTS, plan.fair)
        found.runs += not latest
        for journal in journals_of(execution.journal):
            found.visited.update(row[3] for row in journal.rows if row[1].endswith("StateEntered"))
            found.left.update(row[3] for row in journal.rows if row[1].endswith("StateExited"))
        for finding in judge(plan, scenario, execution):
            if finding.kind not in ignored and finding.key not in known:
                latest[finding.key] = finding
                raise classes.setdefault(finding.key, type("Wrong", (_Wrong,), {}))

    settings = hypothesis.settings(
        max_examples=max(1, runs),
        database=None,
        deadline=None,
        derandomize=False,
        phases=(Phase.generate, Phase.shrink),
        report_multiple_bugs=True,
        print_blob=False,
        suppress_health_check=list(HealthCheck),
        verbosity=Verbosity.quiet,
    )
    run = hypothesis.seed(seed)(settings(hypothesis.given(plan.scenarios)(test)))
    try:
        run()
    except _Wrong:
        pass
    except ExceptionGroup as several:
        if several.split(_Wrong)[1] is not None:
            raise
    return list(latest.values())


def _unvisited(plan: Plan, found: Found) -> Iterator[Finding]:
    """Yield the states that no execution came to, but for those behind one that is told of already."""
    edges = _edges(plan)
    before = reverse(edges)
    told = {finding.state for finding in found.findings}
    unvisited = [name for name in plan.states if name not in found.visited]
    ways = {name: found.visited.intersection(before.get(name, ())) for name in unvisited}
    first = [name for name in unvisited if ways[name] & found.left or ways[name] - told]
    for name in first:
        behind = [other for other in unvisited if other in reach([name], edges) and other not in first]
        notes = (f"nor to what is behind it: {', '.join(behind)}",) if behind else ()
        message = f"no execution came to '{name}'"
        yield Finding("UNVISITED_STATE", name, plan.states[name].at, message, "", notes=notes)


def _edges(plan: Plan) -> dict[str, list[str]]:
    """The states that each state leads to; one with machines inside it, to their first states too."""
    return {
        name: [
            *(edge.target for edge in edges_of(state)),
            *(str(machine.get("StartAt")) for _, machine in nested(state)),
        ]
        for name, state in plan.states.items()
    }
