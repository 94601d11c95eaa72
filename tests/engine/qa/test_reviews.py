"""Flagging by hand, scoring, and who may read the scores (QA-05, QA-07 to QA-13, QA-15 to QA-17)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from engine.accounts import service as accounts
from engine.audit.models import Action
from engine.deliverables import versions
from engine.deliverables.models import Deliverable
from engine.errors import (
    BadRequestError,
    ConflictError,
    ForbiddenError,
    NotFoundError,
    OwnWorkError,
    StaleWriteError,
)
from engine.qa import service
from engine.qa.models import QaReview, ReviewType
from engine.tasks import assignment, lifecycle, proof, steps
from engine.tasks.models import Note, NoteKind, Proof, ProofKind, QaReason, Task
from engine.transaction import Transaction
from tests.engine.qa.conftest import Floor
from tests.told import added, saved


@pytest.fixture
def task(floor: Floor) -> Task:
    """A completed task of Ana's that nothing has flagged yet."""
    floor.experienced("ana")
    return floor.done("ana")


def notes_of(floor: Floor, task: Task) -> list[Note]:
    with floor.workbench.reading(floor.workbench.operator()) as tx:
        return tx.find(Note, task_id=task.task_id)


def hand_over(tx: Transaction, task: Task) -> Deliverable:
    row = versions.add(tx, task.task_id, "draft", type="draft")
    return versions.edit(tx, row.deliverable_id, url="https://docs.example/1")


def test_a_complaint_flags_a_completed_task_years_later_with_its_words(either_floor: Floor):
    floor = either_floor
    floor.experienced("ana")
    task = floor.done("ana")
    floor.workbench.clock.advance(days=800)
    flagged = floor.flag(task, "complaint", "  The client found a typo.  ")
    assert (flagged.qa_flagged, flagged.qa_type, flagged.qa_state) == (True, QaReason.COMPLAINT, "open")
    assert floor.task(task) == flagged
    [event] = floor.events(task, Action.QA_FLAGGED)
    assert (event.reason, event.actor_name) == ("The client found a typo.", "Mara")
    [note] = notes_of(floor, task)
    assert (note.kind, note.body) == (
        NoteKind.SYSTEM,
        "Flagged for QA (complaint): The client found a typo.",
    )


def test_a_flag_without_words_leaves_no_note(floor: Floor, task: Task):
    floor.flag(task, "manual", "   ")
    assert notes_of(floor, task) == []


@pytest.mark.parametrize("reason", ["random", "first_three", "over_duration", "", "because"])
def test_what_only_the_engine_finds_cannot_be_claimed(floor: Floor, task: Task, reason: str):
    with pytest.raises(BadRequestError, match="complaint, manual"):
        floor.flag(task, reason)
    assert floor.task(task) == task


@pytest.mark.parametrize("who", ["sam", "ana", "ben", "bot"])
def test_only_managers_and_admins_flag(floor: Floor, task: Task, who: str):
    with pytest.raises((ForbiddenError, NotFoundError)):
        floor.flag(task, "complaint", by=who)
    assert floor.task(task) == task


def test_a_partner_does_not_even_see_that_there_is_a_task(floor: Floor, task: Task):
    for act in (floor.flag, floor.review):
        with pytest.raises(NotFoundError):
            act(task, by="pat")


@pytest.mark.parametrize("verb", [None, "start", "cancel"])
def test_only_completed_tasks_are_flagged_and_scored(floor: Floor, verb: str | None):
    task = floor.make("ana")
    if verb:
        with floor.workbench.transaction(floor.people["mara"]) as tx:
            getattr(lifecycle, verb)(tx, task.task_id)
    before = floor.task(task)
    with pytest.raises(ConflictError, match="only completed tasks can be flagged"):
        floor.flag(task)
    with pytest.raises(ConflictError, match="only completed tasks can be scored"):
        floor.review(task, passed=True)
    assert floor.task(task) == before


