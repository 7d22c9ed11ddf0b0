"""Names of states and labels. Spec: States; documentation: "State names" and "Label"."""

from __future__ import annotations

import re
from collections.abc import Iterator

from aslrun.document.spans import Pointer, pointer_text
from aslrun.validation.findings import Finding
from aslrun.validation.machines import Definition, StateNode
from aslrun.validation.placeholders import without_placeholders

LONGEST_NAME = 80

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
# What the documentation forbids in labels. In names of states the service takes it: "Job Complete?".
_NOT_IN_LABELS = re.compile(r"[\s?*<>{}\[\]:;,\\|^~$#%&`\"\x00-\x1f\x7f-\x9f]")


def check_names(definition: Definition) -> Iterator[Finding]:
    """Yield names that are no names, and those used more than once in the whole machine."""
    first: dict[str, Pointer] = {}
    for state in definition.states:
        yield from check_name(state)
        if state.name in first:
            message = f'The state name "{state.name}" is used more than once'
            hint = f"it is also at {pointer_text(first[state.name])}; names are unique in the whole machine"
            yield Finding("DUPLICATE_STATE_NAME", message, state.at, hint, key=True)
        first.setdefault(state.name, state.at)
    yield from check_labels(definition)


def check_name(state: StateNode) -> Iterator[Finding]:
    """Yield what is wrong with a state's name."""
    name = without_placeholders(state.name)
    if len(name) > LONGEST_NAME:
        message = f"State '{state.name}' exceeds the {LONGEST_NAME}-character limit allowed by the service"
        yield Finding("INVALID_STATE_NAME", message, state.at, f"it has {len(name)} characters", key=True)
    if not name.isprintable() and (found := _CONTROL.search(name)):
        message = f"A state name cannot have the control character U+{ord(found.group()):04X}"
        yield Finding("INVALID_STATE_NAME", message, state.at, key=True)


def check_labels(definition: Definition) -> Iterator[Finding]:
    """Yield Labels of Map states that have a character which none may have, or are used more than once."""
    first: dict[str, StateNode] = {}
    for state in definition.states:
        label = state.fields.get("Label")
        if state.type == "Map" and isinstance(label, str):
            if found := _NOT_IN_LABELS.search(without_placeholders(label)):
                character = found.group()
                shown = (
                    "a blank"
                    if character.isspace()
                    else f"the character '{character}'"
                    if character.isprintable()
                    else "a control character"
                )
                message = f"A Label cannot have {shown}"
                plain = _NOT_IN_LABELS.sub("-", label)
                yield Finding("INVALID_LABEL_NAME", message, (*state.at, "Label"), f"write '{plain}'")
            if label in first:
                message = f'The Label "{label}" is used more than once'
                hint = f'the Map state "{first[label].name}" has it too'
                yield Finding("DUPLICATE_LABEL_NAME", message, (*state.at, "Label"), hint)
            first.setdefault(label, state)
