"""Batches of children: bytes in, bytes out.

A request is JSON text; what it is answered with is Python's own form for code files, which both sides have in
the same version. Whatever goes wrong is data in the answer: an exception could cost a Dask worker.
"""

from __future__ import annotations

import marshal
import socket
import time
import traceback
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any, TypeAlias

from aslrun.answering import Answering, Definition, answering
from aslrun.compiler import compile_machine
from aslrun.document import document_of
from aslrun.drivers.chance import random_source
from aslrun.drivers.clock import Clock, RealClock, VirtualClock
from aslrun.drivers.driver import Driver
from aslrun.drivers.fibers import Root
from aslrun.errors import AslrunError, StateError, UsageError
from aslrun.integrations.registry import Registry
from aslrun.interpreter.collection import seldom_collection
from aslrun.interpreter.effects import Child, Computation, RunChildren, beginning
from aslrun.interpreter.identity import Chance, ExecutionIdentity, ScopePath
from aslrun.interpreter.map_run import MapRun
from aslrun.interpreter.quota import Quota
from aslrun.interpreter.scope import Journal, Scope
from aslrun.items.spool import NoChildren, keep_on_disk, portable
from aslrun.machine import load
from aslrun.options import RunOptions
from aslrun.states.distributed.children import run_child
from aslrun.states.tasks import outermost_maps

MOST_PREPARED = 8
"""Machines that are kept for further batches."""

Told: TypeAlias = "tuple[Any, ...]"
"""What came of one child: the fields of `Outcome`, in their order."""

prepared: OrderedDict[str, Prepared] = OrderedDict()
"""Machines by the key that stands for them."""


def answer(request: bytes) -> bytes:
    """Return the answer to a request; this never raises.

    It is one of ("done", seconds, outcomes, printed lines), ("unknown",) where the machine is not known that
    a key stands for, ("mistake", text) for a mistake of the user's, ("broken", traceback).
    """
    try:
        return marshal.dumps(_answer(request))
    except AslrunError as mistake:
        return marshal.dumps(("mistake", str(mistake)))
    except BaseException:
        return marshal.dumps(("broken", traceback.format_exc()))


def _answer(request: bytes) -> tuple[Any, ...]:
    from json import loads

    told = loads(request.decode("utf-8", "surrogatepass"))
    key, about = told["key"], told.get("about")
    if key not in prepared:
        if about is None:
            return ("unknown",)
        prepared[key] = Prepared(about)
        while len(prepared) > MOST_PREPARED:
            prepared.popitem(last=False)[1].close()
    machine = prepared[key]
    prepared.move_to_end(key)
    if "children" not in told:
        return "done", 0.0, [], []
    began = time.perf_counter()
    outcomes = Batch(machine, told).run()
    lines, machine.lines[:] = [*machine.lines], []
    return "done", time.perf_counter() - began, outcomes, lines


class Prepared:
    """A machine, and what answers the Tasks of its children. UsageError where they cannot be run here."""

    def __init__(self, about: dict[str, Any]) -> None:
        self.lines: list[tuple[str, str]] = []
        given = about["options"]
        if about["folder"] is not None and about["functions"]:
            check_folder(about["folder"])
        definition = definition_of(about)
        options = RunOptions(
            mocks={state: _outcome(one) for state, one in given["mocks"].items()},
            functions=given["functions"],
            function_files=given["function_files"],
            quota=given["quota"],
            cold=given["cold"],
            workers=given["workers"],
            reports=given["reports"],
            aws=given["aws"],
            s3=given["s3"],
            http_private=given["http_private"],
            child_history="on-disk" if about["history"] else "off",
            show=lambda function, line: self.lines.append((function, line)),
            map_workers="here",
            partial=True,
        )
        self.is_kept = bool(about["history"])
        self.answers: Answering = answering(definition, options, _no_executions)
        self.close = self.answers.close
        self.registry = Registry(self.answers.integrations)
        self.maps = [*outermost_maps(definition.compiled)]
        if about["functions"]:
            self.check_functions(about["functions"])

    def check_functions(self, called: list[tuple[str, str]]) -> None:
        """Raise UsageError for a function that is not here."""
        from aslrun.functions.local import check_functions

        if self.answers.functions is not None:
            check_functions(self.answers.functions.functions, called)


