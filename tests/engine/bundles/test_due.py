"""Due dates: every unit and origin, calendars, clock changes, and an oracle for all of them together."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.catalog.calendars import Calendar
from engine.catalog.due import NEVER, due_date
from engine.catalog.models import DueRule
from engine.errors import BadRequestError

BERLIN = Calendar(
    key="berlin",
    name="Berlin",
    timezone="Europe/Berlin",
    cut_off="17:00",
    holidays=[{"date": "2026-12-25", "name": "Christmas"}, {"date": "2026-12-24", "name": "Eve"}],
)
START = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)


def rule(offset: int = 0, unit: str = "days", counted_from: str = "anchor") -> DueRule:
    return DueRule.model_validate({"offset": offset, "unit": unit, "from": counted_from})


def due(
    the_rule,
    anchor=date(2026, 12, 23),
    *,
    calendar=None,
    zone="UTC",
    start=START,
    parameters=None,
    completed=None,
):
    return due_date(
        the_rule,
        anchor=anchor,
        bundle_start=start,
        parameters=parameters or {},
        completed=completed or {},
        calendar=calendar,
        zone=zone,
    )


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("the_rule", "calendar", "day"),
    [
        (rule(0), None, "2026-12-23"),
        (rule(-30), None, "2026-11-23"),
        (rule(10), BERLIN, "2027-01-02"),  # calendar days ignore the calendar's free days
        (rule(1, "business_days"), None, "2026-12-24"),
        (rule(1, "business_days"), BERLIN, "2026-12-28"),  # over two holidays and a weekend
        (rule(-3, "business_days"), BERLIN, "2026-12-18"),
    ],
)
def test_days_are_counted_as_the_unit_says(the_rule, calendar, day):
    assert due(the_rule, calendar=calendar)[0] == date.fromisoformat(day)


def test_no_business_day_from_a_free_day_is_the_next_working_day():
    assert due(rule(0, "business_days"), date(2026, 12, 24), calendar=BERLIN)[0] == date(2026, 12, 28)
    assert due(rule(0, "business_days"), date(2026, 12, 28), calendar=BERLIN)[0] == date(2026, 12, 28)


def test_the_29th_of_february_is_reached_only_in_leap_years():
    assert due(rule(1), date(2028, 2, 28))[0] == date(2028, 2, 29)
    assert due(rule(1), date(2026, 2, 28))[0] == date(2026, 3, 1)


def test_without_a_calendar_the_deadline_is_the_last_second_of_the_day_in_the_workspaces_zone():
    assert due(rule(0), zone="America/New_York")[1] == at("2026-12-24T04:59:59")


def test_with_a_calendar_the_deadline_is_its_cut_off_in_its_zone_summer_and_winter():
    assert due(rule(0), date(2026, 7, 1), calendar=BERLIN, zone="Asia/Tokyo")[1] == at("2026-07-01T15:00:00")
    assert due(rule(0), date(2026, 12, 1), calendar=BERLIN, zone="Asia/Tokyo")[1] == at("2026-12-01T16:00:00")


def test_a_cut_off_that_the_clock_change_leaves_out_is_the_moment_it_ends():
    night = BERLIN.model_copy(update={"cut_off": "02:30"})
    assert due(rule(0), date(2026, 3, 29), calendar=night)[1] == at("2026-03-29T01:00:00")


def test_a_cut_off_that_occurs_twice_is_the_later_one():
    night = BERLIN.model_copy(update={"cut_off": "02:30"})
    assert due(rule(0), date(2026, 10, 25), calendar=night)[1] == at("2026-10-25T01:30:00")


def test_the_bundles_start_is_its_day_where_the_team_works():
    late = at("2026-11-20T23:30:00")  # the 21st in Berlin, the 20th in New York
    assert due(rule(0, counted_from="bundle_start"), start=late, calendar=BERLIN)[0] == date(2026, 11, 21)
    assert due(rule(0, counted_from="bundle_start"), start=late, zone="America/New_York")[0] == date(
        2026, 11, 20
    )


def test_hours_are_elapsed_hours_across_a_clock_change():
    before = at("2026-10-24T22:00:00")  # midnight in Berlin, before a day of 25 hours
    found = due(rule(24, "hours", "task_completed:draft"), calendar=BERLIN, completed={"draft": before})
    assert found == (date(2026, 10, 25), at("2026-10-25T22:00:00"))


def test_hours_from_a_day_begin_with_it():
    assert due(rule(9, "hours"), date(2026, 3, 29), calendar=BERLIN)[1] == at("2026-03-29T08:00:00")


def test_a_day_that_has_midnight_twice_begins_with_the_first():
    havana = BERLIN.model_copy(update={"timezone": "America/Havana"})
    found = due(rule(1, "hours"), date(2026, 11, 1), calendar=havana)
    assert found == (date(2026, 11, 1), at("2026-11-01T05:00:00"))  # when it is midnight again


def test_a_date_after_a_task_is_empty_until_that_task_is_completed():
    after = rule(2, "business_days", "task_completed:draft")
    assert due(after) == NEVER
    assert due(after, completed={"draft": at("2026-12-23T23:30:00")}, calendar=BERLIN)[0] == date(
        2026, 12, 29
    )


def test_a_date_counted_from_an_absent_parameter_is_empty():
    assert due(rule(1, counted_from="parameter:event_day")) == NEVER


def test_a_parameter_may_hold_a_day_or_a_moment():
    from_event = rule(0, counted_from="parameter:event_day")
    assert due(from_event, parameters={"event_day": "2026-12-01"})[0] == date(2026, 12, 1)
    moment = {"event_day": "2026-12-01T23:30:00Z"}
    assert due(from_event, parameters=moment, calendar=BERLIN)[0] == date(2026, 12, 2)


@pytest.mark.parametrize("value", ["soon", "2026-02-30", "20261201", "2026-12-01T09:00:00", 5])
def test_a_parameter_that_is_no_day_is_refused_by_name(value):
    with pytest.raises(BadRequestError) as refused:
        due(rule(1, counted_from="parameter:event_day"), parameters={"event_day": value})
    assert refused.value.details[0]["field"] == "parameters.event_day"


def test_without_a_rule_there_is_no_date():
    assert due(None) == NEVER


# -- the oracle --------------------------------------------------------------------------------

WEEK = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
calendars = st.none() | st.builds(
    lambda zone, days, hour, free: Calendar(
        key="any",
        name="Any",
        timezone=zone,
        working_days=[WEEK[number] for number in sorted(days)],
        cut_off=f"{hour:02d}:00",
        holidays=[{"date": day.isoformat(), "name": "Free"} for day in sorted(free)],
    ),
    st.sampled_from(["UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata"]),
    st.sets(st.integers(0, 6), min_size=1),
    st.integers(5, 23),  # cut-offs at night are the tables above
    st.sets(st.dates(date(2026, 1, 1), date(2027, 12, 31)), max_size=12),
)


def oracle(day: date, offset: int, unit: str, calendar: Calendar | None, zone: str) -> tuple[date, datetime]:
    """Say it the slow way: list all days, keep the working ones, count along the list."""
    if unit == "days":
        found = day + timedelta(days=offset)
    else:
        names = calendar.working_days if calendar else WEEK[:5]
        free = {holiday.date for holiday in calendar.holidays} if calendar else set()
        around = [day + timedelta(days=number) for number in range(-450, 451)]
        working = [one for one in around if WEEK[one.weekday()] in names and one.isoformat() not in free]
        if offset > 0:
            found = [one for one in working if one > day][offset - 1]
        elif offset < 0:
            found = [one for one in working if one < day][offset]
        else:
            found = next(one for one in working if one >= day)
    hour = int((calendar.cut_off or "0")[:2]) if calendar else 23
    at_time = time(hour) if calendar else time(23, 59, 59)
    local = datetime.combine(found, at_time, tzinfo=ZoneInfo(calendar.timezone if calendar else zone))
    return found, local.astimezone(UTC)


@settings(max_examples=60, deadline=None)
@given(
    st.dates(date(2026, 3, 1), date(2027, 10, 31)),
    st.integers(-40, 40),
    st.sampled_from(["days", "business_days"]),
    calendars,
    st.sampled_from(["UTC", "Europe/Berlin", "Pacific/Auckland"]),
)
def test_due_dates_equal_counting_along_a_list_of_days(day, offset, unit, calendar, zone):
    expected = oracle(day, offset, unit, calendar, zone)
    assert due(rule(offset, unit), day, calendar=calendar, zone=zone) == expected
    named = rule(offset, unit, "parameter:event_day")
    assert (
        due(named, date(2030, 1, 1), calendar=calendar, zone=zone, parameters={"event_day": str(day)})
        == expected
    )
