"""When work would be due on days that are hard, held against an oracle that walks day by day (D3)."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.catalog.content import Content, build_content
from engine.catalog.diff.effective import work_of
from engine.catalog.models import Calendar, TaskTemplate, TaskType
from engine.catalog.resolved import ResolvedTemplate
from engine.catalog.source import Revision
from engine.errors import BadRequestError
from engine.reminders.preview import Occasion, Schedule, occasions, schedule
from engine.reminders.rules import RuleBook

BERLIN = ZoneInfo("Europe/Berlin")
HOLIDAYS = [date(2026, 12, 25), date(2027, 1, 1), date(2027, 3, 26), date(2027, 3, 29), date(2028, 2, 29)]
OFFICE = Calendar.model_validate(
    {
        "key": "office",
        "name": "Office",
        "timezone": "Europe/Berlin",
        "cut_off": "17:00",
        "holidays": [{"date": str(day), "name": "Free"} for day in HOLIDAYS],
    }
)
CONTENT: Content = build_content(Revision(None, dirty=False, files={}), {}, None, ())


def planned(
    tasks: list[dict[str, Any]], occasion: Occasion, calendar: Calendar | None = OFFICE, **fields: Any
) -> Schedule:
    template = TaskTemplate.model_validate(
        {"key": "t", "name": "T", "task_type": "plain", "tasks": tasks, **fields}
    )
    resolved = ResolvedTemplate(
        key="t",
        template=template,
        origins={},
        commit=None,
        task_types={"plain": TaskType.model_validate({"key": "plain", "name": "Plain"})},
        process_docs={},
        calendar=calendar,
        closure=(),
    )
    return schedule(work_of(resolved), RuleBook(CONTENT, "UTC"), occasion, "UTC")


def is_worked(day: date) -> bool:
    return day.weekday() < 5 and day not in HOLIDAYS


def walked(day: date, count: int) -> date:
    """Return the working day so many steps away, one day after the other."""
    if count == 0:
        while not is_worked(day):
            day += timedelta(days=1)
    step = 1 if count > 0 else -1
    while count:
        day += timedelta(days=step)
        count -= step * is_worked(day)
    return day


def is_office_hour(moment: datetime) -> bool:
    local = moment.astimezone(BERLIN)
    return is_worked(local.date()) and time(8) <= local.time() < time(18)


def first_office_moment(moment: datetime) -> datetime:
    """Return the first moment from this on within office hours, ten minutes by ten minutes."""
    while not is_office_hour(moment):
        moment += timedelta(minutes=10)
    return moment


hard_days = st.sampled_from([one.anchor for one in occasions(OFFICE, "UTC", date(2026, 11, 30))])


@given(
    hard_days,
    st.integers(-40, 40),
    st.sampled_from(["days", "business_days"]),
    st.integers(1, 60),
    st.booleans(),
)
def test_dates_and_leads_are_those_that_an_oracle_finds(
    anchor: date, offset: int, unit: str, hours: int, is_proven: bool
) -> None:
    rules = {"due": [{"hours": hours}], "overdue": [], "missing_evidence": "assignee"}
    proof = [{"kind": "url", "label": "Page"}] if is_proven else []
    task = {
        "ref": "a",
        "title": "A",
        "due": {"offset": offset, "unit": unit},
        "reminders": rules,
        "proof": proof,
    }
    start = datetime.combine(anchor - timedelta(days=120), time(), UTC)
    [row] = planned([task], Occasion("a day", anchor, start)).rows
    day = walked(anchor, offset) if unit == "business_days" else anchor + timedelta(days=offset)
    deadline = datetime.combine(day, time(17), BERLIN).astimezone(UTC)
    assert (row.due_date, row.deadline) == (day, deadline)
    lead = first_office_moment(deadline - timedelta(hours=hours))
    if lead > deadline:
        lead = deadline.replace(minute=0)
        while not is_office_hour(lead - timedelta(minutes=10)):
            lead -= timedelta(minutes=10)
        lead = datetime.combine(lead.astimezone(BERLIN).date(), time(8), BERLIN).astimezone(UTC)
    expected = [(lead, "due")]
    if is_proven:
        expected.append((first_office_moment(deadline), "missing-evidence"))
    assert [(one.send_at, str(one.type)) for one in row.reminders] == sorted(expected)


@given(hard_days, st.integers(-30, 30), st.integers(-30, 30))
def test_a_task_before_its_blocker_is_a_fault_on_each_day_on_which_it_is_one(
    anchor: date, first: int, second: int
) -> None:
    tasks = [
        {"ref": "a", "title": "A", "due": {"offset": first, "unit": "business_days"}},
        {"ref": "b", "title": "B", "offset_days": second, "depends_on": ["a"]},
    ]
    found = planned(tasks, Occasion("a day", anchor))
    is_early = anchor + timedelta(days=second) < walked(anchor, first)
    assert [one.ref for one in found.faults] == (["b"] if is_early else [])


def test_the_hard_days_are_those_to_come():
    found = {one.name: one.anchor for one in occasions(OFFICE, "UTC", date(2026, 11, 30))}
    assert found == {
        "a Friday evening": date(2026, 12, 4),
        "the night on which clocks are set forward": date(2027, 3, 28),
        "the night on which clocks are set back": date(2027, 10, 31),
        "a week with holidays": date(2026, 12, 25),
        "29 February": date(2028, 2, 29),
        "the last day of the year": date(2026, 12, 31),
        "the first day of the year": date(2027, 1, 1),
    }


def test_a_week_with_holidays_is_one_in_which_days_of_work_are_free():
    calendar = Calendar(
        key="gulf",
        name="Gulf",
        timezone="UTC",
        working_days=["sun", "mon", "tue", "wed", "thu"],
        holidays=[{"date": "2027-01-01", "name": "A Friday"}, {"date": "2027-03-07", "name": "A Sunday"}],
    )
    found = {one.name: one.anchor for one in occasions(calendar, "UTC", date(2026, 11, 30))}
    assert found["a week with holidays"] == date(2027, 3, 7)


def test_a_zone_without_changes_of_clocks_has_no_such_nights():
    names = [one.name for one in occasions(None, "UTC", date(2026, 11, 30))]
    assert names == [
        "a Friday evening", "29 February", "the last day of the year", "the first day of the year",
    ]  # fmt: skip


def test_a_start_on_a_friday_evening_counts_from_its_moment():
    friday = occasions(OFFICE, "UTC", date(2026, 11, 30))[0]
    task = {"ref": "a", "title": "A", "due": {"offset": 1, "unit": "business_days", "from": "bundle_start"}}
    [row] = planned([task], friday).rows
    assert row.due_date == date(2026, 12, 7)


def test_a_date_before_the_start_that_it_counts_from_is_a_fault():
    task = {"ref": "a", "title": "A", "due": {"offset": -1, "from": "bundle_start"}}
    [fault] = planned([task], Occasion("a day", date(2026, 12, 7))).faults
    assert fault.message == (
        "“A” is due Sun 6 December 2026, before the bundle is started: Mon 7 December 2026."
    )


def test_what_a_schedule_starts_too_late_is_a_fault():
    task = {"ref": "a", "title": "A", "offset_days": -5}
    trigger = {"mode": "schedule", "schedule": "0 9 * * 1", "lead_days": 3}
    found = planned([task], Occasion("a day", date(2026, 12, 7)), trigger=trigger)
    assert [one.ref for one in found.faults] == ["a"]
    enough = {**trigger, "lead_days": 5}
    assert planned([task], Occasion("a day", date(2026, 12, 7)), trigger=enough).faults == []


def test_a_year_that_there_is_not_is_a_fault_of_the_task():
    tasks = [
        {"ref": "a", "title": "A", "offset_days": 1},
        {"ref": "b", "title": "B", "offset_days": 36500},
    ]
    found = planned(tasks, Occasion("a day", date(9990, 12, 7)))
    assert [one.ref for one in found.faults] == ["b"]
    assert "the date lies outside the years 1 to 9999" in found.faults[0].message


def test_each_task_is_shown_whatever_parameters_make_it():
    condition = {"properties": {"kind": {"const": "a"}}}
    parameters = {"type": "object", "required": ["kind"], "properties": {"kind": {"enum": ["a", "b"]}}}
    tasks = [
        {"ref": "a", "title": "A", "offset_days": 1, "when": condition},
        {"ref": "b", "title": "B", "offset_days": 2, "when": {"not": condition}},
    ]
    found = planned(tasks, Occasion("a day", date(2026, 12, 7)), parameters=parameters)
    assert [row.due_date for row in found.rows] == [date(2026, 12, 8), date(2026, 12, 9)]


def test_what_a_start_asks_for_need_not_be_given_and_what_is_given_is_checked():
    parameters = {
        "type": "object",
        "required": ["site", "freeze"],
        "properties": {
            "site": {"type": "string", "format": "uri", "pattern": "^https://"},
            "freeze": {"type": "string", "format": "date"},
        },
    }
    tasks = [
        {"ref": "a", "title": "A {{ site }}", "due": {"offset": 1, "from": "parameter:freeze"}},
        {"ref": "b", "title": "B", "offset_days": 0, "depends_on": ["a"]},
    ]
    found = planned(tasks, Occasion("a day", date(2026, 12, 7)), parameters=parameters)
    assert [(row.title, row.due_date) for row in found.rows] == [
        ("A {{ site }}", date(2026, 12, 8)),
        ("B", date(2026, 12, 7)),
    ]
    assert found.faults == [], "a day that nobody gave is in no order with others"


def test_a_parameter_that_cannot_be_right_is_refused():
    template = TaskTemplate.model_validate(
        {
            "key": "t", "name": "T", "task_type": "plain",
            "parameters": {"type": "object", "properties": {"n": {"type": "integer"}}},
            "tasks": [{"ref": "a", "title": "A"}],
        }
    )  # fmt: skip
    types = {"plain": TaskType.model_validate({"key": "plain", "name": "Plain"})}
    resolved = ResolvedTemplate("t", template, {}, None, types, {}, None, ())
    with pytest.raises(BadRequestError, match=r"n: .* is not of type integer"):
        schedule(
            work_of(resolved), RuleBook(CONTENT, "UTC"), Occasion("a day", date(2026, 12, 7)), "UTC",
            parameters={"n": "x"},
        )  # fmt: skip
