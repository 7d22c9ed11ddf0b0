"""What the service makes of paths that other versions of JsonPath understand, and what to write instead.

By JsonPath 2.0.0, whose behaviour the service's is (see docs/expressions.md).
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Told:
    """A message and its hint; for `refuses` and `is_error` see `tree.Remark`."""

    message: str
    hint: str
    refuses: bool = False
    is_error: bool = False


NAMES_NOT_LAST = Told(
    "Multi properties can only be used as path leafs",
    "name each of them in a field of its own",
    is_error=True,
)
NEGATIVE_INDEX = Told(
    "A negative index finds nothing",
    "[-1:] takes the last element in a list, [(@.length-1)] the last element itself, or use"
    " States.ArrayGetItem",
)
NEGATIVE_SLICE = Told(
    "A slice with two ends does not count from the end", "only [-2:] and [:-1], with one end, do"
)
STEP = Told("The step of a slice is passed over", "leave it out")
RANGE = Told("Of a range with '..' only the first element is taken", "write a slice like [0:2]")
BLANKS_AROUND_WILDCARD = Told("Blanks around '*' are refused", "write [*]", refuses=True)
DOUBLE_QUOTED_NAME = Told(
    "A name in double quotes is refused", "write it in single quotes, like ['name']", refuses=True
)
PARENTHESES = Told(
    "Parentheses in a filter are passed over: '&&' is applied before '||'",
    "write 'a && c || b && c' for '(a || b) && c'",
)
NEGATION = Told(
    "'!' before anything but '@' is refused",
    "write the opposite comparison, like !=, or !@.name",
    refuses=True,
)
NEGATED_COMPARISON = Told("'!' before a comparison is passed over", "write the opposite comparison, like !=")
VALUE_ON_THE_LEFT = Told(
    "A number, true or false on the left of a comparison equals nothing", "write the path on the left"
)
LIST = Told(
    "A list or object in a filter is taken for a text", "compare with one value at a time, joined by ||"
)


def escaped_quote(name: str) -> Told:
    """A quote in a name, with a backslash before it."""
    return Told(
        f"A quote in a name cannot be escaped: the name is taken to be '{name}'",
        "rename the field, or use JSONata",
    )


def double_quoted_text(text: str) -> Told:
    """A text in a filter, in double quotes."""
    return Told("Double quotes count as part of the text that is compared with", f"write '{text}'")


def word_operator(word: str) -> Told:
    """An operator that is a word."""
    hints = {
        "in": "compare with one value at a time, joined by ||",
        "nin": "compare with one value at a time by !=, joined by &&",
        "contains": "use States.ArrayContains or a regular expression with =~",
        "size": "use States.ArrayLength and a Choice",
        "empty": "use States.ArrayLength and a Choice",
    }
    return Told(
        f"The operator '{word}' is refused",
        hints.get(word.lower(), "use States.ArrayContains, or JSONata"),
        True,
    )


def identity(operator: str) -> Told:
    """`===` or `!==`."""
    return Told(f"The operator '{operator}' is refused", f"write {operator[:-1]}", refuses=True)


def indefinite(path: str) -> Told:
    """A path in a filter that may find several values."""
    return Told(
        f"the predicate path: {path} is not definite",
        "name one value in a filter, without wildcards, slices, filters or '..'",
        refuses=True,
    )


def flags(letters: str) -> Told:
    """Flags of a regular expression."""
    return Told(f"The flag '{letters}' of a regular expression is refused", "only i is known", refuses=True)


def function(name: str, before: str) -> Told:
    """A function at the end of a path, whose text `before` it is that of what it is applied to."""
    if before.startswith("@"):
        hint = "no function can be used in a filter; use JSONata"
    elif name in ("length", "size"):
        hint = f"write States.ArrayLength({before})"
    elif name in ("first", "index"):
        hint = f"write {before}[0], or States.ArrayGetItem({before}, 0)"
    elif name == "last":
        hint = f"write {before}[(@.length-1)], or {before}[-1:] for a list of it"
    elif name in ("sum", "min", "max", "avg"):
        hint = f"use JSONata's ${name if name != 'avg' else 'average'}"
    else:
        hint = "use an intrinsic function, or JSONata"
    return Told(f"Paths have no functions: '{name}()' is looked for as a field", hint)
