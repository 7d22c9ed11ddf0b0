"""Executions that are there: DescribeExecution, ListExecutions, StopExecution, RedriveExecution."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aslrun.server.arns import parse_arn
from aslrun.server.errors import NOT_FOR_THIS_TYPE, invalid, invalid_token, no_execution, no_machine
from aslrun.server.pages import page_of, page_size, place_of, token_of
from aslrun.server.protocol import Request
from aslrun.server.runs import no_map_run
from aslrun.server.service import ALIAS, MACHINE, VERSION, Service
from aslrun.store import BadToken, ExecutionRecord
from aslrun.values import JSON


def find_execution(service: Service, text: str, *kinds: str) -> ExecutionRecord:
    """Return an execution by its ARN; ApiError if it is none of these kinds, or there is none."""
    parse_arn(text, *kinds)
    record = service.engine.record(text)
    if record is None:
        raise no_execution(text)
    return record


def describe(service: Service, request: Request) -> Mapping[str, Any]:
    """DescribeExecution."""
    record = find_execution(service, request.members["executionArn"], "execution")
    is_deleting = _is_deleting(service, record)
    status, reason = service.engine.redrive_status(record, is_deleting=is_deleting)
    is_whole = request.members.get("includedData") != "METADATA_ONLY"
    return {
        **summary(record),
        **data_of(record, is_whole),
        "error": record.error if is_whole else None,
        "cause": record.cause if is_whole else None,
        "traceHeader": record.options.get("traceHeader"),
        "redriveStatus": status,
        "redriveStatusReason": reason,
    }


def _is_deleting(service: Service, record: ExecutionRecord) -> bool:
    machine = record.machine.partition("/")[0]
    return machine in service.engine.running.deleted or not service.store.has(MACHINE, machine)


def data_of(record: ExecutionRecord, is_whole: bool) -> dict[str, Any]:
    """Return the input and the output of an execution, or that they are left out."""
    data: dict[str, Any] = {"inputDetails": {"included": is_whole}}
    if is_whole:
        data["input"] = record.input
    if record.status == "SUCCEEDED":
        data["outputDetails"] = {"included": is_whole}
        if is_whole:
            data["output"] = record.output
    return data


def summary(record: ExecutionRecord) -> dict[str, Any]:
    """Return what lists tell of an execution."""
    return {
        "executionArn": record.arn,
        "stateMachineArn": record.machine,
        "name": record.name,
        "status": record.status,
        "startDate": record.started,
        "stopDate": record.stopped,
        "mapRunArn": record.map_run,
        "stateMachineVersionArn": record.version,
        "stateMachineAliasArn": record.alias,
        "redriveCount": record.redrives,
        "redriveDate": record.redriven,
    }


def list_executions(service: Service, request: Request) -> Mapping[str, Any]:
    """ListExecutions: the last started first; of a machine, a version, an alias, or a Map Run."""
    members = request.members
    text, map_run = members.get("stateMachineArn"), members.get("mapRunArn")
    if (text is None) == (map_run is None):
        raise invalid("Must specify exactly one of stateMachineArn and mapRunArn")
    if map_run is not None:
        return _children(service, map_run, members)
    filters = _of_machine(service, str(text))
    if "redriveFilter" in members:
        raise invalid("redriveFilter can only be specified together with mapRunArn")
    after = place_of("ListExecutions", members)
    try:
        page = service.store.executions(
            **filters,
            status=members.get("statusFilter"),
            limit=page_size(members),
            after=after,
        )
    except (BadToken, TypeError):
        raise invalid_token() from None
    return {
        "executions": [summary(record) for record in page.items],
        "nextToken": token_of("ListExecutions", members, page.next),
    }


def _of_machine(service: Service, text: str) -> dict[str, Any]:
    arn = parse_arn(text, "stateMachine")
    machine = service.store.get(MACHINE, arn.machine)
    if machine is None:
        raise no_machine(text)
    if machine.data["type"] == "EXPRESS":
        raise NOT_FOR_THIS_TYPE
    if arn.qualifier is None:
        return {"machine": arn.text}
    kind = VERSION if arn.qualifier.isdecimal() else ALIAS
    if service.store.get(kind, text) is None:
        raise no_machine(text)
    return {"machine": arn.machine, kind: text}


def _children(service: Service, text: str, members: dict[str, Any]) -> Mapping[str, Any]:
    """Return the child executions of a Map Run. None of them is redriven by itself."""
    parse_arn(text, "mapRun")
    run = service.engine.map_runs.find(text)
    if run is None:
        raise no_map_run(text)
    status, redrive = members.get("statusFilter"), members.get("redriveFilter")
    found = [
        record
        for record in service.engine.map_runs.children(run)
        if status in (None, record.status) and redrive != "REDRIVEN"
    ]
    page, token = page_of("ListExecutions", members, [*enumerate(found)], lambda one: one[0])
    return {"executions": [summary(record) for _, record in page], "nextToken": token}


def stop(service: Service, request: Request) -> Mapping[str, Any]:
    """StopExecution: one that has ended keeps its end."""
    members = request.members
    record = find_execution(service, members["executionArn"], "execution")
    stopped = service.engine.stop(record.arn, members.get("error"), members.get("cause"))
    if stopped is None:
        ended = service.engine.record(record.arn)
        stopped = None if ended is None else ended.stopped
    return {"stopDate": service.now() if stopped is None else stopped}


def redrive(service: Service, request: Request) -> Mapping[str, Any]:
    """RedriveExecution: idempotent by its clientToken."""
    members = request.members
    record = find_execution(service, members["executionArn"], "execution")
    token = members.get("clientToken")
    key = None if token is None else f"redrive {record.arn} {token}"
    if key is not None:
        known = service.store.request(key)
        if isinstance(known, dict):
            return known
    date = service.engine.redrive(record.arn, is_deleting=_is_deleting(service, record))
    answer: dict[str, JSON] = {"redriveDate": date}
    if key is not None:
        service.store.remember(key, answer, service.now())
    return answer
