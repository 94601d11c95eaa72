"""What is late now and how much everybody has, held against a naive count (definitions.md section 4)."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from engine.reference.models import Employee
from engine.reports import registry
from engine.reports.load import weeks_of
from engine.reports.tables import Table
from engine.tasks.create import add_parts, take_identities
from engine.tasks.models import Task, TaskStatus
from engine.tasks.states import TERMINAL
from engine.transaction import Transaction
from tests.conftest import NOW
from tests.reported import Case
from tests.told import saved

#: A Saturday, 21 November 2026: this week ends with tomorrow.
TODAY = NOW.date()
MONDAY = TODAY - timedelta(days=TODAY.weekday())
_COUNTED = ("open", "late", "this_week", "next_week", "undated")


def make_tasks(tx: Transaction, count: int = 120) -> list[Task]:
    """Store random tasks of every kind."""
    chance, people = random.Random(7), tx.find(Employee)  # noqa: S311 - test data
    made = []
    for identity in take_identities(tx, count):
        who = chance.choice([None, *people])
        status = chance.choice(list(TaskStatus))
        deadline = chance.choice([None, *(NOW + timedelta(hours=7 * n) for n in range(-60, 60))])
        task = Task(
            **identity,
            workspace_id=tx.workspace_id,
            title="Call",
            task_type=chance.choice(["untyped", "article"]),
            status=status,
            template_id=chance.choice([None, "podcast"]),
            owner_id=tx.actor.user_id,
            assignee_id=who.employee_id if who else None,
            assigned_to_bot=who is None and chance.random() < 0.5,
            deadline=deadline,
            due_date=deadline.date() if deadline else None,
            closed_at=NOW if status in TERMINAL else None,
            created_at=NOW,
            updated_at=NOW,
        )
        made.append(add_parts(tx, task, summary="made"))
    return made


def is_late(task: Task) -> bool:
    return (
        task.status not in (*TERMINAL, TaskStatus.FAILED)
        and task.deadline is not None
        and task.deadline < NOW
    )


def days_late(task: Task) -> int:
    assert task.deadline is not None
    return (TODAY - task.deadline.date()).days


def counts_of(tasks: Sequence[Task]) -> tuple[int, ...]:
    """Count as somebody does who reads everything; weeks are of UTC, the workspace's zone here."""
    open_ones = [task for task in tasks if task.status not in TERMINAL]
    weeks = [(task.deadline.date() - MONDAY).days // 7 for task in open_ones if task.deadline is not None]
    undated = sum(task.deadline is None for task in open_ones)
    late = sum(map(is_late, open_ones))
    return len(open_ones), late, weeks.count(0), weeks.count(1), undated


@pytest.fixture
def case(either_case: Case) -> Case:
    return either_case


@pytest.fixture
def tasks(case: Case) -> list[Task]:
    with case.workbench.transaction(case.people["mara"]) as tx:
        return make_tasks(tx)


def report(case: Case, name: str, who: str = "mara", **given: Any) -> Table:
    return case.ask(who, registry.run, name, given)


def who_has(case: Case, tasks: Sequence[Task]) -> dict[str, list[Task]]:
    """Return the tasks by the name of whoever has them."""
    with case.workbench.reading(case.people["mara"]) as tx:
        names = {one.employee_id: one.name for one in tx.find(Employee)}
    found: dict[str, list[Task]] = {name: [] for name in names.values()}
    for task in tasks:
        nobody = "a program" if task.assigned_to_bot else "nobody"
        found.setdefault(names[task.assignee_id] if task.assignee_id else nobody, []).append(task)
    return found


def test_the_load_of_everybody_is_what_a_naive_count_finds(case: Case, tasks: list[Task]):
    for narrowed in ({}, {"task_type": "article"}, {"template": "podcast"}):
        meant = [
            task
            for task in tasks
            if narrowed.get("task_type", task.task_type) == task.task_type
            and narrowed.get("template", task.template_id) == task.template_id
        ]
        table = report(case, "load", **narrowed)
        expected = {name: counts_of(own) for name, own in who_has(case, meant).items()}
        assert {row["employee"]: tuple(row[one] for one in _COUNTED) for row in table.rows} == expected
        assert tuple(table.totals[one] for one in _COUNTED) == counts_of(meant)
    assert all(counts_of(tasks))


def test_what_is_late_is_what_a_naive_count_finds_by_person_template_and_task(case: Case, tasks: list[Task]):
    late = [task for task in tasks if is_late(task)]
    by_person = report(case, "late")
    expected = {name: own for name, own in who_has(case, late).items() if own}
    assert {row["group"]: row["late"] for row in by_person.rows} == {k: len(v) for k, v in expected.items()}
    for row in by_person.rows:
        days = [days_late(task) for task in expected[str(row["group"])]]
        assert (row["days_late"], row["average_days"]) == (max(days), round(sum(days) / len(days), 1))
        assert days_late(next(task for task in late if task.task_id == row["task_id"])) == max(days)
    by_template = {row["group"]: row["late"] for row in report(case, "late", by="template").rows}
    assert by_template == {
        "podcast": sum(task.template_id is not None for task in late),
        "no template": sum(task.template_id is None for task in late),
    }
    one_by_one = report(case, "late", by="task").rows
    assert {row["task_id"]: row["days_late"] for row in one_by_one} == {
        task.task_id: days_late(task) for task in late
    }
    assert [row["days_late"] for row in one_by_one] == sorted(map(days_late, late), reverse=True)
    assert report(case, "late").totals["late"] == len(late) > 10


def test_whoever_is_given_work_no_more_stands_apart_and_is_left_out_without_any(
    case: Case, tasks: list[Task]
):
    own = {
        name: [task for task in found if task.status not in TERMINAL]
        for name, found in who_has(case, tasks).items()
    }
    with case.workbench.transaction(case.people["mara"]) as tx:
        for name in ("ana", "ben"):
            employee = tx.find_one(Employee, key=name)
            employee.is_active = False
            saved(tx, employee)
        for task in own["Ben Brandt"]:
            theirs = tx.get(Task, task.task_id)
            theirs.assignee_id = None
            saved(tx, theirs)
    rows = report(case, "load").rows
    standing = [(row["employee"], row["standing"]) for row in rows]
    active = [name for name, given in standing if given == "yes"]
    assert standing[len(active) :] == [
        ("Ana Alvarez", "no more"),
        *((name, None) for name in rows_of_nobody(rows)),
    ]
    assert "Ben Brandt" not in dict(standing)
    opened = [row["open"] for row in rows if row["standing"] == "yes"]
    assert opened == sorted(opened, reverse=True)


def rows_of_nobody(rows: Sequence[Any]) -> list[str]:
    return [str(row["employee"]) for row in rows if row["employee_id"] is None]


def test_members_read_about_themselves(case: Case, tasks: list[Task]):
    own = [task for task in tasks if task.assignee_id == case.people["ana"].employee_id]
    (row,) = report(case, "load", "ana").rows
    assert tuple(row[one] for one in _COUNTED) == counts_of(own)
    assert [row["late"] for row in report(case, "late", "ana").rows] == [sum(map(is_late, own))]


@pytest.mark.parametrize(
    ("now", "zone", "begins"),
    [
        ("2026-11-21T09:00+00:00", "UTC", "2026-11-16T00:00+00:00"),
        ("2026-11-22T23:59+00:00", "UTC", "2026-11-16T00:00+00:00"),
        ("2026-11-23T00:00+00:00", "UTC", "2026-11-23T00:00+00:00"),
        ("2026-11-22T23:30+00:00", "Europe/Berlin", "2026-11-22T23:00+00:00"),
        # The clock is put back within the week: it is an hour longer.
        ("2026-10-24T12:00+00:00", "Europe/Berlin", "2026-10-18T22:00+00:00"),
    ],
)
def test_a_week_begins_on_monday_in_the_zone_of_the_workspace(now: str, zone: str, begins: str):
    class Seen:
        """As much of a transaction as weeks need."""

        workspace_zone = zone
        workspace_today = datetime.fromisoformat(now).astimezone(ZoneInfo(zone)).date()

    first, second, third = weeks_of(Seen())  # type: ignore[arg-type]
    assert first == datetime.fromisoformat(begins)
    assert [one.astimezone(ZoneInfo(zone)).strftime("%a %H:%M") for one in (first, second, third)] == [
        "Mon 00:00"
    ] * 3
    assert second.astimezone(ZoneInfo(zone)).date() == first.astimezone(ZoneInfo(zone)).date() + timedelta(7)
