"""Days and moments as they are given, and one derived from the other in the calendar's zone (CNF-09)."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from engine.catalog.calendars import Calendar
from engine.errors import BadRequestError
from engine.tasks import dates
from tests.engine.conftest import NOW, Bench

BERLIN = Calendar(key="office", name="Office", timezone="Europe/Berlin", cut_off="17:00")
DAY = date(2026, 12, 1)


@pytest.mark.parametrize("given", [DAY, "2026-12-01", " 2026-12-01\n"])
def test_a_day_is_given_as_such_or_in_figures(given):
    assert dates.read_day(given, "due_date") == DAY


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ("soon", "'soon' is not a day; write it as YYYY-MM-DD, for example 2026-12-01"),
        ("2026-12-1", "'2026-12-1' is not a day; write it as YYYY-MM-DD, for example 2026-12-01"),
        ("20261201", "'20261201' is not a day; write it as YYYY-MM-DD, for example 2026-12-01"),
        (20261201, "'20261201' is not a day; write it as YYYY-MM-DD, for example 2026-12-01"),
        ("2026-02-30", "'2026-02-30' is not in the calendar"),
    ],
)
def test_what_is_no_day_is_refused_at_its_field(given, words: str):
    with pytest.raises(BadRequestError) as refused:
        dates.read_day(given, "due_date")
    assert (refused.value.details[0]["field"], refused.value.details[0]["message"]) == ("due_date", words)
    assert refused.value.message == f"due_date: {words}."


def test_a_moment_is_no_day():
    with pytest.raises(BadRequestError, match="is not a day"):
        dates.read_day(NOW, "due_date")


@pytest.mark.parametrize(
    ("given", "moment"),
    [
        ("2026-12-01T09:00", datetime(2026, 12, 1, 8, tzinfo=UTC)),
        (" 2026-12-01T09:00Z ", datetime(2026, 12, 1, 9, tzinfo=UTC)),
        ("2026-12-01T09:00:00.998001-05:00", datetime(2026, 12, 1, 14, 0, 0, 998_000, tzinfo=UTC)),
        (datetime(2026, 12, 1, 9), datetime(2026, 12, 1, 8, tzinfo=UTC)),  # noqa: DTZ001 - it has no zone
        (datetime(2026, 12, 1, 9, tzinfo=UTC), datetime(2026, 12, 1, 9, tzinfo=UTC)),
        (datetime(2026, 12, 1, 9, tzinfo=timezone(timedelta(hours=9))), datetime(2026, 12, 1, tzinfo=UTC)),
    ],
)
def test_a_moment_without_an_offset_is_read_in_the_zone_and_kept_in_milliseconds(given, moment: datetime):
    found = dates.read_moment(given, "deadline", "Europe/Berlin")
    assert found == moment
    assert found.tzinfo is UTC


@pytest.mark.parametrize("given", ["soon", "2026-12-01", "2026-12-01T09", "2026-13-01T09:00", 5, None, DAY])
def test_what_is_no_moment_is_refused_at_its_field(given):
    with pytest.raises(BadRequestError) as refused:
        dates.read_moment(given, "deadline", "UTC")
    assert refused.value.details[0]["field"] == "deadline"
    words = "is not a moment; write it in ISO 8601, for example 2026-12-01T17:00:00+01:00"
    assert refused.value.message == f"deadline: {str(given)!r} {words}."


LAST = "9999-12-31T23:00"
UTC_OFFICE = Calendar(key="c", name="C", timezone="UTC")
#: Field and value that the refusal names.
EDGES = {
    "a moment": ("deadline", f"{LAST}-05:00", lambda: dates.read_moment(f"{LAST}-05:00", "deadline", "UTC")),
    "a moment that a page could not show": (
        "deadline",
        f"{LAST}Z",
        lambda: dates.read_moment(f"{LAST}Z", "deadline", "Asia/Tokyo"),
    ),
    "the first day": ("day", "0001-01-01 00:00:00", lambda: dates.start_of(date.min, "Asia/Tokyo")),
    "the last day": ("day", "9999-12-31", lambda: dates.end_of(date.max, "UTC")),
    "the deadline of a day": (
        "due_date",
        "9999-12-31",
        lambda: dates.deadline_of(date.max, None, "America/New_York"),
    ),
    "a deadline that a page could not show": (
        "due_date",
        "9999-12-31",
        lambda: dates.deadline_of(date.max, UTC_OFFICE, "Asia/Tokyo"),
    ),
    "the day of a deadline": (
        "deadline",
        "9999-12-31 23:59:59.999999+00:00",
        lambda: dates.due_of(datetime.max.replace(tzinfo=UTC), None, "Asia/Tokyo"),
    ),
}


@pytest.mark.parametrize("what", EDGES)
def test_what_lies_at_the_edge_of_all_years_is_refused_at_its_field(what: str):
    field, value, read = EDGES[what]
    with pytest.raises(BadRequestError) as refused:
        read()
    assert refused.value.details[0]["field"] == field
    assert refused.value.message == f"{field}: {value!r} lies outside the years that can be kept."


def test_a_day_is_from_its_first_moment_to_the_first_of_the_next_in_the_readers_zone():
    assert dates.start_of(DAY, "Europe/Berlin") == datetime(2026, 11, 30, 23, tzinfo=UTC)
    assert dates.end_of(DAY, "Europe/Berlin") == datetime(2026, 12, 1, 23, tzinfo=UTC)


@pytest.mark.parametrize(
    ("calendar", "zone", "deadline"),
    [
        (BERLIN, "Asia/Tokyo", datetime(2026, 12, 1, 16, tzinfo=UTC)),
        (None, "Asia/Tokyo", datetime(2026, 12, 1, 14, 59, 59, tzinfo=UTC)),
    ],
)
def test_a_due_day_ends_with_the_calendars_cut_off_else_with_the_day_in_the_zone(calendar, zone, deadline):
    assert dates.deadline_of(DAY, calendar, zone) == deadline
    assert dates.due_of(deadline, calendar, zone) == DAY


def test_the_day_of_a_deadline_is_that_of_the_calendars_zone():
    night = datetime(2026, 12, 1, 23, 30, tzinfo=UTC)
    assert dates.due_of(night, BERLIN, "UTC") == date(2026, 12, 2)
    assert dates.due_of(night, None, "UTC") == DAY


def test_of_a_day_and_a_deadline_the_one_that_is_missing_follows_from_the_other():
    five = datetime(2026, 12, 1, 16, tzinfo=UTC)
    assert dates.paired(DAY, None, BERLIN, "UTC") == (DAY, five)
    assert dates.paired(None, five, BERLIN, "UTC") == (DAY, five)
    night = datetime(2026, 12, 1, 23, 30, tzinfo=UTC)
    assert dates.paired(None, night, BERLIN, "UTC") == (date(2026, 12, 2), night), "in the calendar's zone"
    assert dates.paired(DAY, NOW, BERLIN, "UTC") == (DAY, NOW), "both stay as they are given"
    assert dates.paired(None, None, BERLIN, "UTC") == (None, None)


@pytest.mark.parametrize(
    ("zone", "today", "day", "days"),
    [
        ("UTC", date(2026, 12, 1), date(2026, 12, 1), 0),
        ("UTC", date(2026, 12, 3), date(2026, 12, 1), -2),
        ("Europe/Berlin", date(2026, 12, 1), date(2026, 12, 2), 1),
        ("America/New_York", date(2026, 11, 30), date(2026, 12, 1), 1),
    ],
)
def test_the_days_until_a_task_is_due_are_those_of_its_reader(zone: str, today: date, day: date, days: int):
    deadline = datetime(2026, 12, 1, 23, 30, tzinfo=UTC)
    for is_late in (True, False):
        found = dates.due_for(deadline, is_late=is_late, today=today, zone=zone)
        assert found == dates.Due(day, days, is_late)


def test_a_task_without_a_bundle_follows_no_calendar_and_one_in_a_bundle_the_one_that_it_pinned(bench: Bench):
    alone, inside = bench.make(), bench.make()
    bench.change(inside, bundle_id="bnd_1")
    with bench.reading() as tx:
        assert dates.calendar_of(tx, bench.task(inside)) is None, "no area tells of calendars"
    asked = []
    bench.wiring.calendar_of = lambda tx, task: (asked.append((tx, task.task_id)), BERLIN)[1]
    with bench.reading() as tx:
        assert dates.calendar_of(tx, bench.task(alone)) is None
        assert dates.calendar_of(tx, bench.task(inside)) is BERLIN
        assert asked == [(tx, inside)]


def test_when_is_a_day_that_begins_or_a_moment_and_today_begins_now(bench: Bench):
    bench.timezone = "Europe/Berlin"
    with bench.reading() as tx:
        assert dates.read_when(None, "follow_up_at", tx) is None
        assert dates.read_when(DAY, "follow_up_at", tx) == datetime(2026, 11, 30, 23, tzinfo=UTC)
        assert dates.read_when(NOW.date(), "follow_up_at", tx) == NOW
        yesterday = NOW.date() - timedelta(days=1)
        assert dates.read_when(yesterday, "follow_up_at", tx) == datetime(2026, 11, 19, 23, tzinfo=UTC)
        assert dates.read_when(datetime(2026, 12, 1, 9), "follow_up_at", tx) == datetime(  # noqa: DTZ001
            2026, 12, 1, 8, tzinfo=UTC
        )
        assert dates.read_when(NOW, "follow_up_at", tx) == NOW
        with pytest.raises(BadRequestError) as refused:
            dates.read_when(date.min, "follow_up_at", tx)
        assert refused.value.details[0]["field"] == "follow_up_at"
