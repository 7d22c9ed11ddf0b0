"""What is wrong with an execution that has ended: errors of the machine's own, lost data, endless loops.

An error that a Task or a Fail state raises is none: that the outside fails is no mistake of the machine.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from aslrun.errors import StateError
from aslrun.expressions import ExpressionError
from aslrun.expressions.jsonpath.reading import parse_path
from aslrun.fuzzing.findings import Finding
from aslrun.fuzzing.origins import Place
from aslrun.fuzzing.plan import Plan
from aslrun.fuzzing.scenarios import Scenario, journals_of
from aslrun.fuzzing.sight import Steps
from aslrun.fuzzing.trails import Visit, drops, finds, visits_of
from aslrun.interpreter.scope import Journal
from aslrun.observe.observed import observe
from aslrun.observe.quotas import may_be_near, near_limits
from aslrun.validation.dataflow import plain
from aslrun.validation.machines import StateNode
from aslrun.views.summary import path_text

if TYPE_CHECKING:
    from aslrun.execution import Execution

FEW_EVENTS = 2_000
"""Events after which an execution is looked at as one that may never end."""

OWN_ERRORS = frozenset(
    [
        "States.Runtime", "States.ParameterPathFailure", "States.NoChoiceMatched", "States.IntrinsicFailure",
        "States.QueryEvaluationError", "States.ResultPathMatchFailure", "States.DataLimitExceeded",
        "States.ItemReaderFailed",
    ]
)  # fmt: skip
"""Errors that come from the machine's own fields. Documentation: "Error names"."""

_PLACE = re.compile(r"^An error occurred while executing the state '.*?' \(entered.*?\)\. ")
_TOO_MANY = "maximum number of history events"
_PATH = re.compile(r"(?:'|field ')(\$[^']*(?:'[^']*'\][^']*)*)'")


def judge(plan: Plan, scenario: Scenario, execution: Execution) -> Iterator[Finding]:
    """Yield what went wrong in an execution, which was run with at most FEW_EVENTS events."""
    for journal in journals_of(execution.journal):
        visits = list(visits_of(journal.rows))
        failure = _failure_of(journal)
        if has_too_many(journal):
            yield from _judge_loop(plan, scenario, visits)
            continue
        told = list(_judge_failure(plan, scenario, failure, visits)) if failure is not None else []
        yield from told
        failed = {finding.state for finding in told}
        yield from _quiet_losses(plan, scenario, visits, failed)
    if may_be_near(execution):
        yield from _judge_limits(plan, scenario, execution)


def is_cut(execution: Execution) -> bool:
    """Tell whether an execution, or a child of it, was ended because it had too many events."""
    return any(map(has_too_many, journals_of(execution.journal)))


def has_too_many(journal: Journal) -> bool:
    """Tell whether what a journal tells of was ended because it had too many events."""
    failure = _failure_of(journal)
    return failure is not None and _TOO_MANY in (failure.cause or "")


def loops_in(execution: Execution) -> Iterator[list[str]]:
    """Yield the loops in which an execution and its children were when they were ended."""
    for journal in journals_of(execution.journal):
        if has_too_many(journal):
            yield loop_of(list(visits_of(journal.rows)))


def _failure_of(journal: Journal) -> StateError | None:
    value = journal.rows[-1][-1]
    return value if journal.rows[-1][1] == "ExecutionFailed" and isinstance(value, StateError) else None


def _judge_failure(
    plan: Plan, scenario: Scenario, failure: StateError, visits: Sequence[Visit]
) -> Iterator[Finding]:
    state = plan.states.get(failure.state or "")
    if state is None or failure.error not in OWN_ERRORS:
        return
    if state.type == "Fail" and not _PLACE.match(failure.cause or ""):
        return  # it names such an error itself; one of its own fields tells where it was evaluated
    if failure.error in _errors_of(scenario, state.name):
        return
    kind = "NO_CHOICE_MATCHED" if failure.error == "States.NoChoiceMatched" else "RUNTIME_ERROR"
    is_followed = plan.wild or state.at not in plan.followed.notes.untraced
    visit = next((visit for visit in reversed(visits) if visit.state == state.name), None)
    lost = None if visit is None else _loss(plan, state, visit, _wanted(plan, state, failure))
    if lost is not None:
        message, path = _loss_told(plan, state, *lost)
        yield _finding(plan, scenario, visits, "LOST_DATA", state, message, path, failure)
    elif kind == "NO_CHOICE_MATCHED" or is_followed:
        message = "no rule matched" if kind == "NO_CHOICE_MATCHED" else _first_line(failure)
        yield _finding(plan, scenario, visits, kind, state, message, shape_of(failure), failure)


