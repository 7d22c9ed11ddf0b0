"""YAML text → a document, from PyYAML's events: values by the rules of YAML 1.2, and their places.

`on` and `12:30` are texts, as YAML 1.2's core schema has it; PyYAML's own constructors would make a boolean
and a sexagesimal number of them. `012` is a text too, so that an account number keeps its zero. The stack
of open collections and the number of values that aliases make are limited.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from aslrun.document.json_text import MAX_DEPTH
from aslrun.document.spans import Document, DocumentError, Node, Pointer, Text
from aslrun.values import JSON

if TYPE_CHECKING:
    import yaml

MAX_NODES = 1_000_000
"""Values that a document may have, each use of an alias counted: what an alias bomb runs into."""

_NULL = re.compile(r"~|null|Null|NULL|")
_BOOL = re.compile(r"true|True|TRUE|false|False|FALSE")
_INT = re.compile(r"[-+]?[0-9]+")
_OCTAL = re.compile(r"0o[0-7]+")
_HEX = re.compile(r"0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_BREAK = re.compile(r"\r\n?|[\x85\u2028\u2029]")

_PREFIX = "tag:yaml.org,2002:"


def parse_yaml_text(source: Text, *, short_forms: bool = False) -> Document:
    """Read YAML text. Raises DocumentError, with the place, for what is not YAML or not JSON's data.

    With `short_forms`, CloudFormation's tags are read as the functions they stand for: `!Sub x` as
    `{"Fn::Sub": "x"}`.
    """
    import yaml

    # CParser is what CLoader is made of; where libyaml is missing, PyYAML reads the same in Python.
    loader: Any = getattr(yaml, "CLoader", yaml.Loader)
    try:
        events = list(yaml.parse(source.text, Loader=loader))
    except yaml.MarkedYAMLError as wrong:
        mark = wrong.problem_mark or wrong.context_mark
        mark_index: Any = mark.index if mark else 0
        message = f"this is not YAML: {wrong.problem or wrong.context}"
        raise source.error(message, mark_index) from None
    except yaml.YAMLError as wrong:
        raise source.error(f"this is not YAML: {wrong}", 0) from None
    builder = _Builder(source, short_forms)
    value, root = builder.build(iter(events))
    return Document(source, value, root, tuple(builder.duplicates), scalar_offsets)


class _Builder:
    """Makes values of events. `count` is the number of values so far, aliases' included."""

    def __init__(self, source: Text, short_forms: bool) -> None:
        self.source = source
        self.short_forms = short_forms
        self.path: list[str | int] = []
        self.anchors: dict[str, tuple[JSON, Node, int]] = {}
        self.count = 0
        self.duplicates: list[tuple[Pointer, tuple[int, int], tuple[int, int]]] = []

    def build(self, events: Iterator[yaml.Event]) -> tuple[JSON, Node]:
        import yaml

        result: tuple[JSON, Node] | None = None
        for event in events:
            if isinstance(event, (yaml.ScalarEvent, yaml.AliasEvent, yaml.CollectionStartEvent)):
                if result is not None:
                    raise self.wrong("there is more than one YAML document in this file", event)
                result = self.value(event, events)
        return result or (None, Node(0, 0))

    def value(self, event: Any, events: Iterator[yaml.Event]) -> tuple[JSON, Node]:
        import yaml

        self.count += 1
        if isinstance(event, yaml.AliasEvent):
            return self.alias(event)
        if len(self.path) > MAX_DEPTH:
            raise self.wrong(f"more than {MAX_DEPTH} objects and lists within each other", event)
        before = self.count
        function = self.function(event)
        if function:
            self.path.append(function)
        if isinstance(event, yaml.ScalarEvent):
            value, node = self.scalar(event), Node(_start(event), _end(event))
        elif isinstance(event, yaml.MappingStartEvent):
            value, node = self.mapping(event, events)
        else:
            value, node = self.sequence(event, events)
        if function:
            self.path.pop()
            value, node = {function: value}, _calling(function, node, event)
        if event.anchor:
            self.anchors[event.anchor] = value, node, self.count - before + 1
        return value, node

    def alias(self, event: Any) -> tuple[JSON, Node]:
        if event.anchor not in self.anchors:
            raise self.wrong(f"there is no anchor &{event.anchor} before this alias", event)
        value, node, size = self.anchors[event.anchor]
        self.count += size
        if self.count > MAX_NODES:
            raise self.wrong(f"aliases make this document larger than {MAX_NODES:,} values", event)
        return value, node

    def function(self, event: Any) -> str | None:
        """Return the name of the function that a tag is the short form of."""
        tag = self.tag(event) or ""
        if not self.short_forms or not tag.startswith("!"):
            return None
        return tag[1:] if tag in ("!Ref", "!Condition") else f"Fn::{tag[1:]}"

    def scalar(self, event: Any) -> JSON:
        if self.function(event):
            return str(event.value)
        tag = self.tag(event)
        if tag is not None:
            if tag not in SCALAR_TAGS:
                raise self.wrong(f"the tag {event.tag} is not one that a definition may have", event)
            return self.tagged(event, tag)
        if not event.implicit[0]:
            return str(event.value)
        return plain_scalar(str(event.value))

    def tagged(self, event: Any, tag: str) -> JSON:
        if tag == "str":
            return str(event.value)
        value = plain_scalar(str(event.value))
        if type(value) not in SCALAR_TAGS[tag]:
            raise self.wrong(f"{event.value!r} is no !!{tag}", event)
        return value

    def tag(self, event: Any) -> str | None:
        tag: str | None = event.tag
        if tag is None or tag == "!":
            return None
        return tag.removeprefix(_PREFIX)

    def collection_tag(self, event: Any, expected: str) -> None:
        if self.tag(event) not in (None, expected) and not self.function(event):
            raise self.wrong(f"the tag {event.tag} is not one that a definition may have", event)

    def sequence(self, event: Any, events: Iterator[yaml.Event]) -> tuple[JSON, Node]:
        import yaml

        self.collection_tag(event, "seq")
        node, values = Node(_start(event)), list[JSON]()
        parts = node.parts = {}
        for item in events:
            if isinstance(item, yaml.SequenceEndEvent):
                node.end = self.end(item)
                break
            self.path.append(len(values))
            value, parts[len(values)] = self.value(item, events)
            self.path.pop()
            values.append(value)
        return values, node

    def mapping(self, event: Any, events: Iterator[yaml.Event]) -> tuple[JSON, Node]:
        import yaml

        self.collection_tag(event, "map")
        node, values, merged = Node(_start(event)), dict[str, JSON](), list[tuple[JSON, Node, Any]]()
        parts = node.parts = {}
        keys = node.keys = {}
        for item in events:
            if isinstance(item, yaml.MappingEndEvent):
                node.end = self.end(item)
                break
            key = self.key(item)
            place = _start(item), _end(item)
            self.path.append(key)
            value, part = self.value(next(events), events)
            self.path.pop()
            if key == "<<" and getattr(item, "implicit", (False,))[0]:
                merged.append((value, part, item))
                continue
            if key in keys:
                self.duplicates.append(((*self.path, key), keys[key], place))
            keys[key], values[key], parts[key] = place, value, part
        for value, part, item in merged:
            self.merge(values, node, value, part, item)
        return values, node

    def merge(self, values: dict[str, JSON], node: Node, value: JSON, part: Node, item: Any) -> None:
        """Add what a merge key `<<` brings, where the mapping does not have it itself."""
        sources = value if isinstance(value, list) else [value]
        for at, source in enumerate(sources):
            if not isinstance(source, dict):
                raise self.wrong("a merge key << takes a mapping, or a list of mappings", item)
            origin = (part.parts or {}).get(at, part) if isinstance(value, list) else part
            for name in source:
                if name not in values:
                    values[name] = source[name]
                    (node.parts or {})[name] = (origin.parts or {})[name]
                    (node.keys or {})[name] = (origin.keys or {})[name]

    def key(self, event: Any) -> str:
        import yaml

        if not isinstance(event, yaml.ScalarEvent):
            raise self.wrong("a key must be text", event)
        return str(event.value)

    def end(self, event: Any) -> int:
        """Return where a collection ends: a block's end mark lies at the next token, after blanks."""
        text = self.source.text
        end = _end(event)
        if _start(event) != end:
            return end
        while end > 0 and text[end - 1] in " \t\r\n":
            end -= 1
        return end

    def wrong(self, message: str, event: Any) -> DocumentError:
        return self.source.error(message, _start(event), max(_end(event), _start(event) + 1))


