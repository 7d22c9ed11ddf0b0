"""AWS SDK integrations: `aws-sdk:SERVICE:ACTION`, any action of any service that botocore has a model of.

Documentation: "Learning to use AWS service SDK integrations in Step Functions".
"""

from __future__ import annotations

from aslrun.errors import FatalStateError
from aslrun.services.api import Answer, Api, refusal
from aslrun.services.faults import ErrorNames, Fault, Unreachable, sdk_errors
from aslrun.services.forms import SDK_FORMS, Forms
from aslrun.values import JSON, to_json_text


def call_action(api: Api, action: str, arguments: JSON) -> JSON:
    """Call an action of a service and return its result.

    Raises the StateError that the service's error is, FatalStateError for arguments that cannot be sent,
    KeyError for an action that the service does not have.
    """
    operation = api.operation(action)
    answer = call(api, operation, arguments, SDK_FORMS, sdk_errors(api.model.service_id))
    return SDK_FORMS.result(operation.output_shape, answer.result)


def call(api: Api, operation: object, arguments: JSON, forms: Forms, errors: ErrorNames) -> Answer:
    """Call an operation with a Task's arguments; errors as told by `errors`."""
    parameters, problems = forms.parameters(operation.input_shape, arguments)  # type: ignore[attr-defined]
    if problems.unusable:
        raise FatalStateError(
            f"The Parameters '{to_json_text(arguments)}' could not be used to start the Task:"
            f" [{', '.join(problems.unusable)}]"
        )
    try:
        if problems.refused:
            raise refusal(problems.refused)
        return api.send(operation, parameters)
    except (Fault, Unreachable) as failed:
        fault = failed
    raise errors.error_of(fault, api.error_shapes)
