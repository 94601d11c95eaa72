"""Weeks, as worklogs count them: from Monday to Monday in the workspace's zone (pure; OPQ-24)."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

WEEK = timedelta(days=7)


def monday_of(day: date) -> date:
    """Return the Monday of the week that a day is in."""
    return day - timedelta(days=day.weekday())


def last_week(today: date) -> date:
    """Return the Monday of the last week that is over."""
    return monday_of(today) - WEEK


def limits(monday: date, zone: str) -> tuple[datetime, datetime]:
    """Return when a week begins and when the next one does, in UTC.

    A week in which the clocks change is an hour longer or shorter; where a change leaves out midnight, the
    day begins with the first moment that there is.
    """
    return _beginning(monday, zone), _beginning(monday + WEEK, zone)


def title_of(monday: date) -> str:
    """Name a week by its first and last day: ``16 to 22 November 2026``."""
    last = monday + WEEK - timedelta(days=1)
    begins = f"{monday.day}"
    if monday.month != last.month:
        begins += f" {monday:%B}"
    if monday.year != last.year:
        begins += f" {monday.year}"
    return f"{begins} to {last.day} {last:%B} {last.year}"


def _beginning(day: date, zone: str) -> datetime:
    return datetime.combine(day, time(), ZoneInfo(zone)).astimezone(UTC)
