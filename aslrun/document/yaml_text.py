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


def parse_yaml_text(text: str, file: str) -> Document:
    """Read YAML `text`. Raises DocumentError, with the place, for what is not YAML or not JSON's data."""
    import yaml

    source = Text(file, text)
    # CParser is what CLoader is made of; where libyaml is missing, PyYAML reads the same in Python.
    loader: Any = getattr(yaml, "CLoader", yaml.Loader)
    try:
        events = list(yaml.parse(text, Loader=loader))
    except yaml.MarkedYAMLError as wrong:
        mark = wrong.problem_mark or wrong.context_mark
        mark_index: Any = mark.index if mark else 0
        message = f"this is not YAML: {wrong.problem or wrong.context}"
        raise source.error(message, mark_index) from None
    except yaml.YAMLError as wrong:
        raise source.error(f"this is not YAML: {wrong}", 0) from None
    builder = _Builder(source)
    value, root = builder.build(iter(events))
    return Document(source, value, root, tuple(builder.duplicates), plain_offsets)


class _Builder:
    """Makes values of events. `count` is the number of values so far, aliases' included."""

    def __init__(self, source: Text) -> None:
        self.source = source
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
        if isinstance(event, yaml.ScalarEvent):
            value, node = self.scalar(event), Node(_start(event), _end(event))
        elif isinstance(event, yaml.MappingStartEvent):
            value, node = self.mapping(event, events)
        else:
            value, node = self.sequence(event, events)
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

    def scalar(self, event: Any) -> JSON:
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
        if self.tag(event) not in (None, expected):
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


def plain_offsets(written: str) -> list[int]:
    """Return, for each character of a scalar and its end, the offset it is written at.

    Exact for plain scalars and for quoted ones on one line without escapes; others give no offsets.
    """
    if written[:1] in ("'", '"'):
        quote = written[0]
        inner = written[1:-1]
        return [] if "\\" in inner or quote in inner or "\n" in inner else list(range(1, len(written)))
    return [] if "\n" in written or written[:1] in ("|", ">") else list(range(len(written) + 1))
