"""Values of a template with their places: functions evaluated, what is conditional chosen or left out.

Documentation: "Fn::If", "Pseudo parameters reference" (`AWS::NoValue`), "Fn::ForEach".
"""

from __future__ import annotations

import re

from aslrun.document.cloudformation.evaluation import Template
from aslrun.document.cloudformation.functions import function_call
from aslrun.document.spans import Document, Node, Pointer, value_at
from aslrun.values import JSON

LOOP = "Fn::ForEach::"
"""What the key of a loop begins with."""
MAX_COPIES = 100_000
"""Values that the loops of a template may make, all together."""


def chosen(template: Template, pointer: Pointer) -> Pointer:
    """Return the pointer of what `Fn::If` chooses at a pointer; itself where there is nothing to choose."""
    while True:
        call = function_call(value_at(template.document.value, pointer))
        branch = template.branch(call[1]) if call is not None and call[0] == "Fn::If" else None
        if branch is None:
            return pointer
        pointer = (*pointer, "Fn::If", branch)


def resolve_with_places(template: Template, value: JSON, node: Node | None) -> tuple[JSON, Node | None]:
    """Return a value with its functions evaluated, and where its parts stand.

    What an `Fn::If` chooses stands where it is written; what other functions make, where they are called.
    """
    call = function_call(value)
    if call is not None:
        branch = template.branch(call[1]) if call[0] == "Fn::If" else None
        if branch is None or not isinstance(call[1], list):
            return template.resolve(value), node
        return resolve_with_places(template, call[1][branch], _part(_part(node, "Fn::If"), branch))
    if isinstance(value, list):
        return _list(template, value, node)
    return _object(template, value, node) if isinstance(value, dict) else (value, node)


def _list(template: Template, value: list[JSON], node: Node | None) -> tuple[JSON, Node | None]:
    items: list[JSON] = []
    made = Node(node.start, node.end) if node else None
    for at, item in enumerate(value):
        if template.is_absent(item):
            continue
        resolved, part = resolve_with_places(template, item, _part(node, at))
        add_part(made, len(items), part)
        items.append(resolved)
    return items, made


def _object(template: Template, value: dict[str, JSON], node: Node | None) -> tuple[JSON, Node | None]:
    fields: dict[str, JSON] = {}
    made = Node(node.start, node.end) if node else None
    for key, item in value.items():
        if template.is_absent(item):
            continue
        fields[key], part = resolve_with_places(template, item, _part(node, key))
        add_part(made, key, part, _key(node, key))
    return fields, made


def _part(node: Node | None, step: str | int) -> Node | None:
    return (node.parts or {}).get(step) if node else None


def _key(node: Node | None, key: str) -> tuple[int, int] | None:
    return (node.keys or {}).get(key) if node else None


def add_part(
    node: Node | None, step: str | int, part: Node | None, key: tuple[int, int] | None = None
) -> None:
    """Put a part, and where its key stands, into a node that is being made."""
    if node is None or part is None:
        return
    node.parts = {} if node.parts is None else node.parts
    node.parts[step] = part
    if isinstance(step, str):
        node.keys = {} if node.keys is None else node.keys
        node.keys[step] = key or (part.start, part.end)


# ---------------------------------------------------------------- loops


def unroll(document: Document, template: Template) -> Document:
    """Return a template's document with its loops (`Fn::ForEach`) written out.

    `template` is of the document as it is, and tells what a loop's collection refers to. A loop that is not
    written as one, or over something that only a deployment tells, stays.
    """
    value, root = _Loops(template).written_out(document.value, document.root, {})
    return Document(document.source, value, root, document.duplicates, document.unescape)


class _Loops:
    def __init__(self, template: Template) -> None:
        self.template = template
        self.left = MAX_COPIES

    def written_out(
        self, value: JSON, node: Node | None, variables: dict[str, str]
    ) -> tuple[JSON, Node | None]:
        """Return a value with its loops written out and the loops' variables filled in."""
        self.left -= 1
        if isinstance(value, str):
            return filled_in(value, variables), node
        if isinstance(value, list):
            made = Node(node.start, node.end) if node else None
            items: list[JSON] = []
            for at, item in enumerate(value):
                written, part = self.written_out(item, _part(node, at), variables)
                items.append(written)
                add_part(made, at, part)
            return items, made
        if not isinstance(value, dict):
            return value, node
        name = value.get("Ref") if len(value) == 1 else None
        if isinstance(name, str) and name in variables:
            return variables[name], node
        made = Node(node.start, node.end) if node else None
        fields: dict[str, JSON] = {}
        self.add_fields(value, node, variables, fields, made)
        return fields, made

    def add_fields(
        self,
        value: dict[str, JSON],
        node: Node | None,
        variables: dict[str, str],
        fields: dict[str, JSON],
        made: Node | None,
    ) -> None:
        """Add the fields of an object, those that its loops make too, to the object that is being made."""
        for key, item in value.items():
            part, place = _part(node, key), _key(node, key)
            collection = self.collection(item, variables) if key.startswith(LOOP) else None
            if collection is None or not isinstance(item, list) or not isinstance(item[2], dict):
                name = filled_in(key, variables)
                fields[name], part = self.written_out(item, part, variables)
                add_part(made, name, part, place)
                continue
            for one in collection:
                if self.left < 0:
                    return
                inner = {**variables, str(item[0]): one}
                self.add_fields(item[2], _part(part, 2), inner, fields, made)

    def collection(self, loop: JSON, variables: dict[str, str]) -> list[str] | None:
        """Return what a loop goes over; None for what is no loop, or is not known."""
        if not isinstance(loop, list) or len(loop) != 3 or not isinstance(loop[0], str):
            return None
        written, _ = self.written_out(loop[1], None, variables)
        found = self.template.resolve(written)
        if not isinstance(found, list):
            return None
        texts = [self.template.text(one) for one in found]
        return None if any("${" in text for text in texts) else texts


_VARIABLE = re.compile(r"(\$|&)\{\s*([A-Za-z0-9]+)\s*\}")


def filled_in(text: str, variables: dict[str, str]) -> str:
    """Return a text with the variables of loops: `${Name}` as it is, `&{Name}` its letters and digits."""

    def value(match: re.Match[str]) -> str:
        if match[2] not in variables:
            return match[0]
        found = variables[match[2]]
        return found if match[1] == "$" else re.sub(r"[^A-Za-z0-9]", "", found)

    return _VARIABLE.sub(value, text) if variables and "{" in text else text
