"""What is wrong with a definition: values, never exceptions.

Codes are AWS's own where ValidateStateMachineDefinition has one, ours in the same style otherwise.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

from aslrun.document.spans import DocumentError, Span

Severity: TypeAlias = Literal["error", "warning"]

CODES: Mapping[str, str] = {
    # the service's
    "DUPLICATE_LABEL_NAME": "Two Map states have the same Label.",
    "DUPLICATE_STATE_NAME": "Two states have the same name, in whatever machines of the definition.",
    "INVALID_JSONATA_EXPRESSION": "A text in a JSONata state is no JSONata expression.",
    "INVALID_JSON_DESCRIPTION": "The text is not JSON, or not YAML.",
    "INVALID_LABEL_NAME": "A Label is too long.",
    "INVALID_STATE_NAME": "A state's name is too long or has a control character.",
    "MISSING_END_STATE": "A machine has no terminal state.",
    "MISSING_TRANSITION_TARGET": "A transition leads nowhere, or none leads to a state.",
    "SCHEMA_VALIDATION_FAILED": "A field is missing, unknown, or has a value that it cannot have.",
    "TOO_DEEPLY_NESTED": "Values or machines are nested too deeply.",
    # ours
    "DUPLICATE_KEY": "A key is given twice in one object.",
    "ENDLESS_LOOP": "A loop that nothing leaves and that nothing in it stops.",
    "NO_DEFAULT": "A Choice state may find no rule that matches, and has no Default.",
    "UNKNOWN_ERROR_NAME": "An error name begins with States. and is none of the service's.",
    "UNKNOWN_VERSION": "Version is not 1.0.",
    "UNREACHABLE_END_STATE": "No terminal state can be reached from StartAt.",
    "UNUSUAL_STATE_NAME": "A state's name has a character that the names of other things cannot have.",
}
"""What each code means, in one line."""


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One finding.

    `span` is the place in the file (None for a definition given as a Python value), `location` the
    JSON pointer of the key or value concerned, `hint` what to write instead.
    """

    code: str
    severity: Severity
    message: str
    span: Span | None
    location: str
    hint: str | None = None


def unreadable(error: DocumentError) -> Diagnostic:
    """Return the diagnostic for a text that is not JSON or YAML."""
    return Diagnostic("INVALID_JSON_DESCRIPTION", "error", error.message, error.span, "/", error.hint)
