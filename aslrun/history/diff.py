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
from typing import Any, TypeAlias

from aslrun.document.printable import printable, printable_json
from aslrun.history.scopes import Path, RecordedEvent, RecordedScope, details_of, scopes_of
from aslrun.values import JSON

DETAILS_UNLIKE = frozenset(
    {"inputDetails", "outputDetails", "assignedVariablesDetails", "roleArn", "region", "workerName",
     "stateMachineAliasArn", "stateMachineVersionArn"}
)  # fmt: skip
"""Fields of events' details that differ from run to run, or from account to account."""
JSON_FIELDS = frozenset({"input", "output", "parameters", "cause"})
"""Fields of events' details that hold JSON as text, a cause not always."""
METADATA = frozenset({"SdkHttpMetadata", "SdkResponseMetadata"})
"""Fields that services add to what they answer."""
_UNLIKE_IN: tuple[tuple[frozenset[str], frozenset[str]], ...] = (
    (frozenset({"errorType", "errorMessage"}), frozenset({"stackTrace", "requestId", "trace"})),
    (frozenset({"Id", "Name", "StartTime", "RoleArn"}), frozenset({"RoleArn", "RedriveCount"})),
)
"""Fields of what a function raised, and of the context object's Execution: (what they are known by, what
differs in them)."""
_FREE = (
    (
        re.compile(r"arn:[^:]+:states:[^:\"]*:\d*:(?:execution|express|stateMachine|mapRun):[^\s\"',;)\]}]+"),
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
    """The first place where two histories differ: the state there, the events, None where one has ended,
    and the field, `type` or the way into the details. `is_new` says that one side does not have this branch
    or iteration."""

    path: Path
    state: str
    left: RecordedEvent | None
    right: RecordedEvent | None
    field: str = "type"
    left_value: Any = None
    right_value: Any = None
    is_new: bool = False


def first_difference(
    left: Sequence[RecordedEvent],
    right: Sequence[RecordedEvent],
    free: frozenset[str] = frozenset(),
    *,
    left_goes_on: bool = False,
) -> Difference | None:
    """Return the difference that comes first in `left`, or None.

    Args:
        free: types of events whose details are not compared.
        left_goes_on: `left` is only the beginning of a history: what `right` has more is no difference.
    """
    ours, theirs = scopes_of(left), scopes_of(right)
    found = [
        difference
        for path in dict.fromkeys((*ours, *theirs))
        if (difference := _in_scope(path, ours.get(path), theirs.get(path), free)) is not None
        and not (left_goes_on and difference.left is None)
    ]
    return min(found, key=lambda difference: _rank(difference, ours, theirs), default=None)


Scopes: TypeAlias = Mapping[Path, RecordedScope]


def _rank(difference: Difference, ours: Scopes, theirs: Scopes) -> tuple[bool, float]:
    """Order differences: what only ends early, or was aborted, is the consequence of another one. A branch
    or iteration that one side does not have is none, if all went well there without it."""
    event = difference.left or difference.right
    sides = (difference.left, difference.right)
    is_cut = any(one is None or str(one["type"]).endswith("Aborted") for one in sides)
    if difference.is_new:
        is_cut = not _went_well(difference.path, theirs if difference.left else ours)
    return is_cut, event["id"] if event else math.inf


def _went_well(path: Path, scopes: Scopes) -> bool:
    """Tell whether the Map or Parallel that a branch or iteration belongs to has succeeded."""
    around = scopes.get(path[:-1])
    return around is not None and any(
        state == path[-1][0] and str(event["type"]).endswith("StateSucceeded")
        for event, state in zip(around.events, around.states, strict=True)
    )


def _in_scope(
    path: Path, left: RecordedScope | None, right: RecordedScope | None, free: frozenset[str]
) -> Difference | None:
    ours, theirs = left.events if left else [], right.events if right else []
    for number in range(max(len(ours), len(theirs))):
        state = _state_at(number, left, right)
        one = ours[number] if number < len(ours) else None
        other = theirs[number] if number < len(theirs) else None
        if one is None or other is None or one["type"] != other["type"]:
            return Difference(path, state, one, other, is_new=not (ours and theirs))
        if one["type"] in free:
            continue
        if (wrong := _unequal(plain_details(one), plain_details(other))) is not None:
            return Difference(path, state, one, other, *wrong)
    return None


def _state_at(number: int, *scopes: RecordedScope | None) -> str:
    """Return the state that the event with a number in its scope belongs to, `` before the first one."""
    return next((scope.states[number] for scope in scopes if scope and number < len(scope.states)), "")


def plain_details(event: RecordedEvent) -> JSON:
    """Return an event's details without what does not count; JSON texts become what they hold."""
    found: dict[str, JSON] = {}
    for name, value in details_of(event).items():
        if name in DETAILS_UNLIKE or value is None:
            continue
        if name == "assignedVariables" and isinstance(value, Mapping):
            found[name] = {variable: _held_by(text) for variable, text in value.items()}
        else:
            found[name] = _held_by(value) if name in JSON_FIELDS else plain(value)
    return found


def _held_by(text: Any) -> JSON:
    try:
        return plain(json.loads(text))
    except (TypeError, ValueError, RecursionError):
        return plain(text)


def plain(value: Any) -> JSON:
    """Return a value without what does not count; texts that hold objects and arrays become these."""
    if isinstance(value, Mapping):
        unlike = METADATA.union(*(fields for known_by, fields in _UNLIKE_IN if known_by <= value.keys()))
        return {name: plain(inner) for name, inner in value.items() if name not in unlike}
    if isinstance(value, list):
        return [plain(inner) for inner in value]
    if not isinstance(value, str):
        return value  # type: ignore[no-any-return]
    if value[:1] in ("{", "["):
        try:
            return plain(json.loads(value))
        except (ValueError, RecursionError):
            pass
    for pattern, stands_for in _FREE:
        value = pattern.sub(stands_for, value)
    return value  # type: ignore[no-any-return]


class _Nothing:
    def __repr__(self) -> str:
        return "nothing"


NOTHING: Any = _Nothing()
"""In place of the value of a field that one side does not have."""


def _unequal(left: JSON, right: JSON, field: str = "") -> tuple[str, JSON, JSON] | None:
    """Return the way to the first place where two values differ, and what is there; None if nowhere."""
    if isinstance(left, dict) and isinstance(right, dict):
        for name in dict.fromkeys((*left, *right)):
            if (name in left) != (name in right):
                return f"{field}/{name}", left.get(name, NOTHING), right.get(name, NOTHING)
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
    lines = [f"the histories differ {place}, in {printable(difference.field)}:"]
    for name, event, value in sides:
        told = _event_text(event) if event else "no such events" if difference.is_new else "no more events"
        shown = "" if event is None or difference.field == "type" else f": {_shown(value)}"
        lines.append(f"  {name:<{width}}  {told}{shown}")
    return "\n".join(lines)


def _event_text(event: RecordedEvent) -> str:
    name = details_of(event).get("name")
    return printable(f"event {event['id']} {event['type']}" + (f" '{name}'" if name else ""))


def place_text(difference: Difference) -> str:
    """Return where a difference is: `at state 'Pay' of iteration 2 of 'Each'`."""
    steps = [
        f"{f'iteration {index}' if isinstance(index, int) else f'the branch {index}'} of '{state}'"
        + (f" (attempt {attempt})" if attempt > 1 else "")
        for state, index, attempt in reversed(difference.path)
    ]
    where = [f"state '{difference.state}'"] if difference.state else []
    return printable(f"at {' of '.join([*where, *steps])}") if where or steps else "at the start"


def _shown(value: JSON, most: int = 300) -> str:
    text = repr(value) if value is NOTHING else printable_json(json.dumps(value, ensure_ascii=False))
    return text if len(text) <= most else text[:most] + " …"
