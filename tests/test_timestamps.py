"""Times as they are written and read, also outside the years that Python's datetime has."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as some

from aslrun.timestamps import (
    LATEST,
    format_event_time,
    format_timestamp,
    parse_nanoseconds,
    read_event_time,
)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "1970-01-01T00:00:00.000"),
        (253_402_300_799, "9999-12-31T23:59:59.000"),
        (253_402_300_800, "+10000-01-01T00:00:00.000"),
        (1e12, "+33658-09-27T01:46:40.000"),
        (LATEST, "+275760-09-13T00:00:00.000"),
        (-62_135_596_800, "0001-01-01T00:00:00.000"),
        (-62_135_596_801, "+0000-12-31T23:59:59.000"),
    ],
)
def test_years_of_any_length(seconds: float, text: str) -> None:
    assert format_timestamp(seconds) == f"{text}Z"
    assert format_event_time(seconds) == f"{text}000+00:00"
    assert read_event_time(f"{text}+00:00") == seconds


@given(some.floats(-LATEST, LATEST))
def test_whatever_is_written_is_read(seconds: float) -> None:
    assert read_event_time(format_event_time(seconds)) == pytest.approx(seconds, abs=0.002)


@pytest.mark.parametrize(
    "stamp", [None, True, "soon", 10**400, float("nan"), [], {}, "+999999-13-01T00:00:00Z"]
)
def test_what_is_no_time_is_none(stamp: object) -> None:
    assert read_event_time(stamp) is None


def test_nine_digits_count() -> None:
    assert parse_nanoseconds("1970-01-01T00:00:01.999999999Z") == 1_999_999_999
    assert parse_nanoseconds("1969-12-31T23:59:59.5Z") == -500_000_000
    assert parse_nanoseconds("9999-12-31T23:59:59.999999999-23:59") == 253_402_387_139_999_999_999
