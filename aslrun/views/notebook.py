"""What notebooks show of machines and executions: a drawing, and a short summary. No scripts.

IPython asks an object for `_repr_html_` and `_repr_svg_`; where they return None it shows the `repr`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from html import escape

from aslrun import execution as executions
from aslrun import machine as machines
from aslrun.errors import UsageError
from aslrun.execution import Execution
from aslrun.values import JSON

MAX_SHOWN = 2_000
"""Characters of an output that are shown."""
COLOURS = {"SUCCEEDED": "#2e7d32", "RUNNING": "#1565c0"}
FAILED = "#c62828"


def register() -> None:
    """Tell machines and executions how they are shown, once."""
    if show_execution not in executions.show_in_notebook:
        executions.show_in_notebook.append(show_execution)
        machines.show_in_notebook.append(draw)


def draw(definition: JSON, execution: Execution | None = None) -> str | None:
    """Return a machine as SVG, with an execution on it if one is given; None if it cannot be drawn."""
    from aslrun.graph import build_graph, mark_execution, render

    try:
        graph = build_graph(definition)
        if execution is not None:
            graph = mark_execution(graph, execution.history)
        return render(graph, "svg")
    except (UsageError, RecursionError):
        return None


def show_execution(execution: Execution) -> str:
    """Return an execution as HTML: how it ended, what there is to know of it, and the marked drawing."""
    from aslrun.views.summary import headline

    colour = COLOURS.get(execution.status, FAILED)
    drawing = draw(execution.definition, execution)
    parts = [
        '<div class="aslrun-execution">',
        f'<p style="color: {colour}"><strong>{_text(headline(execution))}</strong></p>',
        *_table(execution),
        *([f'<div style="overflow-x: auto">\n{drawing}</div>'] if drawing else []),
        "</div>",
    ]
    return "\n".join(parts)


def _table(execution: Execution) -> Iterator[str]:
    yield "<table>"
    for label, text in _rows(execution):
        cell = f'<pre style="margin: 0; white-space: pre-wrap; text-align: left">{_text(text)}</pre>'
        style = "text-align: left; vertical-align: top; padding-right: 1em"
        yield f'<tr><th style="{style}">{label}</th><td>{cell}</td></tr>'
    yield "</table>"


def _rows(execution: Execution) -> Iterator[tuple[str, str]]:
    from aslrun.timestamps import duration_text
    from aslrun.views.summary import facts_of

    if execution.status == "SUCCEEDED":
        yield "output", _shown(json.dumps(execution.output, ensure_ascii=False, indent=2))
    for label, lines in facts_of(execution):
        if lines:
            yield label, _shown("\n".join(lines))
    if execution.waited:
        yield "skipped", f"{duration_text(execution.waited)} of waiting"


def _text(text: str) -> str:
    """Escape a text; half a surrogate pair, which JSON may have, would break the notebook's file."""
    return escape(text.encode("utf-8", "replace").decode())


def _shown(text: str) -> str:
    return text if len(text) <= MAX_SHOWN else text[:MAX_SHOWN] + " …"
