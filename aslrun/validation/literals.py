"""Texts that look like paths where they are only texts: under keys without `.$`, in a Result, in JSONata.

NO_DOLLAR, NO_PATH and PASS_RESULT_IS_STATIC are warnings of ValidateStateMachineDefinition.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from aslrun.document.spans import Pointer
from aslrun.validation.findings import Finding
from aslrun.validation.jsonata import as_one_query, is_function
from aslrun.validation.machines import Definition, StateNode
from aslrun.validation.text import texts_in

_PATH = re.compile(r"\$\$?[.\[][\w'\"*.\[]")
_CALL = re.compile(r"States\.[A-Za-z0-9]+\(.*\)", re.DOTALL)

_QUERY = re.compile(
    r"\$states\.(?:input|context|result|errorOutput)\b.*|\$(?P<function>[a-z]\w*)\(.*\)", re.DOTALL
)

TEMPLATES = ("Parameters", "ResultSelector", "ItemSelector", "Assign", "Credentials")
JSONATA_VALUES = ("Arguments", "Output", "Assign", "ItemSelector", "Items", "Error", "Cause")


def check_literals(definition: Definition) -> Iterator[Finding]:
    """Yield texts that were likely meant to be evaluated."""
    for state in definition.states:
        if state.language == "JSONata":
            yield from check_jsonata_texts(state)
        else:
            yield from check_template_texts(state)
            yield from check_plain_fields(state)
            yield from check_result(state)


def looks_evaluated(value: object) -> bool:
    """Tell whether a value is a text that looks like a path or an intrinsic function call."""
    if not (isinstance(value, str) and value.startswith(("$", "States."))):
        return False
    return bool(_PATH.match(value) or _CALL.fullmatch(value))


def check_template_texts(state: StateNode) -> Iterator[Finding]:
    """Yield fields of payload templates whose keys lack the `.$`."""
    for field in TEMPLATES:
        if field not in state.fields:
            continue
        for at, text in texts_in((*state.at, field), state.fields[field]):
            key = at[-1]
            is_literal = isinstance(key, str) and len(at) > len(state.at) + 1 and not key.endswith(".$")
            if is_literal and looks_evaluated(text):
                message = f"The value of '{key}' looks like a path or a function call, but is only a text"
                yield Finding("NO_DOLLAR", message, at, f"name the field '{key}.$'", "warning", key=True)


def check_plain_fields(state: StateNode) -> Iterator[Finding]:
    """Yield fields that have a twin whose name ends with Path, and a value that would fit that one."""
    places: list[tuple[Pointer, object]] = []
    if state.type == "Fail":
        places = [((*state.at, field), state.fields.get(field)) for field in ("Error", "Cause")]
    elif state.type == "Choice":
        places = [
            ((*at, field), value)
            for at, rule in state.rules
            for field, value in rule.items()
            if field.startswith("String") and not field.endswith("Path") and field != "StringMatches"
        ]
    for at, value in places:
        if looks_evaluated(value):
            message = f"The value of '{at[-1]}' looks like a path, but is only a text"
            yield Finding("NO_PATH", message, at, f"name the field '{at[-1]}Path'", "warning", key=True)


def check_result(state: StateNode) -> Iterator[Finding]:
    """Yield paths in the Result of a Pass state."""
    if state.type != "Pass" or "Result" not in state.fields:
        return
    for at, text in texts_in((*state.at, "Result"), state.fields["Result"]):
        if looks_evaluated(text):
            message = "Result is given out as it is written: a path in it is only a text"
            yield Finding("PASS_RESULT_IS_STATIC", message, at, "use Parameters instead", "warning")


def check_jsonata_texts(state: StateNode) -> Iterator[Finding]:
    """Yield texts of the other language in the values of a JSONata state."""
    for field in JSONATA_VALUES:
        if field not in state.fields:
            continue
        for at, text in texts_in((*state.at, field), state.fields[field]):
            if looks_evaluated(text):
                message = "In a JSONata state this is only a text"
                hint = "write {% ... %}, with $states.input for the input and $states.context for '$$'"
                yield Finding("JSONPATH_IN_JSONATA", message, at, hint, "warning")
            elif meant := expression_in(text):
                message = (
                    "This is only a text: a JSONata expression has {% at its beginning and %} at its end"
                )
                yield Finding("JSONATA_AS_TEXT", message, at, f'write "{meant}"', "warning")


def expression_in(text: str) -> str | None:
    """Return what a text was likely meant to say that looks like JSONata and is not evaluated.

    Texts that begin with `{%` or end with `%}` alone are errors, told where expressions are looked at.
    """
    if text.startswith("{%") or text.endswith("%}"):
        return None
    query = _QUERY.fullmatch(text.strip())
    if query and (query["function"] is None or is_function(query["function"])):
        return f"{{% {text.strip()} %}}"
    return as_one_query(text)
