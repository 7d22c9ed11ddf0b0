"""ItemBatcher."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from aslrun.states.distributed.batches import batch_items
from aslrun.values import JSON, to_json_text


def batches(*arguments: Any) -> list[Any]:
    return [batch for batch, _ in batch_items(*arguments)]


def test_batches_by_number_and_by_size() -> None:
    assert batches([1, 2, 3], 2, None) == [{"Items": [1, 2]}, {"Items": [3]}]
    assert batches([1, 2], None, None, {"b": 1}) == [{"BatchInput": {"b": 1}, "Items": [1, 2]}]
    assert batches([], 2, None) == []
    assert [len(one["Items"]) for one in batches(["x" * 30, "y" * 30, "z"], None, 50)] == [1, 2]
    assert [size for _, size in batch_items([1, 2, 3], 2, None)] == [2, 1]


@given(st.lists(st.text(max_size=20)), st.integers(1, 5), st.integers(20, 200))
def test_batches_lose_nothing_and_keep_to_their_limits(items: list[JSON], most: int, size: int) -> None:
    found = batches(items, most, size)
    assert [item for batch in found for item in batch["Items"]] == items
    for batch in found:
        assert len(batch["Items"]) <= most
        assert len(batch["Items"]) == 1 or len(to_json_text(batch).encode()) <= size