def check_folder(folder: str) -> None:
    """Raise UsageError where the folder is not here in which functions are."""
    if not Path(folder).is_dir():
        raise UsageError(
            f"{socket.gethostname()} runs children of a distributed Map, and has no folder {folder}, where"
            " their functions are: share it with that machine, at the same place"
        )


def definition_of(about: dict[str, Any]) -> Definition:
    """Return the definition that was sent; what its template says of functions is read where it lies."""
    value, folder = about["definition"], None if about["folder"] is None else Path(about["folder"])
    template = None
    if about["source"] is not None:
        machine = load(about["source"], substitutions=about["substitutions"])
        if machine.definition != value:
            raise UsageError(f"{about['source']} on {socket.gethostname()} is not the one that is run")
        template = machine.template
    return Definition(about["name"], document_of(value), compile_machine(value), [], folder, template)


def _outcome(told: dict[str, Any]) -> Any:
    return told["value"] if "value" in told else StateError(told["error"], told["cause"])


def _no_executions() -> Any:
    raise UsageError("executions of other machines cannot be started here")


class Batch:
    """Children that run beside each other, as they would in the process that sent them."""

    def __init__(self, machine: Prepared, told: dict[str, Any]) -> None:
        self.machine = machine
        self.facts = told["facts"]
        self.children = told["children"]
        self.state = machine.maps[told["map"]]
        clock = told["clock"]
        self.clock: Clock = VirtualClock(clock["now"]) if clock["jumps"] else RealClock()
        self.source = random_source(self.facts["seed"])
        self.path: ScopePath = tuple((name, index) for name, index in self.facts["path"])
        self.keep = keep_on_disk() if machine.is_kept else NoChildren
        self.outcomes: list[Told] = []
        self.failure: BaseException | None = None

    def run(self) -> list[Told]:
        """Return what came of the children, in the order in which they ended."""
        driver = Driver(self.clock)
        identity = self.identity("", None, lambda path: self.source(path))
        scope = Scope(identity, Journal(self.clock.now, None, None, self.keep))
        open_data = self.machine.answers.data["open_data"]
        root = Root(self.machine.registry.find, self.take_end, None, None, open_data)
        with seldom_collection():
            driver.start(self.computation(), scope, root)
            driver.run()
        if self.failure is not None:
            raise self.failure
        return self.outcomes

    def take_end(self, output: object, failure: BaseException | None) -> None:
        self.failure = failure

    def computation(self) -> Computation:
        yield RunChildren(self.scopes(), 0, as_needed=True, timeout=self.facts["timeout"])
        return None

    def scopes(self) -> Iterator[Child]:
        for index, name, input in self.children:
            identity = self.identity(name, input, lambda inner, index=index: self.chance(index, inner))
            quota = Quota() if self.facts["quota"] else None
            map_runs: list[MapRun] = []
            journal = Journal(self.clock.now, self.facts["limit"], quota, self.keep, map_runs)
            child = Scope(identity, journal)
            yield child, beginning(self.execute(index, child))

    def chance(self, index: int, inner: ScopePath) -> Chance:
        return self.source((*self.path, (self.facts["map"], index), *inner))

    def identity(self, name: str, input: Any, random_for: Any) -> ExecutionIdentity:
        before, after = self.facts["arn"]
        trace_header, is_traced = self.facts["trace"]
        return ExecutionIdentity(
            f"{before}{name}{after}",
            name,
            self.facts["role"],
            self.facts["machine_id"],
            self.facts["machine_name"],
            input,
            self.clock.now,
            random_for,
            trace_header=trace_header,
            is_traced=is_traced,
        )

    def execute(self, index: int, child: Scope) -> Computation:
        """Run one child and note what came of it."""
        status, output, failure = yield from run_child(self.state.processor, child)
        journal = child.journal
        record = portable(self.facts["map"], child) if self.machine.is_kept else None
        error, cause = (None, None) if failure is None else (failure.error, failure.cause)
        runs = [asdict(run) for run in journal.map_runs]
        times = child.execution.start_time, journal.time
        events = len(journal.rows) if record is None else record[-1]
        self.outcomes.append((index, status, *times, output, error, cause, record, events, runs))
        journal.rows = []  # rows and scope hold each other
        return None
