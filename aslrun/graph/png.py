"""The graph as PNG: the SVG, drawn by resvg, with a font that comes along so that text never vanishes.

resvg-py is in the extra `aslrun[png]`. The fonts are Liberation Sans (SIL Open Font License, beside them),
whose letters are as wide as those of Helvetica and Arial; scripts it does not have are taken from the
system's fonts.
"""

from __future__ import annotations

from importlib.resources import as_file, files
from typing import TYPE_CHECKING

from aslrun.errors import UsageError
from aslrun.graph.svg import drawing as svg

if TYPE_CHECKING:
    from networkx import MultiDiGraph

FAMILY = "Liberation Sans"
ZOOM = 2
"""Pixels of the picture for one of the drawing: sharp on today's screens."""
LARGEST = 16_384
"""Pixels that a picture's side may have; a larger drawing is made smaller."""


def render(graph: MultiDiGraph[str], *, theme: str = "auto", direction: str = "TB") -> bytes:
    """Return the graph as a PNG file. A picture has one theme: `auto` is `light`.

    Raises UsageError where resvg-py is not installed.
    """
    try:
        from resvg_py import svg_to_bytes
    except ImportError:
        raise UsageError("PNG needs resvg-py: pip install 'aslrun[png]'; SVG needs nothing") from None
    text = svg.render(graph, theme="light" if theme == "auto" else theme, direction=direction)
    with as_file(files("aslrun.graph") / "fonts") as fonts:
        return bytes(
            svg_to_bytes(
                svg_string=text,
                zoom=_zoom(text),
                font_files=[str(font) for font in sorted(fonts.glob("*.ttf"))],
                font_family=FAMILY,
                sans_serif_family=FAMILY,
            )
        )


def _zoom(text: str) -> float:
    width, height = svg.size_of(text)
    return min(ZOOM, LARGEST / max(width, height))
