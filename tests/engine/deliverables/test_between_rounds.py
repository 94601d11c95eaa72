"""What may change while approvers look, and between their rounds (definitions.md section 4, Guards)."""

from __future__ import annotations

import io

import pytest

from engine.access import ApprovalSource
from engine.app import Workbench
from engine.artifacts import intake
from engine.audit import history
from engine.audit.models import Action, Event
from engine.deliverables import approvals, entitlement, versions
from engine.deliverables.models import Deliverable
from engine.errors import CompletionRefusedError, ConflictError
from engine.tasks import lifecycle, steps
from engine.tasks.models import TaskStatus
from tests import judged
from tests.factories import make_people

_SHOWN, _TAKEN_BACK = Action.DELIVERABLE_DELIVERED, Action.DELIVERABLE_TAKEN_BACK


def test_a_step_opened_again_while_the_team_decides_keeps_the_work_from_the_partner(
    either_workbench: Workbench,
):
    people = make_people(either_workbench)
    task, row = judged.begin(either_workbench, people["mara"], ["internal", "portal"])
    with either_workbench.transaction(people["ana"]) as tx:
        step = steps.add_step(tx, task.task_id, "Check the names", required=True)
        steps.complete_step(tx, task.task_id, step.ref)
    waiting = judged.hand_over(either_workbench, people["ana"], task, row)
    with either_workbench.transaction(people["ana"]) as tx:
        steps.reopen_step(tx, task.task_id, step.ref)

    judged.decide(either_workbench, people["mara"], waiting, "approved")
    now = judged.current(either_workbench, task)
    assert now.status is TaskStatus.IN_PROGRESS
    assert now.status_reason is not None
    assert "Check the names" in now.status_reason
    assert judged.open_ones(either_workbench, task) == []
    [version] = judged.versions_of(either_workbench, task)
    assert version.delivered_at is None

    with either_workbench.transaction(people["ana"]) as tx:
        steps.complete_step(tx, task.task_id, step.ref)
    theirs = judged.ask(either_workbench, people["ana"], task)
    assert theirs.source is ApprovalSource.PORTAL
    judged.decide(either_workbench, people["pat"], theirs, "approved")
    assert judged.current(either_workbench, task).status is TaskStatus.COMPLETED
    with either_workbench.reading(people["mara"]) as tx:
        assert [item.source for item in approvals.of_task(tx, task.task_id)] == ["internal", "portal"]


def test_what_approvers_look_at_may_be_changed_but_not_taken_away(either_workbench: Workbench):
    people = make_people(either_workbench)
    task, row = judged.begin(either_workbench, people["mara"])
    judged.hand_over(either_workbench, people["ana"], task, row)
    before = judged.everything(either_workbench)
    with (
        pytest.raises(ConflictError, match="withdraw the request first"),
        either_workbench.transaction(people["ana"]) as tx,
    ):
        versions.edit(tx, row.deliverable_id, url=" ")
    assert judged.everything(either_workbench) == before
    with either_workbench.transaction(people["ana"]) as tx:
        approvals.withdraw(tx, task.task_id)
        assert not versions.edit(tx, row.deliverable_id, url="").is_submitted


def test_a_rejection_is_not_walked_past_by_taking_the_next_version_away(either_workbench: Workbench):
    """What is not handed over is not judged, so the piece that was approved would complete the task alone."""
    people = make_people(either_workbench)
    task, row = judged.begin(either_workbench, people["mara"])
    with either_workbench.transaction(people["ana"]) as tx:
        other = versions.add(tx, task.task_id, "picture", type="image")
        versions.edit(tx, row.deliverable_id, url=judged.DRAFT)
        versions.edit(tx, other.deliverable_id, url="https://docs.example/picture")
        approvals.request(tx, task.task_id)
    for waiting in judged.open_ones(either_workbench, task):
        is_draft = waiting.deliverable_id == row.deliverable_id
        judged.decide(
            either_workbench, people["mara"], waiting, "rejected" if is_draft else "approved", "Look again."
        )
    with either_workbench.transaction(people["ana"]) as tx:
        second = versions.new_version(tx, row.deliverable_id, url="https://docs.example/2")
    before = judged.everything(either_workbench)
    with (
        pytest.raises(ConflictError, match="follows a version that was judged"),
        either_workbench.transaction(people["ana"]) as tx,
    ):
        versions.edit(tx, second.deliverable_id, url="")
    assert judged.everything(either_workbench) == before
    with either_workbench.transaction(people["ana"]) as tx:
        versions.edit(tx, second.deliverable_id, url="https://docs.example/3")
    with (
        pytest.raises(CompletionRefusedError, match="needs an internal approval"),
        either_workbench.transaction(people["ana"]) as tx,
    ):
        lifecycle.complete(tx, task.task_id)


