"""What is written on a state's card and on an edge, and how much room that takes, in pixels."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from aslrun.graph.drawing import Attributes, edge_label, kind_text, notes_text, shortened
from aslrun.graph.text_size import cut, text_width, wrapped

NAME_SIZE, KIND_SIZE, LABEL_SIZE = 13, 11, 11
"""Sizes of fonts."""
LINE = {NAME_SIZE: 16, KIND_SIZE: 14}
"""Heights of lines, by the font's size."""

ICON = 28
LEFT = 10 + ICON + 10
"""Pixels left of a card's text: a margin, the icon, a gap."""
RIGHT = 14
KIND_LINES = 2
TOP = 10
NARROWEST, WIDEST = 104, 196
"""Widths of a card's text."""

LABEL_WIDEST, LABEL_LINES, LABEL_LINE = 168, 3, 14
JOINED_LINES = 12
"""Lines of the label of several rules, or catchers, to one target."""

MARKS: Mapping[str, tuple[float, float]] = {"start": (64, 26), "end": (64, 26)}
SMALL_MARKS: Mapping[str, tuple[float, float]] = {"start": (12, 12), "end": (14, 14)}
"""Sizes of the start and end marks, in the machine and in machines inside a state."""


@dataclass(frozen=True, slots=True)
class Card:
    """The texts on a state's card, and its size. `notes` is what an execution did there."""

    width: float
    height: float
    name: tuple[str, ...]
    kind: tuple[str, ...]
    notes: str


def card_of(node: Attributes) -> Card:
    """Return the card of a state with nothing inside."""
    name = wrapped(shortened(node["name"], 120) or " ", WIDEST, NAME_SIZE, 2, bold=True)
    kind = wrapped(shortened(kind_text(node), 120), WIDEST, KIND_SIZE, KIND_LINES) if kind_text(node) else []
    notes = cut(notes_text(node), WIDEST, KIND_SIZE)
    # A retry mark or a status lies in the upper right corner.
    corner = 21 if node.get("retry") else 14
    widths = [text_width(line, NAME_SIZE, bold=True) + corner for line in name]
    widths += [*(text_width(line, KIND_SIZE) for line in kind), text_width(notes, KIND_SIZE)]
    height = 2 * TOP + len(name) * LINE[NAME_SIZE] + (len(kind) + bool(notes)) * LINE[KIND_SIZE]
    return Card(LEFT + max(NARROWEST, *widths) + RIGHT, max(height, 50), tuple(name), tuple(kind), notes)


def header_of(node: Attributes) -> Card:
    """Return the upper edge of a state with machines inside. It may be wider than it must be."""
    card = card_of(node)
    return Card(card.width, card.height + 2, card.name, card.kind, card.notes)


def mark_size(node: Attributes) -> tuple[float, float]:
    """Return the size of a start or end mark."""
    return (MARKS if node["container"] is None else SMALL_MARKS)[node["kind"]]


def label_lines(edge: Attributes) -> list[str]:
    """Return the lines of an edge's label, none if it has none."""
    label = edge_label(edge)
    if not label:
        return []
    if "parts" not in edge:
        return wrapped(label, LABEL_WIDEST, LABEL_SIZE, LABEL_LINES)
    if edge["kind"] == "catch":
        return wrapped(label, LABEL_WIDEST, LABEL_SIZE, JOINED_LINES)
    lines = [cut(line, LABEL_WIDEST, LABEL_SIZE) for line in label.split("\n")]
    if len(lines) > JOINED_LINES:
        lines[JOINED_LINES - 1 :] = [f"… {len(lines) - JOINED_LINES + 1} more rules"]
    return lines


def label_size(lines: list[str]) -> tuple[float, float]:
    """Return the room that a label takes."""
    # Those of edges that an execution took are bold.
    return max(text_width(line, LABEL_SIZE, bold=True) for line in lines) + 10, len(lines) * LABEL_LINE + 4
