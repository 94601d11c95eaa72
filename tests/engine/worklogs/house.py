"""A house that works for Acme, for tests of what Acme may read about a week of it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from engine.access import Actor
from engine.app import Workbench
from engine.catalog.content import Content
from engine.catalog.models import TaskType
from engine.deliverables import approvals, versions
from engine.deliverables.models import Deliverable
from engine.reference.models import Campaign, Partner
from engine.tasks import lifecycle
from engine.worklogs import service
from engine.worklogs.models import WorkLog
from tests.desk import Desk
from tests.factories import make_bundle

#: Monday of the week in which the clock of tests begins, on its Saturday.
MONDAY = date(2026, 11, 16)
EVERYTHING = ["task_completed", "deliverable_delivered", "partner_approved", "stage_changed"]


@dataclass
class House:
    """An engine with people and a campaign, and short ways to what is done in it."""

    desk: Desk
    content: Content
    campaign: Campaign
    globex_id: str

    @classmethod
    def set_up(cls, workbench: Workbench, people: dict[str, Actor] | None = None) -> House:
        """Set up a house whose articles are told of, and nothing else is."""
        desk = Desk.set_up(workbench, people)
        with workbench.reading(workbench.operator()) as tx:
            campaign, globex = tx.find_one(Campaign, key="acme_spring"), tx.find_one(Partner, key="globex")
        assert campaign is not None
        assert globex is not None
        house = cls(desk, workbench.content(), campaign, globex.partner_id)
        house.policies(article={"include": EVERYTHING})
        return house

    @property
    def workbench(self) -> Workbench:
        return self.desk.workbench

    def policies(self, **given: dict[str, Any] | None) -> None:
        """Let the content say so, and of no other type; None takes a type out of it."""
        types = {}
        for key, kind in self.workbench.content().task_types.items():
            policy = given.get(key, {})
            if policy is not None:
                types[key] = TaskType.model_validate({**kind.model_dump(), "worklog": policy})
        self.content = replace(self.content, task_types=types)

    def task(self, title: str, kind: str = "article", **fields: Any) -> str:
        """Make a task of Ana's in the campaign."""
        task_id = self.desk.make(title)
        given = {
            "task_type": kind,
            "campaign_id": self.campaign.campaign_id,
            "partner_id": self.campaign.partner_id,
        }
        self.desk.change(task_id, **{**given, **fields})
        return task_id

    def act(self, who: str, verb: Any, *given: Any, **named: Any) -> Any:
        with self.workbench.transaction(self.desk.people[who]) as tx:
            return verb(tx, *given, **named)

    def done(self, title: str, kind: str = "article", **fields: Any) -> str:
        """Make a task and complete it."""
        return self.complete(self.task(title, kind, **fields))

    def complete(self, task_id: str) -> str:
        with self.workbench.transaction(self.desk.people["mara"]) as tx:
            lifecycle.start(tx, task_id)
            lifecycle.complete(tx, task_id)
        return task_id

    def piece(
        self, task_id: str, ref: str, *, visible: bool = True, url: str = "https://docs.example/piece"
    ) -> Deliverable:
        """Let Ana hand something over."""
        with self.workbench.transaction(self.desk.people["ana"]) as tx:
            row = versions.add(tx, task_id, ref, type="text", visible_in_portal=visible)
            return versions.edit(tx, row.deliverable_id, url=url)

    def shown(self, title: str, ref: str, policy: dict[str, Any], **fields: Any) -> str:
        """Let Ana hand something over and ask for its approval; return the task's id."""
        task_id = self.task(title, approval=policy, **fields)
        with self.workbench.transaction(self.desk.people["ana"]) as tx:
            lifecycle.start(tx, task_id)
        self.piece(task_id, ref)
        with self.workbench.transaction(self.desk.people["ana"]) as tx:
            approvals.request(tx, task_id)
        return task_id

    def bundle(self, title: str) -> str:
        return make_bundle(
            self.workbench,
            "blog_post",
            actor=self.desk.people["mara"],
            campaign="acme_spring",
            title=title,
            parameters={"topic": "Tents"},
        ).bundle_id

    def make(self, by: str = "mara", week: date | None = MONDAY, **named: Any) -> WorkLog:
        """Make the worklog of a week; the clock is set to after it where it is not yet."""
        clock = self.workbench.clock
        while week is not None and clock.now().date() < date.fromordinal(week.toordinal() + 8):
            clock.advance(days=1)
        with self.workbench.transaction(self.desk.people[by]) as tx:
            return service.make(tx, self.content, "acme_spring", week, **named)

    def read(self, worklog: WorkLog, by: str = "mara") -> WorkLog:
        with self.workbench.reading(self.desk.people[by]) as tx:
            return tx.get(WorkLog, worklog.worklog_id)
