"""Ordinary handlers in JavaScript, to be run through the real clients and through aslrun's worker.

Each is a name, its files (the first has the handler, `handler` unless told), and the events that it gets one
after the other.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from aslrun.values import JSON


@dataclass(frozen=True, slots=True)
class Case:
    """A handler and what it is given; `environment` is over the usual variables."""

    name: str
    files: Mapping[str, str]
    handler: str = "handler"
    events: tuple[JSON, ...] = ({},)
    environment: Mapping[str, str] = field(default_factory=dict)


def read_cases() -> list[Case]:
    """Return the handlers of node_handlers.json; each gets one empty event unless told."""
    told = json.loads(Path(__file__).with_suffix(".json").read_text(encoding="utf-8"))
    return [Case(**{**case, "events": tuple(case.get("events", ({},)))}) for case in told]
