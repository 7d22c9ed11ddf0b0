"""What shows of Java in the service's results: how it writes numbers and objects, and a hash set's order.

The rules are those of Double.toString, AbstractMap.toString and HashSet; the results as recorded, and as
users measured them.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable
from functools import reduce

from aslrun.values import JSON, to_json_text

LEAST_BUCKETS = 16
"""Buckets of a small HashSet; there are always a power of two."""


def text_of_number(number: float) -> str:
    """Return a JSON number as Java writes it: `12`, `1.5`, `1.0E10`."""
    if isinstance(number, int) or number == 0 or 1e-3 <= abs(number) < 1e7:
        return repr(number)
    from decimal import Decimal

    sign, digits, exponent = Decimal(repr(number)).as_tuple()
    assert isinstance(exponent, int)
    text = "".join(map(str, digits)).rstrip("0")
    return f"{'-' if sign else ''}{text[0]}.{text[1:] or '0'}E{len(digits) - 1 + exponent}"


def text_of(value: JSON) -> str:
    """Return a value as Java shows it, which is how the service formats objects: `{Id=1, Name=x}`."""
    if isinstance(value, str):
        return value
    if isinstance(value, dict):
        return "{" + ", ".join(f"{name}={text_of(part)}" for name, part in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(text_of, value)) + "]"
    return json_text(value)


def json_text(value: JSON) -> str:
    """Return a value as compact JSON text, its numbers as Java writes them."""
    if isinstance(value, dict):
        return "{" + ",".join(f"{to_json_text(name)}:{json_text(part)}" for name, part in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(json_text, value)) + "]"
    return text_of_number(value) if isinstance(value, float) else to_json_text(value)


def plain_text(value: JSON) -> str:
    """Return a value as Java shows a JSON node's: a text without quotes, an object or list as JSON text."""
    return json_text(value) if isinstance(value, (dict, list)) else text_of(value)


# ---------------------------------------------------------------- sets


def distinct(values: list[JSON]) -> list[JSON]:
    """Return what a HashSet made of `values` holds, in its order: by bucket, each filled in turn."""
    buckets = LEAST_BUCKETS
    while buckets * 3 < len(values) * 4:
        buckets *= 2
    filled: dict[int, list[JSON]] = {}
    for value in values:
        hash = hash_of(value) & 0xFFFFFFFF
        bucket = filled.setdefault((hash ^ hash >> 16) % buckets, [])
        if not any(is_equal(value, one) for one in bucket):
            bucket.append(value)
    return [value for number in sorted(filled) for value in filled[number]]


def is_equal(left: JSON, right: JSON) -> bool:
    """Tell whether two values are equal to Java: `1`, `1.0` and `true` are three values."""
    if type(left) is not type(right):
        return False
    if isinstance(left, dict):
        assert isinstance(right, dict)
        return left.keys() == right.keys() and all(is_equal(left[name], right[name]) for name in left)
    if isinstance(left, list):
        assert isinstance(right, list)
        return len(left) == len(right) and all(map(is_equal, left, right))
    return left == right


def hash_of(value: JSON) -> int:
    """Return the hashCode of a value, of which the lower 32 bits count."""
    if value is None:
        return 0
    if isinstance(value, bool):
        return 1231 if value else 1237
    if isinstance(value, str):
        units = memoryview(value.encode("utf-16-le", "surrogatepass")).cast("H")
        return _polynomial(units, 0)
    if isinstance(value, list):
        return _polynomial(map(hash_of, value), 1)
    if isinstance(value, dict):
        return sum(hash_of(name) ^ (hash_of(part) & 0xFFFFFFFF) for name, part in value.items())
    return _hash_of_number(value)


def _hash_of_number(number: int | float) -> int:
    if isinstance(number, float):
        (bits,) = struct.unpack(">q", struct.pack(">d", number))
    elif -(2**31) <= number < 2**31:
        return number
    else:
        bits = number
    return int(bits ^ (bits & 0xFFFFFFFFFFFFFFFF) >> 32)


def _polynomial(hashes: Iterable[int], start: int) -> int:
    return reduce(lambda total, hash: (31 * total + hash) & 0xFFFFFFFF, hashes, start)
