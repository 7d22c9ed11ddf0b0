"""The Resource of a Task, taken apart. Spec: Task State; documentation: "Integrating services"."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

DEFAULT_REGION = "us-east-1"
DEFAULT_ACCOUNT = "123456789012"

ARN_PART = r"(?:\$\{[^{}]*\}|[^:$]|\$(?!\{[^{}]*\}))"
"""A pattern of one character of a part of an ARN, or of a placeholder, such as `${AWS::Region}`."""

# arn:PARTITION:states:REGION:ACCOUNT:SERVICE:ACTION[.PATTERN]; region and account are empty for services.
_SERVICE = re.compile(
    rf"arn:{ARN_PART}+:states:{ARN_PART}*:{ARN_PART}*:(?!activity:)(?P<service>.+?):(?P<action>[^:]+(?::\d+)?)"
)
_ACTIVITY = re.compile(rf"arn:{ARN_PART}+:states:{ARN_PART}+:(?:\d+|\$\{{[^{{}}]*\}}):activity:.+")
_FUNCTION = re.compile(
    rf"arn:{ARN_PART}+:lambda:(?P<region>{ARN_PART}*):(?:\d*|\$\{{[^{{}}]*\}}):function:.+"
)


@dataclass(frozen=True, slots=True)
class Resource:
    """`kind` says which events tell of the task; `service` and `action` are the events' resourceType and
    resource (for a function: the ARN, which a bare name is given)."""

    text: str
    kind: Literal["function", "service", "activity"]
    service: str
    action: str
    region: str = DEFAULT_REGION

    @property
    def pattern(self) -> str:
        """How the task is waited for: `` (request and response), `sync`, `sync:2` or `waitForTaskToken`."""
        return self.action.partition(".")[2] if self.kind == "service" else ""

    @property
    def called(self) -> str:
        """What the service says that it called: the name of a service, the ARN of a function or activity."""
        return self.service if self.kind == "service" else self.action


def parse_resource(text: str) -> Resource:
    """Take the Resource of a Task apart. What is no ARN is the name of a Lambda function."""
    if match := _SERVICE.fullmatch(text):
        return Resource(text, "service", match["service"], match["action"])
    if _ACTIVITY.fullmatch(text):
        return Resource(text, "activity", "activity", text)
    if match := _FUNCTION.fullmatch(text):
        return Resource(text, "function", "lambda", text, match["region"] or DEFAULT_REGION)
    arn = f"arn:aws:lambda:{DEFAULT_REGION}:{DEFAULT_ACCOUNT}:function:{text}"
    return Resource(text, "function", "lambda", arn)
