"""The tokens of a JSONata expression. Source: the language as JSONata 2.0.6 reads it."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Any

from aslrun.expressions.jsonata.errors import JSONataError
from aslrun.expressions.jsonata.numbers import normal
from aslrun.expressions.jsonata.texts import joined

OPERATORS = frozenset(".[]{}(),@#;:?+-*/%|=<>^&!~")
"""Operators of one character; each also ends a name."""

_BLANK = re.compile(r"(?:[ \t\n\r\v]+|/\*.*?\*/)*", re.DOTALL)
_LONG_OPERATOR = re.compile(r"\.\.|:=|!=|>=|<=|\*\*|~>")
_NUMBER = re.compile(r"(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[Ee][-+]?[0-9]+)?")
_NAME = re.compile(r"[^ \t\n\r\v.\[\]{}(),@#;:?+\-*/%|=<>^&!~]*")
_HEX = re.compile("[0-9a-fA-F]{4}")
_ESCAPES = {
    '"': '"', "\\": "\\", "/": "/", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t",
}  # fmt: skip
_WORDS = {"true": True, "false": False, "null": None}


@dataclass(frozen=True, slots=True)
class Token:
    """One token: its type, its value, and where it begins and ends in the text.

    The types are operator, string, number, value (true, false, null), name, variable, regex and end; the
    value of a regex is (pattern, flags).
    """

    type: str
    value: Any
    start: int
    end: int


class Tokens:
    """Reads the tokens of a text, one at a time: what `/` means depends on what stands before it."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0

    def next(self, is_operand_next: bool) -> Token:
        """Return the next token; where an operand may stand, `/` begins a regular expression."""
        text = self.text
        self.at = _BLANK.match(text, self.at).end()  # type: ignore[union-attr]
        at = self.at
        if at >= len(text):
            return Token("end", "(end)", len(text), len(text))
        if text.startswith("/*", at):
            raise JSONataError("S0106", at)
        char = text[at]
        if char == "/" and is_operand_next:
            return self._regex()
        if long := _LONG_OPERATOR.match(text, at):
            return self._token("operator", long[0], long.end())
        if char in OPERATORS:
            return self._token("operator", char, at + 1)
        if char in "\"'":
            return self._string(char)
        if number := _NUMBER.match(text, at):
            return self._number(number)
        if char == "`":
            return self._quoted_name()
        return self._word(_NAME.match(text, at).end())  # type: ignore[union-attr]

    def _token(self, type: str, value: Any, end: int) -> Token:
        start, self.at = self.at, end
        return Token(type, value, start, end)

    def _number(self, found: re.Match[str]) -> Token:
        value = float(found[0])
        if math.isinf(value):
            raise JSONataError("S0102", self.at, token=found[0])
        return self._token("number", normal(value), found.end())

    def _quoted_name(self) -> Token:
        end = self.text.find("`", self.at + 1)
        if end < 0:
            raise JSONataError("S0105", len(self.text))
        return self._token("name", self.text[self.at + 1 : end], end + 1)

    def _word(self, end: int) -> Token:
        word = self.text[self.at : end]
        if word.startswith("$"):
            return self._token("variable", word[1:], end)
        if word in ("or", "in", "and"):
            return self._token("operator", word, end)
        if word in _WORDS:
            return self._token("value", _WORDS[word], end)
        return self._token("name", word, end)

    def _string(self, quote: str) -> Token:
        text, at = self.text, self.at + 1
        parts: list[str] = []
        while at < len(text):
            char = text[at]
            if char == quote:
                return self._token("string", joined("".join(parts)), at + 1)
            if char != "\\":
                parts.append(char)
                at += 1
                continue
            at += 1
            char = text[at : at + 1]
            if char in _ESCAPES:
                parts.append(_ESCAPES[char])
            elif char != "u":
                raise JSONataError("S0103", at, token=char)
            elif digits := _HEX.match(text, at + 1):
                parts.append(chr(int(digits[0], 16)))
                at += 4
            else:
                raise JSONataError("S0104", at)
            at += 1
        raise JSONataError("S0101", len(text))

    def _regex(self) -> Token:
        text, start = self.text, self.at + 1
        depth, at = 0, start
        while at < len(text):
            char = text[at]
            if char == "/" and depth == 0 and not self._is_escaped(at):
                if at == start:
                    raise JSONataError("S0301", at)
                end = at + 1
                while text[end : end + 1] in ("i", "m"):
                    end += 1
                return self._token("regex", (text[start:at], text[at + 1 : end]), end)
            if text[at - 1] != "\\":
                depth += (char in "([{") - (char in ")]}")
            at += 1
        raise JSONataError("S0302", len(text))

    def _is_escaped(self, at: int) -> bool:
        before = self.text[:at]
        return (len(before) - len(before.rstrip("\\"))) % 2 == 1
