"""YAML text: YAML 1.2's scalars, anchors and merge keys, places, and limits."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aslrun.document import DocumentError, parse_document


def read(text: str) -> Any:
    return parse_document(text, "f.yaml", "yaml").value


@pytest.mark.parametrize(
    ("scalar", "value"),
    [
        ("", None), ("~", None), ("null", None), ("true", True), ("False", False),
        ("on", "on"), ("yes", "yes"), ("No", "No"), ("12", 12), ("-3", -3), ("012", "012"), ("0o14", 12),
        ("0x1F", 31), ("1.5", 1.5), ("1e3", 1000.0), (".5", 0.5), ("12:30", "12:30"), ("1_000", "1_000"),
        ("2026-01-01", "2026-01-01"), ("2026-01-01T00:00:00Z", "2026-01-01T00:00:00Z"), (".inf", ".inf"),
        ("'12'", "12"), ('"true"', "true"), ("!!str 12", "12"), ("!!int 12", 12), ("!!float 1", 1),
        ("a b", "a b"), ("$.a.b", "$.a.b"), ('"a\\nb"', "a\nb"), ("{% $x %}", None),
    ],
)  # fmt: skip
def test_scalars(scalar: str, value: Any) -> None:
    if scalar.startswith("{%"):
        with pytest.raises(DocumentError):
            read(f"k: {scalar}")
    else:
        assert json.dumps(read(f"k: {scalar}")) == json.dumps({"k": value})


def test_block_scalars_lists_and_keys() -> None:
    assert read("a: |\n  x\n  y\nb: >-\n  x\n  y\n1: one\ntrue: [a, {b: c}]\n") == {
        "a": "x\ny\n",
        "b": "x y",
        "1": "one",
        "true": ["a", {"b": "c"}],
    }


def test_anchors_and_merge_keys() -> None:
    base = "base: &base {Type: Task, Resource: f}\n"
    read_value = read(base + "a:\n  <<: *base\n  Resource: g\nb: {<<: [*base, {End: true}]}\n")
    assert read_value["a"] == {"Type": "Task", "Resource": "g"}
    assert read_value["b"] == {"Type": "Task", "Resource": "f", "End": True}
    assert read('"<<": 1') == {"<<": 1}


def test_json_is_yaml() -> None:
    assert read('{"a": [1, null, {"b": "c"}]}') == {"a": [1, None, {"b": "c"}]}


def test_places() -> None:
    document = parse_document("# é\nStates:\n  A:\n    Type: Pass\n    End: true\n\nx: 1\n", "f", "yaml")
    span = document.span(("States", "A"))
    assert span is not None
    assert (span.line, span.column, span.end_line, span.end_column) == (4, 5, 5, 14)
    key = document.span(("States", "A", "End"), key=True)
    assert key is not None
    assert (key.line, key.column, key.end_column) == (5, 5, 8)
    inner = document.inner_span(("States", "A", "Type"), 1, 3)
    assert inner is not None
    assert (inner.column, inner.end_column) == (12, 14)


def test_duplicate_keys() -> None:
    (duplicate,) = parse_document("a: 1\nb: 2\na: 3\n", "f", "yaml").duplicate_keys
    assert (duplicate.first.line, duplicate.again.line) == (1, 3)


BOMB = "a: &a [x]\n" + "".join(
    f"{name}: &{name} [{', '.join(['*' + before] * 10)}]\n"
    for before, name in zip("abcdefgh", "bcdefghi", strict=True)
)


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ("a: [1", 1, "not YAML"),
        ("a: b: c", 1, "mapping values are not allowed"),
        ("a:\n\t- b", 2, "not YAML"),
        ("a: !Sub x", 1, "the tag !Sub"),
        ("a: !!python/object:os.system x", 1, "the tag"),
        ("a: !!int x", 1, "is no !!int"),
        ("--- 1\n--- 2", 2, "more than one YAML document"),
        ("a: *b", 1, "there is no anchor &b"),
        ("a: &a [*a]", 1, "there is no anchor &a"),
        ("? [1]\n: 2", 1, "a key must be text"),
        ("<<: 1", 1, "a merge key"),
        (BOMB, 7, "aliases make this document larger"),
        ("[" * 300 + "]" * 300, 1, "more than 200"),
        ("a: \x07", 1, "not YAML"),
    ],
)
def test_what_is_refused(text: str, line: int, says: str) -> None:
    with pytest.raises(DocumentError) as refused:
        read(text)
    assert says in str(refused.value)
    assert refused.value.span is not None
    assert refused.value.span.line == line


@given(st.text(alphabet="ab:-[]{}&*!|>?'\"#%@, \n\t~0<") | st.text())
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        value = read(text)
    except DocumentError:
        return
    json.dumps(value)
