"""What is wrong with a definition: values, never exceptions.

Codes are AWS's own where ValidateStateMachineDefinition has one, ours in the same style otherwise.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from aslrun.document.spans import DocumentError, ElsewhereError, Span, Text
from aslrun.errors import AslrunError

Severity: TypeAlias = Literal["error", "warning"]

CODES: Mapping[str, str] = {
    # the service's
    "DUPLICATE_LABEL_NAME": "Two Map states have the same Label.",
    "DUPLICATE_STATE_NAME": "Two states have the same name, in whatever machines of the definition.",
    "INVALID_JSONATA_EXPRESSION": "A text in a JSONata state is no JSONata expression.",
    "INVALID_JSON_DESCRIPTION": "The text is not JSON, or not YAML.",
    "INVALID_LABEL_NAME": "A Label is too long, or has a blank or another character that it cannot have.",
    "INVALID_RESOURCE": "A Resource is no ARN or URI, or names what no service has.",
    "INVALID_STATE_NAME": "A state's name is too long or has a control character.",
    "MISSING_END_STATE": "A machine has no terminal state.",
    "MISSING_TRANSITION_TARGET": "A transition leads nowhere, or none leads to a state.",
    "NO_DOLLAR": "A field looks like a path or a function call, but its name does not end with .$.",
    "NO_PATH": "A field looks like a path, but its name does not end with Path.",
    "PASS_RESULT_IS_STATIC": "The Result of a Pass state looks like a path; it is never evaluated.",
    "SCHEMA_VALIDATION_FAILED": "A field is missing, unknown, or has a value that it cannot have.",
    "TOO_DEEPLY_NESTED": "Values or machines are nested too deeply.",
    "UNSUPPORTED_JSONATA_EXPRESSION": "A JSONata expression uses what Step Functions does not have there.",
    # ours
    "DEFINITION_ELSEWHERE": "A template's definition does not lie on this machine, so it is not checked.",
    "DUPLICATE_KEY": "A key is given twice in one object.",
    "ENDLESS_LOOP": "A loop that nothing leaves and that nothing in it stops.",
    "INVALID_PARAMETER": "A template's parameter has a Default that it cannot have.",
    "JSONATA_AS_TEXT": "A text in a JSONata state looks like an expression, but has no {% %} around it.",
    "JSONPATH_DIALECT": "A path that the service refuses, or that finds something else than it says.",
    "JSONPATH_IN_JSONATA": "A text in a JSONata state looks like JSONPath; it is only a text there.",
    "MAX_CONCURRENCY_NOT_REACHED": "An inline Map asks for more than 40 iterations at once.",
    "MAX_DELAY_TOO_SHORT": "MaxDelaySeconds is less than IntervalSeconds.",
    "MISSING_CODE": "A template's function has its code, or its handler, where there is no such file.",
    "MISSING_DATA": "A path certainly finds nothing on some way through the machine.",
    "MISSING_PARAMETER": "A parameter is missing that the called action requires.",
    "MISSING_SUBSTITUTION": "A placeholder that DefinitionSubstitutions does not have.",
    "MISSING_TASK_TOKEN": "A Task waits for a token that it does not send.",
    "NO_DEFAULT": "A Choice state may find no rule that matches, and has no Default.",
    "NO_TIME_LIMIT": "A Task waits for a token without a heartbeat or timeout.",
    "SHADOWED_ENTRY": "A retrier or catcher whose errors earlier ones all have.",
    "UNASSIGNED_VARIABLE": "A variable is read that nothing on a way there assigns.",
    "UNCATCHABLE_ERROR": "A retrier or catcher names States.Runtime, which nothing handles.",
    "UNKNOWN_ACTION": "A service has no such API action, by botocore's model.",
    "UNKNOWN_ERROR_NAME": "An error name begins with States. and is none of the service's.",
    "UNKNOWN_FIELD_OF_STATES": "A JSONata expression reads a member that $states does not have.",
    "UNKNOWN_FUNCTION": "A JSONata expression calls a function that there is not.",
    "UNKNOWN_PARAMETER": "An API action has no such parameter, by botocore's model.",
    "UNKNOWN_REFERENCE": "A template has nothing of the name that Ref, GetAtt, Sub or If refers to.",
    "UNKNOWN_SERVICE": "There is no service of that name among the AWS SDK's.",
    "UNKNOWN_VERSION": "Version is not 1.0.",
    "UNREACHABLE_END_STATE": "No terminal state can be reached from StartAt.",
    "UNUSED_SUBSTITUTION": "A key of DefinitionSubstitutions that is in no placeholder.",
    "UNUSUAL_ACCOUNT": "An account in an ARN has not 12 digits.",
}
"""What each code means, in one line."""


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One finding.

    `span` is the place in the file (None for a definition given as a Python value), `location` the
    JSON pointer of the key or value concerned, `hint` what to write instead. `follows` is the location of the
    finding that this one is only the consequence of: it is gone once that one is mended.
    """

    code: str
    severity: Severity
    message: str
    span: Span | None
    location: str
    hint: str | None = None
    follows: str | None = None


def unreadable(error: DocumentError) -> Diagnostic:
    """Return the diagnostic for a text that is not JSON or YAML, or that is not on this machine."""
    if isinstance(error, ElsewhereError):
        return Diagnostic("DEFINITION_ELSEWHERE", "warning", error.message, error.span, "/", error.hint)
    return Diagnostic("INVALID_JSON_DESCRIPTION", "error", error.message, error.span, "/", error.hint)


class DefinitionError(AslrunError):
    """A definition that is refused; `diagnostics` says what is wrong with it, `source` shows its lines."""

    def __init__(self, diagnostics: Sequence[Diagnostic], source: Text | None = None) -> None:
        super().__init__("\n".join(map(_one_line, diagnostics)))
        self.diagnostics = list(diagnostics)
        self.source = source


def _one_line(diagnostic: Diagnostic) -> str:
    span = diagnostic.span
    place = f"{span.file}:{span.line}:{span.column}" if span else diagnostic.location
    return f"{place}: {diagnostic.severity} {diagnostic.code} {diagnostic.message}"
