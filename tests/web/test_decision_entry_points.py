"""Every way to a decision says what the policy says, whoever comes: engine, pages, command line (APR-16)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import cycle

import pytest
from flask import Flask

from engine.access import Actor, ApprovalSource, Outcome, Refusal, WorkRelation, why_not_decide
from engine.accounts import service as accounts
from engine.app import Workbench
from engine.deliverables import approvals, decisions, entitlement
from engine.deliverables.models import Approval, Deliverable
from engine.errors import WorkbenchError
from engine.inbox import service as inbox
from tests import factories, judged
from tests.factories import make_people
from tests.told import saved
from tests.web.conftest import Visitor

#: e-mail name -> roles and partner; a role each, pairs of roles, two partners.
WHO: dict[str, tuple[list[str], str | None]] = {
    "olga": (["admin"], None),
    "mia": (["manager"], None),
    "stella": (["strategist"], None),
    "meg": (["member"], None),
    "agnes": (["agent"], None),
    "paul": (["partner"], "acme"),
    "gil": (["partner"], "globex"),
    "dora": (["manager", "agent"], None),
    "adam": (["admin", "strategist"], None),
    "seth": (["strategist", "member"], None),
}
#: What a refusal says where the actor sees the approval, and what where they do not.
NOT_YOURS = {"FORBIDDEN", "NOT_FOUND"}


@dataclass
class House:
    """A workspace with somebody of every role, and as much undecided work as is asked for."""

    workbench: Workbench
    app: Flask
    cli: Callable
    people: dict[str, Actor]
    visitors: dict[str, Visitor] = field(default_factory=dict)

    def work(self, source: str, author: str | None) -> Approval:
        """Return an open approval of a fresh task of Ana's; ``author`` worked on it too."""
        task, row = judged.begin(self.workbench, self.people["mara"], [source])
        waiting = judged.hand_over(self.workbench, self.people["ana"], task, row)
        if author is not None:
            with self.workbench.transaction(self.workbench.operator()) as tx:
                row = tx.get(Deliverable, row.deliverable_id)
                row.authors = [*row.authors, self.people[author].user_id]
                saved(tx, row)
        return waiting

    def verdict(
        self, name: str, source: ApprovalSource, outcome: Outcome, *, own_work: bool
    ) -> Refusal | None:
        """Ask the policy."""
        relation = WorkRelation(is_own_work=own_work, is_own_partner=WHO[name][1] == "acme")
        return why_not_decide(self.people[name], source, outcome, relation)

    def visitor(self, name: str) -> Visitor:
        if name not in self.visitors:
            self.visitors[name] = Visitor.signed_in(self.app, self.people[name].user_id)
        return self.visitors[name]

    def is_open(self, approval: Approval) -> bool:
        with self.workbench.reading(self.workbench.operator()) as tx:
            return tx.get(Approval, approval.task_approval_id).is_open


@pytest.fixture
def house(workbench: Workbench, app: Flask, cli) -> House:
    people = make_people(workbench)
    with workbench.transaction(workbench.operator()) as tx:
        for name, (roles, partner) in WHO.items():
            accounts.add_user(tx, f"{name}@example.com", name.capitalize(), roles, partner=partner)
    people |= {name: workbench.actor_by_email(f"{name}@example.com") for name in WHO}
    return House(workbench, app, cli, people)


def by_the_engine(house: House, name: str, approval: Approval, form: dict[str, str]) -> str:
    try:
        with house.workbench.transaction(house.people[name]) as tx:
            decisions.decide(
                tx, approval.task_approval_id, form["outcome"], form["feedback"], seen=form["seen"]
            )
    except WorkbenchError as error:
        return error.code
    return "decided"


def by_the_command(house: House, name: str, approval: Approval, form: dict[str, str]) -> str:
    try:
        factories.decide(
            house.workbench,
            house.people[name],
            approval.task_approval_id,
            form["outcome"],
            form["feedback"],
            seen=form["seen"],
        )
    except WorkbenchError as error:
        return error.code
    return "decided"


