"""Reading files: which format, and what cannot be read."""

from __future__ import annotations

from pathlib import Path

import pytest

from aslrun.document import read_document
from aslrun.errors import AslrunError


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("a.json", "[1]", [1]),
        ("a.asl.json", "// c\n[1]", [1]),
        ("a.yaml", "- 1", [1]),
        ("a.asl.yml", "a: on", {"a": "on"}),
        ("a", "[1]", [1]),
        ("a", "/* c */ {}", {}),
        ("a", "a: 1", {"a": 1}),
        ("a.json", "\ufeff[1]", [1]),
    ],
)
def test_format_by_name_or_by_text(tmp_path: Path, name: str, text: str, value: object) -> None:
    (tmp_path / name).write_text(text, encoding="utf-8")
    assert read_document(tmp_path / name).value == value


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b'{"a": "\xe9"}', "byte 0xe9 is not UTF-8"),
        ('"é"'.encode("utf-16"), "is UTF-16"),
        (b"", "the text ends"),
    ],
)
def test_what_cannot_be_read(tmp_path: Path, data: bytes, says: str) -> None:
    (tmp_path / "a.json").write_bytes(data)
    with pytest.raises(AslrunError) as refused:
        read_document(tmp_path / "a.json")
    assert says in str(refused.value)


def test_no_file_and_a_folder(tmp_path: Path) -> None:
    with pytest.raises(AslrunError, match="there is no file"):
        read_document(tmp_path / "nowhere.json")
    with pytest.raises(AslrunError, match="is a folder"):
        read_document(tmp_path)
