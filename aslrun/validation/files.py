"""Validation of files and folders, and of definitions given as values: what `aslrun.validate` does."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from functools import partial
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from aslrun.diagnostics import Diagnostic, unreadable
from aslrun.document import Document, DocumentError, document_of, read_document, read_text
from aslrun.document.definitions import DefinitionSource, check_used, definitions_in, read_template
from aslrun.document.spans import Text
from aslrun.document.substitutions import Substitutions
from aslrun.errors import UsageError
from aslrun.validation import validate_document
from aslrun.validation.machines import MachineType
from aslrun.validation.silence import check_codes, ignored_for, wanted

if TYPE_CHECKING:
    from aslrun.document.cloudformation.evaluation import Template

# `Any`: a dict literal is seldom inferred as JSON.
Source: TypeAlias = "str | os.PathLike[str] | Mapping[str, Any]"

Tell: TypeAlias = Callable[[int, int], None]
"""Is told how many files were looked at so far, and how many of them are definitions."""


def tell_nobody(looked_at: int, found: int) -> None:
    """Tell nobody how far it is."""


DEFINITIONS = (".asl.json", ".asl.yaml", ".asl.yml", ".asl")
"""How the names of files end that are definitions whatever they hold."""
PERHAPS = (".json", ".yaml", ".yml")
"""How the names of files end that are definitions if they look like one."""
SKIPPED = (".", "asset.", "node_modules", "__pycache__", "venv")
"""How the names of folders begin that are not looked into; `cdk synth` keeps copies in `asset.` folders."""
LARGEST = 10_000_000
"""Bytes of a file that is looked at to see whether it is a definition."""


def validate(
    source: Source,
    *,
    type: MachineType | None = None,
    ignore: Collection[str] = (),
    substitutions: Mapping[str, str] | None = None,
) -> list[Diagnostic]:
    """Return all that is wrong with a definition, in the order of the file.

    Args:
        source: a JSON or YAML file, a template (all its state machines, or `template.yaml:LogicalId`), a
            folder (all definitions below it), `-` for stdin, or a definition as a dict.
        type: what the state machine is to be; by default as its template has it, else STANDARD.
        ignore: codes of diagnostics that are not wanted, beside those that comments and `aslrun.toml` name.
        substitutions: values of `${Name}` in the definition, and of a template's parameters.

    A text that is neither JSON nor YAML is a diagnostic too. Raises UsageError for a file that cannot be
    read, and for a code that there is not.
    """
    if isinstance(source, Mapping):
        ignored = check_codes(ignore, "ignore")
        diagnostics = validate_document(document_of(dict(source)), machine_type=type or "STANDARD")
        return [diagnostic for diagnostic in diagnostics if diagnostic.code not in ignored]
    paths = [os.fspath(source)]
    return validate_files(paths, machine_type=type, ignore=ignore, substitutions=substitutions)[0]


def validate_files(
    paths: Iterable[str],
    *,
    machine_type: MachineType | None = None,
    ignore: Collection[str] = (),
    substitutions: Mapping[str, str] | None = None,
    tell: Tell = tell_nobody,
) -> tuple[list[Diagnostic], dict[str, Text]]:
    """Return all that is wrong with the definitions in files and folders, and the texts that were read.

    The texts are by the files' names. `tell` is told how far the search of folders is. Raises UsageError as
    `validate` does.
    """
    ignored = check_codes(ignore, "--ignore")
    diagnostics: list[Diagnostic] = []
    sources: dict[str, Text] = {}
    paths, given = list(paths), Substitutions(substitutions)
    found_in = sources_in(paths, given, tell)
    for one in found_in:
        try:
            document = one.read()
        except DocumentError as wrong:
            diagnostics.append(unreadable(wrong))
            if wrong.source is not None:
                sources[wrong.source.file] = wrong.source.whole
            continue
        sources |= document.source.whole.files
        unwanted = ignored | ignored_for(document.file)
        found = validate_document(document, machine_type=machine_type or one.type or "STANDARD")
        diagnostics += wanted(found, document.source, unwanted)
    for template, ids in _templates_of(found_in):
        diagnostics += _check_template(template, ids, ignored, sources)
    if given.unused:
        check_used(given, [one.template for one in found_in], ", ".join(paths))
    return diagnostics, sources


def _templates_of(sources: Iterable[DefinitionSource]) -> list[tuple[Template, list[str]]]:
    """Return the templates that definitions are in, each with the ids of these."""
    templates: dict[str, tuple[Template, list[str]]] = {}
    for one in sources:
        if one.template is not None and one.id is not None:
            templates.setdefault(one.template.file, (one.template, []))[1].append(one.id)
    return list(templates.values())


def _check_template(
    template: Template, ids: list[str], ignored: frozenset[str], sources: dict[str, Text]
) -> Iterator[Diagnostic]:
    """Yield what is wrong around the machines of a template; the texts that are shown go into `sources`."""
    from aslrun.document.templates import MachineResource
    from aslrun.validation.template import check_template

    sources |= template.document.source.whole.files
    for diagnostic in check_template(template, [MachineResource(template, id) for id in ids]):
        file = diagnostic.span.file if diagnostic.span else template.file
        source = sources[file] = sources.get(file) or read_text(file)
        yield from wanted([diagnostic], source, ignored | ignored_for(file))


def sources_in(
    paths: Iterable[str], substitutions: Mapping[str, str] | None = None, tell: Tell = tell_nobody
) -> list[DefinitionSource]:
    """Return the definitions that are in files and folders. One in a file of its own that a template names
    is there once, as the template's."""
    found: list[DefinitionSource] = []
    for path in dict.fromkeys(chain.from_iterable(files_of(path, tell) for path in paths)):
        try:
            there = definitions_in(path, substitutions)
        except DocumentError as wrong:
            there = [DefinitionSource(path, partial(_refuse, wrong))]
        if not there:
            raise UsageError(f"{path} is a template without a state machine")
        found += there
    of_templates = {os.path.abspath(one.file) for one in found if one.template}
    if not of_templates:
        return found
    return [one for one in found if one.template or os.path.abspath(one.file) not in of_templates]


