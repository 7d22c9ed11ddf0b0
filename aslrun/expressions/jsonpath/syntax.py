"""The grammar of JSONPath as the service has it (Jayway's dialect): text → segments, strictly.

path      = root { segment } [ function ]
root      = "$" | "$$" | "$" variable
segment   = "." name | [ "." ] "[" selector "]" | ".." (name | "*" | "[" selector "]") | ".*"
function  = "." name "(" [ operand { "," operand } ] ")"
selector  = string { "," string } | int { "," int } | int ":" [int] | ":" int | "*" | "?(" filter ")"
filter    = and { "||" and } ;  and = test { "&&" test } ;  test = "!" test | "(" filter ")" | comparison
comparison = operand [ operator operand ]
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from aslrun.expressions import ExpressionError
from aslrun.expressions.jsonpath.tree import (
    Call,
    Combination,
    Comparison,
    Descend,
    Exists,
    Filter,
    Indices,
    Literal,
    Names,
    Operand,
    Path,
    Regex,
    Segment,
    Slice,
    Test,
    Wildcard,
)
from aslrun.values import JSON

MAX_NESTING = 50
"""Parentheses, negations, lists and calls within each other in one path."""
MAX_DIGITS = 15
"""Digits of an index or of a whole number in a filter."""

FUNCTIONS = frozenset(
    [
        "length",
        "size",
        "keys",
        "first",
        "last",
        "index",
        "min",
        "max",
        "avg",
        "sum",
        "stddev",
        "concat",
        "append",
    ]
)
OPERATORS = ("===", "!==", "==", "!=", "<=", ">=", "=~", "<", ">")
WORD_OPERATORS = frozenset({"in", "nin", "subsetof", "anyof", "noneof", "size", "empty", "contains", "all"})

_ROOT = re.compile(r"\$\$|\$[^\W\d]\w*|\$|@")
# Jayway ends a name at a dot, a bracket or a parenthesis; what else may follow a path in a filter or in
# the arguments of an intrinsic ends it here too.
_NAME = re.compile(r"""[^\s.\[\]()=<>!&|,'"*?~+\\]+""")
_INT = re.compile(r"-?\d+")
_NUMBER = re.compile(r"-?\d+(\.\d+)?([eE][+-]?\d+)?")
_WORD = re.compile(r"[\w.+-]+")
_UNICODE = re.compile("u[0-9a-fA-F]{4}")
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f"}
_CONSTANTS: dict[str, JSON] = {"true": True, "false": False, "null": None}


def parse_path(text: str) -> Path:
    """Parse a whole text as a path that begins with `$`; ExpressionError, with the place, if it is none.

    Blanks after it are passed over, as Jayway's parser does.
    """
    reader = _Reader(text.rstrip())
    if not text.startswith("$"):
        raise ExpressionError("a path begins with '$'", 0)
    path = reader.path()
    if reader.at < len(reader.text):
        raise reader.error(f"unexpected '{reader.text[reader.at]}'")
    return path


class _Reader:
    """Reads one text from left to right; `at` is where it is."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.nesting = 0
        self.unquoted: list[tuple[str, int]] = []

    def error(self, message: str) -> ExpressionError:
        return ExpressionError(message, self.at)

    def take(self, token: str) -> bool:
        if self.text.startswith(token, self.at):
            self.at += len(token)
            return True
        return False

    def expect(self, token: str) -> None:
        if not self.take(token):
            found = f"not '{self.text[self.at]}'" if self.at < len(self.text) else "not the end"
            raise self.error(f"expected '{token}' here, {found}")

    def match(self, pattern: re.Pattern[str]) -> str | None:
        found = pattern.match(self.text, self.at)
        if found is None:
            return None
        self.at = found.end()
        return found[0]

    def blanks(self) -> None:
        while self.at < len(self.text) and self.text[self.at] in " \t":
            self.at += 1

    # ------------------------------------------------------------ paths

    def path(self) -> Path:
        start = self.at
        root = self.match(_ROOT)
        if root is None:
            raise self.error("a path begins with '$'")
        segments: list[Segment] = []
        while self.at < len(self.text) and self.text[self.at] in ".[":
            if self.take(".."):
                segments.append(Descend())
            else:
                self.take(".")
            segments.append(self.segment(descends=segments[-1:] == [Descend()]))
            if isinstance(segments[-1], Call):
                break
        return Path(self.text[start : self.at], root, tuple(segments), tuple(self.unquoted))

    def segment(self, descends: bool) -> Segment:
        if self.text.startswith("[", self.at):
            return self.bracket()
        if self.take("*"):
            return Wildcard()
        start = self.at
        name = self.match(_NAME)
        if name is None:
            raise self.error("expected a name after '.'")
        if not self.take("("):
            return Names((name,))
        if name not in FUNCTIONS or descends:
            self.at = start
            where = " after '..'" if name in FUNCTIONS else ""
            raise self.error(f"there is no function {name}(){where}")
        return Call(name, self.arguments())

    def arguments(self) -> tuple[Operand, ...]:
        """Read what is between the parentheses of a function: paths, numbers, texts."""
        self.nest()
        arguments: list[Operand] = []
        self.blanks()
        while not self.take(")"):
            if arguments:
                self.expect(",")
            arguments.append(self.operand())
            self.blanks()
        self.nesting -= 1
        return tuple(arguments)

    def nest(self) -> None:
        self.nesting += 1
        if self.nesting > MAX_NESTING:
            raise self.error("the path is nested too deeply")

    def bracket(self) -> Segment:
        self.expect("[")
        self.blanks()
        segment = self.selector()
        self.blanks()
        self.expect("]")
        return segment

    def selector(self) -> Segment:
        if self.take("*"):
            return Wildcard()
        if self.take("?"):
            return self.filter()
        if self.text[self.at : self.at + 1] in ("'", '"'):
            quote = self.text[self.at]
            return Names(self.names(), quote)
        start = self.optional_int()
        if self.take(":"):
            stop = self.optional_int()
            if start is None and stop is None:
                raise self.error("a slice needs a start or an end")
            return Slice(start, stop)
        if start is None:
            raise self.error("expected a quoted name, an index, a slice, '*' or '?(...)' here")
        indices = [start]
        while self.comma():
            indices.append(self.int())
        return Indices(tuple(indices))

    def names(self) -> tuple[str, ...]:
        names = [self.string()]
        while self.comma():
            names.append(self.string())
        return tuple(names)

    def comma(self) -> bool:
        self.blanks()
        found = self.take(",")
        self.blanks()
        return found

    def optional_int(self) -> int | None:
        digits = self.match(_INT)
        if digits is None:
            return None
        if len(digits) > MAX_DIGITS:
            raise self.error("this index is too large")
        return int(digits)

    def int(self) -> int:
        number = self.optional_int()
        if number is None:
            raise self.error("expected an index here")
        return number

    def string(self) -> str:
        quote = self.text[self.at : self.at + 1]
        if quote not in ("'", '"'):
            raise self.error("expected a quoted name here")
        start, parts = self.at, list[str]()
        self.at += 1
        while self.at < len(self.text):
            character = self.text[self.at]
            self.at += 1
            if character == quote:
                return "".join(parts)
            if character == "\\" and self.at < len(self.text):
                character = self.escaped()
            parts.append(character)
        raise ExpressionError(f"this {quote} is not closed", start)

    def escaped(self) -> str:
        code = self.match(_UNICODE)
        if code is not None:
            return chr(int(code[1:], 16))
        character = self.text[self.at]
        self.at += 1
        return _ESCAPES.get(character, character)

    # ------------------------------------------------------------ filters

    def filter(self) -> Filter:
        self.expect("(")
        test = self.alternatives()
        self.blanks()
        self.expect(")")
        return Filter(test)

    def alternatives(self) -> Test:
        self.nest()
        tests = [self.conjunction()]
        while self.operator("||"):
            tests.append(self.conjunction())
        self.nesting -= 1
        return tests[0] if len(tests) == 1 else Combination("||", tuple(tests))

    def conjunction(self) -> Test:
        tests = [self.negation()]
        while self.operator("&&"):
            tests.append(self.negation())
        return tests[0] if len(tests) == 1 else Combination("&&", tuple(tests))

    def negation(self) -> Test:
        self.blanks()
        if not self.text.startswith("!=", self.at) and self.take("!"):
            self.nest()
            test = self.negation()
            self.nesting -= 1
            return Combination("!", (test,))
        if self.take("("):
            test = self.alternatives()
            self.blanks()
            self.expect(")")
            return test
        return self.comparison()

    def operator(self, token: str) -> bool:
        self.blanks()
        return self.take(token)

    def comparison(self) -> Test:
        left = self.operand()
        self.blanks()
        for operator in OPERATORS:
            if self.take(operator):
                return Comparison(left, operator, self.operand())
        start = self.at
        word = self.match(_WORD)
        if word is not None:
            if word.lower() not in WORD_OPERATORS:
                self.at = start
                raise self.error(f"there is no operator '{word}'")
            return Comparison(left, word.lower(), self.operand())
        if self.text.startswith("=", self.at):
            raise self.error("a single '=' is no operator; equality is '=='")
        if not isinstance(left, Path):
            raise ExpressionError("a value alone is no test: compare it, or name a path", start)
        return Exists(left)

    def operand(self) -> Operand:
        self.blanks()
        first = self.text[self.at : self.at + 1]
        if first in ("@", "$"):
            return self.path()
        if first in ("'", '"'):
            return Literal(self.string())
        if first == "/":
            return self.regex()
        if first in ("[", "{"):
            return Literal(self.json())
        return self.bare()

    def json(self) -> JSON:
        """Read a value in a filter that may be a list or an object; texts need no quotes there."""
        self.nest()
        if self.take("["):
            value: JSON = [part for _, part in self.members("]", keyed=False)]
        elif self.take("{"):
            value = dict(self.members("}", keyed=True))
        else:
            operand = self.operand()
            if not isinstance(operand, Literal):
                raise self.error("a list in a filter holds plain values only")
            value = operand.value
        self.nesting -= 1
        return value

    def members(self, end: str, keyed: bool) -> Iterator[tuple[str, JSON]]:
        self.blanks()
        count = 0
        while not self.take(end):
            if count and not self.take(","):
                raise self.error(f"expected ',' or '{end}' here")
            self.blanks()
            yield self.key() if keyed else "", self.json()
            count += 1
            self.blanks()

    def key(self) -> str:
        name = self.string()
        self.blanks()
        self.expect(":")
        self.blanks()
        return name

    def regex(self) -> Regex:
        start = self.at
        end = self.at + 1
        while end < len(self.text) and self.text[end] != "/":
            end += 2 if self.text[end] == "\\" else 1
        if end >= len(self.text):
            raise ExpressionError("this '/' is not closed", start)
        pattern = self.text[start + 1 : end].replace("\\/", "/")
        self.at = end + 1
        return Regex(pattern, self.match(re.compile("[a-zA-Z]*")) or "")

    def bare(self) -> Literal:
        number = self.match(_NUMBER)
        if number is not None:
            is_whole = not set(".eE") & set(number) and len(number) <= MAX_DIGITS
            return Literal(int(number) if is_whole else float(number))
        word = self.match(_WORD)
        if word is None:
            raise self.error("expected a value or a path here")
        if word in _CONSTANTS:
            return Literal(_CONSTANTS[word])
        self.unquoted.append((word, self.at - len(word)))
        return Literal(word)