@pytest.mark.parametrize("approved", [False, True], ids=["while it is looked at", "after an approval"])
def test_who_else_sees_it_does_not_change_behind_the_approvers_back(
    either_workbench: Workbench, *, approved: bool
):
    """The team judged a piece that was not for the partner; nobody lets the partner see it afterwards."""
    people = make_people(either_workbench)
    task, _ = judged.begin(either_workbench, people["mara"])
    with either_workbench.transaction(people["ana"]) as tx:
        row = versions.add(tx, task.task_id, "figures", type="sheet")
        versions.edit(tx, row.deliverable_id, url="https://docs.example/figures")
    waiting = judged.ask(either_workbench, people["ana"], task)
    if approved:
        judged.decide(either_workbench, people["mara"], waiting, "approved_pending_changes", "Round them.")
        with either_workbench.transaction(people["ana"]) as tx:
            row = versions.new_version(tx, row.deliverable_id, url="https://docs.example/rounded")
    before = judged.everything(either_workbench)
    with (
        pytest.raises(
            ConflictError, match="approved as it was shown" if approved else "Withdraw the request"
        ),
        either_workbench.transaction(people["ana"]) as tx,
    ):
        versions.edit(tx, row.deliverable_id, visible_in_portal=True)
    assert judged.everything(either_workbench) == before


def test_a_file_gets_no_other_name_while_approvers_look_at_it(either_workbench: Workbench):
    """The bytes stay the same, so the hash of the decision would not tell (D5)."""
    people = make_people(either_workbench)
    task, row = judged.begin(either_workbench, people["mara"])
    got = intake.receive(either_workbench.blobs, io.BytesIO(b"<b>Terms</b>"), "terms.txt", 1000)
    with either_workbench.transaction(people["ana"]) as tx:
        versions.edit(tx, row.deliverable_id, blob=got.blob, file_name="terms.txt")
    judged.ask(either_workbench, people["ana"], task)
    before = judged.everything(either_workbench)
    with (
        pytest.raises(ConflictError, match=r"holds this very file already\. Withdraw the request"),
        either_workbench.transaction(people["ana"]) as tx,
    ):
        versions.edit(tx, row.deliverable_id, blob=got.blob, file_name="terms.html")
    assert judged.everything(either_workbench) == before
    with either_workbench.transaction(people["ana"]) as tx:
        approvals.withdraw(tx, task.task_id)
        again = versions.edit(tx, row.deliverable_id, blob=got.blob, file_name="terms.html")
    assert again.artifact_id != row.artifact_id


def test_what_was_delivered_is_not_hidden_from_the_partner_any_more(either_workbench: Workbench):
    """Else their rejection could be walked past by taking the piece out of their sight."""
    people = make_people(either_workbench)
    task, row = judged.begin(either_workbench, people["mara"], ["portal"])
    waiting = judged.hand_over(either_workbench, people["ana"], task, row)
    for outcome in (None, "rejected"):
        if outcome is not None:
            judged.decide(either_workbench, people["pat"], waiting, outcome, "Not our colours.")
            with either_workbench.transaction(people["ana"]) as tx:
                row = versions.new_version(tx, row.deliverable_id, url="https://docs.example/2")
        before = judged.everything(either_workbench)
        with (
            pytest.raises(ConflictError, match="cannot be hidden any more"),
            either_workbench.transaction(people["ana"]) as tx,
        ):
            versions.edit(tx, row.deliverable_id, visible_in_portal=False)
        assert judged.everything(either_workbench) == before


