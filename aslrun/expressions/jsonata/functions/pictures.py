"""`$formatNumber`: numbers by a decimal picture. Sources: XPath F&O 3.1, 4.7, as JSONata 2.0.6 follows it.

Of several things wrong with a picture the last one is told, as on AWS (measured).
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

from aslrun.expressions.jsonata.errors import JSONataError
from aslrun.expressions.jsonata.functions.numeric import rounded
from aslrun.expressions.jsonata.limits import Run
from aslrun.expressions.jsonata.numbers import Number, double, normal
from aslrun.expressions.jsonata.values import UNDEFINED, Value

_MARKS = {
    "decimal-separator": ".",
    "grouping-separator": ",",
    "exponent-separator": "e",
    "infinity": "Infinity",
    "minus-sign": "-",
    "NaN": "NaN",
    "percent": "%",
    "per-mille": "\u2030",
    "zero-digit": "0",
    "digit": "#",
    "pattern-separator": ";",
}
MAX_PLACES = 100
"""Decimal places at most, as JavaScript writes them."""


def format_number(run: Run, value: Value, picture: Value, options: Value) -> Value:
    """`$formatNumber(number, picture[, options])`."""
    if value is UNDEFINED or picture is UNDEFINED:
        return UNDEFINED
    run.check_text(len(picture))
    marks = dict(_MARKS)
    if options is not UNDEFINED:
        marks.update({name: mark for name, mark in options.items() if isinstance(mark, str)})
    symbols = Symbols(marks)
    written = picture.split(marks["pattern-separator"]) if marks["pattern-separator"] else [picture]
    if len(written) > 2:
        raise JSONataError("D3080")
    parts = [SubPicture.read(one, symbols) for one in written]
    for part in parts:
        part.check(symbols)
    is_negative = not value >= 0
    part = parts[-1] if is_negative else parts[0]
    prefix = marks["minus-sign"] + part.prefix if is_negative and len(parts) == 1 else part.prefix
    if not math.isfinite(value):
        return prefix + marks["NaN" if value != value else "infinity"] + part.suffix
    return prefix + _formatted(value, part, Sizes.of(part, symbols), symbols) + part.suffix


class Symbols:
    """The characters that mean something in a picture."""

    def __init__(self, marks: dict[str, str]) -> None:
        self.marks = marks
        zero = ord((marks["zero-digit"] or "0")[0])
        self.digits = [chr(min(zero + at, 0x10FFFF)) for at in range(10)]
        self.decimal = marks["decimal-separator"]
        self.grouping = marks["grouping-separator"]
        self.exponent = marks["exponent-separator"]
        self.optional = marks["digit"]
        self.active = {*self.digits, self.decimal, self.exponent, self.grouping, self.optional}
        self.active.add(marks["pattern-separator"])

    def count_digits(self, text: str, with_optional: bool = False) -> int:
        return sum(char in self.digits or (with_optional and char == self.optional) for char in text)

    def localized(self, digits: str) -> str:
        """Return digits in the picture's own."""
        return "".join(self.digits[ord(char) - 48] if "0" <= char <= "9" else char for char in digits)


@dataclass(frozen=True, slots=True)
class SubPicture:
    """A picture of positive or of negative numbers, taken apart."""

    text: str
    prefix: str
    suffix: str
    active: str
    mantissa: str
    exponent: str | None
    integer: str
    fraction: str

    @classmethod
    def read(cls, text: str, symbols: Symbols) -> SubPicture:
        places = [at for at, char in enumerate(text) if char in symbols.active and char != symbols.exponent]
        prefix, suffix = (text[: places[0]], text[places[-1] + 1 :]) if places else ("", "")
        active = text[len(prefix) : len(text) - len(suffix)]
        at = text.find(symbols.exponent, len(prefix)) if symbols.exponent else -1
        if at < 0 or at > len(text) - len(suffix):
            mantissa, exponent = active, None
        else:
            mantissa, exponent = active[:at], active[at + 1 :]
        integer, point, fraction = mantissa.partition(symbols.decimal)
        # Without a point what follows the active part counts as the fraction, as in JSONata 2.0.6.
        return cls(text, prefix, suffix, active, mantissa, exponent, integer, fraction if point else suffix)

    def check(self, symbols: Symbols) -> None:
        """Raise the last of the errors in the picture."""
        codes = list(self.errors(symbols))
        if codes:
            raise JSONataError(codes[-1])

    def errors(self, symbols: Symbols) -> Iterator[str]:
        text, marks = self.text, symbols.marks
        percent, per_mille = marks["percent"], marks["per-mille"]
        point = text.find(symbols.decimal)
        for mark, code in ((symbols.decimal, "D3081"), (percent, "D3082"), (per_mille, "D3083")):
            if text.find(mark) != text.rfind(mark):
                yield code
        if percent in text and per_mille in text:
            yield "D3084"
        if not symbols.count_digits(self.mantissa, True):
            yield "D3085"
        if any(char not in symbols.active for char in self.active):
            yield "D3086"
        if point >= 0:
            if symbols.grouping in (text[max(point - 1, 0) : point], text[point + 1 : point + 2]):
                yield "D3087"
        elif self.integer.endswith(symbols.grouping):
            yield "D3088"
        if symbols.grouping * 2 in text:
            yield "D3089"
        before, optional, _ = self.integer.partition(symbols.optional)
        if optional and symbols.count_digits(before):
            yield "D3090"
        _, optional, after = self.fraction.rpartition(symbols.optional)
        if optional and symbols.count_digits(after):
            yield "D3091"
        if self.exponent and (percent in text or per_mille in text):
            yield "D3092"
        exponent = self.exponent
        if exponent is not None and not 0 < len(exponent) == symbols.count_digits(exponent):
            yield "D3093"


