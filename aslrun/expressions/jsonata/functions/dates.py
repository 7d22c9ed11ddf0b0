"""Dates: `$fromMillis`, `$toMillis`, `$now`, `$millis`.

Source: JSONata 2.0.6; the clock is the execution's.
"""

from __future__ import annotations

import math
import re
from functools import lru_cache

from aslrun.expressions.jsonata.errors import InternalFailure, JSONataError
from aslrun.expressions.jsonata.functions import integers
from aslrun.expressions.jsonata.functions.calendar import DAY, LIMIT, Moment, days_from_civil
from aslrun.expressions.jsonata.functions.date_pictures import ISO, NUMBERS, Part, read_date_picture
from aslrun.expressions.jsonata.limits import Run
from aslrun.expressions.jsonata.numbers import Number, normal
from aslrun.expressions.jsonata.values import UNDEFINED, Value
from aslrun.timestamps import format_timestamp

_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
    "November", "December",
)  # fmt: skip
_DATE, _TIME = "YXMxWwdD", "PHhmsf"
_DAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
_ISO_TEXT = re.compile(
    r"([0-9]{4})(?:-([01][0-9])(?:-([0-3][0-9]))?)?"
    r"(?:T([0-2][0-9]):([0-5][0-9]):([0-5][0-9])(\.[0-9]+)?([+-][0-2][0-9]:?[0-5][0-9]|Z)?|Z)?"
)


def now(run: Run, picture: Value, timezone: Value) -> Value:
    """`$now([picture[, timezone]])`: the time at which the expression is evaluated."""
    if picture is UNDEFINED and timezone is UNDEFINED:
        return format_timestamp(run.scope.time)
    return from_millis(run, millis(run), picture, timezone)


def millis(run: Run) -> int:
    """`$millis()`: the same time, in milliseconds since the epoch."""
    return int(run.scope.time * 1000)


def from_millis(run: Run, value: Value, picture: Value, timezone: Value) -> Value:
    """`$fromMillis(number[, picture[, timezone]])`."""
    if value is UNDEFINED:
        return UNDEFINED
    run.check_text(64 if picture is UNDEFINED else len(picture) * 8)
    parts = read_date_picture(ISO if picture is UNDEFINED else picture)
    hours, minutes = 0, 0
    if timezone is not UNDEFINED:
        found = re.match(r"\s*([+-]?[0-9]{1,9})", timezone)
        if found is None:
            raise InternalFailure(run.scope.draw_uuid())
        offset = int(found[1])
        # Also `+05:30` is read as 5, and hours are rounded down, as in JSONata 2.0.6.
        hours, minutes = offset // 100, int(math.fmod(offset, 100))
    moved = value + (hours * 60 + minutes) * 60_000
    if not abs(moved) <= LIMIT:
        raise InternalFailure(run.scope.draw_uuid())
    moment = Moment(math.trunc(moved))
    return "".join(_text_of(part, moment, hours, minutes) for part in parts)


def _text_of(part: Part, moment: Moment, hours: int, minutes: int) -> str:
    component = part.component
    if not component:
        return part.text
    if component in "Zz":
        return _text_of_zone(part, hours, minutes)
    if component == "P":
        text = "pm" if moment.is_afternoon else "am"
        return text.upper() if part.case == "upper" else text
    if component in "CE":
        return "ISO"
    value = moment.component(component)
    if part.case:
        return _name(part, value)
    assert part.number is not None
    if component == "Y" and part.width >= 0:
        value = int(math.fmod(value, 10**part.width))
    return integers.written(value, part.number)


def _name(part: Part, value: int) -> str:
    names = {"M": _MONTHS, "x": _MONTHS, "F": _DAYS}.get(part.component)
    if names is None:
        raise JSONataError("D3133", value=part.component)
    name = names[value - 1]
    name = name.upper() if part.case == "upper" else name.lower() if part.case == "lower" else name
    return name[: part.most] if part.most is not None else name


def _text_of_zone(part: Part, hours: int, minutes: int) -> str:
    offset = hours * 100 + minutes
    if offset == 0 and part.is_traditional:
        return "Z"
    number = part.number
    if number is None:
        raise JSONataError("D3134", value=0)
    if number.distance or number.digits in (3, 4):
        text = integers.written(offset, number)
    elif number.digits in (1, 2):
        text = integers.written(hours, number)
        if minutes:
            text += ":" + integers.written(minutes, integers.read_picture("00"))
    else:
        raise JSONataError("D3134", value=number.digits)
    return ("GMT" if part.component == "z" else "") + ("+" if offset >= 0 else "") + text


# ---------------------------------------------------------------- reading


def to_millis(run: Run, text: Value, picture: Value) -> Value:
    """`$toMillis(text[, picture])`: ISO 8601 without a picture; what a picture leaves out is as it is now."""
    if text is UNDEFINED:
        return UNDEFINED
    run.check_text(len(text))
    return _read_iso(text) if picture is UNDEFINED else _read_by_picture(run, text, picture)


