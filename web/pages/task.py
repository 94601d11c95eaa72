"""Everything that a task's page shows, loaded in one snapshot: the context comes to the work."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from engine.access import Permission, may
from engine.artifacts import service as artifacts
from engine.artifacts.models import Artifact
from engine.audit import history
from engine.audit.models import Event
from engine.bundles import links, pins
from engine.bundles.models import Bundle, BundleLink
from engine.catalog.catalog import Content
from engine.catalog.models import ProcessDoc, ProcessDocStep
from engine.catalog.resolved import ResolvedTemplate
from engine.errors import WorkbenchError
from engine.qa.discretion import discreet
from engine.qa.models import QaReview
from engine.reference.models import Campaign, CampaignAttachment, Employee, Partner
from engine.tasks import lookup, visibility
from engine.tasks.actions import TaskAction, allowed
from engine.tasks.models import Deliverable, Note, Proof, Step, Task, TaskStatus
from engine.transaction import Transaction
from web.pages import meta_fields, task_files
from web.pages.meta_fields import MetaField
from web.pages.names import NamingPage
from web.pages.task_blockers import Blockers
from web.pages.task_files import Expected, File
from web.pages.task_judgements import Judgements
from web.pages.task_versions import Versions

#: The newest; the story has all of it.
_TIMELINE = 10


@dataclass(frozen=True)
class TaskPage(NamingPage):
    """One task with its surroundings, as the signed-in user may see and change it."""

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
    def blockers(self) -> Blockers:
        """What stands in the way of completion, each with the address where it is mended."""
        return Blockers(self.tx, self.task)

    @cached_property
    def judged(self) -> Judgements:
        """What others say about the work, and what waits for them."""
        return Judgements(self.tx, self.task, may_change=self.may_change)

    @property
    def may_decide(self) -> bool:
        """Whether the user answers for help, permits tasks to run, approves files and flags for QA."""
        return may(self.tx.actor, Permission.DECIDE)

    def shows_form(self, name: str) -> bool:
        """Whether the page still has the form of that name; a refused one may have gone meanwhile."""
        kind, _, of = name.partition("-")
        if kind in ("deliverable", "next"):
            wanted = next((item for item in self.deliverables if item.row.deliverable_id == of), None)
            return wanted is not None and (wanted.may_edit if kind == "deliverable" else wanted.may_follow)
        return {
            "tick": self.may_change,
            "drop": self.may_change,
            "proof": self.may_change,
            "link": self.may_change,
            "add_step": self.may_change,
            "add_deliverable": self.may_change,
            "add_file": self.may_add_files,
            "expected": self.may_add_files,
            "approve": self.may_decide,
            "flag": self.may_decide and self.task.status is TaskStatus.COMPLETED,
            "answer": self.may_decide and self.task.status is TaskStatus.HELP_NEEDED,
            "note": self.may_note,
        }.get(kind, name in self.actions)

    # -- the work ------------------------------------------------------------------------

    @cached_property
    def steps(self) -> list[Step]:
        """The checklist in order."""
        return self.tx.find(Step, task_id=self.task.task_id, order_by=("position",))

    @cached_property
    def proofs(self) -> list[Proof]:
        """The evidence that is asked for, in order."""
        return self.tx.find(Proof, task_id=self.task.task_id, order_by=("position",))

    @property
    def deliverables(self) -> list[Versions]:
        """What is handed over, version by version."""
        return self.judged.deliverables

    @property
    def reviews(self) -> list[QaReview]:
        """The QA scores that the user may read, oldest first."""
        return self.judged.reviews

    def step_of(self, row: Deliverable) -> Step | None:
        """Return the step that a deliverable belongs to; None where it belongs to the whole task."""
        return next((step for step in self.steps if step.task_step_id == row.task_step_id), None)

    def deliverables_of(self, step: Step) -> list[Versions]:
        """Return what a step hands over."""
        return [item for item in self.deliverables if item.row.task_step_id == step.task_step_id]

    def meta_fields(self, row: Deliverable) -> list[MetaField]:
        """Return the fields of a deliverable's facts."""
        return meta_fields.fields_of(row.meta_schema)

    @cached_property
    def notes(self) -> list[Note]:
        """The remarks, oldest first."""
        return self.tx.find(Note, task_id=self.task.task_id, order_by=("created_at",))

    # -- files -----------------------------------------------------------------------------

    @cached_property
    def files(self) -> list[File]:
        """The task's files, each with its versions."""
        return task_files.by_kind(self.artifacts.values())

    @property
    def expected_files(self) -> list[Expected]:
        """What the task is to leave behind, found or not."""
        return task_files.expected(self.task.expected_artifacts, self.files)

    def reusable_files(self, row: Deliverable) -> list[tuple[str, str]]:
        """Return the stored files that can be handed over as a deliverable, as the choices of a field."""
        found = task_files.reusable(self.files, but=(row.type, row.ref))
        return [(item.artifact_id, _file_words(item)) for item in found]

    @property
    def approved_files(self) -> list[tuple[str, str]]:
        """The files that may serve as proof, as the choices of a field."""
        found = [item for item in self.artifacts.values() if item.is_approved]
        return [(item.artifact_id, _file_words(item)) for item in found]

    @property
    def may_add_files(self) -> bool:
        """Whether the user may add files now."""
        return not self.task.is_terminal and visibility.works(self.tx, self.task)

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

    def may_drop(self, other: Task) -> bool:
        """Whether the user may take a dependency out that will never be met: it was called off."""
        return self.may_change and other.is_terminal and not other.satisfies_dependents

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
        """What happened, newest first, as the user may read it."""
        return discreet(self.tx, history.timeline(self.tx, task_id=self.task.task_id, limit=_TIMELINE))

    @cached_property
    def original(self) -> Task | None:
        """The task that this one is a clone of, where the user sees it."""
        found = self.tx.find_by_key(Task, self.task.cloned_from) if self.task.cloned_from else None
        return found if found is not None and visibility.sees(self.tx, found) else None

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

    @cached_property
    def partner_name(self) -> str:
        """Whom it is done for, in words."""
        found = self.tx.find_by_key(Partner, self.task.partner_id) if self.task.partner_id else None
        return found.name if found else "the partner"

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


def _file_words(item: Artifact) -> str:
    version = f", version {item.version_number}" if item.version_number > 1 else ""
    return f"{item.label}{version} ({item.file_name or item.type})"
