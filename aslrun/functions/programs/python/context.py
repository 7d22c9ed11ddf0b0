"""The context of an invocation. Documentation: "Using the Lambda context object"."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import Any

SHOWN = (
    "aws_request_id", "log_group_name", "log_stream_name", "function_name", "memory_limit_in_mb",
    "function_version", "invoked_function_arn", "client_context", "identity", "tenant_id",
)  # fmt: skip
"""What a context shows of itself."""


class CognitoIdentity:
    """Who calls, which is nobody here."""

    __slots__ = ("cognito_identity_id", "cognito_identity_pool_id")

    def __init__(self) -> None:
        self.cognito_identity_id = None
        self.cognito_identity_pool_id = None

    def __repr__(self) -> str:
        return "CognitoIdentity([cognito_identity_id=None,cognito_identity_pool_id=None])"


class LambdaContext:
    """One invocation's facts. `log` writes to the function's log; by default to stdout."""

    def __init__(
        self,
        function: str,
        version: str,
        arn: str,
        memory: int,
        request_id: str,
        timeout: float,
        log_group: str | None = None,
        log: Callable[[str], object] | None = None,
    ) -> None:
        self.aws_request_id = request_id
        self.log_group_name = log_group or f"/aws/lambda/{function}"
        self.log_stream_name = f"local/[{version}]aslrun"
        self.function_name = function
        self.memory_limit_in_mb = str(memory)
        self.function_version = version
        self.invoked_function_arn = arn
        self.tenant_id = None
        self.client_context = None
        self.identity = CognitoIdentity()
        self._epoch_deadline_time_in_ms = int((time.time() + timeout) * 1000)
        self._log = log

    def get_remaining_time_in_millis(self) -> int:
        """Return the milliseconds until the function's time limit is over."""
        return max(0, self._epoch_deadline_time_in_ms - int(time.time() * 1000))

    def w3c(self) -> dict[str, str]:
        """Return the trace context, which is empty here."""
        return {}

    def log(self, msg: Any) -> None:
        """Write a text to the function's log."""
        if self._log is None:
            sys.stdout.write(f"{msg}\n")
        else:
            self._log(str(msg))

    def __repr__(self) -> str:
        return f"LambdaContext([{','.join(f'{name}={getattr(self, name)}' for name in SHOWN)}])"
