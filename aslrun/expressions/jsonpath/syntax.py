"""The grammar of JSONPath as the service has it: text → segments, strictly, with remarks.

path      = root { segment }
root      = "$" | "$$" | "$" variable
segment   = "." name | [ "." ] "[" selector "]" | ".." (name | "*" | "[" selector "]") | ".*"
selector  = string { "," string } | int { "," int } | int ":" [int] | ":" int | "(@.length-" int ")"
          | "*" | "?(" filter ")"
filter    = test { ("&&" | "||") test } ;  test = "(" filter ")" | [ "!" ] path | operand operator operand

It is that of JsonPath 2.0.0. What other versions have besides is read too: what the service makes of it, and
what to write instead, is a `Remark`.
"""

from __future__ import annotations

import re

from aslrun.expressions import ExpressionError
from aslrun.expressions.jsonpath import remarks
from aslrun.expressions.jsonpath.tree import (
    Combination,
    Comparison,
    Descend,
    Exists,
    Filter,
    FromEnd,
    Indices,
    Literal,
    Names,
    Operand,
    Path,
    Regex,
    Remark,
    Segment,
    Slice,
    Test,
    Wildcard,
)
from aslrun.values import JSON

MAX_NESTING = 50
"""Parentheses and filters within each other in one path."""
MAX_SEGMENTS = 200
"""Segments of a path that is not plain; a plain one may have any number."""
MAX_INDEX = 2**31 - 1

OPERATORS = ("===", "!==", "==", "!=", "<=", ">=", "=~", "<", ">")
WORD_OPERATORS = frozenset({"in", "nin", "subsetof", "anyof", "noneof", "size", "empty", "contains", "all"})

_ROOT = re.compile(r"\$\$|\$[^\W\d]\w*|\$|@")
# The service ends a name at a dot or a bracket; what else may follow a path in a filter or in the arguments
# of an intrinsic ends it here too.
_NAME = re.compile(r"""[^\s.\[\]()=<>!&|,'"*?~+\\]+""")
_ARGUMENTS = re.compile(r"\([^()]*\)")
_INT = re.compile(r"-?\d+")
_FROM_END = re.compile(r"\(\s*@\.(?:length|size)\s*(?:\(\s*\))?\s*-\s*(\d+)\s*\)")
_STEP = re.compile(r"\s*:\s*(-?\d+)?")
_RANGE = re.compile(r"\.\.\s*-?\d+")
_NUMBER = re.compile(r"-?\d+(\.\d+)?([eE][+-]?\d+)?")
_WORD = re.compile(r"[\w.+-]+")
_BARE = re.compile(r"""[^\s()\[\]{}'"&|=<>!~,/@$][^()\[\]{}'"&|=<>!~]*""")
_FLAGS = re.compile("[a-zA-Z]*")
_CONSTANTS: dict[str, JSON] = {"true": True, "false": False, "null": None}
_CLOSING = {"[": "]", "{": "}"}


