"""What one field asks of another, or of the whole machine, where a schema cannot say it."""

from __future__ import annotations

from collections.abc import Iterator

from aslrun.validation.findings import Finding, schema_error
from aslrun.validation.machines import Definition, StateNode, is_distributed, language_of
from aslrun.values import is_number


def check_fields(definition: Definition) -> Iterator[Finding]:
    """Yield fields that do not suit others."""
    yield from check_version(definition)
    for state in definition.states:
        yield from check_query_language(state, definition)
        if state.type == "Task":
            yield from check_heartbeat(state)
        elif state.type == "Map":
            yield from check_concurrency(state)
            yield from check_reader(state)
        elif state.type == "Fail":
            yield from check_fail(state)


def check_version(definition: Definition) -> Iterator[Finding]:
    """Yield a Version other than the one there is."""
    version = definition.fields.get("Version", "1.0")
    if isinstance(version, str) and version != "1.0":
        message = "The only Version of the language is 1.0"
        yield Finding("UNKNOWN_VERSION", message, ("Version",), severity="warning")


def check_query_language(state: StateNode, definition: Definition) -> Iterator[Finding]:
    """Yield a state that goes back to JSONPath in a JSONata machine."""
    if state.fields.get("QueryLanguage") == "JSONPath" and language_of(definition.fields) == "JSONata":
        message = "'QueryLanguage' can not be 'JSONPath' if set to 'JSONata' for whole state machine"
        hint = 'leave it out above and give it to the states that are "JSONata"'
        yield schema_error(message, (*state.at, "QueryLanguage"), hint)


def check_heartbeat(state: StateNode) -> Iterator[Finding]:
    """Yield a heartbeat that could never be missed before the state times out."""
    heartbeat, timeout = state.fields.get("HeartbeatSeconds"), state.fields.get("TimeoutSeconds")
    if not (is_number(heartbeat) and is_number(timeout)):
        return
    assert isinstance(heartbeat, (int, float))
    assert isinstance(timeout, (int, float))
    if heartbeat >= timeout:
        message = "HeartbeatSeconds must be smaller than TimeoutSeconds"
        yield schema_error(message, (*state.at, "HeartbeatSeconds"))


def check_concurrency(state: StateNode) -> Iterator[Finding]:
    """Yield an inline Map that asks for more concurrency than it gets."""
    wanted = state.fields.get("MaxConcurrency")
    if is_number(wanted) and wanted > MOST_INLINE and not is_distributed(state):  # type: ignore[operator]
        message = f"An inline Map runs at most {MOST_INLINE} iterations at once"
        hint = 'for more, give it "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": ...}'
        at = (*state.at, "MaxConcurrency")
        yield Finding("MAX_CONCURRENCY_NOT_REACHED", message, at, hint, "warning")


MOST_INLINE = 40


def check_reader(state: StateNode) -> Iterator[Finding]:
    """Yield a reader of CSV that does not say where the names of its columns are.

    Documentation: "ItemReader (Map)". No schema says it: to one, an InputType that is a placeholder may be
    CSV, and nothing is asked for what may be.
    """
    reader = state.fields.get("ItemReader")
    config = reader.get("ReaderConfig") if isinstance(reader, dict) else None
    if not isinstance(config, dict) or config.get("InputType") != "CSV":
        return
    at = (*state.at, "ItemReader", "ReaderConfig")
    if "CSVHeaderLocation" not in config:
        hint = '"FIRST_ROW", or "GIVEN" with the names in CSVHeaders'
        yield schema_error("The field 'CSVHeaderLocation' is required but was missing", at, hint, key=True)
    elif config["CSVHeaderLocation"] == "GIVEN" and "CSVHeaders" not in config:
        hint = 'the names of the columns, or "FIRST_ROW" as CSVHeaderLocation'
        yield schema_error("The field 'CSVHeaders' is required but was missing", at, hint, key=True)


def check_fail(state: StateNode) -> Iterator[Finding]:
    """Yield intrinsic functions in ErrorPath and CausePath that give no string."""
    for field in ("ErrorPath", "CausePath"):
        text = state.fields.get(field)
        called = text.partition("(")[0].strip() if isinstance(text, str) else ""
        if called in _GIVE_STRINGS or not is_intrinsic(called):
            continue
        message = f"{field} needs a string, and {called} gives none"
        yield schema_error(message, (*state.at, field), f"use one of {', '.join(_GIVE_STRINGS)}")


def is_intrinsic(name: str) -> bool:
    """Tell whether there is an intrinsic function of this name."""
    if not name.startswith("States."):
        return False
    from aslrun.expressions.intrinsics.functions import INTRINSICS

    return name in INTRINSICS


_GIVE_STRINGS = (
    "States.Format",
    "States.JsonToString",
    "States.ArrayGetItem",
    "States.Base64Encode",
    "States.Base64Decode",
    "States.Hash",
    "States.UUID",
)
