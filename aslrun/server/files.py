"""Machines of files: created when the server begins, and updated as their files are saved."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

from aslrun.diagnostics import DefinitionError, unreadable
from aslrun.document import DocumentError
from aslrun.document.definitions import DefinitionSource
from aslrun.errors import UsageError
from aslrun.machine import StateMachine, load
from aslrun.server.arns import Place
from aslrun.server.operations.configuration import declared_logging, declared_tracing
from aslrun.server.service import MACHINE, Service
from aslrun.store import Resource
from aslrun.validation.files import sources_in
from aslrun.values import JSON, to_json_text

ROLE = "role/aslrun"
_NO_NAME = re.compile(r"[^A-Za-z0-9_.-]+")


def create_machines(
    service: Service,
    paths: Iterable[str],
    substitutions: Mapping[str, str] | None = None,
    resolve: Callable[[str], str] | None = None,
) -> list[Resource]:
    """Create the machines of files, templates and folders, or update those that are there.

    `resolve` looks up dynamic references of templates; see `aslrun.machine.load`.

    Raises UsageError for what cannot be read, DefinitionError for a definition that is refused, and for two
    machines of one name.
    """
    sources = [one for one in sources_in(paths, substitutions) if _is_made(one)]
    found = [machine_of(one, substitutions, resolve) for one in sources]
    names: dict[str, str] = {}
    for reference, machine in found:
        name = name_of(machine)
        if name in names:
            raise UsageError(
                f"{reference} and {names[name]} would both be the state machine '{name}';"
                " serve one of them, or rename its file"
            )
        names[name] = reference
    return [put_machine(service, reference, machine) for reference, machine in found]


def _is_made(source: DefinitionSource) -> bool:
    """Tell whether a definition is of a file, or of a resource that no condition leaves out."""
    template, id = source.template, source.id
    return template is None or id is None or id not in template.resources or template.is_made(id)


def machine_of(
    source: DefinitionSource,
    substitutions: Mapping[str, str] | None,
    resolve: Callable[[str], str] | None = None,
) -> tuple[str, StateMachine]:
    """Return a definition's `FILE` or `FILE:ID`, and its machine, which can be run."""
    file = source.template.file if source.template is not None else source.file
    reference = f"{file}:{source.id}" if source.id is not None else file
    try:
        machine = load(reference, substitutions=substitutions, resolve=resolve)
    except DocumentError as wrong:
        raise DefinitionError([replace(unreadable(wrong), severity="error")], wrong.source) from None
    _ = machine.compiled
    return os.path.abspath(file) + reference[len(file) :], machine


def name_of(machine: StateMachine) -> str:
    """Return the name of a machine: its own, without what no name may have."""
    return _NO_NAME.sub("-", machine.name).strip("-")[:80] or "StateMachine"


def put_machine(service: Service, reference: str, machine: StateMachine) -> Resource:
    """Create the machine of a file, or update it if the file has changed since."""
    arn = Place().arn("stateMachine", name_of(machine))
    text = machine.document.source.text if machine.document.file.endswith(".json") else None
    text = text if text is not None and machine.template is None else to_json_text(machine.definition)
    data: dict[str, JSON] = {
        "definition": service.store.keep(text.encode()),
        "role": f"arn:aws:iam::{Place().account}:{ROLE}",
        "type": machine.type,
        "status": "ACTIVE",
        "logging": declared_logging(machine),
        "tracing": declared_tracing(machine),
        "encryption": {"type": "AWS_OWNED_KEY"},
        "tags": {},
        "versions": 0,
        "created": {"publish": False, "versionDescription": None},
        "file": reference,
    }
    made = Resource(kind=MACHINE, arn=arn, name=name_of(machine), data=data, created=service.now())
    if service.store.add(made):
        return made

    def change(there: Resource) -> Resource:
        declared = () if machine.template is None else ("logging", "tracing")
        changed = {name: data[name] for name in ("definition", "type", "file", *declared)}
        told = {**there.data, **changed, "status": "ACTIVE"}
        if told["definition"] != there.data["definition"]:
            told["revision"] = service.new_id()
            told["updated"] = service.now()
        return replace(there, data=told)

    return service.store.update(MACHINE, arn, change) or made
