"""JavaScript's regular expressions as the package `regex` writes them.

Source: ECMAScript, without the `u` flag.
What Python has in another way: `.`, `^`, `$` know four ends of lines, classes are ASCII, a brace or bracket
that begins nothing stands for itself, and a group that took no part matches nothing where it is referred to.
"""

from __future__ import annotations

import re

_LINE_ENDS = "\\n\\r\\u2028\\u2029"
_WORD, _DIGIT, _SPACE = "a-zA-Z0-9_", "0-9", " \\t\\n\\r\\f\\v"
_CLASSES = {
    "d": _DIGIT,
    "w": _WORD,
    "s": _SPACE,
    "D": "\\x00-\\x2f\\x3a-\\U0010ffff",
    "W": "\\x00-\\x2f\\x3a-\\x40\\x5b-\\x5e\\x60\\x7b-\\U0010ffff",
    "S": "\\x00-\\x08\\x0e-\\x1f\\x21-\\U0010ffff",
}
_AT_WORD_EDGE = f"(?:(?<=[{_WORD}])(?![{_WORD}])|(?<![{_WORD}])(?=[{_WORD}]))"
_OFF_WORD_EDGE = f"(?:(?<=[{_WORD}])(?=[{_WORD}])|(?<![{_WORD}])(?![{_WORD}]))"
_CONTROLS = {"n": "\\n", "r": "\\r", "t": "\\t", "f": "\\f", "v": "\\v"}

_QUANTIFIER = re.compile(r"(?:[*+?]|\{[0-9]+(?:,[0-9]*)?\})\??")
_GROUP = re.compile(r"\((?:\?(?:[:=!]|<[=!]|<(?P<name>[A-Za-z_$][A-Za-z0-9_$]*)>))?")
_CODE = re.compile(r"x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|c[A-Za-z]|0(?![0-9])")


def translate(pattern: str, is_multiline: bool) -> str:
    """Return a pattern of JavaScript's as `regex` has it; ValueError for what is none."""
    return _Translation(pattern, is_multiline).translated()


class _Translation:
    def __init__(self, pattern: str, is_multiline: bool) -> None:
        self.pattern = pattern
        self.is_multiline = is_multiline
        self.at = 0
        self.groups = len(re.findall(r"(?<!\\)(?:\\\\)*\((?!\?)|\(\?<[A-Za-z_$]", pattern))

    def translated(self) -> str:
        parts: list[str] = []
        can_repeat = False
        while self.at < len(self.pattern):
            quantifier = _QUANTIFIER.match(self.pattern, self.at)
            if quantifier is not None:
                if not can_repeat:
                    raise ValueError(f"Invalid regular expression: /{self.pattern}/: Nothing to repeat")
                parts.append(quantifier[0])
                self.at = quantifier.end()
                can_repeat = False
                continue
            char = self.pattern[self.at]
            can_repeat = char not in "(|^$"
            parts.append(self.one(char))
        return "".join(parts)

    def one(self, char: str) -> str:
        """Translate what begins with `char`, which is no quantifier."""
        if char == "\\":
            return self.escape()
        if char == "[":
            return self.set()
        if char == "(":
            return self.group()
        self.at += 1
        if char == ".":
            return f"[^{_LINE_ENDS}]"
        if char == "^":
            return f"(?<![^{_LINE_ENDS}])" if self.is_multiline else "\\A"
        if char == "$":
            return f"(?![^{_LINE_ENDS}])" if self.is_multiline else "\\Z"
        return char if char in "|)" else literal(char)

    def group(self) -> str:
        found = _GROUP.match(self.pattern, self.at)
        assert found is not None
        self.at = found.end()
        if found["name"]:
            return f"(?P<{found['name'].replace('$', '_')}>"
        return found[0]

    def escape(self) -> str:
        """Translate an escape outside of a set."""
        char = self.pattern[self.at + 1 : self.at + 2]
        if char and char in "123456789":
            digits = re.compile("[0-9]+").match(self.pattern, self.at + 1)
            assert digits is not None
            if int(digits[0]) <= self.groups:
                self.at = digits.end()
                return f"(?({int(digits[0])})\\{int(digits[0])})" if int(digits[0]) < 100 else "(?!)"
        if name := re.compile(r"\\k<([A-Za-z_$][A-Za-z0-9_$]*)>").match(self.pattern, self.at):
            self.at = name.end()
            return f"(?P={name[1].replace('$', '_')})"
        if char and char in "bB":
            self.at += 2
            return _AT_WORD_EDGE if char == "b" else _OFF_WORD_EDGE
        if char in _CLASSES:
            self.at += 2
            return f"[{_CLASSES[char]}]"
        return self.character()

    def character(self) -> str:
        """Translate an escape that stands for one character."""
        text = self.pattern
        if code := _CODE.match(text, self.at + 1):
            self.at = code.end()
            return literal(_character(code[0]))
        char = text[self.at + 1 : self.at + 2]
        if not char:
            raise ValueError(f"Invalid regular expression: /{text}/: \\ at end of pattern")
        self.at += 2
        return _CONTROLS.get(char) or literal(char)

    def set(self) -> str:
        """Translate `[...]`."""
        text = self.pattern
        is_negated = text.startswith("^", self.at + 1)
        self.at += 1 + is_negated
        parts: list[str] = []
        ends: list[bool] = []  # whether each part may begin or end a range
        while not text.startswith("]", self.at):
            if self.at >= len(text):
                raise ValueError(f"Invalid regular expression: /{text}/: Unterminated character class")
            part, is_end = self.member(text[self.at])
            parts.append(part)
            ends.append(is_end)
        self.at += 1
        if not parts:
            return "(?s:.)" if is_negated else "(?!)"
        for place, part in enumerate(parts):
            is_range = 0 < place < len(parts) - 1 and ends[place - 1] and ends[place + 1]
            if part == "-" and not is_range:
                parts[place] = "\\-"
        return f"[{'^' if is_negated else ''}{''.join(parts)}]"

    def member(self, char: str) -> tuple[str, bool]:
        if char != "\\":
            self.at += 1
            return ("-", True) if char == "-" else (literal(char), True)
        name = self.pattern[self.at + 1 : self.at + 2]
        if name in _CLASSES:
            self.at += 2
            return _CLASSES[name], False
        if name == "b":
            self.at += 2
            return "\\x08", True
        if name == "-":
            self.at += 2
            return "\\-", True
        return self.character(), True


def _character(code: str) -> str:
    if code[0] == "c":
        return chr(ord(code[1]) % 32)
    return chr(int(code[1:], 16)) if len(code) > 1 else "\0"


def literal(char: str) -> str:
    """Return a character as it stands for itself in a pattern."""
    if char.isalnum() or char == "_":
        return char
    return f"\\x{ord(char):02x}" if ord(char) < 256 else f"\\U{ord(char):08x}"
