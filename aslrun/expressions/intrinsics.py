"""The 18 intrinsic functions. Documentation: "Intrinsic functions"; results as recorded.

A call is parsed once into closures; `INTRINSICS` is the table of the functions, one entry each.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, TypeAlias

from aslrun.errors import EvaluationError, FatalStateError
from aslrun.expressions import ExpressionError, ExpressionScope, NoMatch, Select
from aslrun.expressions.path import compile_path
from aslrun.values import JSON, from_json_text, is_number, to_json_text

MAX_NESTED = 10
"""Calls within each other. Documentation: "You can nest up to 10 intrinsic functions within a field"."""
MAX_TEXT = 10_000
"""Characters that Hash, Base64Encode and Base64Decode take."""
MAX_RANGE = 1_000
"""Elements that ArrayRange may make."""


ESCAPED_BRACES = {"{": "\ue07b", "}": "\ue07d"}
"""Brace → the private character that marks an escaped one in a template."""


class IntrinsicFailure(Exception):
    """What an intrinsic has to say of its arguments; the caller names the call."""


@dataclass(frozen=True, slots=True)
class Intrinsic:
    """A function of the states language: how many arguments it takes, and what it does with them.

    `call` gets the arguments' values; with `draws`, the scope before them. `kinds` names the JSON kinds
    that literal arguments must have, by position, so that a wrong one is told before a run.
    """

    call: Callable[..., JSON]
    least: int
    most: int | None
    kinds: tuple[str, ...] = ()
    draws: bool = False


Argument: TypeAlias = Select

_NAME = re.compile(r"States\.\w+|[A-Za-z_][\w.]*")
_NUMBER = re.compile(r"-?\d+(\.\d+)?([eE][+-]?\d+)?")
_CONSTANT = re.compile(r"true|false|null")
_CONSTANTS: dict[str, JSON] = {"true": True, "false": False, "null": None}


@lru_cache(maxsize=4096)
def compile_intrinsic(text: str) -> Select:
    """Compile a call like `States.Format('{}', $.a)`; ExpressionError, with the place, if it is none."""
    reader = _Reader(text)
    select = reader.call(1)
    reader.blanks()
    if reader.at < len(text):
        raise reader.error(f"unexpected '{text[reader.at]}' after the call")
    return select


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
        return _compile_call(self.text[start : self.at], function, arguments)

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
        value = self.literal(is_template=function.call is _format and position == 0)
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
        number = self.match(_NUMBER) or "0"
        return float(number) if set(".eE") & set(number) or len(number) > 18 else int(number)

    def string(self, is_template: bool) -> str:
        """Read a quoted text, with the escapes `\\'`, `\\{`, `\\}` and `\\\\` (spec: Intrinsic Functions).

        In Format's template an escaped brace is marked, so that it is told from a place.
        """
        start, parts = self.at, list[str]()
        self.at += 1
        while self.at < len(self.text):
            character = self.text[self.at]
            self.at += 1
            if character == "'":
                return "".join(parts)
            if character == "\\" and self.at < len(self.text):
                character = self.escaped(is_template)
            parts.append(character)
        raise ExpressionError("this ' is not closed", start)

    def escaped(self, is_template: bool) -> str:
        character = self.text[self.at]
        self.at += 1
        if is_template and character in ESCAPED_BRACES:
            return ESCAPED_BRACES[character]
        return character if character in "'{}\\" else f"\\{character}"

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
            return compile_path(text)
        except ExpressionError as wrong:
            raise ExpressionError(f"'{text}' is no path: {wrong.message}", start + wrong.offset) from None


def unknown_intrinsic(name: str | None) -> str:
    """Return what to say of a name that no intrinsic has, with the one that was likely meant."""
    from difflib import get_close_matches

    close = get_close_matches(name or "", INTRINSICS, 1)
    meant = f"; did you mean {close[0]}?" if close else ""
    return f"there is no intrinsic function {name}{meant}" if name else "expected an intrinsic function call"


def _compile_call(text: str, function: Intrinsic, arguments: list[Argument]) -> Select:
    call = function.call

    def evaluate(input: JSON, scope: ExpressionScope) -> JSON:
        try:
            values = [argument(input, scope) for argument in arguments]
            return call(scope, *values) if function.draws else call(*values)
        except NoMatch as none:
            raise FatalStateError(f"The function '{text}' had the following error: {none}") from None
        except IntrinsicFailure as failure:
            raise EvaluationError(
                "States.IntrinsicFailure", f"The function '{text}' had the following error: {failure}"
            ) from None

    return evaluate


# ---------------------------------------------------------------- what arguments must be

KINDS: Mapping[str, Callable[[JSON], bool]] = {
    "any": lambda value: True,
    "a string": lambda value: isinstance(value, str),
    "an array": lambda value: isinstance(value, list),
    "an object": lambda value: isinstance(value, dict),
    "a number": is_number,
    "an integer": lambda value: is_number(value) and float(value) == math.floor(value),  # type: ignore[arg-type]
    "false": lambda value: value is False,
}


def _need(value: JSON, kind: str, what: str) -> Any:
    if not KINDS[kind](value):
        raise IntrinsicFailure(f"{what} must be {kind}, not {to_json_text(value)[:100]}")
    return value


def _need_short(text: JSON, what: str) -> str:
    checked: str = _need(text, "a string", what)
    if len(checked) > MAX_TEXT:
        raise IntrinsicFailure(f"{what} must have at most {MAX_TEXT} characters")
    return checked


# ---------------------------------------------------------------- the functions


def _format(template: JSON, *arguments: JSON) -> JSON:
    parts = str(_need(template, "a string", "the template")).split("{}")
    if len(parts) - 1 != len(arguments):
        raise IntrinsicFailure(f"the template has {len(parts) - 1} places for {len(arguments)} argument(s)")
    for brace, mark in ESCAPED_BRACES.items():
        parts = [part.replace(mark, brace) for part in parts]
    shown = [*map(java_text, arguments), ""]
    return "".join(part + text for part, text in zip(parts, shown, strict=True))


def java_text(value: JSON) -> str:
    """Return a value as Java shows it, which is how the service formats objects: `{Id=1, Name=x}`."""
    if isinstance(value, str):
        return value
    if isinstance(value, dict):
        return "{" + ", ".join(f"{name}={java_text(part)}" for name, part in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(java_text, value)) + "]"
    return to_json_text(value)


def _string_to_json(text: JSON) -> JSON:
    try:
        return from_json_text(_need(text, "a string", "the argument"))
    except (ValueError, RecursionError):
        raise IntrinsicFailure(f"the text is not JSON: {str(text)[:100]}") from None


def _array(*values: JSON) -> JSON:
    return list(values)


def _array_partition(array: JSON, size: JSON) -> JSON:
    values: list[JSON] = _need(array, "an array", "the first argument")
    step = round_half_up(_need(size, "a number", "the chunk size"))
    if step <= 0:
        raise IntrinsicFailure("the chunk size must be a positive integer")
    return [values[at : at + step] for at in range(0, len(values), step)]


def same(left: JSON, right: JSON) -> bool:
    """Tell whether two JSON values are equal; unlike Python, `1` and `true` are not."""
    if isinstance(left, bool) or isinstance(right, bool):
        return left is right
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(same(left[name], right[name]) for name in left)
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(same, left, right))
    return left == right


def _array_contains(array: JSON, value: JSON) -> JSON:
    return any(same(one, value) for one in _need(array, "an array", "the first argument"))


def _array_range(first: JSON, last: JSON, step: JSON) -> JSON:
    start, end, by = (round_half_up(_need(value, "a number", "an argument")) for value in (first, last, step))
    if by == 0:
        raise IntrinsicFailure("the increment must not be 0")
    count = max(0, (end - start) // by + 1)
    if count > MAX_RANGE:
        raise IntrinsicFailure(f"the array must have at most {MAX_RANGE} elements, not {count}")
    return list(range(start, start + count * by, by))


def _array_get_item(array: JSON, index: JSON) -> JSON:
    values: list[JSON] = _need(array, "an array", "the first argument")
    at: int = int(_need(index, "an integer", "the index"))
    if not 0 <= at < len(values):
        raise IntrinsicFailure(f"the index {at} is out of the array's {len(values)} elements")
    return values[at]


def _array_unique(array: JSON) -> JSON:
    unique: dict[str, JSON] = {}
    for value in _need(array, "an array", "the argument"):
        unique.setdefault(_identity(value), value)
    return list(unique.values())


def _identity(value: JSON) -> str:
    import json

    return json.dumps(value, sort_keys=True)


def _base64_encode(text: JSON) -> JSON:
    return base64.b64encode(_need_short(text, "the text").encode("utf-8", "surrogatepass")).decode("ascii")


def _base64_decode(text: JSON) -> JSON:
    try:
        return base64.b64decode(_need_short(text, "the text"), validate=True).decode("utf-8")
    except (binascii.Error, ValueError):
        raise IntrinsicFailure("the text is not Base64 of UTF-8 text") from None


HASHES = {"MD5": "md5", "SHA-1": "sha1", "SHA-256": "sha256", "SHA-384": "sha384", "SHA-512": "sha512"}


def _hash(data: JSON, algorithm: JSON) -> JSON:
    text = _need_short(data if isinstance(data, str) else to_json_text(data), "the data")
    name = HASHES.get(algorithm) if isinstance(algorithm, str) else None
    if name is None:
        raise IntrinsicFailure(f"the algorithm must be one of {', '.join(HASHES)}")
    return hashlib.new(name, text.encode("utf-8", "surrogatepass"), usedforsecurity=False).hexdigest()


def _json_merge(first: JSON, second: JSON, deep: JSON) -> JSON:
    if deep is not False:
        raise IntrinsicFailure("only the shallow merge is supported: the third argument must be false")
    one: dict[str, JSON] = _need(first, "an object", "the first argument")
    two: dict[str, JSON] = _need(second, "an object", "the second argument")
    return {**one, **two}


def round_half_up(number: float) -> int:
    """Round to the nearest integer, halves towards +infinity (recorded: -1.5 → -1, 2.5 → 3)."""
    return number if isinstance(number, int) else math.floor(number + 0.5)


def _math_add(first: JSON, second: JSON) -> JSON:
    if type(first) is int and type(second) is int:
        return first + second
    one, two = (
        _need(first, "a number", "the first argument"),
        _need(second, "a number", "the second argument"),
    )
    return round_half_up(one) + round_half_up(two)


def _math_random(scope: ExpressionScope, start: JSON, end: JSON, seed: JSON = None) -> JSON:
    low = round_half_up(_need(start, "a number", "the start"))
    high = round_half_up(_need(end, "a number", "the end"))
    if low >= high:
        raise IntrinsicFailure("the start must be less than the end")
    fraction = scope.draw() if seed is None else _fraction_of(_need(seed, "a number", "the seed"))
    return low + int(fraction * (high - low))


def _fraction_of(seed: float) -> float:
    """Return a number in [0, 1) that is the same for the same seed."""
    digest = hashlib.sha256(repr(seed).encode("ascii")).digest()
    return int.from_bytes(digest[:6], "big") / 2**48


def _string_split(text: JSON, delimiters: JSON) -> JSON:
    whole: str = _need(text, "a string", "the text")
    characters: str = _need(delimiters, "a string", "the delimiters")
    if not characters:
        return [whole]
    # Each character is a delimiter, and empty parts are dropped (recorded).
    return [part for part in re.split(f"[{re.escape(characters)}]", whole) if part]


def _length(array: JSON) -> JSON:
    return len(_need(array, "an array", "the argument"))


def _uuid(scope: ExpressionScope) -> JSON:
    return scope.draw_uuid()


INTRINSICS: Mapping[str, Intrinsic] = {
    "States.Format": Intrinsic(_format, 1, None, ("a string",)),
    "States.StringToJson": Intrinsic(_string_to_json, 1, 1, ("a string",)),
    "States.JsonToString": Intrinsic(to_json_text, 1, 1),
    "States.Array": Intrinsic(_array, 0, None),
    "States.ArrayPartition": Intrinsic(_array_partition, 2, 2, ("an array", "a number")),
    "States.ArrayContains": Intrinsic(_array_contains, 2, 2, ("an array",)),
    "States.ArrayRange": Intrinsic(_array_range, 3, 3, ("a number",) * 3),
    "States.ArrayGetItem": Intrinsic(_array_get_item, 2, 2, ("an array", "an integer")),
    "States.ArrayLength": Intrinsic(_length, 1, 1, ("an array",)),
    "States.ArrayUnique": Intrinsic(_array_unique, 1, 1, ("an array",)),
    "States.Base64Encode": Intrinsic(_base64_encode, 1, 1, ("a string",)),
    "States.Base64Decode": Intrinsic(_base64_decode, 1, 1, ("a string",)),
    "States.Hash": Intrinsic(_hash, 2, 2, ("any", "a string")),
    "States.JsonMerge": Intrinsic(_json_merge, 3, 3, ("an object", "an object", "false")),
    "States.MathRandom": Intrinsic(_math_random, 2, 3, ("a number",) * 3, draws=True),
    "States.MathAdd": Intrinsic(_math_add, 2, 2, ("a number",) * 2),
    "States.StringSplit": Intrinsic(_string_split, 2, 2, ("a string",) * 2),
    "States.UUID": Intrinsic(_uuid, 0, 0, draws=True),
}
