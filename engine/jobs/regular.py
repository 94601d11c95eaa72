"""Regular work: what is put as a job whenever a line of a crontab says so, and when that is (pure)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from cronsim import CronSim


@dataclass(frozen=True, kw_only=True)
class Regular:
    """One thing that is done again and again."""

    #: What it is called, in the ledger and on the command line.
    name: str
    #: When, as a line of a crontab in the workspace's zone, read as Debian's cron does (R8).
    when: str
    #: What it is for, as a sentence.
    purpose: str

    def last(self, now: datetime, zone: str) -> datetime:
        """Return the last moment up to ``now`` at which it was due, in UTC.

        A time of day that a change of the clocks leaves out is due right after it, and one that it repeats is
        due the first time.
        """
        # Without a part of a minute the minute itself would be left out.
        until = now.replace(microsecond=now.microsecond or 1).astimezone(ZoneInfo(zone))
        return next(CronSim(self.when, until, reverse=True)).astimezone(UTC)

    def next(self, now: datetime, zone: str) -> datetime:
        """Return the first moment after ``now`` at which it is due, in UTC."""
        return next(CronSim(self.when, now.astimezone(ZoneInfo(zone)))).astimezone(UTC)

    def key(self, due: datetime, time_around: int = 0) -> str:
        """Return the key of the job that is put for a moment at which it was due: there is one only.

        By a clock that was set back the moment comes once more: that is its next time around.
        """
        around = f"#{time_around}" if time_around else ""
        return f"{self.name}{around}@{due.astimezone(UTC):%Y-%m-%dT%H:%MZ}"
