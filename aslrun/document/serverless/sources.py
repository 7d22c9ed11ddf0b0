"""Several files read as one: each offset belongs to one of them, so that every part has its own place."""

from __future__ import annotations

from collections.abc import Mapping

from aslrun.document.spans import Node, Span, Text


class Sources(Text):
    """The text of a file, and after it those of the files that it includes."""

    def __init__(self, main: Text) -> None:
        super().__init__(main.file, main.text)
        self.main = main
        self.included: list[tuple[int, Text]] = [(0, main)]

    @property
    def files(self) -> Mapping[str, Text]:
        return {part.file: part for _, part in self.included}

    def add(self, source: Text) -> int:
        """Add a file; return what its offsets are shifted by."""
        base = len(self.text) + 1
        self.text += f"\n{source.text}"
        self.included.append((base, source))
        return base

    def span(self, start: int, end: int) -> Span:
        base, part = next((base, part) for base, part in reversed(self.included) if base <= start)
        return part.span(start - base, end - base)

    def line_text(self, line: int) -> str:
        return self.main.line_text(line)


def shifted(node: Node, base: int) -> Node:
    """Return a node, and all in it, with its offsets shifted."""
    made = Node(node.start + base, node.end + base)
    if node.parts is not None:
        made.parts = {step: shifted(part, base) for step, part in node.parts.items()}
    if node.keys is not None:
        made.keys = {key: (start + base, end + base) for key, (start, end) in node.keys.items()}
    return made
