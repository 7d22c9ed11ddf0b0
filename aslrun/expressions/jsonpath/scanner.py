"""Reading a path's text from left to right: what the grammars of paths and of their filters stand on."""

from __future__ import annotations

import re

from aslrun.expressions import ExpressionError
from aslrun.expressions.jsonpath.remarks import Told
from aslrun.expressions.jsonpath.tree import Remark

MAX_NESTING = 50
"""Parentheses and filters within each other in one path."""
MAX_REMARKS = 20
"""Remarks on one path."""


class Scanner:
    """Reads one text; `at` is where it is, `remarks` what is to be said of what was read."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.nesting = 0
        self.remarks: list[Remark] = []

    def error(self, message: str) -> ExpressionError:
        return ExpressionError(message, self.at)

    def remark(self, told: Told, start: int, end: int | None = None) -> None:
        """Say something of what was read from `start` to here or to `end`, but not very much of one path."""
        is_first_refusal = told.refuses and not any(remark.refuses for remark in self.remarks)
        if len(self.remarks) < MAX_REMARKS or is_first_refusal:
            end = self.at if end is None else end
            self.remarks.append(Remark(start, end, told.message, told.hint, told.refuses, told.is_error))

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

    def nest(self) -> None:
        """Go one level deeper; ExpressionError where that is too deep."""
        self.nesting += 1
        if self.nesting > MAX_NESTING:
            raise self.error("the path is nested too deeply")

    def double_quoted(self) -> str:
        start = self.at
        end = start + 1
        while end < len(self.text) and self.text[end] != '"':
            end += 2 if self.text[end] == "\\" else 1
        if end >= len(self.text):
            raise ExpressionError('this " is not closed', start)
        self.at = end + 1
        return self.text[start + 1 : end]
