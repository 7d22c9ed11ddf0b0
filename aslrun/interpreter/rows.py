"""What happened in an execution, as rows in one list.

A row is `(time, type, scope, name, value)`: the time in seconds since the epoch, the event's type in the
service's words, the scope it happened in, the state's name, and what else the event tells, by reference;
nothing is copied or serialised. One row is one event: row n (from 0) is the event with id n + 1.
`aslrun.history.events` makes events of them.

The rows lie one after the other in the cells of one flat list. A tuple for each would take two and a half
times the memory, and the garbage collector would look at all of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, TypeVar, overload

Row = TypeVar("Row", bound=tuple[Any, ...])

COLUMNS = 5
"""Cells of a row."""


class Rows(Sequence[Row]):
    """The rows in a list of cells; those that are added later are seen, too."""

    __slots__ = ("_cells",)

    def __init__(self, cells: list[Any]) -> None:
        self._cells = cells

    def __len__(self) -> int:
        return len(self._cells) // COLUMNS

    def __iter__(self) -> Iterator[Row]:
        cells = iter(self._cells)
        rows: Iterator[Any] = zip(cells, cells, cells, cells, cells)  # noqa: B905
        return rows

    @overload
    def __getitem__(self, place: int) -> Row: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[Row]: ...
    def __getitem__(self, place: int | slice) -> Row | Sequence[Row]:
        if isinstance(place, slice):
            first, end, step = place.indices(len(self))
            if step > 0:
                return [*Rows[Row](self._cells[first * COLUMNS : end * COLUMNS])][::step]
            return [*self][place]
        first = range(len(self))[place] * COLUMNS
        row: Any = tuple(self._cells[first : first + COLUMNS])
        return row  # type: ignore[no-any-return]
