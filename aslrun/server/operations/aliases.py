"""Aliases: names that lead to one or two versions, by weights."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from aslrun.server.arns import parse_arn
from aslrun.server.errors import NO_REFERENCE, ApiError, invalid
from aslrun.server.pages import page_of
from aslrun.server.protocol import Request
from aslrun.server.service import ALIAS, VERSION, Service
from aslrun.store import Resource

MOST = 100
"""Aliases of a machine. Documentation: Service quotas."""


def read_routes(service: Service, given: list[dict[str, Any]]) -> tuple[str, list[dict[str, Any]]]:
    """Return the machine of a routing configuration, and the configuration; ApiError for a wrong one."""
    arns = [route["stateMachineVersionArn"] for route in given]
    shown = f"Received: [{', '.join(arns)}]"
    versions = [parse_arn(arn, "stateMachine") for arn in arns]
    if not all(arn.qualifier and arn.qualifier.isdecimal() for arn in versions):
        raise invalid(f"Routing configuration must contain state machine version ARNs. {shown}")
    if len(set(arns)) < len(arns):
        raise invalid(f"Routing configuration must contain distinct state machine version ARNs. {shown}")
    if len({arn.machine for arn in versions}) > 1:
        raise invalid(f"Routing configuration must contain versions of one state machine. {shown}")
    weights = [route["weight"] for route in given]
    if sum(weights) != 100:
        told = ", ".join(map(str, weights))
        raise invalid(f"Sum of routing configuration weights must equal 100. Received: [{told}]")
    if any(service.store.get(VERSION, arn) is None for arn in arns):
        raise NO_REFERENCE
    return versions[0].machine, given


def create(service: Service, request: Request) -> Mapping[str, Any]:
    """CreateStateMachineAlias: idempotent in all."""
    members = request.members
    machine, routes = read_routes(service, members["routingConfiguration"])
    service.machine(machine)
    if len(service.all(ALIAS, machine)) >= MOST:
        raise ApiError("ServiceQuotaExceededException", f"A state machine can have up to {MOST} aliases")
    now = service.now()
    alias = Resource(
        kind=ALIAS,
        arn=f"{machine}:{members['name']}",
        name=members["name"],
        data={"routes": routes, "description": members.get("description"), "updated": now},  # type: ignore[dict-item]
        parent=machine,
        created=now,
    )
    if not service.store.add(alias):
        there = service.store.get(ALIAS, alias.arn)
        if there is None or any(there.data[name] != alias.data[name] for name in ("routes", "description")):
            raise ApiError(
                "ConflictException",
                "Failed to create alias because an alias with the same name and a different routing"
                " configuration already exists.",
            )
        alias = there
    return {"stateMachineAliasArn": alias.arn, "creationDate": alias.created}


def find(service: Service, text: str) -> Resource:
    """Return an alias; ApiError if there is none of that ARN."""
    parse_arn(text, "stateMachine")
    alias = service.store.get(ALIAS, text)
    if alias is None:
        raise NO_REFERENCE
    return alias


def update(service: Service, request: Request) -> Mapping[str, Any]:
    """UpdateStateMachineAlias."""
    members = request.members
    if "routingConfiguration" not in members and "description" not in members:
        raise invalid("Either the description or the routing configuration must be specified")
    alias = find(service, members["stateMachineAliasArn"])
    changed: dict[str, Any] = {"updated": service.now()}
    if "routingConfiguration" in members:
        machine, changed["routes"] = read_routes(service, members["routingConfiguration"])
        if machine != alias.parent:
            raise invalid("Routing configuration must contain versions of the state machine of the alias")
    if "description" in members:
        changed["description"] = members["description"]

    def change(found: Resource) -> Resource:
        return replace(found, data={**found.data, **changed})

    if service.store.update(ALIAS, alias.arn, change) is None:
        raise NO_REFERENCE
    return {"updateDate": changed["updated"]}


def describe(service: Service, request: Request) -> Mapping[str, Any]:
    """DescribeStateMachineAlias."""
    alias = find(service, request.members["stateMachineAliasArn"])
    return {
        "stateMachineAliasArn": alias.arn,
        "name": alias.name,
        "description": alias.data["description"],
        "routingConfiguration": alias.data["routes"],
        "creationDate": alias.created,
        "updateDate": alias.data["updated"],
    }


def delete(service: Service, request: Request) -> Mapping[str, Any]:
    """DeleteStateMachineAlias: one that is not there is deleted already (recorded)."""
    arn = request.members["stateMachineAliasArn"]
    parse_arn(arn, "stateMachine")
    service.store.delete(ALIAS, arn)
    return {}


def list_aliases(service: Service, request: Request) -> Mapping[str, Any]:
    """ListStateMachineAliases: all of a machine, or those that lead to a version."""
    arn = parse_arn(request.members["stateMachineArn"], "stateMachine")
    service.machine(arn.machine)
    aliases = sorted(service.all(ALIAS, arn.machine), key=lambda one: one.name)
    if arn.qualifier is not None:
        aliases = [one for one in aliases if arn.text in service.versions_of(one)]
    page, token = page_of("ListStateMachineAliases", request.members, aliases, lambda one: one.name)
    return {
        "stateMachineAliases": [
            {"stateMachineAliasArn": one.arn, "creationDate": one.created} for one in page
        ],
        "nextToken": token,
    }
