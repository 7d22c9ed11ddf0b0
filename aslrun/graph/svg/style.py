"""The colours of drawings, light and dark, and their style sheet.

With the theme `auto` a drawing follows the reader's, by `prefers-color-scheme` and variables; with `light` or
`dark` each rule has its colour itself, which is what programs understand that draw SVG outside of browsers.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from aslrun.graph.drawing import STATUS_COLOURS, TAKEN_COLOUR
from aslrun.graph.icons import COLOURS_OF, ICONS

THEMES = ("auto", "light", "dark")

FONT = "Helvetica, Arial, 'Liberation Sans', sans-serif"
"""Faces whose letters have the same widths: the boxes are made for them."""

_LIGHT: Mapping[str, str] = {
    "paper": "#ffffff",
    "card": "#ffffff",
    "inside": "#f6f8fb",
    "frame": "#fdfdfe",
    "border": "#c3cad4",
    "text": "#16191f",
    "muted": "#56616f",
    "edge": "#7f8a99",
    "catch": "#b4472f",
    "edgepale": "#c3c8d0",
    "catchpale": "#dda898",
    "mark": "#414d5c",
    "marktext": "#ffffff",
    "taken": TAKEN_COLOUR,
    "focus": "#0972d3",
    "missed": "#c62828",
    "missedfill": "#fff5f5",
    **{f"{status}-fill": fill for status, (fill, _) in STATUS_COLOURS.items()},
    **{f"{status}": stroke for status, (_, stroke) in STATUS_COLOURS.items()},
    "lambda": "#d45b00",
    "service": "#0e7c86",
    "activity": "#7a4bd0",
    "http": "#4f4bd1",
    "execution": "#c2185b",
    "pass": "#5f6b7a",
    "choice": "#8a3ffc",
    "wait": "#a86a00",
    "succeed": "#1d8102",
    "fail": "#c62828",
    "parallel": "#0972d3",
    "map": "#c13584",
    "missing": "#c62828",
}

_DARK: Mapping[str, str] = {
    "paper": "#0f1419",
    "card": "#1b232d",
    "inside": "#141b23",
    "frame": "#171f28",
    "border": "#44505e",
    "text": "#e9edf2",
    "muted": "#9ba7b6",
    "edge": "#6f7c8b",
    "catch": "#ff9b82",
    "edgepale": "#3f4853",
    "catchpale": "#87574d",
    "mark": "#b6c0cc",
    "marktext": "#0f1419",
    "taken": "#5cd65c",
    "focus": "#539fe5",
    "missed": "#ff7d7d",
    "missedfill": "#2b1a1d",
    "succeeded-fill": "#14301c",
    "succeeded": "#4cc94c",
    "caught-fill": "#35260f",
    "caught": "#f5a33b",
    "failed-fill": "#3a1a1c",
    "failed": "#ff7070",
    "aborted-fill": "#262d36",
    "aborted": "#9ba7b6",
    "in_progress-fill": "#142a47",
    "in_progress": "#5fa8ff",
    "lambda": "#ff9a4d",
    "service": "#4fc3cf",
    "activity": "#b18cff",
    "http": "#8f8cff",
    "execution": "#ff6f9f",
    "pass": "#9ba7b6",
    "choice": "#be95ff",
    "wait": "#f0b849",
    "succeed": "#5cd65c",
    "fail": "#ff7070",
    "parallel": "#5fb0f5",
    "map": "#f07cc0",
    "missing": "#ff7070",
}

COLOURS: Mapping[str, Mapping[str, str]] = {"light": _LIGHT, "dark": _DARK}
"""Theme → the colour of each part; statuses and icons have theirs by their own names."""

# {name} is the colour of that name. Lines that were not taken have pale colours of their own: where many
# share their way, opacity would add up to a strong one.
_RULES = f"""
.aslrun{{{{font-family:{FONT};font-size:13px}}}}
.aslrun text{{{{fill:{{text}}}}}}
.aslrun .paper{{{{fill:{{paper}}}}}}
.aslrun .card{{{{fill:{{card}};stroke:{{border}};stroke-width:1.2}}}}
.aslrun .container>.card{{{{fill:{{inside}}}}}}
.aslrun .frame rect{{{{fill:{{frame}};stroke:{{border}};stroke-width:1;stroke-dasharray:2 3}}}}
.aslrun .name{{{{font-weight:bold}}}}
.aslrun .kind,.aslrun .notes,.aslrun .frame text{{{{font-size:11px;fill:{{muted}}}}}}
.aslrun .icon path,.aslrun .retry{{{{fill:none;stroke-width:1.4;stroke-linecap:round;stroke-linejoin:round}}}}
.aslrun .retry{{{{stroke:{{muted}}}}}}
.aslrun .icon rect{{{{fill-opacity:0.13}}}}
.aslrun .mark>*{{{{fill:{{mark}}}}}}
.aslrun .mark .ring{{{{fill:none;stroke:{{mark}};stroke-width:1.6}}}}
.aslrun .mark text{{{{fill:{{marktext}};font-size:12px;font-weight:bold}}}}
.aslrun .line{{{{fill:none;stroke:{{edge}};stroke-width:1.5}}}}
.aslrun .head{{{{fill:{{edge}}}}}}
.aslrun .catch .line{{{{stroke:{{catch}};stroke-dasharray:5 4}}}}
.aslrun .catch .head{{{{fill:{{catch}}}}}}
.aslrun .label rect{{{{fill:{{paper}};fill-opacity:0.94}}}}
.aslrun .label.nested rect{{{{fill:{{frame}}}}}}
.aslrun .label text{{{{font-size:11px;fill:{{muted}}}}}}
.aslrun .catch.label text{{{{fill:{{catch}}}}}}
.aslrun .missing .card{{{{stroke:{{missing}};stroke-dasharray:4 3}}}}
.aslrun .missing .kind{{{{fill:{{missing}}}}}}
.aslrun .badge circle{{{{stroke:{{paper}};stroke-width:1.5}}}}
.aslrun .badge path{{{{fill:none;stroke:{{paper}};stroke-width:1.7;stroke-linecap:round}}}}
.aslrun .untouched>.card,.aslrun .untouched>.icon,.aslrun .untouched>.retry{{{{opacity:0.5}}}}
.aslrun .untouched>.name{{{{fill:{{muted}}}}}}
.aslrun .untouched>.line{{{{stroke:{{edgepale}}}}}}
.aslrun .untouched>.head{{{{fill:{{edgepale}}}}}}
.aslrun .catch.untouched>.line{{{{stroke:{{catchpale}}}}}}
.aslrun .catch.untouched>.head{{{{fill:{{catchpale}}}}}}
.aslrun .taken .line{{{{stroke:{{taken}};stroke-width:2.6}}}}
.aslrun .taken .head{{{{fill:{{taken}}}}}}
.aslrun .taken.label text{{{{fill:{{text}};font-weight:bold}}}}
.aslrun .catch.taken .line{{{{stroke:{{caught}}}}}}
.aslrun .catch.taken .head{{{{fill:{{caught}}}}}}
.aslrun .fail.taken>.line{{{{stroke:{{failed}}}}}}
.aslrun .fail.taken>.head{{{{fill:{{failed}}}}}}
.aslrun .missed>.card{{{{fill:{{missedfill}};stroke:{{missed}};stroke-width:1.8;stroke-dasharray:5 3}}}}
.aslrun .missed>.badge circle{{{{fill:{{missed}}}}}}
.aslrun .edge.missed .line{{{{stroke:{{missed}};stroke-width:2;stroke-dasharray:5 3}}}}
.aslrun .edge.missed .head{{{{fill:{{missed}}}}}}
.aslrun .missed.label text{{{{fill:{{missed}}}}}}
"""


def style_sheet(theme: str) -> str:
    """Return the style sheet of a drawing in one of THEMES."""
    if theme != "auto":
        return _rules(COLOURS[theme])
    variables = {
        theme: ";".join(f"--{name}:{colour}" for name, colour in COLOURS[theme].items()) for theme in COLOURS
    }
    return (
        f".aslrun{{{variables['light']}}}\n"
        f"@media (prefers-color-scheme:dark){{.aslrun{{{variables['dark']}}}}}\n"
        + _rules({name: f"var(--{name})" for name in _LIGHT})
    )


def _rules(colours: Mapping[str, str]) -> str:
    return "\n".join([_RULES.strip().format_map(colours), *_status_rules(colours), *_icon_rules(colours)])


def _status_rules(colours: Mapping[str, str]) -> Iterator[str]:
    for status in STATUS_COLOURS:
        fill, stroke = colours[f"{status}-fill"], colours[status]
        yield f".aslrun .{status}>.card{{fill:{fill};stroke:{stroke};stroke-width:2}}"
        yield f".aslrun .container.{status}>.card{{fill:{colours['inside']}}}"
        yield f".aslrun .{status}>.badge circle{{fill:{stroke}}}"


def _icon_rules(colours: Mapping[str, str]) -> Iterator[str]:
    for name in (icon for icon in ICONS if icon not in COLOURS_OF):
        yield f".aslrun .icon.{name} rect{{fill:{colours[name]}}}"
        yield f".aslrun .icon.{name} path{{stroke:{colours[name]}}}"
