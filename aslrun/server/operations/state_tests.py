"""TestState: one state by itself, with the functions that the server has."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aslrun.server.protocol import Request
from aslrun.server.service import Service
from aslrun.teststate import test_state


def run(service: Service, request: Request) -> Mapping[str, Any]:
    """TestState."""
    return test_state(request.members, integrations=[service.engine.preparing.functions()])
