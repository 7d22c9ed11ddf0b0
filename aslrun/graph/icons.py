"""The icons on states' cards, as paths of lines in a square of 16 pixels: our own drawings."""

from __future__ import annotations

import re
from collections.abc import Mapping

from aslrun.graph.drawing import Attributes

_CIRCLE = "M8 1.8a6.2 6.2 0 1 1 0 12.4a6.2 6.2 0 1 1 0-12.4z"

ICONS: Mapping[str, str] = {
    "lambda": "M3.6 2.2h2.2l5.4 11.6h2M7.6 6.2L3.6 13.8",
    "service": "M8 1.8l5.6 3.1v6.2L8 14.2l-5.6-3.1V4.9zM2.6 5L8 8l5.4-3M8 8v6",
    "activity": "M8 2.2a2.7 2.7 0 1 1 0 5.4a2.7 2.7 0 1 1 0-5.4zM2.8 14c.2-3 2.2-4.4 5.2-4.4s5 1.4 5.2 4.4",
    "http": _CIRCLE + "M1.8 8h12.4M8 1.8c3.4 3.4 3.4 9 0 12.4M8 1.8c-3.4 3.4-3.4 9 0 12.4",
    "execution": "M2 2.4h8.6v7H2zM5.4 12v1.6H14V6.6h-1.4",
    "pass": "M2.2 8h11.2M9.2 3.8L13.4 8l-4.2 4.2",
    "choice": "M8 1.6L14.4 8L8 14.4L1.6 8zM6.4 6.6a1.7 1.7 0 1 1 2.4 1.6c-.6.3-.8.6-.8 1.2M8 11.2v.1",
    "wait": _CIRCLE + "M8 4.6V8l2.4 1.8",
    "succeed": _CIRCLE + "M5.2 8.2l2 2l3.8-4",
    "fail": _CIRCLE + "M5.8 5.8l4.4 4.4M10.2 5.8l-4.4 4.4",
    "parallel": "M8 1.6v3.2M2.8 14.2V9.4c0-2.8 1.4-4 5.2-4.6c3.8.6 5.2 1.8 5.2 4.6v4.8M8 4.8v9.4",
    "map": "M8 1.8l6.2 3.2L8 8.2L1.8 5zM1.8 8L8 11.2L14.2 8M1.8 11L8 14.2l6.2-3.2",
    "missing": _CIRCLE + "M6 6.4a2 2 0 1 1 2.8 1.8c-.6.3-.8.6-.8 1.2M8 11.4v.1",
}
"""Name → path. The names are also classes of the drawing, which have the colours."""

RETRY = "M9.6 3.2A4.4 4.4 0 1 0 10.4 6M9.9.8v2.7H7.2"
"""The mark of a state that has retriers, in a square of 12 pixels."""

BADGES: Mapping[str, str] = {
    "succeeded": "M-3 .2L-.8 2.4L3.2-2.4",
    "caught": "M-2.6-2.6v3c0 1.4.8 2 2 2h3.4M1-.2L3.4 2.4L1 4.6",
    "failed": "M-2.4-2.4L2.4 2.4M2.4-2.4L-2.4 2.4",
    "aborted": "M-2.2-2.2h4.4v4.4h-4.4z",
    "in_progress": "M0-3.2V0l2.2 1.6",
    "missed": "M0-3.4V1M0 3.2v.1",
}
"""Status → the sign on its badge, around (0, 0): colour alone would not tell everybody."""

_SERVICES: Mapping[str, str] = {
    r"arn:[^:]*:lambda:.*": "lambda",
    r"arn:[^:]*:states:[^:]*:[^:]*:activity:.*": "activity",
    r"arn:[^:]*:states:[^:]*:[^:]*:lambda:.*": "lambda",
    r"arn:[^:]*:states:[^:]*:[^:]*:http:.*": "http",
    r"arn:[^:]*:states:[^:]*:[^:]*:apigateway:.*": "http",
    r"arn:[^:]*:states:[^:]*:[^:]*:(?:aws-sdk:sfn|states):.*": "execution",
}


def icon_of(node: Attributes) -> str:
    """Return the name of a state's icon: that of its Type, of a Task that of its service."""
    if node["kind"] == "missing":
        return "missing"
    if node["type"] == "Task":
        resource = node.get("resource", "")
        return next(
            (name for pattern, name in _SERVICES.items() if re.fullmatch(pattern, resource, re.DOTALL)),
            "service",
        )
    name = str(node["type"]).lower()
    return name if name in ICONS else "missing"
