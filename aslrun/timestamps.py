"""Timestamps as ASL has them: RFC 3339 with an uppercase T, and Z or an offset (spec: Timestamps)."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from functools import lru_cache

_RFC3339 = re.compile(r"(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2})(\.\d{1,9})?(Z|[+-]\d{2}:\d{2})", re.ASCII)


def parse_timestamp(text: object) -> float | None:
    """Return the seconds since the epoch, or None if `text` is no RFC 3339 timestamp with an offset.

    Fractions may have up to nine digits, as the service takes them.
    """
    match = _RFC3339.fullmatch(text) if isinstance(text, str) else None
    if match is None:
        return None
    whole, fraction, offset = match.groups()
    try:
        moment = datetime.fromisoformat(whole + offset)
        return moment.timestamp() + float(fraction or 0)
    except (ValueError, OverflowError):
        return None


def format_timestamp(seconds: float) -> str:
    """Return `seconds` since the epoch as the context object writes them: UTC, milliseconds, `Z`."""
    moment = datetime.fromtimestamp(seconds, UTC)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"


def read_event_time(timestamp: object) -> float | None:
    """Return the seconds since the epoch of an event's timestamp: a number, or ISO 8601 text as the AWS
    command line and boto3 write it (UTC where it has no offset); None if it is neither."""
    if isinstance(timestamp, (int, float)):
        return float(timestamp)
    try:
        moment = datetime.fromisoformat(str(timestamp))
    except ValueError:
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


@lru_cache(maxsize=256)
def format_event_time(seconds: float) -> str:
    """Return `seconds` since the epoch as the AWS command line writes event times: `...12.345000+00:00`."""
    return datetime.fromtimestamp(int(seconds * 1000) / 1000, UTC).isoformat(timespec="microseconds")


def duration_text(seconds: float) -> str:
    """Return seconds in the largest units that fit: `1 h 5 min`, `2.5 s`."""
    if seconds < 60:
        return f"{seconds:.3f}".rstrip("0").rstrip(".") + " s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    parts = [(days, "d"), (hours, "h"), (minutes, "min"), (rest, "s")]
    return " ".join([f"{count} {unit}" for count, unit in parts if count][:2])
