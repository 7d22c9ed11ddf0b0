"""Schedule expressions: `rate(5 minutes)`, `cron(0 9 ? * MON-FRI *)`, `at(2026-01-01T09:00:00)`.

Documentation: "Cron expressions", "Rate expressions" (EventBridge), "Schedule types in EventBridge
Scheduler".
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import TypeAlias
from zoneinfo import ZoneInfo

Next: TypeAlias = Callable[[float], "float | None"]
"""(seconds since the epoch) → when it is time again after that; None for never."""

_RATE = re.compile(r"rate\((\d+) (minute|hour|day)(s?)\)")
_SECONDS = {"minute": 60, "hour": 3_600, "day": 86_400}
MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
DAYS = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")
LAST_YEAR = 2199


class ScheduleError(Exception):
    """What is wrong with an expression."""


def read_schedule(text: str, begin: float, zone: str = "UTC") -> Next:
    """Return when it is time by an expression; rates count from `begin`. Raises ScheduleError."""
    if rate := _RATE.fullmatch(text):
        count, plural = int(rate[1]), bool(rate[3])
        if count < 1 or (count == 1) == plural:
            raise ScheduleError(f"'{text}': write rate(1 {rate[2]}) or rate(2 {rate[2]}s)")
        period = count * _SECONDS[rate[2]]
        return lambda after: begin + (max(0, int((after - begin) // period)) + 1) * period
    where = _zone(zone)
    if text.startswith("at(") and text.endswith(")"):
        try:
            moment = datetime.strptime(text[3:-1], "%Y-%m-%dT%H:%M:%S").replace(tzinfo=where).timestamp()
        except ValueError:  # also one with an offset, whose zone is told beside it
            raise ScheduleError(f"'{text}': write at(yyyy-mm-ddThh:mm:ss)") from None
        return lambda after: moment if moment > after else None
    if text.startswith("cron(") and text.endswith(")"):
        cron = Cron(text[5:-1])
        return lambda after: cron.next(after, where)
    raise ScheduleError(f"'{text}' is neither rate(…), cron(…) nor at(…)")


def _zone(name: str) -> tzinfo:
    if name in ("", "UTC"):
        return UTC
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise ScheduleError(f"there is no time zone '{name}'") from None


class Cron:
    """The six fields: minutes, hours, day of the month, month, day of the week, year."""

    def __init__(self, text: str) -> None:
        fields = text.split()
        if len(fields) != 6:
            raise ScheduleError(
                f"cron({text}) has {len(fields)} fields; write minutes hours day month weekday year"
            )
        minutes, hours, day, month, weekday, year = (field.upper() for field in fields)
        if (day == "?") == (weekday == "?"):
            raise ScheduleError(f"cron({text}): one of day and weekday must be ?")
        self.minutes = _numbers(minutes, 0, 59)
        self.hours = _numbers(hours, 0, 23)
        self.months = set(_numbers(month, 1, 12, MONTHS))
        self.years = set(_numbers(year, 1970, LAST_YEAR))
        self.day, self.weekday = day, weekday
        self._days(2024, 1)

    def next(self, after: float, zone: tzinfo) -> float | None:
        """Return when it is time after a moment; None for never."""
        begin = datetime.fromtimestamp(after, zone)
        for year, month in self._months_from(begin.date()):
            for day in self._days(year, month):
                if (year, month, day) < (begin.year, begin.month, begin.day):
                    continue
                for hour in self.hours:
                    for minute in self.minutes:
                        moment = datetime(year, month, day, hour, minute, tzinfo=zone)
                        if moment.timestamp() > after and _is_there(moment):
                            return moment.timestamp()
        return None

    def _months_from(self, begin: date) -> Iterator[tuple[int, int]]:
        for year in sorted(year for year in self.years if year >= begin.year):
            for month in sorted(self.months):
                if (year, month) >= (begin.year, begin.month):
                    yield year, month

    def _days(self, year: int, month: int) -> list[int]:
        """Return the days of a month that are meant."""
        last = calendar.monthrange(year, month)[1]
        if self.weekday == "?":
            return sorted(
                {day for part in self.day.split(",") for day in _month_days(part, year, month, last)}
            )
        return sorted(
            {day for part in self.weekday.split(",") for day in _week_days(part, year, month, last)}
        )


def _is_there(moment: datetime) -> bool:
    """Tell whether clocks show a time: they leave out an hour when summer time begins, and what would be in
    it is left out, too."""
    shown = moment.astimezone(UTC).astimezone(moment.tzinfo)
    return (shown.hour, shown.minute) == (moment.hour, moment.minute)


def _month_days(part: str, year: int, month: int, last: int) -> list[int]:
    if part in ("L", "LW"):
        return [last if part == "L" else _nearest_weekday(year, month, last, last)]
    if part.endswith("W"):
        (day,) = _numbers(part[:-1], 1, 31)
        return [_nearest_weekday(year, month, day, last)] if day <= last else []
    if part.startswith("L-"):
        return [day for day in [last - _numbers(part[2:], 1, 30)[0]] if day > 0]
    return [day for day in _numbers(part, 1, 31) if day <= last]


def _nearest_weekday(year: int, month: int, day: int, last: int) -> int:
    weekday = date(year, month, day).weekday()
    if weekday == 5:
        return day - 1 if day > 1 else day + 2
    if weekday == 6:
        return day + 1 if day < last else day - 2
    return day


def _week_days(part: str, year: int, month: int, last: int) -> list[int]:
    if part == "L":
        part = "7"
    if "#" in part:
        name, _, count = part.partition("#")
        (weekday,), (which,) = _numbers(name, 1, 7, DAYS), _numbers(count, 1, 5)
        found = _days_of(weekday, year, month, last)
        return found[which - 1 : which]
    if part.endswith("L"):
        (weekday,) = _numbers(part[:-1], 1, 7, DAYS)
        return _days_of(weekday, year, month, last)[-1:]
    return [day for weekday in _numbers(part, 1, 7, DAYS) for day in _days_of(weekday, year, month, last)]


def _days_of(weekday: int, year: int, month: int, last: int) -> list[int]:
    """Return the days of a month that are a weekday, 1 being Sunday."""
    first = date(year, month, 1)
    offset = ((weekday - 2) % 7 - first.weekday()) % 7
    return [*range((first + timedelta(offset)).day, last + 1, 7)]


def _numbers(field: str, least: int, most: int, names: tuple[str, ...] = ()) -> list[int]:
    """Return the numbers that a field means: `*`, `5`, `1-5`, `*/15`, `MON-FRI`, and lists of these."""
    found: set[int] = set()
    for part in field.split(","):
        span, slash, step = part.partition("/")
        low, dash, high = span.partition("-")
        try:
            first = least if low in ("*", "?") else _number(low, names)
            end = _number(high, names) if dash else most if slash or low in ("*", "?") else first
            stride = int(step) if slash else 1
        except ValueError:
            raise ScheduleError(f"'{part}' is no field of a cron expression") from None
        if not (least <= first <= most and least <= end <= most and stride > 0):
            raise ScheduleError(f"'{part}' is not within {least} to {most}")
        around = range(first, end + 1) if first <= end else [*range(first, most + 1), *range(least, end + 1)]
        found.update([*around][::stride])
    return sorted(found)


def _number(text: str, names: tuple[str, ...]) -> int:
    if text in names:
        return names.index(text) + 1
    return int(text)
