from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from pydantic import ValidationError

from engine.catalog.calendars import (
    DAY_NAMES,
    WEEKDAYS,
    Calendar,
    HolidaysOf,
    deadline_of,
    moment_of,
    start_of_day,
    zone_named,
)

DAYS = st.dates(date(1990, 1, 1), date(2060, 12, 31))
ZONES = st.sampled_from(
    ["UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Pacific/Apia", "Asia/Kathmandu"]
)
TIMES = st.times().map(lambda at: at.replace(microsecond=0, second=0))


def calendar(**fields) -> Calendar:
    return Calendar.model_validate({"key": "office", "name": "Office", "timezone": "Europe/Berlin", **fields})


CALENDARS = st.builds(
    lambda days, free: calendar(
        working_days=sorted(days), holidays=[{"date": day.isoformat(), "name": "free"} for day in free]
    ),
    st.sets(st.sampled_from(DAY_NAMES), min_size=1),
    st.lists(st.dates(date(2026, 1, 1), date(2026, 3, 31)), max_size=10),
)

#: 2026-12-25 is a Friday; the office is closed.
CHRISTMAS = calendar(holidays=[{"date": "2026-12-25", "name": "Christmas"}])
TABLE = [
    ("2026-12-24", 0, "2026-12-24"),
    ("2026-12-25", 0, "2026-12-28"),
    ("2026-12-26", 0, "2026-12-28"),
    ("2026-12-24", 1, "2026-12-28"),
    ("2026-12-25", 1, "2026-12-28"),
    ("2026-12-28", -1, "2026-12-24"),
    ("2026-12-26", -1, "2026-12-24"),
    ("2026-12-24", 5, "2027-01-01"),
    ("2028-02-28", 1, "2028-02-29"),
]


@pytest.mark.parametrize(("region", "words"), [(None, "DE"), ("BY", "DE-BY")])
def test_public_holidays_are_said_in_short_by_whose_they_are(region: str | None, words: str):
    assert str(HolidaysOf(country="DE", region=region)) == words


@pytest.mark.parametrize(("day", "count", "expected"), TABLE)
def test_business_days_around_a_holiday(day, count, expected):
    assert CHRISTMAS.add_business_days(date.fromisoformat(day), count) == date.fromisoformat(expected)


@given(CALENDARS, st.dates(date(2025, 12, 1), date(2026, 4, 30)), st.integers(-40, 40))
def test_business_days_are_counted_one_day_at_a_time(cal, day, count):
    result = cal.add_business_days(day, count)
    assert cal.is_working_day(result)
    if count == 0:
        skipped = [day + timedelta(days=n) for n in range((result - day).days)]
        assert result >= day
        assert not any(cal.is_working_day(between) for between in skipped)
    else:
        step = 1 if count > 0 else -1
        passed = [day + timedelta(days=step * n) for n in range(1, abs((result - day).days) + 1)]
        assert sum(cal.is_working_day(between) for between in passed) == abs(count)


@given(DAYS, st.integers(-300, 300), st.integers(1, 300))
def test_without_a_calendar_monday_to_friday_and_later_counts_are_later(day, count, more):
    result = WEEKDAYS.add_business_days(day, count)
    assert result.weekday() < 5
    assume(count != 0)
    assert WEEKDAYS.add_business_days(day, count + more) >= result


def test_counting_out_of_the_calendar_is_refused():
    with pytest.raises(ValueError, match=r"^the date lies outside the years 1 to 9999$"):
        WEEKDAYS.add_business_days(date(9999, 12, 30), 5)


def test_a_calendar_of_nothing_but_holidays_is_refused_rather_than_searched_for_ever():
    first = date(2026, 1, 1)
    free = [{"date": (first + timedelta(days=n)).isoformat(), "name": "free"} for n in range(3700)]
    with pytest.raises(ValueError, match="no working day"):
        calendar(holidays=free).add_business_days(first, 1)


@pytest.mark.parametrize("count", [1, 2])
def test_ten_years_without_a_working_day_are_the_longest_break(count: int):
    """Counted anew after each working day, and no day longer."""
    last = date(2026, 1, 1) + timedelta(days=count - 1)
    free = [{"date": (last + timedelta(days=n)).isoformat(), "name": "free"} for n in range(1, 3662)]
    every_day = list(DAY_NAMES)
    longest = calendar(working_days=every_day, holidays=free[:3660])
    assert longest.add_business_days(date(2026, 1, 1), count) == last + timedelta(days=3661)
    with pytest.raises(ValueError, match=r"^calendar office has no working day within ten years of "):
        calendar(working_days=every_day, holidays=free).add_business_days(date(2026, 1, 1), count)


def test_the_deadline_is_the_cut_off_in_the_calendars_zone():
    office = calendar(cut_off="17:00")
    assert office.deadline(date(2026, 7, 1)) == datetime(2026, 7, 1, 15, tzinfo=UTC)
    assert office.deadline(date(2026, 12, 1)) == datetime(2026, 12, 1, 16, tzinfo=UTC)
    assert deadline_of(office, date(2026, 7, 1), "Asia/Tokyo") == datetime(2026, 7, 1, 15, tzinfo=UTC)


