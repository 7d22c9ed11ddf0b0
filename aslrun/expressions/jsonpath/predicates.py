"""The grammar of what stands in a filter, `[?...]`.

filter     = test { ("&&" | "||") test }, that begins with "(" and ends with ")"
test       = "(" filter ")" | [ "!" ] path | operand operator operand
operand    = path | "'" text "'" | "/" pattern "/" [ "i" ] | text without quotes
"""

from __future__ import annotations

import re
from abc import abstractmethod

from aslrun.expressions import ExpressionError
from aslrun.expressions.jsonpath import remarks
from aslrun.expressions.jsonpath.scanner import Scanner
from aslrun.expressions.jsonpath.segments import (
    Combination,
    Comparison,
    Exists,
    Filter,
    Literal,
    Operand,
    Regex,
    Test,
)
from aslrun.expressions.jsonpath.tree import Path
from aslrun.values import JSON

OPERATORS = ("===", "!==", "==", "!=", "<=", ">=", "=~", "<", ">")
WORD_OPERATORS = frozenset({"in", "nin", "subsetof", "anyof", "noneof", "size", "empty", "contains", "all"})

_NUMBER = re.compile(r"-?\d+(\.\d+)?([eE][+-]?\d+)?")
_WORD = re.compile(r"[\w.+-]+")
_BARE = re.compile(r"""[^\s()\[\]{}'"&|=<>!~,/@$][^()\[\]{}'"&|=<>!~]*""")
_FLAGS = re.compile("[a-zA-Z]*")
_CONSTANTS: dict[str, JSON] = {"true": True, "false": False, "null": None}
_CLOSING = {"[": "]", "{": "}"}


class PredicateReader(Scanner):
    """Reads filters; whoever reads paths reads the paths in them."""

    @abstractmethod
    def path(self) -> Path:
        """Read a path."""

    def filter(self) -> Filter:
        self.blanks()
        if not self.text.startswith("(", self.at):
            self.expect("(")
        tests, operators = self.tests()
        if self.text[self.at - 1] != ")":
            raise self.error("a filter ends with ')'")
        return Filter(_combine(tests, operators))

    def tests(self) -> tuple[list[Test], list[str]]:
        """Read tests and the operators between them. The service passes over parentheses around some."""
        self.nest()
        tests: list[Test] = []
        operators: list[str] = []
        groups: list[tuple[int, int, int, int]] = []
        while True:
            self.blanks()
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
                self.remark(remarks.PARENTHESES, start, end)
        self.nesting -= 1
        return tests, operators

    def group(self, tests: list[Test], operators: list[str]) -> None:
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
            self.nest()
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
            told = len(self.remarks)
            test = Comparison(left, word[0].lower(), self.operand())
            del self.remarks[told:]  # a list is what belongs there
            return test
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
