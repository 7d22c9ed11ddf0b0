"""Map Runs and their child executions, read off the executions that they are in.

They have no place of their own in the store: an execution that is run again over its recorded answers has
them again. Which execution a Map Run is in is kept, as a resource, when that has ended.
"""

from __future__ import annotations

from collections.abc import Iterator

from aslrun.errors import StateError
from aslrun.execution import ChildExecution, Execution
from aslrun.interpreter.map_run import MapRun
from aslrun.server.arns import parse_arn
from aslrun.server.errors import ApiError
from aslrun.store import ExecutionRecord, Resource, Store
from aslrun.store.running import Running
from aslrun.values import to_json_text

KIND = "mapRun"
_ENDS = {
    "ExecutionSucceeded": "SUCCEEDED",
    "ExecutionFailed": "FAILED",
    "ExecutionTimedOut": "TIMED_OUT",
    "ExecutionAborted": "ABORTED",
}
MOST = 1_000
"""Executions of a machine that are looked into for a Map Run."""


class MapRuns:
    """Finds Map Runs and children by their ARNs."""

    def __init__(self, store: Store, running: Running) -> None:
        self.store = store
        self.running = running

    def keep(self, record: ExecutionRecord, execution: Execution) -> None:
        """Keep which Map Runs an execution that has ended had."""
        for run in execution.map_runs:
            self.store.put(
                Resource(kind=KIND, arn=run.arn, name=run.id, parent=record.arn, created=run.started)
            )

    def find(self, arn: str) -> MapRun | None:
        """Return a Map Run; None if there is none of that ARN."""
        for execution in self._executions(arn, KIND):
            for run in execution.map_runs:
                if run.arn == arn:
                    return run
        return None

    def child(self, arn: str) -> tuple[ExecutionRecord, ChildExecution] | None:
        """Return a child execution; None if there is none of that ARN."""
        for execution in self._executions(arn, "execution"):
            parent = self.store.execution(execution.id)
            for one in execution.children:
                if one.id == arn and parent is not None:
                    run = next((run for run in execution.map_runs if _is_of(one, run)), None)
                    return record_of(one, parent, run), one
        return None

    def children(self, run: MapRun) -> list[ExecutionRecord]:
        """Return the child executions of a Map Run, the last started first."""
        execution = self.running.history_of(run.execution)
        parent = self.store.execution(run.execution)
        if execution is None or parent is None:
            return []
        found = [record_of(one, parent, run) for one in execution.children if _is_of(one, run)]
        found.reverse()  # of those that began at one time the last one is the first
        return sorted(found, key=lambda one: -one.started)

    def _executions(self, arn: str, kind: str) -> Iterator[Execution]:
        """Yield the executions that a Map Run or a child may be in: where it is known, that one."""
        parsed = parse_arn(arn, kind)
        name, slash, _ = parsed.name.partition("/")
        if not slash:
            return
        kept = self.store.get(KIND, arn) if kind == KIND else None
        arns = [kept.parent] if kept is not None else []
        if not arns:
            machine = parsed.place.arn("stateMachine", name)
            arns = [one.arn for one in self.store.executions(machine, limit=MOST).items]
        for one in arns:
            execution = self.running.history_of(one)
            if execution is not None:
                yield execution


def _is_of(child: ChildExecution, run: MapRun) -> bool:
    """Tell whether a child is of a Map Run. The next attempt has the same label: times tell."""
    if parse_arn(child.id).name.partition("/")[2].partition(":")[0] != run.label or not child.journal.rows:
        return False
    began = child.journal.rows[0][0]
    return run.started <= began and (run.stopped is None or began <= run.stopped)


def record_of(child: ChildExecution, parent: ExecutionRecord, run: MapRun | None) -> ExecutionRecord:
    """Return the record of a child execution, as those that are kept have one."""
    rows = child.journal.rows
    began, ended = rows[0], rows[-1]
    status = _ENDS.get(ended[1], "RUNNING")
    value = ended[4]
    failure = value if isinstance(value, StateError) else None
    name = child.id.rpartition(":")[2]
    return ExecutionRecord(
        arn=child.id,
        machine=f"{parent.machine}/{run.label}" if run is not None else parent.machine,
        name=name,
        type=parent.type,
        definition=parent.definition,
        input=to_json_text(began[4]),  # type: ignore[arg-type]
        seed=parent.seed,
        started=began[0],
        role=parent.role,
        map_run=None if run is None else run.arn,
        parent=parent.arn,
        options=parent.options,
        status=status,  # type: ignore[arg-type]
        stopped=None if status == "RUNNING" else ended[0],
        output=to_json_text(value) if status == "SUCCEEDED" else None,  # type: ignore[arg-type]
        error=None if failure is None else failure.error,
        cause=None if failure is None else failure.cause,
        events=len(rows),
    )


def no_map_run(arn: str) -> ApiError:
    """Return the error for a Map Run that there is not."""
    return ApiError("ResourceNotFound", f"Map Run not found: '{arn}'")
