"""A request for approval, its withdrawal and its escalation: what is kept and told (APR-02, APR-17)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from engine.access import Role
from engine.audit.models import Action, Event
from engine.deliverables import approvals
from engine.deliverables.models import Approval, Deliverable
from engine.errors import ConflictError, ForbiddenError, StaleWriteError
from engine.tasks import lifecycle
from engine.tasks.models import TaskStatus
from tests.engine.conftest import NOW, Bench
from tests.engine.deliverables.rounds import (
    BOTH,
    INTERNAL,
    PORTAL,
    all_of,
    ask,
    decide,
    decide_all,
    open_ones,
    rows,
    with_deliverable,
)
from tests.told import saved


def in_bundle(bench: Bench, approval: dict, *refs: str) -> str:
    task_id = with_deliverable(bench, approval, *refs)
    bench.change(task_id, bundle_id="bnd_1")
    return task_id


def told(bench: Bench, task_id: str, action: Action) -> list[Event]:
    return [event for event in bench.events(task_id) if event.action is action]


def test_a_request_is_told_with_what_was_seen_and_who_is_asked_why(bench: Bench):
    task_id = in_bundle(bench, BOTH, "draft")
    ask(bench, task_id)
    assert rows(bench, task_id)[0].delivered_at is None
    decide_all(bench, task_id, "approved")
    assert rows(bench, task_id)[0].delivered_at == NOW, "the partner has it as their round opens"
    inside, partner = told(bench, task_id, Action.APPROVAL_REQUESTED)
    [row], name = rows(bench, task_id), bench.task(task_id).name
    assert inside.after == {
        "deliverable_id": row.deliverable_id,
        "version_number": 1,
        "content_hash": row.content_hash,
        "source": "internal",
        "reason": "process",
        "round_number": 1,
    }
    assert partner.after == {**inside.after, "source": "portal"}
    assert [event.summary for event in (inside, partner)] == [
        f"“draft”, version 1 of {name} waits for the team",
        f"“draft”, version 1 of {name} waits for the partner",
    ]
    assert {event.bundle_id for event in (inside, partner)} == {"bnd_1"}


def test_a_request_keeps_whose_people_decide_and_whose_work_it_was_then_and_before(bench: Bench):
    task_id = with_deliverable(bench, BOTH, "draft")
    ana, ben = bench.employee_id("ana"), bench.employee_id("ben")
    ask(bench, task_id)
    with bench.writing("ana") as tx:
        approvals.withdraw(tx, task_id)
    bench.change(task_id, assignee_id=ben)
    bench.clock.advance(hours=1)
    ask(bench, task_id, by="ben")
    first, second = all_of(bench, task_id)
    assert (first.assignee_ids, second.assignee_ids) == ([ana], [ana, ben])
    assert (first.round_number, second.round_number) == (1, 2)
    assert (first.requested_by, second.requested_by) == tuple(
        bench.actors[name].user_id for name in ("ana", "ben")
    )
    decide(bench, second, "approved")
    *_, partners = all_of(bench, task_id)
    assert partners.partner_id == bench.task(task_id).partner_id is not None
    assert first.partner_id is second.partner_id is None
    assert (partners.round_number, partners.requested_by) == (1, bench.actors["ben"].user_id)


def test_what_nobody_is_assigned_was_nobodys_work(bench: Bench):
    task_id = with_deliverable(bench, INTERNAL, "draft")
    bench.change(task_id, assignee_id=None)
    ask(bench, task_id, by="mara")
    [approval] = all_of(bench, task_id)
    assert approval.assignee_ids == []


@pytest.mark.parametrize(
    ("given", "kept"), [(" Typo. ", "Typo."), (" ", "Request withdrawn"), (None, "Request withdrawn")]
)
def test_a_withdrawal_is_told_with_its_reason(bench: Bench, given: str | None, kept: str):
    task_id = in_bundle(bench, INTERNAL, "draft", "photo")
    ask(bench, task_id)
    with bench.writing("ana") as tx:
        approvals.withdraw(tx, task_id, given)
    task, events = bench.task(task_id), told(bench, task_id, Action.APPROVAL_WITHDRAWN)
    assert (task.status, task.status_reason) == (TaskStatus.IN_PROGRESS, kept)
    assert [(event.reason, event.bundle_id, event.summary) for event in events] == [
        (kept, "bnd_1", f"The request to decide on “{ref}”, version 1 of {task.name} was withdrawn")
        for ref in ("draft", "photo")
    ]
    assert [item.withdrawn_at for item in all_of(bench, task_id)] == [bench.clock.now()] * 2
    with pytest.raises(ConflictError) as caught, bench.writing("ana") as tx:
        approvals.withdraw(tx, task_id)
    assert caught.value.message == f"Task {task.name} is “In progress”: there is no request to take back."


@pytest.mark.parametrize("verb", [approvals.request, approvals.withdraw])
def test_who_has_looked_at_an_earlier_revision_neither_asks_nor_takes_back(bench: Bench, verb):
    task_id = with_deliverable(bench, INTERNAL, "draft")
    if verb is approvals.withdraw:
        ask(bench, task_id)
    state, revision = bench.state(), bench.task(task_id).revision
    with pytest.raises(StaleWriteError), bench.writing("ana") as tx:
        verb(tx, task_id, revision=revision - 1)
    assert bench.state() == state
    with bench.writing("ana") as tx:
        verb(tx, task_id, revision=revision)


def test_a_withdrawal_within_the_team_takes_nothing_back_that_the_partner_has(bench: Bench):
    task_id = with_deliverable(bench, INTERNAL, "draft")
    [row] = rows(bench, task_id)
    with bench.writing() as tx:
        kept = tx.get(Deliverable, row.deliverable_id)
        kept.delivered_at = NOW
        saved(tx, kept)
    ask(bench, task_id)
    with bench.writing("ana") as tx:
        approvals.withdraw(tx, task_id)
    [row] = rows(bench, task_id)
    assert row.delivered_at == NOW


def test_in_a_half_judged_round_the_partner_keeps_what_they_judged_and_no_more(bench: Bench):
    task_id = with_deliverable(bench, BOTH, "draft", "photo")
    ask(bench, task_id)
    decide_all(bench, task_id, "approved")
    first, _ = open_ones(bench, task_id)
    decide(bench, first, "approved", by="pat")
    with bench.writing("ana") as tx:
        approvals.withdraw(tx, task_id)
    shown = {row.deliverable_id: row.delivered_at is not None for row in rows(bench, task_id)}
    assert shown.pop(first.deliverable_id)
    assert list(shown.values()) == [False]


def asked_before(bench: Bench, task_id: str) -> list[str]:
    """Add a request that is older than the one there is, and written later; return both, oldest first."""
    [one] = open_ones(bench, task_id)
    with bench.writing() as tx:
        earlier = {"task_approval_id": tx.new_id(Approval), "requested_at": NOW - timedelta(days=30)}
        added = tx.add(one.model_copy(update=earlier))
        saved(tx, added)
    return [added.task_approval_id, one.task_approval_id]


def test_approvals_of_a_task_are_its_own_oldest_first(bench: Bench):
    other, task_id = (with_deliverable(bench, INTERNAL, "draft") for _ in range(2))
    ask(bench, other)
    ask(bench, task_id)
    both = asked_before(bench, task_id)
    assert [item.task_approval_id for item in all_of(bench, task_id)] == both


@pytest.mark.parametrize(("approval", "name"), [(INTERNAL, "mara"), (PORTAL, "pat")])
def test_what_was_asked_first_is_decided_first(bench: Bench, approval: dict, name: str):
    task_id = with_deliverable(bench, approval, "draft")
    ask(bench, task_id)
    both = asked_before(bench, task_id)
    with bench.reading(name) as tx:
        assert [item.task_approval_id for item in approvals.waiting(tx)] == both
    bench.clock.advance(days=bench.settings.escalate_after_days)
    with bench.writing("mara") as tx:
        assert [item.task_approval_id for item in approvals.escalate(tx)] == both


def become(bench: Bench, name: str, **fields) -> None:
    """Make somebody another for this test alone."""
    bench.actors = {**bench.actors, name: replace(bench.actors[name], **fields)}


def waiting(bench: Bench, name: str) -> list[str]:
    with bench.reading(name) as tx:
        return [item.task_id for item in approvals.waiting(tx)]


def test_everybody_has_before_them_what_they_may_decide_and_nothing_that_was_decided(bench: Bench):
    inside, partners, decided, shown = (
        with_deliverable(bench, approval, "draft") for approval in (INTERNAL, PORTAL, INTERNAL, PORTAL)
    )
    for task_id in (inside, partners, decided, shown):
        ask(bench, task_id)
    decide_all(bench, decided, "approved")
    decide_all(bench, shown, "rejected", "No.", by="pat")
    assert waiting(bench, "mara") == waiting(bench, "olga") == [inside]
    assert waiting(bench, "pat") == [partners]
    for name in ("ana", "sam", "ben", "bot"):
        assert waiting(bench, name) == [], name
    for partner_id in ("prt_other", None):
        become(bench, "pat", partner_id=partner_id)
        assert waiting(bench, "pat") == []


def test_whoever_decides_for_the_team_and_for_the_partner_has_both_before_them(bench: Bench):
    inside, partners = (with_deliverable(bench, approval, "draft") for approval in (INTERNAL, PORTAL))
    for task_id in (partners, inside):
        ask(bench, task_id)
    roles = frozenset({Role.MANAGER, Role.PARTNER})
    become(bench, "mara", roles=roles, partner_id=bench.actors["pat"].partner_id)
    assert sorted(waiting(bench, "mara")) == sorted([inside, partners])


def test_a_manager_of_a_partner_s_name_decides_nothing_for_that_partner(bench: Bench):
    task_id = with_deliverable(bench, PORTAL, "draft")
    ask(bench, task_id)
    become(bench, "mara", partner_id=bench.actors["pat"].partner_id)
    assert waiting(bench, "mara") == []


def test_what_waits_for_a_day_is_told_to_wait_for_one_day(bench: Bench):
    object.__setattr__(bench.settings, "escalate_after_days", 1)
    asked = in_bundle(bench, INTERNAL, "draft")
    ask(bench, asked)
    bench.clock.advance(days=1)
    with bench.writing("mara") as tx:
        approvals.escalate(tx)
    [event] = told(bench, asked, Action.APPROVAL_ESCALATED)
    assert event.summary.endswith(" waits for the team for 1 day")


def test_what_waits_too_long_is_escalated_once_and_told_for_how_long(bench: Bench):
    asked = {}
    for name in ("late", "early", "decided"):
        asked[name] = in_bundle(bench, INTERNAL, "draft")
    days = bench.settings.escalate_after_days
    ask(bench, asked["late"])
    ask(bench, asked["decided"])
    decide_all(bench, asked["decided"], "rejected", "No.")
    bench.clock.advance(seconds=1)
    ask(bench, asked["early"])
    bench.clock.advance(seconds=days * 86400 - 1)
    with bench.writing("mara") as tx:
        assert [item.task_id for item in approvals.escalate(tx)] == [asked["late"]]
    name = bench.task(asked["late"]).name
    [event] = told(bench, asked["late"], Action.APPROVAL_ESCALATED)
    assert event.summary == f"“draft”, version 1 of {name} waits for the team for {days} days"
    assert event.bundle_id == "bnd_1"
    [approval] = open_ones(bench, asked["late"])
    assert approval.escalated_at == bench.clock.now()
    with bench.writing("mara") as tx:
        assert approvals.escalate(tx) == [], "it was told already, and the other waits a second less"


def test_only_leads_and_the_system_escalate(bench: Bench):
    with pytest.raises(ForbiddenError, match="Ana may not escalate approvals"), bench.writing("ana") as tx:
        approvals.escalate(tx)


def test_a_task_that_was_cancelled_takes_the_request_back_with_the_reason_of_that(bench: Bench):
    task_id = in_bundle(bench, INTERNAL, "draft")
    ask(bench, task_id)
    with bench.writing("mara") as tx:
        lifecycle.cancel(tx, task_id, "Not needed")
    [event] = told(bench, task_id, Action.APPROVAL_WITHDRAWN)
    assert event.reason == "Not needed"
