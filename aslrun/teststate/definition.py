"""The definition in a request of TestState: a state by itself, or a machine and the name of a state in it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from aslrun.document import Document, DocumentError, document_of, parse_document
from aslrun.states.fields import Fields
from aslrun.teststate.parameters import ApiError, invalid
from aslrun.validation import validate_document
from aslrun.values import JSON

STATE_NAME = "StateName"
"""What a state is called whose definition was given without a machine around it (recorded)."""


@dataclass(frozen=True, slots=True)
class TestedState:
    """The state under test: its name, its fields, the query language of the machine around it, and the Map
    that is around that machine, if one is."""

    name: str
    fields: Fields
    language: str
    map: Fields | None = None


TestedState.__test__ = False  # type: ignore[attr-defined]


def read_state(given: str | Mapping[str, JSON], name: str | None) -> TestedState:
    """Find the state under test; ApiError InvalidDefinition if the definition is not valid."""
    definition = read_definition(given, is_machine=name is not None)
    if name is None and definition.get("StartAt") != STATE_NAME:
        raise invalid("StateName must be specified when the definition is that of a state machine")
    for state in states_of(definition, str(definition.get("QueryLanguage", "JSONPath"))):
        if state.name == (STATE_NAME if name is None else name):
            return state
    raise invalid("State not found in definition")


def read_definition(given: str | Mapping[str, JSON], is_machine: bool) -> Fields:
    """Read the definition of a machine; one is put around a state that is given by itself."""
    if not isinstance(given, (str, Mapping)):
        raise _invalid_definition("SCHEMA_VALIDATION_FAILED: Definition must be a valid JSON object")
    try:
        document = parse_document(given, "definition") if isinstance(given, str) else document_of(dict(given))
    except DocumentError as wrong:
        raise _invalid_definition(f"INVALID_JSON_DESCRIPTION: {wrong.message}") from None
    if not isinstance(document.value, dict):
        raise _invalid_definition("SCHEMA_VALIDATION_FAILED: Definition must be a valid JSON object")
    if not is_machine and "States" not in document.value:
        document = document_of(machine_around(document.value))
    check_definition(document)
    assert isinstance(document.value, dict)
    return document.value


def check_definition(document: Document) -> None:
    """Raise ApiError InvalidDefinition with all that makes a machine invalid."""
    errors = [found for found in validate_document(document) if found.severity == "error"]
    if errors:
        raise _invalid_definition(
            ", ".join(f"{found.code}: {found.message} at {found.location}" for found in errors)
        )


def _invalid_definition(told: str) -> ApiError:
    return ApiError("InvalidDefinition", f"Invalid State Machine Definition: '{told}'")


def machine_around(state: Fields) -> dict[str, JSON]:
    """Return a machine of one state, and of Succeed states for those that it goes to."""
    stubs: dict[str, JSON] = {name: {"Type": "Succeed"} for name in targets_of(state)}
    return {"StartAt": STATE_NAME, "States": {**stubs, STATE_NAME: {**state}}}


def targets_of(state: Fields) -> Iterator[str]:
    """Yield the names of the states that a state can go to."""
    rules = [rule for name in ("Choices", "Catch") for rule in _objects(state.get(name))]
    for value in (state.get("Next"), state.get("Default"), *(rule.get("Next") for rule in rules)):
        if isinstance(value, str) and value != STATE_NAME:
            yield value


def _objects(value: JSON) -> list[Fields]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def states_of(machine: Fields, language: str, map: Fields | None = None) -> Iterator[TestedState]:
    """Yield all states, nested machines' included."""
    states = machine.get("States")
    for name, fields in states.items() if isinstance(states, dict) else ():
        if not isinstance(fields, dict):
            continue
        yield TestedState(name, fields, language, map)
        for branch in _objects(fields.get("Branches")):
            yield from states_of(branch, language, map)
        processor = processor_of(fields)
        if processor is not None:
            yield from states_of(processor, language, fields)


def processor_of(fields: Fields) -> Fields | None:
    """Return the machine that a Map runs for its items; None for any other state."""
    processor = fields.get("ItemProcessor", fields.get("Iterator"))
    return processor if isinstance(processor, dict) else None
