"""Do two histories tell the same? Event by event within each branch and iteration.

What time and chance make different does not count: ids, timestamps, UUIDs, ARNs of executions, task tokens,
request metadata, stack traces, and the order in which branches and iterations go on.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from aslrun.history_scopes import Path, RecordedEvent, RecordedScope, details_of, scopes_of
from aslrun.values import JSON

UNLIKE = frozenset(
    {"SdkHttpMetadata", "SdkResponseMetadata", "inputDetails", "outputDetails", "assignedVariablesDetails",
     "roleArn", "RoleArn", "stackTrace", "requestId", "trace", "RedriveCount", "redriveCount", "region",
     "stateMachineAliasArn", "stateMachineVersionArn", "workerName"}
)  # fmt: skip
"""Fields that differ from run to run, or from account to account."""
_FREE = (
    (
        re.compile(r"arn:[^:]+:states:[^:\"]*:\d*:(?:execution|express|stateMachine|mapRun):[^\s\"']+"),
        "<arn>",
    ),
    (re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"), "<uuid>"),
    (re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d)"), "<time>"),
    (re.compile(r"at the event id #\d+"), "at the event id #<id>"),
    (re.compile(r"(?<=RequestId: )\S+|(?<=Request ID: )[^;\s]+"), "<request>"),
    (re.compile(r"A[QA]C[A-Za-z0-9+/=]{80,}"), "<uuid>"),  # a task token, which is a UUID here
)


@dataclass(frozen=True, slots=True)
class Difference:
    """The first place where two histories differ: the events there, None where one has ended, and the
    field, `type` or the way into the details."""

    path: Path
    left: RecordedEvent | None
    right: RecordedEvent | None
    field: str = "type"
    left_value: Any = None
    right_value: Any = None


def first_difference(
    left: Sequence[RecordedEvent], right: Sequence[RecordedEvent], free: frozenset[str] = frozenset()
) -> Difference | None:
    """Return the difference that comes first in `left`, or None; `free` are types of events whose details
    are not compared."""
    ours, theirs = scopes_of(left), scopes_of(right)
    found = [
        difference
        for path in dict.fromkeys((*ours, *theirs))
        if (difference := _in_scope(path, ours.get(path), theirs.get(path), free)) is not None
    ]
    return min(found, key=_rank, default=None)


def _rank(difference: Difference) -> tuple[bool, float]:
    """Order differences: what only ends early, or was aborted, is the consequence of another one."""
    sides = (difference.left, difference.right)
    is_cut = any(event is None or str(event["type"]).endswith("Aborted") for event in sides)
    return is_cut, difference.left["id"] if difference.left else math.inf


def _in_scope(
    path: Path, left: RecordedScope | None, right: RecordedScope | None, free: frozenset[str]
) -> Difference | None:
    ours, theirs = left.events if left else [], right.events if right else []
    for number in range(max(len(ours), len(theirs))):
        one = ours[number] if number < len(ours) else None
        other = theirs[number] if number < len(theirs) else None
        if one is None or other is None or one["type"] != other["type"]:
            kinds = [event["type"] if event else None for event in (one, other)]
            return Difference(path, one, other, "type", *kinds)
        if one["type"] in free:
            continue
        if (wrong := _unequal(plain(details_of(one)), plain(details_of(other)))) is not None:
            return Difference(path, one, other, *wrong)
    return None


def plain(value: Any) -> JSON:
    """Return a value without what does not count; texts that hold JSON become what they hold."""
    if isinstance(value, Mapping):
        return {
            name: plain(inner) for name, inner in value.items() if name not in UNLIKE and inner is not None
        }
    if isinstance(value, list):
        return [plain(inner) for inner in value]
    if not isinstance(value, str):
        return value  # type: ignore[no-any-return]
    if value[:1] in ("{", "[", '"'):
        try:
            return plain(json.loads(value))
        except (ValueError, RecursionError):
            pass
    for pattern, stands_for in _FREE:
        value = pattern.sub(stands_for, value)
    return value  # type: ignore[no-any-return]


def _unequal(left: JSON, right: JSON, field: str = "") -> tuple[str, JSON, JSON] | None:
    """Return the way to the first place where two values differ, and what is there; None if nowhere."""
    if isinstance(left, dict) and isinstance(right, dict):
        for name in dict.fromkeys((*left, *right)):
            if (name in left) != (name in right):
                return f"{field}/{name}", left.get(name), right.get(name)
            if (inner := _unequal(left[name], right[name], f"{field}/{name}")) is not None:
                return inner
        return None
    if isinstance(left, list) and isinstance(right, list) and len(left) == len(right):
        pairs = enumerate(zip(left, right, strict=True))
        inners = (_unequal(one, other, f"{field}/{index}") for index, (one, other) in pairs)
        return next((inner for inner in inners if inner is not None), None)
    same = left == right and isinstance(left, bool) == isinstance(right, bool)
    return None if same else (field or "/", left, right)


def describe_difference(difference: Difference, left_name: str, right_name: str) -> str:
    """Tell a difference to a person: the state and where it runs, and both sides."""
    place = place_text(difference)
    width = max(len(left_name), len(right_name))
    sides = [
        (left_name, difference.left, difference.left_value),
        (right_name, difference.right, difference.right_value),
    ]
    lines = [f"the histories differ {place}, in {difference.field}:"]
    for name, event, value in sides:
        told = f"event {event['id']} {event['type']}" if event else "no more events"
        shown = "" if event is None or difference.field == "type" else f": {_shown(value)}"
        lines.append(f"  {name:<{width}}  {told}{shown}")
    return "\n".join(lines)


def place_text(difference: Difference) -> str:
    """Return where a difference is: `in state 'Pay' of iteration 2 of 'Each'`."""
    steps = [
        f"{f'iteration {index}' if isinstance(index, int) else f'the branch {index}'} of '{state}'"
        + (f" (attempt {attempt})" if attempt > 1 else "")
        for state, index, attempt in reversed(difference.path)
    ]
    return "in " + " in ".join(steps) if steps else "in the execution"


def _shown(value: JSON, most: int = 300) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= most else text[:most] + " …"
