"""An ItemReader's request → its items, drawn one by one. Documentation: "ItemReader (Map)"."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Mapping
from dataclasses import replace
from functools import partial
from typing import TypeAlias, TypeVar

from aslrun.interpreter.items import Item, OpenItems
from aslrun.items.readers import read_object
from aslrun.items.readers.encodings import decompressed
from aslrun.items.readers.failures import Malformed, reader_failed
from aslrun.items.readers.manifest import athena_objects, inventory_files
from aslrun.items.sources import Listed, NoSuchObject, Sources
from aslrun.values import JSON

Found = TypeVar("Found")
Draw: TypeAlias = Generator[Item, None, None]

MOST_ITEMS = 100_000_000
"""Items that a Map reads at most. Documentation: "ItemReader (Map)", MaxItems."""


class ReadItems:
    """The items of a request, read as they are drawn."""

    def __init__(self, request: OpenItems, sources: Sources) -> None:
        self._request = request
        self._sources = sources
        self._drawn = 0
        self._total: int | None = None
        self._most = min(request.max_items or MOST_ITEMS, MOST_ITEMS)
        self._items = draw_items(request, sources)

    def __iter__(self) -> Iterator[Item]:
        return self

    def __next__(self) -> Item:
        if self._drawn >= self._most:
            self.close()
            self._total = self._drawn
            raise StopIteration
        try:
            item = next(self._items)
        except StopIteration:
            self._total = self._drawn
            raise
        self._drawn += 1
        return item

    def count(self) -> int:
        if self._total is None:
            again = draw_items(self._request, self._sources)
            self._total = sum(1 for _, _ in zip(range(self._most), again, strict=False))
            again.close()
        return self._total

    def close(self) -> None:
        self._items.close()


def open_items(request: OpenItems, sources: Sources) -> ReadItems:
    """Return the items of a request, the first of which is read already: what is not there, or is of another
    type, is told before any child runs. Raises StateError States.ItemReaderFailed and UsageError."""
    if request.max_items is not None and request.max_items < 0:
        raise reader_failed("field MaxItems must be positive")
    return ReadItems(request, sources)


def draw_items(request: OpenItems, sources: Sources) -> Draw:
    """Yield the items of a request."""
    arguments = request.arguments if isinstance(request.arguments, dict) else {}
    if request.action == "listObjectsV2":
        bucket, prefix = text_in(arguments, "Bucket"), arguments.get("Prefix", "")
        if not isinstance(prefix, str):
            raise reader_failed("The Prefix of the ItemReader must be a text.")
        yield from _listing(request, sources, bucket, prefix)
        return
    bucket, key, version = text_in(arguments, "Bucket"), text_in(arguments, "Key"), arguments.get("VersionId")
    reading = Reading(request, sources, version if isinstance(version, str) else None)
    config = request.config
    if config.get("ManifestType") == "ATHENA_DATA":
        yield from reading.athena(bucket, key)
    elif config.get("InputType") == "MANIFEST" or config.get("ManifestType") == "S3_INVENTORY":
        yield from reading.inventory(bucket, key)
    else:
        yield from reading.object(bucket, key)


def text_in(arguments: Mapping[str, JSON], name: str) -> str:
    """Return an argument of an ItemReader that must be a text."""
    value = arguments.get(name)
    if not isinstance(value, str) or not value:
        raise reader_failed(f"The ItemReader needs a {name}, a text.")
    return value


class Reading:
    """Reads objects as a request says."""

    def __init__(self, request: OpenItems, sources: Sources, version: str | None = None) -> None:
        self._request = request
        self._sources = sources
        self._version = version

    def object(self, bucket: str, key: str) -> Iterator[Item]:
        """Yield the items in one object."""
        name = f"s3://{bucket}/{key}"
        stream = there(partial(self._sources.of(bucket).open, bucket, key, self._version), name)
        return read_object(stream, self._request.config, name, f"S3://{bucket}/{key}", self._request.select)

    def inventory(self, bucket: str, key: str) -> Iterator[Item]:
        """Yield the rows of the files of an S3 Inventory."""
        name = f"s3://{bucket}/{key}"
        stream = there(partial(self._sources.of(bucket).open, bucket, key, self._version), name)
        with decompressed(stream) as manifest:
            try:
                place, keys, columns = inventory_files(manifest)
            except Malformed as wrong:
                told = f"{name} cannot be read as a manifest of S3_INVENTORY: {wrong}."
                raise reader_failed(told) from None
        config: Mapping[str, JSON] = {
            "InputType": "CSV",
            "CSVHeaderLocation": "GIVEN",
            "CSVHeaders": [*columns],
        }
        inner = Reading(replace(self._request, config=config), self._sources)
        for one in keys:
            yield from inner.object(place, one)

    def athena(self, bucket: str, key: str) -> Iterator[Item]:
        """Yield the items of the objects in a manifest of Athena."""
        name = f"s3://{bucket}/{key}"
        inner = Reading(self._request, self._sources)
        stream = there(partial(self._sources.of(bucket).open, bucket, key, self._version), name)
        with decompressed(stream) as manifest:
            try:
                for place, one in athena_objects(manifest):
                    yield from inner.object(place, one)
            except Malformed as wrong:
                told = f"{name} cannot be read as a manifest of ATHENA_DATA: {wrong}."
                raise reader_failed(told) from None


def _listing(request: OpenItems, sources: Sources, bucket: str, prefix: str) -> Iterator[Item]:
    store = sources.of(bucket)
    listed = store.list(bucket, prefix)
    load = request.config.get("Transformation") == "LOAD_AND_FLATTEN"
    reading = Reading(request, sources)
    while (one := there(lambda: next(listed, None), f"s3://{bucket}/{prefix}")) is not None:
        if not load:
            yield Item(described(one), None, f"S3://{bucket}")
        elif not one.key.endswith("/"):  # which stands for a folder
            yield from reading.object(bucket, one.key)


def described(one: Listed) -> JSON:
    """Return an object of a list as an item. Documentation: "ItemReader (Map)", Amazon S3 objects."""
    return {
        "Etag": one.etag,
        "Key": one.key,
        "LastModified": int(one.modified),
        "Size": one.size,
        "StorageClass": one.storage_class,
    }


def there(find: Callable[[], Found], name: str) -> Found:
    """Return what a store gives; States.ItemReaderFailed where it gives nothing."""
    try:
        return find()
    except NoSuchObject as wrong:
        raise reader_failed(str(wrong)) from None
    except OSError as wrong:
        raise reader_failed(f"{name} cannot be read: {wrong.strerror or wrong}.") from None
