"""Calls of intrinsic functions: read once, into closures of (value, scope). Spec: Intrinsic Functions.

What fails is States.Runtime, as users measured it on the service; the cause names the whole call.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TypeAlias

from aslrun.errors import FatalStateError
from aslrun.expressions import ExpressionError, ExpressionScope, NoMatch, NotFit, Select
from aslrun.expressions.intrinsics.functions import (
    INTRINSICS,
    KINDS,
    Intrinsic,
    InvalidArguments,
    InvalidTemplate,
)
from aslrun.expressions.jsonpath.path import compile_path
from aslrun.values import JSON, from_json_text, to_json_text

MAX_NESTED = 10
"""Calls within each other. Documentation: "You can nest up to 10 intrinsic functions within a field"."""

Argument: TypeAlias = Select

_NAME = re.compile(r"States\.\w+|[A-Za-z_][\w.]*")
_NUMBER = re.compile(r"-?\d+(\.\d+)?([eE][+-]?\d+)?")
_CONSTANT = re.compile(r"true|false|null")
# `${Name}` is for a deployment to fill in; where nobody has, it stays as it is (`${}` is $ and an argument).
_PLACEHOLDER = re.compile(r"\{[^{}'\\]+\}")
_CONSTANTS: dict[str, JSON] = {"true": True, "false": False, "null": None}


@lru_cache(maxsize=4096)
def compile_intrinsic(text: str) -> Select:
    """Compile a call like `States.Format('{}', $.a)`; ExpressionError, with the place, if it is none."""
    reader = _Reader(text)
    select = reader.call(1)
    reader.blanks()
    if reader.at < len(text):
        raise reader.error(f"unexpected '{text[reader.at]}' after the call")

    def evaluate(input: JSON, scope: ExpressionScope) -> JSON:
        try:
            return select(input, scope)
        except _Failure as failure:
            cause = f"The function '{text.strip()}' had the following error: {failure}"
            raise FatalStateError(cause) from None

    return evaluate


def paths_in_call(text: str) -> list[tuple[str, int]]:
    """Return the paths among the arguments of a call, each with its offset; ExpressionError if it is none."""
    reader = _Reader(text)
    reader.call(1)
    return reader.paths


class _Reader:
    """Reads one call from left to right; `at` is where it is."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.paths: list[tuple[str, int]] = []

    def error(self, message: str) -> ExpressionError:
        return ExpressionError(message, self.at)

    def blanks(self) -> None:
        while self.at < len(self.text) and self.text[self.at].isspace():
            self.at += 1

    def match(self, pattern: re.Pattern[str]) -> str | None:
        found = pattern.match(self.text, self.at)
        if found is None:
            return None
        self.at = found.end()
        return found[0]

    def call(self, nested: int) -> Select:
        self.blanks()
        start = self.at
        name = self.match(_NAME)
        function = INTRINSICS.get(name or "")
        if function is None or name is None:
            self.at = start
            raise self.error(unknown_intrinsic(name))
        if nested > MAX_NESTED:
            raise ExpressionError(f"more than {MAX_NESTED} intrinsic functions within each other", start)
        arguments = self.arguments(name, function, nested)
        self.check_count(name, function, len(arguments), start)
        return _compile_call(name, function, arguments)

    def arguments(self, name: str, function: Intrinsic, nested: int) -> list[Argument]:
        self.blanks()
        self.expect("(", f"after {name}")
        arguments: list[Argument] = []
        self.blanks()
        if self.take(")"):
            return arguments
        while True:
            arguments.append(self.argument(function, len(arguments), nested))
            self.blanks()
            if self.take(")"):
                return arguments
            self.expect(",", "or ')' after an argument")

    def check_count(self, name: str, function: Intrinsic, count: int, start: int) -> None:
        if count < function.least or (function.most is not None and count > function.most):
            most = function.most
            wanted = f"{function.least}" if most == function.least else f"{function.least} to {most}"
            wanted = f"at least {function.least}" if most is None else wanted
            raise ExpressionError(f"{name} takes {wanted} argument(s), not {count}", start)

    def take(self, token: str) -> bool:
        if self.text.startswith(token, self.at):
            self.at += 1
            return True
        return False

    def expect(self, token: str, where: str) -> None:
        if not self.take(token):
            raise self.error(f"expected '{token}' {where}")

    def argument(self, function: Intrinsic, position: int, nested: int) -> Argument:
        self.blanks()
        start = self.at
        first = self.text[self.at : self.at + 1]
        if first == "$":
            return self.path()
        if first != "'" and self.match(_CONSTANT) is None and self.match(_NUMBER) is None:
            return self.call(nested + 1)
        self.at = start
        value = self.literal(is_template=function.is_template and position == 0)
        wanted = function.kinds[position] if position < len(function.kinds) else "any"
        if not KINDS[wanted](value):
            raise ExpressionError(
                f"argument {position + 1} must be {wanted}, not {to_json_text(value)}", start
            )
        return lambda input, scope: value

    def literal(self, is_template: bool) -> JSON:
        if self.text.startswith("'", self.at):
            return self.string(is_template)
        constant = self.match(_CONSTANT)
        if constant is not None:
            return _CONSTANTS[constant]
        return self.number()

    def number(self) -> JSON:
        start = self.at
        text = self.match(_NUMBER) or "0"
        try:
            return from_json_text(text)
        except ValueError:
            raise ExpressionError(f"{text[:40]} is no number, or one too large", start) from None

    def string(self, is_template: bool) -> str:
        """Read a quoted text, with the escapes `\\'`, `\\{`, `\\}` and `\\\\` (spec: Intrinsic Functions).

        A template keeps those that its function reads.
        """
        start, parts = self.at, list[str]()
        self.at += 1
        while self.at < len(self.text):
            character = self.text[self.at]
            self.at += 1
            if character == "'":
                return "".join(parts)
            if character == "\\":
                character = self.escaped(is_template)
            elif is_template and character == "$" and (name := self.match(_PLACEHOLDER)):
                character = f"$\\{{{name[1:-1]}\\}}"
            parts.append(character)
        raise ExpressionError("this ' is not closed", start)

    def escaped(self, is_template: bool) -> str:
        character = self.text[self.at : self.at + 1]
        if character not in ("'", "{", "}", "\\"):
            raise ExpressionError(f"\\{character} is no escape: \\', \\{{, \\}} and \\\\ are", self.at - 1)
        self.at += 1
        return f"\\{character}" if is_template and character != "'" else character

    def path(self) -> Select:
        start, brackets, quote = self.at, 0, ""
        while self.at < len(self.text):
            character = self.text[self.at]
            if quote:
                quote = "" if character == quote else quote
            elif character in "'\"":
                quote = character
            elif not brackets and (character in ",)" and not self.text.startswith("()", self.at - 1)):
                break
            else:
                brackets += {"[": 1, "]": -1}.get(character, 0)
            self.at += 1
        text = self.text[start : self.at].rstrip()
        self.paths.append((text, start))
        try:
            return _compile_argument(text)
        except ExpressionError as wrong:
            raise ExpressionError(f"'{text}' is no path: {wrong.message}", start + wrong.offset) from None


