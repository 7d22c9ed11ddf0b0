"""The functions that Step Functions adds to JSONata, and those that look at time and chance.

Documentation: "Transforming data with JSONata", "Step Functions JSONata functions". Each is called with the
scope and its arguments, whose types its signature has checked; one that is absent is UNDEFINED.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from aslrun.expressions import ExpressionScope
from aslrun.expressions.jsonata.expression import UNDEFINED, JSONataError, Undefined
from aslrun.timestamps import format_timestamp
from aslrun.values import JSON, from_json_text, is_number, to_json_text

Value: TypeAlias = "JSON | Undefined"

_HASHES = {"MD5": "md5", "SHA-1": "sha1", "SHA-256": "sha256", "SHA-384": "sha384", "SHA-512": "sha512"}
RANGE_LIMIT = 1_000
"""Items that `$range` gives at most, as States.ArrayRange does."""


def partition(scope: ExpressionScope, items: Any, size: Any) -> Value:
    """`$partition(array, size)`: chunks of `size` items; the last may be shorter."""
    if isinstance(items, Undefined):
        return UNDEFINED
    length = _whole(size, "partition", 2)
    if length < 1:
        raise _mismatch("partition", 2)
    return [items[at : at + length] for at in range(0, len(items), length)]


def range_(scope: ExpressionScope, first: Any, last: Any, step: Any) -> Value:
    """`$range(first, last, step)`: both ends included; a single number stands for itself (recorded)."""
    start, end, delta = (_whole(one, "range", at) for at, one in enumerate((first, last, step), start=1))
    if delta == 0:
        raise _mismatch("range", 3)
    numbers: list[JSON] = list(range(start, end + (1 if delta > 0 else -1), delta)[: RANGE_LIMIT + 1])
    if len(numbers) > RANGE_LIMIT:
        raise JSONataError("D2014", f"The range has more than {RANGE_LIMIT} items")
    if len(numbers) > 1:
        return numbers
    return numbers[0] if numbers else UNDEFINED


def hash_(scope: ExpressionScope, value: Any, algorithm: Any) -> Value:
    """`$hash(value, algorithm)`: in hexadecimal; values other than strings are hashed as JSON text."""
    if isinstance(value, Undefined):
        return UNDEFINED
    name = "SHA-256" if isinstance(algorithm, Undefined) else algorithm
    if name not in _HASHES:
        raise _mismatch("hash", 2)
    text = value if isinstance(value, str) else to_json_text(value)
    return hashlib.new(_HASHES[name], text.encode(), usedforsecurity=False).hexdigest()


def random_(scope: ExpressionScope, seed: Any) -> Value:
    """`$random([seed])`: a number in [0, 1); the same for the same seed."""
    if isinstance(seed, Undefined):
        return scope.draw()
    return int.from_bytes(hashlib.sha256(str(seed).encode()).digest()[:6], "big") / 2**48


def uuid(scope: ExpressionScope) -> Value:
    """`$uuid()`: a version 4 UUID."""
    return scope.draw_uuid()


def parse(scope: ExpressionScope, text: Any) -> Value:
    """`$parse(text)`: the value of JSON text."""
    if isinstance(text, Undefined):
        return UNDEFINED
    try:
        value = from_json_text(text)
    except (ValueError, RecursionError):
        raise JSONataError("D3120", f"The text is not JSON: {to_json_text(text)}") from None
    return 0 if is_number(value) and value == 0 else value  # recorded: -0 comes out as 0


def now(scope: ExpressionScope, picture: Any, timezone: Any) -> Value:
    """`$now([picture, timezone])`: the time at which the expression is evaluated."""
    if isinstance(picture, Undefined) and isinstance(timezone, Undefined):
        return format_timestamp(scope.time)
    from aslrun.expressions.jsonata.repairs import from_millis

    given = [None if isinstance(one, Undefined) else one for one in (picture, timezone)]
    text: str = from_millis(millis(scope), *given)
    return text


def millis(scope: ExpressionScope) -> Value:
    """`$millis()`: the same time, in milliseconds since the epoch."""
    return int(scope.time * 1000)


def _whole(value: Any, function: str, position: int) -> int:
    if isinstance(value, Undefined) or value != int(value):
        raise _mismatch(function, position)
    return int(value)


def _mismatch(function: str, position: int) -> JSONataError:
    return JSONataError(
        "T0410", f'Argument {position} of function "{function}" does not match function signature'
    )


FUNCTIONS: Mapping[str, tuple[str, Callable[..., Value]]] = {
    "partition": ("<an:a>", partition),
    "range": ("<nnn:x>", range_),
    "hash": ("<xs?:s>", hash_),
    "random": ("<n?:n>", random_),
    "uuid": ("<:s>", uuid),
    "parse": ("<s-:x>", parse),
    "now": ("<s?s?:s>", now),
    "millis": ("<:n>", millis),
}
"""Name → (signature in JSONata's notation, function)."""
