"""JSONata's error messages, in the words of JSONata 2.0.6, whose codes and texts the service shows.

jsonata-python has the same templates with some words replaced; a `{{name}}` in one stands for a value as
JSON, `{{{name}}}` for a bare one, and the values come in the templates' order.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence

TEMPLATES: Mapping[str, str] = {
    "D1001": "Number out of range: {{{value}}}",
    "D3132": "Unknown component specifier {{value}} in date/time picture string",
    "D3135": "No matching closing bracket ']' in date/time picture string",
    "S0217": "The object representing the 'parent' cannot be derived from this expression",
    "U1001": "Stack overflow error: Check for non-terminating recursive function.  Consider rewriting as"
    " tail-recursive.",
    "U1002": "Expression evaluation timeout: Check for infinite loop",
}
"""Templates that the package lacks, or that differ from JSONata's in more than the usual way."""

KINDS = {"a": "arrays", "b": "booleans", "f": "functions", "n": "numbers", "o": "objects", "s": "strings"}
"""The types in a function's signature, as T0412 names them."""

_PLACEHOLDER = re.compile(r"(\{{2,3})\w+\}{2,3}")
_QUOTED = re.compile(r'"([a-z -]+)"')


def render_message(template: str, values: Sequence[object]) -> str:
    """Fill a template with `values`, in order; what is missing at the end is null."""
    remaining = iter(values)

    def fill(placeholder: re.Match[str]) -> str:
        value = next(remaining, None)
        return str(value) if len(placeholder[1]) == 3 else json.dumps(value, ensure_ascii=False, default=str)

    return _PLACEHOLDER.sub(fill, template)


def as_in_jsonata(template: str) -> str:
    """Return a template of the package's in JSONata's words."""
    return _QUOTED.sub(r"'\1'", template.replace(" Object", " function"))


def values_of(code: str, current: object, expected: object, extra: object) -> Iterator[object]:
    """Yield the values of an error in the order of its template."""
    if code in ("D1002", "D3100"):
        yield expected
    elif code == "T0412":
        yield from (current, expected, KINDS.get(str(extra), extra))
    else:
        yield from (current, expected, extra)
