"""ItemBatcher: the inputs of children that take several items each. Documentation: "ItemBatcher (Map)"."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from aslrun.values import JSON, to_json_text


def batch_items(
    items: Iterable[JSON], max_items: float | None, max_bytes: float | None, batch_input: JSON = None
) -> Iterator[tuple[JSON, int]]:
    """Yield `{"Items": [...]}`, with BatchInput before it, and how many items it has.

    A batch has `max_items` items at most and `max_bytes` bytes of JSON text, but for an item that is
    bigger by itself; None and 0 stand for no limit.
    """
    shared: dict[str, JSON] = {} if batch_input is None else {"BatchInput": batch_input}
    empty = (max_bytes or 0) - _bytes({**shared, "Items": []})
    batch: list[JSON] = []
    room = empty
    for item in items:
        size = _bytes(item) + 1 if max_bytes else 0
        if batch and ((max_items and len(batch) >= max_items) or (max_bytes and size > room + 1)):
            yield {**shared, "Items": batch}, len(batch)
            batch, room = [], empty
        batch.append(item)
        room -= size
    if batch:
        yield {**shared, "Items": batch}, len(batch)


def _bytes(value: JSON) -> int:
    return len(to_json_text(value).encode("utf-8", "surrogatepass"))
