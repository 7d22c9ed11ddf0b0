"""Definitions put together of pieces that a template holds, each character with the place it comes from.

Documentation: "DefinitionSubstitutions" (of a state machine), "Fn::Join", "Fn::Sub".
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence

from aslrun.document.cloudformation.evaluation import Template
from aslrun.document.cloudformation.functions import Unknown, function_call
from aslrun.document.cloudformation.places import chosen
from aslrun.document.spans import Document, DocumentError, Excerpt, Node, Pointer, Text, value_at
from aslrun.values import JSON

Lookup = Callable[[str], "str | None"]
"""A placeholder's name → its value; None where that is not known."""

MAX_FILLED = 20_000_000
"""Characters that the placeholders of a definition may stand for, all together."""

_PLACEHOLDER = re.compile(r"\$\{([^{}]+)\}")
DYNAMIC = re.compile(r"(\{\{resolve:[^{}]+\}\})")
"""A dynamic reference, which is looked up as a whole."""


class Pieces:
    """A text that grows by pieces of `outer`."""

    def __init__(self, outer: Text) -> None:
        self.outer = outer
        self.texts: list[str] = []
        self.offsets: list[int] = []

    def add(self, text: str, offsets: Iterable[int]) -> None:
        """Add a text whose characters come from these offsets."""
        self.texts.append(text)
        self.offsets.extend(offsets)

    def insert(self, text: str, at: int) -> None:
        """Add a text that something at offset `at` stands for."""
        self.add(text, [at] * len(text))

    def excerpt(self, end: int) -> Excerpt:
        """Return the whole text, which ends at offset `end`."""
        return Excerpt(self.outer, "".join(self.texts), [*self.offsets, end])


def counted(lookup: Lookup, file: str) -> Lookup:
    """Return a lookup that raises DocumentError when what it has filled in becomes too large."""
    filled = 0

    def look_up(name: str) -> str | None:
        nonlocal filled
        value = lookup(name)
        filled += len(value or "")
        if filled > MAX_FILLED:
            raise DocumentError(f"{file}: filled in, a definition has more than {MAX_FILLED:,} characters")
        return value

    return look_up


def fill(source: Text, lookup: Lookup, pattern: re.Pattern[str] = _PLACEHOLDER) -> Text:
    """Return a text with the placeholders filled in whose values are known; `pattern` tells what is one."""
    made, at = Pieces(source), 0
    for match in pattern.finditer(source.text):
        value = lookup(match[1].strip(" ~"))  # ${~ x ~}: as Terraform has it
        if value is not None:
            made.add(source.text[at : match.start()], range(at, match.start()))
            made.insert(value, match.start())
            at = match.end()
    if at == 0:
        return source
    made.add(source.text[at:], range(at, len(source.text)))
    return made.excerpt(len(source.text))


def fill_value(
    value: JSON, node: Node | None, lookup: Lookup, pattern: re.Pattern[str] = _PLACEHOLDER
) -> tuple[JSON, Node | None]:
    """Return a value with the placeholders in its texts and keys filled in, and its node with these keys."""
    if isinstance(value, str):
        return fill(Text("", value), lookup, pattern).text, node
    if isinstance(value, list):
        return _fill_list(value, node, lookup, pattern)
    return _fill_object(value, node, lookup, pattern) if isinstance(value, dict) else (value, node)


def _fill_list(
    value: list[JSON], node: Node | None, lookup: Lookup, pattern: re.Pattern[str]
) -> tuple[JSON, Node | None]:
    parts = (node.parts if node else None) or {}
    filled = [fill_value(item, parts.get(at), lookup, pattern) for at, item in enumerate(value)]
    inner: dict[str | int, Node] = {at: part for at, (_, part) in enumerate(filled) if part}
    return [item for item, _ in filled], _with_parts(node, inner, None)


def _fill_object(
    value: dict[str, JSON], node: Node | None, lookup: Lookup, pattern: re.Pattern[str]
) -> tuple[JSON, Node | None]:
    parts, keys = (node.parts if node else None) or {}, (node.keys if node else None) or {}
    made: dict[str, JSON] = {}
    inner: dict[str | int, Node] = {}
    places: dict[str, tuple[int, int]] = {}
    for key, item in value.items():
        name = fill(Text("", key), lookup, pattern).text
        made[name], part = fill_value(item, parts.get(key), lookup, pattern)
        if part is not None and key in keys:
            inner[name], places[name] = part, keys[key]
    return made, _with_parts(node, inner, places)


def _with_parts(
    node: Node | None, parts: dict[str | int, Node], keys: dict[str, tuple[int, int]] | None
) -> Node | None:
    if node is None:
        return None
    made = Node(node.start, node.end)
    made.parts, made.keys = parts, keys
    return made


def put_together(template: Template, pointer: Pointer) -> Text:
    """Return the text that is written at `pointer`, as a text or as functions that make one."""
    document, pointer = template.document, chosen(template, pointer)
    call = function_call(value_at(document.value, pointer))
    if call is not None and call[0] == "Fn::Join":
        return _joined(template, (*pointer, "Fn::Join"), call[1])
    if call is not None and call[0] == "Fn::Sub":
        return _substituted(template, (*pointer, "Fn::Sub"), call[1])
    return _as_written(document, pointer, template.text(value_at(document.value, pointer)))


def _as_written(document: Document, pointer: Pointer, text: str) -> Text:
    """Return a text value; one that is not written as it is comes as a whole from where it is told."""
    node, offsets = document.node_at(pointer), document.offsets(pointer)
    if offsets:
        return Excerpt(document.source, text, offsets)
    made = Pieces(document.source)
    made.insert(text, node.start if node else 0)
    return made.excerpt(node.end if node else 0)


def _joined(template: Template, pointer: Pointer, argument: JSON) -> Text:
    document = template.document
    separator, items = argument if isinstance(argument, list) and len(argument) == 2 else (None, None)
    if not isinstance(separator, str) or not isinstance(items, list):
        return _as_written(document, pointer, template.text({"Fn::Join": argument}))
    made = Pieces(document.source)
    end = 0
    there = [at for at, item in enumerate(items) if not template.is_absent(item)]
    for number, at in enumerate(there):
        piece = put_together(template, (*pointer, 1, at))
        made.insert(separator if number else "", end)
        offsets = origins(piece, document.source)
        made.add(piece.text, offsets[:-1])
        end = offsets[-1]
    return made.excerpt(end)


def _substituted(template: Template, pointer: Pointer, argument: JSON) -> Text:
    if isinstance(argument, str):
        text, at, variables = argument, pointer, None
    elif isinstance(argument, list) and len(argument) == 2 and isinstance(argument[0], str):
        text, at, variables = argument[0], (*pointer, 0), argument[1]
    else:
        return _as_written(template.document, pointer, template.text({"Fn::Sub": argument}))
    known = variables if isinstance(variables, dict) else {}

    def look_up(name: str) -> str | None:
        try:
            return template.substitute(f"${{{name}}}", known)
        except Unknown:
            return None

    return fill(_as_written(template.document, at, text), counted(look_up, template.file))


def origins(text: Text, outer: Text) -> Sequence[int]:
    """Return the offsets in `outer` of the characters of a text, and of its end, through all excerpts."""
    offsets: Sequence[int] = range(len(text.text) + 1)
    while isinstance(text, Excerpt) and text is not outer:
        offsets = [text.offsets[offset] for offset in offsets]
        text = text.outer
    return offsets
