"""State machines in SAM and CloudFormation templates, also those that `cdk synth` writes.

Documentation: AWS::Serverless::StateMachine, AWS::StepFunctions::StateMachine. A definition is read where it
lies: a mapping or a text in the template, a text joined of pieces (CDK), or a file of its own.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias

from aslrun.document import format_of, parse_source, read_text
from aslrun.document.cloudformation.assets import beside, bucket_and_key, find_asset, find_by_key
from aslrun.document.cloudformation.evaluation import Template
from aslrun.document.cloudformation.functions import function_call, mapping_at
from aslrun.document.cloudformation.places import LOOP, chosen, resolve_with_places, unroll
from aslrun.document.json_text import parse_json_text
from aslrun.document.pieces import DYNAMIC, Lookup, counted, fill, fill_value, put_together
from aslrun.document.spans import Document, DocumentError, ElsewhereError, Pointer, Text, value_at
from aslrun.errors import UsageError
from aslrun.values import JSON

MachineType: TypeAlias = Literal["STANDARD", "EXPRESS"]

STATE_MACHINES = ("AWS::Serverless::StateMachine", "AWS::StepFunctions::StateMachine")


@dataclass(frozen=True, slots=True)
class MachineResource:
    """A state machine of a template, by its logical id. `read` returns its definition."""

    template: Template
    id: str

    @property
    def name(self) -> str:
        """The name that it is given, or its logical id."""
        return self.template.name(self.id)

    def is_called(self, name: str) -> bool:
        """Tell whether this is its logical id, its name, or its id or path in CDK."""
        path = (self.template.metadata(self.id, "aws:cdk:path") or "").removesuffix("/Resource")
        # CDK's logical ids are paths without slashes, and a hash.
        in_cdk = (path, path.rpartition("/")[2], re.sub("[0-9A-F]{8}$", "", self.id))
        return name in (self.id, self.name, *in_cdk) or self.template.aliases.get(name) == self.id

    @property
    def type(self) -> MachineType | None:
        """The type that it is given."""
        properties = self.template.properties(self.id)
        given = self.template.resolve(properties.get("Type", properties.get("StateMachineType")))
        return "EXPRESS" if given == "EXPRESS" else "STANDARD" if given == "STANDARD" else None

    @property
    def file(self) -> str:
        """The file that the definition lies in: its own, or the template."""
        location = _location(self.template, self.id)
        if location is not None:
            return location[1]
        span = self.template.document.span(self.pointer) if self.pointer else None
        return span.file if span else self.template.file

    def read(self) -> Document:
        """Return the definition, placeholders filled in where they are known.

        Raises DocumentError, with the place in the template, where there is none that can be read, and for a
        dynamic reference to what is not there.
        """
        lookup = _substitutions(self.template, self.id)
        if (location := _location(self.template, self.id)) is not None:
            return _read_file(self.template, *location, lookup)
        if (pointer := self.pointer) is not None:
            return READERS[str(pointer[3])](self.template, pointer, lookup)
        hint = f"give it a {', '.join(READERS)} or DefinitionUri"
        if '"terraform_version"' in self.template.document.text:
            hint = "a plan knows it after an apply only: show the state then, with `terraform show -json`"
        raise _wrong(self.template, ("Resources", self.id), f"{self.id} has no definition", hint)

    @property
    def pointer(self) -> Pointer | None:
        """Where in the template the definition is written; None where it is a file of its own, or missing."""
        properties = self.template.properties(self.id)
        if _location(self.template, self.id) is not None:
            return None
        for property in READERS:
            if property in properties:
                return chosen(self.template, ("Resources", self.id, "Properties", property))
        return None


def parse_template(source: Text, substitutions: Mapping[str, str] | None = None) -> Template | None:
    """Return the template that a text is, None if it is something else. Raises DocumentError."""
    if format_of(source) == "json":
        document = parse_json_text(source)
    else:
        from aslrun.document.yaml_text import parse_yaml_text

        document = parse_yaml_text(source, short_forms=True)
    template = Template(document, substitutions)
    if LOOP in source.text:
        template = Template(unroll(document, template), substitutions)
    return template if _is_template(template.document.value) else None


def _is_template(value: JSON) -> bool:
    resources = mapping_at(value, "Resources").values()
    return any(isinstance(one, dict) and "::" in str(one.get("Type")) for one in resources)


def machines_of(template: Template) -> list[MachineResource]:
    """Return the state machines of a template."""
    return [MachineResource(template, id) for id in template.resources_of(*STATE_MACHINES)]


# ---------------------------------------------------------------- where a definition lies


def _mapping(template: Template, pointer: Pointer, lookup: Lookup) -> Document:
    """A definition that is written as a mapping, functions and all."""
    document = template.document
    written = value_at(document.value, pointer)
    if not isinstance(written, dict) or function_call(written) is not None:
        return _string(template, pointer, lookup)
    resolved, node = resolve_with_places(template, written, document.node_at(pointer))
    if template.dynamic is not None:
        resolved, node = fill_value(resolved, node, _dynamic(template, pointer), DYNAMIC)
    value, root = fill_value(resolved, node, lookup)
    inner = len(pointer)
    duplicates = tuple(
        (at[inner:], first, again) for at, first, again in document.duplicates if at[:inner] == pointer
    )
    return Document(document.source, value, root, duplicates, document.unescape)


def _string(template: Template, pointer: Pointer, lookup: Lookup) -> Document:
    """A definition that is written as a text, or made by functions."""
    call = function_call(value_at(template.document.value, pointer))
    if call is not None and call[0] == "Fn::ToJsonString" and isinstance(call[1], dict):
        return _mapping(template, (*pointer, call[0]), lookup)
    if call is None and not isinstance(value_at(template.document.value, pointer), str):
        raise _wrong(template, pointer, f"{pointer[-1]} must be the text of a definition")
    text = fill(put_together(template, pointer), _dynamic(template, pointer), DYNAMIC)
    return parse_json_text(fill(text, lookup))


READERS: Mapping[str, Callable[[Template, Pointer, Lookup], Document]] = {
    "Definition": _mapping,
    "DefinitionString": _string,
}
"""Properties that hold a definition, and how it is read."""

FILES = ("DefinitionUri", "DefinitionS3Location")
"""Properties that name a definition's file. `aws cloudformation package` takes local ones in both."""


