"""The integrations for HTTP that a machine needs, made only where it has such Tasks."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from aslrun.states.resource import Resource

if TYPE_CHECKING:
    from aslrun.drivers.calls import Integration
    from aslrun.integrations.http.tasks import Seen

SERVICES = frozenset({("http", "invoke"), ("apigateway", "invoke")})
"""(service, action without its pattern)."""


def http_integrations(
    resources: Iterable[Resource],
    folder: Path | None,
    *,
    quota: bool = True,
    all_private: bool = False,
    real: bool = False,
    see: Callable[[Seen], None] | None = None,
) -> list[Integration]:
    """Return what answers the Tasks of some resources that make HTTP requests; none where there are none.

    Args:
        resources: those of the machine's Tasks.
        folder: where aslrun.toml lies.
        quota: False lifts the limit on the size of a response.
        all_private: let requests go to addresses that are not public.
        real: let requests to API Gateway go to AWS.
        see: is given each exchange of an `http:invoke` Task.

    Raises UsageError for what is wrong in aslrun.toml.
    """
    if not any((one.service, one.action.partition(".")[0]) in SERVICES for one in resources):
        return []
    from aslrun.integrations.http.gateway import ApiGateway
    from aslrun.integrations.http.settings import read_settings
    from aslrun.integrations.http.tasks import HttpTasks

    settings = read_settings(folder, all_private=all_private)
    return [HttpTasks(settings, quota=quota, see=see), ApiGateway(settings, quota=quota, real=real)]
