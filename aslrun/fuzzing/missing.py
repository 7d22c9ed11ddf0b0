"""Which fields may be missing from what comes from outside, where no schema says.

A field that a machine reads is taken to be there: that is what it asks of its callers. It may be missing

- where the machine asks whether it is (IsPresent, `$exists`, `? :`), unless a state that comes before on
  every way reads it without asking, or a service is known to answer it always;
- where the service that answers leaves it out at times;
- where all that read it find it made by a state before, on other ways;
- where it would have to come back from a function that was not given it: the function's result replaced the
  data that had it.
"""

from __future__ import annotations

from collections.abc import Mapping

from aslrun.document.spans import Pointer
from aslrun.expressions.jsonpath.reading import parse_path
from aslrun.fuzzing.follow import Followed
from aslrun.fuzzing.origins import (
    Fixed,
    Listed,
    Made,
    Origin,
    Place,
    Row,
    Unknown,
    parts_of,
    there,
)
from aslrun.fuzzing.tasks import payload_of, resource_of
from aslrun.validation.flow import reach
from aslrun.validation.machines import Definition, MachineNode, StateNode, objects_in


def mark_what_is_not_given(followed: Followed) -> None:
    """Mark the fields that functions would have to return without having been given them."""
    states = {state.name: state for state in followed.definition.states}
    for name, calls in followed.calls.items():
        state = states[name]
        payload = payload_of(resource_of(state), followed.answers[name])
        if payload is None or not replaces_input(state, payload is followed.answers[name]):
            continue
        for field, place in payload.fields.items():
            # What it answered itself the last time, in a loop, it makes again.
            lost = (_is_lost(field, raw, arguments, payload) for raw, arguments in calls)
            if place.readers and any(lost):
                place.may_be_missing = f"'{name}' is not given '{field}', and its result replaces the input"


def mark_what_is_made(followed: Followed) -> None:
    """Mark the fields that nobody reads but where, on other ways, a state before makes them: a state that
    was to make them has failed, or was gone around."""
    presence = Presence(followed.definition)
    mixed: dict[Place, set[Pointer]] = {}
    for (reader, name), origins in followed.notes.found.items():
        writers = [state.at for state in followed.definition.states if writes(state, name)]
        before = [at for at in writers if at != reader and not presence.comes_before(reader, at)]
        if len(origins) > 1 and before:
            for origin in origins:
                if isinstance(origin, Place):
                    mixed.setdefault(origin, set()).add(reader)
    for place, readers in mixed.items():
        if place.readers <= readers and place.may_be_missing is None and not place.always:
            place.may_be_missing = MADE


MADE = "on other ways a state before makes it"


def writes(state: StateNode, name: str) -> bool:
    """Tell whether a state puts a field of some name into what it gives on."""
    for fields in (state.fields, *(catcher for _, catcher in objects_in(state, "Catch"))):
        path = fields.get("ResultPath")
        if isinstance(path, str) and parse_path(path).steps[:1] == (name,):  # type: ignore[index]
            return True
    made = [state.fields.get(field) for field in ("Output", "Parameters", "Result", "ResultSelector")]
    return any(isinstance(value, dict) and (name in value or f"{name}.$" in value) for value in made)


def replaces_input(state: StateNode, is_payload: bool) -> bool:
    """Tell whether a Task gives its function's return value on in place of its input."""
    fields = state.fields
    if state.language == "JSONata":
        return is_payload and "Output" not in fields
    if "ResultSelector" in fields or fields.get("ResultPath", "$") != "$":
        return False
    wanted = "$" if is_payload else "$.Payload"
    return fields.get("OutputPath", "$") == wanted


def _is_lost(field: str, raw: Origin, arguments: Origin, answer: Place) -> bool:
    had = there(raw, field)
    parts = [part for part in parts_of(had) if not holds(answer, part)] if had is not None else []
    if not any(is_known(part) for part in parts):
        return False
    return not any(holds(arguments, part) for part in parts)


def is_known(origin: Origin) -> bool:
    """Tell whether a value is certainly there: somebody reads it, or the machine made it."""
    return bool(origin.readers) if isinstance(origin, Place) else not isinstance(origin, Unknown)


def holds(origin: Origin, wanted: Origin) -> bool:
    """Tell whether a value holds another one somewhere, or may do so."""
    if origin == wanted or isinstance(origin, Unknown):
        return True
    if isinstance(origin, Place):
        return isinstance(wanted, Place) and _is_inside(wanted, origin)
    if isinstance(origin, Made):
        inner = [part for _, part in origin.fields]
        return any(holds(part, wanted) for part in ([*inner, origin.rest] if origin.rest else inner))
    if isinstance(origin, Row):
        return any(holds(part, wanted) for part in origin.items)
    if isinstance(origin, Listed):
        return holds(origin.item, wanted)
    return not isinstance(origin, Fixed) and any(
        holds(part, wanted) for part in parts_of(origin) if part is not origin
    )


def _is_inside(wanted: Place, place: Place) -> bool:
    inner = [*place.fields.values(), *(part for part in (place.item, place.text) if part is not None)]
    return any(part is wanted or _is_inside(wanted, part) for part in inner)


class Presence:
    """Tells of places whether they may be missing, by the order in which states read and ask."""

    def __init__(self, definition: Definition) -> None:
        self._machines = {machine.at: machine for machine in definition.machines}
        self._known: dict[int, bool] = {}

    def may_be_missing(self, place: Place) -> bool:
        """Tell whether a place may be missing."""
        if place.may_be_missing is not None or place.always:
            return not place.always
        if id(place) not in self._known:
            self._known[id(place)] = any(
                not any(self.comes_before(reader, asker) for reader in place.readers)
                for asker in place.askers
            )
        return self._known[id(place)]

    def comes_before(self, reader: Pointer, asker: Pointer) -> bool:
        """Tell whether every way to the state `asker` leads through the state `reader`."""
        around = reader[:-2]
        if asker[: len(around)] != around or reader == asker or around not in self._machines:
            return False
        machine, name = self._machines[around], str(asker[len(around) + 1])
        if reader[-1] == name:
            return True  # it is inside it
        start = str(machine.fields.get("StartAt"))
        edges = _edges_without(machine, str(reader[-1]))
        return start == reader[-1] or name not in reach([start], edges)


def _edges_without(machine: MachineNode, removed: str) -> Mapping[str, list[str]]:
    return {
        name: [edge.target for edge in state.edges if edge.target != removed]
        for name, state in machine.states.items()
        if name != removed
    }
