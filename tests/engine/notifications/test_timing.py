"""When somebody is told: held against a clock that is read hour by hour."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from engine.notifications.models import MessageSettings
from engine.notifications.timing import goes_out

NOW = datetime(2026, 1, 1, tzinfo=UTC)
HOURS = st.integers(0, 23)
ZONES = st.sampled_from(["UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe"])


def chosen(**fields: object) -> MessageSettings:
    given = {"message_settings_id": "mst_1", "workspace_id": "wsp_1", "user_id": "usr_1", "stop_token": "t"}
    moments = {"since": NOW, "created_at": NOW, "updated_at": NOW}
    return MessageSettings(**{**given, **moments, "kinds": [], "ways": [], **fields})


def test_without_a_wish_it_is_at_once():
    assert goes_out(chosen(), NOW, "UTC") == NOW


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
