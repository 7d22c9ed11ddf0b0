"""State machines: CreateStateMachine, UpdateStateMachine, DeleteStateMachine, DescribeStateMachine,
DescribeStateMachineForExecution, ListStateMachines. Texts of errors as recorded."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from aslrun.server.arns import check_role, parse_arn
from aslrun.server.errors import ApiError, invalid, no_machine, quoted
from aslrun.server.names import check_name
from aslrun.server.operations.configuration import (
    DEFAULT_LOGGING,
    DEFAULT_TRACING,
    read_encryption,
    read_logging,
)
from aslrun.server.operations.definitions import check_definition, variable_references
from aslrun.server.operations.executions import find_execution
from aslrun.server.operations.tags import read_tags
from aslrun.server.operations.versions import latest_version, publish
from aslrun.server.pages import page_of
from aslrun.server.protocol import Request
from aslrun.server.service import ALIAS, MACHINE, VERSION, Service
from aslrun.store import Resource
from aslrun.values import JSON


def create(service: Service, request: Request) -> Mapping[str, Any]:
    """CreateStateMachine: idempotent in all but the role and the tags."""
    members = request.members
    check_name(members["name"])
    check_role(members["roleArn"])
    kind, text = members.get("type", "STANDARD"), members["definition"]
    is_published, description = members.get("publish", False), members.get("versionDescription")
    if description is not None and not is_published:
        raise invalid("Version description can only be set when publish is true")
    check_definition(text, kind)
    arn = request.place.arn("stateMachine", members["name"])
    data: dict[str, JSON] = {
        "definition": service.store.keep(text.encode()),
        "role": members["roleArn"],
        "type": kind,
        "status": "ACTIVE",
        "logging": read_logging(members.get("loggingConfiguration")),
        "tracing": {**DEFAULT_TRACING, **members.get("tracingConfiguration", {})},
        "encryption": read_encryption(members.get("encryptionConfiguration")),
        "tags": read_tags(members.get("tags", [])),
        "versions": 0,
        "created": {"publish": is_published, "versionDescription": description},
    }
    machine = Resource(kind=MACHINE, arn=arn, name=members["name"], data=data, created=service.now())
    if service.store.add(machine):
        service.engine.machine_made(arn)
    else:
        machine = _same_as(service, machine)
    answer: dict[str, Any] = {"stateMachineArn": arn, "creationDate": machine.created}
    if is_published:
        version = latest_version(service, arn) or publish(service, machine, description)
        answer["stateMachineVersionArn"] = version.arn
    return answer


def _same_as(service: Service, wanted: Resource) -> Resource:
    """Return the machine that is there, if it is the one that is wanted."""
    found = service.store.get(MACHINE, wanted.arn)
    if found is None:  # deleted meanwhile
        service.store.add(wanted)
        return wanted
    if found.data["status"] == "DELETING":
        raise quoted("StateMachineDeleting", "State Machine is being deleted", wanted.arn)
    compared = ("definition", "type", "logging", "tracing", "encryption", "created")
    if any(found.data.get(name) != wanted.data.get(name) for name in compared):
        raise quoted("StateMachineAlreadyExists", "State Machine Already Exists", wanted.arn)
    return found


def update(service: Service, request: Request) -> Mapping[str, Any]:
    """UpdateStateMachine: what runs goes on as it was started."""
    members = request.members
    arn = parse_arn(members["stateMachineArn"], "stateMachine")
    if arn.qualifier is not None:
        raise no_machine(arn.text)
    machine = service.machine(arn.text)
    is_published, description = members.get("publish", False), members.get("versionDescription")
    if description is not None and not is_published:
        raise invalid("Version description can only be set when publish is true")
    changed = _changes(service, machine, members)
    if not changed and not is_published:
        raise ApiError(
            "MissingRequiredParameter",
            "Either the definition, the role ARN, the LoggingConfiguration, or the TracingConfiguration"
            " must be specified",
        )

    def change(found: Resource) -> Resource:
        data = {**found.data, **changed}
        if any(found.data.get(name) != value for name, value in changed.items()):
            data["revision"] = service.new_id()
        data["updated"] = service.now()
        return replace(found, data=data)

    updated = service.store.update(MACHINE, arn.text, change)
    if updated is None:
        raise no_machine(arn.text)
    answer: dict[str, Any] = {
        "updateDate": updated.data["updated"],
        "revisionId": updated.data.get("revision"),
    }
    if is_published:
        answer["stateMachineVersionArn"] = publish(service, updated, description).arn
    return answer


def _changes(service: Service, machine: Resource, members: Mapping[str, Any]) -> dict[str, JSON]:
    changed: dict[str, JSON] = {}
    if "definition" in members:
        check_definition(members["definition"], str(machine.data["type"]))
        changed["definition"] = service.store.keep(members["definition"].encode())
    if "roleArn" in members:
        check_role(members["roleArn"])
        changed["role"] = members["roleArn"]
    if "loggingConfiguration" in members:
        changed["logging"] = read_logging(members["loggingConfiguration"])
    if "tracingConfiguration" in members:
        changed["tracing"] = {**DEFAULT_TRACING, **members["tracingConfiguration"]}
    if "encryptionConfiguration" in members:
        changed["encryption"] = read_encryption(members["encryptionConfiguration"])
    return changed


def delete(service: Service, request: Request) -> Mapping[str, Any]:
    """DeleteStateMachine: DELETING while executions of it run, then gone, with its versions and aliases.

    Documentation: "On the next state transition, the state machine's executions are terminated."
    """
    arn = parse_arn(request.members["stateMachineArn"], "stateMachine")
    if arn.qualifier is not None:
        raise invalid(f"The ARN of a state machine without a qualifier is expected. Received: {arn.text}")

    def deleting(found: Resource) -> Resource:
        return replace(found, data={**found.data, "status": "DELETING"})

    if service.store.update(MACHINE, arn.text, deleting) is not None:
        service.engine.end_executions(arn.text)
        remove_if_idle(service, arn.text)
    return {}


def remove_if_idle(service: Service, arn: str) -> None:
    """Remove a machine that is being deleted, if nothing of it runs."""
    if service.store.count(arn, "RUNNING"):
        return
    for kind in (VERSION, ALIAS):
        for one in service.all(kind, arn):
            service.store.delete(kind, one.arn)
    service.store.delete(MACHINE, arn)
    service.engine.running.deleted.discard(arn)


def remove_if_deleted(service: Service, arn: str) -> None:
    """Remove a machine whose last execution has ended, if it is being deleted."""
    if arn in service.engine.running.deleted:
        remove_if_idle(service, arn)


def describe(service: Service, request: Request) -> Mapping[str, Any]:
    """DescribeStateMachine, of a machine or of a version."""
    arn = parse_arn(request.members["stateMachineArn"], "stateMachine")
    if arn.qualifier is None:
        found = service.store.get(MACHINE, arn.text)
    elif arn.qualifier.isdecimal():
        found = service.store.get(VERSION, arn.text)
    else:
        alias = service.store.get(ALIAS, arn.text)
        found = None if alias is None else service.routed(alias)
    if found is None:
        raise no_machine(arn.text)
    machine = found if found.kind == MACHINE else service.store.get(MACHINE, arn.machine)
    return {
        **_told(service, found.data, request.members),
        "stateMachineArn": found.arn,
        "name": arn.name,
        "status": "ACTIVE" if machine is None else machine.data["status"],
        "type": found.data["type"],
        "creationDate": found.created,
        "description": found.data.get("description"),
    }


def _told(service: Service, data: Mapping[str, Any], members: Mapping[str, Any]) -> dict[str, Any]:
    """Return what two operations tell of a machine as it was at some time."""
    text = service.definition(data["definition"])
    is_whole = members.get("includedData") != "METADATA_ONLY"
    return {
        "definition": text if is_whole else "",
        "roleArn": data["role"],
        "loggingConfiguration": data.get("logging") or DEFAULT_LOGGING,
        "tracingConfiguration": data.get("tracing") or DEFAULT_TRACING,
        "encryptionConfiguration": data.get("encryption"),
        "revisionId": data.get("revision"),
        "variableReferences": variable_references(text) or None if is_whole else None,
    }


def describe_for_execution(service: Service, request: Request) -> Mapping[str, Any]:
    """DescribeStateMachineForExecution: the machine as it was when the execution started."""
    record = find_execution(service, request.members["executionArn"], "execution")
    options = record.options
    data = {**options.get("machine", {}), "definition": record.definition, "role": record.role}  # type: ignore[dict-item]
    arn = parse_arn(record.machine)
    return {
        **_told(service, data, request.members),
        "stateMachineArn": record.machine,
        "name": arn.name.rpartition("/")[0] or arn.name,
        "updateDate": data.get("updated") or record.started,
        "mapRunArn": record.map_run,
        "label": arn.name.rpartition("/")[2] if "/" in arn.name else None,
    }


def list_all(service: Service, request: Request) -> Mapping[str, Any]:
    """ListStateMachines: by their names (recorded)."""
    prefix = request.place.arn("stateMachine", "")
    machines = sorted(
        (one for one in service.all(MACHINE) if one.arn.startswith(prefix)), key=lambda one: one.name
    )
    page, token = page_of("ListStateMachines", request.members, machines, lambda one: one.name)
    return {
        "stateMachines": [
            {
                "stateMachineArn": one.arn,
                "name": one.name,
                "type": one.data["type"],
                "creationDate": one.created,
            }
            for one in page
        ],
        "nextToken": token,
    }
