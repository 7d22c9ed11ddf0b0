"""What one field asks of another, or of the whole machine, where a schema cannot say it."""

from __future__ import annotations

from collections.abc import Iterator

from aslrun.validation.findings import Finding, schema_error
from aslrun.validation.machines import Definition, StateNode, language_of
from aslrun.values import is_number


def check_fields(definition: Definition) -> Iterator[Finding]:
    """Yield fields that do not suit others."""
    yield from check_version(definition)
    for state in definition.states:
        yield from check_query_language(state, definition)
        if state.type == "Task":
            yield from check_heartbeat(state)
            if definition.machine_type == "EXPRESS":
                yield from check_express(state)


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


def check_express(state: StateNode) -> Iterator[Finding]:
    """Yield resources that only Standard workflows can wait for."""
    resource = state.fields.get("Resource")
    if not isinstance(resource, str):
        return
    for part, what in _STANDARD_ONLY.items():
        if part in resource:
            message = f"Express state machine does not support {what}"
            yield schema_error(message, (*state.at, "Resource"))


_STANDARD_ONLY = {
    ":activity:": "Activity ARN",
    ".sync": "'.sync' service integration",
    ".waitForTaskToken": "'.waitForTaskToken' service integration",
}
