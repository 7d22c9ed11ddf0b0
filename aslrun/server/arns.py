"""ARNs of Step Functions: made and taken apart. Reference: "Actions, resources, and condition keys"."""

from __future__ import annotations

import re
from dataclasses import dataclass

from aslrun.server.errors import invalid_arn, quoted
from aslrun.states.resource import DEFAULT_ACCOUNT, DEFAULT_REGION


@dataclass(frozen=True, slots=True)
class Place:
    """The account and the region that a request is made in."""

    account: str = DEFAULT_ACCOUNT
    region: str = DEFAULT_REGION

    def arn(self, kind: str, *parts: str) -> str:
        """Return the ARN of a resource of Step Functions: `arn("stateMachine", "order")`."""
        return ":".join((f"arn:aws:states:{self.region}:{self.account}", kind, *parts))


@dataclass(frozen=True, slots=True)
class Arn:
    """An ARN taken apart. `name` is what follows the kind; for a state machine, `qualifier` is the version's
    number or the alias's name, and `machine` the ARN without it."""

    text: str
    kind: str
    name: str
    place: Place
    qualifier: str | None = None

    @property
    def machine(self) -> str:
        """The ARN without a qualifier."""
        return self.text if self.qualifier is None else self.text.removesuffix(f":{self.qualifier}")


def parse_arn(text: str, *kinds: str) -> Arn:
    """Take an ARN apart; ApiError InvalidArn if it is none, or is of none of these kinds."""
    if not text.startswith("arn:"):
        raise invalid_arn(f"Invalid ARN prefix: {text}")
    parts = text.split(":", 6)
    if len(parts) < 7 or not all(parts) or parts[2] != "states":
        raise invalid_arn(f"Invalid ARN: {text}")
    kind, name = parts[5], parts[6]
    if kinds and kind not in kinds:
        raise invalid_arn(f"Resource type not valid in this context: {kind}")
    place = Place(parts[4], parts[3])
    if kind == "stateMachine" and ":" in name:
        return Arn(text, kind, name.partition(":")[0], place, name.partition(":")[2])
    return Arn(text, kind, name, place)


_ROLE = re.compile(r"arn:[^:]+:iam::\d{12}:role/.+")


def check_role(role: str) -> None:
    """Raise ApiError InvalidArn for what is no role's ARN."""
    if not _ROLE.fullmatch(role):
        raise quoted("InvalidArn", "Invalid Role Arn", role)
