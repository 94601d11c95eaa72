"""When a schedule starts what, held against a clock that is looked at minute by minute."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from itertools import islice, takewhile
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from engine.catalog.models import Trigger
from engine.schedules.timetable import GRACE, Due, Timetable

ZONES = ("UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Pacific/Kiritimati")
LINES = ("0 9 * * 1", "30 2 * * *", "0 0 L * *", "59 23 1,15 * *", "15 6 * * 5L")

timetables = st.builds(
    Timetable,
    line=st.sampled_from(LINES),
    zone=st.sampled_from(ZONES),
    lead_days=st.integers(0, 60),
    missed=st.sampled_from(("skip", "last", "all")),
)
moments = st.integers(0, 2 * 365 * 24 * 60).map(
    lambda minutes: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
)


@given(timetables, moments)
@example(Timetable("30 2 * * *", "Europe/Berlin"), datetime(2026, 3, 29, 0, 30, tzinfo=UTC))
@example(Timetable("30 2 * * *", "Europe/Berlin"), datetime(2026, 10, 25, 0, 15, tzinfo=UTC))
@example(Timetable("0 0 L * *", "Pacific/Kiritimati", 3), datetime(2026, 12, 31, 11, 0, tzinfo=UTC))
def test_what_was_begun_and_what_comes_meet_at_now(timetable: Timetable, now: datetime):
    """No day lies on both sides, and none between them."""
    begun = timetable.begun_by(now)
    following = next(timetable.after(begun))
    assert following.at > now
    before = takewhile(lambda one: one.anchor <= begun, timetable.after(begun - timedelta(days=100)))
    assert {one.at <= now for one in before} <= {True}


@given(timetables, st.dates(date(2026, 1, 1), date(2028, 12, 31)))
@example(Timetable("30 2 * * *", "Europe/Berlin"), date(2026, 3, 25))
@example(Timetable("30 2 * * *", "Europe/Berlin"), date(2026, 10, 20))
def test_a_start_lies_its_lead_before_its_anchor_at_the_lines_time_of_day(timetable: Timetable, day: date):
    """A time that the clocks leave out is the end of the gap; one that they repeat is the first."""
    minute, hour = map(int, timetable.line.split()[:2])
    zone = ZoneInfo(timetable.zone)
    for one in islice(timetable.after(day), 8):
        wanted = datetime.combine(one.anchor - timedelta(days=timetable.lead_days), time(hour, minute), zone)
        local = one.at.astimezone(zone)
        if wanted.astimezone(UTC).astimezone(zone).replace(tzinfo=None) == wanted.replace(tzinfo=None):
            assert local.replace(tzinfo=None) == wanted.replace(tzinfo=None)
            assert local.fold == 0
        else:
            just_before = (one.at - timedelta(seconds=1)).astimezone(zone)
            assert just_before.utcoffset() != local.utcoffset()
            assert local.replace(tzinfo=None) > wanted.replace(tzinfo=None)


@given(timetables, moments, st.integers(0, 120))
def test_looking_often_or_seldom_makes_the_same_starts_or_passes_the_late_ones(
    timetable: Timetable, now: datetime, idle: int
):
    """Who looks once after some days decides on each day exactly once."""
    after = timetable.begun_by(now)
    later = now + timedelta(days=idle)
    due = timetable.due(after, later)
    made = [one for one in due if timetable.wants(one, due, later)]
    on_time = [one for one in due if later - one.at <= GRACE]
    assert [one for one in made if one in on_time] == on_time
    expected = {"all": due, "skip": on_time, "last": on_time or due[-1:]}
    assert made == expected[timetable.missed]


@pytest.mark.parametrize(("minutes", "late"), [(0, False), (60, False), (61, True)])
def test_after_an_hour_a_start_is_late(minutes: int, late: bool):
    at = datetime(2026, 11, 23, 9, tzinfo=UTC)
    assert Due(at.date(), at).is_late(at + timedelta(minutes=minutes)) is late


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("0 9 * * 1", "Every Monday at 09:00"),
        ("0 9 * * 1,4", "Every Monday and Thursday at 09:00"),
        ("30 8 * * 1-5", "Monday through Friday at 08:30"),
        ("30 2 * * *", "Every day at 02:30"),
        ("0 6 1 * *", "The first day of every month at 06:00"),
        ("0 0 L * *", "The last day of every month at 00:00"),
        ("59 23 1,15 * *", "The first and the 15th day of month at 23:59"),
        ("15 6 * * 5L", "The last Friday of the month at 06:15"),
        ("0 9 * * 2#3", "The third Tuesday of the month at 09:00"),
        ("0 9 1 1,7 *", "The first day of January and July at 09:00"),
        ("*/30 9 * * 1", "Every 30th minute from 09:00 through 09:59 on Monday"),
    ],
)
def test_a_line_is_said_in_words(line: str, words: str):
    assert Timetable(line, "UTC").said == words


_TRIGGER = Trigger(mode="schedule", schedule="0 9 * * 1", enabled=True)


@pytest.mark.parametrize(
    ("trigger", "timetable"),
    [
        (None, None),
        (Trigger(mode="manual"), None),
        (_TRIGGER.model_copy(update={"mode": "plan_item"}), None),
        (_TRIGGER.model_copy(update={"enabled": False}), None),
        (_TRIGGER.model_copy(update={"schedule": None}), None),
        (_TRIGGER, Timetable("0 9 * * 1", "Europe/Berlin", 0, "last", "allow")),
        (
            _TRIGGER.model_copy(
                update={"timezone": "Asia/Tokyo", "lead_days": 14, "missed": "all", "overlap": "skip"}
            ),
            Timetable("0 9 * * 1", "Asia/Tokyo", 14, "all", "skip"),
        ),
    ],
)
def test_a_timetable_is_what_a_trigger_that_is_on_says_by_the_workspaces_zone_where_it_names_none(
    trigger: Trigger | None, timetable: Timetable | None
):
    assert Timetable.of(trigger, "Europe/Berlin") == timetable


def test_what_begins_at_this_very_moment_is_due_and_has_begun():
    mondays = Timetable("0 9 * * 1", "UTC")
    monday = datetime(2026, 11, 23, 9, tzinfo=UTC)
    assert mondays.due(date(2026, 11, 15), monday) == [
        Due(date(2026, 11, 16), monday - timedelta(days=7)),
        Due(date(2026, 11, 23), monday),
    ]
    assert mondays.begun_by(monday) == date(2026, 11, 23)
    assert mondays.begun_by(monday - timedelta(milliseconds=1)) == date(2026, 11, 21)
