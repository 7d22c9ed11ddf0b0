"""What an execution of the server is made of: its machine, and who answers its Tasks."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aslrun.document import DocumentError, parse_document
from aslrun.document.cloudformation.evaluation import Template
from aslrun.document.definitions import definition_in, find_template, split_reference
from aslrun.drivers.calls import Integration
from aslrun.drivers.clock import VirtualClock
from aslrun.errors import AslrunError, UsageError
from aslrun.execution import Execution
from aslrun.functions.invocation import LambdaFunctions
from aslrun.functions.log import Show
from aslrun.functions.template import functions_of
from aslrun.functions.tracing import header_of, read_header, trace_of
from aslrun.functions.workers import Workers
from aslrun.integrations.http.find import http_integrations
from aslrun.interpreter.identity import ExecutionIdentity
from aslrun.items.port import DistributedData, distributed_data, no_data
from aslrun.machine import StateMachine
from aslrun.observe.traces.environment import endpoint
from aslrun.server.functions import ServerFunctions
from aslrun.server.lambda_api.deployed import Deployed
from aslrun.states.tasks import distributed_maps, tasks
from aslrun.store import ExecutionRecord, Store
from aslrun.values import from_json_text

if TYPE_CHECKING:
    from aslrun.integrations.mocks import Mocks

KEPT = 256
"""Compiled machines that are kept."""


class Preparing:
    """Makes executions of what the store has of them: the same for the same record, each time.

    `integrations` are asked after the mocks of a test case, and before functions; `services` last.
    `s3` gives the client for what distributed Maps read and write.
    """

    def __init__(
        self,
        store: Store,
        deployed: Deployed,
        workers: Workers,
        *,
        integrations: Sequence[Integration],
        services: Sequence[Integration] = (),
        s3: Callable[[], Any],
        function_files: Sequence[str] = (),
        mock_config: str | None = None,
        http_private: bool = False,
        show: Show,
    ) -> None:
        self.store = store
        self.deployed = deployed
        self.workers = workers
        self.integrations = list(integrations)
        self.services = services
        self.s3 = s3
        self.function_files = function_files
        self.mock_config = mock_config
        self.http_private = http_private
        self.show = show
        self._lock = threading.Lock()
        self._machines: dict[tuple[str, str, str], StateMachine] = {}
        self._functions: dict[str, LambdaFunctions] = {}

    def execution(self, record: ExecutionRecord) -> Execution:
        """Return an execution that has not begun; AslrunError for what cannot be run."""
        machine = self.machine(record)
        execution = Execution(
            machine.compiled,
            from_json_text(record.input),
            [
                *self._mocks(record, machine),
                *self.integrations,
                self.functions(record.options.get("file")),
                *self._http(record, machine),
                *self.services,
            ],
            machine_name=machine.name,
            name=record.name,
            type=record.type,
            clock=VirtualClock(record.started),  # the driver's is the one that counts
            seed=record.seed,
            definition=machine.definition,
            **self._data(record, machine),
        )
        made = execution.scope.execution
        execution.scope.execution = ExecutionIdentity(
            id=record.arn,
            name=record.name,
            role_arn=record.role,
            machine_id=record.machine,
            machine_name=machine.name,
            input=execution.input,
            start_time=record.started,
            random_for=made.random_for,
            trace_header=_text(record.options.get("traceHeader")),
            is_traced=is_traced(record),
        )
        if execution.scope.execution.is_traced:
            execution.scope.execution.trace_header = header_around(record)
        return execution

    def machine(self, record: ExecutionRecord) -> StateMachine:
        """Return the machine that an execution is of, compiled once."""
        name = record.machine.rpartition(":")[2]
        key = (record.definition, record.type, name)
        with self._lock:
            found = self._machines.get(key)
        if found is None:
            content = self.store.content(record.definition)
            if content is None:
                raise UsageError(f"the store has no definition of {record.machine} for {record.arn}")
            document = parse_document(content.decode(), "definition")
            found = StateMachine(document, None, record.type, name=name)
            _ = found.compiled
            with self._lock:
                while len(self._machines) >= KEPT:
                    self._machines.pop(next(iter(self._machines)))
                self._machines[key] = found
        return found

    def _mocks(self, record: ExecutionRecord, machine: StateMachine) -> list[Mocks]:
        """Return the mocks of a test case, for a machine that was started as `ARN#TestCase`."""
        case = record.options.get("testCase")
        if not isinstance(case, str):
            return []
        if self.mock_config is None:
            raise UsageError(f"there is no test case '{case}': start the server with --mock-config FILE")
        return [machine.read_mocks(self.mock_config, case)]

    def has_map_runs(self, record: ExecutionRecord) -> bool:
        """Tell whether the machine of an execution has distributed Maps."""
        return any(True for _ in distributed_maps(self.machine(record).compiled))

    def has_tasks(self, record: ExecutionRecord) -> bool:
        """Tell whether the machine of an execution has Tasks."""
        return any(True for _ in tasks(self.machine(record).compiled))

    def _data(self, record: ExecutionRecord, machine: StateMachine) -> DistributedData:
        maps = [*distributed_maps(machine.compiled)]
        if not maps:
            return no_data()
        # Clients put objects into the server's S3 at any time.
        return distributed_data(maps, _folder_of(record), {}, self.s3, lambda: True, "on-disk")

    def _http(self, record: ExecutionRecord, machine: StateMachine) -> list[Integration]:
        folder = _folder_of(record)
        resources = [task.resource for task in tasks(machine.compiled)]
        return http_integrations(resources, folder, all_private=self.http_private)

    def functions(self, file: object = None) -> LambdaFunctions:
        """Return what answers Tasks that call functions: made through the API, of the definition's template
        and folder, or of the working folder."""
        reference = file if isinstance(file, str) else ""
        with self._lock:
            found = self._functions.get(reference)
            if found is None:
                folder, template = source_of(reference)
                declared = functions_of(template) if template is not None else ()
                table = ServerFunctions(self.deployed, self.function_files, folder, declared, tell=self._tell)
                found = self._functions[reference] = LambdaFunctions(table, self.workers, show=self.show)
            return found

    def _tell(self, text: str) -> None:
        self.show("aslrun", text)

    def forget_functions(self) -> None:
        """Look anew where functions are: files have changed."""
        with self._lock:
            self._functions.clear()


def is_traced(record: ExecutionRecord) -> bool:
    """Tell whether somebody takes an execution's trace: its machine's tracing is on, or the environment names
    a collector."""
    return endpoint() is not None or is_active(record)


def is_active(record: ExecutionRecord) -> bool:
    """Tell whether the tracing of an execution's machine is on."""
    machine = record.options.get("machine")
    tracing = machine.get("tracing") if isinstance(machine, dict) else None
    return isinstance(tracing, dict) and tracing.get("enabled") is True


def header_around(record: ExecutionRecord) -> str:
    """Return the tracing header of an execution: what it was started with, or of the trace that it begins."""
    header = _text(record.options.get("traceHeader"))
    if header is not None and read_header(header) is not None:
        return header
    return header_of(trace_of(record.arn, record.started).trace, None, is_sampled=True)


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _folder_of(record: ExecutionRecord) -> Path:
    file = record.options.get("file")
    return Path(split_reference(file)[0]).parent if isinstance(file, str) else Path()


def source_of(reference: str) -> tuple[Path | None, Template | None]:
    """Return the folder and the template of a definition's file; those of the working folder for none, and
    for one that is no longer there."""
    if not reference:
        return Path(), None
    try:
        found = definition_in(reference)
    except (AslrunError, DocumentError, OSError):
        return Path(), None
    folder = Path(split_reference(reference)[0]).parent
    return folder, found.template or find_template(folder)
