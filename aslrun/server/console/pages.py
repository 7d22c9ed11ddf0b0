"""The console's pages in HTML: the list, and an execution, which is the report page with a few buttons."""

from __future__ import annotations

from html import escape
from importlib.resources import files

from aslrun.graph.drawing import shortened
from aslrun.page.html import fill_page, page_style, read_scripts, script_json
from aslrun.values import JSON

LIST_SCRIPTS = ("calls", "list")
EXECUTION_SCRIPTS = ("calls", "actions", "live")


def policy(nonce: str) -> str:
    """Return the Content Security Policy of a page: its own scripts, its own server, in no frame."""
    return (
        f"default-src 'none'; script-src 'nonce-{nonce}'; style-src 'unsafe-inline'; img-src 'self' data:;"
        " connect-src 'self'; base-uri 'none'; form-action 'none'"
    )


def list_page(data: dict[str, JSON], nonce: str) -> str:
    """Return the page with the machines and the executions; `data` is for its scripts."""
    own = "\n".join(_read(f"scripts/{name}.js") for name in LIST_SCRIPTS)
    parts = {
        "policy": policy(nonce),
        "style": "\n".join([page_style(), _read("console.css")]),
        "data": script_json(data),
        "nonce": f' nonce="{nonce}"',
        "script": "\n".join([read_scripts(("elements", "values", "windows")), own]),
        "dialogs": _read("dialogs.html"),
    }
    page = _read("list.html")
    for name, text in parts.items():
        page = page.replace(f"{{{{{name}}}}}", text, 1)
    return page


def execution_page(story: dict[str, JSON], name: str, drawing: str, nonce: str) -> str:
    """Return the page of an execution: the story is that of the report page, with more for its scripts."""
    own = "\n".join(_read(f"scripts/{script}.js") for script in EXECUTION_SCRIPTS)
    return fill_page(
        {
            "policy": policy(nonce),
            "title": escape(shortened(name, 200)),
            "theme": "light dark",
            "style": "\n".join([page_style(), _read("console.css")]),
            "controls": _read("controls.html") + _read("dialogs.html"),
            "graph": drawing,
            "story": script_json(story),
            "nonce": f' nonce="{nonce}"',
            "script": "\n".join([read_scripts(), own]),
        }
    )


def refusal_page(told: str) -> str:
    """Return the page that says why there is no other."""
    return (
        '<!DOCTYPE html><html lang="en"><meta charset="utf-8"><meta name="color-scheme" content="light dark">'
        f'<title>aslrun</title><p>{escape(told)}</p><p><a href="/">All executions</a></p></html>'
    )


def _read(name: str) -> str:
    return files("aslrun.server.console").joinpath(name).read_text(encoding="utf-8")
