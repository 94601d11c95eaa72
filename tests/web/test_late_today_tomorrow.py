"""Late, today and tomorrow mean the same wherever they are said, in every zone (R1)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace
from zoneinfo import ZoneInfo, available_timezones

import pytest
from flask import Flask
from hypothesis import example, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from engine.clock import FixedClock
from engine.reports.filters import Filters
from engine.reports.queries import indicators
from engine.tasks import dates, queries
from engine.tasks.known import KnownTask
from engine.tasks.models import TaskStatus
from tests.engine.bundles.calendar_oracle import beginning
from tests.engine.conftest import Bench
from web import format as shown_as
from web.pages import my_work
from web.pages.task_filters import read

ZONES = (
    "UTC", "Europe/Berlin", "America/Los_Angeles", "Pacific/Kiritimati", "Pacific/Niue", "Asia/Kolkata",
    "Asia/Kathmandu", "America/Asuncion", "Africa/Casablanca",
)  # fmt: skip
ASKED = ("late", "today", "tomorrow", "<3d", ">3d")
OPEN = (TaskStatus.PENDING, TaskStatus.IN_PROGRESS, TaskStatus.WAITING, TaskStatus.FAILED)
#: A year in which each of these zones that changes its clocks does so.
MOMENTS = st.integers(0, 364 * 24 * 60).map(
    lambda minute: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minute)
)
TASKS = st.lists(
    st.tuples(st.integers(-4 * 24 * 60, 6 * 24 * 60), st.sampled_from(OPEN)), min_size=4, max_size=8
)


_AROUND = [(minutes, status) for minutes in (-1440, -1, 30, 1440, 4000) for status in OPEN[:2]]


@dataclass(frozen=True)
class Told:
    """What holds of a task by what a wall clock shows, and who owes it."""

    days: int
    is_late: bool
    status: TaskStatus

    @classmethod
    def by_wall_clock(cls, deadline: datetime, status: TaskStatus, now: datetime, zone: str) -> Told:
        """Read both days off a wall clock, and count from noon to noon."""
        shown = [moment.astimezone(ZoneInfo(zone)).strftime("%Y-%m-%d 12") for moment in (deadline, now)]
        there, today = (datetime.strptime(noon, "%Y-%m-%d %H").replace(tzinfo=UTC) for noon in shown)
        return cls((there - today).days, status is not TaskStatus.FAILED and deadline < now, status)

    @property
    def words(self) -> set[str]:
        """By which of ``ASKED`` it is found."""
        holds = {
            "late": self.is_late,
            "today": self.days == 0,
            "tomorrow": self.days == 1,
            "<3d": self.days <= 3,
            ">3d": self.days > 3,
        }
        return {word for word, is_so in holds.items() if is_so}

    @property
    def group(self) -> str:
        """Where it stands among somebody's own work."""
        if self.status is TaskStatus.WAITING:
            return "waiting"
        if self.is_late:
            return "late"
        return "today" if self.days <= 0 else "week"


@pytest.mark.wide
@hypothesis_settings(max_examples=20, deadline=None)
@given(zone=st.sampled_from(ZONES), calendar=st.sampled_from(ZONES), now=MOMENTS, tasks=TASKS)
@example(zone="UTC", calendar="Pacific/Kiritimati", now=datetime(2026, 11, 21, 9, tzinfo=UTC), tasks=_AROUND)
@example(
    zone="Africa/Casablanca",
    calendar="Pacific/Niue",
    now=datetime(2026, 2, 15, 2, 30, tzinfo=UTC),
    tasks=_AROUND,
)
def test_filters_groups_and_counts_agree_with_a_wall_clock_wherever_the_calendar_is_of(
    zone: str, calendar: str, now: datetime, tasks: list[tuple[int, TaskStatus]]
):
    agree(zone, calendar, now, tasks)


def agree(zone: str, calendar: str, now: datetime, tasks: list[tuple[int, TaskStatus]]) -> None:
    """Hold filters, groups and counts against a wall clock."""
    bench = Bench("sqlite://", timezone=zone)
    bench.clock.set(now)
    expected: dict[str, Told] = {}
    for minutes, status in tasks:
        deadline = now + timedelta(minutes=minutes)
        task_id = bench.make(assignee="ana", deadline=deadline.isoformat())
        bench.change(task_id, status=status, due_date=deadline.astimezone(ZoneInfo(calendar)).date())
        expected[task_id] = Told.by_wall_clock(deadline, status, now, zone)
    with bench.reading("ana") as tx:
        found: dict[str, set[str]] = {task_id: set() for task_id in expected}
        for word in ASKED:
            for row in queries.list_tasks(tx, read(tx, {"due": word, "status": "all"}).wanted).items:
                found[row.task_id].add(word)
        groups = {item.row.task_id: group.key for group in my_work.load(tx).groups for item in group.items}
        late = queries.statistics(tx).overdue
    bench.database.close()
    assert found == {task_id: told.words for task_id, told in expected.items()}
    assert groups == {task_id: told.group for task_id, told in expected.items()}
    assert late == sum(told.is_late for told in expected.values())


# -- in every zone ------------------------------------------------------------------------

EVERY_ZONE = sorted(available_timezones())
#: One of each kind: far east and west, quarters of an hour, clocks that change at midnight, by half an hour,
#: by two hours, for a month, and never.
TELLING_ZONES = (
    "UTC", "Europe/Berlin", "Pacific/Kiritimati", "Etc/GMT+12", "Asia/Kathmandu", "America/Havana",
    "America/Santiago", "Australia/Lord_Howe", "Antarctica/Troll", "Africa/Casablanca", "America/Nuuk",
)  # fmt: skip
AWAY = (-3000, -1440, -61, -1, 1, 29, 61, 1439, 1441, 2900, 4400)


