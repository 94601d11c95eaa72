"""Working time: what is counted, and where quiet hours and free days move a moment to."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from engine.catalog.calendars import DAY_NAMES, Calendar
from engine.catalog.reminder_rules import Span, WorkspaceReminders
from engine.reminders.rhythm import Pause, Rhythm

MINUTE = timedelta(minutes=1)
BERLIN = "Europe/Berlin"
CHRISTMAS = [{"date": "2026-12-25", "name": "Christmas"}]


def rhythm(
    *,
    quiet: tuple[str, str] | None = ("18:00", "08:00"),
    digest: str | None = None,
    zone: str = BERLIN,
    **fields: object,
) -> Rhythm:
    calendar = Calendar.model_validate({"key": "office", "name": "Office", "timezone": zone, **fields})
    hours = {"from": quiet[0], "to": quiet[1]} if quiet else None
    workspace = WorkspaceReminders.model_validate({"key": "workspace", "quiet": hours, "digest": digest})
    return Rhythm.of(workspace, calendar, "UTC")


def at(text: str, zone: str = BERLIN) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


def span(**unit: int) -> Span:
    return Span.model_validate(unit)


@pytest.mark.parametrize(
    ("moment", "moved"),
    [
        ("2026-12-03 10:00", "2026-12-03 10:00"),  # a Thursday
        ("2026-12-03 08:00", "2026-12-03 08:00"),
        ("2026-12-03 07:59", "2026-12-03 08:00"),
        ("2026-12-03 18:00", "2026-12-04 08:00"),
        ("2026-12-04 23:59", "2026-12-07 08:00"),  # over the weekend
        ("2026-12-24 20:00", "2026-12-28 08:00"),  # over Christmas and the weekend after it
    ],
)
def test_what_falls_into_quiet_hours_or_on_a_free_day_comes_when_work_begins_again(moment: str, moved: str):
    assert rhythm(holidays=CHRISTMAS).forward(at(moment)) == at(moved)


@pytest.mark.parametrize(
    ("moment", "moved"),
    [
        ("2026-12-03 08:30", "2026-12-03 09:00"),
        ("2026-12-03 09:00", "2026-12-03 09:00"),
        ("2026-12-03 09:01", "2026-12-04 09:00"),
        ("2026-12-04 12:00", "2026-12-07 09:00"),
    ],
)
def test_with_a_digest_what_is_after_its_time_comes_on_the_next_working_day(moment: str, moved: str):
    assert rhythm(digest="09:00").together(at(moment)) == at(moved)


def test_without_quiet_hours_a_working_day_is_its_whole_day():
    whole = rhythm(quiet=None)
    assert whole.forward(at("2026-12-03 03:00")) == at("2026-12-03 03:00")
    assert whole.forward(at("2026-12-05 03:00")) == at("2026-12-07 00:00")


@pytest.mark.parametrize(
    ("length", "reached"),
    [
        ({"business_hours": 0}, "2026-12-04 17:00"),
        ({"business_hours": 1}, "2026-12-04 18:00"),
        ({"business_hours": 2}, "2026-12-07 09:00"),
        ({"business_days": 1}, "2026-12-07 17:00"),
        ({"business_days": 3}, "2026-12-09 17:00"),
        ({"hours": 3}, "2026-12-04 20:00"),
        ({"days": 2}, "2026-12-06 17:00"),
    ],
)
def test_a_length_of_time_after_a_friday_at_five(length: dict[str, int], reached: str):
    assert rhythm().after(at("2026-12-04 17:00"), span(**length)) == at(reached)


def test_the_clock_stands_still_during_a_pause_and_goes_on_after_it():
    start, pause = at("2026-12-07 09:00"), (at("2026-12-07 10:00"), at("2026-12-08 10:00"))
    assert rhythm().after(start, span(business_hours=1), [pause]) == at("2026-12-07 10:00")
    assert rhythm().after(start, span(business_hours=2), [pause]) == at("2026-12-08 11:00")
    assert rhythm().after(start, span(hours=2), [pause]) == at("2026-12-08 11:00")


def test_while_the_clock_stands_still_what_it_has_not_come_to_is_not_known():
    start, open_end = at("2026-12-07 09:00"), (at("2026-12-07 10:00"), None)
    assert rhythm().after(start, span(business_hours=1), [open_end]) == at("2026-12-07 10:00")
    assert rhythm().after(start, span(business_hours=2), [open_end]) is None
    assert rhythm().after(start, span(business_hours=0), [(at("2026-12-01 09:00"), None)]) is None


@pytest.mark.parametrize(
    ("lead", "moment"),
    [
        ({"business_days": 1}, "2026-12-04 08:00"),
        ({"business_days": 0}, "2026-12-07 08:00"),
        ({"business_hours": 4}, "2026-12-07 13:00"),
        ({"business_hours": 10}, "2026-12-04 17:00"),
        ({"hours": 2}, "2026-12-07 15:00"),
        ({"hours": 20}, "2026-12-07 08:00"),  # Sunday evening is moved
        ({"days": 3}, "2026-12-04 08:00"),
        ({"days": 2}, "2026-12-07 08:00"),  # a Saturday is moved
    ],
)
def test_a_lead_before_a_monday_at_five(lead: dict[str, int], moment: str):
    assert rhythm().before(at("2026-12-07 17:00"), date(2026, 12, 7), span(**lead)) == at(moment)


def test_what_would_come_after_the_deadline_comes_on_the_last_working_day_before_it():
    sunday = date(2026, 12, 6)
    assert rhythm().before(at("2026-12-06 23:59"), sunday, span(days=1)) == at("2026-12-04 08:00")


@pytest.mark.parametrize(
    ("zone", "before", "after", "hours"),
    [
        (BERLIN, "2026-03-28 12:00", "2026-03-29 12:00", 23),
        (BERLIN, "2026-10-24 12:00", "2026-10-25 12:00", 25),
        ("America/New_York", "2026-03-07 12:00", "2026-03-08 12:00", 23),
        ("Australia/Sydney", "2026-10-03 12:00", "2026-10-04 12:00", 23),
    ],
)
def test_a_night_on_which_the_clocks_change_makes_nobody_early(
    zone: str, before: str, after: str, hours: int
):
    daily = rhythm(zone=zone, working_days=list(DAY_NAMES))
    start = at(before, zone)
    assert daily.after(start, span(business_days=1)) == at(after, zone)
    assert at(after, zone) - start == timedelta(hours=hours)


def test_a_calendar_without_working_days_is_refused_rather_than_searched_for_ever():
    first = date(2026, 1, 1)
    free = [{"date": (first + timedelta(days=day)).isoformat(), "name": "free"} for day in range(4200)]
    shut = rhythm(working_days=list(DAY_NAMES), holidays=free)
    for asked in (
        lambda: shut.forward(at("2026-01-02 10:00")),
        lambda: shut.after(at("2026-01-02 10:00"), span(business_hours=1)),
        lambda: rhythm(holidays=free).before(
            at("2037-06-30 10:00"), date(2037, 6, 30), span(business_hours=9)
        ),
    ):
        with pytest.raises(ValueError, match=r"no working (time|day) within ten years of"):
            asked()


# -- against a walk, minute by minute ------------------------------------------------------

_ZONES = st.sampled_from(["UTC", BERLIN, "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu"])
_STARTS = st.integers(0, 14 * 24 * 60).map(
    lambda minutes: datetime(2026, 3, 25, tzinfo=UTC) + minutes * MINUTE
)
_RHYTHMS = st.builds(
    lambda days, free, zone, quiet: rhythm(
        working_days=sorted(days),
        holidays=[{"date": day.isoformat(), "name": "free"} for day in free],
        zone=zone,
        quiet=quiet,
    ),
    st.sets(st.sampled_from(DAY_NAMES), min_size=2),
    st.lists(st.dates(date(2026, 3, 25), date(2026, 4, 12)), max_size=3),
    _ZONES,
    st.sampled_from([("18:00", "08:00"), ("22:30", "06:15"), ("12:00", "11:00"), None]),
)
_PAUSES = st.lists(st.tuples(st.integers(0, 4000), st.integers(1, 3000)), max_size=3)


def _is_working(one: Rhythm, moment: datetime) -> bool:
    local = moment.astimezone(ZoneInfo(one.zone))
    if not one.calendar.is_working_day(local.date()):
        return False
    return one.begins is None or one.ends is None or one.begins <= local.time() < one.ends


def _walk(one: Rhythm, start: datetime, wanted: Span, pauses: list[Pause]) -> datetime | None:
    """Walk minute by minute until so many have counted: the most that is drawn takes sixteen weeks."""
    minutes = {"business_hours": 60, "hours": 60}[wanted.unit] * wanted.amount
    moment = start
    for _ in range(60 * 24 * 7 * 17):
        is_paused = any(since <= moment and (until is None or moment < until) for since, until in pauses)
        counts = not is_paused and (wanted.unit == "hours" or _is_working(one, moment))
        if counts and minutes == 0:
            return moment
        if counts:
            minutes -= 1
            if minutes == 0:
                return moment + MINUTE
        if pauses and pauses[-1][1] is None and moment >= pauses[-1][0]:
            return None
        moment += MINUTE
    return None


@given(
    _RHYTHMS,
    _STARTS,
    st.sampled_from(["business_hours", "hours"]),
    st.integers(0, 24),
    _PAUSES,
    st.booleans(),
)
def test_a_length_of_time_is_what_a_walk_minute_by_minute_finds(
    one: Rhythm, start: datetime, unit: str, amount: int, drawn: list[tuple[int, int]], is_open: bool
):
    pauses: list[Pause] = []
    for offset, length in drawn:
        since = (pauses[-1][1] or start if pauses else start) + offset * MINUTE
        pauses.append((since, since + length * MINUTE))
    if pauses and is_open:
        pauses[-1] = (pauses[-1][0], None)
    wanted = span(**{unit: amount})
    assert one.after(start, wanted, pauses) == _walk(one, start, wanted, pauses)


@given(_RHYTHMS, _STARTS)
def test_a_moment_is_moved_to_the_first_minute_of_work(one: Rhythm, start: datetime):
    walked = start
    while not _is_working(one, walked):
        walked += MINUTE
    assert one.forward(start) == walked


@given(_RHYTHMS, _STARTS, st.integers(1, 30))
def test_a_lead_in_working_hours_leaves_so_many_minutes_of_work_before_the_deadline(
    one: Rhythm, deadline: datetime, hours: int
):
    lead = one.before(deadline, one.day_of(deadline), span(business_hours=hours))
    worked, moment = 0, lead
    while moment < deadline:
        worked += _is_working(one, moment)
        moment += MINUTE
    assert worked == hours * 60
    assert _is_working(one, lead)


@given(
    _RHYTHMS,
    _STARTS,
    st.sampled_from(["business_days", "days", "hours", "business_hours"]),
    st.integers(0, 10),
)
def test_a_lead_is_never_after_its_deadline_and_never_in_quiet_hours(
    one: Rhythm, deadline: datetime, unit: str, amount: int
):
    assume(any(_is_working(one, deadline - minutes * MINUTE) for minutes in range(1, 60 * 24 * 14)))
    lead = one.before(deadline, one.day_of(deadline), span(**{unit: amount}))
    assert lead <= deadline
    assert _is_working(one, lead)
