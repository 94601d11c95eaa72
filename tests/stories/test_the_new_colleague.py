"""The new colleague: the first three tasks go to QA; in training, all they hand over needs approval."""

from __future__ import annotations

from typing import Any

import pytest

from engine.access import Actor
from engine.accounts import service as accounts
from engine.app import Workbench
from engine.deliverables import approvals, decisions, versions
from engine.deliverables.models import Approval, ApprovalReason, Deliverable
from engine.errors import CompletionRefusedError
from engine.qa import service
from engine.qa.models import ReviewType
from engine.reference import service as reference
from engine.tasks import lifecycle
from engine.tasks.models import QaReason, Task, TaskStatus
from tests.factories import make_people, make_task

NEWCOMER: dict[str, Any] = {
    "key": "nora", "name": "Nora Novak", "email": "nora@example.com", "roles": ["writer"], "training": True
}  # fmt: skip


@pytest.fixture
def people(workbench: Workbench) -> dict[str, Actor]:
    """A team, and Nora, who is in training."""
    found = make_people(workbench)
    with workbench.transaction(workbench.operator()) as tx:
        reference.load(tx, {"employees": [NEWCOMER]})
    with workbench.transaction(workbench.operator()) as tx:
        accounts.add_user(tx, "nora@example.com", "Nora", ["member"])
    return {**found, "nora": workbench.actor_by_email("nora@example.com")}


def hand_over(workbench: Workbench, people: dict[str, Actor], title: str) -> Task:
    """Give Nora a task; she hands something over."""
    task = make_task(workbench, actor=people["mara"], title=title, assignee="nora")
    with workbench.transaction(people["nora"]) as tx:
        row = versions.add(tx, task.task_id, "draft", type="text", required=True)
        versions.edit(tx, row.deliverable_id, url=f"https://docs.example/{task.task_number}")
        return tx.get(Task, task.task_id)


def approve(workbench: Workbench, people: dict[str, Actor], task: Task) -> tuple[Task, Approval]:
    """Nora asks, Mara approves what she sees."""
    with workbench.transaction(people["nora"]) as tx:
        approvals.request(tx, task.task_id)
    with workbench.transaction(people["mara"]) as tx:
        [open_one] = approvals.of_task(tx, task.task_id)
        seen = tx.get(Deliverable, open_one.deliverable_id).content_hash
        decided = decisions.decide(tx, open_one.task_approval_id, "approved", seen=seen)
        return tx.get(Task, task.task_id), decided


def test_without_approval_nothing_that_a_trainee_hands_over_is_completed(workbench: Workbench, people):
    task = hand_over(workbench, people, "Write the caption")
    with pytest.raises(CompletionRefusedError) as refusal, workbench.transaction(people["nora"]) as tx:
        lifecycle.complete(tx, task.task_id)
    assert refusal.value.code == "APPROVAL_MISSING"
    with workbench.reading(people["mara"]) as tx:
        assert tx.get(Task, task.task_id) == task


def test_the_first_three_are_approved_completed_and_flagged_and_the_fourth_only_approved(
    workbench: Workbench, people
):
    flags = []
    for number in range(4):
        done, decided = approve(workbench, people, hand_over(workbench, people, f"Caption {number}"))
        assert (done.status, decided.reason) == (TaskStatus.COMPLETED, ApprovalReason.TRAINING)
        flags.append(done.qa_reasons)
    assert flags == [[QaReason.FIRST_THREE]] * 3 + [[]]


def test_a_score_of_a_first_task_is_for_training_and_reaches_the_newcomer(workbench: Workbench, people):
    done, _ = approve(workbench, people, hand_over(workbench, people, "Caption"))
    with workbench.transaction(people["mara"]) as tx:
        [item] = service.queue(tx, "open").items
        given = service.review(tx, item.row.task.task_id, score=3, feedback="Shorter sentences.")
    assert (given.task_id, given.review_type) == (done.task_id, ReviewType.TRAINING)
    with workbench.reading(people["nora"]) as tx:
        assert [item.feedback for item in service.feedback_for(tx, str(people["nora"].employee_id))] == [
            "Shorter sentences."
        ]


def test_after_the_training_the_work_is_theirs_to_complete(workbench: Workbench, people):
    with workbench.transaction(workbench.operator()) as tx:
        reference.load(tx, {"employees": [{**NEWCOMER, "training": False}]})
    task = hand_over(workbench, people, "Write the caption")
    with workbench.transaction(people["nora"]) as tx:
        done = lifecycle.complete(tx, task.task_id)
    assert (done.status, done.qa_reasons) == (TaskStatus.COMPLETED, [QaReason.FIRST_THREE])
