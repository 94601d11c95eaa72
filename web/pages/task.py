"""Everything that a task's page shows, loaded in one snapshot: the context comes to the work."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from engine.access import Permission, may
from engine.accounts.models import User
from engine.artifacts import service as artifacts
from engine.artifacts.models import Artifact
from engine.audit import history
from engine.audit.models import Event
from engine.bundles import links, pins
from engine.bundles.models import Bundle, BundleLink
from engine.catalog.catalog import Content
from engine.catalog.models import ProcessDoc, ProcessDocStep
from engine.catalog.resolved import ResolvedTemplate
from engine.errors import Violation, WorkbenchError
from engine.reference.models import Campaign, CampaignAttachment, Employee, Partner
from engine.tasks import facts, guards, lookup, visibility
from engine.tasks.actions import TaskAction, allowed
from engine.tasks.models import Deliverable, Note, Proof, Step, Task
from engine.transaction import Transaction
from web.pages import meta_fields
from web.pages.meta_fields import MetaField

_TIMELINE = 60


@dataclass(frozen=True)
class TaskPage:
    """One task with its surroundings, as the signed-in user may see and change it."""

    tx: Transaction = field(repr=False)
    content: Content = field(repr=False)
    task: Task

    # -- what can be done ----------------------------------------------------------------

    @cached_property
    def actions(self) -> dict[str, TaskAction]:
        """What the user can do now, by name, in the engine's order."""
        return {action.name: action for action in allowed(self.tx, self.task)}

    @cached_property
    def primary(self) -> TaskAction | None:
        """The one action that is next."""
        return next((action for action in self.actions.values() if action.is_primary), None)

    @cached_property
    def may_change(self) -> bool:
        """Whether the user may change steps, proof and deliverables now."""
        return self.task.is_active and visibility.works(self.tx, self.task)

    @cached_property
    def blockers(self) -> list[tuple[Violation, str | None]]:
        """What stands in the way of completion, each with the address where it is mended."""
        if not self.task.is_active:
            return []
        return [(item, self._mended_at(item)) for item in facts.blockers(self.tx, self.task)]

    def _mended_at(self, item: Violation) -> str | None:
        if item.area == "proof":
            return f"#proof-{item.extra.get('task_proof_id')}"
        if item.area == "deliverables":
            return f"#deliverable-{item.extra.get('deliverable_id')}"
        if item.area == "steps":
            return f"#step-{item.extra.get('task_step_id')}"
        if item.area == "dependencies":
            return f"/tasks/{item.subject}"
        return "#links" if item.area == "links" else None

    # -- the work ------------------------------------------------------------------------

    @cached_property
    def steps(self) -> list[Step]:
        """The checklist in order."""
        return self.tx.find(Step, task_id=self.task.task_id, order_by=("position",))

    @cached_property
    def proofs(self) -> list[Proof]:
        """The evidence that is asked for, in order."""
        return self.tx.find(Proof, task_id=self.task.task_id, order_by=("position",))

    @cached_property
    def _deliverables(self) -> list[Deliverable]:
        return self.tx.find(Deliverable, task_id=self.task.task_id, order_by=("deliverable_id",))

    def deliverables_of(self, step: Step | None) -> list[Deliverable]:
        """Return the newest versions of what a step (None: the task as a whole) hands over."""
        wanted = step.task_step_id if step else None
        return [row for row in guards.newest(self._deliverables) if row.task_step_id == wanted]

    @property
    def has_deliverables(self) -> bool:
        """Whether anything is handed over."""
        return bool(self._deliverables)

    def meta_fields(self, row: Deliverable) -> list[MetaField]:
        """Return the fields of a deliverable's facts."""
        return meta_fields.fields_of(row.meta_schema)

    @cached_property
    def notes(self) -> list[Note]:
        """The remarks, oldest first."""
        return self.tx.find(Note, task_id=self.task.task_id, order_by=("created_at",))

    @cached_property
    def artifacts(self) -> dict[str, Artifact]:
        """The task's files by id."""
        return {item.artifact_id: item for item in artifacts.of_task(self.tx, self.task.task_id)}

    # -- what to read first ----------------------------------------------------------------

    @cached_property
    def bundle(self) -> Bundle | None:
        """The run that the task belongs to."""
        return self.tx.find_by_key(Bundle, self.task.bundle_id) if self.task.bundle_id else None

    @cached_property
    def resolved(self) -> ResolvedTemplate | None:
        """The pinned template of the bundle."""
        return pins.resolved_of(self.tx, self.bundle) if self.bundle else None

    @cached_property
    def phase(self) -> str | None:
        """The name of the task's phase."""
        phases = self.resolved.template.phases if self.resolved else []
        return next((phase.name for phase in phases if phase.key == self.task.phase), None)

    @cached_property
    def document(self) -> ProcessDoc | None:
        """The instructions: as pinned, for a task that stands alone as they are now."""
        docs = self.resolved.process_docs if self.resolved else self.content.process_docs
        return docs.get(self.task.instruction_doc_id or "")

    @cached_property
    def document_step(self) -> ProcessDocStep | None:
        """The part of the instructions that is about this very task."""
        if self.document is None or self.task.instruction_step_id is None:
            return None
        return self.document.step(self.task.instruction_step_id)

    @cached_property
    def attachments(self) -> list[CampaignAttachment]:
        """The campaign's material for this kind of work, and what is for all kinds (ATT-05)."""
        if self.task.campaign_id is None:
            return []
        kind = self.resolved.task_types.get(self.task.task_type) if self.resolved else None
        category = kind.category if kind else self.task.category
        found = self.tx.find(CampaignAttachment, campaign_id=self.task.campaign_id)
        return [item for item in found if item.removed_at is None and item.category in (None, category)]

    @cached_property
    def links(self) -> list[BundleLink]:
        """The bundle's links that this task needs or fills."""
        if self.bundle is None:
            return []
        wanted = {*self.task.needs_links, self.task.fills_link}
        return [link for link in links.links_of(self.tx, self.bundle.bundle_id) if link.name in wanted]

    @cached_property
    def dependencies(self) -> list[Task]:
        """The tasks that come before this one."""
        found = (self.tx.find_by_key(Task, task_id) for task_id in self.task.depends_on)
        return [task for task in found if task is not None and visibility.sees(self.tx, task)]

    @cached_property
    def newer_exists(self) -> bool:
        """Whether the template has changed since it was pinned."""
        if self.bundle is None:
            return False
        partner, campaign = (
            self._key_of(Partner, self.bundle.partner_id),
            self._key_of(Campaign, self.bundle.campaign_id),
        )
        try:
            current = self.content.resolve(self.bundle.template_id, partner=partner, campaign=campaign)
        except WorkbenchError:
            return False  # what cannot be started now is nothing newer; the templates page says what is wrong
        return current.closure_hash != self.bundle.template_hash

    @cached_property
    def timeline(self) -> list[Event]:
        """What happened, newest first."""
        return history.timeline(self.tx, task_id=self.task.task_id, limit=_TIMELINE)

    # -- people ----------------------------------------------------------------------------

    @cached_property
    def assignee(self) -> Employee | None:
        """Who does it."""
        return self.tx.find_by_key(Employee, self.task.assignee_id) if self.task.assignee_id else None

    @cached_property
    def people(self) -> list[tuple[str, str]]:
        """Who may be assigned: (id, name), nobody first."""
        found = [item for item in self.tx.find(Employee, order_by=("key",)) if item.is_active]
        return [("", "nobody"), *((item.employee_id, item.name) for item in found)]

    def name_of(self, user_id: str | None) -> str:
        """Return the name of a user; the system has none of its own."""
        user = self.tx.find_by_key(User, user_id) if user_id else None
        return user.name if user else "Workbench"

    @property
    def may_note(self) -> bool:
        """Whether the user may leave notes."""
        return may(self.tx.actor, Permission.SEE_OWN_WORK)

    def _key_of(self, kind: Any, record_id: str | None) -> str | None:
        found = self.tx.find_by_key(kind, record_id) if record_id else None
        return found.key if found else None


def load(tx: Transaction, content: Content, text: str) -> TaskPage:
    """Return the page of the task that an id, a number or a UUID names.

    Raises:
        NotFoundError: there is none, or the actor may not see it.
    """
    return TaskPage(tx, content, lookup.find(tx, text))