def unknown_intrinsic(name: str | None) -> str:
    """Return what to say of a name that no intrinsic has, with the one that was likely meant."""
    from difflib import get_close_matches

    close = get_close_matches(name or "", INTRINSICS, 1)
    meant = f"; did you mean {close[0]}?" if close else ""
    return f"there is no intrinsic function {name}{meant}" if name else "expected an intrinsic function call"


class _Failure(Exception):
    """Why a call cannot be evaluated; the outermost call tells of it."""


def _compile_argument(path: str) -> Select:
    select = compile_path(path)
    shown = path.removeprefix("$") if path.startswith("$$") else path

    def evaluate(input: JSON, scope: ExpressionScope) -> JSON:
        try:
            return select(input, scope)
        except NotFit as why:
            raise _Failure(str(why)) from None
        except NoMatch:
            raise _Failure(
                f"The JsonPath argument for the field '{shown}' could not be found in the input"
                f" '{to_json_text(input)}'"
            ) from None

    return evaluate


def _compile_call(name: str, function: Intrinsic, arguments: list[Argument]) -> Select:
    call = function.call

    def evaluate(input: JSON, scope: ExpressionScope) -> JSON:
        values = [argument(input, scope) for argument in arguments]
        try:
            return call(scope, *values) if function.draws else call(*values)
        except InvalidTemplate as wrong:
            raise _Failure(f"Invalid template in {name}: {wrong}") from None
        except InvalidArguments as wrong:
            raise _Failure(f"Invalid arguments in {name}: {wrong}") from None

    return evaluate
