"""A small day at the office: work that is handed over, asked about and decided, for tests of the inbox."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from engine.access import Actor
from engine.accounts import service as accounts
from engine.app import Workbench
from engine.deliverables import approvals, decisions, versions
from engine.deliverables.entitlement import judged
from engine.deliverables.models import Approval
from engine.reference.models import Partner
from engine.tasks import help as help_requests
from engine.tasks import lifecycle
from engine.tasks.models import Task
from tests.factories import make_people, make_task
from tests.told import saved

INTERNAL = {"required": True, "sources": ["internal"], "reason": "process"}
PORTAL = {"required": True, "sources": ["portal"], "reason": "process"}
BOTH = {"required": True, "sources": ["internal", "portal"], "reason": "process"}


@dataclass
class Desk:
    """An engine with people, and short ways to what they do."""

    workbench: Workbench
    people: dict[str, Actor]

    @classmethod
    def set_up(cls, workbench: Workbench, people: dict[str, Actor] | None = None) -> Desk:
        people = people or make_people(workbench)
        with workbench.transaction(workbench.operator()) as tx:
            accounts.add_user(tx, "max@example.com", "Max", ["manager"])
            accounts.add_user(tx, "gil@example.com", "Gil", ["partner"], partner="globex")
        for name in ("max", "gil"):
            people[name] = workbench.actor_by_email(f"{name}@example.com")
        return cls(workbench, people)

    def change(self, task_id: str, **fields: Any) -> None:
        """Set fields directly, as a bundle would have."""
        with self.workbench.transaction(self.people["mara"]) as tx:
            task = tx.find_by_key(Task, task_id)
            for name, value in fields.items():
                setattr(task, name, value)
            saved(tx, task)

    def task(self, task_id: str) -> Task:
        with self.workbench.reading(self.people["mara"]) as tx:
            found = tx.find_by_key(Task, task_id)
            assert found is not None
            return found

    def make(
        self, title: str = "Write the article", assignee: str | None = "ana", role: str = "", **fields: Any
    ) -> str:
        given = {"assignee": assignee} if assignee else {}
        made = make_task(self.workbench, actor=self.people["mara"], title=title, **given, **fields)
        if role:
            self.change(made.task_id, assignee_role=role)
        return made.task_id

    def hand_over(
        self, title: str = "Write the article", *, policy: dict[str, Any] = INTERNAL, partner: str = "acme"
    ) -> str:
        """Let Ana hand over a draft and ask for its approval; return the task's id."""
        task_id = self.make(title)
        with self.workbench.reading(self.people["mara"]) as tx:
            partner_id = tx.find_one(Partner, key=partner).partner_id
        self.change(task_id, approval=policy, partner_id=partner_id)
        with self.workbench.transaction(self.people["ana"]) as tx:
            lifecycle.start(tx, task_id)
            row = versions.add(
                tx, task_id, "draft", type="text", description=f"Draft: {title}", visible_in_portal=True
            )
            versions.edit(tx, row.deliverable_id, url="https://docs.example/draft")
            approvals.request(tx, task_id)
        return task_id

    def approval(self, task_id: str) -> Approval:
        """Return the approval of a task that is open."""
        with self.workbench.reading(self.people["mara"]) as tx:
            return next(item for item in approvals.of_task(tx, task_id) if item.is_open)

    def seen(self, approval: Approval) -> str:
        """Return the hash of what is judged."""
        with self.workbench.reading(self.people["mara"]) as tx:
            return judged(tx, approval)[0].content_hash

    def decide(self, task_id: str, outcome: str, feedback: str | None = None, by: str = "mara") -> Approval:
        approval = self.approval(task_id)
        seen = self.seen(approval)
        with self.workbench.transaction(self.people[by]) as tx:
            return decisions.decide(tx, approval.task_approval_id, outcome, feedback, seen=seen)

    def ask_for_help(self, title: str = "Fix the feed", question: str = "Which feed?") -> str:
        task_id = self.make(title)
        with self.workbench.transaction(self.people["ana"]) as tx:
            help_requests.ask(tx, task_id, question)
        return task_id