def _location(template: Template, id: str) -> tuple[Pointer, str] | None:
    """Return where a state machine names its definition's file, and the file: a path, or s3://BUCKET/KEY."""
    properties = template.properties(id)
    pointer: Pointer = ("Resources", id, "Properties")
    for property in FILES:
        if property in properties:
            return (*pointer, property), _file_name(template, id, properties[property])
    definition = properties.get("Definition")
    if function_call(definition) and isinstance(definition, dict) and "Fn::Transform" in definition:
        parameters = mapping_at(definition["Fn::Transform"], "Parameters")
        location = template.resolve(parameters.get("Location", ""))
        return (*pointer, "Definition"), _file_name(template, id, location)
    return None


def _file_name(template: Template, id: str, written: JSON) -> str:
    """Return the local file of a location, or where in S3 it is; CDK's assets lie beside the template."""
    location = template.resolve(written)
    asset = find_asset(template, id, location)
    if asset is not None and os.path.isfile(asset):
        return str(asset)
    place = bucket_and_key(template, location)
    if place is None:
        return str(beside(template, template.text(location)))
    return str(find_by_key(template, place[1]) or f"s3://{place[0]}/{place[1]}")


def _read_file(template: Template, pointer: Pointer, name: str, lookup: Lookup) -> Document:
    if name.startswith("s3://"):
        message = f"the definition lies in S3, at {name}: aslrun reads files"
        hint = "name a file beside the template, or run aslrun on the file that was uploaded"
        raise _wrong(template, pointer, message, hint, ElsewhereError)
    try:
        source = read_text(name)
    except UsageError as missing:
        raise _wrong(template, pointer, str(missing), _did_you_mean(name)) from None
    return parse_source(fill(source, lookup), format_of(source))


def _did_you_mean(name: str) -> str | None:
    """Return a hint with the file beside one that is not there whose name is like it."""
    from difflib import get_close_matches

    path = Path(name)
    beside_it = sorted(one.name for one in path.parent.iterdir()) if os.path.isdir(path.parent) else []
    close = get_close_matches(path.name, beside_it, 1)
    return f"did you mean '{close[0]}'?" if close else None


def _wrong(
    template: Template,
    pointer: Pointer,
    message: str,
    hint: str | None = None,
    kind: type[DocumentError] = DocumentError,
) -> DocumentError:
    document = template.document
    return kind(message, document.span(pointer, key=len(pointer) == 2), hint, document.source)


def _dynamic(template: Template, pointer: Pointer) -> Lookup:
    """Return what has the values of the dynamic references that are written at `pointer`."""

    def look_up(reference: str) -> str | None:
        try:
            return None if template.dynamic is None else template.dynamic(reference)
        except UsageError as missing:
            raise _wrong(template, pointer, str(missing)) from None

    return counted(look_up, template.file)


def _substitutions(template: Template, id: str) -> Lookup:
    """Return what fills in a definition's placeholders: what the user gives, then DefinitionSubstitutions.

    CloudFormation looks up the dynamic references in these, also where nothing asks for them.
    """
    known: dict[str, str] = {}
    pointer: Pointer = ("Resources", id, "Properties", "DefinitionSubstitutions")
    written = template.resolve(template.properties(id).get("DefinitionSubstitutions"))
    for name, value in written.items() if isinstance(written, dict) else ():
        text = fill(Text("", template.text(value)), _dynamic(template, (*pointer, name)), DYNAMIC).text
        # A value that is not known at all keeps the name that the definition has for it.
        if not (text.startswith("${") and text.find("}") == len(text) - 1):
            known[name] = text

    def look_up(name: str) -> str | None:
        given = template.substitutions.get(name)
        return known.get(name) if given is None else given

    return counted(look_up, template.file)
