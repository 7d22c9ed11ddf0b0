"""The functions that Step Functions adds to JSONata. Documentation: "Transforming data with JSONata",
"Step Functions JSONata functions"; "JSONata as measured on AWS"."""

from __future__ import annotations

import hashlib
import json
import math
import re
from typing import Any

from aslrun.expressions.jsonata.errors import JSONataError
from aslrun.expressions.jsonata.limits import MAX_ITEMS, Run
from aslrun.expressions.jsonata.strings import text_of
from aslrun.expressions.jsonata.values import UNDEFINED, Array, Sequence, Value
from aslrun.values import from_json_text, is_number

_HASHES = {"MD5": "md5", "SHA-1": "sha1", "SHA-256": "sha256", "SHA-384": "sha384", "SHA-512": "sha512"}
_STRINGS = re.compile(r'"(?:[^"\\]|\\.)*"' + r"|'((?:[^'\\]|\\.)*)'", re.DOTALL)


def partition(run: Run, items: Value, size: Value) -> Value:
    """`$partition(array, size)`: chunks of `size` items, the last may be shorter; nothing of an empty array
    or for a size of 0 (measured)."""
    if items is UNDEFINED or not items:
        return UNDEFINED
    length = _whole(size, 2)
    if length < 1:
        return UNDEFINED
    return Array(Array(items[at : at + length]) for at in range(0, len(items), length))


def range_(run: Run, first: Value, last: Value, step: Value) -> Value:
    """`$range(first, last, step)`: both ends included; a single number stands for itself (recorded)."""
    start, end, delta = (_whole(one, at) for at, one in enumerate((first, last, step), start=1))
    if delta == 0:
        raise JSONataError("T0410", index=3)
    numbers = range(start, end + (1 if delta > 0 else -1), delta)
    count = max(0, (numbers.stop - numbers.start + delta - (1 if delta > 0 else -1)) // delta)
    run.check_items(min(count, MAX_ITEMS + 1))
    return Sequence(numbers)


def _whole(value: Value, position: int) -> int:
    """Return a number truncated towards zero (measured)."""
    if value is UNDEFINED or not math.isfinite(value):
        raise JSONataError("T0410", index=position)
    return int(value)


def hash_(run: Run, value: Value, algorithm: Value) -> Value:
    """`$hash(value, algorithm)`: in hexadecimal; values other than strings are hashed as JSON text."""
    if value is UNDEFINED:
        return UNDEFINED
    name = "SHA-256" if algorithm is UNDEFINED else algorithm
    if name not in _HASHES:
        raise JSONataError("T0410", index=2)
    text = text_of(value)
    # Java writes half a character as a question mark.
    return hashlib.new(_HASHES[name], text.encode("utf-8", "replace"), usedforsecurity=False).hexdigest()


def random_(run: Run, seed: Value) -> Value:
    """`$random([seed])`: a number in [0, 1); of a seed, Java's `new Random(seed).nextDouble()` (measured)."""
    if seed is UNDEFINED:
        return run.scope.draw()
    if not math.isfinite(seed):
        raise JSONataError("T0410", index=1)
    mask, factor = 2**48 - 1, 0x5DEECE66D
    state = (math.trunc(seed) ^ factor) & mask
    high = state = (state * factor + 0xB) & mask
    low = (state * factor + 0xB) & mask
    return ((high >> 22 << 27) + (low >> 21)) / 2**53


def uuid(run: Run) -> Value:
    """`$uuid()`: a version 4 UUID."""
    return run.scope.draw_uuid()


def parse(run: Run, text: Value) -> Value:
    """`$parse(text)`: the value of JSON text; single quotes will do, keys may not repeat (measured)."""
    if text is UNDEFINED:
        return UNDEFINED
    run.spend(len(text) // 16)
    try:
        written = _STRINGS.sub(_with_double_quotes, text) if "'" in text else text
        json.loads(written, object_pairs_hook=_refuse_repeated)
        value = from_json_text(written)
    except (ValueError, RecursionError):
        raise JSONataError("D3120", value=text) from None
    return 0 if is_number(value) and value == 0 else value  # recorded: -0 comes out as 0


def _with_double_quotes(found: re.Match[str]) -> str:
    inner = found[1]
    if inner is None:
        return found[0]
    return '"' + inner.replace("\\'", "'").replace('"', '\\"') + '"'


def _refuse_repeated(pairs: list[tuple[str, Any]]) -> None:
    if len({key for key, _ in pairs}) != len(pairs):
        raise ValueError("a key is repeated")
