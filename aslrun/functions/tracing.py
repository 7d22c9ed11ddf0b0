"""Ids of traces and spans, the same wherever they are asked for: a function knows them before a trace is
made.

X-Ray's form: the first eight digits of a trace's id are the second in which it began. Documentation: "AWS
X-Ray concepts" (tracing header), "Sending trace data to X-Ray".
"""

from __future__ import annotations

import hashlib
import re
from functools import lru_cache
from typing import NamedTuple

_HEADER = re.compile(
    r"(?=.*?\bRoot=1-(?P<at>[0-9a-f]{8})-(?P<rest>[0-9a-f]{24}))(?:.*?\bParent=(?P<parent>[0-9a-f]{16}))?",
    re.IGNORECASE,
)


class TraceParent(NamedTuple):
    """What a tracing header tells: the trace's id in 32 digits, and the span around, None where there is
    none."""

    trace: str
    span: str | None = None


def read_header(header: str | None) -> TraceParent | None:
    """Return what a tracing header tells (`Root=1-…;Parent=…;Sampled=1`); None for what is none."""
    found = _HEADER.search(header or "")
    if found is None:
        return None
    parent = found["parent"]
    return TraceParent((found["at"] + found["rest"]).lower(), parent.lower() if parent else None)


@lru_cache(maxsize=256)
def trace_of(execution: str, began: float, header: str | None = None) -> TraceParent:
    """Return the trace that an execution is in, of its ARN, the second it began in, and the header that it
    was started with."""
    told = read_header(header)
    if told is not None:
        return told
    return TraceParent(f"{int(began):08x}{hashlib.sha256(execution.encode()).hexdigest()[:24]}")


def span_id(execution: str, part: str) -> str:
    """Return the id of the span of a part of an execution, in 16 digits; parts are named in
    `aslrun.observe.traces.spans`."""
    return hashlib.sha256(f"{execution}\n{part}".encode()).hexdigest()[:16]


def function_part(event: int) -> str:
    """Return the part that a function's invocation is, of the event with which the attempt began."""
    return f"function:{event}"


def header_of(trace: str, parent: str, *, is_sampled: bool) -> str:
    """Return a tracing header."""
    return f"Root=1-{trace[:8]}-{trace[8:]};Parent={parent};Sampled={int(is_sampled)}"
