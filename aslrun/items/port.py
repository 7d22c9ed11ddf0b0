"""What opens the items and results that a distributed Map asks for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from os import PathLike
from pathlib import Path
from typing import Any

from aslrun.interpreter.items import Items, OpenItems, OpenResults, Results
from aslrun.items.reading import open_items
from aslrun.items.results import open_results
from aslrun.items.sources import Sources, bucket_folders


class ItemData:
    """Opens items and results where their buckets are: folders that aslrun.toml names, else an S3 client."""

    def __init__(
        self,
        folder: Path | None,
        folders: Mapping[str, str | PathLike[str]] | None = None,
        client: Callable[[], Any] | None = None,
    ) -> None:
        where = "aslrun.toml" if folder is None else str(folder / "aslrun.toml")
        given = {bucket: Path(place) for bucket, place in (folders or {}).items()}
        self._sources = Sources({**bucket_folders(folder), **given}, client, where)

    def open(self, request: OpenItems | OpenResults) -> Items | Results:
        """Return the items or results of a request; StateError or UsageError where they cannot be opened."""
        if isinstance(request, OpenItems):
            return open_items(request, self._sources)
        return open_results(request, self._sources)
