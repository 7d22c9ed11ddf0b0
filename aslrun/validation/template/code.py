"""Code of a template's functions and layers that is not where the template says.

Documentation: AWS::Serverless::Function (CodeUri, Handler), AWS::Lambda::Function (Code).
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from aslrun.document.cloudformation.assets import beside, bucket_and_key, find_asset
from aslrun.document.cloudformation.evaluation import Template
from aslrun.document.cloudformation.functions import mapping_at
from aslrun.document.cloudformation.resources import FUNCTION_TYPES
from aslrun.document.spans import Pointer
from aslrun.validation.findings import Finding

_SUFFIXES = (".py", ".js", ".mjs", ".cjs", ".ts", ".tsx", ".mts", ".cts", ".jsx")
"""What the source of a Python or Node.js handler may be."""


def check_code(template: Template, id: str) -> Iterator[Finding]:
    """Yield a folder of code, or a handler's file, that is not there."""
    properties = template.properties(id)
    names = ("CodeUri", "Code") if id in template.resources_of(*FUNCTION_TYPES) else ("ContentUri", "Content")
    property = next((name for name in names if name in properties), None)
    written = template.resolve(properties.get(property)) if property else "."
    if not isinstance(written, str) or bucket_and_key(template, written) or "${" in written:
        return
    folder = find_asset(template, id, written) or beside(template, written)
    if folder.suffix in (".zip", ".jar", ".war"):
        return  # built
    if not os.path.exists(folder):
        at = _place_of(template, id, str(property))
        message = f"There is no folder {folder} with the code of {id}"
        known = [_as_written(written, name) for name in _names_beside(folder)]
        yield Finding("MISSING_CODE", message, at, None, "warning", written=written, known=known)
    elif os.path.isdir(folder) and "InlineCode" not in properties and names[0] == "CodeUri":
        yield from _check_handler(template, id, folder)


def _names_beside(folder: Path) -> list[str]:
    try:
        return sorted(one.name for one in folder.parent.iterdir() if os.path.isdir(one))
    except OSError:
        return []


def _as_written(written: str, name: str) -> str:
    """Return a sibling's name in the way that a folder is written."""
    stripped = written.rstrip("/")
    return f"{stripped[: len(stripped) - len(Path(stripped).name)]}{name}{written[len(stripped) :]}"


def _check_handler(template: Template, id: str, folder: Path) -> Iterator[Finding]:
    properties = template.properties(id)
    handler, runtime = (template.resolve(properties.get(name)) for name in ("Handler", "Runtime"))
    if not isinstance(handler, str) or "." not in handler or "${" in handler:
        return
    if not str(runtime).startswith(("python", "nodejs")) or properties.get("PackageType") == "Image":
        return
    if template.metadata(id, "BuildMethod") is not None:
        return
    module = handler.rpartition(".")[0] if str(runtime).startswith("python") else _module_of(handler)
    path = folder / (module.replace(".", "/") if str(runtime).startswith("python") else module)
    if any(os.path.isfile(f"{path}{suffix}") for suffix in _SUFFIXES):
        return
    if os.path.isfile(path / "__init__.py"):
        return
    function = handler[len(module) :]
    known = [
        f"{module[: len(module) - len(Path(module).name)]}{one.stem}{function}"
        for one in (sorted(path.parent.iterdir()) if os.path.isdir(path.parent) else ())
        if one.suffix in _SUFFIXES
    ]
    message = f"There is no file for the Handler '{handler}' of {id} in {folder}"
    at = _place_of(template, id, "Handler")
    yield Finding("MISSING_CODE", message, at, None, "warning", written=handler, known=known)


def _place_of(template: Template, id: str, property: str) -> Pointer:
    """Return where a property of a function stands: with its resource, or in Globals."""
    if property in mapping_at(template.resources[id], "Properties"):
        return ("Resources", id, "Properties", property)
    return ("Globals", "Function", property)


def _module_of(handler: str) -> str:
    """Return the file part of a Node.js handler: up to the first dot after the last slash."""
    folder, slash, rest = handler.rpartition("/")
    return f"{folder}{slash}{rest.partition('.')[0]}"
