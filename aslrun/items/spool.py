"""The histories of child executions on disk, in a temporary file of this process: what has ended takes eight
bytes of memory, and is read again when somebody looks at it.

A record is the rows of a child's journal in Python's own form for its code files, which is quick and holds
all JSON; rows that hold more (what a Task was called with) are pickled. Only this process reads the file.
"""

from __future__ import annotations

import io
import marshal
import pickle
import tempfile
from array import array
from collections.abc import Callable, Sequence
from threading import Lock
from typing import Any, TypeAlias, overload

from aslrun.errors import StateError
from aslrun.interpreter.identity import ExecutionIdentity
from aslrun.interpreter.scope import Children, Journal, Row, Scope

WAITING = 1024 * 1024
"""Bytes that wait in memory until they are written."""
RUNNING = -1
"""In place of where a record is: the child has not ended."""


class Spool:
    """A temporary file of records. Any thread may read."""

    def __init__(self) -> None:
        self._file = tempfile.TemporaryFile(buffering=0)  # noqa: SIM115
        self._written = 0
        self._waiting = bytearray()
        self._lock = Lock()

    def __del__(self) -> None:
        self._file.close()

    def add(self, record: bytes) -> int:
        """Add a record; return where it is."""
        with self._lock:
            place = self._written + len(self._waiting)
            self._waiting += len(record).to_bytes(4, "little") + record
            if len(self._waiting) > WAITING:
                self._file.seek(self._written)
                self._written += self._file.write(self._waiting)
                self._waiting.clear()
            return place

    def read(self, place: int) -> bytes:
        """Return the record at a place."""
        with self._lock:
            size = int.from_bytes(self._at(place, 4), "little")
            return self._at(place + 4, size)

    def _at(self, place: int, size: int) -> bytes:
        if place >= self._written:
            place -= self._written
            return bytes(self._waiting[place : place + size])
        self._file.seek(place)
        return self._file.read(size) or b""


class SpooledChildren(Children):
    """Children whose journals are on disk as soon as they have ended."""

    def __init__(self, spool: Spool, places: bytes = b"", events: bytes = b"") -> None:
        self.is_watched = False
        self._spool = spool
        self._places = array("q", places)
        self._events = array("I", events)
        self._live: dict[int, tuple[str, Scope]] = {}

    def begin(self, map: str, child: Scope) -> int:
        number = len(self._places)
        self._live[number] = (map, child)
        self._places.append(RUNNING)
        self._events.append(0)
        return number

    def end(self, number: int) -> None:
        map, child = self._live[number]
        self._places[number] = self._spool.add(packed(map, child))
        self._events[number] = child.journal.total_events()
        del self._live[number]
        if not self.is_watched:
            release(child)

    def put(self, number: int, record: object, events: int) -> None:
        """`record` is what `portable` returned."""
        del self._live[number]
        self._places[number] = self._spool.add(settled(record, self._spool))
        self._events[number] = events

    def events_of(self, number: int) -> int:
        live = self._live.get(number)
        return self._events[number] if live is None else live[1].journal.total_events()

    def __len__(self) -> int:
        return len(self._places)

    @overload
    def __getitem__(self, place: int) -> tuple[str, Scope]: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[tuple[str, Scope]]: ...
    def __getitem__(self, place: int | slice) -> tuple[str, Scope] | Sequence[tuple[str, Scope]]:
        if isinstance(place, slice):
            return [self[number] for number in range(*place.indices(len(self)))]
        number = range(len(self))[place]
        live = self._live.get(number)
        return self._unpacked(self._spool.read(self._places[number])) if live is None else live

    def places(self) -> tuple[bytes, bytes]:
        """Return where the records are, and how many events each has."""
        return self._places.tobytes(), self._events.tobytes()

    def portable(self) -> list[Portable]:
        """Return the records of all children for another process."""
        found = zip(self._places, self._events, strict=True)
        return [(*_with_nested(self._spool.read(place), self._spool), events) for place, events in found]

    def _unpacked(self, record: bytes) -> tuple[str, Scope]:
        return unpacked(record, self._spool)


class NoChildren(Children):
    """Children of which nothing is kept: `--child-history off`."""

    def __init__(self) -> None:
        super().__init__()
        self._live: dict[int, Scope] = {}
        self._begun = 0

    def begin(self, map: str, child: Scope) -> int:
        self._begun += 1
        self._live[self._begun] = child
        return self._begun

    def end(self, number: int) -> None:
        child = self._live.pop(number)
        if not self.is_watched:
            release(child)

    def put(self, number: int, record: object, events: int) -> None:
        del self._live[number]


def release(child: Scope) -> None:
    """Let go of what a child has recorded: rows and scope hold each other."""
    child.journal.rows = []


def keep_on_disk() -> Callable[[], Children]:
    """Return what makes the places for the children of an execution, and for those of its children."""
    spool: list[Spool] = []

    def keep() -> Children:
        return LazyChildren(spool)

    return keep


class LazyChildren(SpooledChildren):
    """Those of an execution that may have none: the file is there from the first on, for all of them."""

    def __init__(self, shared: list[Spool]) -> None:
        self.is_watched = False
        self._shared = shared
        self._places = array("q")
        self._events = array("I")
        self._live = {}

    def begin(self, map: str, child: Scope) -> int:
        if not self._shared:
            self._shared.append(Spool())
        self._spool = self._shared[0]
        return super().begin(map, child)


