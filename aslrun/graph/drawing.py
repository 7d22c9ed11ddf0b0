"""What the renderers share: what lies in what, short ids, the order of edges, what labels say, colours."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from aslrun.graph.words import resource_words
from aslrun.timestamps import duration_text

if TYPE_CHECKING:
    from networkx import MultiDiGraph

Attributes: TypeAlias = "Mapping[str, Any]"
Edge: TypeAlias = "tuple[str, str, Attributes]"
"""Source, target, attributes."""

MARKS = frozenset({"start", "end"})
"""Kinds of nodes that are no states: the marks of a scope."""

LONGEST = 60
"""Characters of a line in a label; the rest becomes an ellipsis. The JSON format has all of them."""

STATUS_COLOURS: Mapping[str, tuple[str, str]] = {
    "succeeded": ("#d9f2e0", "#1d8102"),
    "caught": ("#ffe8cc", "#d97706"),
    "failed": ("#fde0e0", "#c62828"),
    "aborted": ("#e6e8eb", "#5f6b7a"),
    "in_progress": ("#dbeafe", "#1f6feb"),
}
"""Status of a state → the colours of its inside and of its border."""

TAKEN_COLOUR = "#1d8102"
"""The colour of the edges that an execution has taken."""


@dataclass(frozen=True, slots=True)
class Drawing:
    """A graph as renderers need it.

    `scopes` has the nodes of each scope, container (None: the machine itself) → branch → nodes, in the
    definition's order; `ids` gives each node an id of ASCII word characters that no language reserves;
    `edges` has sources in the definition's order and the edges of each by index; rules, and catchers, that
    lead from one state to one target are one edge.
    """

    graph: MultiDiGraph[str]
    scopes: Mapping[str | None, Mapping[int, Sequence[str]]]
    ids: Mapping[str, str]
    edges: Sequence[Edge]


def read_graph(graph: MultiDiGraph[str]) -> Drawing:
    """Return what renderers need to know of a graph of `build_graph`."""
    scopes: dict[str | None, dict[int, list[str]]] = {None: {}}
    for id, node in graph.nodes(data=True):
        scopes.setdefault(node["container"], {}).setdefault(node["branch"], []).append(id)
    out = (sorted(graph.out_edges(source, data=True), key=lambda edge: edge[2]["index"]) for source in graph)
    edges = [edge for edges in out for edge in _merged(edges)]
    return Drawing(graph, scopes, _make_ids(graph), edges)


MERGED = ("choice", "catch")


def _merged(edges: Sequence[Edge]) -> Iterator[Edge]:
    """Join the rules, and the catchers, of one state that lead to the same target into one edge each.

    What tests covered stays apart from what they did not. `parts` of a joined edge has the edges themselves.
    """
    groups: dict[tuple[Any, ...], list[Edge]] = {}
    for number, edge in enumerate(edges):
        _, target, attributes = edge
        alone = None if attributes["kind"] in MERGED else number
        key = (target, attributes["kind"], attributes.get("covered"), alone)
        groups.setdefault(key, []).append(edge)
    for group in groups.values():
        source, target, first = group[0]
        if len(group) == 1:
            yield group[0]
            continue
        parts = [attributes for _, _, attributes in group]
        joined = {
            **first,
            "parts": parts,
            "label": ", ".join(filter(None, (part["label"] for part in parts))),
        }
        if taken := sum(part.get("taken", 0) for part in parts):
            joined["taken"] = taken
        yield source, target, joined


def _make_ids(graph: MultiDiGraph[str]) -> dict[str, str]:
    """Give a state an id after its name, a mark after the state around it; `__` begins all additions."""
    ids: dict[str, str] = {}
    used: Counter[str] = Counter()
    for id, node in graph.nodes(data=True):
        if node["kind"] in MARKS:
            ids[id] = _mark_id(ids, node)
            continue
        word = re.sub(r"[^A-Za-z0-9]+", "_", node["name"]).strip("_")
        wanted = ("s_" if node["kind"] == "state" else "missing_") + word
        used[wanted] += 1
        ids[id] = wanted if used[wanted] == 1 else f"{wanted}__{used[wanted]}"
    return ids


def _mark_id(ids: Mapping[str, str], node: Attributes) -> str:
    if node["container"] is None:
        return "start" if node["kind"] == "start" else "finish"  # `end` is a word of Mermaid's
    return f"{ids[node['container']]}__{node['kind']}{node['branch'] + 1}"


# ---------------------------------------------------------------- labels


def state_lines(node: Attributes) -> list[str]:
    """Return the lines of a state's label: its name, what it is, and what an execution did there."""
    lines = [node["name"], kind_text(node), ", ".join(_counts(node))]
    return [short for line in lines if line and (short := shortened(line))] or [" "]


def kind_text(node: Attributes) -> str:
    """Return what a state is: its Resource or its Type in short words."""
    if node["kind"] == "missing":
        return "not defined"
    if words := node.get("words"):
        return str(words)
    resource = node.get("resource")
    return str(node["type"] or "") if resource is None else resource_words(resource)


def _counts(node: Attributes) -> list[str]:
    visits, retries = node.get("visits", 0), node.get("retries", 0)
    counts = [f"×{visits}"] if visits > 1 else []
    if retries:
        counts.append("1 retry" if retries == 1 else f"{retries} retries")
    return counts


def notes_text(node: Attributes) -> str:
    """Return what an execution did in a state: visits, retries, iterations, time; what is inside a state
    that is drawn without it."""
    notes = [node["inside"]] if "inside" in node else []
    notes += _counts(node)
    if iterations := node.get("iterations"):
        total, failed = sum(iterations.values()), iterations.get("failed", 0)
        notes.append(
            f"{total} iteration{'s' if total > 1 else ''}" + (f", {failed} failed" if failed else "")
        )
    if node.get("seconds"):
        notes.append(duration_text(node["seconds"]))
    return " · ".join(notes)


def edge_label(edge: Attributes) -> str:
    """Return an edge's label; one taken several times says how often.

    Of joined rules each has a line of its own; joined catchers have all their error names in one.
    """
    taken = edge.get("taken", 0)
    if "parts" in edge:
        lines = [edge_label(part) for part in edge["parts"]]
        return (", " if edge["kind"] == "catch" else "\n").join(filter(None, lines))
    return " ".join(filter(None, (shortened(edge["label"]), f"×{taken}" if taken > 1 else "")))


def shortened(text: str, most: int = LONGEST) -> str:
    """Return text as one line of at most so many characters, all of them such that XML may hold them."""
    text = " ".join(text.split())
    # Control characters are in no SVG, lone surrogates not even in UTF-8.
    text = re.sub(r"[\x00-\x1f\x7f\ud800-\udfff\ufffe\uffff]", "\ufffd", text)
    return text if len(text) <= most else text[: most - 1] + "…"