def test_what_is_withdrawn_before_the_partner_judged_it_is_out_of_their_sight_until_it_comes_again(
    either_workbench: Workbench,
):
    """A worker changes it in place meanwhile, and drafts are nobody's outside."""
    people = make_people(either_workbench)
    task, row = judged.begin(either_workbench, people["mara"], ["portal"])
    judged.hand_over(either_workbench, people["ana"], task, row)

    def seen_by_the_partner() -> bool:
        with either_workbench.reading(people["pat"]) as tx:
            return entitlement.sees_deliverable(tx, tx.find(Deliverable, task_id=task.task_id)[-1])

    assert seen_by_the_partner()
    with either_workbench.transaction(people["ana"]) as tx:
        approvals.withdraw(tx, task.task_id, "A typo in the title")
        versions.edit(tx, row.deliverable_id, url="https://docs.example/half-done")
    assert not seen_by_the_partner()
    again = judged.ask(either_workbench, people["ana"], task)
    assert seen_by_the_partner()
    with either_workbench.transaction(people["ana"]) as tx:
        events = history.timeline(tx, entity_id=row.deliverable_id)
        told = [event.action for event in events if event.action in (_SHOWN, _TAKEN_BACK)]
        assert told == [_SHOWN, _TAKEN_BACK, _SHOWN]
    judged.decide(either_workbench, people["pat"], again, "rejected", "Not our colours.")
    assert seen_by_the_partner(), "what they judged stays theirs to see"


@pytest.mark.parametrize("end", ["withdraw", "cancel"])
def test_what_the_team_let_through_is_taken_back_too_when_its_round_ends_unjudged(
    either_workbench: Workbench, end: str
):
    """The team's approval has frozen it, but the partner has not judged it."""
    people = make_people(either_workbench)
    task, row = judged.begin(either_workbench, people["mara"], ["internal", "portal"])
    waiting = judged.hand_over(either_workbench, people["ana"], task, row)
    judged.decide(either_workbench, people["mara"], waiting, "approved")
    [shown] = judged.versions_of(either_workbench, task)
    assert shown.is_frozen
    assert shown.delivered_at is not None
    with either_workbench.transaction(people["mara"]) as tx:
        approvals.withdraw(tx, task.task_id) if end == "withdraw" else lifecycle.cancel(
            tx, task.task_id, "No"
        )
    [hidden] = judged.versions_of(either_workbench, task)
    assert hidden.delivered_at is None
    assert hidden.frozen_at == shown.frozen_at
    with either_workbench.reading(people["mara"]) as tx:
        [event] = tx.find(Event, action=_TAKEN_BACK)
    assert (event.before or {}).get("delivered_at") is not None


def test_in_a_half_judged_round_the_partner_keeps_what_they_judged(either_workbench: Workbench):
    people = make_people(either_workbench)
    task, row = judged.begin(either_workbench, people["mara"], ["portal"])
    with either_workbench.transaction(people["ana"]) as tx:
        other = versions.add(tx, task.task_id, "picture", type="image", visible_in_portal=True)
        lifecycle.start(tx, task.task_id)
        for one in (row, other):
            versions.edit(tx, one.deliverable_id, url=f"https://docs.example/{one.ref}")
        approvals.request(tx, task.task_id)
    first = next(
        item for item in judged.open_ones(either_workbench, task) if item.deliverable_id == row.deliverable_id
    )
    judged.decide(either_workbench, people["pat"], first, "approved")
    with either_workbench.transaction(people["ana"]) as tx:
        approvals.withdraw(tx, task.task_id)
    shown = {item.ref: item.delivered_at is not None for item in judged.versions_of(either_workbench, task)}
    assert shown == {"draft": True, "picture": False}


def test_what_was_not_delivered_yet_may_be_hidden_and_shown(either_workbench: Workbench):
    people = make_people(either_workbench)
    _, row = judged.begin(either_workbench, people["mara"], ["internal"])
    for shown in (False, True):
        with either_workbench.transaction(people["ana"]) as tx:
            kept = versions.edit(tx, row.deliverable_id, visible_in_portal=shown)
        assert kept.visible_in_portal is shown
