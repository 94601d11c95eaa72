"""Clones: the same configuration, a new life, an untouched original (UPD-35, UPD-36)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from engine.app import Workbench
from engine.audit.models import Action
from engine.bundles import service
from engine.bundles.models import Bundle
from engine.deliverables import versions
from engine.deliverables.models import Approval, Deliverable
from engine.errors import (
    BadRequestError,
    ConflictError,
    ForbiddenError,
    NotFoundError,
    OwnWorkError,
    UnknownFieldError,
    WorkbenchError,
)
from engine.reference.models import Employee
from engine.tasks import clone, facts, human_review, lifecycle, notes, proof, steps
from engine.tasks.models import ItemSource, Note, Proof, QaReason, SourceType, Step, Task, TaskStatus
from tests.engine.conftest import NOW, Bench, change
from tests.factories import make_bundle, make_people
from tests.told import saved

S = TaskStatus
#: What no clone has from its original.
FRESH = {
    "task_id",
    "task_number",
    "task_uuid",
    "source_type",
    "cloned_from",
    "rework_of",
    "assigned_at",
    "assigned_by",
    "unassigned_at",
    "unassigned_by",
    "prepared_by",
    "revision",
    "created_at",
    "updated_at",
}


def copy(bench: Bench, task_id: str, changes=None, *, by: str = "mara") -> Task:
    with bench.writing(by) as tx:
        return clone.clone(tx, bench.content, task_id, changes)


def parts(bench: Bench, task_id: str, record_type):
    with bench.reading() as tx:
        return tx.find(record_type, task_id=task_id)


def test_a_clone_has_the_same_configuration_and_a_new_identity(bench: Bench):
    blocker = bench.make()
    original = bench.make(
        task_type="article",
        description="For the spring issue",
        category="press",
        priority="high",
        urgency="soon",
        assignee="ben",
        tags=["print"],
        metadata={"place": "Bonn"},
        config={"word_target": 900},
        due_date="2026-12-24",
        planned_minutes=30,
        depends_on=[blocker],
        execution_type="manual_trigger",
        execution_config={"how": "by hand"},
    )
    bench.change(
        original, skip={"reasons": [{"text": "no"}]}, approval={"required": True}, qa={"die_sides": 6}
    )
    before = bench.task(original)
    bench.clock.advance(days=1)
    made = copy(bench, original)
    assert (made.source_type, made.cloned_from, made.status) == (SourceType.CLONE, original, S.PENDING)
    assert made.created_at == made.updated_at == bench.clock.now() > NOW
    assert len({made.task_id, made.task_uuid, made.task_number} & {before.task_id, before.task_uuid}) == 0
    assert made.task_number == before.task_number + 1
    assert made.model_dump(exclude=FRESH) == before.model_dump(exclude=FRESH)
    assert made.prepared_by == [before.owner_id]
    assert made.blocked_by == blocker
    assert bench.task(made.task_id) == made
    assert bench.task(original) == before
    (event,) = bench.events(made.task_id)
    assert (event.action, event.summary) == (Action.TASK_CREATED, f"Made {made.name} as a clone of #2")


def test_results_marks_and_history_stay_behind(bench: Bench):
    original = bench.make("ana", task_type="article", assignee="ana", requires_human_review=True)
    bench.parts(original, {"ref": "call"}, {"ref": "write"})
    bench.parts(original, {"label": "Invoice"}, {"label": "Receipt", "required": False})
    with bench.writing("ana") as tx:
        added = steps.add_step(tx, original, "Ask the printer")
    with bench.writing() as tx:
        human_review.approve(tx, original)
    with bench.writing("ana") as tx:
        lifecycle.start(tx, original)
        steps.complete_step(tx, original, "call")
        steps.complete_step(tx, original, "write")
        steps.complete_step(tx, original, added.ref)
        proof.give(tx, original, "Invoice", "https://files.example/1")
        notes.add(tx, original, "Done soon")
        (row,) = tx.find(Deliverable, task_id=original)
        versions.edit(tx, row.deliverable_id, url="https://files.example/draft", meta={"word_count": 3})
        lifecycle.complete(tx, original)
    bench.change(
        original,
        result={"pages": 3},
        last_error="none",
        error_count=2,
        qa_flagged=True,
        qa_reasons=[QaReason.MANUAL],
        worked_seconds=60,
    )
    made = copy(bench, original, by="ana")
    for field in (
        "queued_at",
        "started_at",
        "first_started_at",
        "completed_at",
        "completed_by",
        "closed_at",
        "status_reason",
        "human_reviewed_by",
        "human_reviewed_at",
        "result",
        "last_error",
        "qa_type",
        "qa_flagged_at",
    ):
        assert getattr(made, field) is None, field
    assert (made.error_count, made.worked_seconds, made.qa_flagged, made.qa_reasons) == (0, 0, False, [])
    assert made.assignee_id == bench.employee_id("ana")
    assert [
        (step.ref, step.is_completed, step.completed_by) for step in parts(bench, made.task_id, Step)
    ] == [
        ("call", False, None),
        ("write", False, None),
        (added.ref, False, None),
    ]
    owed = parts(bench, made.task_id, Proof)
    assert [(item.label, item.required, item.is_given, item.value) for item in owed] == [
        ("Invoice", True, False, None),
        ("Receipt", False, False, None),
    ]
    (row,) = parts(bench, made.task_id, Deliverable)
    assert (row.ref, row.type, row.version_number, row.source) == (
        "draft",
        "article_draft",
        1,
        ItemSource.TEMPLATE,
    )
    assert (row.is_submitted, row.meta, row.authors, row.frozen_at) == (False, {}, [], None)
    assert row.meta_schema == {"word_count": "integer"}
    assert parts(bench, made.task_id, Note) == parts(bench, made.task_id, Approval) == []


def test_only_the_newest_definition_of_a_lineage_is_owed_and_stays_with_its_step(bench: Bench):
    original = bench.make()
    bench.parts(original, {"ref": "call"})
    (step,) = parts(bench, original, Step)
    common = {"type": "report", "task_step_id": step.task_step_id}
    bench.parts(
        original,
        {"ref": "report", **common},
        {"ref": "report", **common, "version_number": 2, "description": "The newest"},
    )
    made = copy(bench, original)
    (new_step,), (row,) = parts(bench, made.task_id, Step), parts(bench, made.task_id, Deliverable)
    assert (row.version_number, row.description, row.previous_deliverable_id) == (1, "The newest", None)
    assert row.task_step_id == new_step.task_step_id != step.task_step_id


def test_a_change_that_an_approver_asked_for_is_no_part_of_a_clone(bench: Bench):
    original = bench.make()
    with bench.writing() as tx:
        steps.add_change_step(tx, tx.get(Task, original), "A shorter title")
        steps.add_step(tx, original, "Call again")
    made = copy(bench, original)
    assert [step.title for step in parts(bench, made.task_id, Step)] == ["Call again"]


# -- with edits -------------------------------------------------------------------------------


def test_values_may_be_changed_before_it_is_made(bench: Bench):
    blocker, original = bench.make(), bench.make(task_type="article", due_date="2026-12-24")
    made = copy(
        bench,
        original,
        {
            "title": "The autumn issue",
            "assignee_id": "ben",
            "due_date": "2027-03-01",
            "depends_on": [blocker],
            "config": {"word_target": 500},
        },
    )
    assert (made.title, made.assignee_id, made.due_date) == (
        "The autumn issue",
        bench.employee_id("ben"),
        date(2027, 3, 1),
    )
    assert (made.deadline.date(), made.blocked_by, made.config) == (
        date(2027, 3, 1),
        blocker,
        {"word_target": 500},
    )
    assert bench.task(original).title == "Call the printer"


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"title": ""}, BadRequestError),
        ({"colour": "red"}, UnknownFieldError),
        ({"task_id": "tsk_1"}, UnknownFieldError),
        ({"status": "completed"}, BadRequestError),
        ({"status_reason": "x"}, BadRequestError),
        ({"waiting_for": "x"}, BadRequestError),
        ({"assignee_id": "nobody"}, BadRequestError),
        ({"assigned_to_bot": True, "assignee_id": "ana"}, BadRequestError),
        ({"depends_on": ["99"]}, NotFoundError),
        ({"due_date": "soon"}, BadRequestError),
        ({"config": {"word_target": "many"}}, BadRequestError),
        ({"execution_type": "scheduled"}, BadRequestError),
    ],
)
def test_changes_are_checked_before_anything_is_stored(bench: Bench, changes, error: type[WorkbenchError]):
    original = bench.make(task_type="article")
    state = bench.state()
    with pytest.raises(error):
        copy(bench, original, changes)
    assert bench.state() == state


def test_a_permission_to_run_does_not_pass_on_to_a_clone(bench: Bench):
    original = bench.make("ana", requires_human_review=True)
    with bench.writing() as tx:
        human_review.approve(tx, original)
    assert copy(bench, original, by="ana").awaits_review
    with pytest.raises(ForbiddenError):
        copy(bench, original, {"requires_human_review": False}, by="ana")
    with pytest.raises(OwnWorkError):  # whoever makes it does not permit it as well
        copy(bench, original, {"requires_human_review": False})
    bench.settings = replace(bench.settings, own_approval=True)
    made = copy(bench, original, {"requires_human_review": False})
    assert (made.requires_human_review, made.human_reviewed_by) == (False, bench.actors["mara"].user_id)
    assert [item.action for item in bench.events(made.task_id)] == [
        Action.TASK_CREATED,
        Action.HUMAN_REVIEW_APPROVED,
    ]


def test_a_clone_is_for_nobody_where_its_assignee_has_left(bench: Bench):
    original = bench.make(assignee="ben")
    with bench.writing() as tx:
        person = tx.get(Employee, bench.employee_id("ben"))
        person.is_active = False
        saved(tx, person)
    assert copy(bench, original).assignee_id is None


def test_who_may_not_work_a_task_cannot_repeat_it(bench: Bench):
    original = bench.make("ana")
    for who, error in (("ben", NotFoundError), ("sam", ForbiddenError)):
        with pytest.raises(error):
            copy(bench, original, by=who)
    assert copy(bench, original, by="ana").owner_id == bench.actors["ana"].user_id


def test_a_clone_of_a_retired_type_is_refused(bench: Bench):
    original = bench.make()
    bench.change(original, task_type="old_type")
    with pytest.raises(BadRequestError):
        copy(bench, original)


@pytest.mark.parametrize("status", S)
def test_every_status_can_be_repeated(bench: Bench, status: S):
    original = bench.make()
    bench.change(original, status=status)
    assert copy(bench, original).status is S.PENDING


def test_a_clone_of_a_clone_names_its_direct_original(bench: Bench):
    first = copy(bench, bench.make())
    second = copy(bench, first.task_id)
    assert second.cloned_from == first.task_id
    assert change(bench, second.task_id, {"title": "Third"}).title == "Third"


# -- in a bundle ------------------------------------------------------------------------------


def test_a_clone_joins_an_active_bundle_at_its_end_without_what_is_the_originals_alone(
    either_workbench: Workbench,
):
    people = make_people(either_workbench)
    bundle = make_bundle(either_workbench)
    with either_workbench.transaction(people["mara"]) as tx:
        tasks = tx.find(Task, bundle_id=bundle.bundle_id)
        original = next(task for task in tasks if task.fills_link)
        original.stage_on_complete = "announced"
        saved(tx, original)
    content = either_workbench.content()
    with either_workbench.transaction(people["mara"]) as tx:
        made = clone.clone(tx, content, original.task_id)
        assert (made.bundle_id, made.phase, made.template_hash) == (
            bundle.bundle_id,
            original.phase,
            original.template_hash,
        )
        assert made.position == max(task.position for task in tasks) + 1
        assert (made.template_task_ref, made.fills_link, made.stage_on_complete, made.due_rule) == (None,) * 4
        assert (made.due_date, made.deadline) == (original.due_date, original.deadline)
        assert [item for item in facts.load(tx, made).violations if item.area == "links"] == []
        with pytest.raises(ConflictError, match="pinned template"):
            clone.clone(tx, content, original.task_id, {"config": {"a": 1}})


def test_a_clone_of_a_task_whose_bundle_is_over_stands_alone(either_workbench: Workbench):
    people = make_people(either_workbench)
    bundle = make_bundle(either_workbench)
    content = either_workbench.content()
    with either_workbench.transaction(people["mara"]) as tx:
        original = tx.find(Task, bundle_id=bundle.bundle_id)[0]
        service.cancel(tx, bundle.bundle_id)
    with either_workbench.transaction(people["mara"]) as tx:
        made = clone.clone(tx, content, original.task_id)
        assert (made.bundle_id, made.phase, made.position, made.needs_links) == (None, None, 0, [])
        assert (made.template_id, made.status) == (original.template_id, S.PENDING)
        assert lifecycle.start(tx, made.task_id).status is S.IN_PROGRESS
    with either_workbench.reading(people["mara"]) as tx:
        assert not tx.get(Bundle, bundle.bundle_id).is_active
