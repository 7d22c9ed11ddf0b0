"""moto's CloudWatch Logs for a clock that is ahead: an execution's, which jumps over waiting.

CloudWatch does not take events of more than two hours from now (API reference: PutLogEvents), and neither
does moto, which would leave out what comes after a long wait. Put in its place as what is in
`aslrun.services.local.queues`.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any


def _taking_later(put: Callable[..., Any]) -> Callable[..., Any]:
    def put_log_events(backend: Any, group: str, stream: str, events: list[dict[str, Any]]) -> Any:
        token, rejected = put(backend, group, stream, events)
        if rejected.pop("tooNewLogEventStartIndex", None) is not None:
            from moto.core.utils import unix_time_millis

            newest = unix_time_millis() + 2 * 3_600_000
            later = [event for event in events if event["timestamp"] > newest]
            token = backend.groups[group].put_log_events(stream, later)
        return token, rejected

    return put_log_events


@contextmanager
def later_events() -> Iterator[None]:
    """Let log events be of any time to come."""
    models: Any = sys.modules.get("moto.logs.models")
    if models is None:  # no log is there
        yield
        return
    theirs = models.LogsBackend.put_log_events
    models.LogsBackend.put_log_events = _taking_later(theirs)
    try:
        yield
    finally:
        models.LogsBackend.put_log_events = theirs
