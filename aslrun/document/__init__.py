"""Documents: JSON or YAML text read into values, with the place of each part.

`read_document` takes a file, `parse_document` a text, `document_of` a Python value.
"""

from __future__ import annotations

import os
import re
import sys
from typing import Any, Literal, TypeAlias

from aslrun.document.json_text import parse_json_text
from aslrun.document.spans import Document, DocumentError, DuplicateKey, Pointer, Span, Text, pointer_text
from aslrun.errors import UsageError
from aslrun.values import JSON

__all__ = [
    "Document",
    "DocumentError",
    "DuplicateKey",
    "Pointer",
    "Span",
    "document_of",
    "parse_document",
    "pointer_text",
    "read_document",
    "read_toml",
]

Format: TypeAlias = Literal["json", "yaml"]
_YAML_SUFFIXES = (".yaml", ".yml")
# JSON begins with a bracket, once comments and blanks are passed; other texts are taken for YAML.
_JSON_BEGINS = re.compile(r"(?:\s|//[^\n]*\n|/\*.*?\*/)*[{\[]", re.DOTALL)


def read_document(path: str | os.PathLike[str]) -> Document:
    """Read a file, or stdin for `-`. `.yaml` and `.yml` are YAML, `.json` is JSON; else the text decides.

    Raises UsageError for a file that cannot be read, DocumentError for a text that is neither.
    """
    source = read_text(path)
    return parse_source(source, format_of(source))


def parse_document(text: str, file: str = "<text>", format: Format = "json") -> Document:
    """Read a text; `file` is the name that messages show. Raises DocumentError."""
    return parse_source(Text(file, text), format)


def parse_source(source: Text, format: Format) -> Document:
    """Read a text that was read from a file, or is part of one. Raises DocumentError."""
    if format == "json":
        return parse_json_text(source)
    from aslrun.document.yaml_text import parse_yaml_text

    return parse_yaml_text(source)


def read_text(path: str | os.PathLike[str]) -> Text:
    """Read the text of a file, or of stdin for `-`. Raises as `read_document` does."""
    name = os.fspath(path)
    if name == "-":
        data, name = _read_stdin(), "<stdin>"
    else:
        data = _read(name)
    return Text(name, _decode(data, name))


def read_toml(path: str | os.PathLike[str]) -> dict[str, Any]:
    """Read a file of settings. Raises UsageError for one that cannot be read, or is not TOML."""
    import tomllib

    try:
        return tomllib.loads(read_text(path).text.replace("\r\n", "\n"))
    except DocumentError as wrong:
        raise UsageError(str(wrong)) from None
    except (ValueError, RecursionError) as wrong:
        told = str(wrong) if isinstance(wrong, tomllib.TOMLDecodeError) else "it cannot be read"
        raise UsageError(f"{os.fspath(path)} is not TOML: {told}") from None


def document_of(value: JSON) -> Document:
    """Make a document of a Python value; it has no text and no spans."""
    return Document(Text("<definition>", ""), value)


def _read_stdin() -> bytes:
    if sys.stdin is None:
        raise UsageError("stdin cannot be read: it is closed")
    try:
        # A text that a program has put in the place of stdin has no bytes.
        binary = getattr(sys.stdin, "buffer", None)
        data: bytes = sys.stdin.read().encode("utf-8", "surrogatepass") if binary is None else binary.read()
    except OSError as wrong:
        raise UsageError(f"stdin cannot be read: {wrong.strerror}") from None
    return data


def _read(name: str) -> bytes:
    try:
        with open(name, "rb") as file:
            return file.read()
    except FileNotFoundError:
        raise UsageError(f"there is no file {name}") from None
    except (IsADirectoryError, PermissionError) as wrong:
        if os.path.isdir(name):  # Windows says that it may not be read
            raise UsageError(f"{name} is a folder; name a file in it") from None
        raise UsageError(f"{name} cannot be read: {wrong.strerror}") from None
    except OSError as wrong:
        raise UsageError(f"{name} cannot be read: {wrong.strerror}") from None
    except ValueError:
        raise UsageError(f"{name} is no name of a file") from None


def _decode(data: bytes, name: str) -> str:
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise DocumentError(f"{name} is UTF-16; save it as UTF-8")
    try:
        return data.decode().removeprefix("\ufeff")
    except UnicodeDecodeError as wrong:
        source = Text(name, data[: wrong.start].decode("utf-8", "replace"))
        message = f"byte {data[wrong.start]:#04x} is not UTF-8; save the file as UTF-8"
        raise source.error(message, wrong.start) from None


def format_of(source: Text) -> Format:
    """Return what a file is by its name; where that does not tell, by its text."""
    name, text = source.file, source.text
    if name.endswith(_YAML_SUFFIXES):
        return "yaml"
    return "json" if name.endswith(".json") or _JSON_BEGINS.match(text) else "yaml"
