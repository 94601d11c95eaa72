"""A piece of work with a history: two versions, a rejection, a late guideline, the partner's word."""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO
from typing import Any

from engine.access import Actor
from engine.app import Workbench
from engine.artifacts.link_copies import LinkCopy
from engine.bundles.models import Bundle
from engine.deliverables import approvals, comments, decisions, versions
from engine.deliverables.entitlement import judged
from engine.deliverables.models import Approval, Deliverable
from engine.qa import service as qa
from engine.reference import service as reference
from engine.tasks import help, lifecycle, notes, steps  # noqa: A004
from engine.tasks.models import Step, Task
from tests.factories import PEOPLE, make_bundle, make_people, make_task
from tests.told import saved

FIRST, SECOND = "https://docs.example/tent", "https://acme.example/tent"
TOO_THIN = "The drying time is missing. See the data sheet."
SHEET = {"label": "Data sheet", "url": "https://acme.example/sheet", "type": "facts", "category": "content"}


@dataclass
class Case:
    """An engine with people, and short ways to what they do; an hour lies between any two acts."""

    workbench: Workbench
    people: dict[str, Actor]

    @classmethod
    def set_up(cls, workbench: Workbench, people: dict[str, Actor] | None = None) -> Case:
        return cls(workbench, people or make_people(workbench))

    def act(self, who: str, use_case: Any, *given: Any, **named: Any) -> Any:
        """Let somebody do something, an hour after what came before."""
        self.workbench.clock.advance(hours=1)
        with self.workbench.transaction(self.people[who]) as tx:
            return use_case(tx, *given, **named)

    def ask(self, who: str, read: Any, *given: Any, **named: Any) -> Any:
        """Give the report that somebody reads."""
        with self.workbench.reading(self.people[who]) as tx:
            return read(tx, *given, **named)

    # -- work ------------------------------------------------------------------------------

    def begin_article(self) -> tuple[Bundle, Task]:
        """Start a blog post for Acme; return it and its draft: Ana's, free to go, judged by both."""
        bundle = make_bundle(
            self.workbench,
            "blog_post",
            actor=self.people["mara"],
            campaign="acme_spring",
            parameters={"topic": "Tents"},
        )
        with self.workbench.transaction(self.people["mara"]) as tx:
            [task] = [
                item
                for item in tx.find(Task, bundle_id=bundle.bundle_id)
                if item.template_task_ref == "draft"
            ]
            task.depends_on, task.blocked_by, task.needs_links = [], None, []
            task.assignee_id = self.people["ana"].employee_id
            task.approval = {"required": True, "sources": ["internal", "portal"]}
            return bundle, saved(tx, task)

    def make(self, who: str = "ana", **fields: Any) -> Task:
        """Make a task that stands alone and hands over a draft, judged by a manager."""
        task = make_task(self.workbench, actor=self.people["mara"], assignee=who, **fields)
        with self.workbench.transaction(self.people["mara"]) as tx:
            task = tx.get(Task, task.task_id)
            task.approval = {"required": True, "sources": ["internal"]}
            saved(tx, task)
            versions.add(tx, task.task_id, "draft", type="text", visible_in_portal=True)
        return task

    def newest(self, task: Task) -> Deliverable:
        return max(self.versions(task), key=lambda row: row.version_number)

    def versions(self, task: Task) -> list[Deliverable]:
        return self.ask("mara", lambda tx: tx.find(Deliverable, task_id=task.task_id))

    def hand_over(self, task: Task, url: str = FIRST, who: str = "ana", **content: Any) -> Deliverable:
        """Hand over the next version, and ask for its approval."""
        row = self.newest(task)
        for step in self.ask(who, lambda tx: tx.find(Step, task_id=task.task_id, order_by=("position",))):
            if step.required and not step.is_completed:
                self.act(who, steps.complete_step, task.task_id, step.ref)
        change = versions.new_version if row.is_frozen else versions.edit
        row = self.act(who, change, row.deliverable_id, url=url, **content)
        self.act(who, approvals.request, task.task_id)
        return row

    def decide(self, task: Task, outcome: str, feedback: str | None = None, by: str = "mara") -> Approval:
        """Decide what waits; the outside page is copied, or could not be."""
        [waiting] = [item for item in self.ask("mara", approvals.of_task, task.task_id) if item.is_open]
        row, _ = self.ask("mara", judged, waiting)
        copy = LinkCopy(url=str(row.deliverable_url), failure="the site did not answer")
        if row.deliverable_url == SECOND:
            blob = self.workbench.blobs.put(BytesIO(b"<p>Dry for six hours</p>"), 1000)
            copy = LinkCopy(url=SECOND, blob=blob, file_name="tent.html", content_type="text/html")
        return self.act(
            by,
            decisions.decide,
            waiting.task_approval_id,
            outcome,
            feedback,
            seen=row.content_hash,
            copy=copy,
        )

    def attach_late(self) -> None:
        """Let the campaign get one more guideline."""
        [campaign] = PEOPLE["campaigns"]
        later = {**campaign, "attachments": [*campaign["attachments"], SHEET]}
        self.act("mara", reference.load, {**PEOPLE, "campaigns": [later]})

    # -- whole histories -------------------------------------------------------------------

    def finished_article(self) -> Task:
        """Tell AUD-06: rejected, guided, handed over again, approved inside and by the partner, scored."""
        _, task = self.begin_article()
        self.act("ana", lifecycle.start, task.task_id)
        self.act("ana", help.ask, task.task_id, "Which of the two tents is meant?")
        self.act("mara", help.answer, task.task_id, "The red one.")
        self.act("ana", lifecycle.resume, task.task_id)
        facts = {"word_count": 900, "surfer_score": 61}
        first = self.hand_over(task, meta=facts)
        self.act(
            "mara", comments.add, first.deliverable_id, "Say how long it dries.", {"quote": "let it dry"}
        )
        self.decide(task, "rejected", TOO_THIN)
        self.attach_late()
        self.hand_over(task, SECOND, meta={**facts, "word_count": 1500})
        self.decide(task, "approved")
        self.decide(task, "approved", "Just right.", by="pat")
        self.act("mara", notes.add, task.task_id, "The client was happy.")
        self.act("mara", qa.flag, task.task_id, "manual")
        self.act("mara", qa.review, task.task_id, passed=True, score=4, feedback="Shorter headings.")
        return task
