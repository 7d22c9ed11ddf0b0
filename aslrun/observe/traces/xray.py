"""Spans as X-Ray's segment documents: a segment for the state machine and for each function, the rest inside.

Documentation: "AWS X-Ray segment documents".
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from aslrun.observe.traces.spans import Span

STATES, FUNCTION = "AWS::StepFunctions::StateMachine", "AWS::Lambda::Function"
LONGEST_NAME = 200
BATCH = 50
"""Segment documents that are put at once."""
_NOT_IN_NAMES = re.compile(r"[^\w\s.:/%&#=+\\\-@]")
"""Characters that a segment's name may not have."""
MEMBERS: Mapping[str, str] = {
    "rpc.method": "operation", "cloud.region": "region", "faas.invocation_id": "request_id",
    "cloud.account.id": "account_id",
}  # fmt: skip
"""Attribute → the member of `aws` that it is; the others become annotations."""


def segment_documents(spans: Sequence[Span]) -> list[dict[str, Any]]:
    """Return the segment documents of a trace, as PutTraceSegments takes them, each as an object."""
    inside: dict[str | None, list[Span]] = {}
    known = {span.id for span in spans}
    for span in spans:
        inside.setdefault(span.parent if span.parent in known else None, []).append(span)
    segments: list[dict[str, Any]] = []
    for span in inside.get(None, ()):
        segments.append(_segment(span, STATES))
        _fill(segments[-1], span, inside, segments)
    return segments


def put_segments(documents: Sequence[str], client: Any) -> None:
    """Put segment documents, each as JSON text, into X-Ray by a boto3 client."""
    for at in range(0, len(documents), BATCH):
        client.put_trace_segments(TraceSegmentDocuments=documents[at : at + BATCH])


def _segment(span: Span, origin: str) -> dict[str, Any]:
    told = {**_part(span), "trace_id": f"1-{span.trace[:8]}-{span.trace[8:]}", "origin": origin}
    return told if span.parent is None else {**told, "parent_id": span.parent}


def _fill(
    around: dict[str, Any], span: Span, inside: dict[str | None, list[Span]], segments: list[dict[str, Any]]
) -> None:
    for one in inside.get(span.id, ()):
        if "faas.name" in one.attributes:
            own = _segment(one, FUNCTION)
            segments.append(own)
        else:
            own = _part(one)
            if one.kind in ("CLIENT", "PRODUCER"):
                own["namespace"] = "aws"
            around.setdefault("subsegments", []).append(own)
        _fill(own, one, inside, segments)


def _part(span: Span) -> dict[str, Any]:
    told: dict[str, Any] = {"id": span.id, "name": _segment_name(span.name), "start_time": span.began}
    if span.ended is None:
        told["in_progress"] = True
    else:
        told["end_time"] = span.ended
    if span.error is not None:
        message = span.cause or span.error
        told["fault"] = True
        told["cause"] = {"exceptions": [{"id": span.id, "type": span.error, "message": message}]}
    aws: dict[str, Any] = {}
    annotations: dict[str, Any] = {}
    for name, value in span.attributes.items():
        if name in MEMBERS:
            aws[MEMBERS[name]] = value
        else:
            annotations[_annotation_name(name)] = value
    if aws:
        told["aws"] = aws
    if annotations:
        told["annotations"] = annotations
    return told


@lru_cache(maxsize=256)
def _segment_name(name: str) -> str:
    return _NOT_IN_NAMES.sub("_", name)[:LONGEST_NAME]


@lru_cache(maxsize=256)
def _annotation_name(name: str) -> str:
    """Return the name of an annotation, which has letters, digits and `_`."""
    return re.sub(r"\W", "_", name)