def test_without_a_calendar_the_deadline_is_the_last_second_in_the_workspaces_zone():
    assert deadline_of(None, date(2026, 7, 1), "Asia/Tokyo") == datetime(2026, 7, 1, 14, 59, 59, tzinfo=UTC)


def test_without_a_cut_off_the_deadline_is_the_end_of_the_day_in_the_calendars_zone():
    assert calendar().deadline(date(2026, 7, 1)) == datetime(2026, 7, 1, 21, 59, 59, tzinfo=UTC)


def test_a_cut_off_that_the_clock_leaves_out_is_the_end_of_the_gap():
    # Berlin, 2026-03-29: 01:59:59 is followed by 03:00:00.
    assert moment_of(date(2026, 3, 29), time(2, 30), "Europe/Berlin") == datetime(2026, 3, 29, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("day", "gap", "zone", "end"),
    [
        ("2026-03-29", "02:00 02:59", "Europe/Berlin", "2026-03-29T01:00:00"),
        ("2026-03-08", "02:00 02:59", "America/New_York", "2026-03-08T07:00:00"),
        ("2026-10-04", "02:00 02:29", "Australia/Lord_Howe", "2026-10-03T15:30:00"),
        ("2011-12-30", "00:00 23:59", "Pacific/Apia", "2011-12-30T10:00:00"),
    ],
)
def test_every_minute_of_a_gap_is_the_second_in_which_it_ends(day: str, gap: str, zone: str, end: str):
    first, last = (datetime.fromisoformat(f"{day}T{at}") for at in gap.split())
    for minutes in range(0, int((last - first).total_seconds()) // 60 + 1, 7):
        at = (first + timedelta(minutes=minutes, seconds=minutes % 60)).time()
        found = moment_of(date.fromisoformat(day), at, zone)
        assert found == datetime.fromisoformat(f"{end}+00:00"), at
        assert found.tzinfo is UTC
    assert moment_of(date.fromisoformat(day), time(3, 30), "Asia/Tokyo").tzinfo is UTC


def test_the_name_of_a_zone_that_is_none_is_refused_with_one_that_is():
    with pytest.raises(
        ValueError, match=r"^'MEZ' is not a time zone; use an IANA name such as Europe/Berlin$"
    ):
        zone_named("MEZ")


def test_a_cut_off_that_occurs_twice_is_the_later_one():
    # Berlin, 2026-10-25: 02:30 is at 00:30 and at 01:30 UTC.
    expected = datetime(2026, 10, 25, 1, 30, tzinfo=UTC)
    assert moment_of(date(2026, 10, 25), time(2, 30), "Europe/Berlin") == expected


def test_a_day_that_a_zone_never_had_ends_when_the_next_one_begins():
    # Samoa skipped 2011-12-30 altogether.
    assert moment_of(date(2011, 12, 30), time(12), "Pacific/Apia") == datetime(2011, 12, 30, 10, tzinfo=UTC)


@given(DAYS, TIMES, ZONES)
def test_a_moment_shows_the_wall_clock_or_the_first_later_one_that_exists(day, at, zone):
    shown = moment_of(day, at, zone).astimezone(ZoneInfo(zone)).replace(tzinfo=None)
    wanted = datetime.combine(day, at)
    assert timedelta(0) <= shown - wanted <= timedelta(days=1)
    if shown != wanted:  # only in a gap, and then the moment before shows an earlier time than wanted
        before = (moment_of(day, at, zone) - timedelta(seconds=1)).astimezone(ZoneInfo(zone))
        assert before.replace(tzinfo=None) < wanted


@given(DAYS, TIMES, ZONES, st.integers(2, 30))
def test_a_later_day_never_has_an_earlier_deadline(day, at, zone, more):
    assert moment_of(day, at, zone) < moment_of(day + timedelta(days=more), at, zone)


@pytest.mark.parametrize(
    "fields",
    [
        {"timezone": "Mars/Olympus"},
        {"timezone": "../etc/passwd"},
        {"cut_off": "24:00"},
        {"cut_off": "5pm"},
        {"holidays": [{"date": "2026-02-30", "name": "none"}]},
        {"working_days": []},
        {"working_days": ["monday"]},
    ],
)
def test_an_impossible_calendar_is_refused(fields):
    with pytest.raises(ValidationError):
        calendar(**fields)


@pytest.mark.parametrize(
    ("day", "zone", "moment"),
    [
        ("2026-12-01", "UTC", "2026-12-01T00:00:00"),
        ("2026-12-01", "Europe/Berlin", "2026-11-30T23:00:00"),
        ("2026-07-01", "Europe/Berlin", "2026-06-30T22:00:00"),
        ("2026-11-01", "America/Havana", "2026-11-01T04:00:00"),  # midnight twice: the first
        ("2026-09-06", "America/Santiago", "2026-09-06T04:00:00"),  # no midnight: the end of the gap
    ],
)
def test_a_day_begins_with_its_first_midnight_or_with_the_end_of_a_gap_over_it(day, zone, moment):
    begins = datetime.fromisoformat(moment).replace(tzinfo=UTC)
    assert start_of_day(date.fromisoformat(day), zone) == begins
    assert begins.astimezone(ZoneInfo(zone)).date() == date.fromisoformat(day)
