"""The calls that Terraform's aws_sfn_state_machine makes, in their order."""

from __future__ import annotations

import json
from typing import Any

from served import PASS, ROLE, Machines, client, machines, refused, server  # noqa: F401
from test_api_executions import DAY


def test_plan_apply_read_update_and_destroy(client: Any) -> None:
    def read() -> Any:
        told = client.describe_state_machine(stateMachineArn=arn)
        client.list_state_machine_versions(stateMachineArn=arn)
        client.list_tags_for_resource(resourceArn=arn)
        return told

    text = json.dumps(PASS, indent=2)
    assert client.validate_state_machine_definition(definition=text, type="STANDARD")["result"] == "OK"
    made = client.create_state_machine(
        name="terraform",
        definition=text,
        roleArn=ROLE,
        type="STANDARD",
        publish=False,
        loggingConfiguration={"level": "OFF", "includeExecutionData": False},
        tracingConfiguration={"enabled": False},
        tags=[{"key": "Name", "value": "x"}],
    )
    arn = made["stateMachineArn"]
    told = read()
    assert told["definition"] == text
    assert "destinations" not in told["loggingConfiguration"]
    client.update_state_machine(
        stateMachineArn=arn,
        definition=json.dumps(DAY),
        roleArn=ROLE,
        loggingConfiguration={"level": "OFF", "includeExecutionData": False},
    )
    assert json.loads(read()["definition"]) == DAY
    client.delete_state_machine(stateMachineArn=arn)
    told = refused(client.describe_state_machine, stateMachineArn=arn)
    assert told[0] == "StateMachineDoesNotExist"
