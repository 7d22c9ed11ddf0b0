"""What makes items of an object's bytes, by InputType. A new type is a module and a line of `READERS`."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator, Mapping
from io import BytesIO
from typing import BinaryIO, TypeAlias

from aslrun.errors import StateError
from aslrun.interpreter.items import Item
from aslrun.items.readers.csv import DuplicateHeaders, read_csv
from aslrun.items.readers.encodings import decompressed
from aslrun.items.readers.failures import Malformed, reader_failed
from aslrun.items.readers.json import read_json, read_jsonl
from aslrun.items.readers.parquet import read_parquet
from aslrun.values import JSON

Config: TypeAlias = Mapping[str, JSON]
Reader: TypeAlias = Callable[[BinaryIO, Config], Iterator[JSON]]

READERS: Mapping[str, Reader] = {"CSV": read_csv, "JSONL": read_jsonl, "PARQUET": read_parquet}
"""InputType → reader; JSON, whose items may have keys, has one of another kind."""


def read_object(
    stream: BinaryIO,
    config: Config,
    name: str,
    source: str = "",
    select: Callable[[JSON], JSON] | None = None,
) -> Iterator[Item]:
    """Yield the items in an object's bytes, and close the stream at the end.

    Args:
        stream: its bytes, compressed or not.
        config: the ReaderConfig; its InputType is JSON by default.
        name: what to call the object in messages.
        source: the items' `Item.source`.
        select: what ItemsPath makes of the value of a JSON file.

    Raises StateError States.ItemReaderFailed for what is not of that type.
    """
    kind = str(config.get("InputType", "JSON"))
    try:
        # Parquet compresses its own parts.
        with stream if kind == "PARQUET" else decompressed(stream) as plain:
            if kind == "JSON":
                for item in read_json(plain, config, select):
                    yield Item(item.value, item.key, source)
            else:
                for value in READERS[kind](plain, config):
                    yield Item(value, None, source)
    except DuplicateHeaders as wrong:
        raise reader_failed(str(wrong)) from None
    except Malformed as wrong:
        raise reader_failed(f"{name} cannot be read as {kind}: {wrong}.") from None
    except (OSError, EOFError, zlib.error) as wrong:
        told = getattr(wrong, "strerror", None) or str(wrong)
        raise reader_failed(f"{name} cannot be read: {told}.") from None


def read_items(text: str, config: Config, max_items: float | None = None) -> list[JSON]:
    """Return the items in a file's text, at most `max_items` (None and 0: all), as `read_object` does."""
    kind = str(config.get("InputType", "JSON"))
    if kind != "JSON" and kind not in ("CSV", "JSONL"):
        raise StateError(
            "States.ItemReaderFailed",
            f"The items cannot be read: items of the type {kind} cannot be read from a text.",
        )
    items = read_object(BytesIO(text.encode("utf-8", "surrogatepass")), config, "The text")
    found: list[JSON] = []
    for item in items:
        found.append(item.value)
        if max_items and len(found) >= max_items:
            break
    return found
