"""Validation: a document → diagnostics, all of them, never an exception.

`schemas/` says what a schema can; the rules in this package say the rest. A rule is a function from a
definition to findings, and a line in `RULES`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TypeAlias

from aslrun.diagnostics import Diagnostic
from aslrun.document import Document
from aslrun.interpreter.collection import no_collection
from aslrun.validation.choices import check_choices
from aslrun.validation.dataflow import check_data
from aslrun.validation.expressions import check_expressions
from aslrun.validation.fields import check_fields
from aslrun.validation.findings import Finding, to_diagnostics
from aslrun.validation.flow import check_flow
from aslrun.validation.handling import check_handling
from aslrun.validation.jsonata import check_jsonata_expressions
from aslrun.validation.literals import check_literals
from aslrun.validation.machines import Definition, MachineType, read_definition
from aslrun.validation.names import check_names
from aslrun.validation.resources import check_resources
from aslrun.validation.structure import examine
from aslrun.validation.text import check_text
from aslrun.validation.texts import find_expressions
from aslrun.validation.variables import check_variables

Rule: TypeAlias = Callable[[Definition], Iterator[Finding]]

RULES: tuple[Rule, ...] = (
    check_names,
    check_flow,
    check_fields,
    check_resources,
    check_handling,
    check_choices,
    check_literals,
    check_jsonata_expressions,
    check_variables,
    check_data,
)


def validate_document(document: Document, *, machine_type: MachineType = "STANDARD") -> list[Diagnostic]:
    """Return all that is wrong with a definition, in the order of the file.

    Raises nothing, whatever JSON value the document holds. A definition without an error among its
    diagnostics can be compiled.
    """
    with no_collection():  # nearly all that is made is gone at once, without it
        return to_diagnostics(findings_in(document, machine_type), document)


def findings_in(document: Document, machine_type: MachineType) -> Iterator[Finding]:
    """Yield what the rules find in a document, rule by rule."""
    wrong_as_text = list(check_text(document))
    yield from wrong_as_text
    if not isinstance(document.value, dict) or any(f.code == "TOO_DEEPLY_NESTED" for f in wrong_as_text):
        return
    findings, written = examine(document.value)
    yield from findings
    yield from check_expressions(written)
    definition = read_definition(document.value, machine_type)
    definition.expressions = tuple(find_expressions(definition, written))
    for rule in RULES:
        yield from rule(definition)