def _refuse(wrong: DocumentError) -> Document:
    raise wrong


def files_of(path: str, tell: Tell = tell_nobody) -> list[str]:
    """Return the file that a path names, or the definitions in the folder that it names, by their names.

    Files that `.gitignore` names are left out. `tell` is told of each file in the folder that was looked at.
    Raises UsageError for a folder without any definition.
    """
    if path == "-" or not os.path.isdir(path):
        return [path]
    found = []
    for looked_at, file in enumerate(_files_below(path), 1):
        if is_definition(file):
            found.append(file)
        tell(looked_at, len(found))
    if not found:
        raise UsageError(f"there is no definition in {path}: none of its .json, .yaml and .asl files is one")
    return sorted(found)


def _files_below(folder: str) -> Iterator[str]:
    """The files that may be definitions, without those that git is told to leave out."""
    from aslrun.validation.gitignore import is_ignored, patterns_above, patterns_in

    patterns = {os.path.normpath(folder): patterns_above(folder)}
    for place, folders, files in os.walk(folder):
        outer = patterns.pop(os.path.normpath(place))
        kept = []
        for name in folders:
            inner = os.path.join(place, name)
            is_skipped = name in SKIPPED or name.startswith((".", "asset."))
            if not is_skipped and not is_ignored(inner, True, outer):
                kept.append(name)
                patterns[os.path.normpath(inner)] = (*outer, *patterns_in(inner))
        folders[:] = kept
        for file in files:
            path = os.path.normpath(os.path.join(place, file))
            if file.endswith((*DEFINITIONS, *PERHAPS)) and not is_ignored(path, False, outer):
                yield path


def is_definition(file: str) -> bool:
    """Tell whether a file is a definition, or a template with one, by its name or by what it holds."""
    if file.endswith(DEFINITIONS):
        return True
    if not file.endswith(PERHAPS):
        return False
    try:
        text = Path(file).read_bytes() if os.path.getsize(file) <= LARGEST else b""
    except OSError:
        return False
    is_template = _holds(text, "::StateMachine", "AWS::") or _holds(text, "stepFunctions", "provider")
    return (is_template and _has_machines(file)) or _is_machine(file, text)


def _has_machines(file: str) -> bool:
    """Tell whether a template has state machines; what should be a template and cannot be read counts."""
    from aslrun.document.templates import machines_of

    try:
        template = read_template(read_text(file))
    except DocumentError:
        return True
    except UsageError:
        return False
    return template is not None and bool(machines_of(template))


def _is_machine(file: str, text: bytes) -> bool:
    try:
        value = read_document(file).value if _holds(text, "StartAt", "States") else None
    except (DocumentError, UsageError):
        return False
    return isinstance(value, dict) and "StartAt" in value and "States" in value


def _holds(text: bytes, *words: str) -> bool:
    return all(word.encode() in text for word in words)