def test_the_same_reason_twice_is_refused_until_it_was_scored(floor: Floor, task: Task):
    floor.flag(task, "complaint")
    with pytest.raises(ConflictError, match="already"):
        floor.flag(task, "complaint")
    assert floor.flag(task, "manual").qa_reasons == [QaReason.COMPLAINT, QaReason.MANUAL]
    floor.review(task, passed=False)
    assert floor.task(task).qa_state == "reviewed"
    again = floor.flag(task, "complaint", "it happened again")
    assert (again.qa_state, again.qa_reviewed_at, again.qa_type) == ("open", None, QaReason.COMPLAINT)
    assert sorted(again.qa_reasons) == ["complaint", "manual"]


def test_a_score_makes_a_row_an_event_and_a_mark_and_the_task_stays_flagged(either_floor: Floor):
    floor = either_floor
    task = floor.done("ana")
    floor.workbench.clock.advance(days=7)
    given = floor.review(task, passed=True, score=4, feedback="  Clear and on time.  ")
    now = floor.workbench.clock.now()
    assert (given.passed, given.score, given.feedback) == (True, 4, "Clear and on time.")
    assert given.employee_id == floor.people["ana"].employee_id
    assert given.reviewer_id == floor.people["mara"].user_id
    assert (given.reviewed_at, given.review_type, given.deliverable_id) == (now, ReviewType.TRAINING, None)
    stored = floor.task(task)
    assert (stored.qa_flagged, stored.qa_reviewed_at, stored.qa_state) == (True, now, "reviewed")
    assert floor.ask("mara", service.reviews_of, task.task_id) == [given]
    [event] = floor.events(task, Action.QA_REVIEWED)
    assert event.entity_id == given.task_qa_review_id
    assert event.summary == f"{task.name} passed and got 4 of 5 in QA"
    assert event.reason == "Clear and on time."


@pytest.mark.parametrize(
    ("verdict", "summary"),
    [
        ({"passed": False}, "did not pass in QA"),
        ({"score": 1}, "got 1 of 5 in QA"),
        ({"passed": False, "score": 2}, "did not pass and got 2 of 5 in QA"),
    ],
)
def test_pass_or_fail_or_one_to_five_or_both_will_do(floor: Floor, verdict: dict, summary: str):
    task = floor.done("ana")
    floor.review(task, **verdict)
    assert floor.events(task, Action.QA_REVIEWED)[0].summary.endswith(summary)


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({}, "score"),
        ({"feedback": "nice"}, "score"),
        ({"score": 0}, "score"),
        ({"score": 6}, "score"),
        ({"score": True}, "score"),
        ({"passed": True, "score": -1}, "score"),
        ({"passed": True, "review_type": "manual"}, "review_type"),
        ({"passed": True, "deliverable_id": "dlv_none"}, "deliverable_id"),
        ({"passed": True, "feedback": "x" * 10_001}, "feedback"),
    ],
)
def test_what_cannot_be_right_is_refused_at_its_field_and_changes_nothing(floor: Floor, given, field):
    task = floor.done("ana")
    before, events = floor.task(task), floor.events(task)
    with pytest.raises(BadRequestError) as refusal:
        floor.review(task, **given)
    assert refusal.value.details[0]["field"] == field
    assert (floor.task(task), floor.events(task)) == (before, events)
    assert floor.ask("mara", service.reviews_of, task.task_id) == []


@pytest.mark.parametrize(
    ("reason", "expected"),
    [
        ("random", ReviewType.RANDOM),
        ("first_three", ReviewType.TRAINING),
        ("over_duration", ReviewType.PROCESS),
        ("manual", ReviewType.PROCESS),
        ("complaint", ReviewType.COMPLAINT),
    ],
)
def test_what_a_review_is_for_follows_from_the_reason(floor: Floor, reason: str, expected: ReviewType):
    if reason == "first_three":
        task = floor.done("ana")
    elif reason == "random":
        floor.die.falls = [1]
        task = floor.done(None)
    elif reason == "over_duration":
        task = floor.complete(floor.make(None, planned_minutes=1), hours=1)
    else:
        floor.experienced("ben")
        task = floor.flag(floor.done("ben"), reason)
    assert task.qa_type == reason
    with floor.workbench.transaction(floor.workbench.operator()) as tx:
        assert service.review(tx, task.task_id, passed=True).review_type is expected


