"""Texts that mean something to Mermaid, Markdown, HTML or Graphviz must come out as mere texts."""

from __future__ import annotations

import re
from typing import Any

import pytest

from aslrun.graph import build_graph, mark_execution, render

TRAPS = {
    "end": "end",
    'say "hi"': "say #quot;hi#quot;",
    "a[b](c){d}": "a#91;b#93;(c)#123;d#125;",
    "<b>&amp;": "#lt;b#gt;#amp;amp#59;",
    "#35;": "#35;35#59;",
    "two\nlines\t\there": "two lines here",
    "x -->|y| z": "x #45;-#gt;#124;y#124; z",
    "%% comment": "#37;#37; comment",
    "`code` *strong* _it_": "#96;code#96; #42;strong#42; #95;it#95;",
    "order_id": "order_id",
    "1. first": "1#46; first",
    "- item": "#45; item",
    "# heading": "#35; heading",
    "$$.a == $$.b": "#36;$.a == #36;$.b",
    "back\\nslash": "back#92;nslash",
    "https://x.org": "https:#47;#47;x.org",
    "中文 ü 😀": "中文 ü 😀",
    "bell\x07 and \ud800": "bell� and �",
}
"""Name of a state → how Mermaid's text has it."""


def machine(*names: str) -> Any:
    return {"StartAt": names[0], "States": {name: {"Type": "Pass", "End": True} for name in names}}


@pytest.mark.parametrize(("name", "escaped"), TRAPS.items())
def test_mermaid_names(name: str, escaped: str) -> None:
    text = render(build_graph(machine(name)), "mermaid")
    assert f'("{escaped}<br/>Pass")' in text
    text.encode("utf-8")


def test_mermaid_ids_are_words_behind_a_prefix_and_differ() -> None:
    names = ("end", "END", "a b", "a-b", "中", "文", "a b__2", "start", "")
    text = render(build_graph(machine(*names)), "mermaid")
    ids = re.findall(r'^  (\w+)\("', text, re.MULTILINE)
    assert ids == ["s_end", "s_END", "s_a_b", "s_a_b__2", "s_", "s___2", "s_a_b_2", "s_start", "s___3"]


def test_mermaid_lines_that_look_like_styles_have_a_semicolon_to_lose() -> None:
    """Mermaid's preprocessing cuts the last `;` from `style...:...#...;`, which would maim the code."""
    text = render(build_graph(machine('style:"a"')), "mermaid")
    assert 's_style_a("style:#quot;a#quot;<br/>Pass");' in text.splitlines()[2]


def test_mermaid_edges() -> None:
    definition: Any = {
        "StartAt": "C",
        "States": {
            "C": {"Type": "Choice", "Choices": [{"Variable": "$.a", "StringEquals": "|", "Next": "T"}]},
            "T": {"Type": "Task", "Catch": [{"ErrorEquals": ["E", "F"], "Next": "C"}], "End": True},
        },
    }
    lines = render(build_graph(definition), "mermaid").splitlines()
    assert '  s_C -->|"$.a == #quot;#124;#quot;"| s_T' in lines
    assert '  s_T -.->|"E, F"| s_C' in lines
    assert "  s_T --> finish" in lines


def test_long_labels_are_shortened_but_not_in_json() -> None:
    condition = "x" * 500
    choice: Any = {"Type": "Choice", "Choices": [{"Condition": f"{{% {condition} %}}", "Next": "C"}]}
    graph = build_graph({"StartAt": "C", "States": {"C": choice}})
    for format in ("mermaid", "dot"):
        assert "x" * 59 + "…" in render(graph, format)
        assert "x" * 60 not in render(graph, format)
    assert condition in render(graph, "json")


@pytest.mark.parametrize(
    ("name", "escaped"),
    [
        ('say "hi"', r"say \"hi\""),
        (r"C:\new", r"C:\\new"),
        ("trailing\\", "trailing\\\\"),
        ("R&amp;D", "R&amp;amp;D"),
        ("two\nlines", "two lines"),
        ("<b>", "<b>"),
        ("a -> b; }", "a -> b; }"),
        ("nul\0 \ud800", "nul� �"),
    ],
)
def test_dot_labels(name: str, escaped: str) -> None:
    text = render(build_graph(machine(name)), "dot")
    assert f'[label="{escaped}\\nPass", style="rounded,filled"]' in text
    text.encode("utf-8")


def test_dot_edges_of_a_container_are_cut_at_its_border_but_not_a_loop() -> None:
    inner = machine("I")
    states: Any = {
        "P": {"Type": "Pass", "Next": "M"},
        "M": {
            "Type": "Map",
            "ItemProcessor": inner,
            "Next": "N",
            "Catch": [{"ErrorEquals": ["E"], "Next": "M"}],
        },
        "N": {"Type": "Succeed"},
    }
    lines = render(build_graph({"StartAt": "P", "States": states}), "dot").splitlines()
    assert "  s_P -> s_M__top [lhead=cluster_s_M]" in lines
    assert "  s_M__bottom -> s_N [ltail=cluster_s_M]" in lines
    assert '  s_M__bottom -> s_M__top [label="E", style=dashed]' in lines


def test_json_holds_what_utf8_cannot() -> None:
    text = render(build_graph(machine("\ud800")), "json")
    assert r'"name": "\ud800"' in text
    text.encode("utf-8")


def test_an_execution_is_seen_in_the_drawings() -> None:
    entered = {"type": "PassStateEntered", "stateEnteredEventDetails": {"name": "A"}}
    graph = mark_execution(build_graph(machine("A", "B")), [{"id": 2, "previousEventId": 0, **entered}])
    mermaid = render(graph, "mermaid")
    assert "  class s_A in_progress" in mermaid
    assert "  linkStyle 0 stroke:" in mermaid
    dot = [line for line in render(graph, "dot").splitlines() if "penwidth=2" in line]
    assert [line.split(" [")[0].strip() for line in dot] == ["s_A", "start -> s_A"]
