"""The page: the drawing with what was missed, and the lines with their marks."""

from __future__ import annotations

import re
from collections import Counter
from html.parser import HTMLParser
from typing import Any

import pytest
from known_machine import KNOWN

from aslrun.coverage.drawing import draw_coverage, edge_keys
from aslrun.coverage.html.page import render
from aslrun.coverage.points import points_of
from aslrun.coverage.report import DefinitionCoverage, Report
from aslrun.coverage.source_lines import source_lines
from aslrun.document import document_of, parse_document
from aslrun.graph import build_graph

JSON_TEXT = """{
  "StartAt": "Choose",
  "States": {
    "Choose": {
      "Type": "Choice",
      "Choices": [
        {"Variable": "$.n", "NumericGreaterThan": 1, "Next": "Work"},
        {
          "Variable": "$.n",
          "NumericGreaterThan": 0,
          "Next": "Gone"
        }
      ],
      "Default": "Gone"
    },
    "Work": {
      "Type": "Task",
      "Resource": "work",
      "Catch": [{"ErrorEquals": ["E"], "Next": "Gone"}],
      "End": true
    },
    "Gone": {
      "Type": "Succeed"
    }
  }
}
"""
YAML_TEXT = """\
StartAt: A
States:
  A:
    Type: Pass
    Next: B
  B:
    Type: Succeed
"""
HITS = [
    "/States/Choose",
    "/States/Choose/Choices/0=true",
    "/States/Choose/Choices/0=false",
    "/States/Choose/Choices/0/Next",
    "/States/Choose/Choices/1=false",
    "/States/Work",
    "/States/Work/End",
]


def covered(text: str, hits: list[str], format: Any = "json") -> DefinitionCoverage:
    document = parse_document(text, "a.asl.json", format)
    return DefinitionCoverage("a.asl.json", "", document, Counter(hits))


def marks(definition: DefinitionCoverage) -> list[str]:
    return [line.mark for line in source_lines(definition)]


def test_lines_of_json() -> None:
    lines = list(source_lines(covered(JSON_TEXT, [*HITS, "/States/Choose"])))
    assert [line.number for line in lines if line.mark == "hit"] == [4, 5, 6, 7, 13, 15, 16, 17, 18, 20, 21]
    assert [line.number for line in lines if line.mark == "part"] == [8, 9, 10, 12]
    assert [line.number for line in lines if line.mark == "missed"] == [11, 14, 19, 22, 23, 24]
    assert [(line.number, line.entered) for line in lines if line.entered is not None] == [
        (4, 2), (16, 1), (22, 0),
    ]  # fmt: skip
    assert {line.number: list(line.missed) for line in lines if line.missed} == {
        8: ["Choices[1] of 'Choose' ($.n > 0) was never true (in it 1 transition)"],
        14: ["the transition 'Choose' → 'Gone' (Default) was never taken"],
        19: ["Catch[0] of 'Work' (E) never caught an error (in it 1 transition)"],
        22: ["state 'Gone' was never entered"],
    }


def test_lines_of_yaml_end_where_they_end() -> None:
    assert marks(covered(YAML_TEXT, ["/States/A", "/States/A/Next"], "yaml")) == [
        "", "", "hit", "hit", "hit", "missed", "missed",
    ]  # fmt: skip


def test_a_definition_in_one_line_is_covered_in_part() -> None:
    text = JSON_TEXT.replace("\n", "")
    assert marks(covered(text, HITS)) == ["part"]
    assert marks(covered(text, [])) == ["missed"]
    every = [point.key for point in points_of(covered(text, []).document.value)]
    assert marks(covered(text, every)) == ["hit"]


def test_every_transition_is_an_edge_of_the_drawing() -> None:
    graph = build_graph(KNOWN)
    keys = [key for source in graph for key, _ in edge_keys(graph, source)]
    transitions = {point.key for point in points_of(KNOWN) if point.kind == "transitions"}
    assert transitions < set(keys)
    assert len(keys) == graph.number_of_edges()


def test_what_was_missed_on_the_drawing() -> None:
    graph = draw_coverage(covered(JSON_TEXT, HITS))
    nodes = {id: node.get("covered") for id, node in graph.nodes(data=True)}
    assert nodes == {
        "/StartAt": None,
        "/States/Choose": True,
        "/States/Work": True,
        "/States/Gone": False,
        "/End": None,
    }
    edges = [(edge["kind"], target, edge["covered"]) for _, target, edge in graph.edges(data=True)]
    assert sorted(edges) == [
        ("catch", "/States/Gone", False),
        ("choice", "/States/Gone", False),
        ("choice", "/States/Work", True),
        ("default", "/States/Gone", False),
        ("end", "/End", False),
        ("end", "/End", True),
        ("start", "/States/Choose", True),
    ]


class Page(HTMLParser):
    """The ids, the links and the open elements of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.links: list[str] = []
        self.open: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.ids += filter(None, [given.get("id")])
        self.links += filter(None, [given.get("href"), given.get("src")])
        if tag not in ("meta", "link", "br"):
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """An element of SVG without content."""

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_the_page_needs_nothing_else_and_its_links_lead_somewhere() -> None:
    two = [covered(JSON_TEXT, HITS), covered(YAML_TEXT, [], "yaml")]
    text = render(Report(two, ["a note with <b>"]))
    page = Page(text)
    assert not page.open
    assert len(set(page.ids)) == len(page.ids)
    assert {link.removeprefix("#") for link in page.links} <= set(page.ids)
    assert not re.search(r"(src|href|url|@import)\W{1,3}(https?:|//)", text)
    assert text.count("<svg ") == 2
    assert "a note with &lt;b&gt;" in text
    assert re.search(r'<g class="[^"]*\bmissed\b[^"]*" data-id="/States/Gone"', text)


@pytest.mark.parametrize("name", ["<script>alert(1)</script>", "\"'&", "\x00\x1b", "𝔘\u2028"])
def test_names_are_only_text(name: str) -> None:
    machine: Any = {"StartAt": name, "States": {name: {"Type": "Choice", "Choices": [{"Next": name}]}}}
    definition = DefinitionCoverage(name, "", document_of(machine), {})
    text = render(Report([definition]))
    assert "<script" not in text
    assert not Page(text).open


def test_what_cannot_be_drawn_is_told() -> None:
    text = render(Report([covered("[1]", [])]))
    assert "there is nothing to draw" in text
    assert not Page(text).open
