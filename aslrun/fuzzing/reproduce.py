"""Findings as others can run them: a test case of a mock configuration, an input, and a command.

Each is run again as the command would run it before it is shown.
"""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby
from pathlib import Path
from tempfile import TemporaryDirectory

from aslrun.document.writing import write_file
from aslrun.errors import StateError, UsageError
from aslrun.execution import EXPRESS_EVENTS
from aslrun.fuzzing.findings import Finding
from aslrun.fuzzing.plan import Plan
from aslrun.fuzzing.scenarios import Outcome, Scenario, as_it_went
from aslrun.fuzzing.verdicts import FEW_EVENTS, judge
from aslrun.interpreter.scope import STANDARD_LIMIT
from aslrun.options import RunOptions
from aslrun.values import JSON, to_json_text

NOT_CALLED = "NotCalled"
_CHANCE = re.compile(r"States\.(UUID|MathRandom)|\$(random|uuid|shuffle)\b|JitterStrategy")


@dataclass(frozen=True, slots=True)
class Command:
    """How the machine is named on the command line: its file, and the options that say which and how."""

    file: str
    options: tuple[str, ...] = ()

    def text(self, *options: str) -> str:
        """Return the command that runs the machine with some options."""
        return shlex.join(["aslrun", "execute", self.file, *self.options, *options])


@dataclass(slots=True)
class Reproductions:
    """Findings with their test cases, and the mock configuration that has these."""

    findings: list[Finding]
    machine: str
    cases: dict[str, dict[str, str]] = field(default_factory=dict)
    responses: dict[str, JSON] = field(default_factory=dict)

    def configuration(self, cases: Iterable[str] | None = None) -> JSON:
        """Return the mock configuration, of all test cases or of some."""
        chosen = {case: self.cases[case] for case in (self.cases if cases is None else cases)}
        used = {name for answers in chosen.values() for name in answers.values()}
        responses = {name: part for name, part in self.responses.items() if name in used}
        test_cases: JSON = {case: dict(answers) for case, answers in chosen.items()}
        return {
            "StateMachines": {self.machine: {"TestCases": test_cases}},
            "MockedResponses": responses,
        }


def reproduce(
    plan: Plan, findings: Sequence[Finding], command: Command, folder: str | None = None
) -> Reproductions:
    """Make a test case of each finding and run it once more. With `folder`, write `mocks.json` and an input
    file for each into it. Raises UsageError if that cannot be."""
    made = Reproductions([], plan.machine.name)
    numbers: dict[str, int] = {}
    for finding in findings:
        span = plan.machine.document.span(finding.at, key=True)
        if finding.scenario is not None:
            numbers[finding.kind] = numbers.get(finding.kind, 0) + 1
            case = finding.kind.title().replace("_", "") + str(numbers[finding.kind])
            finding = _reproduced(plan, finding, case, made)
            finding = replace(finding, command=_command(plan, finding, command, folder))
        made.findings.append(replace(finding, span=span))
    if folder is not None:
        _write(made, Path(folder))
    return made


def _reproduced(plan: Plan, finding: Finding, case: str, made: Reproductions) -> Finding:
    assert finding.scenario is not None
    scenario = finding.scenario
    if finding.kind != "NEVER_ENDS":
        execution = scenario.run(plan.machine, FEW_EVENTS, plan.fair)
        scenario = as_it_went(scenario, execution, plan.fair)
    answers = made.cases[case] = {}
    for task in plan.tasks:
        outcomes = scenario.outcomes[task.state.name]
        name = f"{case}.{task.state.name}" if outcomes else NOT_CALLED
        answers[task.state.name] = name
        made.responses[name] = (
            _response(outcomes, _calls_needed(plan, finding)) if outcomes else {"0": {"Return": {}}}
        )
    finding = replace(finding, scenario=scenario, test_case=case)
    return replace(finding, is_reproduced=_happens_again(plan, finding, made))


def _calls_needed(plan: Plan, finding: Finding) -> int:
    """How often the last outcome of a Task must be there at least."""
    if finding.kind != "NEVER_ENDS":
        return 0
    return EXPRESS_EVENTS if plan.machine.type == "EXPRESS" else STANDARD_LIMIT


def _response(outcomes: Sequence[Outcome], least: int) -> JSON:
    """Return the outcomes of at least so many calls as a mocked response, equal ones that follow each other
    as a range."""
    response: dict[str, JSON] = {}
    first = 0
    for text, equal in groupby(to_json_text(_told(outcome)) for outcome in outcomes):
        last = first + len(list(equal)) - 1
        if last == len(outcomes) - 1:
            last = max(last, least - 1)
        response[str(first) if first == last else f"{first}-{last}"] = json.loads(text)
        first = last + 1
    return response


def _told(outcome: Outcome) -> JSON:
    told: dict[str, JSON] = {}
    if isinstance(outcome.value, StateError):
        failure = {"Error": outcome.value.error, "Cause": outcome.value.cause}
        told["Throw"] = {name: text for name, text in failure.items() if text is not None}
    else:
        told["Return"] = outcome.value
    return {**told, "AfterSeconds": outcome.seconds} if outcome.seconds else told


def _happens_again(plan: Plan, finding: Finding, made: Reproductions) -> bool:
    """Run a finding as the command runs it, and tell whether the same goes wrong."""
    assert finding.scenario is not None
    assert finding.test_case is not None
    with TemporaryDirectory() as folder:
        path = Path(folder) / "mocks.json"
        write_file(str(path), path.name, [json.dumps(made.configuration([finding.test_case]))])
        mocks = plan.machine.read_mocks(str(path), finding.test_case)
    execution, close = plan.machine.start(finding.scenario.input, RunOptions(mocks=mocks, seed="0"))
    execution.leave_unwritten()
    execution.journal.limit = STANDARD_LIMIT
    try:
        execution.run()
    finally:
        close()
    return any(again.key == finding.key for again in judge(plan, finding.scenario, execution))


def _command(plan: Plan, finding: Finding, command: Command, folder: str | None) -> str:
    assert finding.scenario is not None
    assert finding.test_case is not None
    input, mocks = to_json_text(finding.scenario.input), "mocks.json"
    if folder is not None:
        input, mocks = str(Path(folder) / f"{finding.test_case}.json"), str(Path(folder) / mocks)
    options = ["--input", input]
    if plan.tasks:
        options += ["--mock-config", mocks, "--test-case", finding.test_case]
    if _CHANCE.search(to_json_text(plan.machine.definition)):
        options += ["--seed", "0"]
    return command.text(*options)


def _write(made: Reproductions, folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _write_json(folder / "mocks.json", made.configuration())
        for finding in made.findings:
            if finding.scenario is not None:
                _write_json(folder / f"{finding.test_case}.json", finding.scenario.input)
    except OSError as wrong:
        raise UsageError(f"the findings cannot be written to {folder}: {wrong.strerror}") from None


def _write_json(path: Path, value: JSON) -> None:
    write_file(str(path), path.name, [json.dumps(value, ensure_ascii=False, indent=2), "\n"])


def answers_in(scenario: Scenario) -> Mapping[str, Sequence[Outcome]]:
    """Return the outcomes of the Tasks that were called."""
    return {state: outcomes for state, outcomes in scenario.outcomes.items() if outcomes}
