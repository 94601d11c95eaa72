"""A day as working days of a calendar, and names for what people wrote."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.catalog.calendars import WEEKDAYS, Calendar, Holiday
from engine.proposals.as_done import working_days
from engine.proposals.naming import name_for

OFFICE = Calendar.model_validate(
    {
        "key": "office",
        "name": "Office",
        "timezone": "Europe/Berlin",
        "holidays": [Holiday.model_validate({"date": "2026-12-25", "name": "Christmas Day"})],
    }
)


@given(
    st.dates(date(2026, 1, 1), date(2027, 12, 31)),
    st.integers(-80, 80),
    st.sampled_from([None, OFFICE]),
)
def test_a_working_day_is_as_many_working_days_away_as_the_due_rule_counts_back(
    anchor: date, away: int, calendar: Calendar | None
):
    day, days = anchor + timedelta(days=away), calendar or WEEKDAYS
    counted = working_days(anchor, day, calendar)
    naive = [n for n in range(-120, 121) if days.add_business_days(anchor, n) == day]
    assert (counted in naive) if naive else counted is None


@pytest.mark.parametrize(
    ("text", "taken", "name"),
    [
        ("Write it!", (), "write_it"),
        ("Write it!", ("write_it",), "write_it_2"),
        ("Größe: {{ topic }} für [client]", (), "grosse_fur"),
        ("24 dinge", (), "dinge"),
        ("日本語", (), "item"),
        ("x" * 90, (), "x" * 40),
    ],
)
def test_what_people_wrote_becomes_a_name_of_the_format(text: str, taken: tuple[str, ...], name: str):
    assert name_for(text, taken) == name
