"""What an expression sees, as origins, and what is noted of what it reads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from aslrun.document.spans import Pointer
from aslrun.fuzzing.origins import NUMBER, Kind, Origin, Unknown, field_of, parts_of, places_of
from aslrun.values import JSON

Steps = tuple[str | int, ...]


@dataclass(slots=True)
class Notes:
    """What is noted while a machine is followed.

    `untraced` are the states that read into values of unknown origin: what they need is not known. `reads`
    are the plain paths that a state reads in its raw input whatever happens; `quietly` those of them that
    nothing tells of when they find nothing, as JSONata has it. `found` has what each field of a raw input
    was found to be, over all ways, by state and field. `numbers` are those that computed ones are compared
    with: any number that comes in may have a part in it.
    """

    untraced: set[Pointer] = field(default_factory=set)
    reads: dict[Pointer, set[Steps]] = field(default_factory=dict)
    quietly: dict[Pointer, set[Steps]] = field(default_factory=dict)
    found: dict[tuple[Pointer, str], set[Origin]] = field(default_factory=dict)
    numbers: dict[int | float, None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Sight:
    """What the expressions in a field of a state see.

    `here` is `$` in JSONPath, and what names are looked up in within JSONata; `is_raw` says that it is the
    state's raw input. `states` is `$states`. With `is_sure` the expression is evaluated in any case; with
    `asks` it copes with what is missing.
    """

    state: Pointer
    here: Origin
    context: Origin
    variables: Mapping[str, Origin]
    notes: Notes
    is_raw: bool = False
    states: Origin | None = None
    is_sure: bool = True
    asks: bool = False

    def read(self, origin: Origin | None, kind: Kind | None = None) -> Origin | None:
        """Note that a value is read, as one of a kind, and return it."""
        for place in places_of(origin):
            (place.askers if self.asks else place.readers).add(self.state)
            if kind is not None:
                place.kinds.add(kind)
        if kind is not None and not self.asks:
            self.trace(origin)
        return origin

    def compare(self, origin: Origin | None, values: Sequence[JSON]) -> None:
        """Note what a value is compared with."""
        for place in places_of(origin):
            place.compare(*values)
        if origin is not None and NUMBER in parts_of(origin):
            numbers = [value for value in values if isinstance(value, (int, float))]
            self.notes.numbers |= dict.fromkeys(numbers)

    def note_found(self, name: str) -> None:
        """Note what a field of the state's raw input is on this way."""
        raw = self.here if self.states is None else field_of(self.states, "input")
        found = None if raw is None or not self.is_raw else field_of(raw, name)
        if found is not None:
            self.notes.found.setdefault((self.state, name), set()).update(parts_of(found))

    def trace(self, origin: Origin | None) -> None:
        """Note that something is wanted of a value, which is not known if the value's origin is not."""
        if origin is not None and any(isinstance(part, Unknown) for part in parts_of(origin)):
            self.notes.untraced.add(self.state)
