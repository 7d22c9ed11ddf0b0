"""Versions of a machine: PublishStateMachineVersion, DeleteStateMachineVersion, ListStateMachineVersions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from aslrun.server.arns import parse_arn
from aslrun.server.errors import ApiError, invalid, no_machine
from aslrun.server.pages import page_of
from aslrun.server.protocol import Request
from aslrun.server.service import ALIAS, MACHINE, VERSION, Service
from aslrun.store import Resource

INITIAL = "INITIAL"
"""What the revision of a machine is called that was never updated. API reference: revisionId."""
MOST = 1_000
"""Versions of a machine. Documentation: Service quotas."""
_FROZEN = ("definition", "role", "type", "logging", "tracing", "encryption", "revision", "updated")


def latest_version(service: Service, machine: str) -> Resource | None:
    """Return the version of a machine that was published last, of those that are there."""
    found = service.store.resources(VERSION, machine, limit=1, newest_first=True).items
    return found[0] if found else None


def publish(service: Service, machine: Resource, description: str | None) -> Resource:
    """Return the version of a machine's current revision; it is made if there is none.

    Numbers are never used twice (recorded).
    """
    latest = latest_version(service, machine.arn)
    if latest is not None and latest.data.get("revision") == machine.data.get("revision"):
        return latest
    if len(service.all(VERSION, machine.arn)) >= MOST:
        raise ApiError("ServiceQuotaExceededException", f"A state machine can have up to {MOST} versions")

    def count(found: Resource) -> Resource:
        return replace(found, data={**found.data, "versions": int(str(found.data["versions"])) + 1})

    counted = service.store.update(MACHINE, machine.arn, count)
    if counted is None:
        raise no_machine(machine.arn)
    number = str(counted.data["versions"])
    data = {name: counted.data[name] for name in _FROZEN if name in counted.data}
    version = Resource(
        kind=VERSION,
        arn=f"{machine.arn}:{number}",
        name=number,
        data={**data, "description": description},
        parent=machine.arn,
        created=service.now(),
    )
    service.store.add(version)
    return version


def publish_version(service: Service, request: Request) -> Mapping[str, Any]:
    """PublishStateMachineVersion."""
    members = request.members
    arn = parse_arn(members["stateMachineArn"], "stateMachine")
    if arn.qualifier is not None:
        raise no_machine(arn.text)
    machine = service.machine(arn.text)
    current, wanted = machine.data.get("revision") or INITIAL, members.get("revisionId")
    if wanted is not None and wanted != current:
        raise ApiError(
            "ConflictException",
            f"Failed to publish the State Machine version for revision {wanted}."
            f" The current State Machine revision is {current}.",
        )
    version = publish(service, machine, members.get("description"))
    return {"stateMachineVersionArn": version.arn, "creationDate": version.created}


def delete_version(service: Service, request: Request) -> Mapping[str, Any]:
    """DeleteStateMachineVersion: not of one that an alias leads to."""
    arn = parse_arn(request.members["stateMachineVersionArn"], "stateMachine")
    if arn.qualifier is None or not arn.qualifier.isdecimal():
        raise invalid(f"The ARN of a state machine version is expected. Received: {arn.text}")
    aliases = [one.name for one in service.all(ALIAS, arn.machine) if arn.text in service.versions_of(one)]
    if aliases:
        raise ApiError(
            "ConflictException",
            "Version to be deleted must not be referenced by an alias."
            f" Current list of aliases referencing this version: [{', '.join(aliases)}]",
        )
    service.store.delete(VERSION, arn.text)
    return {}


def list_versions(service: Service, request: Request) -> Mapping[str, Any]:
    """ListStateMachineVersions: the newest first."""
    arn = parse_arn(request.members["stateMachineArn"], "stateMachine")
    versions = sorted(service.all(VERSION, arn.machine), key=lambda one: -int(one.name))
    page, token = page_of("ListStateMachineVersions", request.members, versions, lambda one: -int(one.name))
    return {
        "stateMachineVersions": [
            {"stateMachineVersionArn": one.arn, "creationDate": one.created} for one in page
        ],
        "nextToken": token,
    }