def by_a_form(house: House, name: str, approval: Approval, form: dict[str, str]) -> str:
    """Send the page's form; a page says its code by its status."""
    answer = house.visitor(name).post(f"/approvals/{approval.task_approval_id}/decide", form)
    if answer.status_code in (302, 303):
        return "decided"
    return {403: "FORBIDDEN", 404: "NOT_FOUND"}[answer.status_code]


def by_json(house: House, name: str, approval: Approval, form: dict[str, str]) -> str:
    visitor = house.visitor(name)
    answer = visitor.post(
        f"/approvals/{approval.task_approval_id}/decide", form, headers={"Accept": "application/json"}
    )
    return "decided" if answer.status_code == 200 else answer.json["error"]["code"]


def by_the_inbox(house: House, name: str, approval: Approval, form: dict[str, str]) -> str:
    visitor = house.visitor(name)
    answer = visitor.post(
        f"/inbox/decide/{approval.task_approval_id}", form, headers={"Accept": "application/json"}
    )
    return "decided" if answer.status_code == 303 else answer.json["error"]["code"]


def by_the_command_line(house: House, name: str, approval: Approval, form: dict[str, str]) -> str:
    words = [
        "task",
        "decide",
        approval.task_approval_id,
        "--outcome",
        form["outcome"],
        "--seen",
        form["seen"],
    ]
    answer = house.cli(*words, "--feedback", form["feedback"], "--as", f"{name}@example.com", "--json")
    return "decided" if answer.code == 0 else answer.json["error"]["code"]


ENTRY_POINTS = [by_the_engine, by_the_command, by_a_form, by_json, by_the_inbox, by_the_command_line]


@pytest.mark.few(1)
@pytest.mark.parametrize("own_work", [False, True], ids=["others' work", "own work"])
@pytest.mark.parametrize("source", list(ApprovalSource), ids=str)
def test_every_entry_point_says_what_the_policy_says(house: House, source: ApprovalSource, own_work: bool):
    outcomes = cycle(Outcome)
    for name in WHO:
        approval = house.work(source, name if own_work else None)
        for enter in ENTRY_POINTS:
            outcome = next(outcomes)
            verdict = house.verdict(name, source, outcome, own_work=own_work)
            seen = judged.seen(house.workbench, approval)
            house.visitor(name)  # who signs in writes
            before = judged.everything(house.workbench)
            form = {"outcome": str(outcome), "feedback": "Change the title.", "seen": seen}
            said = enter(house, name, approval, form)
            if verdict is None:
                assert (name, enter.__name__, said) == (name, enter.__name__, "decided")
                assert not house.is_open(approval)
                approval = house.work(source, name if own_work else None)
            else:
                # A page says by its status alone why not; the others name the reason.
                is_named = verdict is Refusal.OWN_WORK and enter is not by_a_form
                assert said in ({"OWN_WORK"} if is_named else NOT_YOURS), (name, enter.__name__, said)
                assert judged.everything(house.workbench) == before, (name, enter.__name__)


def test_what_waits_for_somebody_is_exactly_what_the_policy_lets_them_decide(house: House):
    for name in WHO:
        works = {
            (source, own): house.work(source, name if own else None)
            for source in ApprovalSource
            for own in (False, True)
        }
        allowed = {
            work.task_approval_id
            for (source, own), work in works.items()
            if house.verdict(name, source, Outcome.APPROVED, own_work=own) is None
        }
        mine = {work.task_approval_id for work in works.values()}
        with house.workbench.reading(house.people[name]) as tx:
            assert {item.task_approval_id for item in approvals.waiting(tx)} & mine == allowed, name
            for work in works.values():
                assert (entitlement.why_not(tx, work) is None) == (work.task_approval_id in allowed), name
            found = {item.key for part in inbox.load(tx).sections for item in part.items}
            assert found & mine == allowed, name
