"""Decisions and answers that are waited for are escalated, and never made by that (decision 12)."""

from __future__ import annotations

from engine.audit.models import Action, Event
from engine.deliverables.models import Approval
from engine.reminders import month
from engine.reminders.explain import explain
from engine.reminders.models import Reminder, ReminderType
from engine.tasks.models import Task
from tests.engine.deliverables.rounds import INTERNAL, PORTAL, ask, decide_all, with_deliverable
from tests.engine.reminders.office import Office


def open_approval(office: Office) -> Approval:
    with office.bench.reading() as tx:
        [approval] = tx.find(Approval)
    return approval


def of_approval(office: Office) -> list[Reminder]:
    return [one for one in office.ledger() if one.task_approval_id is not None]


def test_an_undecided_approval_is_told_to_its_approvers_and_then_flagged_and_escalated(office: Office):
    ask(office.bench, with_deliverable(office.bench, INTERNAL, "draft"))
    for day in (1, 2, 3, 4):
        office.tick(f"2026-12-{day:02} 12:00")
    assert [(f"{one.send_at:%m-%d %H:%M}", one.step, one.is_flag) for one in of_approval(office)] == [
        ("12-01 09:00", "approval: 1 business day after, to approvers", False),
        ("12-03 09:00", "approval: 3 business days after, flagged", True),
    ]
    approval = open_approval(office)
    assert approval.is_open
    assert approval.escalated_at is not None
    with office.bench.reading() as tx:
        told = [one for one in tx.find(Event) if one.action is Action.APPROVAL_ESCALATED]
    assert len(told) == 1


def test_a_decision_of_the_partners_is_asked_after_by_the_tasks_owner(office: Office):
    ask(office.bench, with_deliverable(office.bench, PORTAL, "draft"))
    office.tick("2026-12-01 09:00")
    [only] = of_approval(office)
    assert only.user_id == office.bench.actors["mara"].user_id, "she made the task; Pat is told in his inbox"


def test_what_comes_while_a_decision_is_waited_for_is_explained(office: Office):
    task_id = with_deliverable(office.bench, INTERNAL, "draft")
    ask(office.bench, task_id)
    with office.bench.reading() as tx:
        coming = explain(tx, office.bench.content, tx.get(Task, task_id)).coming
        ahead = month.ahead(tx, office.bench.content, everybody=True).coming
    assert [f"{one.at:%m-%d %H:%M} {one.whom}" for one in coming] == ["12-01 09:00 Mara", "12-03 09:00 Mara"]
    assert [one.moment.send_at for one in ahead] == [one.at for one in coming]
    assert coming[0].text == "A version of it waits for the decision of the team."


def test_what_comes_again_and_again_comes_once_while_a_decision_is_waited_for(office: Office):
    """It is of the task, and not once more of each decision on its versions (RMD-05, RMD-07)."""
    chase = {"name": "chase", "schedule": "0 9 * * 3", "text": "Ask again", "overlap": "send"}
    office.says(reminders={"recurring": [chase]})
    task_id = with_deliverable(office.bench, INTERNAL, "draft")
    ask(office.bench, task_id)
    with office.bench.reading() as tx:
        coming = explain(tx, office.bench.content, tx.get(Task, task_id)).coming
    assert [one.text for one in coming if f"{one.at:%m-%d}" == "12-02"] == ["Ask again."]
    office.tick("2026-12-02 09:00")
    assert [one.text for one in office.ledger(type=ReminderType.RECURRING)] == ["Ask again."]


def test_what_is_decided_is_not_told_of_any_more(office: Office):
    task_id = with_deliverable(office.bench, INTERNAL, "draft")
    ask(office.bench, task_id)
    decide_all(office.bench, task_id, "approved")
    office.tick("2026-12-09 12:00")
    assert of_approval(office) == []
