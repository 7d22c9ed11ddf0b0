"""A JSON value as URL-encoded form data. Documentation: "Applying URL-encoding on request body"."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from urllib.parse import quote

from aslrun.values import JSON, to_json_text

ARRAY_FORMATS: Mapping[str, Callable[[str, int], str]] = {
    "INDICES": lambda key, index: f"{key}[{index}]",
    "REPEAT": lambda key, index: key,
    "BRACKETS": lambda key, index: f"{key}[]",
    "COMMAS": lambda key, index: key,
    "NONE": lambda key, index: key,
}
"""ArrayFormat → the key of an item. COMMAS writes the items of an array after one key."""


def encode_form(value: JSON, array_format: str) -> str:
    """Return an object as form data; a text is taken as form data already."""
    if isinstance(value, str):
        return value
    pairs = value.items() if isinstance(value, dict) else ()
    return "&".join(
        f"{encode(key)}={text}" for name, member in pairs for key, text in _fields(name, member, array_format)
    )


def _fields(key: str, value: JSON, array_format: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for name, member in value.items():
            yield from _fields(f"{key}[{name}]", member, array_format)
    elif isinstance(value, list) and array_format == "COMMAS":
        yield key, ",".join(encode(text_of(item)) for item in value)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _fields(ARRAY_FORMATS[array_format](key, index), item, array_format)
    else:
        yield key, encode(text_of(value))


def encode(text: str) -> str:
    """Return a text percent-encoded, a space as %20 (documentation: the request of the example)."""
    return quote(text, safe="-_.~", errors="surrogatepass")


def text_of(value: JSON) -> str:
    """Return a value as it stands in a query, a header or a form: a text as it is, null as nothing."""
    if isinstance(value, str):
        return value
    return "" if value is None else to_json_text(value)
