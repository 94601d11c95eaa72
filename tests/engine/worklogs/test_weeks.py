"""Weeks go from Monday to Monday in the workspace's zone, also those in which the clocks change (OPQ-24)."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.worklogs import weeks
from engine.worklogs.jobs import MAKE

FIRST, LAST = (int(datetime(year, 1, 1, tzinfo=UTC).timestamp()) for year in (2020, 2040))
ZONES = ("UTC", "Europe/Berlin", "America/New_York", "America/Santiago", "Asia/Beirut", "Pacific/Auckland")


@pytest.mark.parametrize(
    ("day", "monday"),
    [
        (date(2026, 11, 16), date(2026, 11, 16)),
        (date(2026, 11, 22), date(2026, 11, 16)),
        (date(2026, 11, 23), date(2026, 11, 23)),
        (date(2027, 1, 1), date(2026, 12, 28)),
    ],
)
def test_a_week_begins_on_its_monday(day: date, monday: date):
    assert weeks.monday_of(day) == monday
    assert weeks.last_week(day) == monday - timedelta(days=7)


@pytest.mark.parametrize(
    ("zone", "monday", "begins", "ends"),
    [
        ("UTC", date(2026, 11, 16), "2026-11-16T00:00+00:00", "2026-11-23T00:00+00:00"),
        ("Europe/Berlin", date(2026, 3, 23), "2026-03-22T23:00+00:00", "2026-03-29T22:00+00:00"),
        ("Europe/Berlin", date(2026, 10, 19), "2026-10-18T22:00+00:00", "2026-10-25T23:00+00:00"),
        ("Pacific/Auckland", date(2026, 11, 16), "2026-11-15T11:00+00:00", "2026-11-22T11:00+00:00"),
    ],
)
def test_a_week_in_which_the_clocks_change_is_an_hour_longer_or_shorter(
    zone: str, monday: date, begins: str, ends: str
):
    assert weeks.limits(monday, zone) == (datetime.fromisoformat(begins), datetime.fromisoformat(ends))


@given(
    moment=st.integers(FIRST, LAST).map(lambda seconds: datetime.fromtimestamp(seconds, UTC)),
    zone=st.sampled_from(ZONES),
)
def test_every_moment_is_in_exactly_the_week_of_its_day(moment: datetime, zone: str):
    monday = weeks.monday_of(moment.astimezone(ZoneInfo(zone)).date())
    begins, ends = weeks.limits(monday, zone)
    assert begins <= moment < ends
    assert weeks.limits(monday + weeks.WEEK, zone)[0] == ends


@pytest.mark.parametrize(
    ("monday", "title"),
    [
        (date(2026, 11, 16), "16 to 22 November 2026"),
        (date(2026, 11, 30), "30 November to 6 December 2026"),
        (date(2026, 12, 28), "28 December 2026 to 3 January 2027"),
    ],
)
def test_a_week_is_called_by_its_first_and_last_day(monday: date, title: str):
    assert weeks.title_of(monday) == title


def test_drafts_are_made_at_six_on_monday_by_the_clocks_of_the_workspace():
    berlin = ZoneInfo("Europe/Berlin")
    for now in (datetime(2026, 3, 29, 12, tzinfo=UTC), datetime(2026, 10, 25, 12, tzinfo=UTC)):
        due = MAKE.next(now, "Europe/Berlin").astimezone(berlin)
        assert (due.weekday(), due.hour, due.minute) == (0, 6, 0)
