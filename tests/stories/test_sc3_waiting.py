"""SC3: waiting creates a follow-up without closing (up to the pure rule that says a follow-up is due)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from engine.app import Workbench
from engine.bundles.models import Bundle
from engine.errors import BadRequestError
from engine.tasks import lifecycle
from engine.tasks.models import Task, TaskStatus
from engine.tasks.waiting import follow_up_is_due
from exports import validate, writer
from tests.factories import make_bundle
from tests.stories.conftest import rows

FOLLOW_UP = datetime(2026, 11, 24, 8, 30, tzinfo=UTC)
REF = "email_sponsor"


@pytest.fixture
def newsletter(workbench: Workbench) -> Bundle:
    """Given tasks that depend on somebody outside."""
    return make_bundle(workbench, "newsletter")


def task_of(workbench: Workbench, bundle: Bundle, ref: str = REF) -> Task:
    with workbench.reading(workbench.operator()) as tx:
        return next(
            task for task in tx.find(Task, bundle_id=bundle.bundle_id) if task.template_task_ref == ref
        )


@pytest.fixture
def waiting(workbench: Workbench, newsletter: Bundle) -> Task:
    """When one moves to waiting with waiting_for and follow_up_at."""
    with workbench.transaction(workbench.operator()) as tx:
        task = lifecycle.start(tx, task_of(workbench, newsletter).task_id)
        return lifecycle.wait(tx, task.task_id, "the sponsor's copy", FOLLOW_UP, "asked by mail")


def test_it_stays_active_and_open(workbench, newsletter, waiting):
    task = task_of(workbench, newsletter)
    assert (task.status, task.is_active, task.is_terminal) == (TaskStatus.WAITING, True, False)
    assert (task.completed_at, task.completed_by, task.closed_at) == (None, None, None)
    assert (task.waiting_for, task.follow_up_at, task.waiting_since) == (
        "the sponsor's copy",
        FOLLOW_UP,
        workbench.clock.now(),
    )


def test_it_is_exported_with_its_waiting_fields(workbench, waiting, tmp_path: Path):
    writer.write(workbench, workbench.operator(), tmp_path / "out")
    assert validate.check(tmp_path / "out") == []
    [task] = [row for row in rows(tmp_path / "out", "tasks") if row["task_id"] == waiting.task_id]
    assert (task["status"], task["waiting_for"], task["follow_up_at"]) == (
        "waiting",
        "the sponsor's copy",
        "2026-11-24T08:30:00.000Z",
    )
    assert task["waiting_since"] == "2026-11-21T09:00:00.000Z"


def test_the_follow_up_is_due_when_the_moment_arrives_and_not_before(workbench, newsletter, waiting):
    task = task_of(workbench, newsletter)
    assert not follow_up_is_due(task, FOLLOW_UP - timedelta(milliseconds=1))
    assert follow_up_is_due(task, FOLLOW_UP)
    assert follow_up_is_due(task, FOLLOW_UP + timedelta(days=30))


def test_after_going_on_nothing_is_due_any_more(workbench, newsletter, waiting):
    with workbench.transaction(workbench.operator()) as tx:
        lifecycle.resume(tx, waiting.task_id)
    task = task_of(workbench, newsletter)
    assert (task.status, task.waiting_for, task.follow_up_at) == (TaskStatus.IN_PROGRESS, None, None)
    assert not follow_up_is_due(task, FOLLOW_UP)


@pytest.mark.parametrize(("ref", "days"), [("send_email_sponsor_publication_live", 1), (REF, 2)])
def test_without_a_moment_the_templates_days_count(workbench, newsletter, ref, days):
    task = task_of(workbench, newsletter, ref)
    with workbench.transaction(workbench.operator()) as tx:
        lifecycle.wait(tx, task.task_id, "an answer", comment="asked by mail")
    found = task_of(workbench, newsletter, ref)
    assert found.follow_up_at == workbench.clock.now() + timedelta(days=days)


@pytest.mark.parametrize("nothing", ["", "   "])
def test_whom_it_waits_for_is_always_asked(workbench, newsletter, nothing):
    task = task_of(workbench, newsletter)
    with (
        pytest.raises(BadRequestError, match="waits for"),
        workbench.transaction(workbench.operator()) as tx,
    ):
        lifecycle.wait(tx, task.task_id, nothing, FOLLOW_UP)
    assert task_of(workbench, newsletter) == task
