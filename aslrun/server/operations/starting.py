"""StartExecution and StartSyncExecution."""

from __future__ import annotations

import math
from collections.abc import Mapping
from concurrent.futures import Future
from dataclasses import replace
from typing import Any

from aslrun.errors import AslrunError
from aslrun.interpreter.quota import PAYLOAD_LIMIT
from aslrun.server.arns import Arn, parse_arn
from aslrun.server.errors import NOT_FOR_THIS_TYPE, ApiError, invalid, no_machine, quoted
from aslrun.server.json_text import parse_text
from aslrun.server.model import check_request
from aslrun.server.names import check_name
from aslrun.server.operations.executions import data_of
from aslrun.server.protocol import Later, Request
from aslrun.server.service import ALIAS, VERSION, Service
from aslrun.store import ExecutionRecord, Resource
from aslrun.values import JSON

BILLED_MEMORY, BILLED_PERIOD = 64, 100
"""MB and milliseconds in whose multiples Express executions are billed. Documentation: pricing."""


def start(service: Service, request: Request) -> Mapping[str, Any]:
    """StartExecution: of a STANDARD machine, idempotent while the execution of that name and input runs."""
    repeated = _remembered(service, request)
    if repeated is not None:
        return repeated
    record = record_of(service, request)
    if not service.engine.start(record):
        record = _running(service, record)
    answer: dict[str, JSON] = {"executionArn": record.arn, "startDate": record.started}
    if request.id:
        service.store.remember(f"start {request.id}", answer, service.now())
    return answer


def start_nested(service: Service, members: dict[str, Any], starter: str) -> ExecutionRecord:
    """Start an execution for another one, `starter`; ApiError for what cannot be started."""
    try:
        request = Request("StartExecution", check_request("StartExecution", members))
        record = replace(record_of(service, request), parent=starter or None)
    except ApiError:
        raise
    except AslrunError as mistake:
        raise invalid(str(mistake)) from None
    return record if service.engine.start(record) else _running(service, record)


def _remembered(service: Service, request: Request) -> Mapping[str, Any] | None:
    """Return what the first attempt of a repeated request was answered, maybe by a server that is gone."""
    if not (request.id and request.is_repeated):
        return None
    known = service.store.request(f"start {request.id}")
    return known if isinstance(known, dict) else None


def _running(service: Service, wanted: ExecutionRecord) -> ExecutionRecord:
    """Return the execution that has the name already, if it is the one that is wanted, and runs."""
    there = service.engine.record(wanted.arn)
    if there is None or there.status != "RUNNING" or there.input != wanted.input:
        raise quoted("ExecutionAlreadyExists", "Execution Already Exists", wanted.arn)
    return there


def start_sync(service: Service, request: Request) -> Later:
    """StartSyncExecution: answers when the execution has ended."""
    record = record_of(service, request, is_sync=True)
    is_whole = request.members.get("includedData") != "METADATA_ONLY"
    answer: Future[Mapping[str, Any]] = Future()

    def ended(done: Future[ExecutionRecord]) -> None:
        if not answer.cancelled():
            failure = done.exception()
            if failure is not None:
                answer.set_exception(failure)
            else:
                answer.set_result(_told(done.result(), is_whole))

    service.engine.start_sync(record).add_done_callback(ended)
    return Later(answer)


def _told(record: ExecutionRecord, is_whole: bool) -> dict[str, Any]:
    stopped = record.started if record.stopped is None else record.stopped
    milliseconds = (
        max(1, math.ceil(round((stopped - record.started) * 1000, 3) / BILLED_PERIOD)) * BILLED_PERIOD
    )
    return {
        "executionArn": record.arn,
        "stateMachineArn": record.machine,
        "name": record.name,
        "startDate": record.started,
        "stopDate": stopped,
        "status": "FAILED" if record.status == "ABORTED" else record.status,
        "error": record.error,
        "cause": record.cause,
        **data_of(record, is_whole),
        "traceHeader": record.options.get("traceHeader"),
        "billingDetails": {
            "billedMemoryUsedInMB": BILLED_MEMORY,
            "billedDurationInMilliseconds": milliseconds,
        },
    }


def record_of(service: Service, request: Request, *, is_sync: bool = False) -> ExecutionRecord:
    """Return what is to be run for a request; ApiError for what cannot be started."""
    members = request.members
    arn, _, test_case = members["stateMachineArn"].partition("#")
    parsed = parse_arn(arn, "stateMachine")
    machine = service.machine(parsed.machine)
    version, alias = _qualified(service, parsed)
    source = machine if version is None else version
    kind = source.data["type"]
    if is_sync and kind != "EXPRESS":
        raise NOT_FOR_THIS_TYPE
    name = members.get("name")
    if name is not None:
        check_name(name)
    name = name or service.engine.new_name()
    text = members.get("input", "{}")
    _check_input(text)
    place = parsed.place
    return ExecutionRecord(
        arn=place.arn("express", machine.name, name, service.new_id())
        if kind == "EXPRESS"
        else place.arn("execution", machine.name, name),
        machine=machine.arn,
        name=name,
        type=kind,  # type: ignore[arg-type]
        definition=str(source.data["definition"]),
        input=text,
        seed=service.engine.new_seed(),
        started=service.now(),
        role=str(source.data["role"]),
        version=None if version is None else version.arn,
        alias=None if alias is None else alias.arn,
        options=_options(source, members, test_case),
    )


def _options(source: Resource, members: Mapping[str, Any], test_case: str) -> dict[str, JSON]:
    kept = ("logging", "tracing", "encryption", "revision", "updated")
    options: dict[str, JSON] = {
        "machine": {name: source.data[name] for name in kept if source.data.get(name) is not None}
    }
    for name in ("folder", "file"):
        if name in source.data:
            options[name] = source.data[name]
    if "traceHeader" in members:
        options["traceHeader"] = members["traceHeader"]
    if test_case:
        options["testCase"] = test_case
    return options


def _qualified(service: Service, arn: Arn) -> tuple[Resource | None, Resource | None]:
    """Return the version that an ARN names, and the alias that it names it by."""
    if arn.qualifier is None:
        return None, None
    alias = None
    if arn.qualifier.isdecimal():
        version = service.store.get(VERSION, arn.text)
    else:
        alias = service.store.get(ALIAS, arn.text)
        version = None if alias is None else service.routed(alias)
    if version is None:
        raise no_machine(arn.text)
    return version, alias


def _check_input(text: str) -> None:
    try:
        parse_text(text)
    except ValueError as wrong:
        raise quoted("InvalidExecutionInput", "Invalid State Machine Execution Input", str(wrong)) from None
    if len(text.encode("utf-8", "replace")) > PAYLOAD_LIMIT:
        raise ApiError(
            "ValidationException",
            "1 validation error detected: Value at 'input' failed to satisfy constraint:"
            f" Member must have length less than or equal to {PAYLOAD_LIMIT}",
        )
