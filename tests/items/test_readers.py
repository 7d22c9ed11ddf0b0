"""Items read from the bytes of an object, by InputType."""

from __future__ import annotations

import gzip
import io
import sys
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aslrun.errors import StateError
from aslrun.items.readers import read_items, read_object
from aslrun.values import JSON, to_json_text

FIRST_ROW = {"InputType": "CSV", "CSVHeaderLocation": "FIRST_ROW"}


def given_headers(*names: str, **more: str) -> dict[str, Any]:
    return {"InputType": "CSV", "CSVHeaderLocation": "GIVEN", "CSVHeaders": [*names], **more}


@pytest.mark.parametrize(
    ("text", "config", "items"),
    [
        ('[1, {"a": 2}]', {}, [1, {"a": 2}]),
        ("[]", {}, []),
        ("{}", {}, []),
        ('\ufeff ["x"]', {}, ["x"]),
        ('{"a": 1, "b": [2]}', {"InputType": "JSON"}, [{"Key": "a", "Value": 1}, {"Key": "b", "Value": [2]}]),
        ('{"x": {"y/z": [3]}}', {"ItemsPointer": "/x/y~1z"}, [3]),
        ('{"x": [{"k": 1}]}', {"ItemsPointer": "/x/0"}, [{"Key": "k", "Value": 1}]),
        ("1\n\n[2]\n", {"InputType": "JSONL"}, [1, [2]]),
        ('{"a": "\u2028"}\r\n{"a": 2}', {"InputType": "JSONL"}, [{"a": "\u2028"}, {"a": 2}]),
        ("a,b\n1,2,3\n4\n\n", FIRST_ROW, [{"a": "1", "b": "2"}, {"a": "4", "b": ""}]),
        ("a,b\r\n1,2\r\n", FIRST_ROW, [{"a": "1", "b": "2"}]),
        ("1;'x'\n", given_headers("a", "b", CSVDelimiter="SEMICOLON"), [{"a": "1", "b": "'x'"}]),
        ("1|2", given_headers("a", "b", CSVDelimiter="PIPE"), [{"a": "1", "b": "2"}]),
        ("1\t2", given_headers("a", "b", CSVDelimiter="TAB"), [{"a": "1", "b": "2"}]),
        ("1 2", given_headers("a", "b", CSVDelimiter="SPACE"), [{"a": "1", "b": "2"}]),
        ("", FIRST_ROW, []),
        ("a,b\n", FIRST_ROW, []),
    ],
)
def test_items_of_each_type(text: str, config: Any, items: list[JSON]) -> None:
    assert read_items(text, config) == items


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ('"a,b"', "a,b"),
        ('"two\nlines"', "two\nlines"),
        ('"two\r\nlines"', "two\r\nlines"),
        ('"say ""hi"""', 'say "hi"'),
        ('{""k"":""v""}', '{"k":"v"}'),
        ('""big""', '"big"'),
        ('""', ""),
        ('""""', '"'),
        ('"""q"""', '"q"'),
        ('a"b', 'a"b'),
        ('"a"b', "ab"),
        ("C:\\\\Program Files", "C:\\Program Files"),
        ("a\\,b", "a,b"),
        ('\\"x\\"', '"x"'),
        ("a\\nb", "anb"),
        ("\u2028 \u0085 \x0c \r here", "\u2028 \u0085 \x0c \r here"),
        ("x" * 200_000, "x" * 200_000),
    ],
)
def test_fields_of_csv(field: str, value: str) -> None:
    """Documentation: "How Step Functions parses input CSV files"."""
    assert read_items(f"1,{field},3\n", given_headers("a", "b", "c")) == [{"a": "1", "b": value, "c": "3"}]


def quoted(cell: str) -> str:
    return '"' + cell.replace("\\", "\\\\").replace('"', '""') + '"'


@given(st.lists(st.lists(st.text(), min_size=2, max_size=2), max_size=5))
def test_quoted_csv_comes_back(rows: list[list[str]]) -> None:
    rows = [[cell.encode("utf-8", "replace").decode() for cell in row] for row in rows]
    lines = [",".join(map(quoted, row)) for row in rows]
    found = read_items("\n".join(lines), given_headers("a", "b"))
    assert found == [{"a": first, "b": second} for first, second in rows]


@given(st.recursive(st.none() | st.integers() | st.text(), lambda inner: st.lists(inner), max_leaves=8))
def test_an_array_read_in_parts_is_the_array(value: JSON) -> None:
    values: list[JSON] = [value, 12345, -1.5, "end"]
    assert read_items(to_json_text(values), {}) == values


def test_an_array_larger_than_what_is_read_at_once() -> None:
    values: list[JSON] = [{"n": n, "text": "x" * (n % 3000)} for n in range(1000)]
    assert read_items(to_json_text(values), {}) == values
    assert read_items(to_json_text(["y" * 1_000_000, 7]), {}) == ["y" * 1_000_000, 7]


