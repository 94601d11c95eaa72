"""When somebody is told: at once, when their quiet hours end, or with the messages of a day (pure)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from engine.notifications.models import MessageSettings


def goes_out(chosen: MessageSettings, now: datetime, zone: str) -> datetime:
    """Return the first moment from ``now`` on at which somebody wants to be told, in UTC.

    ``zone`` is where their hours are read. Who wants the messages of a day at an hour
    within their quiet hours gets them then.
    """
    own = ZoneInfo(zone)
    if chosen.is_daily:
        return next_hour(chosen.daily_hour, now, own)
    if chosen.quiet_until is not None and is_quiet(chosen, now.astimezone(own).hour):
        return next_hour(chosen.quiet_until, now, own)
    return now


def is_quiet(chosen: MessageSettings, hour: int) -> bool:
    """Whether an hour of their day is one of their quiet hours; they may go over midnight."""
    begins, ends = chosen.quiet_from, chosen.quiet_until
    if begins is None or ends is None or begins == ends:
        return False
    return begins <= hour < ends if begins < ends else hour >= begins or hour < ends


def next_hour(hour: int, now: datetime, zone: ZoneInfo) -> datetime:
    """Return the first moment after ``now`` at which a clock of the zone shows that full hour.

    Where a change of the clocks leaves it out, it is the moment as far after the change as it would be.
    """
    today = now.astimezone(zone).replace(hour=hour, minute=0, second=0, microsecond=0)
    candidates = (today, today + timedelta(days=1))
    return next(moment for one in candidates if (moment := one.astimezone(UTC)) > now)
