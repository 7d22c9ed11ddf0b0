"""State machines through boto3: texts of errors as AWS gives them."""

from __future__ import annotations

import json
from typing import Any

from served import PASS, ROLE, Machines, client, machines, refused, server  # noqa: F401

OTHER = {"StartAt": "B", "States": {"B": {"Type": "Succeed"}}}


def test_a_machine_is_made_and_described(client: Any, machines: Machines) -> None:
    made = machines.create(tags=[{"key": "team", "value": "orders"}])
    told = client.describe_state_machine(stateMachineArn=made["stateMachineArn"])
    assert json.loads(told["definition"]) == PASS
    assert told["creationDate"] == made["creationDate"]
    assert {name: told[name] for name in ("status", "type", "roleArn")} == {
        "status": "ACTIVE",
        "type": "STANDARD",
        "roleArn": ROLE,
    }
    assert told["loggingConfiguration"] == {"level": "OFF", "includeExecutionData": False}
    assert told["tracingConfiguration"] == {"enabled": False}
    assert told["encryptionConfiguration"] == {"type": "AWS_OWNED_KEY"}
    assert "revisionId" not in told


def test_creating_is_idempotent_but_not_with_another_definition(client: Any, machines: Machines) -> None:
    made = machines.create(name="same")
    again = client.create_state_machine(
        name="same", definition=json.dumps(PASS), roleArn=f"{ROLE}-other", tags=[{"key": "a", "value": "b"}]
    )
    assert again["creationDate"] == made["creationDate"]
    assert client.describe_state_machine(stateMachineArn=made["stateMachineArn"])["roleArn"] == ROLE
    arn = made["stateMachineArn"]
    told = refused(machines.create, OTHER, name="same")
    assert told == ("StateMachineAlreadyExists", f"State Machine Already Exists: '{arn}'")


def test_what_is_wrong_with_a_new_machine_is_told(client: Any, machines: Machines) -> None:
    assert refused(machines.create, name="with space") == ("InvalidName", "Invalid Name: 'with space'")
    assert refused(machines.create, name="a" * 81) == (
        "ValidationException",
        f"1 validation error detected: Value '{'a' * 81}' at 'name' failed to satisfy constraint: Member must"
        " have length less than or equal to 80",
    )
    assert refused(machines.create, {"StartAt": "A"}) == (
        "InvalidDefinition",
        "Invalid State Machine Definition: 'SCHEMA_VALIDATION_FAILED: These fields are required: [States]"
        " at /'",
    )
    told = refused(client.create_state_machine, name="r", definition=json.dumps(PASS), roleArn="nobody")
    assert told == ("InvalidArn", "Invalid Role Arn: 'nobody'")
    assert refused(machines.create, versionDescription="first") == (
        "ValidationException",
        "Version description can only be set when publish is true",
    )
    group = {"cloudWatchLogsLogGroup": {"logGroupArn": "arn:aws:logs:us-east-1:123456789012:log-group:g:*"}}
    for configuration in ({"level": "ALL"}, {"level": "ALL", "destinations": [group, group]}):
        assert refused(machines.create, loggingConfiguration=configuration) == (
            "InvalidLoggingConfiguration",
            "Invalid Logging Configuration: Must specify exactly one Log Destination.",
        )


def test_express_machines_take_no_patterns_that_wait(machines: Machines) -> None:
    resource = "arn:aws:states:::states:startExecution.sync"
    task = {"Type": "Task", "Resource": resource, "Parameters": {"StateMachineArn": "x"}, "End": True}
    code, told = refused(machines.create, {"StartAt": "T", "States": {"T": task}}, type="EXPRESS")
    assert code == "InvalidDefinition"
    assert "Express state machine does not support '.sync' service integration" in told


def test_an_arn_that_is_none_or_of_nothing(client: Any) -> None:
    describe = client.describe_state_machine
    assert refused(describe, stateMachineArn="not_a_valid_arn") == (
        "InvalidArn",
        "Invalid Arn: 'Invalid ARN prefix: not_a_valid_arn'",
    )
    arn = "arn:aws:states:us-east-1:123456789012:stateMachine:nothing"
    told = ("StateMachineDoesNotExist", f"State Machine Does Not Exist: '{arn}'")
    assert refused(describe, stateMachineArn=arn) == told
    assert refused(client.start_execution, stateMachineArn=arn) == told
    client.delete_state_machine(stateMachineArn=arn)