def test_the_reviewer_may_say_otherwise(floor: Floor):
    task = floor.done("ana")
    assert floor.review(task, score=3, review_type="process").review_type is ReviewType.PROCESS


def test_a_task_is_scored_again_and_after_a_complaint_for_the_complaint(floor: Floor):
    task = floor.done("ana")
    assert floor.review(task, score=5).review_type is ReviewType.TRAINING
    floor.workbench.clock.advance(days=1)
    assert floor.review(task, score=4).review_type is ReviewType.TRAINING
    floor.flag(task, "complaint")
    floor.workbench.clock.advance(days=1)
    assert floor.review(task, passed=False).review_type is ReviewType.COMPLAINT
    floor.workbench.clock.advance(days=1)
    assert floor.review(task, passed=False, score=1).review_type is ReviewType.COMPLAINT
    found = floor.ask("mara", service.reviews_of, task.task_id)
    assert [(item.passed, item.score) for item in found] == [
        (None, 5), (None, 4), (False, None), (False, 1)
    ]  # fmt: skip


def test_what_was_never_flagged_is_not_scored(floor: Floor, task: Task):
    with pytest.raises(ConflictError, match="Flag it first"):
        floor.review(task, passed=True)
    assert floor.task(task) == task


@pytest.mark.parametrize("who", ["sam", "ana", "ben", "bot"])
def test_only_managers_and_admins_score(floor: Floor, who: str):
    task = floor.done("ben")
    with pytest.raises((ForbiddenError, NotFoundError)):
        floor.review(task, by=who, passed=True)
    assert floor.ask("mara", service.reviews_of, task.task_id) == []


def test_nobody_scores_a_task_that_they_did(floor: Floor):
    task = floor.done("mara")
    with pytest.raises(OwnWorkError, match="somebody else"):
        floor.review(task, passed=True)
    assert floor.task(task).qa_state == "open"


def test_nobody_scores_a_task_that_they_completed_for_nobody_else(floor: Floor):
    floor.die.falls = [1]
    task = floor.done(None)
    with pytest.raises(OwnWorkError):
        floor.review(task, passed=True)


def test_nobody_scores_what_they_handed_over_for_somebody_else(floor: Floor):
    task = floor.make("ana")
    with floor.workbench.transaction(floor.people["mara"]) as tx:
        lifecycle.start(tx, task.task_id)
        row = hand_over(tx, task)
        lifecycle.complete(tx, task.task_id)
    with pytest.raises(OwnWorkError):
        floor.review(task, passed=True)
    with floor.workbench.transaction(floor.workbench.operator()) as tx:
        given = service.review(tx, task.task_id, passed=True, deliverable_id=row.deliverable_id)
    assert given.deliverable_id == row.deliverable_id


def test_a_manager_who_is_no_employee_scores_nothing_that_they_completed_for_nobody_else(either_floor: Floor):
    floor = either_floor
    with floor.workbench.transaction(floor.workbench.operator()) as tx:
        accounts.add_user(tx, "olga@example.com", "Olga", ["manager"])
    floor.people["olga"] = floor.workbench.actor_by_email("olga@example.com")
    task = floor.complete(floor.make(None), by="olga")
    floor.flag(task)
    with pytest.raises(OwnWorkError, match="somebody else"):
        floor.review(task, by="olga", passed=True)
    assert floor.review(task, passed=True).passed is True


