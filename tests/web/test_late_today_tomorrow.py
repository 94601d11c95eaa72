"""Late, today and tomorrow mean the same wherever they are said, in every zone (R1)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import example, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from engine.tasks import queries
from engine.tasks.models import TaskStatus
from tests.engine.conftest import Bench
from web.pages.board import my_groups
from web.pages.task_filters import read_filter

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
            for row in queries.list_tasks(tx, read_filter(tx, {"due": word, "status": "all"})).items:
                found[row.task_id].add(word)
        groups = {card.row.task_id: group.key for group in my_groups(tx) for card in group.cards}
        late = queries.statistics(tx).overdue
    bench.database.close()
    assert found == {task_id: told.words for task_id, told in expected.items()}
    assert groups == {task_id: told.group for task_id, told in expected.items()}
    assert late == sum(told.is_late for told in expected.values())
