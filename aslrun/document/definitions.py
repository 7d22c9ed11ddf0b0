"""Definitions by the names that people give them: FILE, or FILE:ID for one of a template's machines."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from aslrun.document import format_of, parse_source, read_text
from aslrun.document.cloudformation import Template
from aslrun.document.pieces import fill
from aslrun.document.spans import Document, DocumentError
from aslrun.document.templates import MachineResource, MachineType, machines_of, read_template
from aslrun.errors import UsageError

TEMPLATES = ("template.yaml", "template.yml", "template.json")
"""What SAM's command line takes for a template where it is told none."""

_REFERENCE = re.compile(r"(?P<file>.+):(?P<id>[\w-]+)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class DefinitionSource:
    """Where a definition is, and what is told of its machine beside it.

    Attributes:
        file: the file that the definition lies in.
        read: returns the definition; raises DocumentError.
        id: the machine's logical id in its template.
        name: the machine's name, where a template gives it one.
        type: its type, where a template tells.
        template: the template that the machine is in.
    """

    file: str
    read: Callable[[], Document]
    id: str | None = None
    name: str | None = None
    type: MachineType | None = None
    template: Template | None = None


def split_reference(path: str) -> tuple[str, str | None]:
    """Take FILE:ID apart. A path that is there is a file; one letter before the colon is a drive."""
    match = _REFERENCE.fullmatch(path)
    if match is None or os.path.exists(path) or (len(match["file"]) == 1 and match["file"] != "-"):
        return path, None
    return match["file"], match["id"]


def definitions_in(path: str, substitutions: Mapping[str, str] | None = None) -> list[DefinitionSource]:
    """Return the definitions in a file (`-` is stdin): a template's machines, or the only one.

    `substitutions` are values of `${Name}` in it. Raises UsageError for a file that cannot be read and for
    an id that is not there, DocumentError for a text that is neither JSON nor YAML.
    """
    file, id = split_reference(path)
    source = read_text(file)
    template = read_template(source, substitutions)
    if template is not None:
        return [_of(machine) for machine in _chosen(template, id)]
    if id is not None:
        raise UsageError(f"{file} is no SAM or CloudFormation template, so there is no '{id}' in it")
    filled = fill(source, (substitutions or {}).get)
    return [DefinitionSource(source.file, lambda: parse_source(filled, format_of(source)))]


def definition_in(path: str, substitutions: Mapping[str, str] | None = None) -> DefinitionSource:
    """Return the one definition that a path names; UsageError where a template has several, or none.

    A file that a template beside or above it has for a machine's definition is read as that machine's.
    """
    found = definitions_in(path, substitutions)
    file, _ = split_reference(path)
    if len(found) == 1:
        is_plain = found[0].template is None and file != "-"
        return (_of_a_template(file, substitutions) if is_plain else None) or found[0]
    if not found:
        raise UsageError(f"{file} is a template without a state machine")
    ids = [machine.id for template in (found[0].template,) if template for machine in machines_of(template)]
    raise UsageError(
        f"{file} has {len(ids)} state machines; pick one: " + ", ".join(f"{file}:{id}" for id in ids)
    )


def find_template(folder: Path, substitutions: Mapping[str, str] | None = None) -> Template | None:
    """Return the template in a folder or the nearest one above it, up to where its repository begins."""
    for place in (folder, *folder.absolute().parents):
        for name in TEMPLATES:
            if (place / name).is_file() and (template := _read_quietly(place / name, substitutions)):
                return template
        if (place / ".git").exists():
            break
    return None


def _read_quietly(file: Path, substitutions: Mapping[str, str] | None) -> Template | None:
    """Return a template that nobody named; others name their files so, too, in languages of their own."""
    try:
        return read_template(read_text(file), substitutions)
    except (UsageError, DocumentError):
        return None


def _of_a_template(file: str, substitutions: Mapping[str, str] | None) -> DefinitionSource | None:
    template = find_template(Path(file).parent, substitutions)
    for machine in machines_of(template) if template else ():
        if os.path.abspath(machine.file) == os.path.abspath(file):
            return _of(machine)
    return None


def _of(machine: MachineResource) -> DefinitionSource:
    where = machine.file, machine.read
    return DefinitionSource(*where, machine.id, machine.name, machine.type, machine.template)


def _chosen(template: Template, id: str | None) -> Sequence[MachineResource]:
    """Return the machines of a template, or the one with this logical id or name."""
    machines = machines_of(template)
    chosen = [machine for machine in machines if id in (None, machine.id, machine.name)]
    if chosen or id is None:
        return chosen
    ids = [machine.id for machine in machines]
    close = get_close_matches(id, ids, 1)
    guess = f"; did you mean '{close[0]}'?" if close else ""
    there = f"there are {', '.join(ids)}" if ids else "there is none"
    raise UsageError(f"{template.file} has no state machine '{id}': {there}{guess}")
