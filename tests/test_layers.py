"""Imports go one way (docs/design.md): read from the sources, so that a wrong one fails here."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import aslrun

ROOT = Path(aslrun.__file__).parent

LAYERS = {
    "values": set(),
    "timestamps": set(),
    "printable": set(),
    "errors": set(),
    "document": {"values", "errors"},
    "diagnostics": {"document"},
    "expressions": {"values", "errors", "timestamps", "diagnostics"},
    "interpreter": {"values", "errors", "timestamps", "expressions"},
    "states": {"values", "errors", "timestamps", "expressions", "document", "interpreter"},
    "compiler": {"values", "errors", "expressions", "interpreter", "states"},
    "validation": {
        "values", "errors", "timestamps", "document", "diagnostics", "expressions", "states", "compiler",
    },
    "integrations": {"values", "errors", "document", "interpreter"},
    "functions": {
        "values", "errors", "timestamps", "printable", "document", "interpreter", "integrations", "states",
        "validation",
    },
    "drivers": {"values", "errors", "interpreter", "integrations"},
    "history": {"values", "errors", "timestamps", "printable", "interpreter", "states"},
    "graph": {"values", "errors", "timestamps", "printable", "states", "history"},
}  # fmt: skip
"""Package or module of aslrun → those it may import besides itself. What is not here may import all."""

WORLD = {"time", "threading", "random", "subprocess", "socket", "selectors", "signal", "asyncio"}
WORLDLY = {"drivers", "integrations", "functions", "views", "server", "cli"}
FILES = sorted(ROOT.rglob("*.py"))


def part_of(path: Path) -> str:
    return path.relative_to(ROOT).parts[0].removesuffix(".py")


def imported(tree: ast.AST) -> Iterator[str]:
    """All modules imported, also inside functions, but not for type checking only."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
        yield from imported(node)


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_module_imports_only_what_lies_below_it(path: Path) -> None:
    part = part_of(path)
    for module in imported(ast.parse(path.read_text(encoding="utf-8"))):
        top, _, rest = module.partition(".")
        if top == "aslrun" and rest:
            other = rest.split(".")[0]
            assert other in LAYERS.get(part, {other}) | {part}, f"{part} may not import {other}"
            assert other != "cli" or part in ("cli", "__main__"), "nobody imports cli"
        assert top not in WORLD or part in WORLDLY, f"{part} may not import {top}"


def test_nothing_heavy_is_imported_before_it_is_used() -> None:
    import subprocess
    import sys

    code = "import sys, aslrun.cli, aslrun; print(' '.join(sys.modules))"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    heavy = {"networkx", "jsonschema", "jsonpath_ng", "yaml", "asyncio", "boto3", "aslrun.machine"}
    assert not heavy & set(loaded.stdout.split())
