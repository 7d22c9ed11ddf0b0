"""The child executions of a distributed Map: their identities, quotas and ends. Documentation: "Using Map
state in Distributed mode"; ARNs and machine ids as recorded and measured on AWS."""

from __future__ import annotations

from aslrun.interpreter.map_run import MapRun
from aslrun.interpreter.quota import Quota
from aslrun.interpreter.scope import (
    STANDARD_LIMIT,
    Chance,
    ExecutionIdentity,
    Journal,
    Scope,
    ScopePath,
)
from aslrun.values import JSON

EXPRESS_EVENTS = 1_000_000
"""Events after which an Express child is taken for endless; the service has no such limit."""


def child_execution(run: MapRun, index: int, input: JSON, scope: Scope, name: str, express: bool) -> Scope:
    """Return the scope of a child execution, with an identity and a journal of its own."""
    parent, journal = scope.execution, scope.journal
    state = scope.state
    path = (*scope.path, ("" if state is None else state.name, index))

    def random_for(inner: ScopePath) -> Chance:
        return parent.random_for((*path, *inner))

    identity = ExecutionIdentity(
        id=child_arn(run, name, express),
        name=name,
        role_arn=parent.role_arn,
        machine_id=f"{parent.machine_id}/{run.label}",
        machine_name=f"{parent.machine_name}/{run.label}",
        input=input,
        start_time=journal.time,
        random_for=random_for,
    )
    limit = None if journal.limit is None else EXPRESS_EVENTS if express else STANDARD_LIMIT
    quota = None if journal.quota is None else Quota()
    return Scope(identity, Journal(journal.time, limit, quota, journal.keep, journal.map_runs))


def child_arn(run: MapRun, name: str, express: bool) -> str:
    """Return a child's ARN: `:execution:MACHINE/LABEL:NAME`, `:express:MACHINE/LABEL:NAME:UUID`."""
    before, _, after = run.arn.partition(":mapRun:")
    machine, _, map_run = after.rpartition(":")
    if express:
        return f"{before}:express:{machine}:{name}:{map_run}"
    return f"{before}:execution:{machine}:{name}"