@pytest.mark.parametrize("part", ["ticked a step", "gave the proof"])
def test_nobody_scores_what_they_did_a_part_of_before_giving_it_away(either_floor: Floor, part: str):
    """Mara has it while nobody has pressed "Start" yet, so that no assignee is kept with it."""
    floor = either_floor
    task = floor.make("mara")
    with floor.workbench.transaction(floor.people["mara"]) as tx:
        if part == "ticked a step":
            step = steps.add_step(tx, task.task_id, "All of the work", required=True)
            steps.complete_step(tx, task.task_id, step.ref)
        else:
            row = Proof(
                task_proof_id=tx.new_id(Proof),
                workspace_id=tx.workspace_id,
                task_id=task.task_id,
                position=1,
                kind=ProofKind.COMMENT,
                label="What was done",
                created_at=tx.now,
                updated_at=tx.now,
            )
            added(tx, row)
            proof.give(tx, task.task_id, row.label, "All of it")
        assignment.assign(tx, task.task_id, "ben")
    floor.complete(task, by="ben")
    floor.flag(task)
    with pytest.raises(OwnWorkError, match="somebody else"):
        floor.review(task, passed=True)
    with floor.workbench.transaction(floor.workbench.operator()) as tx:
        assert service.review(tx, task.task_id, passed=True).employee_id == floor.task(task).assignee_id


def test_a_team_of_one_may_score_its_own_work_where_it_may_approve_it(floor: Floor):
    task = floor.done("mara")
    floor.workbench.settings = replace(floor.workbench.settings, own_approval=True)
    assert floor.review(task, passed=True).passed is True


def test_a_stale_form_is_refused(floor: Floor):
    task = floor.done("ana")
    read = floor.task(task).revision
    floor.review(task, passed=True, revision=read)
    with pytest.raises(StaleWriteError):
        floor.review(task, passed=True, revision=read)
    assert len(floor.ask("mara", service.reviews_of, task.task_id)) == 1


@pytest.mark.parametrize("who", ["ana", "bot"])
def test_feedback_reaches_a_person_and_an_agent_alike_newest_first(either_floor: Floor, who: str):
    floor = either_floor
    tasks = [floor.done(who), floor.done(who)]
    for number, task in enumerate(tasks, start=1):
        floor.workbench.clock.advance(days=1)
        floor.review(task, score=number, feedback=f"Lesson {number}")
    employee_id = floor.people[who].employee_id
    found: list[QaReview] = floor.ask(who, service.feedback_for, employee_id)
    assert [(item.feedback, item.task_id) for item in found] == [
        ("Lesson 2", tasks[1].task_id), ("Lesson 1", tasks[0].task_id)
    ]  # fmt: skip
    assert floor.ask("mara", service.feedback_for, employee_id, limit=1) == found[:1]


def test_feedback_on_a_task_that_was_nobodys_reaches_whoever_handed_it_over(floor: Floor):
    task = floor.make(None)
    floor.die.falls = [1]
    with floor.workbench.transaction(floor.people["mara"]) as tx:
        lifecycle.start(tx, task.task_id)
        kept = tx.get(Task, task.task_id)
        kept.owner_id = floor.people["ana"].user_id
        saved(tx, kept)
    with floor.workbench.transaction(floor.people["ana"]) as tx:
        hand_over(tx, task)
    with floor.workbench.transaction(floor.people["mara"]) as tx:
        lifecycle.complete(tx, task.task_id)
    assert floor.review(task, score=5).employee_id == floor.people["ana"].employee_id


def test_who_does_not_see_all_work_reads_only_the_scores_of_their_own(floor: Floor):
    task = floor.done("ana")
    given = floor.review(task, score=5, feedback="Fine.")
    assert floor.ask("ana", service.reviews_of, task.task_id) == [given]
    assert floor.ask("sam", service.reviews_of, task.task_id) == [given]
    assert floor.ask("sam", service.feedback_for, floor.people["ana"].employee_id) == [given]
    for who in ("ben", "pat"):
        with pytest.raises(NotFoundError):
            floor.ask(who, service.reviews_of, task.task_id)
    for who in ("ben", "pat", "bot"):
        with pytest.raises(ForbiddenError):
            floor.ask(who, service.feedback_for, floor.people["ana"].employee_id)
