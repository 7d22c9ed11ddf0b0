"""When it is time, by schedule expressions. 2026-01-01 is a Thursday."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from aslrun.server.events.schedule import ScheduleError, read_schedule


def at(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()


@pytest.mark.parametrize(
    ("expression", "zone", "expected"),
    [
        ("rate(5 minutes)", "UTC", ["2026-01-01T12:05:00", "2026-01-01T12:10:00"]),
        ("rate(1 hour)", "UTC", ["2026-01-01T13:00:00", "2026-01-01T14:00:00"]),
        ("cron(*/15 * * * ? *)", "UTC", ["2026-01-01T12:15:00", "2026-01-01T12:30:00"]),
        ("cron(0 9 ? * MON-FRI *)", "UTC", ["2026-01-02T09:00:00", "2026-01-05T09:00:00"]),
        ("cron(0 9 ? * 2 *)", "UTC", ["2026-01-05T09:00:00", "2026-01-12T09:00:00"]),
        ("cron(30 10 L * ? *)", "UTC", ["2026-01-31T10:30:00", "2026-02-28T10:30:00"]),
        ("cron(0 0 15W FEB,MAR ? *)", "UTC", ["2026-02-16T00:00:00", "2026-03-16T00:00:00"]),
        ("cron(0 8 ? * FRI#2 *)", "UTC", ["2026-01-09T08:00:00", "2026-02-13T08:00:00"]),
        ("cron(0 8 ? * 6L *)", "UTC", ["2026-01-30T08:00:00", "2026-02-27T08:00:00"]),
        ("cron(0 0 29 2 ? *)", "UTC", ["2028-02-29T00:00:00", "2032-02-29T00:00:00"]),
        ("cron(0 22 ? * SAT-MON 2026)", "UTC", ["2026-01-03T22:00:00", "2026-01-04T22:00:00"]),
        ("cron(0 9 * 7 ? *)", "Europe/Berlin", ["2026-07-01T07:00:00", "2026-07-02T07:00:00"]),
        ("at(2026-03-01T08:30:00)", "UTC", ["2026-03-01T08:30:00", None]),
        ("at(2020-01-01T00:00:00)", "UTC", [None]),
        ("cron(0 0 30 2 ? *)", "UTC", [None]),
        ("cron(0 0 1 1 ? 2020)", "UTC", [None]),
    ],
)
def test_when_it_is_time(expression: str, zone: str, expected: list[str | None]) -> None:
    begin = now = at("2026-01-01T12:00:00")
    following = read_schedule(expression, begin, zone)
    for wanted in expected:
        found = following(now)
        assert found == (None if wanted is None else at(wanted))
        now = found or now


@pytest.mark.parametrize(
    ("expression", "told"),
    [
        ("rate(1 minutes)", r"write rate\(1 minute\)"),
        ("rate(5 minute)", "write rate"),
        ("rate(0 minutes)", "write rate"),
        ("every day", "neither rate"),
        ("cron(* * * * * *)", r"must be \?"),
        ("cron(0 9 * * ?)", "5 fields"),
        ("cron(61 9 * * ? *)", "within 0 to 59"),
        ("cron(x 9 * * ? *)", "no field"),
        ("at(tomorrow)", "write at"),
        ("at(2026-03-01)", "write at"),
        ("at(2026-03-01T08:30:00+02:00)", "write at"),
    ],
)
def test_wrong_expressions_are_told(expression: str, told: str) -> None:
    with pytest.raises(ScheduleError, match=told):
        read_schedule(expression, 0.0)


def test_a_time_zone_that_there_is_not_is_told() -> None:
    with pytest.raises(ScheduleError, match="no time zone 'Mars/Base'"):
        read_schedule("cron(0 9 * * ? *)", 0.0, "Mars/Base")


@pytest.mark.parametrize(
    ("begin", "expected"),
    [
        # Clocks go from 02:00 to 03:00: the day has no 02:30, and is left out.
        ("2026-03-07T12:00:00", ["2026-03-09T06:30:00", "2026-03-10T06:30:00"]),
        # They go back from 02:00 to 01:00: 02:30 is there once.
        ("2026-10-31T12:00:00", ["2026-11-01T07:30:00", "2026-11-02T07:30:00"]),
    ],
)
def test_a_time_that_summer_time_leaves_out_is_left_out(begin: str, expected: list[str]) -> None:
    now = at(begin)
    following = read_schedule("cron(30 2 * * ? *)", now, "America/New_York")
    for wanted in expected:
        found = following(now)
        assert found == at(wanted)
        now = found or now
