"""The grammar of JSONPath as the service has it (Jayway's dialect): text → segments, strictly.

path      = root { segment } [ function ]
root      = "$" | "$$" | "$" variable
segment   = "." name | "[" selector "]" | ".." (name | "*" | "[" selector "]") | ".*"
selector  = string { "," string } | int { "," int } | [int] ":" [int] | "*" | "?(" filter ")"
filter    = and { "||" and } ;  and = test { "&&" test } ;  test = "!" test | "(" filter ")" | comparison
comparison = operand [ operator operand ]
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TypeAlias

from aslrun.expressions import ExpressionError
from aslrun.values import JSON

MAX_NESTING = 50
"""Parentheses and negations within each other in one filter."""
MAX_DIGITS = 15
"""Digits of an index or of a whole number in a filter."""


@dataclass(frozen=True, slots=True)
class Names:
    """`.a`, `['a']`, `['a','b']`."""

    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Indices:
    """`[0]`, `[-1]`, `[0,2]`."""

    indices: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Slice:
    """`[1:3]`; either end may be missing."""

    start: int | None
    stop: int | None


@dataclass(frozen=True, slots=True)
class Wildcard:
    """`.*`, `[*]`."""


@dataclass(frozen=True, slots=True)
class Descend:
    """`..` before a segment: the value and all that is in it."""


@dataclass(frozen=True, slots=True)
class Filter:
    """`[?(...)]`."""

    test: Test


Segment: TypeAlias = Names | Indices | Slice | Wildcard | Descend | Filter


@dataclass(frozen=True, slots=True)
class Path:
    """A parsed path. `root` is `$`, `$$`, `@` or `$name`; `function` the one it ends with, if any."""

    text: str
    root: str
    segments: tuple[Segment, ...]
    function: str | None = None

    @property
    def steps(self) -> tuple[str | int, ...] | None:
        """The names and indices of a plain path, None for any other. An index below 0 counts from the end."""
        steps: list[str | int] = []
        for segment in self.segments:
            if isinstance(segment, Names) and len(segment.names) == 1:
                steps.append(segment.names[0])
            elif isinstance(segment, Indices) and len(segment.indices) == 1:
                steps.append(segment.indices[0])
            else:
                return None
        return None if self.function else tuple(steps)

    @property
    def is_definite(self) -> bool:
        """Tell whether the path can find one value only. Several names at the end make one object."""
        last = len(self.segments) - 1
        return all(_is_definite(segment, at == last) for at, segment in enumerate(self.segments))


def _is_definite(segment: Segment, is_last: bool) -> bool:
    if isinstance(segment, Names):
        return len(segment.names) == 1 or is_last
    return isinstance(segment, Indices) and len(segment.indices) == 1


@dataclass(frozen=True, slots=True)
class Literal:
    """A value in a filter. `is_bare` for text without quotes, which is likely a mistake."""

    value: JSON
    is_bare: bool = False


@dataclass(frozen=True, slots=True)
class Regex:
    """`/pattern/i` in a filter."""

    pattern: str
    flags: str


Operand: TypeAlias = Path | Literal | Regex


@dataclass(frozen=True, slots=True)
class Exists:
    """A path alone as a test."""

    path: Operand


@dataclass(frozen=True, slots=True)
class Comparison:
    """`left operator right`."""

    left: Operand
    operator: str
    right: Operand


@dataclass(frozen=True, slots=True)
class Combination:
    """`!`, `&&` or `||` of tests."""

    operator: str
    tests: tuple[Test, ...]


Test: TypeAlias = Exists | Comparison | Combination

FUNCTIONS = frozenset({"length", "min", "max", "avg", "sum", "stddev", "keys", "first", "last"})
OPERATORS = ("===", "!==", "==", "!=", "<=", ">=", "=~", "<", ">")
WORD_OPERATORS = frozenset({"in", "nin", "subsetof", "anyof", "noneof", "size", "empty", "contains", "all"})

_ROOT = re.compile(r"\$\$|\$[^\W\d]\w*|\$|@")
# Jayway ends a name at a dot, a bracket or a parenthesis; what else may follow a path in a filter or in
# the arguments of an intrinsic ends it here too.
_NAME = re.compile(r"""[^\s.\[\]()=<>!&|,'"*?~+\\]+""")
_INT = re.compile(r"-?\d+")
_NUMBER = re.compile(r"-?\d+(\.\d+)?([eE][+-]?\d+)?")
_WORD = re.compile(r"[\w.+-]+")
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
        function = None
        while function is None and self.at < len(self.text) and self.text[self.at] in ".[":
            function = self.segment(segments)
        return Path(self.text[start : self.at], root, tuple(segments), function)

    def segment(self, segments: list[Segment]) -> str | None:
        """Read one segment onto `segments`; return the name of a function, which ends the path."""
        if self.take(".."):
            segments.append(Descend())
        elif not self.take("."):
            segments.append(self.bracket())
            return None
        if self.text.startswith("[", self.at):
            segments.append(self.bracket())
        elif self.take("*"):
            segments.append(Wildcard())
        else:
            return self.name(segments)
        return None

    def name(self, segments: list[Segment]) -> str | None:
        start = self.at
        name = self.match(_NAME)
        if name is None:
            raise self.error("expected a name after '.'")
        if self.take("()"):
            if name not in FUNCTIONS:
                self.at = start
                raise self.error(f"there is no function {name}()")
            return name
        segments.append(Names((name,)))
        return None

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
            return Names(self.names())
        start = self.optional_int()
        if self.take(":"):
            return Slice(start, self.optional_int())
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
                character = self.text[self.at]
                self.at += 1
            parts.append(character)
        raise ExpressionError(f"this {quote} is not closed", start)

    # ------------------------------------------------------------ filters

    def filter(self) -> Filter:
        self.expect("(")
        test = self.alternatives()
        self.blanks()
        self.expect(")")
        return Filter(test)

    def alternatives(self) -> Test:
        self.nesting += 1
        if self.nesting > MAX_NESTING:
            raise self.error("the filter is nested too deeply")
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
            self.nesting += 1
            if self.nesting > MAX_NESTING:
                raise self.error("the filter is nested too deeply")
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
        if first == "[":
            return Literal(self.list())
        return self.bare()

    def list(self) -> JSON:
        self.expect("[")
        self.blanks()
        values: list[JSON] = []
        while not self.take("]"):
            if values and not self.take(","):
                raise self.error("expected ',' or ']' here")
            operand = self.operand()
            if not isinstance(operand, Literal):
                raise self.error("a list in a filter holds plain values only")
            values.append(operand.value)
            self.blanks()
        return values

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
        return Literal(word, is_bare=True)
