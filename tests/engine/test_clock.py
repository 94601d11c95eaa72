"""One source of time, one stored form of a moment."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from engine.clock import FixedClock, SystemClock, to_text, today
from engine.record import Moment

NOW = datetime(2026, 11, 21, 23, 30, tzinfo=UTC)
MOMENTS = st.integers(-2_000_000_000_000, 200_000_000_000_000).map(
    lambda milliseconds: datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=milliseconds)
)


def test_the_system_clock_is_utc_and_cut_to_milliseconds():
    moment = SystemClock().now()
    assert moment.tzinfo is UTC
    assert moment.microsecond % 1000 == 0
    assert abs(datetime.now(UTC) - moment) < timedelta(minutes=1)


def test_a_fixed_clock_stands_until_it_is_moved():
    clock = FixedClock(datetime(2026, 11, 21, 12, tzinfo=timezone(timedelta(hours=2))))
    assert clock.now() == clock.now() == datetime(2026, 11, 21, 10, tzinfo=UTC)
    clock.advance(days=1, minutes=5)
    assert clock.now() == datetime(2026, 11, 22, 10, 5, tzinfo=UTC)
    clock.set(NOW)
    assert clock.now() == NOW


def test_the_day_depends_on_the_zone():
    clock = FixedClock(NOW)
    assert today(clock, "UTC") == date(2026, 11, 21)
    assert today(clock, "Europe/Berlin") == date(2026, 11, 22)
    assert today(clock, "America/Los_Angeles") == date(2026, 11, 21)


def test_a_moment_has_one_stored_form_whatever_zone_it_is_given_in():
    assert to_text(NOW) == "2026-11-21T23:30:00.000Z"
    assert to_text(NOW.astimezone(timezone(timedelta(hours=-8)))) == "2026-11-21T23:30:00.000Z"
    assert to_text(NOW.replace(microsecond=1999)) == "2026-11-21T23:30:00.001Z"


@given(MOMENTS, MOMENTS)
def test_the_order_of_texts_is_the_order_of_moments(first: datetime, second: datetime):
    assert (to_text(first) < to_text(second)) == (first < second)
    assert TypeAdapter(Moment).validate_json(f'"{to_text(first)}"') == first


def test_a_moment_without_a_zone_is_refused():
    with pytest.raises(ValidationError, match="time zone"):
        TypeAdapter(Moment).validate_json('"2026-11-21T09:00:00"')
