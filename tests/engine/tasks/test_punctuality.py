"""What was promised first is kept, and how late the work was: moving a deadline rewrites neither (T4)."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from engine.app import Workbench
from engine.bundles import service as bundles
from engine.tasks import clone, lifecycle
from engine.tasks.models import Task
from engine.tasks.punctuality import lateness_in_words, seconds_late
from tests.engine.conftest import Bench, change
from tests.factories import make_bundle, make_people

FIRST = "2026-11-23T12:00:00Z"
LATER = "2026-11-30T12:00:00Z"


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def complete(bench: Bench, task_id: str, at: str) -> Task:
    """Complete a task at a moment."""
    bench.clock.advance(seconds=(moment(at) - bench.clock.now()).total_seconds())
    with bench.writing() as tx:
        lifecycle.start(tx, task_id)
        lifecycle.complete(tx, task_id)
    return bench.task(task_id)


def test_a_moved_deadline_leaves_the_first_one_and_the_event_tells_of_the_move(bench: Bench):
    task_id = bench.make(deadline=FIRST)
    change(bench, task_id, {"deadline": LATER})
    task = bench.task(task_id)
    assert (task.deadline, task.first_deadline) == (moment(LATER), moment(FIRST))
    change(bench, task_id, {"deadline": None})
    change(bench, task_id, {"due_date": "2027-01-04"})
    assert bench.task(task_id).first_deadline == moment(FIRST)


def test_a_task_without_a_date_keeps_the_first_that_it_is_given(bench: Bench):
    task_id = bench.make()
    assert bench.task(task_id).first_deadline is None
    change(bench, task_id, {"due_date": "2026-11-30"})
    kept = bench.task(task_id).first_deadline
    assert kept == bench.task(task_id).deadline
    assert kept is not None
    change(bench, task_id, {"due_date": "2026-12-01"})
    assert bench.task(task_id).first_deadline == kept


def test_a_task_is_late_against_its_deadline_and_against_the_first(bench: Bench):
    task_id = bench.make(deadline=FIRST)
    change(bench, task_id, {"deadline": LATER})
    task = complete(bench, task_id, "2026-11-24T12:00:01Z")
    assert (task.late_seconds, task.first_late_seconds) == (-6 * 86_400 + 1, 86_401)


def test_a_task_without_a_deadline_is_neither_late_nor_early(bench: Bench):
    task = complete(bench, bench.make(), LATER)
    assert (task.late_seconds, task.first_late_seconds) == (None, None)


def test_only_completion_says_how_late_it_was(bench: Bench):
    task_id = bench.make(deadline=FIRST)
    with bench.writing() as tx:
        lifecycle.cancel(tx, task_id, "not this year")
    assert (bench.task(task_id).late_seconds, bench.task(task_id).first_late_seconds) == (None, None)


def test_a_clone_has_a_first_deadline_of_its_own(bench: Bench):
    task_id = bench.make(deadline=FIRST)
    change(bench, task_id, {"deadline": LATER})
    complete(bench, task_id, LATER)
    with bench.writing() as tx:
        same = clone.clone(tx, bench.content, task_id)
        other = clone.clone(tx, bench.content, task_id, {"deadline": "2026-12-24T12:00:00Z"})
    assert (same.first_deadline, same.late_seconds) == (moment(LATER), None)
    assert other.first_deadline == moment("2026-12-24T12:00:00Z")


@pytest.mark.parametrize(
    ("milliseconds", "seconds"),
    [
        (-1001, -1),
        (-1000, -1),
        (-999, 0),
        (0, 0),
        (0.001, 1),
        (1, 1),
        (1000, 1),
        (1001, 2),
        (86_400_000, 86_400),
    ],
)
def test_late_is_after_the_deadline_and_a_part_of_a_second_counts_whole(milliseconds: float, seconds: int):
    deadline = datetime(2026, 11, 23, 12, tzinfo=UTC)
    assert seconds_late(deadline, deadline + timedelta(milliseconds=milliseconds)) == seconds
    assert seconds_late(None, deadline) is None


def test_a_bundle_that_is_moved_leaves_the_first_deadline_of_each_task(either_workbench: Workbench):
    make_people(either_workbench)
    bundle = make_bundle(either_workbench)
    with either_workbench.reading(either_workbench.operator()) as tx:
        before = {task.task_id: task.deadline for task in tx.find(Task, bundle_id=bundle.bundle_id)}
    with either_workbench.transaction(either_workbench.operator()) as tx:
        moves = bundles.reanchor(tx, bundle.bundle_id, date(2026, 12, 11))
    moved = {change.task_id for change in moves.changes}
    assert len(moved) > 3
    with either_workbench.reading(either_workbench.operator()) as tx:
        tasks = tx.find(Task, bundle_id=bundle.bundle_id)
        assert moved <= {task.task_id for task in tasks}
        for task in tasks:
            assert task.first_deadline == before[task.task_id]
            assert (task.deadline != before[task.task_id]) is (task.task_id in moved)


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (-5, "on time"),
        (0, "on time"),
        (1, "under a minute late"),
        (59, "under a minute late"),
        (60, "1 min late"),
        (3_600, "1 h late"),
        (12_300, "3 h 25 min late"),
        (86_400, "1 day late"),
        (86_400 * 2 + 3_660, "2 days 1 h late"),
    ],
)
def test_lateness_is_said_in_the_two_largest_units(seconds: int, said: str):
    assert lateness_in_words(seconds) == said
