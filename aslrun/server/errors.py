"""What the API answers with an error. Names: API reference, "Errors" of each operation; texts as recorded."""

from __future__ import annotations

from aslrun.teststate.parameters import ApiError, invalid

__all__ = ["ApiError", "invalid", "quoted"]


def quoted(code: str, told: str, what: str) -> ApiError:
    """Return an error in the manner of most of the service's: `Invalid Name: 'x'`."""
    return ApiError(code, f"{told}: '{what}'")


def invalid_arn(why: str) -> ApiError:
    """Return the error for a text that is no ARN, or one of something else."""
    return quoted("InvalidArn", "Invalid Arn", why)


def no_machine(arn: str) -> ApiError:
    """Return the error for a state machine that there is not."""
    return quoted("StateMachineDoesNotExist", "State Machine Does Not Exist", arn)


def no_execution(arn: str) -> ApiError:
    """Return the error for an execution that there is not."""
    return quoted("ExecutionDoesNotExist", "Execution Does Not Exist", arn)


def no_activity(arn: str) -> ApiError:
    """Return the error for an activity that there is not."""
    return quoted("ActivityDoesNotExist", "Activity Does Not Exist", arn)


def no_resource(arn: str) -> ApiError:
    """Return the error for a resource that there is not, or that has no tags."""
    return quoted("ResourceNotFound", "Resource not found", arn)


def invalid_token() -> ApiError:
    """Return the error for a page or task token that this server has not given."""
    return quoted("InvalidToken", "Invalid Token", "Invalid token")


NO_REFERENCE = ApiError("ResourceNotFound", "Request references a resource that does not exist.")
NOT_FOR_THIS_TYPE = ApiError(
    "StateMachineTypeNotSupported", "This operation is not supported by this type of state machine"
)
