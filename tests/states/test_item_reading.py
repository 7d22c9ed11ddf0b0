"""Items read from the text of a file, and put into batches."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aslrun.errors import StateError
from aslrun.states.item_reading import batch_items, read_items
from aslrun.values import JSON, to_json_text


@pytest.mark.parametrize(
    ("text", "config", "items"),
    [
        ('[1, {"a": 2}]', {}, [1, {"a": 2}]),
        ('{"a": 1}', {"InputType": "JSON"}, [{"Key": "a", "Value": 1}]),
        ('{"x": {"y/z": [3]}}', {"ItemsPointer": "/x/y~1z"}, [3]),
        ("1\n\n[2]\n", {"InputType": "JSONL"}, [1, [2]]),
        ("a,b\n1,2,3\n4\n\n", {"InputType": "CSV", "CSVHeaderLocation": "FIRST_ROW"},
         [{"a": "1", "b": "2"}, {"a": "4", "b": ""}]),
        ("1;'x'\n", {"InputType": "CSV", "CSVHeaderLocation": "GIVEN", "CSVHeaders": ["a", "b"],
                     "CSVDelimiter": "SEMICOLON"}, [{"a": "1", "b": "'x'"}]),
        ("", {"InputType": "CSV", "CSVHeaderLocation": "FIRST_ROW"}, []),
    ],
)  # fmt: skip
def test_items_of_each_type(text: str, config: Any, items: list[JSON]) -> None:
    assert read_items(text, config) == items


def test_no_more_items_than_asked_for() -> None:
    assert read_items("[1, 2, 3]", {}, 2) == [1, 2]
    assert read_items("[1, 2, 3]", {}, 0) == [1, 2, 3]


@pytest.mark.parametrize(
    ("text", "config"),
    [
        ("1", {}),
        ("{", {}),
        ("{}", {"ItemsPointer": "/a"}),
        ("{", {"InputType": "JSONL"}),
        ("x", {"InputType": "PARQUET"}),
    ],
)
def test_texts_that_hold_no_items(text: str, config: Any) -> None:
    with pytest.raises(StateError) as caught:
        read_items(text, config)
    assert caught.value.error == "States.ItemReaderFailed"


def test_batches_by_number_and_by_size() -> None:
    assert batch_items([1, 2, 3], 2, None) == [{"Items": [1, 2]}, {"Items": [3]}]
    assert batch_items([1, 2], None, None, {"b": 1}) == [{"BatchInput": {"b": 1}, "Items": [1, 2]}]
    assert batch_items([], 2, None) == []
    big: list[JSON] = ["x" * 30, "y" * 30, "z"]
    assert [len(one["Items"]) for one in batch_items(big, None, 50)] == [1, 2]  # type: ignore[arg-type, call-overload, index]


@given(st.lists(st.text(max_size=20)), st.integers(1, 5), st.integers(20, 200))
def test_batches_lose_nothing_and_keep_to_their_limits(items: list[JSON], most: int, size: int) -> None:
    batches: list[Any] = batch_items(items, most, size)
    assert [item for batch in batches for item in batch["Items"]] == items
    for batch in batches:
        assert len(batch["Items"]) <= most
        assert len(batch["Items"]) == 1 or len(to_json_text(batch).encode()) <= size
