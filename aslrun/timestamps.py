"""Timestamps as ASL has them: RFC 3339 with an uppercase T, and Z or an offset (spec: Timestamps)."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from functools import lru_cache

_RFC3339 = re.compile(r"(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2})(?:\.(\d{1,9}))?(Z|[+-]\d{2}:\d{2})", re.ASCII)
_LONG_YEAR = re.compile(r"([+-]\d{4,6})(-.*)", re.ASCII | re.DOTALL)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_CALENDAR = 146_097 * 86_400
"""Seconds of 400 years: after so many the calendar begins anew."""
LATEST = 8.64e12
"""Seconds since the epoch, before or after, that a time may have: JavaScript's range of a Date."""


def parse_nanoseconds(text: object) -> int | None:
    """Return the nanoseconds since the epoch, or None if `text` is no RFC 3339 timestamp with an offset.

    Fractions may have up to nine digits, as the service takes them; all of them count.
    """
    match = _RFC3339.fullmatch(text) if isinstance(text, str) else None
    if match is None:
        return None
    whole, fraction, offset = match.groups()
    try:
        # Not timestamp(): neither in UTC, where the first and the last day may have no place, nor rounded.
        passed = datetime.fromisoformat(whole + offset) - _EPOCH
    except (ValueError, OverflowError):
        return None
    return (passed.days * 86_400 + passed.seconds) * 10**9 + int((fraction or "0").ljust(9, "0"))


def parse_timestamp(text: object) -> float | None:
    """Return the seconds since the epoch, or None if `text` is no RFC 3339 timestamp with an offset."""
    nanoseconds = parse_nanoseconds(text)
    return None if nanoseconds is None else nanoseconds / 10**9


@lru_cache(maxsize=256)
def format_timestamp(seconds: float) -> str:
    """Return `seconds` since the epoch as the context object writes them: UTC, milliseconds, `Z`."""
    return _iso(seconds, "milliseconds") + "Z"


def read_event_time(timestamp: object) -> float | None:
    """Return the seconds since the epoch of an event's timestamp: a number, or ISO 8601 text as the AWS
    command line (versions 1 and 2), boto3 or `json.dumps(..., default=str)` wrote it (UTC where it has no
    offset), or boto3's own value; None if it is none of these."""
    if isinstance(timestamp, bool):
        return None
    if isinstance(timestamp, (int, float)):
        return float(timestamp) if -LATEST <= timestamp <= LATEST else None
    if not isinstance(timestamp, datetime):
        return _read_time_text(str(timestamp))
    try:
        return _seconds_of(timestamp)
    except OverflowError:
        return None


@lru_cache(maxsize=256)
def _read_time_text(text: str) -> float | None:
    try:
        cycles, text = _within_calendar(text)
        return _seconds_of(datetime.fromisoformat(text)) + cycles * _CALENDAR
    except (ValueError, OverflowError):
        return None


def _seconds_of(moment: datetime) -> float:
    return ((moment if moment.tzinfo else moment.replace(tzinfo=UTC)) - _EPOCH).total_seconds()


def _within_calendar(text: str) -> tuple[int, str]:
    """Return a time's text with a year that Python has, and the cycles of 400 years that were taken off."""
    match = _LONG_YEAR.fullmatch(text)
    if match is None:
        return 0, text
    cycles, year = divmod(int(match[1]) - 2000, 400)
    return cycles, f"{year + 2000}{match[2]}"


@lru_cache(maxsize=256)
def format_event_time(seconds: float) -> str:
    """Return `seconds` since the epoch as the AWS command line writes event times: `...12.345000+00:00`."""
    return _iso(int(seconds * 1000) / 1000, "microseconds") + "+00:00"


def _iso(seconds: float, precision: str) -> str:
    """Return a time in UTC, without an offset; a year of more than four digits has its sign (ISO 8601)."""
    try:
        moment, years = datetime.fromtimestamp(seconds, UTC), 0
    except (ValueError, OverflowError):
        cycles = int((seconds - _EPOCH.timestamp()) // _CALENDAR)
        moment, years = datetime.fromtimestamp(seconds - cycles * _CALENDAR, UTC), cycles * 400
    text = moment.replace(tzinfo=None).isoformat(timespec=precision)
    return text if not years else f"{moment.year + years:+05d}{text[4:]}"


def duration_text(seconds: float) -> str:
    """Return seconds in the largest units that fit: `1 h 5 min`, `2.5 s`."""
    if seconds < 60:
        return f"{seconds:.3f}".rstrip("0").rstrip(".") + " s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    parts = [(days, "d"), (hours, "h"), (minutes, "min"), (rest, "s")]
    return " ".join([f"{count} {unit}" for count, unit in parts if count][:2])
