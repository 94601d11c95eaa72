"""Who sees a version and its approvals, whose work it is, and who may not decide (APR-16, decision 12)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from engine.access import ApprovalSource, Outcome, Refusal
from engine.deliverables import entitlement
from engine.deliverables.models import Approval, Deliverable
from engine.errors import ForbiddenError, NotFoundError, OwnWorkError
from engine.tasks.models import Task
from tests.engine.conftest import NOW, Bench
from tests.engine.deliverables.rounds import BOTH, INTERNAL, PORTAL, all_of, ask, rows, with_deliverable
from tests.statements import counted
from tests.told import saved

EVERYBODY = ("olga", "mara", "sam", "ana", "ben", "bot", "pat")


def become(bench: Bench, name: str, **fields) -> None:
    """Make somebody another for this test alone."""
    bench.actors = {**bench.actors, name: replace(bench.actors[name], **fields)}


def asked(bench: Bench, approval: dict = INTERNAL, *refs: str) -> str:
    task_id = with_deliverable(bench, approval, *(refs or ("draft",)))
    ask(bench, task_id)
    return task_id


def change(bench: Bench, task_id: str, **fields) -> None:
    with bench.writing() as tx:
        row = tx.get(Deliverable, rows(bench, task_id)[0].deliverable_id)
        for name, value in fields.items():
            setattr(row, name, value)
        saved(tx, row)


def why_not(bench: Bench, task_id: str, name: str) -> str | None:
    [approval] = all_of(bench, task_id)
    with bench.reading(name) as tx:
        found = entitlement.why_not(tx, approval)
        assert entitlement.refusals(tx, [approval], Outcome.REJECTED) == {approval.task_approval_id: found}
    return found


@pytest.mark.parametrize(
    ("approval", "refused"),
    [
        (INTERNAL, {"sam": "role", "ana": "role", "ben": "role", "bot": "role", "pat": "role"}),
        (PORTAL, dict.fromkeys(("olga", "mara", "sam", "ana", "ben", "bot"), "role")),
    ],
)
def test_the_team_s_leads_decide_inside_and_the_partner_s_people_for_the_partner(
    bench: Bench, approval, refused
):
    task_id = asked(bench, approval)
    assert {name: why_not(bench, task_id, name) for name in EVERYBODY} == {
        name: refused.get(name) for name in EVERYBODY
    }


def test_another_partner_decides_nothing(bench: Bench):
    task_id = asked(bench, PORTAL)
    for partner_id in ("prt_other", None):
        become(bench, "pat", partner_id=partner_id)
        assert why_not(bench, task_id, "pat") is Refusal.PARTNER
    bench.change(task_id, partner_id=None)
    assert why_not(bench, task_id, "pat") is Refusal.PARTNER


def test_who_is_assigned_or_was_or_gave_content_to_any_version_decides_nothing(bench: Bench):
    mara = bench.actors["mara"]
    for fields in ({"assignee_id": mara.employee_id}, {"worked_by": [mara.employee_id]}):
        task_id = asked(bench)
        bench.change(task_id, **fields)
        assert why_not(bench, task_id, "mara") is Refusal.OWN_WORK
    task_id = asked(bench)
    bench.parts(task_id, {"ref": "draft", "type": "text", "version_number": 2, "authors": [mara.user_id]})
    assert why_not(bench, task_id, "mara") is Refusal.OWN_WORK, "of any version of the same thing"
    assert why_not(bench, task_id, "olga") is None


def test_who_gave_content_to_another_thing_of_the_task_may_decide_on_this(bench: Bench):
    task_id = asked(bench)
    bench.parts(task_id, {"ref": "photo", "type": "text", "authors": [bench.actors["mara"].user_id]})
    assert why_not(bench, task_id, "mara") is None


def test_a_refusal_says_who_decides_instead(bench: Bench):
    [approval] = all_of(bench, asked(bench))
    with bench.reading("ana") as tx:
        with pytest.raises(ForbiddenError) as caught:
            entitlement.refuse_unless_entitled(tx, approval, Outcome.APPROVED)
        assert caught.value.message == (
            "Ana may not decide this approval. It takes a manager or admin, and no agent."
        )
    with bench.reading("mara") as tx:
        entitlement.refuse_unless_entitled(tx, approval, Outcome.APPROVED)
    change(bench, approval.task_id, authors=[bench.actors["mara"].user_id])
    with bench.reading("mara") as tx:
        with pytest.raises(OwnWorkError) as own:
            entitlement.refuse_unless_entitled(tx, approval, Outcome.APPROVED)
        assert own.value.message == "Mara worked on this, so somebody else decides. Ask another manager."


def test_a_refusal_of_the_partner_s_round_says_so(bench: Bench):
    [approval] = all_of(bench, asked(bench, PORTAL))
    with bench.reading("mara") as tx:
        with pytest.raises(ForbiddenError) as caught:
            entitlement.refuse_unless_entitled(tx, approval, Outcome.APPROVED)
        assert caught.value.message == (
            "Mara may not decide this approval. It takes a user of its partner, and no agent."
        )
    change(bench, approval.task_id, authors=[bench.actors["pat"].user_id])
    with bench.reading("pat") as tx:
        with pytest.raises(OwnWorkError) as own:
            entitlement.refuse_unless_entitled(tx, approval, Outcome.APPROVED)
        assert own.value.message == "Pat worked on this, so somebody else at the partner decides."


def test_many_are_refused_with_the_reasons_of_each_in_two_statements(bench: Bench):
    mine, others = asked(bench, INTERNAL, "draft", "photo"), asked(bench)
    bench.change(mine, assignee_id=bench.employee_id("mara"))
    given = [*all_of(bench, mine), *all_of(bench, others)]
    with bench.reading("mara") as tx, counted() as statements:
        found = entitlement.refusals(tx, given)
    assert len(statements) <= 2
    assert found == {
        item.task_approval_id: Refusal.OWN_WORK if item.task_id == mine else None for item in given
    }
    with bench.reading("mara") as tx, counted() as statements:
        assert entitlement.refusals(tx, []) == {}
    assert statements == []


def test_what_the_store_has_lost_is_named(bench: Bench):
    [approval] = all_of(bench, asked(bench))
    for gone in ({"deliverable_id": "dlv_gone"}, {"task_id": "tsk_gone"}):
        with bench.reading() as tx, pytest.raises(NotFoundError) as caught:
            entitlement.judged(tx, approval.model_copy(update=gone))
        assert caught.value.message == (
            f"What approval {approval.task_approval_id} judges is not in the store. Restore it from a backup."
        )
    with bench.reading() as tx:
        row, task = entitlement.judged(tx, approval)
    assert (row.deliverable_id, task.task_id) == (approval.deliverable_id, approval.task_id)


def seers(bench: Bench, sees) -> set[str]:
    found = set()
    for name in EVERYBODY:
        with bench.reading(name) as tx:
            if sees(tx):
                found.add(name)
    return found


def test_an_approval_is_seen_by_who_sees_the_task_and_that_of_a_partner_by_their_people(bench: Bench):
    team = {"olga", "mara", "sam", "ana"}
    for approval, expected in ((INTERNAL, team), (PORTAL, team | {"pat"})):
        [one] = all_of(bench, asked(bench, approval))
        assert seers(bench, lambda tx, one=one: entitlement.sees_approval(tx, one)) == expected
    become(bench, "pat", partner_id="prt_other")
    assert seers(bench, lambda tx: entitlement.sees_approval(tx, one)) == team


def test_an_internal_approval_of_the_partner_s_own_task_is_none_of_theirs(bench: Bench):
    [one] = all_of(bench, asked(bench))
    named = one.model_copy(update={"partner_id": bench.actors["pat"].partner_id})
    with bench.reading("pat") as tx:
        assert not entitlement.sees_approval(tx, named)


@pytest.mark.parametrize(
    ("fields", "partner", "shown"),
    [
        ({"visible_in_portal": True, "delivered_at": NOW}, "own", True),
        ({"visible_in_portal": True, "delivered_at": NOW}, "prt_other", False),
        ({"visible_in_portal": True, "delivered_at": NOW}, None, False),
        ({"visible_in_portal": True, "delivered_at": None}, "own", False),
        ({"visible_in_portal": False, "delivered_at": NOW}, "own", False),
    ],
)
def test_a_partner_sees_the_versions_that_were_shown_to_them(bench: Bench, fields, partner, shown: bool):
    task_id = with_deliverable(bench, BOTH, "draft")
    change(bench, task_id, **fields)
    if partner != "own":
        become(bench, "pat", partner_id=partner)
    [row] = rows(bench, task_id)
    team = {"olga", "mara", "sam", "ana"}
    assert seers(bench, lambda tx: entitlement.sees_deliverable(tx, row)) == team | (
        {"pat"} if shown else set()
    )
    with bench.reading("pat") as tx:
        task = bench.task(task_id)
        assert entitlement.is_shown_to(tx, task, row) is shown
        found = entitlement.judged_of(tx, task)
        assert ([one.ref for one in found.rows], found.is_team) == (["draft"] if shown else [], False)


def test_what_is_of_no_partner_was_shown_to_nobody(bench: Bench):
    task_id = with_deliverable(bench, BOTH, "draft")
    change(bench, task_id, delivered_at=NOW)
    bench.change(task_id, partner_id=None)
    become(bench, "pat", partner_id=None)
    [row] = rows(bench, task_id)
    assert not entitlement.was_shown_to(bench.task(task_id), row, None)
    with bench.reading("olga") as tx:
        assert not entitlement.sees_deliverable(tx, row.model_copy(update={"task_id": "tsk_gone"}))


def test_the_team_has_everything_of_a_task_and_the_partner_their_own_oldest_first(bench: Bench):
    task_id = asked(bench, BOTH)
    other = asked(bench, BOTH)
    [inside] = all_of(bench, task_id)
    with bench.writing() as tx:
        for number, minutes in enumerate((5, 3), start=1):
            saved(
                tx,
                tx.add(
                    inside.model_copy(
                        update={
                            "task_approval_id": tx.new_id(Approval),
                            "source": ApprovalSource.PORTAL,
                            "partner_id": bench.actors["pat"].partner_id,
                            "requested_at": NOW.replace(minute=minutes),
                            "round_number": number,
                        }
                    )
                ),
            )
    bench.parts(task_id, {"ref": "draft", "type": "text", "version_number": 3})
    bench.parts(
        task_id, {"ref": "draft", "type": "text", "version_number": 2}, {"ref": "photo", "type": "text"}
    )
    task = bench.task(task_id)
    with bench.reading("mara") as tx:
        found = entitlement.judged_of(tx, task)
        [first, *_] = [row for row in found.rows if row.ref == "draft" and row.version_number == 1]
        assert [row.version_number for row in found.lineage(first)] == [1, 2, 3]
        assert [row.version_number for row in entitlement.lineage_of(tx, first)] == [1, 2, 3]
        assert {row.ref for row in found.lineage(first)} == {"draft"}
    assert (found.is_team, found.task, len(found.rows)) == (True, task, 4)
    assert [item.requested_at.minute for item in found.approvals] == [0, 3, 5]
    assert {item.task_id for item in found.approvals} == {task_id} != {other}
    with bench.reading("pat") as tx:
        theirs = entitlement.judged_of(tx, task)
    assert [item.requested_at.minute for item in theirs.approvals] == [3, 5]
    assert theirs.rows == []


def test_whose_work_it_is_are_its_assignee_those_who_had_it_and_its_authors(bench: Bench):
    task_id = with_deliverable(bench, INTERNAL, "draft", "photo")
    bench.change(task_id, assignee_id="emp_1", worked_by=["emp_2"])
    draft, photo = rows(bench, task_id)
    draft, photo = (
        draft.model_copy(update={"authors": ["usr_1"]}),
        photo.model_copy(update={"authors": ["usr_2"]}),
    )
    task: Task = bench.task(task_id)
    assert entitlement.whose(task, [draft, photo]) == {"emp_1", "emp_2", "usr_1", "usr_2"}
    assert entitlement.whose(task, [draft]) == {"emp_1", "emp_2", "usr_1"}
