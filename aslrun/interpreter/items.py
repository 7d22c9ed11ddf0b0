"""What a distributed Map asks of the world: items to read, results to write. The answers are handles: items
are drawn from one as they are needed, results given to the other as they come."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from aslrun.values import JSON


class Item(NamedTuple):
    """One item: its value, its key where the items are an object's, and where it is from, as the context
    object has it in Map.Item.Source ("" where it is not known)."""

    value: JSON
    key: str | None = None
    source: str = ""


class Items(Protocol):
    """Items that are read as they are drawn. Drawing raises StateError States.ItemReaderFailed for what
    cannot be read."""

    def __iter__(self) -> Iterator[Item]: ...

    def __next__(self) -> Item: ...

    def count(self) -> int:
        """Return how many there are in all: they are read anew for that, where it is not known."""

    def close(self) -> None:
        """Let go of files and connections."""


@dataclass(frozen=True, slots=True)
class OpenItems:
    """Open what an ItemReader names; the answer is `Items`.

    `action` is the part of the Resource that says what is done (`getObject`, `listObjectsV2`), `config` the
    ReaderConfig with all expressions evaluated; `max_items` None for all; `select` what ItemsPath makes of
    the value of a JSON file.
    """

    action: str
    arguments: JSON
    config: Mapping[str, JSON]
    max_items: int | None = None
    select: Callable[[JSON], JSON] | None = None


class Results(Protocol):
    """Where the results of children go, each in a file for its status. All raise StateError
    States.ResultWriterFailed for what cannot be written."""

    def write(self, status: str, records: list[str]) -> None:
        """Add records, JSON texts, to the file of a status: SUCCEEDED, FAILED or PENDING."""

    def close(self) -> JSON:
        """Finish the files and write the manifest; return `{"Bucket": ..., "Key": ...}` of the manifest."""


@dataclass(frozen=True, slots=True)
class OpenResults:
    """Open the place where a ResultWriter exports to; the answer is `Results`.

    `arguments` are the bucket and prefix, `map_run` the ARN of the Map Run, `lines` whether the files are
    JSON Lines, `redrives` how often the Map Run has been redriven.
    """

    arguments: JSON
    map_run: str
    lines: bool = False
    redrives: int = 0


@dataclass(frozen=True, slots=True)
class Opened:
    """Items that are at hand already, `total` of them."""

    items: Iterator[Item]
    total: int

    def __iter__(self) -> Iterator[Item]:
        return self

    def __next__(self) -> Item:
        return next(self.items)

    def count(self) -> int:
        return self.total

    def close(self) -> None:
        """There is nothing to let go of."""
