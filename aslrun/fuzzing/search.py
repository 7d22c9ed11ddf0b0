"""The search: hypothesis makes scenarios and makes those smaller in which something goes wrong."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field

import hypothesis
from hypothesis import HealthCheck, Phase, Verbosity

from aslrun.fuzzing.findings import Finding, Key
from aslrun.fuzzing.plan import Plan
from aslrun.fuzzing.scenarios import Scenario, journals_of
from aslrun.fuzzing.verdicts import FEW_EVENTS, judge

MOST_ROUNDS = 20
"""Times that the search is begun again for what else there is."""


@dataclass(slots=True)
class Found:
    """What a search has found. `runs` counts the executions, without those that made findings smaller."""

    findings: list[Finding] = field(default_factory=list)
    visited: set[str] = field(default_factory=set)
    runs: int = 0


def search(plan: Plan, runs: int, seed: int = 0, ignored: Collection[str] = ()) -> Found:
    """Run a machine in `runs` scenarios and return what went wrong, each mistake once, in a small scenario.

    `ignored` are kinds of findings that are passed over. Equal seeds give equal findings.
    """
    found = Found()
    for number in range(MOST_ROUNDS):
        smallest = _search_once(plan, runs - found.runs, seed * MOST_ROUNDS + number, ignored, found)
        found.findings.extend(smallest)
        if not smallest or found.runs >= runs:
            break
    if "UNVISITED_STATE" not in ignored:
        found.findings.extend(_unvisited(plan, found))
    return found


class _Wrong(Exception):
    """A scenario in which something goes wrong; each mistake has a class of its own, so that hypothesis
    tells them apart."""


def _search_once(plan: Plan, runs: int, seed: int, ignored: Collection[str], found: Found) -> list[Finding]:
    """Search until something new was found and made small, or the runs are over."""
    known: set[Key] = {finding.key for finding in found.findings}
    latest: dict[Key, Finding] = {}
    classes: dict[Key, type[_Wrong]] = {}
    counting = _Counter(found)

    def test(scenario: Scenario) -> None:
        execution = scenario.run(plan.machine, FEW_EVENTS, plan.fair)
        counting.count(not latest)
        for journal in journals_of(execution.journal):
            found.visited.update(row[3] for row in journal.rows if row[1].endswith("StateEntered"))
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


@dataclass(slots=True)
class _Counter:
    found: Found

    def count(self, is_new: bool) -> None:
        self.found.runs += is_new


def _unvisited(plan: Plan, found: Found) -> Iterator[Finding]:
    for name, state in plan.states.items():
        if name not in found.visited:
            message = f"no execution came to '{name}' in {found.runs} runs"
            yield Finding("UNVISITED_STATE", name, state.at, message, "")
