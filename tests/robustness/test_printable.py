"""What the user's data says never acts on a terminal or in a CI's log, and JSON stays the same value."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as some

from aslrun.document.printable import printable, printable_json, printable_log, printable_source

ANY_TEXT = some.text(some.characters(exclude_categories=()))


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Zoë 😀", "Zoë 😀"),
        ("a\nb\r\n\tc", r"a\nb\r\n\tc"),
        ("\x1b[2J\x07\x9b1m", r"\x1b[2J\x07\x9b1m"),
        ("x\n::error::y", r"x\n::error::y"),
        ("##[error]x ##vso[task.x] ## y", r"\x23#[error]x \x23#vso[task.x] ## y"),
        ("a\u202eb\u2028c", r"a\u202eb\u2028c"),
        ("\ud83d!", r"\ud83d!"),
    ],
)
def test_one_line_without_commands(text: str, shown: str) -> None:
    assert printable(text) == shown


@given(ANY_TEXT)
def test_nothing_acts(text: str) -> None:
    shown = printable(text)
    assert len(shown.splitlines()) <= 1
    shown.encode("utf-8")
    assert "##[" not in shown


def test_a_function_s_log_keeps_colours_and_tabs() -> None:
    assert printable_log("\x1b[31mred\x1b[0m\tx\x1b]0;title\x07\r!") == (
        "\x1b[31mred\x1b[0m\tx\\x1b]0;title\\x07\\r!"
    )


@given(ANY_TEXT)
def test_a_line_of_a_source_keeps_its_length(line: str) -> None:
    assert len(printable_source(line)) == len(line)


@given(some.recursive(ANY_TEXT, lambda inner: some.lists(inner) | some.dictionaries(ANY_TEXT, inner)))
def test_json_is_the_same_value_in_any_encoding(value: object) -> None:
    text = printable_json(json.dumps(value, ensure_ascii=False))
    assert json.loads(text.encode("utf-8")) == value
