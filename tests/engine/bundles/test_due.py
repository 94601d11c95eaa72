"""Due dates: every unit and origin, calendars, clock changes, and an oracle for all of them together."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.catalog.calendars import Calendar
from engine.catalog.due import (
    NEVER,
    before_blocker,
    before_blockers,
    dated_blockers,
    day_of,
    day_warnings,
    due_date,
    fallen_back,
    is_before,
    is_working_day,
    kept_rule,
    undated,
)
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


@pytest.mark.parametrize("value", [None, ""])
def test_a_parameter_that_is_empty_is_not_given(value):
    assert due(rule(1, counted_from="parameter:event_day"), parameters={"event_day": value}) == NEVER


@pytest.mark.parametrize(
    ("value", "shown"), [("soon", "'soon'"), ("2026-12-01T09:00:00", "'2026-12-01T09:00:00'"), (5, "5")]
)
def test_a_parameter_that_is_no_day_is_shown_as_it_is_with_what_to_give_instead(value, shown):
    with pytest.raises(BadRequestError) as refused:
        due(rule(1, counted_from="parameter:event_day"), parameters={"event_day": value})
    assert refused.value.message == (
        f"The parameter event_day is {shown}, and due dates count from it. Give a day, such as 2026-12-01, "
        "or a moment with its zone, such as 2026-12-01T17:00+01:00."
    )
    [detail] = refused.value.details
    assert (detail["field"], detail["message"]) == (
        "parameters.event_day",
        (
            f"event_day: {shown} is no day; write a day, such as 2026-12-01, "
            "or a moment with its zone, such as 2026-12-01T17:00+01:00"
        ),
    )


@pytest.mark.parametrize(
    ("the_rule", "field", "named", "said"),
    [
        (rule(9, "business_days"), "anchor_date", "", ("9 business days from anchor", "anchor date")),
        (
            rule(9, "days", "parameter:event_day"),
            "parameters.event_day",
            "event_day: ",
            ("9 days from parameter:event_day", "event_day"),
        ),
    ],
)
def test_a_date_that_cannot_be_is_refused_at_what_it_counts_from(the_rule, field, named, said):
    last = date(9999, 12, 29)
    with pytest.raises(BadRequestError) as refused:
        due(the_rule, last, parameters={"event_day": str(last)})
    [detail] = refused.value.details
    assert detail["field"] == field
    reason = "the date lies outside the years 1 to 9999"
    assert detail["message"] == f"{named}no due date can be counted from this day: {reason}; choose another"
    assert refused.value.message == (
        f"The due date {said[0]} cannot be computed: {reason}. "
        f"Choose another {said[1]}, or ask the template's owner."
    )


def test_a_calendar_without_working_days_is_named_where_a_date_counts_them():
    first = date(2026, 1, 1)
    free = [{"date": str(first + timedelta(days=count)), "name": "free"} for count in range(3700)]
    closed = Calendar(key="closed", name="Closed", timezone="UTC", holidays=free)
    with pytest.raises(BadRequestError, match="calendar closed has no working day within ten years of"):
        due(rule(1, "business_days"), first, calendar=closed)


@pytest.mark.parametrize("zone", ["Asia/Tokyo", "Pacific/Auckland"])
def test_a_deadline_that_no_page_could_show_in_the_workspaces_zone_is_refused(zone):
    """Its calendar's day is the last there is; where the pages are read, it is over."""
    with pytest.raises(BadRequestError):
        due(rule(0), date(9999, 12, 31), calendar=BERLIN, zone=zone)
    assert due(rule(0), date(9999, 12, 31), calendar=BERLIN)[1] == at("9999-12-31T16:00:00")


def test_hours_from_a_day_begin_with_it_in_the_workspaces_zone_where_there_is_no_calendar():
    assert due(rule(9, "hours"), date(2026, 12, 1), zone="Asia/Tokyo") == (
        date(2026, 12, 1),
        at("2026-12-01T00:00:00"),
    )


def test_hours_end_on_the_day_that_it_is_then_where_the_team_works():
    late = at("2026-12-01T22:00:00")
    after = rule(2, "hours", "bundle_start")
    assert due(after, start=late) == (date(2026, 12, 2), at("2026-12-02T00:00:00"))
    assert due(after, start=late, zone="America/New_York")[0] == date(2026, 12, 1)
    assert due(after, start=late, zone="America/New_York", calendar=BERLIN)[0] == date(2026, 12, 2)


@pytest.mark.parametrize(("unit", "day"), [("days", "2026-12-26"), ("business_days", "2026-12-28")])
def test_days_from_a_moment_count_from_its_day_where_the_team_works(unit, day):
    moment = {"event_day": "2026-12-22T23:30:00Z"}  # the 23rd in Berlin
    of_event = rule(3 if unit == "days" else 1, unit, "parameter:event_day")
    assert due(of_event, parameters=moment, calendar=BERLIN)[0] == date.fromisoformat(day)


def test_a_moment_with_its_zone_is_the_same_moment():
    moment = {"event_day": "2026-12-22T23:30:00-05:00"}
    found = due(rule(1, "hours", "parameter:event_day"), parameters=moment)
    assert found == (date(2026, 12, 23), at("2026-12-23T05:30:00"))
    assert found[1].tzinfo is UTC


