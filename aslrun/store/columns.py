"""Rows of the tables ⇄ records: which columns there are, and how values lie in them."""

from __future__ import annotations

import json
from typing import Any

from aslrun.store.records import BadToken, ExecutionRecord, Resource
from aslrun.values import JSON

RESOURCE = "kind, arn, parent, name, created, data"
EXECUTION = (
    "arn, machine, name, type, definition, {input}, seed, started, role, version, alias, map_run, parent,"
    " options, status, stopped, {output}, error, {cause}, events, redrives, redriven"
)
WHOLE_EXECUTION = EXECUTION.format(input="input", output="output", cause="cause")
LISTED_EXECUTION = EXECUTION.format(input="''", output="NULL", cause="NULL")
NUMBER_OF_COLUMNS = WHOLE_EXECUTION.count(",") + 1


def to_text(value: JSON) -> str:
    # ASCII: neither database takes a half of a surrogate pair, and PostgreSQL no NUL.
    return json.dumps(value, separators=(",", ":"))


def sound(text: str | None) -> str | None:
    """Return JSON text with halves of surrogate pairs as escapes, which mean the same."""
    return text if text is None or text.isascii() else text.encode("utf-8", "backslashreplace").decode()


def number_in(token: str) -> int:
    try:
        return int(token.removeprefix("aslrun-"), 16) if token.startswith("aslrun-") else int("")
    except ValueError:
        raise BadToken(token) from None


def resource_row(resource: Resource) -> tuple[object, ...]:
    data = to_text(resource.data)
    return (resource.kind, resource.arn, resource.parent, resource.name, resource.created, data)


def to_resource(row: tuple[Any, ...]) -> Resource:
    kind, arn, parent, name, created, data = row
    return Resource(kind=kind, arn=arn, parent=parent, name=name, created=created, data=json.loads(data))


def execution_row(record: ExecutionRecord) -> tuple[object, ...]:
    return (
        record.arn, record.machine, record.name, record.type, record.definition, sound(record.input),
        record.seed, record.started, record.role, record.version, record.alias, record.map_run, record.parent,
        to_text(record.options), record.status, record.stopped, sound(record.output), to_text(record.error),
        to_text(record.cause), record.events, record.redrives, record.redriven,
    )  # fmt: skip


def to_execution(row: tuple[Any, ...]) -> ExecutionRecord:
    (
        arn, machine, name, type, definition, input, seed, started, role, version, alias, map_run, parent,
        options, status, stopped, output, error, cause, events, redrives, redriven,
    ) = row  # fmt: skip
    return ExecutionRecord(
        arn=arn, machine=machine, name=name, type=type, definition=definition, input=input, seed=seed,
        started=started, role=role, version=version, alias=alias, map_run=map_run, parent=parent,
        options=json.loads(options) if options != "{}" else {}, status=status, stopped=stopped,
        output=output, events=events, error=_text_of(error), cause=_text_of(cause),
        redrives=redrives, redriven=redriven,
    )  # fmt: skip


def _text_of(kept: str | None) -> str | None:
    text: str | None = None if kept in (None, "null") else json.loads(kept)
    return text
