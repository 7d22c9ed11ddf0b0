"""The items of a distributed Map: read from the text of a file, and put into batches. Documentation:
"ItemReader (Map)", "ItemBatcher (Map)"; what becomes of rows, and of a MaxItems of 0, as recorded."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterator, Mapping

from aslrun.errors import StateError
from aslrun.states.fields import Fields
from aslrun.values import JSON, from_json_text, to_json_text

DELIMITERS: Mapping[str, str] = {"COMMA": ",", "PIPE": "|", "SEMICOLON": ";", "SPACE": " ", "TAB": "\t"}
"""The CSVDelimiter of a ReaderConfig."""


def read_items(text: str, config: Fields, max_items: float | None = None) -> list[JSON]:
    """Return the items in a file's text, at most `max_items` (None and 0: all).

    Args:
        text: the file as it is.
        config: the ReaderConfig; its InputType is JSON by default.

    Raises StateError States.ItemReaderFailed for a text that is not of that type.
    """
    kind = str(config.get("InputType", "JSON"))
    if kind not in _READERS:
        raise _failed(f"items of the type {kind} cannot be read from a text")
    try:
        items = list(_READERS[kind](text, config))
    except (ValueError, RecursionError, csv.Error) as wrong:
        raise _failed(f"the text is no {kind}: {wrong}") from None
    return items[: int(max_items)] if max_items else items


def _failed(cause: str) -> StateError:
    return StateError("States.ItemReaderFailed", f"The items cannot be read: {cause}.")


def _rows(text: str, config: Fields) -> Iterator[JSON]:
    """Rows as objects of strings: fields that a row lacks are empty, those past the headers are left out."""
    delimiter = DELIMITERS.get(str(config.get("CSVDelimiter", "COMMA")), ",")
    rows = csv.reader(text.splitlines(keepends=True), delimiter=delimiter)
    given = config.get("CSVHeaders") if config.get("CSVHeaderLocation") == "GIVEN" else None
    headers = [str(name) for name in given] if isinstance(given, list) else next(rows, [])
    for row in rows:
        if row:
            padded = (*row, *[""] * len(headers))
            yield dict(zip(headers, padded, strict=False))


def _values(text: str, config: Fields) -> Iterator[JSON]:
    value = select_pointer(from_json_text(text), config)
    if isinstance(value, dict):
        yield from ({"Key": name, "Value": inner} for name, inner in value.items())
    elif isinstance(value, list):
        yield from value
    else:
        raise ValueError("an array or an object is expected")


def _lines(text: str, config: Fields) -> Iterator[JSON]:
    yield from (from_json_text(line) for line in text.splitlines() if line.strip())


_READERS: Mapping[str, Callable[[str, Fields], Iterator[JSON]]] = {
    "CSV": _rows,
    "JSON": _values,
    "JSONL": _lines,
}


def select_pointer(value: JSON, config: Fields) -> JSON:
    """Return what the ItemsPointer of a ReaderConfig, a JSON Pointer, selects in a JSON file's value."""
    for step in str(config.get("ItemsPointer", "")).split("/")[1:]:
        name = step.replace("~1", "/").replace("~0", "~")
        if isinstance(value, dict) and name in value:
            value = value[name]
        elif isinstance(value, list) and name.isdecimal() and int(name) < len(value):
            value = value[int(name)]
        else:
            raise ValueError(f"ItemsPointer selects nothing: there is no {json.dumps(name)}")
    return value


def batch_items(
    items: list[JSON], max_items: float | None, max_bytes: float | None, batch_input: JSON = None
) -> list[JSON]:
    """Return the inputs of children that take several items each: `{"Items": [...]}`, and BatchInput.

    A batch has `max_items` items at most and `max_bytes` bytes of JSON text, but for an item that is
    bigger by itself; None and 0 stand for no limit.
    """
    shared: dict[str, JSON] = {} if batch_input is None else {"BatchInput": batch_input}
    batches: list[list[JSON]] = []
    room = 0.0
    for item in items:
        size = _bytes(item) + 1
        full = not batches or (max_items and len(batches[-1]) >= max_items)
        if full or (max_bytes and size > room):
            batches.append([])
            room = (max_bytes or 0) - _bytes({**shared, "Items": []})
        batches[-1].append(item)
        room -= size
    return [{**shared, "Items": batch} for batch in batches]


def _bytes(value: JSON) -> int:
    return len(to_json_text(value).encode("utf-8", "surrogatepass"))
