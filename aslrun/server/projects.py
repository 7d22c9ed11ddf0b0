"""The templates of what is served: their functions are the server's, and what they declare is made here."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from aslrun.document import DocumentError, read_text
from aslrun.document.cloudformation.evaluation import Template
from aslrun.document.definitions import TEMPLATES, read_template, split_reference
from aslrun.errors import UsageError
from aslrun.functions.function import Function
from aslrun.functions.template import functions_of
from aslrun.server.lambda_api.deployed import Deployed
from aslrun.server.lambda_api.templates import settings_in


def templates_of(paths: Iterable[str]) -> list[Template]:
    """Return the templates among files, and those that lie in folders; what cannot be read is not one."""
    found: dict[str, Template] = {}
    for path in paths:
        for file in _candidates(path):
            key = os.path.abspath(file)
            if key not in found and (template := _read(file)) is not None:
                found[key] = template
    return list(found.values())


def _candidates(path: str) -> Iterator[str]:
    file, _ = split_reference(path)
    if not os.path.isdir(file):
        yield file
        return
    yield from (str(Path(file) / name) for name in TEMPLATES if (Path(file) / name).is_file())


def _read(file: str) -> Template | None:
    try:
        return read_template(read_text(file))
    except (UsageError, DocumentError):
        return None


def functions_in(templates: Sequence[Template]) -> dict[str, Function]:
    """Return the functions of templates by their names; the first of a name counts."""
    found: dict[str, Function] = {}
    for template in templates:
        for function in functions_of(template):
            found.setdefault(function.name, function)
    return found


def declare(deployed: Deployed, templates: Sequence[Template]) -> None:
    """Let Lambda's API have the functions of templates, and what is set of them there."""
    deployed.declared = functions_in(templates)
    deployed.told = settings_in(templates)


def functions_folder(store: str) -> Path | None:
    """Return where the code of functions lies: beside a store that is a file, else nowhere for long."""
    if store == "memory" or "://" in store:
        return None
    return Path(store).absolute().parent / "functions"


def with_machines(paths: Iterable[str]) -> list[str]:
    """Return the paths that have state machines, or should: not templates and folders of templates that have
    functions only."""
    return [path for path in paths if not _is_without_machines(path)]


def _is_without_machines(path: str) -> bool:
    from aslrun.document.templates import machines_of
    from aslrun.validation.files import files_of

    templates = templates_of([path])
    if not templates or split_reference(path)[1] is not None or any(machines_of(one) for one in templates):
        return False
    if not os.path.isdir(path):
        return True
    try:
        return not files_of(path)
    except UsageError:
        return True