def parse_path(text: str) -> Path:
    """Parse a whole text as a path that begins with `$`; ExpressionError, with the place, if it is none.

    Blanks after it are passed over, as the service does.
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
        self.remarks: list[Remark] = []

    def error(self, message: str) -> ExpressionError:
        return ExpressionError(message, self.at)

    def remark(self, told: remarks.Told, start: int) -> None:
        self.remarks.append(Remark(start, self.at, told.message, told.hint, told.refuses, told.is_error))

    def take(self, token: str) -> bool:
        if self.text.startswith(token, self.at):
            self.at += len(token)
            return True
        return False

    def expect(self, token: str) -> None:
        if not self.take(token):
            found = f"not '{self.text[self.at]}'" if self.at < len(self.text) else "not the end"
            raise self.error(f"expected '{token}' here, {found}")

    def match(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        found = pattern.match(self.text, self.at)
        if found is not None:
            self.at = found.end()
        return found

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
        begin = start
        while self.at < len(self.text) and self.text[self.at] in ".[":
            if segments and isinstance(segments[-1], Names) and len(segments[-1].names) > 1:
                self.remark(remarks.NAMES_NOT_LAST, begin)
            if self.take(".."):
                segments.append(Descend())
            else:
                self.take(".")
            begin = self.at
            segments.append(self.segment())
        path = Path(self.text[start : self.at], root[0], tuple(segments), tuple(self.remarks))
        if len(segments) > MAX_SEGMENTS and path.steps is None:
            raise ExpressionError(
                f"a path with wildcards, filters, slices or '..' has at most {MAX_SEGMENTS} steps, not"
                f" {len(segments)}",
                start,
            )
        return path

    def segment(self) -> Segment:
        if self.text.startswith("[", self.at):
            return self.bracket()
        if self.take("*"):
            return Wildcard()
        start = self.at
        name = self.match(_NAME)
        if name is None:
            raise self.error("expected a name after '.'")
        if not self.text.startswith("(", self.at):
            return Names((name[0],))
        if self.match(_ARGUMENTS) is None:
            raise self.error("this ( is not closed")
        self.remark(remarks.function(name[0]), start)
        return Names((self.text[start : self.at],))

    def bracket(self) -> Segment:
        start = self.at
        self.expect("[")
        self.blanks()
        segment = self.selector()
        self.blanks()
        self.expect("]")
        if isinstance(segment, Wildcard) and self.at - start > len("[*]"):
            self.remark(remarks.BLANKS_AROUND_WILDCARD, start)
        return segment

    def selector(self) -> Segment:
        if self.take("*"):
            return Wildcard()
        if self.take("?"):
            return self.filter()
        if self.text[self.at : self.at + 1] in ("'", '"'):
            return Names(self.names())
        from_end = self.match(_FROM_END)
        if from_end is not None:
            return FromEnd(self.index(from_end[1]))
        return self.indices()

    def indices(self) -> Segment:
        begin = self.at
        start = self.optional_int()
        if self.take(":"):
            return self.slice(begin, start)
        if start is None:
            raise self.error("expected a quoted name, an index, a slice, '*' or '?(...)' here")
        if self.match(_RANGE):
            self.remark(remarks.RANGE, begin)
            return Indices((start,))
        indices = [start]
        while self.comma():
            indices.append(self.int())
        if min(indices) < 0:
            self.remark(remarks.NEGATIVE_INDEX, begin)
        return Indices(tuple(indices))

    def slice(self, begin: int, start: int | None) -> Slice:
        self.blanks()
        stop = self.optional_int()
        if start is None and stop is None:
            raise self.error("a slice needs a start or an end")
        if self.match(_STEP):
            self.remark(remarks.STEP, begin)
        if start is not None and stop is not None and min(start, stop) < 0:
            self.remark(remarks.NEGATIVE_SLICE, begin)
        return Slice(start, stop)

    def comma(self) -> bool:
        self.blanks()
        found = self.take(",")
        self.blanks()
        return found

    def optional_int(self) -> int | None:
        digits = self.match(_INT)
        if digits is None:
            return None
        self.blanks()
        return self.index(digits[0])

    def index(self, digits: str) -> int:
        if len(digits) > len(str(-MAX_INDEX)) or abs(int(digits)) > MAX_INDEX:
            raise self.error("this index is too large")
        return int(digits)

    def int(self) -> int:
        number = self.optional_int()
        if number is None:
            raise self.error("expected an index here")
        return number

    def names(self) -> tuple[str, ...]:
        names = [self.name()]
        while self.comma():
            names.append(self.name())
        return tuple(names)

    def name(self) -> str:
        """Read a name in quotes: in single ones all is what it is, a backslash too (recorded)."""
        start = self.at
        if self.text.startswith('"', start):
            name = self.double_quoted()
            self.remark(remarks.DOUBLE_QUOTED_NAME, start)
            return name
        if not self.take("'"):
            raise self.error("expected a quoted name here")
        name = self.until_quote(start)
        if name.endswith("\\") and self.text[self.at : self.at + 1] not in ("]", ",", " "):
            self.until_quote(start)
            self.remark(remarks.escaped_quote(name), start)
        return name

    def until_quote(self, start: int) -> str:
        end = self.text.find("'", self.at)
        if end < 0:
            raise ExpressionError("this ' is not closed", start)
        text = self.text[self.at : end]
        self.at = end + 1
        return text

    def double_quoted(self) -> str:
        start = self.at
        end = start + 1
        while end < len(self.text) and self.text[end] != '"':
            end += 2 if self.text[end] == "\\" else 1
        if end >= len(self.text):
            raise ExpressionError('this " is not closed', start)
        self.at = end + 1
        return self.text[start + 1 : end]

    # ------------------------------------------------------------ filters

    def filter(self) -> Filter:
        self.blanks()
        self.expect("(")
        tests, operators = self.tests()
        self.blanks()
        self.expect(")")
        return Filter(_combine(tests, operators))

    def tests(self) -> tuple[list[Test], list[str]]:
        """Read tests and the operators between them. The service passes over parentheses around some."""
        self.nesting += 1
        if self.nesting > MAX_NESTING:
            raise self.error("the path is nested too deeply")
        tests: list[Test] = []
        operators: list[str] = []
        groups: list[tuple[int, int, int, int]] = []
        while True:
            start, first = self.at, len(operators)
            self.group(tests, operators)
            groups.append((start, self.at, first, len(operators)))
            self.blanks()
            if self.text[self.at : self.at + 2] not in ("&&", "||"):
                break
            operators.append(self.text[self.at : self.at + 2])
            self.at += 2
        for start, end, first, last in groups:
            beside = operators[max(0, first - 1) : first] + operators[last : last + 1]
            if "||" in operators[first:last] and "&&" in beside:
                told = remarks.PARENTHESES
                self.remarks.append(Remark(start, end, told.message, told.hint))
        self.nesting -= 1
        return tests, operators

    def group(self, tests: list[Test], operators: list[str]) -> None:
        self.blanks()
        if not self.take("("):
            tests.append(self.test())
            return
        inner, between = self.tests()
        self.blanks()
        self.expect(")")
        tests.extend(inner)
        operators.extend(between)

    def test(self) -> Test:
        start = self.at
        if self.text.startswith("!=", start) or not self.take("!"):
            return self.comparison()
        if not self.text.startswith("@", self.at):
            tests: list[Test] = []
            between: list[str] = []
            self.nesting += 1
            if self.nesting > MAX_NESTING:
                raise self.error("the path is nested too deeply")
            self.group(tests, between)
            self.nesting -= 1
            self.remark(remarks.NEGATION, start)
            return Combination("!", (_combine(tests, between),))
        test = self.comparison()
        if isinstance(test, Exists):
            return Combination("!", (test,))
        self.remark(remarks.NEGATED_COMPARISON, start)
        return test

    def comparison(self) -> Test:
        start = self.at
        left = self.operand()
        self.blanks()
        begin = self.at
        operator = next((operator for operator in OPERATORS if self.take(operator)), None)
        if operator is None:
            return self.exists(left, start)
        if operator in ("===", "!=="):
            self.remark(remarks.identity(operator), begin)
        right = self.operand()
        if (operator == "=~") is not (isinstance(left, Regex) or isinstance(right, Regex)):
            wrong = "'=~' needs a regular expression like /a.*/i"
            if operator != "=~":
                wrong = "a regular expression goes with '=~' only"
            raise ExpressionError(wrong, begin)
        if isinstance(left, Literal) and isinstance(left.value, (bool, int, float)):
            self.remark(remarks.VALUE_ON_THE_LEFT, start)
        return Comparison(left, operator, right)

    def exists(self, left: Operand, start: int) -> Test:
        """Read on where no operator of signs follows: a path alone, or an operator that is a word."""
        begin = self.at
        word = self.match(_WORD)
        if word is not None:
            if word[0].lower() not in WORD_OPERATORS:
                self.at = begin
                raise self.error(f"there is no operator '{word[0]}'")
            self.remark(remarks.word_operator(word[0]), begin)
            return Comparison(left, word[0].lower(), self.operand())
        if self.text.startswith("=", begin):
            raise self.error("a single '=' is no operator; equality is '=='")
        if not isinstance(left, Path):
            raise ExpressionError("a value alone is no test: compare it, or name a path", start)
        return Exists(left)

    def operand(self) -> Operand:
        self.blanks()
        start = self.at
        first = self.text[start : start + 1]
        if first in ("@", "$"):
            path = self.path()
            if not path.is_definite:
                self.remark(remarks.indefinite(path.text), start)
            return path
        if first == "'":
            return self.quoted()
        if first == '"':
            value = self.double_quoted()
            self.remark(remarks.double_quoted_text(value), start)
            return Literal(value, self.text[start : self.at])
        if first == "/":
            return self.regex()
        return self.collection() if first in ("[", "{") else self.bare()

    def quoted(self) -> Literal:
        start = self.at
        end = self.text.find("'", start + 1)
        while end > 0 and self.text[end - 1] == "\\":
            end = self.text.find("'", end + 1)
        if end < 0:
            raise ExpressionError("this ' is not closed", start)
        self.at = end + 1
        text = self.text[start + 1 : end]
        return Literal(text.replace("\\'", "'"), text)

    def collection(self) -> Literal:
        """Read a list or an object: to the service it is a text like any other."""
        start, expected = self.at, list[str]()
        while self.at < len(self.text):
            character = self.text[self.at]
            if character == "'":
                self.quoted()
                continue
            self.at += 1
            if character in _CLOSING:
                expected.append(_CLOSING[character])
            elif character in "]}" and expected.pop() != character:
                break
            if not expected:
                self.remark(remarks.LIST, start)
                text = self.text[start : self.at]
                return Literal(text, text)
        raise ExpressionError(f"this {self.text[start]} is not closed", start)

    def regex(self) -> Regex:
        start = self.at
        end = start + 1
        while end < len(self.text) and self.text[end] != "/":
            end += 2 if self.text[end] == "\\" else 1
        if end >= len(self.text):
            raise ExpressionError("this '/' is not closed", start)
        self.at = end + 1
        flags = self.match(_FLAGS)
        regex = Regex(self.text[start + 1 : end].replace("\\/", "/"), flags[0] if flags else "")
        if regex.flags not in ("", "i"):
            self.remark(remarks.flags(regex.flags), start)
        return regex

    def bare(self) -> Literal:
        """Read what has no quotes: a number, true, false, null or any text."""
        found = self.match(_BARE)
        if found is None:
            raise self.error("expected a value or a path here")
        text = found[0].rstrip()
        self.at = found.start() + len(text)
        if _NUMBER.fullmatch(text) and len(text) < 16:
            return Literal(float(text) if set(".eE") & set(text) else int(text), text)
        return Literal(_CONSTANTS.get(text, text), text)


def _combine(tests: list[Test], operators: list[str]) -> Test:
    """Join tests by the operators between them, of which `&&` binds closer."""
    groups = [[tests[0]]]
    for operator, test in zip(operators, tests[1:], strict=True):
        if operator == "&&":
            groups[-1].append(test)
        else:
            groups.append([test])
    alternatives = [group[0] if len(group) == 1 else Combination("&&", tuple(group)) for group in groups]
    return alternatives[0] if len(alternatives) == 1 else Combination("||", tuple(alternatives))
