"""JSON text: what is read, what is refused and where, and the place of each part."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aslrun.document import Document, DocumentError, parse_document
from aslrun.document.json_text import parse_json_text, read_with_places
from aslrun.document.spans import Text

VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=15,
)


@given(VALUES, st.sampled_from([None, 0, 2, "\t"]), st.booleans())
def test_what_json_writes_is_read_the_same(value: Any, indent: Any, ascii: bool) -> None:
    text = json.dumps(value, indent=indent, ensure_ascii=ascii)
    assert json.dumps(parse_document(text).value) == json.dumps(value)


def parts(value: Any, pointer: tuple[str | int, ...] = ()) -> Any:
    yield pointer, value
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, part in items:
        yield from parts(part, (*pointer, step))


@given(VALUES)
def test_the_text_at_a_span_is_the_value_there(value: Any) -> None:
    document = parse_document(json.dumps(value, indent=1))
    lines = document.text.split("\n")
    for pointer, part in parts(value):
        span = document.span(pointer)
        assert span is not None
        if span.line == span.end_line:
            shown = lines[span.line - 1][span.column - 1 : span.end_column - 1]
        else:
            first, last = lines[span.line - 1][span.column - 1 :], lines[span.end_line - 1]
            shown = "\n".join([first, *lines[span.line : span.end_line - 1], last[: span.end_column - 1]])
        assert json.loads(shown) == part or part != part


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('{"a": 1,}', {"a": 1}),
        ("[1, 2,]", [1, 2]),
        ('// first\n{"a": /* inside */ [1 // one\n]}\n// last', {"a": [1]}),
        ("/**/ 1", 1),
        ('"// no comment"', "// no comment"),
        ('{"a": 1, "a": 2}', {"a": 2}),
        ("1e2", 100.0),
        ("-0", 0),
        ('"\\ud83d\\ude00"', "😀"),
        ("9" * 40, int("9" * 40)),
    ],
)
def test_what_is_read(text: str, value: Any) -> None:
    assert parse_document(text).value == value


@pytest.mark.parametrize(
    ("text", "place", "says"),
    [
        ("", (1, 1), "the text ends where a value should be"),
        ("{", (1, 1), "this object is not closed"),
        ('{"a": [1,\n 2}', (2, 3), 'expected "," or "]" after this value'),
        ("[1, 2", (1, 1), "this list is not closed"),
        ('{"a": 1\n "b": 2}', (1, 8), 'expected "," or "}" after this value'),
        ('{"a": 1,, "b": 2}', (1, 9), "two commas"),
        ('{"a" 1}', (1, 5), 'expected ":" after the key "a"'),
        ("{'a': 1}", (1, 2), "write keys in double quotes"),
        ("{a: 1}", (1, 2), "write keys in double quotes"),
        ("{\"a\": 'b'}", (1, 7), "write text in double quotes"),
        ('{"a": True}', (1, 7), "write true"),
        ('{"a": None}', (1, 7), "write null"),
        ('{"a": NaN}', (1, 7), "NaN is no JSON value"),
        ('{"a": 01}', (1, 7), "without leading zeros"),
        ('{"a": 1.}', (1, 7), "no JSON number"),
        ('{"a": .5}', (1, 7), "unexpected '.'"),
        ('{"a": 1e999}', (1, 7), "this number is too large"),
        ('{"a": "x', (1, 7), "this text is not closed"),
        ('{"a": "x\ny"}', (1, 9), "may not hold control characters"),
        ('{"a": "\\q"}', (1, 8), "this is no escape"),
        ("{} {}", (1, 4), "after the end"),
        ("/* open", (1, 1), "this comment is not closed"),
        ("[" * 10_000, (1, 201), "more than 200 objects and lists within each other"),
        ('{"a":' * 10_000, (1, 1001), "more than 200 objects and lists within each other"),
        ("9" * 5000, (1, 1), "a number of more than 4000 digits"),
    ],
)
def test_what_is_refused_and_where(text: str, place: tuple[int, int], says: str) -> None:
    with pytest.raises(DocumentError) as refused:
        parse_document(text, "f.json")
    assert says in str(refused.value)
    assert refused.value.span is not None
    assert (refused.value.span.line, refused.value.span.column) == place


@given(st.text(alphabet='{}[]",:\\ntrue0123.e-/* \n') | st.text())
def test_any_text_is_read_or_refused_with_a_place(text: str) -> None:
    try:
        parse_document(text)
    except DocumentError as wrong:
        refused = wrong
    else:
        return
    assert refused.span is not None


DOCUMENT = parse_document('{"a": {"b\\n": [10, "x\\u00e9\\ty"]},\n "a": 2}', "f")


def place(document: Document, *pointer: str | int, key: bool = False) -> tuple[int, int, int, int]:
    span = document.span(pointer, key=key)
    assert span is not None
    return span.line, span.column, span.end_line, span.end_column


def test_places_of_values_and_keys() -> None:
    document = parse_document('{"a": {"b": [10, "é"]}}')
    assert place(document) == (1, 1, 1, 24)
    assert place(document, "a") == (1, 7, 1, 23)
    assert place(document, "a", key=True) == (1, 2, 1, 5)
    assert place(document, "a", "b", 1) == (1, 18, 1, 21)
    assert place(document, "a", "nowhere", 3) == (1, 7, 1, 23)


def test_places_inside_a_text_count_escapes() -> None:
    document = parse_document('["ab\\n\\u00e9\\ud83d\\ude00c"]')
    for start, columns in [(0, (3, 4)), (2, (5, 7)), (3, (7, 13)), (4, (13, 25)), (5, (25, 26))]:
        span = document.inner_span((0,), start, start + 1)
        assert span is not None
        assert (span.column, span.end_column) == columns


def test_duplicate_keys_are_kept_with_both_places() -> None:
    (duplicate,) = DOCUMENT.duplicate_keys
    assert duplicate.pointer == ("a",)
    assert (duplicate.first.line, duplicate.first.column) == (1, 2)
    assert (duplicate.again.line, duplicate.again.column) == (2, 2)


@given(VALUES, st.sampled_from([None, 1, "\t"]))
def test_places_are_the_same_however_they_are_read(value: Any, indent: Any) -> None:
    source = Text("m.json", f" {json.dumps(value, indent=indent)}\n")
    quick, slow = parse_json_text(source), read_with_places(source)
    assert quick.value == slow.value == value

    def same(one: Any, other: Any) -> None:
        assert (one.start, one.end, one.keys) == (other.start, other.end, other.keys)
        assert (one.parts or {}).keys() == (other.parts or {}).keys()
        for part in one.parts or {}:
            same(one.parts[part], other.parts[part])

    same(quick.root, slow.root)


@given(VALUES, st.sampled_from([" // {a: /*\n", '\n/* " // */ ']), st.randoms(use_true_random=False))
def test_places_beside_comments_are_the_same_in_whatever_order_they_are_asked(
    value: Any, comment: str, random: Any
) -> None:
    source = Text("m.json", json.dumps(value, indent=1).replace("\n", comment) + comment)
    quick, slow = parse_json_text(source), read_with_places(source)
    assert quick.value == slow.value == value
    pointers = [pointer for pointer, _ in parts(value)]
    random.shuffle(pointers)
    for pointer in pointers:
        for is_key in (True, False):
            assert quick.span(pointer, key=is_key) == slow.span(pointer, key=is_key)
        assert quick.offsets(pointer) == slow.offsets(pointer)


def test_texts_that_cannot_be_read_take_no_longer_for_what_they_hold() -> None:
    for text in ('["' + '\\"' * 200_000, "/*" * 200_000, "[" + '"a", ' * 200_000 + "/*"):
        with pytest.raises(DocumentError):
            parse_document(text)
