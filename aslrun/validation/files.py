"""Validation of files and folders, and of definitions given as values: what `aslrun.validate` does."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Iterator, Mapping
from itertools import chain
from pathlib import Path
from typing import Any, TypeAlias

from aslrun.diagnostics import Diagnostic, unreadable
from aslrun.document import Document, DocumentError, document_of, read_document
from aslrun.document.spans import Text
from aslrun.errors import UsageError
from aslrun.validation import validate_document
from aslrun.validation.machines import MachineType
from aslrun.validation.silence import check_codes, ignored_for, is_silenced

# `Any`: a dict literal is seldom inferred as JSON.
Source: TypeAlias = "str | os.PathLike[str] | Mapping[str, Any]"

DEFINITIONS = (".asl.json", ".asl.yaml", ".asl.yml", ".asl")
"""How the names of files end that are definitions whatever they hold."""
PERHAPS = (".json", ".yaml", ".yml")
"""How the names of files end that are definitions if they look like one."""
SKIPPED = ("node_modules", "__pycache__", "venv")
"""Folders that are not looked into, beside those whose names begin with a dot."""
LARGEST = 10_000_000
"""Bytes of a file that is looked at to see whether it is a definition."""


def validate(
    source: Source, *, type: MachineType = "STANDARD", ignore: Collection[str] = ()
) -> list[Diagnostic]:
    """Return all that is wrong with a definition, in the order of the file.

    Args:
        source: a JSON or YAML file, a folder (all definitions below it), `-` for stdin, or a definition as
            a dict.
        type: what the state machine is to be.
        ignore: codes of diagnostics that are not wanted, beside those that comments and `aslrun.toml` name.

    A text that is neither JSON nor YAML is a diagnostic too. Raises UsageError for a file that cannot be
    read, and for a code that there is not.
    """
    if isinstance(source, Mapping):
        ignored = check_codes(ignore, "ignore")
        diagnostics = validate_document(document_of(dict(source)), machine_type=type)
        return [diagnostic for diagnostic in diagnostics if diagnostic.code not in ignored]
    return validate_files([os.fspath(source)], machine_type=type, ignore=ignore)[0]


def validate_files(
    paths: Iterable[str], *, machine_type: MachineType = "STANDARD", ignore: Collection[str] = ()
) -> tuple[list[Diagnostic], dict[str, Text]]:
    """Return all that is wrong with the definitions in files and folders, and the texts that were read.

    The texts are by the files' names. Raises UsageError as `validate` does.
    """
    ignored = check_codes(ignore, "--ignore")
    diagnostics: list[Diagnostic] = []
    sources: dict[str, Text] = {}
    for file in dict.fromkeys(chain.from_iterable(map(files_of, paths))):
        try:
            for document in definitions_in(file):
                sources[document.file] = document.source
                unwanted = ignored | ignored_for(document.file)
                found = validate_document(document, machine_type=machine_type)
                diagnostics += [each for each in found if not is_silenced(each, document.source, unwanted)]
        except DocumentError as wrong:
            diagnostics.append(unreadable(wrong))
            if wrong.source is not None:
                sources[wrong.source.file] = wrong.source
    return diagnostics, sources


def definitions_in(path: str) -> Iterator[Document]:
    """The definitions in a file, of which a file has one; here files with several are to be taken apart."""
    yield read_document(path)


def files_of(path: str) -> list[str]:
    """Return the file that a path names, or the definitions in the folder that it names, by their names.

    Raises UsageError for a folder without any.
    """
    if path == "-" or not Path(path).is_dir():
        return [path]
    found = [file for file in _files_below(path) if is_definition(file)]
    if not found:
        raise UsageError(f"there is no definition in {path}: none of its .json, .yaml and .asl files is one")
    return sorted(found)


def _files_below(folder: str) -> Iterator[str]:
    for place, folders, files in os.walk(folder):
        folders[:] = [name for name in folders if name not in SKIPPED and not name.startswith(".")]
        yield from (os.path.normpath(os.path.join(place, file)) for file in files)


def is_definition(file: str) -> bool:
    """Tell whether a file is a definition, by its name or by what it holds."""
    if file.endswith(DEFINITIONS):
        return True
    if not file.endswith(PERHAPS):
        return False
    try:
        if os.path.getsize(file) > LARGEST or not _names_states(Path(file).read_bytes()):
            return False
        value = read_document(file).value
    except (OSError, DocumentError, UsageError):
        return False
    return isinstance(value, dict) and "StartAt" in value and "States" in value


def _names_states(text: bytes) -> bool:
    return b"StartAt" in text and b"States" in text
