"""An execution in words: what failed and where, what was skipped, the whole of it as one JSON value."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import groupby, islice
from typing import TYPE_CHECKING

from aslrun.document.printable import printable
from aslrun.observe.observed import observe
from aslrun.observe.quotas import may_be_near, near_limits
from aslrun.timestamps import duration_text, format_timestamp
from aslrun.values import JSON, JSONTextError, from_json_text

if TYPE_CHECKING:
    from aslrun.errors import StateError
    from aslrun.execution import Execution
    from aslrun.interpreter.scope import Journal
    from aslrun.observe.quotas import NearLimit

ENDINGS = {
    "RUNNING": "has not ended",
    "SUCCEEDED": "succeeded",
    "FAILED": "failed",
    "TIMED_OUT": "timed out",
    "ABORTED": "was aborted",
}


def describe(execution: Execution) -> dict[str, JSON]:
    """Describe an execution in the words of DescribeExecution; input and output are values, not texts."""
    identity = execution.scope.execution
    told: dict[str, JSON] = {
        "executionArn": identity.id,
        "stateMachineArn": identity.machine_id,
        "name": execution.name,
        "status": execution.status,
        "startDate": format_timestamp(identity.start_time),
        "stopDate": format_timestamp(execution.journal.time),
        "input": execution.input,
    }
    if execution.status == "SUCCEEDED":
        told["output"] = execution.output
    else:
        told |= {"error": execution.error, "cause": execution.cause}
    path: list[JSON] = [*execution.path]
    caught: list[JSON] = [
        {"state": state, "error": failure.error, "cause": failure.cause}
        for state, failure in caught_in(execution.journal)
    ]
    near: list[JSON] = [one.as_json() for one in limits_of(execution)]
    return {
        **told,
        "path": path,
        "caught": caught,
        "waitedSeconds": execution.waited,
        "nearLimits": near,
    }


def limits_of(execution: Execution) -> list[NearLimit]:
    """Return the limits of the service that an execution came near to."""
    if not may_be_near(execution):
        return []
    return near_limits(observe(execution))


def explain_failure(execution: Execution) -> str:
    """Say which state failed, with which error and cause, after which path."""
    facts = [("cause", cause_text(execution.cause))]
    if caught := caught_texts(execution):
        facts.append(("caught", caught))
    if path := execution.path:
        facts.append(("path", [path_text(path)]))
    return "\n".join([headline(execution), *labelled(facts, max(len(label) for label, _ in facts))])


def headline(execution: Execution) -> str:
    """Say in one line how an execution ended, and in which state if it failed."""
    if execution.status in ("SUCCEEDED", "RUNNING"):
        return f"Execution {ENDINGS[execution.status]}"
    if was_interrupted(execution):
        return "Execution was interrupted"
    place = f" in state '{printable(execution.failed_state)}'" if execution.failed_state else ""
    return f"Execution {ENDINGS[execution.status]}{place}: {_error_text(execution)}"


def _error_text(execution: Execution) -> str:
    if execution.status == "TIMED_OUT":
        return f"{_what_is_over(execution)} is over"
    if execution.status == "ABORTED":
        return "it could not go on"
    return printable(execution.error or "no error name given")


def _what_is_over(execution: Execution) -> str:
    """Name the time limit of an execution that has timed out."""
    if execution.machine.timeout is not None and execution.machine.timeout <= execution.longest:
        return "the state machine's TimeoutSeconds"
    return f"the longest time of an execution of its type, {duration_text(execution.longest)},"


def was_interrupted(execution: Execution) -> bool:
    """Tell whether the user stopped it (Ctrl-C)."""
    return execution.interrupted


def labelled(facts: Iterable[tuple[str, list[str]]], width: int) -> list[str]:
    """Return facts as indented lines `label: text`; `width` is the length of the longest label."""
    return [
        f"  {f'{label}:' if not number else '':<{width + 1}} {line}"
        for label, lines in facts
        for number, line in enumerate(lines)
    ]


def facts_of(execution: Execution) -> Iterator[tuple[str, list[str]]]:
    """Yield what there is to know of an execution that has ended, as (label, lines): why it failed, its path,
    what was tried again, which errors were caught."""
    from aslrun.views.running import Running

    if execution.status != "SUCCEEDED" and not was_interrupted(execution):
        yield "cause", cause_text(execution.cause)
    if path := execution.path:
        yield "path", [path_text(path)]
    running = Running(execution.journal)
    running.read(0)
    if retried := [f"{printable(state)} {number}" for state, number in running.retries.items()]:
        yield "retries", [", ".join(_few(retried))]
    if execution.status == "SUCCEEDED" and (maps := running.failed_maps()):
        maps_text = [f"{map.failed} of {map.items} iterations of {printable(map.name)}" for map in maps]
        yield "failed", _few(maps_text)
    if caught := caught_texts(execution):
        yield "caught", caught
    if near := limits_of(execution):
        yield "limits", _few([f"near: {one}" for one in near])


def caught_in(journal: Journal) -> Iterator[tuple[str, StateError]]:
    """Yield the errors that catchers took, and their states, those in children of distributed Maps too."""
    yield from journal.caught
    for _, child in journal.children:
        yield from caught_in(child.journal)


def caught_texts(execution: Execution) -> list[str]:
    """Return the errors that catchers took, equal ones once. Where the execution failed all the same, their
    causes are told too: a Fail state only says that it was reached."""
    with_cause = execution.status != "SUCCEEDED"
    caught = Counter(
        (state, failure.error, failure.cause if with_cause else None)
        for state, failure in caught_in(execution.journal)
    )
    return _few([_caught_text(*which, number) for which, number in caught.items()])


def _few(texts: list[str], most: int = 6) -> list[str]:
    return texts if len(texts) <= most else [*texts[:most], f"… {len(texts) - most} more"]


def _caught_text(state: str, error: str | None, cause: str | None, number: int) -> str:
    told = printable(f"{state}: {error or 'no error name given'}")
    told += "" if number == 1 else f", {number} times"
    return ": ".join([told, *cause_text(cause)])


def cause_text(cause: str | None) -> list[str]:
    """Return a cause as one line, if there is one. Of a Lambda error's JSON only the message: the function's
    log has the rest."""
    if not cause:
        return []
    try:
        told = from_json_text(cause)
    except JSONTextError:
        told = None
    if isinstance(told, dict) and isinstance(told.get("errorMessage"), str):
        cause = str(told["errorMessage"])
    return [printable(cause.rstrip("\n"))] if cause else []


def path_text(path: list[str], most: int = 12) -> str:
    """Return the states entered as `A → B ×500 → C`; of more than `most` of these, the middle is left out."""
    first, after = _runs(path, most)
    if after == len(path):
        return " → ".join(first)
    first, after = _runs(path, most // 2)
    last, before = _runs(path[::-1], most // 2)
    return " → ".join([*first, f"… {len(path) - after - before} more …", *reversed(last)])


def _runs(path: list[str], most: int) -> tuple[list[str], int]:
    """Return the texts of at most `most` runs of equal states, and how many states they are."""
    texts, taken = [], 0
    for name, run in islice(groupby(path), most):
        number = sum(1 for _ in run)
        taken += number
        texts.append(printable(name) + ("" if number == 1 else f" ×{number}"))
    return texts, taken


def summarise(execution: Execution, seconds: float) -> str:
    """Return a short summary of an execution that has ended and took `seconds` of real time."""
    took = duration_text(round(seconds, 1 if seconds >= 1 else 3))
    if execution.waited:
        took += f", {waiting_skipped(execution.waited)}"
    facts = [*facts_of(execution), ("took", [took])]
    return "\n".join([headline(execution), *labelled(facts, len("retries"))])


def waiting_skipped(seconds: float) -> str:
    """Return a line that says how much waiting the virtual clock jumped over."""
    return f"skipped {duration_text(seconds)} of waiting (--time real waits)"
