"""The only source of the current time: ``Clock`` in production, ``FixedClock`` in tests and the demo."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Protocol
from zoneinfo import ZoneInfo

from engine.errors import UnavailableError


class Clock(Protocol):
    """Anything that knows what time it is.

    1. ``now()`` is an aware UTC moment with microseconds set to zero below the millisecond.
    2. It may be set back; what is recorded is not (``not_before``).
    """

    def now(self) -> datetime:
        """Return the current moment in UTC."""
        ...


class SystemClock:
    """The machine's clock, cut to milliseconds so that stored times round-trip exactly."""

    def now(self) -> datetime:
        """Return the current moment in UTC."""
        moment = datetime.now(UTC)
        return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


class FixedClock:
    """A clock that stands still until it is moved; for tests, previews and the demo."""

    def __init__(self, moment: datetime) -> None:
        self._moment = moment.astimezone(UTC)

    def now(self) -> datetime:
        """Return the set moment in UTC."""
        return self._moment

    def set(self, moment: datetime) -> None:
        """Jump to ``moment``."""
        self._moment = moment.astimezone(UTC)

    def advance(self, **parts: float) -> None:
        """Move on by the parts of a ``timedelta``, for example ``days=2, hours=3``."""
        self._moment += timedelta(**parts)


class HindsightClock(FixedClock):
    """The clock of a story that is told in hindsight, chapter by chapter; for the demo alone.

    What is recorded by it follows it back as well as forth.
    """


def not_before(moment: datetime, latest: str) -> datetime:
    """Return ``moment``, or the millisecond after ``latest`` where the clock was set back behind that (S10).

    ``latest`` is as ``to_text`` writes it, or empty. So what is done by a clock that was set back keeps its
    order, until the clock has caught up.

    Raises:
        UnavailableError: ``latest`` is no such time, or the last that there is: nobody wrote it here.
    """
    if to_text(moment) >= latest:
        return moment
    try:
        return datetime.fromisoformat(latest) + timedelta(milliseconds=1)
    except (ValueError, OverflowError) as error:
        raise UnavailableError(
            f"The store tells {latest[:40]!r} as the latest time that is recorded, which no time can follow: "
            "somebody changed it past Workbench. Nothing was changed. Keep the store as evidence, run "
            "`workbench audit verify`, and restore the last backup that verifies."
        ) from error


def today(clock: Clock, zone: str) -> date:
    """Return the calendar day of ``clock`` in the IANA time zone ``zone``."""
    return clock.now().astimezone(ZoneInfo(zone)).date()


def in_zone(moment: datetime, zone: str) -> datetime:
    """Return a moment as clocks in the IANA time zone ``zone`` show it.

    At the very edge of the years 1 to 9999 they show none; it stays in UTC, so that what was kept is read.
    """
    try:
        return moment.astimezone(ZoneInfo(zone))
    except OverflowError:
        return moment.astimezone(UTC)


def to_text(moment: datetime) -> str:
    """Return the one stored form of a moment: ``2026-11-21T09:30:00.000Z``."""
    return _utc_text(moment if moment.tzinfo is UTC else moment.astimezone(UTC))


@lru_cache(maxsize=1024)
def _utc_text(moment: datetime) -> str:
    """Format a moment; remembered, because all records of a transaction carry the same one several times."""
    return moment.replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"
