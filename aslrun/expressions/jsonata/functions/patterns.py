"""Regular expressions: JavaScript's as Python's `regex` has them, and the functions that match.

Sources: ECMAScript's regular expressions without the `u` flag; JSONata 2.0.6's `$match`, `$contains`,
`$replace`, `$split`; AWS as measured: `\\s`, `\\w`, `\\d` are ASCII, a limit of `$replace` is truncated.
"""

from __future__ import annotations

import math
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from aslrun.expressions.jsonata.callables import Native
from aslrun.expressions.jsonata.errors import JSONataError, LimitExceeded
from aslrun.expressions.jsonata.functions.javascript import translate
from aslrun.expressions.jsonata.limits import MATCH_SECONDS, MAX_CHARACTERS, Run
from aslrun.expressions.jsonata.texts import joined, units
from aslrun.expressions.jsonata.values import UNDEFINED, Array, Function, Object, Sequence, Value


@dataclass(frozen=True, slots=True)
class Match:
    """Where a pattern matched: the places in UTF-16 units, the text, the groups."""

    start: int
    end: int
    text: str
    groups: list[Value]


@lru_cache(maxsize=512)
def compile_pattern(pattern: str, flags: str) -> Any:
    """Compile a regular expression of JavaScript's; ValueError for what is none."""
    import regex

    options = regex.V0 | (regex.IGNORECASE if "i" in flags else 0)
    try:
        return regex.compile(translate(units(pattern), "m" in flags), options)
    except (regex.error, OverflowError, RecursionError) as wrong:
        raise ValueError(f"Invalid regular expression: /{pattern}/: {wrong}") from None


class Matcher(Function):
    """A regular expression as a function: of a text, the first match in it from a place on.

    That it takes a place shows where it is given to `$filter` or `$map`, which hand it an index.
    """

    __slots__ = ("flags", "pattern")

    def __init__(self, pattern: str, flags: str) -> None:
        self.arity = 2
        self.pattern = pattern
        self.flags = flags

    def invoke(self, run: Run, arguments: list[Value], context: Value = UNDEFINED) -> Value:
        text = arguments[0] if arguments else UNDEFINED
        if not isinstance(text, str):
            return UNDEFINED
        start = arguments[1] if len(arguments) > 1 and type(arguments[1]) is int else 0
        return _as_object(self.matches(run, text, max(start, 0)))

    def matches(self, run: Run, text: str, start: int = 0) -> Iterator[Match]:
        """Yield the matches in a text; JSONataError where one after the first is empty."""
        compiled = compile_pattern(self.pattern, self.flags)
        text = units(text)
        found = _search(run, compiled, text, start)
        while found is not None:
            groups = [UNDEFINED if group is None else joined(group) for group in found.groups()]
            yield Match(found.start(), found.end(), joined(found[0]), groups)
            if found.end() >= len(text):
                return
            run.spend(4)
            found = _search(run, compiled, text, found.end())
            if found is not None and not found[0]:
                raise JSONataError("D1004", value=self.pattern)


def _search(run: Run, compiled: Any, text: str, at: int) -> Any:
    before = _processor_seconds()
    left = MATCH_SECONDS - run.matching
    try:
        if left <= 0:
            raise TimeoutError
        found = compiled.search(text, at, timeout=left)
    except TimeoutError:
        raise LimitExceeded("U1002") from None
    except MemoryError:
        raise LimitExceeded("U1003") from None
    run.matching += _processor_seconds() - before
    return found


def _processor_seconds() -> float:
    spent = os.times()
    return spent.user + spent.system


def _as_object(matches: Iterator[Match]) -> Value:
    found = next(matches, None)
    if found is None:
        return UNDEFINED
    following = Native(lambda run, arguments: _as_object(matches), 0)
    return Object(
        match=found.text, start=found.start, end=found.end, groups=Array(found.groups), next=following
    )


def matches_of(run: Run, matcher: Function, text: str) -> Iterator[Match]:
    """Yield what a matcher finds: a regular expression, or a function that gives what one gives."""
    if isinstance(matcher, Matcher):
        yield from matcher.matches(run, text)
        return
    found = matcher.invoke(run, [text])
    while found is not UNDEFINED:
        if not isinstance(found, dict) or not _is_match(found):
            raise JSONataError("T1010")
        start, end = found.get("start", 0), found.get("end", 0)
        if not all(type(place) is int for place in (start, end)):
            raise JSONataError("T1010")
        groups = found.get("groups", UNDEFINED)
        yield Match(start, end, found.get("match", UNDEFINED), groups if isinstance(groups, list) else [])
        following = found.get("next")
        if not isinstance(following, Function):
            raise JSONataError("T1010")
        run.spend(1)
        found = following.invoke(run, [])


def _is_match(found: dict[str, Value]) -> bool:
    return (
        type(found.get("start")) is int
        or type(found.get("end")) is int
        or isinstance(found.get("groups"), list)
        or isinstance(found.get("next"), Function)
    )


# ---------------------------------------------------------------- functions


def contains(run: Run, text: Value, token: Value) -> Value:
    """`$contains(text, string or pattern)`."""
    if text is UNDEFINED:
        return UNDEFINED
    if not isinstance(token, Function):
        return (token if isinstance(token, str) else "undefined") in text
    return next(matches_of(run, token, text), None) is not None


