"""Rework: the work of a closed task is done again in a linked one, and what was done stays (decision 14)."""

from __future__ import annotations

from datetime import date

import pytest

from engine.access import Actor
from engine.app import Workbench
from engine.bundles import service as bundles
from engine.deliverables.models import Deliverable
from engine.errors import BadRequestError, ConflictError, ForbiddenError
from engine.reference.models import Employee
from engine.tasks import lifecycle
from engine.tasks.models import Note, NoteKind, Proof, Step, Task, TaskStatus
from tests.engine.corrections.published import Article
from tests.factories import do, make_people, make_task
from tests.told import saved


@pytest.fixture
def people(either_workbench: Workbench) -> dict[str, Actor]:
    return make_people(either_workbench)


@pytest.fixture
def article(either_workbench: Workbench, people: dict[str, Actor]) -> Article:
    return Article(either_workbench, people)


def reworked(article: Article, ref: str) -> Task:
    given = {"task_id": article.task(ref).task_id, "reason": "The photos were lost."}
    return do(article.workbench, article.people["mara"], "task rework", **given)


def test_a_rework_asks_for_everything_anew_beside_the_original(article: Article):
    article.complete("publish")
    original = article.task("publish")
    made = reworked(article, "publish")
    assert article.task("publish") == original
    assert (made.rework_of, made.cloned_from) == (original.task_id, original.task_id)
    assert (made.status, made.title, made.bundle_id) == (
        TaskStatus.PENDING,
        original.title,
        article.bundle_id,
    )
    # What the original alone does for its bundle is not done twice.
    assert (made.fills_link, made.stage_on_complete, made.template_task_ref) == (None, None, None)
    with article.workbench.reading(article.people["mara"]) as tx:
        assert [step.is_completed for step in tx.find(Step, task_id=made.task_id)] == [False] * 3
        assert [proof.is_given for proof in tx.find(Proof, task_id=made.task_id)] == [False]


def test_what_comes_after_the_original_does_not_wait_for_its_rework(article: Article):
    article.complete("publish")
    made = reworked(article, "publish")
    waiting = article.task("distribute")
    assert waiting.blocked_by is None
    assert made.task_id not in waiting.depends_on


def test_what_it_hands_over_begins_with_a_first_version(article: Article):
    with article.workbench.reading(article.people["mara"]) as tx:
        row = tx.find(Deliverable, order_by=("deliverable_id",))[0]
        ref = str(tx.get(Task, row.task_id).template_task_ref)
    made = reworked(article, ref)
    with article.workbench.reading(article.people["mara"]) as tx:
        fresh = tx.find(Deliverable, task_id=made.task_id)
    assert [(one.version_number, one.is_submitted) for one in fresh] == [(1, False)] * len(fresh)
    assert fresh[0].ref == row.ref


def test_a_bundle_that_is_over_takes_no_rework_which_stands_alone(article: Article):
    with article.workbench.transaction(article.people["mara"]) as tx:
        bundles.cancel(tx, article.bundle_id)
    assert reworked(article, "publish").bundle_id is None


@pytest.mark.parametrize("how", ["completed", "cancelled"])
def test_everything_closed_can_be_reworked_and_nothing_open(
    either_workbench: Workbench, people: dict[str, Actor], how: str
):
    task = make_task(either_workbench, assignee="ana")
    with pytest.raises(ConflictError, match="Only what is closed is reworked"):
        do(either_workbench, people["ana"], "task rework", task_id=task.task_id, reason="Again.")
    with either_workbench.transaction(people["ana"]) as tx:
        (lifecycle.complete if how == "completed" else lifecycle.cancel)(tx, task.task_id)
    made = do(either_workbench, people["ana"], "task rework", task_id=task.task_id, reason="Again.")
    assert made.assignee_id == people["ana"].employee_id
    with pytest.raises(ConflictError, match=f"is being reworked already, as #{made.task_number}"):
        do(either_workbench, people["ana"], "task rework", task_id=task.task_id, reason="Again.")
    with either_workbench.transaction(people["ana"]) as tx:
        lifecycle.cancel(tx, made.task_id)
    assert (
        do(either_workbench, people["ana"], "task rework", task_id=task.task_id, reason="Again.").rework_of
        == task.task_id
    )


