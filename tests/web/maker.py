"""Short ways by which people of a workspace do what fills it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from engine.access import Actor
from engine.app import Workbench
from engine.deliverables import approvals, decisions, versions
from engine.deliverables.models import Approval, Deliverable
from engine.tasks import lifecycle
from engine.tasks.models import Task
from tests.factories import make_task
from tests.told import saved

INTERNAL = {"required": True, "sources": ["internal"]}
PORTAL = {"required": True, "sources": ["portal"]}


@dataclass
class Maker:
    """Makes ``n`` of everything; what is made together is made in one transaction."""

    workbench: Workbench
    people: dict[str, Actor]
    n: int

    def act(self, who: str, use_case: Any, *given: Any, **named: Any) -> Any:
        """Let somebody do something."""
        with self.workbench.transaction(self.people[who]) as tx:
            return use_case(tx, *given, **named)

    def set(self, task_id: str, **fields: Any) -> None:
        """Set fields directly, as a template would have."""
        with self.workbench.transaction(self.people["mara"]) as tx:
            task = tx.get(Task, task_id)
            for name, value in fields.items():
                setattr(task, name, value)
            saved(tx, task)

    def make(self, title: str, who: str = "ana", **fields: Any) -> str:
        return make_task(
            self.workbench, actor=self.people["mara"], title=title, assignee=who, **fields
        ).task_id

    def hand_over(self, title: str, approval: dict[str, Any], *, ask: bool = True, who: str = "ana") -> str:
        """Let somebody start, hand over and, with ``ask``, request the approval."""
        task_id = self.make(title, who)
        self.set(task_id, approval=approval, partner_id=self.acme)
        with self.workbench.transaction(self.people[who]) as tx:
            lifecycle.start(tx, task_id)
            row = versions.add(tx, task_id, "draft", type="text", visible_in_portal=True)
            versions.edit(tx, row.deliverable_id, url="https://docs.example/draft")
            if ask:
                approvals.request(tx, task_id)
        return task_id

    @property
    def acme(self) -> str:
        found = self.people["pat"].partner_id
        assert found is not None
        return found

    def decide(self, task_id: str, outcome: str, feedback: str | None = None) -> None:
        with self.workbench.transaction(self.people["mara"]) as tx:
            waiting = next(item for item in approvals.of_task(tx, task_id) if item.is_open)
            row = tx.get(Deliverable, waiting.deliverable_id)
            decisions.decide(tx, waiting.task_approval_id, outcome, feedback, seen=row.content_hash)

    def approval(self, task_id: str) -> Approval:
        with self.workbench.reading(self.people["mara"]) as tx:
            return next(item for item in approvals.of_task(tx, task_id) if item.is_open)
