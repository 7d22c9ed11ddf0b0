"""Services and actions that the AWS SDK does not have, and which ones may be meant."""

from __future__ import annotations

from aslrun.validation.api_models import api_of, folder_of, services
from aslrun.validation.findings import closest


def unknown_action(service: str, action: str) -> str | None:
    """Return that there is no such service, or no such action of it, as far as botocore's models tell; None
    where there is. `service` and `action` are those of `aws-sdk:SERVICE:ACTION`."""
    if folder_of(service) is None:
        near = closest(service, services())
        meant = f"did you mean '{near}'?" if near else "write it as the AWS SDK for Java does"
        return f"the AWS SDK has no service '{service}'; {meant}"
    api = api_of(service)
    if api is None or action.lower() in api.actions:
        return None
    near = closest(action, api.actions.values())
    return f"{service} has no action '{action}'" + (f"; did you mean '{near}'?" if near else "")
