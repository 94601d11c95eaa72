"""Schedules mean what cron means (R8)."""

from __future__ import annotations

import calendar
from datetime import UTC, date, datetime, time, timedelta

import pytest
from cronsim import CronSim
from hypothesis import given
from hypothesis import strategies as st

from engine.catalog import schedules


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ("0 9 * * 1", None),
        ("0 9 * * 7", None),
        ("0 9 * * SUN", None),
        ("0 9 L * *", None),
        ("0 9 * * tue#3", None),
        ("*/15 8-18 1,15 jan-jun mon-fri", None),
        ("0 9 * * tue;rm", '"tue;rm" is no day of the week'),
        ("0 9 * * tue#6", '"tue#6" is no day of the week'),
        ("0 9 * * 8", '"8" is no day of the week'),
        ("60 9 * * *", '"60" is no minute'),
        ("0 24 * * *", '"24" is no hour'),
        ("0 9 32 * *", '"32" is no day of the month'),
        ("0 9 * 13 *", '"13" is no month'),
        ("0 9 * * ²L", '"²L" is no day of the week'),
        ("0 0 9 * * 1", "five fields are needed, and it has 6"),
        ("@daily", "five fields are needed, and it has 1"),
        ("", "five fields are needed, and it has 0"),
    ],
)
def test_a_line_is_refused_by_the_field_that_is_wrong(line: str, fault: str | None):
    assert schedules.fault_of(line) == fault


@pytest.mark.parametrize(
    ("line", "day"),
    [("0 9 * * 0", "Sunday"), ("0 9 * * 7", "Sunday"), ("0 9 * * 1", "Monday"), ("0 9 * * tUe", "Tuesday")],
)
def test_days_of_the_week_are_those_of_cron(line: str, day: str):
    first = next(CronSim(line, datetime(2026, 11, 28, tzinfo=UTC)))
    assert f"{first:%A}" == day


@pytest.mark.parametrize(
    ("line", "never"),
    [("0 9 30 2 *", True), ("0 9 31 4,6,9,11 *", True), ("0 9 29 2 *", False), ("0 9 30 2 1", False)],
)
def test_a_schedule_that_no_day_fulfils_is_known(line: str, never: bool):
    assert schedules.never_fires(line) is never


@given(
    days=st.lists(st.integers(26, 31), min_size=1, max_size=3),
    months=st.lists(st.integers(1, 12), min_size=1, max_size=4),
    weekday=st.sampled_from(["*", "*", "*", "1"]),
)
def test_the_months_that_are_left_out_are_those_in_which_no_common_year_has_such_a_day(
    days: list[int], months: list[int], weekday: str
):
    line = f"0 9 {','.join(map(str, days))} {','.join(map(str, months))} {weekday}"
    longest = {month: calendar.monthrange(2001, month)[1] for month in set(months)}
    expected = [
        calendar.month_name[month]
        for month in sorted(longest)
        if weekday == "*" and all(day > longest[month] for day in days)
    ]
    never = set(expected) == {calendar.month_name[month] for month in months}
    if not (never and schedules.never_fires(line)):
        assert schedules.months_left_out(line) == expected


@pytest.mark.parametrize(
    ("line", "times"), [("0 9 * * 1", 1), ("0 9,17 * * *", 2), ("*/30 9 * * *", 2), ("* * * * *", 1440)]
)
def test_how_often_a_line_fires_on_a_day_is_counted(line: str, times: int):
    assert schedules.times_of_day(line) == times


@pytest.mark.wide
@given(
    line=st.sampled_from(
        ["0 9 * * 1", "30 2 * * *", "0 0 L * *", "59 23 29 2 *", "0 9 * * tue#3", "0 9 1,15 * 5"]
    ),
    day=st.dates(date(2024, 1, 1), date(2032, 12, 31)),
)
def test_the_days_of_a_line_are_those_on_which_cron_fires_each_once(line: str, day: date):
    """Told by looking at every minute of its time of day, a day at a time."""
    found = schedules.days_after(line, day)
    named = [next(found) for _ in range(3)]
    at = named[0][1]
    assert {moment for _, moment in named} == {at}
    expected = []
    while len(expected) < 3:
        day += timedelta(days=1)
        midnight = datetime.combine(day, time(), tzinfo=UTC)
        if next(CronSim(line, midnight - timedelta(minutes=1))) == datetime.combine(day, at, tzinfo=UTC):
            expected.append(day)
    assert [one for one, _ in named] == expected


def test_the_words_of_a_start_name_its_day():
    assert schedules.words_of(date(2027, 1, 4)) == {
        "anchor_date": "4 January 2027",
        "anchor_month": "January 2027",
        "month_before": "December 2026",
        "anchor_week": "1",
        "anchor_year": "2027",
    }
