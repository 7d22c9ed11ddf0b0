"""The child executions of a distributed Map: their identities, quotas and ends. Documentation: "Using Map
state in Distributed mode"; ARNs and machine ids as recorded and measured on AWS."""

from __future__ import annotations

from collections.abc import Generator
from functools import partial
from typing import Any

from aslrun.errors import StateError
from aslrun.interpreter.effects import ChildTimedOut, Effect
from aslrun.interpreter.identity import Chance, ExecutionIdentity, ScopePath
from aslrun.interpreter.loop import Machine, run_states
from aslrun.interpreter.map_run import MapRun
from aslrun.interpreter.quota import DEPTH_LIMIT, PAYLOAD_LIMIT, Quota
from aslrun.interpreter.scope import STANDARD_LIMIT, Journal, Scope
from aslrun.states.distributed.results import Status
from aslrun.values import JSON, to_json_text

EXPRESS_EVENTS = 1_000_000
"""Events after which an Express child is taken for endless; the service has no such limit."""


class ChildExecutions:
    """Makes the children of one Map Run: `:execution:MACHINE/LABEL:NAME`, `:express:MACHINE/LABEL:NAME:UUID`.

    What all have in common is made once: there may be millions.
    """

    def __init__(self, run: MapRun, scope: Scope, express: bool) -> None:
        parent, state = scope.execution, scope.state
        name = "" if state is None else state.name
        self._parent = parent
        self._journal = scope.journal
        self._state = name
        self._scope_path = scope.path
        self._arn, self._arn_end = arn_around(run, express)
        self._machine_id = f"{parent.machine_id}/{run.label}"
        self._machine_name = f"{parent.machine_name}/{run.label}"
        self._limit = events_limit(scope, express)
        self._has_quota = scope.journal.quota is not None
        self._names = self._parent.random_for(
            (*scope.path, (name, -1 - scope.retry_count - 1_000_000 * run.redrives))
        )

    def make(self, index: int, input: JSON, who: str) -> tuple[Scope, str]:
        """Return the scope of a child execution, with an identity and a journal of its own, and the JSON text
        of its input. StateError if that is bigger than what `who` may be given."""
        journal = self._journal
        quota = Quota() if self._has_quota else None
        text = to_json_text(input)
        if quota is not None and not is_small(text):
            quota.check(input, who)
        name = self._name()
        identity = ExecutionIdentity(
            f"{self._arn}{name}{self._arn_end}",
            name,
            self._parent.role_arn,
            self._machine_id,
            self._machine_name,
            input,
            journal.time,
            partial(self._random_for, index),
            trace_header=self._parent.trace_header,
            is_traced=self._parent.is_traced,
        )
        own = Journal(journal.time, self._limit, quota, journal.keep, journal.map_runs)
        return Scope(identity, own), text

    def _random_for(self, index: int, inner: ScopePath) -> Chance:
        return self._parent.random_for((*self._scope_path, (self._state, index), *inner))

    def _name(self) -> str:
        """Draw a version 4 UUID: not from the scope's own source, which would then depend on how many
        children begin before the Map fails."""
        bits = self._names.getrandbits(128) & ~(0xF << 76) & ~(0x3 << 62) | 4 << 76 | 2 << 62
        digits = f"{bits:032x}"
        return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"


def is_small(text: str) -> bool:
    """Tell whether a value of this JSON text is surely within the quota."""
    if len(text) > PAYLOAD_LIMIT or not text.isascii():
        return False
    return text.count("[") + text.count("{") <= DEPTH_LIMIT


def arn_around(run: MapRun, express: bool) -> tuple[str, str]:
    """Return what the ARNs of a Map Run's children have before their names, and after."""
    before, _, after = run.arn.partition(":mapRun:")
    machine, _, map_run = after.rpartition(":")
    return f"{before}:{'express' if express else 'execution'}:{machine}:", f":{map_run}" if express else ""


def events_limit(scope: Scope, express: bool) -> int | None:
    """Return how many events a child may have, None for any number."""
    if scope.journal.limit is None:
        return None
    return EXPRESS_EVENTS if express else STANDARD_LIMIT


def run_facts(run: MapRun, scope: Scope, express: bool, timeout: float | None) -> dict[str, JSON]:
    """Return what another process must know of a Map Run to run its children as `ChildExecutions` and
    `run_child` do here."""
    parent, state = scope.execution, scope.state
    before, after = arn_around(run, express)
    path: list[JSON] = [[name, index] for name, index in scope.path]
    return {
        "map": "" if state is None else state.name,
        "path": path,
        "seed": parent.seed,
        "arn": [before, after],
        "role": parent.role_arn,
        "machine_id": f"{parent.machine_id}/{run.label}",
        "machine_name": f"{parent.machine_name}/{run.label}",
        "limit": events_limit(scope, express),
        "quota": scope.journal.quota is not None,
        "timeout": timeout,
        "trace": [parent.trace_header, parent.is_traced],
    }


def run_child(
    processor: Machine, child: Scope
) -> Generator[Effect, Any, tuple[Status, JSON, StateError | None]]:
    """Run a child execution from its beginning to its end; return its status, output and failure."""
    journal, input = child.journal, child.execution.input
    child.execution.start_time = journal.time
    journal.record("ExecutionStarted", child, "", input)
    try:
        output = yield from run_states(processor, input, child)
    except StateError as error:
        journal.record_end("ExecutionFailed", child, error)
        return "FAILED", None, error
    except ChildTimedOut:
        failure = StateError(None)
        journal.record_end("ExecutionTimedOut", child, failure)
        return "TIMED_OUT", None, failure
    journal.record_end("ExecutionSucceeded", child, output)
    return "SUCCEEDED", output, None