def test_without_a_rule_there_is_no_date():
    assert due(None) == NEVER


# -- what is to be known of a date -----------------------------------------------------------------

NOW = at("2026-11-21T09:00:00")
MONDAYS_OFF = BERLIN.model_copy(update={"working_days": ["tue", "wed", "thu", "fri", "sat"]})


@pytest.mark.parametrize(
    ("day", "calendar", "said"),
    [
        ("2026-12-23", None, ()),
        ("2026-12-25", None, ()),  # a Friday: without a calendar there are no holidays
        ("2026-12-25", BERLIN, ("due on a holiday (Christmas)",)),
        ("2026-12-24", BERLIN, ("due on a holiday (Eve)",)),
        ("2026-12-26", BERLIN, ("due on a Saturday",)),
        ("2026-12-27", None, ("due on a Sunday",)),
        ("2026-12-21", MONDAYS_OFF, ("due on a free Monday",)),
        ("2026-12-19", MONDAYS_OFF, ()),
    ],
)
def test_a_day_on_which_nobody_works_is_named(day, calendar, said):
    the_day = date.fromisoformat(day)
    assert day_warnings(the_day, at(f"{day}T17:00:00"), calendar, NOW) == said
    assert is_working_day(the_day, calendar) is (not said)


@pytest.mark.parametrize(
    ("deadline", "said"),
    [
        (NOW - timedelta(seconds=1), ("due in the past",)),
        (NOW, ()),
        (NOW + timedelta(seconds=1), ()),
        (None, ()),
    ],
)
def test_a_deadline_is_past_once_it_is_over(deadline, said):
    assert day_warnings(date(2026, 11, 20), deadline, None, NOW) == said


def test_both_are_said_and_nothing_of_what_has_no_date():
    said = ("due on a Saturday", "due in the past")
    assert day_warnings(date(2026, 11, 14), at("2026-11-14T17:00:00"), None, NOW) == said
    assert day_warnings(None, None, None, NOW) == ()


def test_the_day_of_a_moment_is_the_calendars_else_the_workspaces():
    late = at("2026-11-20T23:30:00")
    assert day_of(late, BERLIN, "America/New_York") == date(2026, 11, 21)
    assert day_of(late, None, "America/New_York") == date(2026, 11, 20)


def test_a_rule_is_kept_unless_what_it_counts_from_is_not_made():
    after, plain = rule(3, "hours", "task_completed:ask"), rule(3, "hours", "bundle_start")
    assert kept_rule(after, {"ask"}) == after
    assert kept_rule(after, {"draft"}) == rule(3, "hours", "anchor")
    assert kept_rule(plain, ()) == plain
    assert kept_rule(None, ()) is None


def test_what_a_date_falls_back_to_or_lacks_is_said():
    assert fallen_back("Ask") == "due counted from the anchor date, because “Ask” is not made"
    assert undated("Day of the event") == "no due date, because “Day of the event” is not given"
    assert before_blocker("Ask") == "due before “Ask”, which it comes after"


# -- what is due before what it waits for ------------------------------------------------------------

EARLY, LATE = at("2026-12-01T17:00:00"), at("2026-12-02T17:00:00")


@pytest.mark.parametrize(
    ("task", "blocker", "is_early"),
    [
        (EARLY, LATE, True),
        (LATE, LATE, False),
        (LATE, EARLY, False),
        (None, LATE, False),
        (EARLY, None, False),
        (None, None, False),
    ],
)
def test_a_task_is_due_before_its_blocker_only_where_both_have_dates(task, blocker, is_early):
    assert is_before(task, blocker) is is_early
    found = list(before_blockers({"task": task, "blocker": blocker}, {"task": ["blocker"], "blocker": []}))
    assert found == ([("task", "blocker")] if is_early else [])


@pytest.mark.parametrize(
    ("dated", "waits", "found"),
    [
        ("ab", {"a": "", "b": "a"}, ["ba"]),
        ("ac", {"a": "", "b": "a", "c": "b"}, ["ca"]),  # by way of an undated one
        ("abc", {"a": "", "b": "a", "c": "b"}, ["ba", "cb"]),  # c and a follow from these
        ("abd", {"a": "", "b": "", "c": "ab", "d": "c"}, ["da", "db"]),  # by way of it to two
        ("ad", {"a": "", "b": "a", "c": "a", "d": "bc"}, ["da"]),  # twice on the way
        ("ad", {"a": "", "b": "", "d": "ba"}, ["da"]),  # an undated one that waits for nothing
        ("b", {"a": "", "b": "a"}, []),
        ("a", {"a": "", "b": "a"}, []),
        (
            "ab",
            {"b": "xa", "a": "b"},
            ["ba", "ab"],
        ),  # x is no task; a circle ends
        ("a", {"a": "b", "b": "a"}, []),
        ("ca", {"c": "", "a": "bc", "b": "c"}, ["ac"]),
    ],
)
def test_each_dated_task_is_compared_with_the_nearest_dated_ones_that_it_waits_for(dated, waits, found):
    pairs = dated_blockers(set(dated).__contains__, {task: list(before) for task, before in waits.items()})
    assert [task + before for task, before in pairs] == found


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
