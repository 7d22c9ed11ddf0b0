"""What services refuse before they are called."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

Run = Callable[..., Any]


@pytest.mark.parametrize(
    ("resource", "parameters", "told"),
    [
        ("apigateway:invoke", {"ApiEndpoint": "a", "Method": "GET", "Headers": {"h": "text"}},
         "The value of the field 'Headers' has an invalid format"),
        ("apigateway:invoke", {}, "The field 'ApiEndpoint' is required but was missing, "
                                  "The field 'Method' is required but was missing"),
        ("sqs:sendMessage.waitForTaskToken", {"QueueUrl": "q"},
         "The field 'MessageBody' is required but was missing"),
    ],
)  # fmt: skip
def test_parameters_that_cannot_be_used(
    run: Run, resource: str, parameters: dict[str, Any], told: str
) -> None:
    catch = [{"ErrorEquals": ["States.ALL"], "Next": "End"}]
    state = {"Type": "Task", "Resource": f"arn:aws:states:::{resource}", "Catch": catch, "End": True}
    execution = run({"T": state, "End": {"Type": "Succeed"}}, parameters, partial=True)
    assert execution.error == "States.Runtime"
    assert f"could not be used to start the Task: [{told}]" in execution.cause
    assert [event["type"] for event in execution.history][2:] == ["ExecutionFailed"]
