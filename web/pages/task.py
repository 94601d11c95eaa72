"""Everything that a task's page shows: the context comes to the work. ``task_loading`` reads it."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import TypeVar

from engine.artifacts.models import Artifact
from engine.audit.models import Event
from engine.bundles.models import Bundle, BundleLink
from engine.catalog.models import ProcessDoc, ProcessDocStep
from engine.catalog.resolved import ResolvedTemplate
from engine.deliverables.actions import TaskAction
from engine.deliverables.models import Deliverable
from engine.deliverables.next_step import NextStep
from engine.executions.outputs import Output
from engine.qa.models import QaReview
from engine.reference.models import CampaignAttachment, Employee
from engine.reminders.explain import VERDICTS
from engine.reminders.models import Reminder
from engine.tasks.models import Proof, Step, Task, TaskStatus
from engine.tasks.queries.notes import NotePage
from engine.watching.models import WatchMode
from web import addresses
from web.forms import FormState
from web.pages import meta_fields, task_blockers, task_files
from web.pages.choices import People
from web.pages.meta_fields import MetaField
from web.pages.names import NamingPage
from web.pages.task_blockers import Blockers
from web.pages.task_edit import Edit
from web.pages.task_executions import Executions
from web.pages.task_files import Expected, File
from web.pages.task_judgements import Judgements
from web.pages.task_rework import HandedOverBefore
from web.pages.task_settings import Setting
from web.pages.task_versions import Versions

T = TypeVar("T")

#: What ``validation`` may tell besides: whom to remind, and what to count. No program does either.
_FOR_PROGRAMS = ("reminders", "dashboard_states")

#: As many of each list as the page shows by itself; it has all of them where its address asks for that.
MOST = 50


@dataclass(frozen=True, kw_only=True)
class TaskPage(NamingPage):
    """One task with its surroundings, as the signed-in user may see and change it; plain data."""

    task: Task
    #: How much the reader hears of it.
    watch_mode: WatchMode

    # -- what can be done ----------------------------------------------------------------

    #: What the user can do now, by name, in the engine's order.
    actions: Mapping[str, TaskAction]
    #: The one thing to do next; None where there is none.
    next_step: NextStep | None
    #: The fields that the user may change where they stand.
    editable: frozenset[str]
    #: The one of them whose form is open.
    edit: Edit
    #: Whether the user may change steps, proof and deliverables now.
    may_change: bool
    #: Whether the user may add files now.
    may_add_files: bool
    #: Whether the user answers for help, permits tasks to run, approves files and flags for QA.
    may_decide: bool
    #: Whether the closed task may be corrected, as far as its own page tells.
    may_correct: bool
    #: Whether the user may save it in a template.
    may_propose: bool
    #: Whether the user may leave notes.
    may_note: bool
    #: What stands in the way of completion, each with the address where it can be put right.
    blockers: Blockers
    #: What others say about the work, and what waits for them.
    judged: Judgements

    # -- the work ------------------------------------------------------------------------

    #: The checklist in order, without steps that were taken back.
    steps: Sequence[Step]
    #: The evidence that is asked for, in order.
    proofs: Sequence[Proof]
    #: The remarks of one page.
    notes: NotePage
    #: What its type and its template set for the work.
    settings: Sequence[Setting]
    #: The ids of the remarks that the user may edit.
    own_notes: frozenset[str]
    #: The ids of the files that the user may approve as proof.
    to_approve: frozenset[str]
    #: The task's files by id.
    artifacts: Mapping[str, Artifact]

    # -- what to read first ----------------------------------------------------------------

    #: The run that the task belongs to.
    bundle: Bundle | None
    #: The pinned template of the bundle.
    resolved: ResolvedTemplate | None
    #: The instructions: as pinned, for a task that stands alone as they are now.
    document: ProcessDoc | None
    #: The campaign's material for this kind of work, and what is for all kinds (ATT-05).
    attachments: Sequence[CampaignAttachment]
    #: The bundle's links that this task needs or fills.
    links: Sequence[BundleLink]
    #: The tasks that come before this one, as far as the user sees them.
    dependencies: Sequence[Task]
    #: Whether the template has changed since it was pinned.
    newer_exists: bool
    #: What became of its reminders, the newest first.
    reminders: Sequence[Reminder]
    #: When its next reminder comes, as far as that is known; None where none does, or they are off.
    next_reminder: datetime | None
    #: What happened, newest first, as the user may read it.
    timeline: Sequence[Event]
    #: The attempts at it; None where people do it.
    executions: Executions | None
    #: What these have made, the newest first.
    outputs: Sequence[Output]
    #: The task that this one is a clone or a rework of, where the user sees it.
    original: Task | None
    #: What was handed over and said in the task whose work this one does again; None where it is no rework.
    handed_over_before: HandedOverBefore | None
    #: The tasks that do the work of this closed one again, as far as the user sees them.
    reworks: Sequence[Task]
    #: When a rework of this closed task is due where nobody says it.
    rework_due: date | None

    # -- people ----------------------------------------------------------------------------

    #: Who does it.
    assignee: Employee | None
    #: That they are away now or when it is due, and who stands in; empty where they are there.
    away: str
    #: What it is done for.
    campaign_name: str | None
    #: Who may be assigned.
    people: People
    #: Whom it is done for, in words.
    partner_name: str

    # -- how much of it --------------------------------------------------------------------

    #: Whether its lists are shown whole.
    is_whole: bool = False

    @property
    def address(self) -> str:
        """Where this page is."""
        return f"/tasks/{self.task.task_id}"

    @property
    def whole_address(self) -> str:
        """Where this page is with whole lists."""
        return f"{self.address}?whole=1"

    def some(self, items: Sequence[T]) -> Sequence[T]:
        """Return the first items of a list, or all of them where that is asked for."""
        return items if self.is_whole else items[:MOST]

    def place(self, anchor: str) -> str:
        """Return where an anchor of this page is, whether or not what it names is shown now."""
        return f"{self.whole_address}{anchor}" if self.is_cut and anchor.startswith("#") else anchor

    def in_the_way(self, refused: FormState | None) -> list[tuple[str, str, str]]:
        """Return what stands in the way, or what a verb was ``refused`` for, in words.

        Each with where it is put right, and where the user lets the task wait no longer for it, as far as
        there is such a place.
        """
        if refused is None:
            found = [(item.message, where or "") for item, where in self.blockers.own]
        else:
            found = [
                (reason, refused.places.get(reason, "").removeprefix(self.address))
                for reason in refused.reasons
            ]
        waived_at = {addresses.task(task_id): f"#waive-{task_id}" for task_id in self.waivable}
        return [(words, self.place(where), waived_at.get(where, "")) for words, where in found]

    @cached_property
    def waivable(self) -> frozenset[str]:
        """The tasks that are still to be done, for which the user may let this one wait no longer (S2)."""
        if "depends_on" not in self.editable or (self.task.bundle_id is not None and not self.may_decide):
            return frozenset()
        return frozenset(other.task_id for other in self.dependencies if not other.is_terminal)

    @cached_property
    def is_cut(self) -> bool:
        """Whether a list is longer than what is shown of it."""
        lists = (self.steps, self.proofs, self.brought_files, self.deliverables)
        return not self.is_whole and any(len(items) > MOST for items in lists)

    @property
    def next_place(self) -> str:
        """Where on the page the next step is given; empty where its button does it."""
        return self.place(task_blockers.given_at(self.next_step)) if self.next_step else ""

    @property
    def offered(self) -> tuple[TaskAction, ...]:
        """What can be done, in the engine's order."""
        return tuple(self.actions.values())

    @property
    def waiting_for(self) -> str:
        """What it waits for, or usually does."""
        usual: str = (self.task.waiting_defaults or {}).get("for", "")
        return self.task.waiting_for or usual

    @property
    def validation(self) -> str | Mapping[str, object]:
        """What makes it right, for whoever does it; nothing that only a program would act on."""
        told = self.task.validation or {}
        if isinstance(told, str):
            return told
        return {name: text for name, text in told.items() if name not in _FOR_PROGRAMS}

    def known(self, today: date) -> tuple[tuple[str, Hashable], ...]:
        """Return what the forms of some actions start with or offer, each with the action's name."""
        task = self.task
        found: dict[str, Hashable] = {}
        if "wait" in self.actions:
            usual = task.waiting_defaults or {}
            found["wait"] = usual.get("follow_up_days") or 2, bool(usual.get("comment_required", False))
        if "skip" in self.actions and task.skip:
            reasons = tuple((item["text"], item["text"]) for item in task.skip["reasons"])
            is_comment_required = task.skip.get("comment_required", True)
            found["skip"] = (reasons, task.skip.get("note"), bool(is_comment_required))
        if task.is_terminal:
            found["rework"] = due_again(task, self.rework_due)
        if "defer" in self.actions:
            found["defer"] = today.isoformat(), task.deadline
        return tuple(found.items())

    def shows_form(self, name: str) -> bool:
        """Whether the page still has the form of that name; a refused one may have gone meanwhile."""
        kind, _, of = name.partition("-")
        if kind == "edit":
            return of == self.edit.name
        if kind in ("deliverable", "next"):
            wanted = next((item for item in self.deliverables if item.row.deliverable_id == of), None)
            return wanted is not None and (wanted.may_edit if kind == "deliverable" else wanted.may_follow)
        return {
            "tick": self.may_change,
            "leave_out": self.may_change,
            "drop_step": self.may_change,
            "drop": self.may_change,
            "proof": self.may_change,
            "link": self.may_change,
            "add_step": self.may_change,
            "add_deliverable": self.may_change,
            "add_file": self.may_add_files,
            "add_link": self.may_add_files,
            "expected": self.may_add_files,
            "approve": self.may_decide,
            "flag": self.may_decide and self.task.status is TaskStatus.COMPLETED,
            "answer": self.may_decide and self.task.status is TaskStatus.HELP_NEEDED,
            "settle": self.executions is not None and self.executions.in_doubt is not None,
            "rework": self.task.is_terminal and "clone" in self.actions,
            "note": self.may_note,
            "edit_note": self.may_note,
        }.get(kind, name in self.actions)

    @property
    def deliverables(self) -> Sequence[Versions]:
        """What is handed over, version by version."""
        return self.judged.deliverables

    @property
    def reviews(self) -> Sequence[QaReview]:
        """The QA scores that the user may read, oldest first."""
        return self.judged.reviews

    def step_of(self, row: Deliverable) -> Step | None:
        """Return the step that a deliverable belongs to; None where it belongs to the whole task."""
        return next((step for step in self.steps if step.task_step_id == row.task_step_id), None)

    def deliverables_of(self, step: Step) -> list[Versions]:
        """List what a step hands over."""
        return [item for item in self.deliverables if item.row.task_step_id == step.task_step_id]

    def meta_fields(self, row: Deliverable) -> list[MetaField]:
        """Return the fields of a deliverable's facts."""
        return meta_fields.fields_of(row.meta_schema)

    @cached_property
    def files(self) -> list[File]:
        """The task's files, each with its versions."""
        return task_files.by_kind(self.artifacts.values())

    @property
    def brought_files(self) -> list[File]:
        """Those of them that no attempt at it has made: these stand among its outputs."""
        return [file for file in self.files if file.newest.execution_id is None]

    @property
    def expected_files(self) -> list[Expected]:
        """What the task is to leave behind, found or not."""
        return task_files.expected(self.task.expected_artifacts, self.files)

    def reusable_files(self, row: Deliverable) -> tuple[tuple[str, str], ...]:
        """Return the stored files that can be handed over as a deliverable, as the choices of a field."""
        found = task_files.reusable(self.files, but=(row.type, row.ref))
        return tuple((item.artifact_id, _file_words(item)) for item in found)

    @property
    def approved_files(self) -> tuple[tuple[str, str], ...]:
        """The files that may serve as proof, as the choices of a field."""
        found = [item for item in self.artifacts.values() if item.is_approved]
        return tuple((item.artifact_id, _file_words(item)) for item in found)

    @property
    def is_in_template(self) -> bool:
        """Whether the template that its bundle pins has the task, which a migration may have ended."""
        template = self.resolved.template if self.resolved else None
        return any(one.ref == self.task.template_task_ref for one in template.tasks) if template else False

    @property
    def phase(self) -> str | None:
        """The name of the task's phase."""
        phases = self.resolved.template.phases if self.resolved else []
        return next((phase.name for phase in phases if phase.key == self.task.phase), None)

    @property
    def document_step(self) -> ProcessDocStep | None:
        """The part of the instructions that is about this very task."""
        if self.document is None or self.task.instruction_step_id is None:
            return None
        return self.document.step(self.task.instruction_step_id)

    def verdict_of(self, reminder: Reminder) -> str:
        """Say what became of a reminder, after the name of whom it is for."""
        return VERDICTS[reminder.state]

    def may_drop(self, other: Task) -> bool:
        """Whether the user may drop a dependency that will never be met, because it was called off."""
        return self.may_change and other.is_terminal and not other.satisfies_dependents


def due_again(task: Task, usual: date | None) -> tuple[str, str]:
    """Return the day that the form of a rework starts with, and what it is, in words."""
    if usual is None:
        return "", "The closed task had none."
    is_same = usual == task.due_date
    words = "As before." if is_same else "A week from today: the day that it had is past."
    return usual.isoformat(), f"{words} Empty: none."


def _file_words(item: Artifact) -> str:
    version = f", version {item.version_number}" if item.version_number > 1 else ""
    return f"{item.label}{version} ({item.file_name or item.type})"
