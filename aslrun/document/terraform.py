"""What `terraform show -json` writes, of a state or a plan, as a CloudFormation template.

Documentation: "JSON Output Format" of Terraform; aws_sfn_state_machine, aws_lambda_function, archive_file.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from aslrun.document.cloudformation.evaluation import Template
from aslrun.document.cloudformation.functions import mapping_at
from aslrun.document.cloudformation.places import add_part
from aslrun.document.spans import Document, Node, Pointer, value_at
from aslrun.values import JSON

ROOTS: tuple[Pointer, ...] = (
    ("values", "root_module"),
    ("planned_values", "root_module"),
    ("prior_state", "values", "root_module"),
)
"""Where a state and a plan have their modules."""

_MACHINE = {"name": "StateMachineName", "type": "StateMachineType", "definition": "DefinitionString"}
_FUNCTION = {
    "function_name": "FunctionName",
    "handler": "Handler",
    "runtime": "Runtime",
    "timeout": "Timeout",
    "memory_size": "MemorySize",
    "package_type": "PackageType",
    "image_uri": "ImageUri",
}


@dataclass(frozen=True, slots=True)
class _Resource:
    address: str
    name: str
    type: str
    values: dict[str, JSON]
    at: Pointer


def is_terraform(value: JSON) -> bool:
    """Tell whether a value is what `terraform show -json` writes."""
    return isinstance(value, dict) and "format_version" in value and "terraform_version" in value


def template_of_terraform(document: Document, substitutions: Mapping[str, str] | None = None) -> Template:
    """Return the template of a state or a plan: its machines and functions, by their names in Terraform.

    A definition that a plan does not know yet is missing in it.
    """
    found = {one.address: one for root in reversed(ROOTS) for one in _resources(document.value, root)}
    archives = [one.values for one in found.values() if one.type == "archive_file"]
    root, of_resources = Node(0, len(document.text)), Node(0, len(document.text))
    add_part(root, "Resources", of_resources)
    resources: dict[str, JSON] = {}
    aliases: dict[str, str] = {}
    for one in found.values():
        if one.type not in ("aws_sfn_state_machine", "aws_lambda_function"):
            continue
        id = one.name if one.name not in resources else one.address
        aliases[one.address] = id
        is_machine = one.type == "aws_sfn_state_machine"
        properties = _properties(one.values, _MACHINE if is_machine else _FUNCTION)
        if not is_machine:
            properties |= _code_and_settings(one.values, archives)
        type = "AWS::StepFunctions::StateMachine" if is_machine else "AWS::Lambda::Function"
        resources[id] = {"Type": type, "Properties": properties}
        _place(document, of_resources, id, one, _MACHINE if is_machine else _FUNCTION)
    made = Document(document.source, {"Resources": resources}, root, (), document.unescape)
    return Template(made, substitutions, aliases)


def _resources(value: JSON, at: Pointer) -> Iterator[_Resource]:
    """Yield the resources of a module and of those in it."""
    module = value_at(value, at)
    if not isinstance(module, dict):
        return
    written = module.get("resources")
    for index, one in enumerate(written if isinstance(written, list) else ()):
        if isinstance(one, dict):
            address, name, type = (str(one.get(key, "")) for key in ("address", "name", "type"))
            place = (*at, "resources", index, "values")
            yield _Resource(address, name, type, mapping_at(one, "values"), place)
    children = module.get("child_modules")
    for index in range(len(children) if isinstance(children, list) else 0):
        yield from _resources(value, (*at, "child_modules", index))


def _properties(values: dict[str, JSON], names: Mapping[str, str]) -> dict[str, JSON]:
    return {name: values[key] for key, name in names.items() if values.get(key) not in (None, "")}


def _code_and_settings(values: dict[str, JSON], archives: list[dict[str, JSON]]) -> dict[str, JSON]:
    variables = mapping_at(_first(values.get("environment")), "variables")
    reserved = values.get("reserved_concurrent_executions")
    settings: dict[str, JSON] = {"Environment": {"Variables": variables}, "Code": _code(values, archives)}
    if type(reserved) is int and reserved >= 0:
        settings["ReservedConcurrentExecutions"] = reserved
    return settings


def _first(value: JSON) -> JSON:
    return value[0] if isinstance(value, list) and value else value


def _code(values: dict[str, JSON], archives: list[dict[str, JSON]]) -> JSON:
    """Return the folder that a function's archive is made of, else the archive, or its place in S3."""
    file = values.get("filename")
    if not isinstance(file, str):
        return {"S3Bucket": values.get("s3_bucket") or "?", "S3Key": values.get("s3_key") or "?"}
    for archive in archives:
        output = archive.get("output_path")
        if isinstance(output, str) and os.path.normpath(output) == os.path.normpath(file):
            folder, source = archive.get("source_dir"), archive.get("source_file")
            if isinstance(folder, str) and folder:
                return folder
            if isinstance(source, str) and source:
                return os.path.dirname(source) or "."
    return file


def _place(document: Document, of_resources: Node, id: str, one: _Resource, names: Mapping[str, str]) -> None:
    """Put the places of a resource's properties where the document has its values."""
    node = document.node_at(one.at)
    if node is None:
        return
    place, inner = Node(node.start, node.end), Node(node.start, node.end)
    for key, name in names.items():
        add_part(inner, name, (node.parts or {}).get(key), (node.keys or {}).get(key))
    add_part(place, "Properties", inner)
    add_part(of_resources, id, place)