def _finding(
    plan: Plan,
    scenario: Scenario,
    visits: Sequence[Visit],
    kind: str,
    state: StateNode,
    message: str,
    shape: str,
    failure: StateError | None = None,
) -> Finding:
    return Finding(
        kind,
        state.name,
        state.at,
        message,
        shape,
        error=None if failure is None else failure.error,
        cause=None if failure is None else failure.cause,
        path=tuple(visit.state for visit in visits),
        notes=tuple(_reasons(plan, scenario, visits)),
        scenario=scenario,
    )


def _errors_of(scenario: Scenario, state: str) -> set[str | None]:
    values = [outcome.value for outcome in scenario.outcomes.get(state, ())]
    return {value.error for value in values if isinstance(value, StateError)}


def _first_line(failure: StateError) -> str:
    cause = _PLACE.sub("", failure.cause or "")
    return f"{failure.error}: {cause}" if cause else str(failure.error)


def shape_of(failure: StateError) -> str:
    """Return an error and its cause without the data in them: what two failures of one mistake share."""
    cause = re.sub(r"'[\[{].*", "", failure.cause or "", flags=re.DOTALL)
    for begins in _SHAPES:
        cause = begins.sub(r"\1", cause)
    return f"{failure.error}: {re.sub(r'[0-9]+', 'N', cause)}"


_SHAPES = [
    re.compile(r"(found in the input |to the state's input: ).*", re.DOTALL),
    re.compile(r"(value|==|for value:|refers to value) .*", re.DOTALL),
    re.compile(r"(had the following error: [^:]*: ).*", re.DOTALL),
    re.compile(r"(during evaluation\. \w+: ).*", re.DOTALL),
]
"""What comes after these is data."""


# ---------------------------------------------------------------- data that is lost


def _wanted(plan: Plan, state: StateNode, failure: StateError) -> list[Steps]:
    """The paths that a failed state reads in its raw input, and the one that its cause tells of."""
    wanted = sorted(plan.followed.notes.reads.get(state.at, ()), key=str)
    for text in _PATH.findall(failure.cause or "") if "InputPath" not in state.fields else ():
        try:
            steps = parse_path(text).steps
        except ExpressionError:
            continue
        if steps and parse_path(text).root == "$" and state.language == "JSONPath":
            wanted.insert(0, steps)
    return wanted


def _loss(
    plan: Plan, state: StateNode, visit: Visit, wanted: Sequence[Steps]
) -> tuple[Steps, Visit, Visit] | None:
    """Return a path that a state finds nothing at, the last visit that had it, and the one after that."""
    for steps in wanted:
        if not finds(visit.raw, steps):
            found = drops(visit, steps)
            if found is not None:
                return steps, *found
    return None


def _quiet_losses(
    plan: Plan, scenario: Scenario, visits: Sequence[Visit], failed: set[str]
) -> Iterator[Finding]:
    """Yield what JSONata says nothing of: an expression goes on with nothing in place of what was lost."""
    for visit in visits:
        state = plan.states.get(visit.state)
        wanted = plan.followed.notes.quietly.get(state.at, ()) if state is not None else ()
        if state is None or state.name in failed or not wanted:
            continue
        lost = _loss(plan, state, visit, sorted(wanted, key=str))
        if lost is not None:
            message, path = _loss_told(plan, state, *lost)
            message += "; the expression goes on with nothing in its place"
            yield _finding(plan, scenario, visits, "LOST_DATA", state, message, path)


def _loss_told(plan: Plan, state: StateNode, steps: Steps, had: Visit, after: Visit) -> tuple[str, str]:
    """Return what to say of lost data, and the path that finds nothing."""
    path = plain(steps) if state.language == "JSONPath" else plain(steps).replace("$", "$states.input", 1)
    return f"'{path}' is lost: '{had.state}' had it, and {_how(plan, had, after)}", path


