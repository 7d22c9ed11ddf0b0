"""The pytest fixtures of a server. What they need is imported where it is used."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from aslrun.server.serving import Server


@pytest.fixture
def step_functions_server() -> Iterator[Server]:
    """A server of the Step Functions API in this process, on a free port: nothing is kept, and the clock
    jumps over waiting. `url` and `environment` lead other programs to it."""
    from aslrun.server.serving import serve

    with serve() as server:
        yield server


@pytest.fixture
def step_functions(step_functions_server: Server) -> Any:
    """A boto3 client of Step Functions that asks `step_functions_server`.

    Clients of other services there: `step_functions_server.client("lambda")`.
    """
    return step_functions_server.client("stepfunctions")