def test_what_is_reworked_is_not_corrected(either_workbench: Workbench, people: dict[str, Actor]):
    task = make_task(either_workbench, assignee="ana")
    with either_workbench.transaction(people["ana"]) as tx:
        lifecycle.complete(tx, task.task_id)
    made = do(either_workbench, people["ana"], "task rework", task_id=task.task_id, reason="Again.")
    with pytest.raises(ConflictError, match=f"it is reworked as #{made.task_number}"):
        do(either_workbench, people["ana"], "task correct", task_id=task.task_id, reason="Oh")


@pytest.mark.parametrize(
    ("of_original", "said", "due"),
    [
        (None, {}, None),
        ("2026-12-24", {}, date(2026, 12, 24)),
        ("2026-11-20", {}, date(2026, 11, 28)),  # past: in a week
        ("2026-11-20", {"due_date": "2026-12-01"}, date(2026, 12, 1)),
        ("2026-12-24", {"due_date": ""}, None),
        (None, {"due_date": "2026-12-01"}, date(2026, 12, 1)),
    ],
)
def test_it_is_due_as_said_else_on_the_day_of_the_original_and_in_a_week_where_that_is_past(
    either_workbench: Workbench, people: dict[str, Actor], of_original, said, due
):
    task = make_task(either_workbench, assignee="ana", due_date=of_original)
    with either_workbench.transaction(people["ana"]) as tx:
        lifecycle.complete(tx, task.task_id)
    given = {"task_id": task.task_id, "reason": "Again.", **said}
    made = do(either_workbench, people["ana"], "task rework", **given)
    assert (made.due_date, made.deadline is None) == (due, due is None)


def test_why_it_is_done_again_is_its_reason_and_its_first_note(
    either_workbench: Workbench, people: dict[str, Actor]
):
    task = make_task(either_workbench, assignee="ana")
    with either_workbench.transaction(people["ana"]) as tx:
        lifecycle.complete(tx, task.task_id)
    with pytest.raises(BadRequestError):
        do(either_workbench, people["ana"], "task rework", task_id=task.task_id, reason=" ")
    words = "Other photos, please, @ben."
    made = do(either_workbench, people["ana"], "task rework", task_id=task.task_id, reason=words)
    assert made.status_reason == words
    with either_workbench.reading(people["ana"]) as tx:
        [note] = tx.find(Note, task_id=made.task_id)
    assert (note.kind, note.body, note.mentions) == (NoteKind.NOTE, words, [people["ben"].employee_id])


def test_who_left_gets_no_rework(either_workbench: Workbench, people: dict[str, Actor]):
    task = make_task(either_workbench, assignee="ana")
    with either_workbench.transaction(people["ana"]) as tx:
        lifecycle.complete(tx, task.task_id)
    with either_workbench.transaction(either_workbench.operator()) as tx:
        ana = tx.find_one(Employee, key="ana")
        assert ana is not None
        ana.is_active = False
        saved(tx, ana)
    assert (
        do(either_workbench, people["mara"], "task rework", task_id=task.task_id, reason="Again.").assignee_id
        is None
    )


def test_somebody_elses_work_is_theirs_to_rework(either_workbench: Workbench, people: dict[str, Actor]):
    task = make_task(either_workbench, actor=people["ben"], assignee="ben")
    with either_workbench.transaction(people["ben"]) as tx:
        lifecycle.complete(tx, task.task_id)
    with pytest.raises(ForbiddenError):
        do(either_workbench, people["sam"], "task rework", task_id=task.task_id, reason="Again.")
