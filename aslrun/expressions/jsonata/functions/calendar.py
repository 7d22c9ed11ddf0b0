"""The calendar behind `$fromMillis` and `$toMillis`: days since the epoch, and ISO weeks of years and months.

Years reach as far as JavaScript's dates do, 275,760 of them, which is more than Python's have.
"""

from __future__ import annotations

from dataclasses import dataclass

DAY = 86_400_000
"""Milliseconds of a day."""
LIMIT = 8.64e15
"""Milliseconds that a date may be from the epoch."""


def days_from_civil(year: int, month: int, day: int) -> int:
    """Return the days from the epoch to a date; months and days may be out of their range."""
    year, month = year + (month - 1) // 12, (month - 1) % 12 + 1
    year -= month <= 2
    era, of_era = divmod(year, 400)
    of_year = (153 * (month + (-3 if month > 2 else 9)) + 2) // 5
    return era * 146_097 + of_era * 365 + of_era // 4 - of_era // 100 + of_year - 719_468 + day - 1


def civil_from_days(days: int) -> tuple[int, int, int]:
    """Return the year, month and day so many days from the epoch."""
    era, of_era = divmod(days + 719_468, 146_097)
    year = (of_era - of_era // 1460 + of_era // 36_524 - of_era // 146_096) // 365
    of_year = of_era - (365 * year + year // 4 - year // 100)
    month = (5 * of_year + 2) // 153
    day = of_year - (153 * month + 2) // 5 + 1
    month += 3 if month < 10 else -9
    return year + era * 400 + (month <= 2), month, day


def _first_week(year: int, month: int) -> int:
    """Return the day on which the first ISO week of a month begins: the week of its first Thursday."""
    first = days_from_civil(year, month, 1)
    weekday = (first + 3) % 7 + 1
    return first + (8 - weekday if weekday > 4 else 1 - weekday)


def _week(today: int, start: int, following: int, previous: int, most: int) -> int:
    """Return the week of a day, given where the weeks of this, the next and the last month or year begin."""
    week = (today - start) // 7 + 1
    if week > most and today >= following:
        return 1
    return week if (today - start) / 7 + 1 >= 1 else (today - previous) // 7 + 1


@dataclass(frozen=True, slots=True)
class Moment:
    """A moment, taken apart as dates are written; UTC."""

    millis: int

    @property
    def days(self) -> int:
        return self.millis // DAY

    def component(self, letter: str) -> int:
        """Return the number behind a component of a picture: Y, M, D, d, F, W, w, X, x, H, h, m, s, f."""
        year, month, day = civil_from_days(self.days)
        rest = self.millis % DAY
        if letter in "YMD":
            return {"Y": year, "M": month, "D": day}[letter]
        if letter in "Hhmsf":
            hour = rest // 3_600_000
            times = {"H": hour, "h": hour % 12 or 12, "m": rest // 60_000 % 60, "s": rest // 1000 % 60}
            return times.get(letter, rest % 1000)
        if letter == "d":
            return self.days - days_from_civil(year, 1, 1) + 1
        if letter == "F":
            return (self.days + 3) % 7 + 1
        return self._week_component(letter, year, month)

    def _week_component(self, letter: str, year: int, month: int) -> int:
        today = self.days
        step = 12 if letter in "WX" else 1
        start_month = 1 if letter in "WX" else month
        start, following = _first_week(year, start_month), _first_week(year, start_month + step)
        if letter in "Ww":
            previous = _first_week(year, start_month - step)
            return _week(today, start, following, previous, 52 if letter == "W" else 4)
        shift = -1 if today < start else 1 if today >= following else 0
        return year + shift if letter == "X" else (month - 1 + shift) % 12 + 1

    @property
    def is_afternoon(self) -> bool:
        return self.millis % DAY >= DAY // 2
