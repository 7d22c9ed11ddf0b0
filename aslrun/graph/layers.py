"""What the layers of one scope are made of: nodes, and the places by which edges pass."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from aslrun.graph.drawing import Edge

if TYPE_CHECKING:
    from networkx import DiGraph

RIGHT, LEFT = 1, 0


class Place(NamedTuple):
    """Where an edge, or several edges to one target, pass a layer. `label` is the edge whose label lies
    there, `loop` the edge that goes back there, `own` the edge that shares this place with no other, indices
    into the scope's edges. (A tuple: places are keys, and its hash is quick.)"""

    target: str
    catch: bool
    layer: int
    label: int | None = None
    loop: int | None = None
    own: int | None = None


Item = str | Place
"""What lies in a layer: a node's id or a place."""


@dataclass(slots=True)
class Layers:
    """The result. `rows` has the layers from the top; `ways` the places of each edge, by its index among
    `edges`, from its source on; `loops` the side (RIGHT or LEFT) on which each edge runs that goes back;
    `labels` where the label of an edge lies; `direct` the edges that go straight to their targets, whatever
    lies between, from their label on if they have one. `links` joins items of neighbouring layers,
    downwards; its attribute `main` is true for what should be straight rather than other links."""

    edges: Sequence[Edge]
    rows: list[list[Item]]
    ways: dict[int, list[Place]]
    links: DiGraph[Item]
    direct: frozenset[int] = frozenset()
    loops: dict[int, int] = field(default_factory=dict)
    labels: dict[int, Place] = field(default_factory=dict)
    layer_of: dict[Item, int] = field(default_factory=dict)