def _calling(function: str, argument: Node, event: Any) -> Node:
    """Return the node of a function's call in its short form. The tag belongs to the argument's event."""
    node = Node(argument.start, argument.end)
    node.parts = {function: argument}
    node.keys = {function: (argument.start, argument.start + len(event.tag))}
    return node


def _start(event: Any) -> int:
    return int(event.start_mark.index)


def _end(event: Any) -> int:
    return int(event.end_mark.index)


SCALAR_TAGS: dict[str, tuple[type, ...]] = {
    "str": (str,),
    "int": (int,),
    "float": (int, float),
    "bool": (bool,),
    "null": (type(None),),
}
"""The tags that a scalar may have, without their prefix, and the Python types they ask for."""


def plain_scalar(text: str) -> JSON:
    """Return the value of an unquoted scalar. YAML 1.2, section 10.3.2, "Tag Resolution"."""
    for pattern, read in PLAIN:
        if pattern.fullmatch(text):
            return read(text)
    return text


def _float(text: str) -> JSON:
    number = float(text)
    return text if number in (float("inf"), float("-inf")) else number


def _int(text: str) -> JSON:
    return int(text) if len(text) <= 4000 else text


PLAIN: tuple[tuple[re.Pattern[str], Callable[[str], JSON]], ...] = (
    (_NULL, lambda text: None),
    (_BOOL, lambda text: text.lower() == "true"),
    (re.compile(r"[-+]?0[0-9]+"), str),
    (_INT, _int),
    (_OCTAL, lambda text: int(text, 8)),
    (_HEX, lambda text: int(text, 16)),
    (_FLOAT, _float),
)


