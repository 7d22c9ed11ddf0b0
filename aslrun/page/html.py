"""The page put together: data, drawing, styles and scripts in one HTML text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from html import escape
from importlib.resources import files
from typing import TYPE_CHECKING, Literal, TypeAlias

from aslrun.graph import build_graph, render
from aslrun.graph.drawing import shortened
from aslrun.graph.icons import BADGES
from aslrun.graph.overlay import SEVERITY, mark_journey
from aslrun.graph.svg.style import COLOURS
from aslrun.interpreter.collection import no_collection
from aslrun.page.recording import Recording, read_whole
from aslrun.page.story import tell_story
from aslrun.page.tables import Story, Table, story_text
from aslrun.values import JSON

if TYPE_CHECKING:
    from networkx import MultiDiGraph

Theme: TypeAlias = Literal["auto", "light", "dark"]

SCRIPTS = (
    "elements",
    "story",
    "values",
    "windows",
    "graph",
    "details",
    "iterations",
    "events",
    "timeline",
    "main",
)
"""The scripts in their order; together they are one function, so that nothing is global."""
POLICY = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:"
"""What the page may load: nothing (CSP, level 3)."""


def render_page(definition: JSON, recording: Recording, *, title: str, theme: Theme = "auto") -> str:
    """Return the HTML text of the page about an execution of `definition`.

    `title` is what stands at its top. Raises UsageError for a definition without states, and for a recording
    of another state machine.
    """
    graph = build_graph(definition)
    story = read_story(graph, definition, recording)
    return fill_page(
        {
            "policy": POLICY,
            "title": escape(shortened(title, 200) + _shown_part(recording)),
            "theme": "light dark" if theme == "auto" else theme,
            "style": page_style(theme),
            "controls": "",
            "graph": render(graph, "svg", theme=theme),
            "story": script_json(story),
            "nonce": "",
            "script": read_scripts(),
        }
    )


def read_story(graph: MultiDiGraph[str], definition: JSON, recording: Recording) -> dict[str, JSON | Table]:
    """Return the data that the page's scripts show; `graph` is that of the definition, and is marked.

    Raises UsageError for a recording of another state machine.
    """
    with no_collection():
        whole = read_whole(recording)
        trace = mark_journey(graph, whole.journey)
        limits: list[JSON] = [str(near) for near in whole.limits]
        told = tell_story(graph, definition, whole, trace)
    return told | {"badges": {**BADGES}, "severity": [*SEVERITY], "limits": limits}


def read_scripts(names: Sequence[str] = SCRIPTS) -> str:
    """Return the page's scripts in one text."""
    return "\n".join(_read(f"scripts/{name}.js") for name in names)


def page_style(theme: Theme = "auto") -> str:
    """Return the page's style sheet, with the drawing's colours as variables."""
    return "\n".join([*_colours(theme), _read("report.css")])


def fill_page(parts: Mapping[str, str]) -> str:
    """Return the page with its parts in their places, `{{name}}` in report.html; these are HTML already."""
    first, *pieces = _read("report.html").split("{{")
    filled = [first]
    for piece in pieces:
        name, _, rest = piece.partition("}}")
        filled += [parts[name], rest]
    return "".join(filled)


def _shown_part(recording: Recording) -> str:
    """Say so where not all of an execution is on the page."""
    return f" (a part: {recording.left_out:,} further events are left out)" if recording.left_out else ""


def script_json(story: Story) -> str:
    """Return JSON text that may stand in a script element: nothing in it ends the element or opens another
    (HTML: "Restrictions for contents of script elements"), and UTF-8 can hold all of it."""
    text = story_text(story).replace("<", r"\u003c")
    return text if text.isascii() else text.encode("utf-8", "backslashreplace").decode("utf-8")


def _colours(theme: Theme) -> Iterator[str]:
    """Yield the rules with the drawing's colours, for the page around it."""
    yield _root("light" if theme == "auto" else theme)
    if theme == "auto":
        yield f"@media (prefers-color-scheme:dark){{{_root('dark')}}}"


def _root(theme: str) -> str:
    return ":root{" + ";".join(f"--{part}:{colour}" for part, colour in COLOURS[theme].items()) + "}"


@lru_cache(maxsize=32)
def _read(name: str) -> str:
    return files("aslrun.page").joinpath(name).read_text(encoding="utf-8")