def _how(plan: Plan, had: Visit, after: Visit) -> str:
    """Say what a state did that data was lost."""
    state = plan.states[had.state]
    if after.is_inside(had):
        given = "its branches" if state.type == "Parallel" else "its iterations"
        return f"{given} are given something else"
    if isinstance(after.raw, dict) and after.raw.keys() == {"Error", "Cause"} and "Catch" in state.fields:
        return "its catcher gives on the error alone (ResultPath keeps the input)"
    if state.language == "JSONata":
        return "its Output leaves it out" if "Output" in state.fields else "its result replaces it"
    if state.fields.get("OutputPath", "$") != "$":
        return f"its OutputPath {state.fields['OutputPath']} leaves it out"
    if state.type == "Pass" and "Result" not in state.fields:
        return "its Parameters leave it out (ResultPath keeps the input)"
    return "its result replaces it (ResultPath keeps the input)"


# ---------------------------------------------------------------- limits


def _judge_limits(plan: Plan, scenario: Scenario, execution: Execution) -> Iterator[Finding]:
    """Yield each limit that an execution came near to, at the first state that it did so in."""
    visits = list(visits_of(execution.journal.rows))
    told: set[str] = set()
    for near in near_limits(observe(execution)):
        state = plan.states.get(near.where) or next(iter(plan.states.values()))
        if near.what not in told:
            told.add(near.what)
            yield _finding(plan, scenario, visits, "NEAR_QUOTA", state, str(near), near.what)


# ---------------------------------------------------------------- loops


def _judge_loop(plan: Plan, scenario: Scenario, visits: Sequence[Visit]) -> Iterator[Finding]:
    """Yield that an execution goes round in a loop that it does not leave, although its Tasks answered
    differently each time. A long way without a loop is none."""
    loop = loop_of(visits)
    if not loop:
        return
    first = next(name for name in plan.states if name in loop)
    loop = [*loop[loop.index(first) :], *loop[: loop.index(first)]]
    message = f"the loop {path_text([*loop, first])} never ends"
    if any(plan.states[name].type == "Task" for name in loop):
        message += ", whatever its Tasks answer"
    failure = StateError("States.Runtime", None)
    found = _finding(plan, scenario, visits[:20], "NEVER_ENDS", plan.states[first], message, "", failure)
    yield replace(found, loop=tuple(loop))


def loop_of(visits: Sequence[Visit]) -> list[str]:
    """Return the states that an execution went round in at last, in their order; none if it did not.

    What is looked at is the longest way of visits one after the other: iterations and branches visit the
    same states as well, beside each other.
    """
    lengths: dict[int, int] = {}
    for visit in visits:
        lengths[id(visit)] = 1 + (lengths[id(visit.before)] if visit.before is not None else 0)
    last = max(visits, key=lambda visit: lengths[id(visit)])
    way = [visit.state for visit in (last, *last.back())]
    latest = way[: len(way) // 2][::-1]
    again = {name for name, times in Counter(latest).items() if times > 1}
    return list(dict.fromkeys(name for name in latest if name in again))


def _reasons(plan: Plan, scenario: Scenario, visits: Sequence[Visit]) -> Iterator[str]:
    """Say why the input and the answers have not what the machine reads in them."""
    given = scenario.input
    for name, place in _fields_with_reasons(plan.followed.input):
        if isinstance(given, dict) and name not in given:
            yield f"the input has no '{name}': {place.may_be_missing}"
    visited = {visit.state for visit in visits}
    for task in plan.tasks:
        if task.state.name not in visited:
            continue
        for name, place in _fields_with_reasons(task.answer):
            values = [outcome.value for outcome in scenario.outcomes[task.state.name]]
            values = [value.get("Payload", value) if isinstance(value, dict) else value for value in values]
            if any(isinstance(value, dict) and name not in value for value in values):
                yield str(place.may_be_missing)


def _fields_with_reasons(answer: Place) -> Iterator[tuple[str, Place]]:
    payload = answer.fields.get("Payload")
    for place in (answer, *([payload] if payload is not None else [])):
        yield from ((name, inner) for name, inner in place.fields.items() if inner.may_be_missing)
