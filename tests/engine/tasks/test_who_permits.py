"""Who may not permit a task to run (S18), and for what a permission was given (S28)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from engine.accounts import actors
from engine.accounts import service as accounts
from engine.accounts.models import User
from engine.audit.models import Action
from engine.deliverables import actions
from engine.errors import (
    ConflictError,
    OwnWorkError,
    ReviewRequiredError,
)
from engine.tasks import assignment, clone, lifecycle, steps, update
from engine.tasks.models import Task
from tests.engine.conftest import Bench, change
from tests.engine.tasks.test_human_review import S, Verb, approve, flagged, reject


def asked_by_mara(bench: Bench, task_id: str) -> None:
    change(bench, task_id, {"requires_human_review": True}, by="mara")


#: How Mara comes to have a part in what is to run, on a task of Ana's that asks for a review.
PARTS: dict[str, Verb] = {
    "made it": lambda bench, _tx, task: bench.change(task, owner_id=bench.actors["mara"].user_id),
    "asked for it": lambda bench, _tx, task: (
        bench.change(task, requires_human_review=False),
        asked_by_mara(bench, task),
    ),
    "says how it runs": lambda bench, _tx, task: change(
        bench, task, {"execution_config": {"command": "crawl"}}, by="mara"
    ),
    "added a step": lambda bench, _tx, task: add_step(bench, task, "mara"),
    "described it before anybody asked": lambda bench, _tx, task: (
        bench.change(task, requires_human_review=False),
        change(bench, task, {"description": "Crawl it all"}, by="mara"),
        change(bench, task, {"requires_human_review": True, "execution_type": "automatic"}, by="ana"),
    ),
    "added a step before anybody asked": lambda bench, _tx, task: (
        bench.change(task, requires_human_review=False),
        add_step(bench, task, "mara"),
        change(bench, task, {"requires_human_review": True}, by="ana"),
    ),
    "left a step out": lambda bench, _tx, task: (
        add_step(bench, task, "ana"),
        leave_out(bench, task, "mara"),
    ),
    "left a step out before anybody asked": lambda bench, _tx, task: (
        bench.change(task, requires_human_review=False),
        add_step(bench, task, "ana"),
        leave_out(bench, task, "mara"),
        change(bench, task, {"requires_human_review": True}, by="ana"),
    ),
    "took up again what was left out": lambda bench, _tx, task: (
        add_step(bench, task, "ana"),
        leave_out(bench, task, "ana"),
        take_up_again(bench, task, "mara"),
    ),
    "does it": lambda bench, _tx, task: bench.change(task, assignee_id=bench.employee_id("mara")),
    "did it": lambda bench, _tx, task: bench.change(task, worked_by=[bench.employee_id("mara")]),
}


def add_step(bench: Bench, task_id: str, who: str) -> None:
    with bench.writing(who) as tx:
        steps.add_step(tx, task_id, "Look twice")


def leave_out(bench: Bench, task_id: str, who: str) -> None:
    with bench.writing(who) as tx:
        steps.leave_out(tx, task_id, "added_1", "The site is gone.")


def take_up_again(bench: Bench, task_id: str, who: str) -> None:
    with bench.writing(who) as tx:
        steps.reopen_step(tx, task_id, "added_1")


@pytest.mark.parametrize("part", PARTS)
def test_who_prepared_what_runs_permits_and_refuses_nothing(bench: Bench, part: str):
    """S18: pages offer it to others, every way is refused, and a team of one may do it."""
    task_id = flagged(bench)
    PARTS[part](bench, None, task_id)
    state = bench.state()
    lifted = {"requires_human_review": False}
    for attempt in (
        lambda: approve(bench, task_id),
        lambda: reject(bench, task_id),
        lambda: change(bench, task_id, lifted, by="mara"),
    ):
        with pytest.raises(OwnWorkError, match="Ask another manager"):
            attempt()
    assert bench.state() == state
    with bench.reading() as tx:
        assert "review_approve" not in [item.name for item in actions.allowed(tx, tx.get(Task, task_id))]
    assert approve(bench, task_id, by="olga").status is S.QUEUED
    alone = flagged(bench)
    PARTS[part](bench, None, alone)
    bench.settings = replace(bench.settings, own_approval=True)
    assert approve(bench, alone).status is S.QUEUED


def test_pages_offer_a_review_to_no_other_account_of_whoever_prepared_it(bench: Bench):
    """The rule that refuses it is the one by which it is offered (S18)."""
    task_id = flagged(bench)
    change(bench, task_id, {"execution_config": {"command": "crawl"}}, by="mara")
    with bench.writing("olga") as tx:
        accounts.add_user(tx, "boss@example.com", "Mara as admin", ["admin"], employee="mara")
    with bench.reading("olga") as tx:
        boss = tx.find_one(User, email="boss@example.com")
        assert boss is not None
        bench.actors["boss"] = actors.actor_of(tx, boss)
    with pytest.raises(OwnWorkError):
        approve(bench, task_id, by="boss")
    offered = {}
    for who in ("boss", "olga"):
        with bench.reading(who) as tx:
            offered[who] = [item.name for item in actions.allowed(tx, tx.get(Task, task_id))]
    assert "review_approve" in offered["olga"]
    assert not {"review_approve", "review_reject"} & set(offered["boss"])


def test_changing_what_runs_and_permitting_it_at_once_is_refused_whole(bench: Bench):
    task_id = flagged(bench)
    state = bench.state()
    with pytest.raises(OwnWorkError):
        change(bench, task_id, {"requires_human_review": False, "execution_config": {"a": 1}}, by="mara")
    assert bench.state() == state


#: What changes what runs.
CHANGED: dict[str, dict[str, Any]] = {
    "how it runs": {"execution_config": {"command": "delete everything"}},
    "by what": {"execution_type": "manual_trigger"},
    "what it says": {"description": "Another prompt"},
    "its title": {"title": "Another"},
    "its settings": {"config": {"deep": True}},
}


@pytest.mark.few(20)
@pytest.mark.parametrize("status", [S.PENDING, S.QUEUED, S.IN_PROGRESS, S.WAITING, S.DEFERRED])
@pytest.mark.parametrize("what", [*CHANGED, "a step", "a step left out", "a step taken up again"])
def test_a_permission_is_void_when_what_was_permitted_changes(bench: Bench, what: str, status: S):
    task_id = flagged(bench)
    bench.parts(task_id, {"ref": "added_1"})
    if what == "a step taken up again":
        leave_out(bench, task_id, "ana")
    approve(bench, task_id)
    permitted = bench.task(task_id).human_review_hash
    assert permitted is not None
    bench.change(task_id, status=status)
    if what == "a step":
        add_step(bench, task_id, "ana")
    elif what == "a step left out":
        leave_out(bench, task_id, "ana")
    elif what == "a step taken up again":
        take_up_again(bench, task_id, "ana")
    else:
        change(bench, task_id, CHANGED[what], by="ana")
    task = bench.task(task_id)
    assert (task.awaits_review, task.human_reviewed_by, task.human_review_hash) == (True, None, permitted)
    assert task.status is (S.PENDING if status in (S.QUEUED, S.IN_PROGRESS) else status)
    assert Action.HUMAN_REVIEW_VOIDED in [event.action for event in bench.events(task_id)]
    assert task.prepared_by == [bench.actors["ana"].user_id]
    if task.status is S.PENDING:
        with pytest.raises(ReviewRequiredError), bench.writing("ana") as tx:
            lifecycle.start(tx, task_id)
        approve(bench, task_id)
        with bench.writing("ana") as tx:
            assert lifecycle.start(tx, task_id).status is S.IN_PROGRESS


@pytest.mark.parametrize(
    "values",
    [{"priority": "high"}, {"due_date": "2026-12-24"}, {"tags": ["x"]}, {"metadata": {"a": 1}}],
    ids=["priority", "due date", "tags", "metadata"],
)
def test_a_permission_holds_when_anything_else_changes(bench: Bench, values: dict[str, Any]):
    task_id = flagged(bench)
    approve(bench, task_id)
    change(bench, task_id, values, by="ana")
    with bench.writing("ana") as tx:
        assert lifecycle.start(tx, task_id).status is S.IN_PROGRESS


@pytest.mark.parametrize("status", [S.PENDING_APPROVAL, S.HELP_NEEDED])
def test_what_was_permitted_does_not_change_where_it_cannot_be_put_back(bench: Bench, status: S):
    task_id = flagged(bench)
    approve(bench, task_id)
    bench.change(task_id, status=status)
    state = bench.state()
    with pytest.raises(ConflictError, match="back to “In progress” first"):
        change(bench, task_id, {"execution_config": {"a": 1}}, by="ana")
    assert bench.state() == state


def test_what_differs_from_what_was_permitted_does_not_run_however_it_came_to(bench: Bench):
    task_id = flagged(bench)
    approve(bench, task_id)
    bench.change(task_id, execution_config={"command": "delete everything"})
    words = "has changed since it was permitted"
    with pytest.raises(ReviewRequiredError, match=words), bench.writing("ana") as tx:
        lifecycle.start(tx, task_id)
    change(bench, task_id, {"requires_human_review": True}, by="ana")
    assert approve(bench, task_id, by="olga").status is S.QUEUED


def test_a_permission_of_an_earlier_release_is_void_by_the_first_change(bench: Bench):
    task_id = flagged(bench)
    approve(bench, task_id)
    bench.change(task_id, human_review_hash=None)
    change(bench, task_id, {"tags": ["x"]}, by="ana")
    assert not bench.task(task_id).awaits_review
    change(bench, task_id, {"execution_config": {"a": 1}}, by="ana")
    assert bench.task(task_id).awaits_review


#: The ways in which a task comes to somebody.
TAKEN: dict[str, Verb] = {
    "assigned": lambda _bench, tx, task_id: assignment.assign(tx, task_id, "mara"),
    "updated": lambda bench, tx, task_id: update.update(
        tx, bench.content, task_id, {"assignee_id": bench.employee_id("mara")}
    ),
    "claimed": lambda _bench, tx, task_id: assignment.claim(tx, task_id),
    "begun as nobody's": lambda _bench, tx, task_id: lifecycle.start(tx, task_id),
    "completed as nobody's": lambda _bench, tx, task_id: lifecycle.complete(tx, task_id),
}


@pytest.mark.parametrize("way", TAKEN)
def test_who_permitted_a_task_does_not_do_it_afterwards(bench: Bench, way: str):
    """S18: giving it away first, permitting it and taking it back is no way around."""
    bench.actors["mara"] = replace(bench.actors["mara"], assignee_roles=frozenset({"operator"}))
    task_id = flagged(bench, assignee="mara")
    bench.change(task_id, assignee_role="operator")
    with bench.writing() as tx:
        assignment.assign(tx, task_id, None)
    approve(bench, task_id)
    state = bench.state()
    with bench.writing() as tx, pytest.raises(OwnWorkError, match=r"permitted that #1 .* runs"):
        TAKEN[way](bench, tx, task_id)
    assert bench.state() == state
    bench.settings = replace(bench.settings, own_approval=True)
    with bench.writing() as tx:
        TAKEN[way](bench, tx, task_id)


def test_no_other_account_of_who_permitted_a_task_does_it_nor_is_it_given_to_them(bench: Bench):
    task_id = flagged(bench)
    with bench.writing("olga") as tx:
        accounts.add_user(tx, "boss@example.com", "Mara as admin", ["admin"], employee="mara")
    with bench.reading("olga") as tx:
        boss = tx.find_one(User, email="boss@example.com")
        bench.actors["boss"] = actors.actor_of(tx, boss)
    approve(bench, task_id, by="boss")
    for who in ("mara", "olga"):
        with bench.writing(who) as tx, pytest.raises(OwnWorkError, match=r"Give #1 .* to somebody else"):
            assignment.assign(tx, task_id, "mara")
    with bench.writing("olga") as tx:
        assignment.assign(tx, task_id, "ana")
        assert lifecycle.start(tx, task_id).status is S.IN_PROGRESS


def test_a_task_of_the_bot_that_a_person_gets_asks_for_its_review_again(bench: Bench):
    """It was permitted to the bot; else it could not begin, and nobody could ask for the review (S28)."""
    task_id = flagged(bench, assigned_to_bot=True)
    approve(bench, task_id)
    with bench.writing("ana") as tx:
        assignment.assign(tx, task_id, "ana")
    assert (bench.task(task_id).awaits_review, bench.task(task_id).status) == (True, S.PENDING)
    assert approve(bench, task_id).status is S.QUEUED
    with bench.writing("ana") as tx:
        assert lifecycle.start(tx, task_id).status is S.IN_PROGRESS


@pytest.mark.parametrize("part", ["made it", "says how it runs", "added a step"])
def test_who_prepared_the_original_does_not_permit_its_clone(bench: Bench, part: str):
    """Else a colleague who repeats a task would take from it whose work it is."""
    task_id = flagged(bench)
    PARTS[part](bench, None, task_id)
    bench.change(task_id, assignee_id=bench.employee_id("ana"))
    with bench.writing("ana") as tx:
        made = clone.clone(tx, bench.content, task_id)
    with pytest.raises(OwnWorkError):
        approve(bench, made.task_id)
    assert approve(bench, made.task_id, by="olga").status is S.QUEUED


def test_who_changed_when_it_runs_may_permit_it(bench: Bench):
    task_id = flagged(bench)
    change(bench, task_id, {"due_date": "2026-12-24", "tags": ["crawl"]}, by="mara")
    assert approve(bench, task_id).status is S.QUEUED
