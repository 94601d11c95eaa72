"""When somebody is told: held against a clock that is read hour by hour."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.notifications.models import MessageSettings
from engine.notifications.timing import goes_out, is_quiet

NOW = datetime(2026, 1, 1, tzinfo=UTC)
HOURS = st.integers(0, 23)
ZONES = st.sampled_from(["UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe"])


def chosen(**fields: object) -> MessageSettings:
    given = {"message_settings_id": "mst_1", "workspace_id": "wsp_1", "user_id": "usr_1", "stop_token": "t"}
    moments = {"since": NOW, "created_at": NOW, "updated_at": NOW}
    return MessageSettings(**{**given, **moments, "kinds": [], "ways": [], **fields})


def test_without_a_wish_it_is_at_once():
    assert goes_out(chosen(), NOW, "UTC") == NOW


@pytest.mark.parametrize(
    ("begins", "ends", "quiet"),
    [
        pytest.param(12, 14, {12, 13}, id="within a day"),
        pytest.param(22, 2, {22, 23, 0, 1}, id="over midnight"),
        pytest.param(9, 9, set(), id="none, where they end as they begin"),
        pytest.param(None, 7, set(), id="without a beginning"),
        pytest.param(7, None, set(), id="without an end"),
    ],
)
def test_quiet_hours_begin_with_the_first_and_end_before_the_last(
    begins: int | None, ends: int | None, quiet: set[int]
):
    asked = chosen(quiet_from=begins, quiet_until=ends)
    assert {hour for hour in range(24) if is_quiet(asked, hour)} == quiet


@pytest.mark.parametrize(
    ("now", "zone", "hour", "told"),
    [
        ("2026-11-20T06:59:59.001", "UTC", 7, "2026-11-20T07:00:00"),
        ("2026-11-20T07:00:00", "UTC", 7, "2026-11-21T07:00:00"),
        ("2026-11-20T23:30:00", "Europe/Berlin", 0, "2026-11-21T23:00:00"),
        ("2026-11-20T12:00:00", "Pacific/Kiritimati", 3, "2026-11-20T13:00:00"),
        # Berlin leaves out two o'clock on 29 March, and has it twice on 25 October.
        ("2026-03-29T00:30:00", "Europe/Berlin", 2, "2026-03-29T01:00:00"),
        ("2026-10-24T23:30:00", "Europe/Berlin", 2, "2026-10-25T00:00:00"),
        ("2026-10-25T00:30:00", "Europe/Berlin", 2, "2026-10-26T01:00:00"),
        ("2026-10-25T01:30:00", "Europe/Berlin", 2, "2026-10-26T01:00:00"),
    ],
)
def test_the_next_full_hour_is_to_the_second_and_the_first_of_two(now: str, zone: str, hour: int, told: str):
    moment = datetime.fromisoformat(f"{now}+00:00")
    found = goes_out(chosen(is_daily=True, daily_hour=hour), moment, zone)
    assert found.isoformat() == f"{told}+00:00"
    assert found.tzinfo is UTC


@given(HOURS, HOURS, ZONES, st.integers(0, 366 * 24 * 60))
def test_nothing_goes_out_in_quiet_hours_and_what_waited_goes_out_when_they_end(
    begins: int, ends: int, zone: str, minutes: int
):
    now = NOW + timedelta(minutes=minutes)
    found = goes_out(chosen(quiet_from=begins, quiet_until=ends), now, zone)
    quiet = {(begins + number) % 24 for number in range((ends - begins) % 24)}
    assert found >= now
    assert found.astimezone(ZoneInfo(zone)).hour not in quiet
    if found > now:
        # Every minute that it waited was a quiet one, but for an hour that the clocks change in.
        waited = (
            now + timedelta(minutes=one) for one in range(0, int((found - now) / timedelta(minutes=1)), 7)
        )
        assert sum(one.astimezone(ZoneInfo(zone)).hour not in quiet for one in waited) * 7 <= 60


@given(HOURS, ZONES, st.integers(0, 366 * 24 * 60))
def test_the_messages_of_a_day_go_out_at_its_next_such_hour(hour: int, zone: str, minutes: int):
    now = NOW + timedelta(minutes=minutes)
    found = goes_out(chosen(is_daily=True, daily_hour=hour), now, zone)
    assert now < found <= now + timedelta(hours=25)
    local = found.astimezone(ZoneInfo(zone))
    earlier = (now + timedelta(minutes=step) for step in range(1, 25 * 60))
    shown = [one.astimezone(ZoneInfo(zone)) for one in earlier if one < found]
    # An hour that the clocks repeat counts the first time; one that they leave out, as far after the change.
    assert [one for one in shown if (one.hour, one.minute, one.fold) == (hour, 0, 0)] == []
    before = (found - timedelta(hours=3)).astimezone(ZoneInfo(zone))
    assert local.hour == hour or local.utcoffset() != before.utcoffset()