def _read_iso(text: str) -> Number:
    found = _ISO_TEXT.fullmatch(text)
    if found is None:
        raise JSONataError("D3110", value=text)
    year, month, day, hour, minute, second, fraction, zone = found.groups()
    date = int(year), int(month or 1), int(day or 1)
    if not (1 <= date[1] <= 12 and 1 <= date[2] <= 31) or int(hour or 0) > 24:
        raise JSONataError("D3110", value=text)
    time = (int(hour or 0) * 60 + int(minute or 0)) * 60 + int(second or 0)
    total = days_from_civil(*date) * DAY + time * 1000 + int(((fraction or ".")[1:] + "000")[:3])
    if zone and zone != "Z":
        away = int(zone[1:3]) * 60 + int(zone[-2:])
        total -= away * 60_000 * (-1 if zone[0] == "-" else 1)
    return total


def _read_by_picture(run: Run, text: str, picture: str) -> Value:
    found = _pattern(picture).fullmatch(text)
    if found is None:
        return UNDEFINED
    read: dict[str, Number | None] = {}
    for part, written in zip(read_date_picture(picture), found.groups(), strict=True):
        if part.component:
            read[part.component] = _read_part(part, written)
    if not read:
        return UNDEFINED
    return _moment_of(run, read)


@lru_cache(maxsize=256)
def _pattern(picture: str) -> re.Pattern[str]:
    parts = (f"({_pattern_of(part)})" for part in read_date_picture(picture))
    return re.compile("".join(parts), re.IGNORECASE | re.ASCII)


def _pattern_of(part: Part) -> str:
    if not part.component:
        return re.escape(part.text)
    if part.component in "Zz":
        separator = part.number.separators[0][1] if part.number and part.number.distance else ""
        minutes = re.escape(separator) + "[0-9]+" if separator else ""
        return ("GMT" if part.component == "z" else "") + "[-+][0-9]+" + minutes
    if part.number is not None:
        return integers.pattern_of(part.number, part.width)
    if part.component not in "MxFP":
        raise JSONataError("D3133", value=part.component)
    return "[a-zA-Z]+"


def _read_part(part: Part, text: str) -> Number | None:
    if part.component in "Zz":
        return _read_zone(part, text[3:] if part.component == "z" else text)
    if part.number is not None:
        value = integers.read(text, part.number)
        return value if value == value else None
    if part.component == "P":
        return {"am": 0, "AM": 0, "pm": 1, "PM": 1}.get(text)
    names = _DAYS if part.component == "F" else _MONTHS
    short = [name[: part.most] if part.most else name for name in names]
    return short.index(text) + 1 if text in short else None


def _read_zone(part: Part, text: str) -> int:
    separator = part.number.separators[0][1] if part.number and part.number.distance else ""
    if separator:
        hours, _, minutes = text.partition(separator)
    else:
        hours, minutes = (text, "") if len(text) <= 3 else (text[:3], text[3:])
    return int(hours) * 60 + int(minutes or 0)


def _moment_of(run: Run, read: dict[str, Number | None]) -> Value:
    """Return the moment that components say, filled up from now before the first, from the start behind."""
    by_day_of_year = _is_within(_DATE, "Yd", read) and not _is_within(_DATE, "YMD", read)
    by_week = _is_within(_DATE, "Xxw", read) or _is_within(_DATE, "XW", read)
    by_half_days = _is_within(_TIME, "Phmsf", read) and not _is_within(_TIME, "Hmsf", read)
    date = "Yd" if by_day_of_year else "XxwF" if by_week else "YMD"
    _fill(run, read, date + ("Phmsf" if by_half_days else "Hmsf"))
    if by_week:
        raise JSONataError("D3136")
    values = {letter: int(value or 0) for letter, value in read.items()}
    year = values.get("Y", 0)
    year += 1900 if 0 <= year <= 99 else 0
    day = (1, values["d"]) if by_day_of_year else (max(values.get("M", 1), 1), values.get("D", 1))
    hour = values.get("H", 0)
    if by_half_days:
        hour = (0 if values["h"] == 12 else values["h"]) + 12 * (read["P"] == 1)
    if abs(year) > 300_000:
        raise InternalFailure(run.scope.draw_uuid())
    seconds = (hour * 60 + values.get("m", 0)) * 60 + values.get("s", 0)
    total = days_from_civil(year, *day) * DAY + seconds * 1000 + values.get("f", 0)
    return normal(float(total - (values.get("Z") or values.get("z") or 0) * 60_000))


def _is_within(letters: str, allowed: str, read: dict[str, Number | None]) -> bool:
    """Tell whether some of the letters are read, and none but the allowed ones."""
    present = {letter for letter in letters if read.get(letter)}
    return bool(present) and present <= set(allowed)


def _fill(run: Run, read: dict[str, Number | None], letters: str) -> None:
    moment = Moment(millis(run))
    has_begun = has_ended = False
    for letter in letters:
        if read.get(letter) is not None:
            has_begun = True
            if has_ended:
                raise JSONataError("D3136")
        elif has_begun:
            read[letter] = 1 if letter in "MDd" else 0
            has_ended = True
        elif letter in NUMBERS:
            read[letter] = moment.component(letter)
        else:
            read[letter] = int(moment.is_afternoon)
