"""JSONata expressions: that they parse, and that they name only what there is where they stand.

Documentation: "Transforming data with JSONata in Step Functions". The parser is imported with the first
expression, so that other definitions do not wait for it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from aslrun.document.spans import Pointer
from aslrun.expressions import ExpressionError
from aslrun.validation.findings import Finding, did_you_mean
from aslrun.validation.machines import Definition, Expression

if TYPE_CHECKING:
    from aslrun.expressions.jsonata.values import References

MEMBERS = ("input", "context", "result", "errorOutput")
"""What `$states` may have."""


def check_jsonata_expressions(definition: Definition) -> Iterator[Finding]:
    """Yield what is wrong with the JSONata expressions of all states."""
    for expression in definition.expressions:
        if expression.state.language == "JSONata":
            yield from check_expression(expression)


def query_of(text: str) -> tuple[str, int]:
    """Return what stands between `{%` and `%}`, and where in the text it begins."""
    inner = text[2:-2]
    return inner.strip(), 2 + len(inner) - len(inner.lstrip())


def as_one_query(text: str) -> str | None:
    """Return one expression that says what a text with `{% %}` inside it was meant to say, None if it has
    none: `a {% $b %}` → `{% 'a ' & $b %}`."""
    pieces = _INNER.split(text)  # texts and expressions by turns
    if len(pieces) == 1:
        return None
    for at, piece in enumerate(pieces):
        if at % 2 == 0:
            text = piece.replace("\\", "\\\\").replace("'", "\\'").replace("\n", "\\n")
            pieces[at] = f"'{text}'" if piece else ""
        else:
            pieces[at] = f"({piece.strip()})" if _LOOSE.search(piece) else piece.strip()
    return f"{{% {' & '.join(filter(None, pieces))} %}}"


_INNER = re.compile(r"\{%(.*?)%\}", re.DOTALL)
# What binds less than `&` does.
_LOOSE = re.compile(r"[?:<>=]|\b(?:and|or|in)\b")


def check_expression(expression: Expression) -> Iterator[Finding]:
    """Yield what is wrong with one expression."""
    from aslrun.expressions.jsonata.expression import references

    query, begin = query_of(expression.text)
    try:
        names = references(query)
    except ExpressionError as wrong:
        start = begin + max(0, min(wrong.offset, len(query) - 1))
        stretch = (start, start + 1)
        # The service tells JSONata's message without its code.
        message = re.sub(r"^[A-Z]\d{4}: ", "", wrong.message)
        yield Finding("INVALID_JSONATA_EXPRESSION", message, expression.at, stretch=stretch)
        return
    yield from check_roots(names, expression.at, begin)
    yield from check_functions(names, expression.at, begin)
    yield from check_states(names, expression, begin)


def check_roots(names: References, at: Pointer, begin: int) -> Iterator[Finding]:
    """Yield `$`, `$$` and bare names where there is nothing that they could be looked up in."""
    for name, offset in names.roots:
        if name == "States":
            hint = "intrinsic functions belong to JSONPath; JSONata has functions such as $join and $uuid"
        elif name.startswith("$"):
            hint = "the state's input is $states.input, the context object $states.context"
        else:
            hint = f"write $states.input.{name} for a field of the input, ${name} for a variable"
        where = "" if name == "$$" else " at the top level"
        message = f"Reference to '{name}'{where} is not supported."
        stretch = (begin + offset, begin + offset + len(name))
        yield Finding("UNSUPPORTED_JSONATA_EXPRESSION", message, at, hint, stretch=stretch)


def check_functions(names: References, at: Pointer, begin: int) -> Iterator[Finding]:
    """Yield calls of functions that there are not."""
    for name, offset in names.functions:
        stretch = (begin + offset, begin + offset + len(name) + 1)
        if name == "eval":
            message = "The function $eval is not supported"
            hint = "read JSON text with $parse"
            yield Finding("UNSUPPORTED_JSONATA_EXPRESSION", message, at, hint, stretch=stretch)
        elif not is_function(name):
            from aslrun.expressions.jsonata.expression import functions

            message = f"There is no function ${name}"
            unknown = Finding("UNKNOWN_FUNCTION", message, at, severity="warning", stretch=stretch)
            yield replace(unknown, written=name, known=functions())


def is_function(name: str) -> bool:
    """Tell whether JSONata, as the service has it, has a function of this name."""
    from aslrun.expressions.jsonata.expression import functions

    return name in functions()


def check_states(names: References, expression: Expression, begin: int) -> Iterator[Finding]:
    """Yield members of `$states` that the field at hand does not see."""
    seen = members_in(expression)
    for name, offset in names.states:
        if name in seen:
            continue
        stretch = (begin + offset, begin + offset + len(name))
        at = expression.at
        if name in MEMBERS:
            message = f"Field '$states.{name}' does not exist."
            code = "UNSUPPORTED_JSONATA_EXPRESSION"
            yield Finding(code, message, at, _ONLY_IN[name], stretch=stretch)
        else:
            message = f"$states has no '{name}'"
            hint = did_you_mean(name, seen) or f"it has {', '.join(seen)}"
            yield Finding("UNKNOWN_FIELD_OF_STATES", message, at, hint, "warning", stretch=stretch)


def members_in(expression: Expression) -> tuple[str, ...]:
    """The members of `$states` that an expression sees."""
    from aslrun.states.jsonata import WITH_RESULT

    if expression.field == "Catch":
        return ("input", "context", "errorOutput")
    if expression.field in ("Output", "Assign") and expression.state.type in WITH_RESULT:
        return ("input", "context", "result")
    return ("input", "context")


_ONLY_IN = {
    "result": "it is there in Output and Assign of a Task, Parallel or Map state",
    "errorOutput": "it is there in Output and Assign of a catcher",
}