# ---------------------------------------------------------------- records


def packed(map: str, child: Scope) -> bytes:
    """Return the record of a child."""
    identity, journal = child.execution, child.journal
    if all(row[2] is child for row in journal.rows):
        tree: list[tuple[int, int, str | None]] = [(RUNNING, 0, None)]
        rows = [(time, type, 0, name, value) for time, type, _, name, value in journal.rows]
    else:
        tree, rows = numbered(child, journal)
    about = (map, identity.id, identity.name, identity.role_arn, identity.machine_id, identity.machine_name)
    children = journal.started_children
    nested = children.places() if isinstance(children, SpooledChildren) else (b"", b"")
    # `marshal` takes plain tuples only.
    invocations = {id: [tuple(one) for one in made] for id, made in journal.invocations.items()}
    head = (about, identity.start_time, tree, journal.logs, invocations, nested)
    return _record(head, rows, journal.caught)


def _record(head: Any, rows: Any, caught: Any) -> bytes:
    try:
        return b"M" + marshal.dumps((head, rows))
    except ValueError:
        file = io.BytesIO()
        Pickler(file, pickle.HIGHEST_PROTOCOL).dump((head, rows, caught))
        return b"P" + file.getvalue()


def _parts(record: bytes) -> tuple[Any, Any, list[tuple[str, StateError]]]:
    if record[:1] == b"M":
        return *marshal.loads(record[1:]), []
    head, rows, caught = pickle.loads(record[1:])
    return head, rows, caught


Portable: TypeAlias = "tuple[bytes, list[Portable], int]"
"""A record, those of the child's own children, and how many events all have: for a spool elsewhere."""


def portable(map: str, child: Scope) -> Portable:
    """Return the record of a child that has ended, for the spool of another process."""
    journal, nested = child.journal, child.journal.started_children
    inner = nested.portable() if isinstance(nested, SpooledChildren) else []
    return packed(map, child), inner, journal.total_events()


def _with_nested(record: bytes, spool: Spool) -> tuple[bytes, list[Portable]]:
    places, events = _parts(record)[0][-1]
    return record, SpooledChildren(spool, places, events).portable()


def settled(record: Any, spool: Spool) -> bytes:
    """Return the record that `portable` made, with the records of the child's children put into a spool."""
    own, nested, _ = record
    if not nested:
        return bytes(own)
    places = array("q", (spool.add(settled(one, spool)) for one in nested))
    events = array("I", (one[-1] for one in nested))
    (*head, _), rows, caught = _parts(own)
    return _record((*head, (places.tobytes(), events.tobytes())), rows, caught)


def numbered(
    child: Scope, journal: Journal
) -> tuple[list[tuple[int, int, str | None]], list[tuple[float, str, int, str, object]]]:
    """Return the scopes of a journal, each with the number of its parent, and the rows with their numbers."""
    scopes: dict[Scope, int] = {}
    tree: list[tuple[int, int, str | None]] = []

    def number_of(scope: Scope) -> int:
        number = scopes.get(scope)
        if number is None:
            parent = RUNNING if scope.parent is None else number_of(scope.parent)
            number = scopes[scope] = len(tree)
            tree.append((parent, scope.index, scope.iteration_of))
        return number

    number_of(child)
    return tree, [
        (time, type, number_of(scope), name, value) for time, type, scope, name, value in journal.rows
    ]


def unpacked(record: bytes, spool: Spool) -> tuple[str, Scope]:
    """Return the Map's name and the scope of a child, with its journal, of a record."""
    head, rows, caught = _parts(record)
    (map, *about), start, tree, logs, invocations, nested = head
    id, name, role_arn, machine_id, machine_name = about
    input = rows[0][4] if rows else None
    identity = ExecutionIdentity(id, name, role_arn, machine_id, machine_name, input, start, _no_chance)
    journal = Journal(start, None, None, lambda: SpooledChildren(spool, *nested))
    scopes: list[Scope] = []
    for parent, index, iteration_of in tree:
        scope = Scope(identity, journal, None if parent == RUNNING else scopes[parent], index)
        scope.iteration_of = iteration_of
        scopes.append(scope)
    journal.rows = [_row(row, scopes) for row in rows]
    journal.logs = logs
    journal.invocations = invocations
    journal.caught = caught
    return map, scopes[0]


def _row(row: tuple[float, str, int, str, object], scopes: list[Scope]) -> Row:
    time, type, scope, name, value = row
    return time, type, scopes[scope], name, value


def _no_chance(path: object) -> Any:
    raise AssertionError("a child that has ended draws nothing")


class Pickler(pickle.Pickler):
    """Pickles the errors of the states language, whose constructors differ, by their parts."""

    def reducer_override(self, value: object) -> Any:
        if isinstance(value, StateError):
            return _error, (type(value), value.error, value.cause, vars(value))
        return NotImplemented


def _error(kind: type[StateError], error: str | None, cause: str | None, parts: dict[str, Any]) -> StateError:
    made = kind.__new__(kind)
    StateError.__init__(made, error, cause)
    vars(made).update(parts)
    return made