_ESCAPE = re.compile(r"\\(x..|u....|U........|.)", re.DOTALL)
_FOLDED = re.compile(r"(?:\\\n[ \t]*)*")
_TAG = re.compile(r"(?:[!&]\S*\s+)*")


def scalar_offsets(written: str, value: str) -> list[int]:
    """Return, for each character of a scalar's value and its end, the offset it is written at.

    Blanks are matched with blanks, as many as there are: that is right for all styles, folded ones too.
    """
    properties = _TAG.match(written)
    at = properties.end() if properties else 0
    style = written[at : at + 1]
    if style in ("|", ">"):
        at = max(at, written.find("\n", at))
    offsets: list[int] = []
    if style in ("'", '"'):
        at += 1
    for character in value:
        at = _passed(written, at, style, character)
        offsets.append(at)
        at = _after(written, at, style, character)
    return [*offsets, min(at, len(written))]


def _passed(written: str, at: int, style: str, character: str) -> int:
    """Return the offset after what stands before a character and is not in the value."""
    if style == '"' and (folded := _FOLDED.match(written, at)):
        at = folded.end()
    while not character.isspace() and written[at : at + 1].isspace():
        at += 1
    return at


def _after(written: str, at: int, style: str, character: str) -> int:
    """Return the offset after a character of the value that is written at `at`."""
    if style == '"' and (escape := _ESCAPE.match(written, at)):
        return escape.end()
    if style == "'" and character == "'":
        return at + 2
    return at + 1 if not character.isspace() or written[at : at + 1].isspace() else at