@dataclass(frozen=True, slots=True)
class Sizes:
    """How many digits the parts of a number have, and where they are grouped."""

    groups: list[int]
    regular: int
    fraction_groups: list[int]
    least_integer: int
    scale: int
    least_fraction: int
    most_fraction: int
    least_exponent: int

    @classmethod
    def of(cls, part: SubPicture, symbols: Symbols) -> Sizes:
        groups = list(_groups(part, part.integer, False, symbols))
        least_integer = scale = symbols.count_digits(part.integer)
        least_fraction = symbols.count_digits(part.fraction)
        most_fraction = symbols.count_digits(part.fraction, True)
        has_exponent = part.exponent is not None
        if least_integer == 0 and most_fraction == 0:
            if has_exponent:
                least_fraction = most_fraction = 1
            else:
                least_integer = 1
        if has_exponent and least_integer == 0 and symbols.optional in part.integer:
            least_integer = 1
        if least_integer == 0 and least_fraction == 0:
            least_fraction = 1
        fraction_groups = list(_groups(part, part.fraction, True, symbols))
        least_exponent = symbols.count_digits(part.exponent or "")
        return cls(
            groups, regular_distance(groups), fraction_groups,
            least_integer, scale, least_fraction, most_fraction, least_exponent,
        )  # fmt: skip


def _groups(part: SubPicture, text: str, is_left: bool, symbols: Symbols) -> Iterator[int]:
    at = text.find(symbols.grouping)
    while at >= 0:
        yield symbols.count_digits(text[:at] if is_left else text[at:], True)
        # JSONata 2.0.6 looks for the next one in the integer part, whichever part this is.
        at = part.integer.find(symbols.grouping, at + 1)


def regular_distance(places: list[int]) -> int:
    """Return the distance at which separators stand if it is the same all along, else 0."""
    if not places:
        return 0
    distance = math.gcd(*places)
    wanted = {distance * number for number in range(1, len(places) + 1)}
    return distance if wanted <= set(places) else 0


def _formatted(value: Number, part: SubPicture, sizes: Sizes, symbols: Symbols) -> str:
    marks = symbols.marks
    factor = 100 if marks["percent"] in part.text else 1000 if marks["per-mille"] in part.text else 1
    number, exponent = abs(double(value)) * factor, 0
    if sizes.least_exponent and number:
        while number < 10.0 ** (sizes.scale - 1):
            number, exponent = number * 10, exponent - 1
        while number > 10.0**sizes.scale:
            number, exponent = number / 10, exponent + 1
    places = min(sizes.most_fraction, MAX_PLACES)
    text = f"{double(rounded(normal(number), places)):.{places}f}"
    integer, _, fraction = text.partition(".")
    integer = integer.lstrip("0").rjust(sizes.least_integer, "0")
    fraction = fraction.rstrip("0").ljust(sizes.least_fraction, "0")
    integer = _grouped(symbols.localized(integer), sizes, symbols.grouping)
    fraction = _grouped_fraction(symbols.localized(fraction), sizes, symbols.grouping)
    text = integer + (symbols.decimal + fraction if fraction and symbols.decimal in part.text else fraction)
    if sizes.least_exponent:
        digits = symbols.localized(str(abs(exponent)).rjust(sizes.least_exponent, "0"))
        text += symbols.exponent + (marks["minus-sign"] if exponent < 0 else "") + digits
    return text


def _grouped(integer: str, sizes: Sizes, separator: str) -> str:
    if sizes.regular:
        distance = sizes.regular
        first = len(integer) % distance
        parts = [integer[:first]] if first else []
        parts += [integer[at : at + distance] for at in range(first, len(integer), distance)]
        return separator.join(parts)
    length = len(integer)
    for place in sizes.groups:
        at = length - place  # counted from the end again where the number is shorter than its picture
        integer = integer[:at] + separator + integer[at:]
        length += 1
    return integer


def _grouped_fraction(fraction: str, sizes: Sizes, separator: str) -> str:
    for place in sizes.fraction_groups:
        fraction = fraction[:place] + separator + fraction[place:]
    return fraction