def offsets_of(zone: str) -> tuple[timedelta | None, ...]:
    """Return how far this zone is from UTC in each hour of 2026."""
    hours = (datetime(2026, 1, 1, tzinfo=UTC) + timedelta(hours=number) for number in range(365 * 24))
    there = ZoneInfo(zone)
    return tuple(hour.astimezone(there).utcoffset() for hour in hours)


def moments_of(zone: str) -> list[datetime]:
    """Return moments around each change of this zone's clocks in 2026, and around two ends of a day."""
    offsets = offsets_of(zone)
    hours = [number for number in range(1, len(offsets)) if offsets[number] != offsets[number - 1]]
    changes = [datetime(2026, 1, 1, tzinfo=UTC) + timedelta(hours=number) for number in hours]
    ends = [beginning(day, zone) for day in (date(2026, 6, 1), date(2027, 1, 1))]
    return [at + timedelta(minutes=minutes) for at in (*changes, *ends) for minutes in (-90, -1, 31)]


@dataclass(frozen=True)
class Owed(KnownTask):
    """As much of a task as its words depend on."""

    deadline: datetime
    status: TaskStatus


def words(deadline: datetime, status: TaskStatus, now: datetime, zone: str) -> str:
    """Say when a task is due, from what a wall clock shows alone."""
    told = Told.by_wall_clock(deadline, status, now, zone)
    there = deadline.astimezone(ZoneInfo(zone))
    this_year = now.astimezone(ZoneInfo(zone)).year
    day = f"{there:%a} {there.day} {there:%b}" + (f" {there.year}" if there.year != this_year else "")
    is_whole_day = status is TaskStatus.FAILED or f"{there:%H:%M}" == "23:59"
    number = f"{abs(told.days)} day{'' if abs(told.days) == 1 else 's'}"
    if told.is_late:
        return f"{day}, {number} late" if told.days else f"{day}, late since {there:%H:%M}"
    if told.days == 0:
        return f"{day}, today" if is_whole_day else f"{day}, today until {there:%H:%M}"
    near = {1: "tomorrow", -1: "yesterday"}.get(told.days)
    return f"{day}, {near or (f'in {number}' if told.days > 0 else f'{number} ago')}"


def hold_words_in(zone: str) -> None:
    app = Flask("zones")
    for now in moments_of(zone):
        stand = SimpleNamespace(clock=FixedClock(now), settings=SimpleNamespace(timezone=zone))
        app.extensions["workbench"] = stand
        with app.app_context():
            for minutes in AWAY:
                for status in (TaskStatus.PENDING, TaskStatus.FAILED):
                    owed = Owed(now + timedelta(minutes=minutes), status)
                    said = shown_as.due(owed).striptags()
                    assert said == words(owed.deadline, status, now, zone), (zone, now, minutes)


def hold_days_in(zone: str) -> None:
    """Days begin when a wall clock first shows them, and reports count work on the day that it showed."""
    bench = Bench("sqlite://", timezone=zone)
    moments = moments_of(zone)
    expected: dict[str, int] = {}
    for moment in moments:
        done = {"closed_at": moment, "completed_by": bench.actors["ana"].user_id}
        bench.change(bench.make(), status=TaskStatus.COMPLETED, **done)
        day = moment.astimezone(ZoneInfo(zone)).strftime("%Y-%m-%d")
        expected[day] = expected.get(day, 0) + 1
    with bench.reading() as tx:
        counted = indicators.done_by_day(tx, Filters())
        assert {str(day): count for (_, day), count in counted.items()} == expected
        for text, count in expected.items():
            wanted = Filters.parse(tx, {"from": text, "to": text}, names=("from", "to"))
            assert sum(indicators.done_by_day(tx, wanted).values()) == count, text
            day = dates.read_day(text, "day")
            assert dates.start_of(day, zone) == beginning(day, zone), text
    bench.database.close()


#: Whole hours, the first day of all, a change of half an hour, and one at midnight.
MOST_TELLING_ZONES = {"Europe/Berlin", "Pacific/Kiritimati", "Australia/Lord_Howe", "America/Santiago"}


@pytest.mark.parametrize(
    "zone",
    [
        zone if zone in MOST_TELLING_ZONES else pytest.param(zone, marks=pytest.mark.wide)
        for zone in TELLING_ZONES
    ],
)
def test_words_and_days_agree_with_a_wall_clock_around_every_change_of_it(zone: str):
    hold_words_in(zone)
    hold_days_in(zone)


REGIONS = sorted({zone.partition("/")[0] for zone in EVERY_ZONE if "/" in zone} | {""})


@pytest.mark.wide
@pytest.mark.parametrize("every", [8, pytest.param(1, marks=pytest.mark.long)])
@pytest.mark.parametrize("region", REGIONS)
def test_late_today_and_tomorrow_agree_with_a_wall_clock_in_every_zone(region: str, every: int):
    """Words in every zone; what a store is asked once for all zones that have the same clocks."""
    same: dict[tuple[timedelta | None, ...], str] = {}
    there = [zone for zone in EVERY_ZONE if region == (zone.partition("/")[0] if "/" in zone else "")]
    for zone in there[::every]:
        hold_words_in(zone)
        same.setdefault(offsets_of(zone), zone)
    for zone in same.values():
        hold_days_in(zone)
        for number, now in enumerate(moments_of(zone)[1::3]):
            tasks = [(minutes, OPEN[(number + place) % len(OPEN)]) for place, minutes in enumerate(AWAY)]
            agree(zone, ZONES[number % len(ZONES)], now, tasks)
