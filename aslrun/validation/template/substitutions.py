"""DefinitionSubstitutions and the placeholders of a definition, in both directions.

Documentation: AWS::Serverless::StateMachine and AWS::StepFunctions::StateMachine.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from aslrun.document import read_text
from aslrun.document.cloudformation.evaluation import Template
from aslrun.document.cloudformation.functions import function_call, mapping_at
from aslrun.document.spans import DocumentError, Pointer, value_at
from aslrun.document.templates import MachineResource
from aslrun.errors import UsageError
from aslrun.validation.findings import Finding
from aslrun.validation.text import everything_in

_PLACEHOLDER = re.compile(r"\$\{([A-Za-z0-9_.-]+)\}")


def check_substitutions(machine: MachineResource) -> Iterator[Finding]:
    """Yield names that DefinitionSubstitutions and the definition do not both have."""
    template = machine.template
    at: Pointer = ("Resources", machine.id, "Properties", "DefinitionSubstitutions")
    written = template.resolve(template.properties(machine.id).get("DefinitionSubstitutions"))
    given = written if isinstance(written, dict) else {}
    # One whose value is AWS::NoValue has a name all the same.
    declared = mapping_at(template.properties(machine.id), "DefinitionSubstitutions").keys() | given.keys()
    placed = list(_placeholders(machine))
    used = {name for name, _ in placed} | _made_by_functions(machine)
    if machine.file.startswith("s3://"):
        return
    missing = sorted(used - given.keys())
    for name in given:
        if name not in used:
            message = f"The definition of {machine.id} has no placeholder ${{{name}}}"
            yield Finding(
                "UNUSED_SUBSTITUTION", message, (*at, name), None, "warning", key=True,
                written=name, known=missing,
            )  # fmt: skip
    unused = sorted(given.keys() - used)
    told = set(declared) | set(template.substitutions)
    for name, finding in placed:
        if name not in told:
            told.add(name)
            yield Finding(
                "MISSING_SUBSTITUTION", f"DefinitionSubstitutions of {machine.id} has no {name}", finding.at,
                None, "warning", stretch=finding.stretch, span=finding.span, written=name, known=unused,
            )  # fmt: skip


def _placeholders(machine: MachineResource) -> Iterator[tuple[str, Finding]]:
    """Yield the placeholders that are written in a definition, each with where it is."""
    if machine.pointer is None:
        yield from _placeholders_of_file(machine.file)
        return
    for at, text in _literals(machine.template, machine.pointer):
        for match in _PLACEHOLDER.finditer(text):
            yield match[1], Finding("", "", at, stretch=match.span())


def _placeholders_of_file(file: str) -> Iterator[tuple[str, Finding]]:
    try:
        source = read_text(file)
    except (UsageError, DocumentError):
        return  # told of when it is read
    for match in _PLACEHOLDER.finditer(source.text):
        yield match[1], Finding("", "", (), span=source.span(*match.span()))


def _literals(template: Template, pointer: Pointer) -> Iterator[tuple[Pointer, str]]:
    """Yield the texts at and inside a pointer that no function makes."""
    waiting = [pointer]
    while waiting:
        at = waiting.pop()
        value = value_at(template.document.value, at)
        call = function_call(value)
        if isinstance(value, str):
            yield at, value
        elif call is not None:
            waiting += [(*at, call[0])] if call[0] == "Fn::ToJsonString" else []
            branch = template.branch(call[1]) if call[0] == "Fn::If" else None
            waiting += [(*at, "Fn::If", branch)] if branch is not None else []
        elif isinstance(value, dict):
            waiting += [(*at, key) for key in reversed(value)]
        elif isinstance(value, list):
            waiting += [(*at, index) for index in reversed(range(len(value)))]


def _made_by_functions(machine: MachineResource) -> set[str]:
    """Return the names of all placeholders of a definition in a template, of keys and functions too."""
    if machine.pointer is None:
        return set()
    made = machine.template.resolve(value_at(machine.template.document.value, machine.pointer))
    texts = [value for _, value in everything_in((), made) if isinstance(value, str)]
    texts += [str(key) for _, value in everything_in((), made) if isinstance(value, dict) for key in value]
    return {name for text in texts for name in _PLACEHOLDER.findall(text)}