def test_an_update_makes_a_revision_if_something_changes(client: Any, machines: Machines) -> None:
    arn = machines.arn()
    told = refused(client.update_state_machine, stateMachineArn=arn)
    assert told[0] == "MissingRequiredParameter"
    same = client.update_state_machine(stateMachineArn=arn, definition=json.dumps(PASS))
    assert "revisionId" not in same
    first = client.update_state_machine(stateMachineArn=arn, definition=json.dumps(OTHER))
    again = client.update_state_machine(stateMachineArn=arn, definition=json.dumps(OTHER))
    assert again["revisionId"] == first["revisionId"]
    described = client.describe_state_machine(stateMachineArn=arn)
    assert json.loads(described["definition"]) == OTHER
    assert described["revisionId"] == first["revisionId"]
    assert (
        refused(client.update_state_machine, stateMachineArn=arn, definition="{}")[0] == "InvalidDefinition"
    )


def test_machines_are_listed_by_their_names_page_by_page(client: Any, machines: Machines) -> None:
    for number in (3, 1, 2, 10):
        machines.create(name=f"zz-{number}")
    pages = client.get_paginator("list_state_machines").paginate(PaginationConfig={"PageSize": 2})
    names = [one["name"] for page in pages for one in page["stateMachines"]]
    assert names == sorted(names)
    assert [name for name in names if name.startswith("zz")] == ["zz-1", "zz-10", "zz-2", "zz-3"]
    assert refused(client.list_state_machines, nextToken="x")[0] == "InvalidToken"
    page = client.list_state_machines(maxResults=1)
    told = refused(client.list_activities, nextToken=page["nextToken"])
    assert told == ("InvalidToken", "Invalid Token: 'Input inconsistent with page token'")


def test_a_machine_that_is_deleted_is_gone_with_its_versions(client: Any, machines: Machines) -> None:
    arn = machines.arn(publish=True)
    client.create_state_machine_alias(
        name="live", routingConfiguration=[{"stateMachineVersionArn": f"{arn}:1", "weight": 100}]
    )
    client.delete_state_machine(stateMachineArn=arn)
    assert refused(client.describe_state_machine, stateMachineArn=arn)[0] == "StateMachineDoesNotExist"
    assert refused(client.describe_state_machine, stateMachineArn=f"{arn}:1")[0] == "StateMachineDoesNotExist"
    machines.create(name=arn.rpartition(":")[2])
    assert client.list_state_machine_versions(stateMachineArn=arn)["stateMachineVersions"] == []
    assert client.list_state_machine_aliases(stateMachineArn=arn)["stateMachineAliases"] == []


def test_the_variables_that_states_refer_to_are_told(client: Any, machines: Machines) -> None:
    definition = {
        "StartAt": "Set",
        "States": {
            "Set": {"Type": "Pass", "Assign": {"guess": 1, "answer": 2}, "Next": "Compare"},
            "Compare": {
                "Type": "Choice",
                "Choices": [{"Variable": "$guess", "NumericEqualsPath": "$answer", "Next": "Done"}],
                "Default": "Query",
            },
            "Query": {
                "Type": "Pass",
                "QueryLanguage": "JSONata",
                "Output": "{% $map([1], function($one) { $one + $guess + $states.input }) & '$text' %}",
                "Next": "Done",
            },
            "Done": {"Type": "Succeed"},
        },
    }
    told = client.describe_state_machine(stateMachineArn=machines.arn(definition))
    assert told["variableReferences"] == {"Compare": ["answer", "guess"], "Query": ["guess"]}


def test_a_definition_is_validated_as_the_service_does(client: Any) -> None:
    validate = client.validate_state_machine_definition
    assert validate(definition=json.dumps(PASS))["result"] == "OK"
    told = validate(definition="{}")
    assert told["result"] == "FAIL"
    assert [(one["code"], one["location"], one["message"]) for one in told["diagnostics"]] == [
        ("SCHEMA_VALIDATION_FAILED", "/", "These fields are required: [States, StartAt]")
    ]
    (one,) = validate(definition="not a definition")["diagnostics"]
    assert one["location"] == '[Source: (String)"not a definition"; line: 1, column: 4]'
    dollar = {"StartAt": "A", "States": {"A": {"Type": "Pass", "Parameters": {"a": "$.b"}, "End": True}}}
    assert validate(definition=json.dumps(dollar))["diagnostics"] == []
    told = validate(definition=json.dumps(dollar), severity="WARNING")
    assert (told["result"], [one["code"] for one in told["diagnostics"]]) == ("OK", ["NO_DOLLAR"])
    (one,) = validate(definition=" ")["diagnostics"]
    assert one["message"] == "Definition must be a valid JSON object"
