"""What opens the items and results that distributed Maps ask for, and keeps their children."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypedDict

from aslrun.drivers.fibers import ChildExecutor, OpenData
from aslrun.errors import UsageError
from aslrun.interpreter.items import Items, OpenItems, OpenResults, Results
from aslrun.interpreter.scope import Children

if TYPE_CHECKING:
    from aslrun.states.distributed.state import DistributedMap


class DistributedData(TypedDict):
    """What an execution is given for its distributed Maps."""

    open_data: OpenData | None
    keep: Callable[[], Children]
    executor: ChildExecutor | None


def no_data() -> DistributedData:
    """Return what an execution without distributed Maps is given."""
    return {"open_data": None, "keep": Children, "executor": None}


def distributed_data(
    maps: Iterable[DistributedMap],
    folder: Path | None,
    folders: Mapping[str, str | PathLike[str]],
    s3: Callable[[], Any],
    is_used: Callable[[], bool],
    history: str,
) -> DistributedData:
    """Return what an execution is given for its distributed Maps.

    Args:
        maps: the Maps; where there are none, nothing is opened.
        folder: where the aslrun.toml lies that says which folders stand for buckets.
        folders: more of these, which come first.
        s3: gives the S3 client for all other buckets; UsageError where there is none.
        is_used: tells whether Tasks have used S3 of the local AWS by now.
        history: where the children's histories are kept.

    Raises UsageError for what is wrong with them, and with [s3] in aslrun.toml.
    """
    maps = [*maps]
    if history not in ("on-disk", "off"):
        raise UsageError(f"child_history is '{history}'; it must be 'on-disk' or 'off'")
    if not maps:
        return no_data()
    from aslrun.items.spool import NoChildren, keep_on_disk

    keep = NoChildren if history == "off" else keep_on_disk()
    if not any(one.reader or one.writer for one in maps):
        return {"open_data": None, "keep": keep, "executor": None}
    return {"open_data": ItemData(folder, folders, s3, is_used).open, "keep": keep, "executor": None}


def unwritten(open_data: OpenData) -> OpenData:
    """Return what opens the same items, and results that nothing is written of."""

    def opened(request: OpenItems | OpenResults) -> Items | Results:
        from aslrun.items.results import Unwritten

        return Unwritten(request) if isinstance(request, OpenResults) else open_data(request)

    return opened


class ItemData:
    """Opens items and results where their buckets are: folders that aslrun.toml names, else an S3 client."""

    def __init__(
        self,
        folder: Path | None,
        folders: Mapping[str, str | PathLike[str]] | None = None,
        client: Callable[[], Any] | None = None,
        is_used: Callable[[], bool] = lambda: False,
    ) -> None:
        from aslrun.items.sources import Sources, bucket_folders

        where = "aslrun.toml" if folder is None else str(folder / "aslrun.toml")
        given = {bucket: Path(place) for bucket, place in (folders or {}).items()}
        self._sources = Sources({**bucket_folders(folder), **given}, client, where, is_used)

    def open(self, request: OpenItems | OpenResults) -> Items | Results:
        """Return the items or results of a request; StateError or UsageError where they cannot be opened."""
        from aslrun.items.reading import open_items
        from aslrun.items.results import open_results

        if isinstance(request, OpenItems):
            return open_items(request, self._sources)
        return open_results(request, self._sources)
