"""What is wrong with a definition as a text, whatever it defines: no object, keys twice, too deep nesting."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from aslrun.document.json_text import MAX_DEPTH
from aslrun.document.spans import Pointer
from aslrun.validation.findings import Finding, schema_error
from aslrun.values import JSON

if TYPE_CHECKING:
    from aslrun.document import Document


def check_text(document: Document) -> Iterator[Finding]:
    """Yield what the text of a document shows."""
    if not isinstance(document.value, dict):
        yield schema_error("Definition must be a valid JSON object", ())
    for duplicate in document.duplicate_keys if document.duplicates else ():
        message = f"The key '{duplicate.pointer[-1]}' is given twice in one object; only the last one counts"
        hint = f"it is first given at {duplicate.first.line}:{duplicate.first.column}"
        yield Finding("DUPLICATE_KEY", message, duplicate.pointer, hint, "warning", span=duplicate.again)
    deep = too_deep(document.value) if document.places is None else None  # readers of texts refuse it
    if deep is not None:
        message = f"More than {MAX_DEPTH} objects and lists within each other"
        yield Finding("TOO_DEEPLY_NESTED", message, deep)


def too_deep(value: JSON) -> Pointer | None:
    """Return the first object or list that lies deeper than a definition may, None if there is none.

    The service refuses deep nesting at a depth it does not tell. Texts have been refused by their reader.
    """
    waiting: list[tuple[Pointer, JSON]] = [((), value)]
    while waiting:
        at, outer = waiting.pop()
        if len(at) >= MAX_DEPTH:
            return at
        for part, inner in parts(outer):
            if isinstance(inner, (dict, list)):
                waiting.append(((*at, part), inner))
    return None


def parts(value: JSON) -> Iterable[tuple[str | int, JSON]]:
    """What is directly inside a value, by key or index."""
    if isinstance(value, dict):
        return value.items()
    return enumerate(value) if isinstance(value, list) else ()


def everything_in(at: Pointer, value: JSON) -> Iterator[tuple[Pointer, JSON]]:
    """A value at `at` and all that is inside it, with pointers."""
    if not isinstance(value, (dict, list)):
        yield at, value
        return
    waiting: list[tuple[Pointer, JSON]] = [(at, value)]
    while waiting:
        at, value = waiting.pop()
        yield at, value
        if isinstance(value, dict):
            waiting.extend([((*at, part), inner) for part, inner in value.items()])
        elif isinstance(value, list):
            waiting.extend([((*at, part), inner) for part, inner in enumerate(value)])


def texts_in(at: Pointer, value: JSON) -> list[tuple[Pointer, str]]:
    """The texts in a value, or itself, with pointers, in the order of `everything_in`."""
    found: list[tuple[Pointer, str]] = []
    _add_texts(at, value, found)
    found.reverse()
    return found


def _add_texts(at: Pointer, value: JSON, found: list[tuple[Pointer, str]]) -> None:
    # Values are at most MAX_DEPTH deep, and each level of Python costs half of a stack of our own.
    if isinstance(value, str):
        found.append((at, value))
        return
    for part, inner in parts(value):
        if isinstance(inner, str):
            found.append(((*at, part), inner))
        elif isinstance(inner, (dict, list)):
            _add_texts((*at, part), inner, found)


def objects_in(at: Pointer, value: JSON) -> Iterator[tuple[Pointer, dict[str, JSON]]]:
    """The objects in a value, or itself, with pointers, in the order of `everything_in`."""
    waiting: list[tuple[Pointer, JSON]] = [(at, value)]
    while waiting:
        at, outer = waiting.pop()
        if isinstance(outer, dict):
            yield at, outer
        waiting += [((*at, part), inner) for part, inner in parts(outer) if isinstance(inner, (dict, list))]
