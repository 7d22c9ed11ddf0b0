"""Definitions by the names that people give them: FILE, or FILE:ID for one of a template's machines.

What reads templates is imported where there is one.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from aslrun.document import format_of, parse_source, read_text
from aslrun.document.foreign import refuse_foreign
from aslrun.document.spans import Document, DocumentError, Text
from aslrun.document.substitutions import Substitutions
from aslrun.errors import UsageError

if TYPE_CHECKING:
    from aslrun.document.cloudformation.evaluation import Template
    from aslrun.document.templates import MachineResource, MachineType

TEMPLATES = (
    "template.yaml", "template.yml", "template.json", "serverless.yml", "serverless.yaml", "serverless.json",
)  # fmt: skip
"""What SAM's and Serverless's command lines take for a template where they are told none."""

SUFFIXES = (".asl.json", ".asl.yaml", ".asl.yml", ".json", ".yaml", ".yml")
"""Suffixes of the files that a machine called by its name may lie in."""

_REFERENCE = re.compile(r"(?P<file>.+):(?P<id>[\w/-]+)", re.DOTALL)


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
    match = _REFERENCE.fullmatch(path) if ":" in path else None
    if match is None or os.path.exists(path) or (len(match["file"]) == 1 and match["file"] != "-"):
        return path, None
    return match["file"], match["id"]


def definitions_in(path: str, substitutions: Mapping[str, str] | None = None) -> list[DefinitionSource]:
    """Return the definitions in a file (`-` is stdin): a template's machines, or the only one.

    `substitutions` are values of `${Name}` in it. Raises UsageError for a file that cannot be read and for
    an id that is not there, DocumentError for a template that is neither JSON nor YAML.
    """
    file, id = split_reference(path)
    if os.path.isdir(file):
        return _in_folder(Path(file), id, substitutions)
    source = read_text(file)
    refuse_foreign(source)
    template = read_template(source, substitutions)
    if template is not None:
        return _chosen(file, _machines_of(template), id)
    if id is not None:
        raise UsageError(f"{file} is no SAM or CloudFormation template, so there is no '{id}' in it")
    return [DefinitionSource(source.file, partial(_read, source, substitutions))]


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
    choices = ", ".join(f"{file}:{one.id}" for one in found)
    raise UsageError(f"{file} has {len(found)} state machines; pick one: {choices}")


def definition_beside(
    name: str, folder: Path | None, template: Template | None, substitutions: Mapping[str, str] | None = None
) -> str | None:
    """Return the reference of the machine that is called `name` in a template, in `[machines]` of
    aslrun.toml, or by its file (`NAME.asl.json`); None where there is none.

    Raises UsageError for what aslrun.toml says amiss.
    """
    for machine in _machines_of(template) if template else ():
        if machine.is_called(name) and template is not None:
            return f"{template.document.file}:{machine.id}"
    if folder is None:
        return None
    from aslrun.document import read_toml

    settings = folder / "aslrun.toml"
    named = read_toml(settings).get("machines", {}) if settings.is_file() else {}
    if not isinstance(named, dict) or not all(isinstance(file, str) for file in named.values()):
        raise UsageError(f'{settings}: write [machines] as "Name" = "file.asl.json"')
    if name in named:
        return str(folder / named[name])
    files = (folder / f"{name}{suffix}" for suffix in SUFFIXES)
    return next((str(file) for file in files if file.is_file()), None)


def check_used(substitutions: Substitutions, templates: Iterable[Template | None], where: str) -> None:
    """Raise UsageError for a substitution whose name is neither in the definitions that were read nor in
    their templates; `where` is what to call them."""
    for template in templates:
        if template is not None and substitutions.unused:
            for name in template.parameters:
                substitutions.get(name)
            template.resolve(template.document.value)  # asks for all names that it refers to
    substitutions.check_used(where)


def read_template(source: Text, substitutions: Mapping[str, str] | None = None) -> Template | None:
    """Return the template that a text is, or stands for (Serverless, Terraform); None for other texts.

    `substitutions` are values for its parameters and for placeholders in its definitions. Raises
    DocumentError for what looks like a template and is neither JSON nor YAML.
    """
    if '"terraform_version"' in source.text and "_module" in source.text:
        from aslrun.document.json_text import parse_json_text
        from aslrun.document.terraform import is_terraform, template_of_terraform

        document = parse_json_text(source)
        return template_of_terraform(document, substitutions) if is_terraform(document.value) else None
    if "provider" in source.text and ("stepFunctions" in source.text or "functions" in source.text):
        from aslrun.document.serverless import parse_service

        if (service := parse_service(source, substitutions)) is not None:
            return service
    if "AWS::" not in source.text or "Resources" not in source.text:
        return None
    from aslrun.document.templates import parse_template

    return parse_template(source, substitutions)


def template_of(path: Path, substitutions: Mapping[str, str] | None = None) -> Template | None:
    """Return the template that a file is, or that lies beside or above a file or in or above a folder."""
    own = _read_quietly(path, substitutions) if path.is_file() else None
    return own or find_template(path if path.is_dir() else path.parent, substitutions)


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
        source = read_text(file)
    except (UsageError, DocumentError):
        return None
    try:
        return read_template(source, substitutions)
    except DocumentError:
        return None


def _read(source: Text, substitutions: Mapping[str, str] | None) -> Document:
    """Read a definition that is a file of its own."""
    if substitutions:
        from aslrun.document.pieces import fill

        source = fill(source, substitutions.get)
    return parse_source(source, format_of(source))


def _of_a_template(file: str, substitutions: Mapping[str, str] | None) -> DefinitionSource | None:
    template = find_template(Path(file).parent, substitutions)
    for machine in _machines_of(template) if template else ():
        if os.path.abspath(machine.file) == os.path.abspath(file):
            return _of(machine)
    return None


def _of(machine: MachineResource) -> DefinitionSource:
    where = machine.file, machine.read
    return DefinitionSource(*where, machine.id, machine.name, machine.type, machine.template)


def _machines_of(template: Template) -> list[MachineResource]:
    from aslrun.document.templates import machines_of

    return machines_of(template)


def _in_folder(
    folder: Path, id: str | None, substitutions: Mapping[str, str] | None
) -> list[DefinitionSource]:
    """Return the machines of the templates in a folder, such as `cdk.out`, or the one that `id` names."""
    names = sorted(folder.glob("*.template.json")) or [folder / name for name in TEMPLATES]
    # Stages of CDK have folders of their own.
    names += sorted(folder.glob("assembly-*/**/*.template.json"))
    templates = [read_template(read_text(name), substitutions) for name in names if name.is_file()]
    machines = [machine for template in templates if template for machine in _machines_of(template)]
    if not machines:
        raise UsageError(
            f"{folder} is a folder without a template that has a state machine; name a file in it"
        )
    return _chosen(str(folder), machines, id)


def _chosen(file: str, machines: list[MachineResource], id: str | None) -> list[DefinitionSource]:
    """Return the machines, or those with this logical id, name or name in CDK."""
    chosen = machines if id is None else [machine for machine in machines if machine.is_called(id)]
    if chosen or id is None:
        return [_of(machine) for machine in chosen]
    from difflib import get_close_matches

    ids = [machine.id for machine in machines]
    close = get_close_matches(id, ids, 1)
    guess = f"; did you mean '{close[0]}'?" if close else ""
    there = f"there are {', '.join(ids)}" if ids else "there is none"
    raise UsageError(f"{file} has no state machine '{id}': {there}{guess}")
