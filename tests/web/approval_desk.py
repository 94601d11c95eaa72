"""A task with deliverables on somebody's desk, and what its page says of them."""

from __future__ import annotations

import re

from engine.deliverables import approvals, versions
from engine.deliverables.models import Approval, Deliverable
from engine.reference.models import Partner
from engine.tasks import lifecycle
from engine.tasks.models import Task
from tests import factories
from tests.factories import make_task
from tests.told import added, saved

INTERNAL = {"required": True, "sources": ["internal"]}
BOTH = {"required": True, "sources": ["internal", "portal"]}


class Desk:
    """One task of Ana's with deliverables, and everybody's hands on it."""

    def __init__(self, workbench, people, approval, *refs):
        self.workbench, self.people = workbench, people
        self.task_id = make_task(workbench, title="Write about tents", assignee="ana").task_id
        with workbench.transaction(workbench.operator()) as tx:
            task = tx.get(Task, self.task_id)
            task.approval, task.partner_id = approval, tx.find_one(Partner, key="acme").partner_id
            saved(tx, task)
            for ref in refs:
                added(
                    tx,
                    Deliverable(
                        deliverable_id=tx.new_id(Deliverable),
                        workspace_id=tx.workspace_id,
                        task_id=self.task_id,
                        ref=ref,
                        type="text",
                        meta_schema={"word_count": "integer"},
                        visible_in_portal=True,
                        created_by=tx.actor.user_id,
                        created_at=tx.now,
                        updated_at=tx.now,
                    ),
                )
        with workbench.transaction(people["ana"]) as tx:
            lifecycle.start(tx, self.task_id)
        self.path = f"/tasks/{self.task_id}"

    def hand_over(self, **facts):
        for row in self.rows():
            with self.workbench.transaction(self.people["ana"]) as tx:
                versions.edit(tx, row.deliverable_id, url=f"https://docs.example/{row.ref}", meta=facts)
        return self

    def request(self):
        with self.workbench.transaction(self.people["ana"]) as tx:
            approvals.request(tx, self.task_id)
        return self

    def decide(self, outcome, feedback=None, who="mara"):
        for approval in self.open_approvals():
            row = next(row for row in self.rows() if row.deliverable_id == approval.deliverable_id)
            factories.decide(
                self.workbench,
                self.people[who],
                approval.task_approval_id,
                outcome,
                feedback,
                seen=row.content_hash,
            )
        return self

    def rows(self):
        with self.workbench.reading(self.workbench.operator()) as tx:
            found = tx.find(Deliverable, task_id=self.task_id)
        return sorted(found, key=lambda row: (row.ref, row.version_number))

    def open_approvals(self):
        with self.workbench.reading(self.workbench.operator()) as tx:
            return [item for item in tx.find(Approval, task_id=self.task_id) if item.is_open]

    @property
    def task(self):
        with self.workbench.reading(self.workbench.operator()) as tx:
            return tx.get(Task, self.task_id)

    def next(self, visitor, row, then, **fields):
        given = {"form": f"next-{row.deliverable_id}", "url": "https://docs.example/second", "then": then}
        return visitor.post(f"{self.path}/deliverables/{row.deliverable_id}/next", given | fields)


def panel(text, name):
    """Return one panel of a page, empty where it is not there."""
    found = re.search(rf'<section (?:class="panel[^"]*" )?id="{name}".*?</section>', text, re.DOTALL)
    return found[0] if found else ""


def head(text):
    """Return what a page says above its panels."""
    return text.split('id="task-head"')[1].split('class="two"')[0]


def actions(text):
    return text.split('id="actions"')[1].split('id="blockers"')[0]


def chip(text):
    """Return the chips of a piece of a page, as words."""
    return re.findall(r'class="chip [^>]*>(?:<span class="mark"[^>]*>[^<]*</span>)?([^<]+)<', text)