def test_no_more_items_than_asked_for() -> None:
    assert read_items("[1, 2, 3]", {}, 2) == [1, 2]
    assert read_items("[1, 2, 3]", {}, 0) == [1, 2, 3]


def test_a_compressed_object_is_told_by_its_bytes() -> None:
    data = gzip.compress(b'{"a": 1}\n{"a": 2}\n')
    items = read_object(io.BytesIO(data), {"InputType": "JSONL"}, "it", "S3://b/k")
    assert [(item.value, item.source) for item in items] == [({"a": 1}, "S3://b/k"), ({"a": 2}, "S3://b/k")]


def test_zstandard_in_several_frames_and_cut_off() -> None:
    compress = pytest.importorskip("zstandard").ZstdCompressor().compress
    data = compress(b'{"a": 1}\n' * 1000) + compress(b'{"a": 2}\n')
    items = read_object(io.BytesIO(data), {"InputType": "JSONL"}, "it")
    assert [item.value for item in items] == [{"a": 1}] * 1000 + [{"a": 2}]
    text = b"a,b\n1,2\n"
    (row,) = read_object(io.BytesIO(compress(text)), FIRST_ROW, "it")
    assert row.value == {"a": "1", "b": "2"}
    for broken in (data[:30], data[:-3], b"\x28\xb5\x2f\xfd broken"):
        with pytest.raises(StateError, match="it cannot be read") as caught:
            [*read_object(io.BytesIO(broken), {"InputType": "JSONL"}, "it")]
        assert caught.value.error == "States.ItemReaderFailed"


def test_zstandard_where_nothing_reads_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "zstandard", None)
    monkeypatch.setitem(sys.modules, "compression", None)
    with pytest.raises(StateError, match=r"CPython 3\.14 or zstandard: pip install 'aslrun\[zstd\]'"):
        [*read_object(io.BytesIO(b"\x28\xb5\x2f\xfd"), {"InputType": "JSONL"}, "it")]


def test_keys_are_known_for_the_items_of_an_object() -> None:
    assert [item.key for item in read_object(io.BytesIO(b'{"a": 1, "b": 2}'), {}, "it")] == ["a", "b"]


@pytest.mark.parametrize(
    ("data", "config", "told"),
    [
        (b"1", {}, "an array or an object is expected"),
        (b"", {}, "a value is expected"),
        (b"{", {}, "a key in double quotes is expected"),
        (b"[1, 2", {}, "after item 2, a comma or ] is expected"),
        (b"[1 2]", {}, "after item 1, a comma or ] is expected"),
        (b"[1, nope]", {}, "item 2 is not JSON: a value is expected"),
        (b'["' + b"x" * 300_000, {}, "item 1 is not JSON: this text is not closed"),
        (b"[NaN]", {}, "NaN is not JSON"),
        (b"[1] x", {}, "unexpected text after the end"),
        (b"{}", {"ItemsPointer": "/a"}, 'ItemsPointer selects nothing: there is no "a"'),
        (b"[1]", {"ItemsPointer": "/2"}, "ItemsPointer selects nothing"),
        (b"{", {"ItemsPointer": "/a"}, "it is not JSON"),
        (b"1\n{", {"InputType": "JSONL"}, "line 2 is not JSON"),
        (b"\xff", {"InputType": "JSONL"}, "it is not UTF-8 (line 1, byte 1: 0xff)"),
        (b'["\xff"]', {}, "it is not UTF-8"),
        (b"a,b\n1,\xe4\n", FIRST_ROW, "it is not UTF-8 (line 2, byte 3: 0xe4)"),
        (b'a,b\n1,"2\n', FIRST_ROW, "a quoted field that begins in line 2 is not closed"),
        (b"h" * 11_000, FIRST_ROW, "its headers have more than 10,240 bytes"),
        (b"\x1f\x8b broken", {"InputType": "JSONL"}, "cannot be read"),
        (gzip.compress(b"[1, 2, 3]", mtime=0)[:-9], {}, "cannot be read"),
    ],
)
def test_what_cannot_be_read(data: bytes, config: Any, told: str) -> None:
    with pytest.raises(StateError) as caught:
        list(read_object(io.BytesIO(data), config, "s3://b/k"))
    assert caught.value.error == "States.ItemReaderFailed"
    assert told in str(caught.value.cause)
    assert str(caught.value.cause).startswith("s3://b/k cannot be read")


def test_headers_that_are_there_twice() -> None:
    with pytest.raises(StateError) as caught:
        read_items("a,a\n1,2\n", FIRST_ROW)
    assert caught.value.cause == "CSV headers cannot contain duplicates."


def test_parquet_is_not_read_from_a_text() -> None:
    with pytest.raises(StateError, match="PARQUET cannot be read from a text"):
        read_items("x", {"InputType": "PARQUET"})
