"""Ids of traces and spans, the same wherever they are asked for: a function knows them before a trace is
made.

X-Ray's form: the first eight digits of a trace's id are the second in which it began. Documentation: "AWS
X-Ray concepts" (tracing header), "Sending trace data to X-Ray".
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import NamedTuple, Protocol

_HEADER = re.compile(
    r"(?=.*?\bRoot=1-(?P<at>[0-9a-f]{8})-(?P<rest>[0-9a-f]{24}))(?:.*?\bParent=(?P<parent>[0-9a-f]{16}))?",
    re.IGNORECASE,
)
_NOT_SAMPLED = re.compile(r"\bSampled=0(?!\d)", re.IGNORECASE)


class TraceParent(NamedTuple):
    """What a tracing header tells: the trace's id in 32 digits, and the span around, None where there is
    none."""

    trace: str
    span: str | None = None


class Traced(Protocol):
    """What a trace is known by, of an execution."""

    @property
    def id(self) -> str: ...
    @property
    def start_time(self) -> float: ...
    @property
    def trace_header(self) -> str | None: ...


def is_on(configuration: Mapping[str, object]) -> bool:
    """Tell whether a template has traces taken: `TracingConfiguration`, or `Tracing` in SAM."""
    return configuration.get("Enabled") in (True, "true")


def read_header(header: str | None) -> TraceParent | None:
    """Return what a tracing header tells (`Root=1-…;Parent=…;Sampled=1`); None for what is none."""
    found = _HEADER.search(header or "")
    if found is None or not int(found["rest"], 16):
        return None
    parent = found["parent"]
    return TraceParent((found["at"] + found["rest"]).lower(), parent.lower() if parent else None)


def is_sampled(header: str | None) -> bool:
    """Tell whether a trace is taken, as far as the header says: whoever made it may have decided against."""
    return read_header(header) is None or _NOT_SAMPLED.search(header or "") is None


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
    return span_ids(execution)(part)


def span_ids(execution: str) -> Callable[[str], str]:
    """Return what gives the ids of an execution's spans, as `span_id` does."""
    begun = hashlib.sha256(f"{execution}\n".encode())

    def id_of(part: str) -> str:
        hashed = begun.copy()
        hashed.update(part.encode())
        return hashed.hexdigest()[:16]

    return id_of


def function_part(event: int) -> str:
    """Return the part that a function's invocation is, of the event with which the attempt began."""
    return f"function:{event}"


def attempt_part(event: int) -> str:
    """Return the part that a Task's attempt is, of the event with which it began."""
    return f"attempt:{event}"


def calling_part(event: int) -> str:
    """Return the part that the attempt is whose call to a service came at an event, `TaskStarted`: the one
    before it, `TaskScheduled`, began it."""
    return attempt_part(event - 1)


def header_for(execution: Traced, part: str | None = None) -> str:
    """Return the tracing header for what a part of an execution calls; of the trace alone for None."""
    trace = trace_of(execution.id, execution.start_time, execution.trace_header).trace
    parent = None if part is None else span_id(execution.id, part)
    return header_of(trace, parent, is_sampled=is_sampled(execution.trace_header))


def header_of(trace: str, parent: str | None, *, is_sampled: bool) -> str:
    """Return a tracing header."""
    around = "" if parent is None else f"Parent={parent};"
    return f"Root=1-{trace[:8]}-{trace[8:]};{around}Sampled={int(is_sampled)}"
