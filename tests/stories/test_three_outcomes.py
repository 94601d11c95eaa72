"""Three outcomes: one piece is approved; one goes ahead with "fix this one thing, no need to come back";

one is rejected, reworked as version 2 and approved.
"""

from __future__ import annotations

import pytest

from engine.access import Actor
from engine.app import Workbench
from engine.deliverables import approvals, versions
from engine.deliverables.models import ApprovalStatus, Deliverable
from engine.errors import CompletionRefusedError, FrozenVersionError
from engine.tasks import lifecycle
from engine.tasks.models import Step, Task, TaskStatus
from tests import judged
from tests.factories import make_people


@pytest.fixture
def people(either_workbench: Workbench) -> dict[str, Actor]:
    return make_people(either_workbench)


@pytest.fixture
def piece(either_workbench: Workbench, people) -> tuple[Task, Deliverable]:
    """One piece of Ana's that needs a manager's approval."""
    return judged.begin(either_workbench, people["mara"], ["internal"])


def test_one_piece_is_approved_and_that_completes_it(either_workbench: Workbench, people, piece):
    task, row = piece
    waiting = judged.hand_over(either_workbench, people["ana"], task, row)
    decided = judged.decide(either_workbench, people["mara"], waiting, "approved")
    [version] = judged.versions_of(either_workbench, task)
    assert (decided.status, decided.feedback) == (ApprovalStatus.APPROVED, None)
    assert decided.content_hash == version.content_hash
    assert (version.version_number, version.is_frozen) == (1, True)
    done = judged.current(either_workbench, task)
    assert (done.status, done.completed_by) == (TaskStatus.COMPLETED, people["mara"].user_id)


def test_one_goes_ahead_with_one_thing_to_fix_and_needs_no_second_look(
    either_workbench: Workbench, people, piece
):
    task, row = piece
    waiting = judged.hand_over(either_workbench, people["ana"], task, row)
    words = "Fix the headline, no need to come back."
    judged.decide(either_workbench, people["mara"], waiting, "approved_pending_changes", words)
    assert judged.current(either_workbench, task).status is TaskStatus.IN_PROGRESS
    with either_workbench.reading(people["ana"]) as tx:
        [step] = tx.find(Step, task_id=task.task_id)
    assert (step.required, words in step.title) == (False, True)

    with either_workbench.transaction(people["ana"]) as tx:
        fixed = versions.new_version(tx, row.deliverable_id, url="https://docs.example/headline")
    with either_workbench.transaction(people["ana"]) as tx:
        done = lifecycle.complete(tx, task.task_id)
    assert done.status is TaskStatus.COMPLETED
    assert (fixed.version_number, fixed.post_decision_change, fixed.is_frozen) == (2, True, False)
    with either_workbench.reading(people["ana"]) as tx:
        [only] = approvals.of_task(tx, task.task_id)
    assert (only.status, only.deliverable_id) == (ApprovalStatus.APPROVED_PENDING_CHANGES, row.deliverable_id)


def test_one_is_rejected_reworked_as_version_2_and_approved(either_workbench: Workbench, people, piece):
    task, row = piece
    waiting = judged.hand_over(either_workbench, people["ana"], task, row)
    judged.decide(either_workbench, people["mara"], waiting, "rejected", "It is about another product.")
    back = judged.current(either_workbench, task)
    assert (back.status, back.status_reason) == (
        TaskStatus.IN_PROGRESS,
        "Rejected: It is about another product.",
    )
    with either_workbench.transaction(people["ana"]) as tx:
        with pytest.raises(CompletionRefusedError) as refusal:
            lifecycle.complete(tx, task.task_id)
        with pytest.raises(FrozenVersionError):
            versions.edit(tx, row.deliverable_id, url="https://docs.example/quietly")
    assert refusal.value.code == "APPROVAL_MISSING"
    rejected = judged.versions_of(either_workbench, task)

    with either_workbench.transaction(people["ana"]) as tx:
        versions.new_version(tx, row.deliverable_id, url="https://docs.example/reworked")
    again = judged.ask(either_workbench, people["ana"], task)
    judged.decide(either_workbench, people["mara"], again, "approved")
    first, second = judged.versions_of(either_workbench, task)
    assert [first] == rejected, "the judged version stays as it was"
    assert (second.version_number, second.previous_deliverable_id) == (2, first.deliverable_id)
    assert judged.current(either_workbench, task).status is TaskStatus.COMPLETED
    with either_workbench.reading(people["ana"]) as tx:
        told = [(item.round_number, str(item.status)) for item in approvals.of_task(tx, task.task_id)]
    assert told == [(1, "rejected"), (2, "approved")]
