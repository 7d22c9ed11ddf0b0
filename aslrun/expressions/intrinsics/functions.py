"""The 18 intrinsic functions themselves. Documentation: "Intrinsic functions"; results as recorded.

Where no recording says what happens, what users measured on the service decides: fractions are cut off
but for MathAdd, which rounds; ArrayContains compares texts; ArrayUnique gives a Java hash set; Base64 is
decoded leniently.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from aslrun.expressions import ExpressionScope
from aslrun.expressions.java import distinct, json_text, text_of
from aslrun.values import JSON, from_json_text, is_number, to_json_text

MAX_TEXT = 10_000
"""Characters that Hash, Base64Encode and Base64Decode take."""
MAX_RANGE = 1_000
"""Elements that ArrayRange may make."""
INTEGERS = range(-(2**31), 2**31)
"""What MathAdd adds, and what the sum may be."""


class InvalidArguments(Exception):
    """What a function has to say of its arguments."""


class InvalidTemplate(InvalidArguments):
    """A template of Format with a brace that has no partner."""


@dataclass(frozen=True, slots=True)
class Intrinsic:
    """A function of the states language: how many arguments it takes, and what it does with them.

    `call` gets the arguments' values; with `draws`, the scope before them. `kinds` names the JSON kinds
    that literal arguments must have, by position, so that a wrong one is told before a run. With
    `is_template` the first argument keeps its escapes, which the function reads.
    """

    call: Callable[..., JSON]
    least: int
    most: int | None
    kinds: tuple[str, ...] = ()
    draws: bool = False
    is_template: bool = False


# ---------------------------------------------------------------- what arguments must be

KINDS: Mapping[str, Callable[[JSON], bool]] = {
    "any": lambda value: True,
    "a string": lambda value: isinstance(value, str),
    "an array": lambda value: isinstance(value, list),
    "an object": lambda value: isinstance(value, dict),
    "a number": is_number,
    "false": lambda value: value is False,
}


def _need(value: JSON, kind: str, what: str) -> Any:
    if not KINDS[kind](value):
        raise InvalidArguments(f"{what} must be {kind}, not {to_json_text(value)[:100]}")
    return value


def _need_short(text: JSON, what: str) -> str:
    checked: str = _need(text, "a string", what)
    if len(checked) > MAX_TEXT:
        raise InvalidArguments(f"{what} must have at most {MAX_TEXT} characters")
    return checked


def _cut(value: JSON, what: str) -> int:
    """Return a number without its fraction (measured: 2.6 → 2, -0.6 → 0)."""
    return int(_need(value, "a number", what))


# ---------------------------------------------------------------- texts

_TOKEN = re.compile(r"\\([{}\\])|\{\}|[{}]")


def _format(template: JSON, *arguments: JSON) -> JSON:
    parts, end, places = list[str](), 0, list(reversed(arguments))
    text: str = _need(template, "a string", "the template")
    for token in _TOKEN.finditer(text):
        parts.append(text[end : token.start()])
        parts.append(token[1] or _filled(token[0], places))
        end = token.end()
    if places:
        raise InvalidArguments(_COUNT)
    return "".join([*parts, text[end:]])


_COUNT = "number of arguments do not match the occurrences of {}."


def _filled(place: str, arguments: list[JSON]) -> str:
    if place != "{}":
        partner = "}" if place == "{" else "{"
        raise InvalidTemplate(f"matching '{partner}' not found for '{place}'.")
    if not arguments:
        raise InvalidArguments(_COUNT)
    return text_of(arguments.pop())


def _string_to_json(text: JSON) -> JSON:
    json: str = _need(text, "a string", "the argument")
    try:
        return from_json_text(json) if json.strip() else None
    except (ValueError, RecursionError):
        raise InvalidArguments(f"the text is not JSON: {json[:100]}") from None


def _string_split(text: JSON, delimiters: JSON) -> JSON:
    whole: str = _need(text, "a string", "the text")
    characters: str = _need(delimiters, "a string", "the delimiters")
    # Each character is a delimiter, and empty parts are dropped (recorded).
    parts = re.split(f"[{re.escape(characters)}]", whole) if characters else [whole]
    return [part for part in parts if part]


def _base64_encode(text: JSON) -> JSON:
    import base64

    return base64.b64encode(_need_short(text, "the text").encode("utf-8", "surrogatepass")).decode("ascii")


_NO_BASE64 = re.compile("[^A-Za-z0-9+/]")


def _base64_decode(text: JSON) -> JSON:
    """Decode what is Base64 in a text, up to the first `=`; nothing is an error."""
    digits = _need_short(text, "the text").partition("=")[0].translate({ord("-"): "+", ord("_"): "/"})
    digits = _NO_BASE64.sub("", digits)
    whole = digits[: -1 if len(digits) % 4 == 1 else None]
    import base64

    return base64.b64decode(whole + "=" * (-len(whole) % 4)).decode("utf-8", "replace")


HASHES = {"MD5": "md5", "SHA-1": "sha1", "SHA-256": "sha256", "SHA-384": "sha384", "SHA-512": "sha512"}


def _hash(data: JSON, algorithm: JSON) -> JSON:
    text = _need_short(data if isinstance(data, str) else json_text(data), "the data")
    name = HASHES.get(algorithm) if isinstance(algorithm, str) else None
    if name is None:
        raise InvalidArguments(f"the algorithm must be one of {', '.join(HASHES)}")
    import hashlib  # 7 ms, for one function

    return hashlib.new(name, text.encode("utf-8", "surrogatepass"), usedforsecurity=False).hexdigest()


# ---------------------------------------------------------------- arrays and objects


def _array(*values: JSON) -> JSON:
    return list(values)


def _array_partition(array: JSON, size: JSON) -> JSON:
    values: list[JSON] = _need(array, "an array", "the first argument")
    step = _cut(size, "the chunk size")
    if step <= 0:
        raise InvalidArguments("the chunk size must be a positive integer")
    return [values[at : at + step] for at in range(0, len(values), step)]


def _array_contains(array: JSON, value: JSON) -> JSON:
    wanted, is_plain = _text_to_compare(value), not isinstance(value, (dict, list))
    return any(
        _text_to_compare(one) == wanted and isinstance(one, (dict, list)) is not is_plain
        for one in _need(array, "an array", "the first argument")
    )


def _text_to_compare(value: JSON) -> str:
    """Return the text that a value is found by: `"1"` is 1, `"true"` true; 1.0 is 1; keys have an order."""
    if isinstance(value, str):
        return value
    return json_text(int(value) if isinstance(value, float) and value.is_integer() else value)


def _array_range(first: JSON, last: JSON, step: JSON) -> JSON:
    start, end, by = (_cut(value, "an argument") for value in (first, last, step))
    if by == 0:
        raise InvalidArguments("the increment must not be 0")
    count = max(0, (end - start) // by + 1)
    if count > MAX_RANGE:
        raise InvalidArguments(f"the array must have at most {MAX_RANGE} elements, not {count}")
    return list(range(start, start + count * by, by))


def _array_get_item(array: JSON, index: JSON) -> JSON:
    values: list[JSON] = _need(array, "an array", "the first argument")
    at = _cut(index, "the index")
    if not values:
        return None  # measured; of any other array the same is an error
    if not 0 <= at < len(values):
        raise InvalidArguments(f"the index {at} is out of the array's {len(values)} elements")
    return values[at]


def _length(array: JSON) -> JSON:
    return len(_need(array, "an array", "the argument"))


def _array_unique(array: JSON) -> JSON:
    return distinct(_need(array, "an array", "the argument"))


def _json_merge(first: JSON, second: JSON, deep: JSON) -> JSON:
    if deep is True:
        raise InvalidArguments("only the shallow merge is supported: the third argument must be false")
    one: dict[str, JSON] = _need(first, "an object", "the first argument")
    two: dict[str, JSON] = _need(second, "an object", "the second argument")
    return {**one, **two}


# ---------------------------------------------------------------- numbers


def round_half_up(number: float) -> int:
    """Round to the nearest integer, halves towards +infinity (recorded: -1.5 → -1, 2.5 → 3)."""
    return number if isinstance(number, int) else math.floor(number + 0.5)


def _math_add(first: JSON, second: JSON) -> JSON:
    if type(first) is not int or type(second) is not int:
        first = round_half_up(_need(first, "a number", "the first argument"))
        second = round_half_up(_need(second, "a number", "the second argument"))
    total = first + second
    if first not in INTEGERS or second not in INTEGERS or total not in INTEGERS:
        raise InvalidArguments(f"{first} + {second} takes more than 32 bits")
    return total


def _math_random(scope: ExpressionScope, start: JSON, end: JSON, *seeds: JSON) -> JSON:
    low, high = _cut(start, "the start"), _cut(end, "the end")
    if low >= high:
        raise InvalidArguments("the start must be less than the end")
    fraction = _fraction_of(_need(seeds[0], "a number", "the seed")) if seeds else scope.draw()
    return low + int(fraction * (high - low))


def _fraction_of(seed: float) -> float:
    """Return a number in [0, 1) that is the same for the same seed."""
    import hashlib

    digest = hashlib.sha256(repr(seed).encode("ascii")).digest()
    return int.from_bytes(digest[:6], "big") / 2**48


def _uuid(scope: ExpressionScope) -> JSON:
    return scope.draw_uuid()


INTRINSICS: Mapping[str, Intrinsic] = {
    "States.Format": Intrinsic(_format, 1, None, ("a string",), is_template=True),
    "States.StringToJson": Intrinsic(_string_to_json, 1, 1, ("a string",)),
    "States.JsonToString": Intrinsic(json_text, 1, 1),
    "States.Array": Intrinsic(_array, 0, None),
    "States.ArrayPartition": Intrinsic(_array_partition, 2, 2, ("an array", "a number")),
    "States.ArrayContains": Intrinsic(_array_contains, 2, 2, ("an array",)),
    "States.ArrayRange": Intrinsic(_array_range, 3, 3, ("a number",) * 3),
    "States.ArrayGetItem": Intrinsic(_array_get_item, 2, 2, ("an array", "a number")),
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
