"""The functions that Step Functions adds to JSONata, and those that look at time and chance.

Documentation: "Transforming data with JSONata", "Step Functions JSONata functions". Each is called with the
scope and its arguments; an argument that is absent or finds nothing is UNDEFINED.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from aslrun.expressions import ExpressionScope
from aslrun.expressions.jsonata import UNDEFINED, JSONataError, Undefined
from aslrun.values import JSON, from_json_text, is_number

Argument: TypeAlias = "JSON | Undefined"

_HASHES = {"MD5": "md5", "SHA-1": "sha1", "SHA-256": "sha256", "SHA-384": "sha384", "SHA-512": "sha512"}
RANGE_LIMIT = 1_000
"""Items that `$range` gives at most, as States.ArrayRange does."""


def partition(scope: ExpressionScope, items: Argument = UNDEFINED, size: Argument = UNDEFINED) -> Argument:
    """`$partition(array, size)`: chunks of `size` items; the last may be shorter."""
    if isinstance(items, Undefined):
        return UNDEFINED
    _demand(isinstance(items, list), "partition", 1)
    length = _integer(size, "partition", 2)
    _demand(length > 0, "partition", 2)
    assert isinstance(items, list)
    return [items[at : at + length] for at in range(0, len(items), length)]


def range_(
    scope: ExpressionScope,
    first: Argument = UNDEFINED,
    last: Argument = UNDEFINED,
    step: Argument = UNDEFINED,
) -> Argument:
    """`$range(first, last, step)`: both ends included; a single number stands for itself (recorded)."""
    start, end, delta = (_integer(one, "range", at) for at, one in enumerate((first, last, step), start=1))
    _demand(delta != 0, "range", 3)
    numbers: list[JSON] = list(range(start, end + (1 if delta > 0 else -1), delta)[: RANGE_LIMIT + 1])
    if len(numbers) > RANGE_LIMIT:
        raise JSONataError("D2014", f"The range has more than {RANGE_LIMIT} items")
    return _singleton(numbers)


def hash_(scope: ExpressionScope, value: Argument = UNDEFINED, algorithm: Argument = UNDEFINED) -> Argument:
    """`$hash(value, algorithm)`: in hexadecimal; values other than strings are hashed as JSON text."""
    if isinstance(value, Undefined):
        return UNDEFINED
    name = "SHA-256" if isinstance(algorithm, Undefined) else algorithm
    _demand(isinstance(name, str) and name in _HASHES, "hash", 2)
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return hashlib.new(_HASHES[str(name)], text.encode(), usedforsecurity=False).hexdigest()


def random_(scope: ExpressionScope, seed: Argument = UNDEFINED) -> Argument:
    """`$random([seed])`: a number in [0, 1); the same for the same seed."""
    if isinstance(seed, Undefined):
        return scope.draw()
    _demand(is_number(seed), "random", 1)
    return int.from_bytes(hashlib.sha256(str(seed).encode()).digest()[:6]) / 2**48


def uuid(scope: ExpressionScope) -> Argument:
    """`$uuid()`: a version 4 UUID."""
    return scope.draw_uuid()


def parse(scope: ExpressionScope, text: Argument = UNDEFINED) -> Argument:
    """`$parse(text)`: the value of JSON text."""
    if isinstance(text, Undefined):
        return UNDEFINED
    _demand(isinstance(text, str), "parse", 1)
    try:
        value = from_json_text(str(text))
    except (ValueError, RecursionError):
        raise JSONataError("D3120", f'Unable to parse the text as JSON: "{text}"') from None
    # A whole number loses its sign and its fraction, as all numbers do in JSONata (recorded: -0).
    return 0 if is_number(value) and value == 0 else value


def now(scope: ExpressionScope, picture: Argument = UNDEFINED, timezone: Argument = UNDEFINED) -> Argument:
    """`$now([picture, timezone])`: the time at which the state was resumed."""
    from aslrun.expressions.jsonata_library import format_millis

    given = [None if isinstance(one, Undefined) else str(one) for one in (picture, timezone)]
    return format_millis(_millis(scope), *given)


def millis(scope: ExpressionScope) -> Argument:
    """`$millis()`: the same time, in milliseconds since the epoch."""
    return _millis(scope)


def _millis(scope: ExpressionScope) -> int:
    return int(scope.time * 1000)


def _integer(value: Argument, function: str, position: int) -> int:
    _demand(is_number(value) and value == int(value), function, position)  # type: ignore[arg-type]
    return int(value)  # type: ignore[arg-type]


def _demand(holds: bool, function: str, position: int) -> None:
    if not holds:
        raise JSONataError(
            "T0410", f'Argument {position} of function "{function}" does not match function signature'
        )


def _singleton(items: list[JSON]) -> Argument:
    if len(items) > 1:
        return items
    return items[0] if items else UNDEFINED


FUNCTIONS: Mapping[str, Callable[..., Any]] = {
    "partition": partition,
    "range": range_,
    "hash": hash_,
    "random": random_,
    "uuid": uuid,
    "parse": parse,
    "now": now,
    "millis": millis,
}