def match(run: Run, text: Value, matcher: Value, limit: Value) -> Value:
    """`$match(text, pattern[, limit])`: where the pattern matches."""
    if text is UNDEFINED:
        return UNDEFINED
    if limit is not UNDEFINED and limit < 0:
        raise JSONataError("D3040", value=limit, index=3)
    found = Sequence()
    for one in _up_to(matches_of(run, matcher, text), limit):
        found.append(Object(match=one.text, index=one.start, groups=Array(one.groups)))
    run.check_items(len(found))
    return found


def _up_to(matches: Iterator[Match], limit: Value) -> Iterator[Match]:
    """Yield matches up to a limit; the one after the last is looked for as well, and may fail."""
    if limit is not UNDEFINED and limit <= 0:
        return
    count = 0
    found = next(matches, None)
    while found is not None and (limit is UNDEFINED or count < limit):
        yield found
        count += 1
        found = next(matches, None)


def split(run: Run, text: Value, separator: Value, limit: Value) -> Value:
    """`$split(text, string or pattern[, limit])`; without a separator the text stays whole."""
    if text is UNDEFINED:
        return UNDEFINED
    if limit is not UNDEFINED and limit < 0:
        raise JSONataError("D3020", value=limit, index=3)
    if limit is not UNDEFINED and limit <= 0:
        return Array()
    if separator is UNDEFINED:
        return Array((text,))
    if isinstance(separator, str):
        parts = text.split(separator) if separator else list(units(text))
        if limit is not UNDEFINED and math.isfinite(limit):
            parts = parts[: int(limit)]
    else:
        parts = _split_by(run, text, separator, limit)
    run.check_items(len(parts))
    return Array(parts)


def _split_by(run: Run, text: str, separator: Function, limit: Value) -> list[str]:
    whole = units(text)
    parts: list[str] = []
    start = 0
    for found in _up_to(matches_of(run, separator, text), limit):
        parts.append(joined(whole[start : found.start]))
        start = found.end
    if limit is UNDEFINED or len(parts) < limit:
        parts.append(joined(whole[start:]))
    return parts


def replace(run: Run, text: Value, pattern: Value, replacement: Value, limit: Value) -> Value:
    """`$replace(text, string or pattern, string or function[, limit])`."""
    if text is UNDEFINED:
        return UNDEFINED
    if pattern == "":
        raise JSONataError("D3010", value=pattern, index=2)
    if limit is not UNDEFINED:
        if limit < 0:
            raise JSONataError("D3011", value=limit, index=4)
        if math.isfinite(limit):
            limit = int(limit)
            if limit == 0:
                return text
    if isinstance(pattern, str):
        return _replace_string(run, text, pattern, replacement, limit)
    if pattern is UNDEFINED:
        return text
    return _replace_pattern(run, text, pattern, replacement, limit)


def _replace_string(run: Run, text: str, pattern: str, replacement: Value, limit: Value) -> str:
    if not isinstance(replacement, str):
        if pattern not in text:
            return text
        raise JSONataError("D3012", value=replacement)
    count = -1 if limit is UNDEFINED or math.isinf(limit) else limit
    found = text.count(pattern) if count < 0 else min(count, text.count(pattern))
    run.check_text(len(text) + found * max(len(replacement) - len(pattern), 0))
    return joined(text.replace(pattern, replacement, count))


def _replace_pattern(run: Run, text: str, pattern: Function, replacement: Value, limit: Value) -> str:
    whole = units(text)
    parts: list[str] = []
    position = length = 0
    for found in _up_to(matches_of(run, pattern, text), limit):
        put: Value = UNDEFINED
        if isinstance(replacement, str):
            put = filled_in(replacement, found)
        elif isinstance(replacement, Function):
            put = replacement.invoke(run, [_replaced(found)])
        if not isinstance(put, str):
            raise JSONataError("D3012", value=put)
        parts += [whole[position : found.start], put]
        length += found.start - position + len(put)
        if length > MAX_CHARACTERS:
            raise LimitExceeded("U1003")
        position = found.start + len(units(found.text))
    parts.append(whole[position:])
    result = joined("".join(parts))
    run.check_text(len(result))
    return result


def _replaced(found: Match) -> Object:
    return Object(match=found.text, start=found.start, end=found.end, groups=Array(found.groups))


_REFERENCE = re.compile(r"\$(\$|0|[0-9]*)")


def filled_in(replacement: str, found: Match) -> str:
    """Return a replacement with `$$`, `$0` and `$1`… filled in; a group that there is not is nothing."""
    count = len(found.groups)
    most = len(str(count)) if count else 1

    def fill(reference: re.Match[str]) -> str:
        name = reference[1]
        if name == "$":
            return "$"
        if name.startswith("0"):
            return found.text + name[1:]
        if not name:
            return "$"
        digits = name[:most]
        if len(digits) > 1 and int(digits) > count:
            digits = digits[:-1]
        number = int(digits)
        group = found.groups[number - 1] if 0 < number <= count else UNDEFINED
        return (group if isinstance(group, str) else "") + name[len(digits) :]

    return _REFERENCE.sub(fill, replacement)
