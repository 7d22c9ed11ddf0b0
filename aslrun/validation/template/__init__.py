"""What is wrong with a template around its state machines: names that nothing has or uses, code that is gone.

Documentation: "DefinitionSubstitutions", "Ref", "Fn::GetAtt", "Parameters", AWS::Serverless::Function.
"""

from __future__ import annotations

from collections.abc import Iterator

from aslrun.diagnostics import Diagnostic
from aslrun.document.cloudformation.evaluation import Template
from aslrun.document.cloudformation.parameters import what_is_wrong
from aslrun.document.cloudformation.resources import FUNCTION_TYPES, LAYER_TYPES
from aslrun.document.templates import MachineResource
from aslrun.validation.findings import Finding, to_diagnostics
from aslrun.validation.template.code import check_code
from aslrun.validation.template.references import check_references
from aslrun.validation.template.substitutions import check_substitutions


def check_template(template: Template, machines: list[MachineResource]) -> list[Diagnostic]:
    """Return what is wrong with a template, as far as state machines and functions have to do with it.

    Of `machines` what fills in their definitions is checked. Raises nothing.
    """
    return to_diagnostics(_findings(template, machines), template.document)


def _findings(template: Template, machines: list[MachineResource]) -> Iterator[Finding]:
    yield from check_defaults(template)
    for machine in machines:
        yield from check_substitutions(machine)
    yield from check_references(template)
    for id in template.resources_of(*FUNCTION_TYPES, *LAYER_TYPES):
        yield from check_code(template, id)


def check_defaults(template: Template) -> Iterator[Finding]:
    """Yield defaults that their parameters cannot have."""
    for name, parameter in template.parameters.items():
        default = parameter.get("Default") if isinstance(parameter, dict) else None
        if (wrong := what_is_wrong(parameter, default)) is not None:
            message = f"The Default of the parameter {name} {wrong}"
            yield Finding("INVALID_PARAMETER", message, ("Parameters", name, "Default"))
