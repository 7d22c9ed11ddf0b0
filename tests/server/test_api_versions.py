"""Versions, aliases and tags through boto3."""

from __future__ import annotations

import json
from typing import Any

from served import Machines, client, machines, refused, server  # noqa: F401

OTHER = {"StartAt": "B", "States": {"B": {"Type": "Succeed"}}}


def versions(client: Any, arn: str) -> list[str]:
    told = client.list_state_machine_versions(stateMachineArn=arn)
    return [one["stateMachineVersionArn"].rpartition(":")[2] for one in told["stateMachineVersions"]]


def route(*weights: tuple[str, int]) -> list[dict[str, Any]]:
    return [{"stateMachineVersionArn": arn, "weight": weight} for arn, weight in weights]


def test_a_revision_is_published_once_and_numbers_never_come_again(client: Any, machines: Machines) -> None:
    made = machines.create(publish=True, versionDescription="first")
    arn = made["stateMachineArn"]
    assert made["stateMachineVersionArn"] == f"{arn}:1"
    assert client.publish_state_machine_version(stateMachineArn=arn)["stateMachineVersionArn"] == f"{arn}:1"
    updated = client.update_state_machine(stateMachineArn=arn, definition=json.dumps(OTHER), publish=True)
    assert updated["stateMachineVersionArn"] == f"{arn}:2"
    assert versions(client, arn) == ["2", "1"]
    client.delete_state_machine_version(stateMachineVersionArn=f"{arn}:2")
    client.delete_state_machine_version(stateMachineVersionArn=f"{arn}:2")
    assert client.publish_state_machine_version(stateMachineArn=arn)["stateMachineVersionArn"] == f"{arn}:3"
    assert client.describe_state_machine(stateMachineArn=f"{arn}:1")["description"] == "first"
    revision = updated["revisionId"]
    told = refused(client.publish_state_machine_version, stateMachineArn=arn, revisionId="INITIAL")
    assert told == (
        "ConflictException",
        "Failed to publish the State Machine version for revision INITIAL. The current State Machine revision"
        f" is {revision}.",
    )


def test_an_alias_is_made_changed_and_deleted(client: Any, machines: Machines) -> None:
    arn = machines.arn(publish=True)
    routes = route((f"{arn}:1", 100))
    made = client.create_state_machine_alias(name="live", routingConfiguration=routes, description="d")
    alias = made["stateMachineAliasArn"]
    assert alias == f"{arn}:live"
    again = client.create_state_machine_alias(name="live", routingConfiguration=routes, description="d")
    assert again["creationDate"] == made["creationDate"]
    told = refused(client.create_state_machine_alias, name="live", routingConfiguration=routes)
    assert told[0] == "ConflictException"
    told = refused(client.delete_state_machine_version, stateMachineVersionArn=f"{arn}:1")
    assert told == (
        "ConflictException",
        "Version to be deleted must not be referenced by an alias. Current list of aliases referencing this"
        " version: [live]",
    )
    client.update_state_machine(stateMachineArn=arn, definition=json.dumps(OTHER), publish=True)
    routes = route((f"{arn}:1", 20), (f"{arn}:2", 80))
    client.update_state_machine_alias(stateMachineAliasArn=alias, routingConfiguration=routes)
    told = client.describe_state_machine_alias(stateMachineAliasArn=alias)
    assert (told["name"], told["description"], told["routingConfiguration"]) == ("live", "d", routes)
    listed = client.list_state_machine_aliases(stateMachineArn=f"{arn}:2")["stateMachineAliases"]
    assert [one["stateMachineAliasArn"] for one in listed] == [alias]
    client.delete_state_machine_alias(stateMachineAliasArn=alias)
    client.delete_state_machine_alias(stateMachineAliasArn=alias)
    told = refused(client.describe_state_machine_alias, stateMachineAliasArn=alias)
    assert told == ("ResourceNotFound", "Request references a resource that does not exist.")


def test_what_is_wrong_with_a_routing_configuration_is_told(client: Any, machines: Machines) -> None:
    arn = machines.arn(publish=True)

    def told(routes: list[dict[str, Any]], name: str = "live") -> str:
        code, message = refused(client.create_state_machine_alias, name=name, routingConfiguration=routes)
        assert code == "ValidationException"
        return message

    received = f"Received: [{arn}]"
    assert told(route((arn, 100))) == (
        f"Routing configuration must contain state machine version ARNs. {received}"
    )
    assert told(route((f"{arn}:1", 70), (f"{arn}:2", 29))) == (
        "Sum of routing configuration weights must equal 100. Received: [70, 29]"
    )
    assert told(route((f"{arn}:1", 50), (f"{arn}:1", 50))).startswith(
        "Routing configuration must contain distinct state machine version ARNs."
    )
    assert told(route((f"{arn}:1", 101))) == (
        "1 validation error detected: Value '101' at 'routingConfiguration.1.member.weight' failed to satisfy"
        " constraint: Member must have value less than or equal to 100"
    )
    assert told(route((f"{arn}:1", 100)), "123").endswith(
        r"Member must satisfy regular expression pattern: ^(?=.*[a-zA-Z_\-\.])[a-zA-Z0-9_\-\.]+$"
    )


def test_tags(client: Any, machines: Machines) -> None:
    arn = machines.arn(tags=[{"key": "a", "value": "1"}], publish=True)
    client.tag_resource(resourceArn=arn, tags=[{"key": "a", "value": "2"}, {"key": "b", "value": ""}])

    def tags() -> list[dict[str, str]]:
        told: list[dict[str, str]] = client.list_tags_for_resource(resourceArn=arn)["tags"]
        return told

    assert tags() == [{"key": "a", "value": "2"}, {"key": "b", "value": ""}]
    client.untag_resource(resourceArn=arn, tagKeys=["a", "nothing"])
    assert tags() == [{"key": "b", "value": ""}]
    told = refused(client.tag_resource, resourceArn=f"{arn}:1", tags=[])
    assert told == ("ResourceNotFound", f"Resource not found: '{arn}:1'")
    many = [{"key": f"k{number}", "value": ""} for number in range(51)]
    assert refused(client.tag_resource, resourceArn=arn, tags=many)[0] == "TooManyTags"
    activity = client.create_activity(name="tagged", tags=[{"key": "x", "value": "y"}])["activityArn"]
    assert client.list_tags_for_resource(resourceArn=activity)["tags"] == [{"key": "x", "value": "y"}]
