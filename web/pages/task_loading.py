"""Reads everything that a task's page shows, in one snapshot and a fixed number of statements."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from engine.access import Permission, may
from engine.accounts.models import User
from engine.artifacts.models import Artifact, ArtifactLink
from engine.audit import topics
from engine.audit.models import Event
from engine.bundles import adoption, links, pins
from engine.bundles.models import Bundle, BundleLink
from engine.catalog.catalog import Content
from engine.corrections import correct, rework
from engine.deliverables import actions, state
from engine.deliverables.models import Approval, Deliverable
from engine.deliverables.next_step import next_step
from engine.deliverables.state import Handover
from engine.executions import service
from engine.executions.models import ExecutionStatus
from engine.executions.outputs import outputs_of
from engine.qa import service as qa
from engine.qa.models import QaReview
from engine.qa.redaction import redact
from engine.record import Record
from engine.reference import absences
from engine.reference.models import Absence, Campaign, CampaignAttachment, Employee, Partner
from engine.reminders.models import Reminder, ReminderClock
from engine.reports.guidance import material_of
from engine.tasks import facts, files, lookup, visibility
from engine.tasks import notes as remarks
from engine.tasks.facts import Case
from engine.tasks.models import Proof, Step, Task
from engine.tasks.queries import notes
from engine.tasks.queries.notes import NotePage
from engine.transaction import Transaction
from engine.watching import service as watching
from web.pages import (
    choices,
    names,
    task_blockers,
    task_edit,
    task_executions,
    task_judgements,
    task_rework,
    task_settings,
)
from web.pages.choices import People
from web.pages.task import TaskPage
from web.pages.task_edit import NO_EDIT, Edit

#: The newest; the story has all of it.
_TIMELINE = 10
#: So many reminders, the newest; their own page explains all of them.
_REMINDERS = 3


def load(
    tx: Transaction,
    content: Content,
    text: str,
    last_note: str | None = None,
    *,
    find: str = "",
    edit: Edit = NO_EDIT,
    is_whole: bool = False,
) -> TaskPage:
    """Return the page of the task that an id, a number or a UUID names, its notes up to ``last_note``.

    It offers to assign those who have ``find`` in their names; the form of the field ``edit`` is open;
    ``is_whole`` shows long lists to their end.

    Raises:
        NotFoundError: there is none, or the actor may not see it.
    """
    fields = read(tx, content, lookup.find(tx, text), last_note, find=find, edit=edit)
    return TaskPage(**fields, is_whole=is_whole)


def topics_of(tx: Transaction, text: str) -> tuple[str, ...]:
    """Name the topics of what a task's page shows beside the task; everything, unless it is asked for by id.

    That is the tasks that it names, what its bundle is beside its tasks, who may see them, and names.
    """
    task = tx.find_by_key(Task, text)
    if task is None:
        return (topics.EVERYTHING,)
    named = [*task.depends_on, *([task.cloned_from] if task.cloned_from else [])]
    tx.read_ahead({Task: named})
    others = [other for task_id in named if (other := tx.find_by_key(Task, task_id)) is not None]
    of_bundle = [topics.bundle_itself(task.bundle_id)] if task.bundle_id else []
    bundles = sorted({one.bundle_id for one in (task, *others) if one.bundle_id})
    return (
        *(topics.task(other.task_id) for other in others),
        *of_bundle,
        *map(topics.people_of_bundle, bundles),
        topics.REFERENCE,
    )


def topics_with_queue(tx: Transaction, text: str) -> tuple[str, ...]:
    """Name the topics of what a task's page shows beside the task, and the queue's while it waits there.

    Why it waits follows from what others do; an attempt begins and ends to wait by an event of its task.
    """
    others, task = topics_of(tx, text), tx.find_by_key(Task, text)
    if task is None or task.execution_type is None or task.is_terminal:
        return others
    last = service.last_of(tx, task)
    waits = last is not None and last.status is ExecutionStatus.QUEUED
    return (*others, topics.QUEUE) if waits else others


def topics_of_deliverable(tx: Transaction, deliverable_id: str) -> tuple[str, ...]:
    """Name the topics of what the story of a deliverable shows; they stay the same, as its task does."""
    row = tx.find_by_key(Deliverable, deliverable_id)
    task = tx.find_by_key(Task, row.task_id) if row else None
    if task is None:
        return (topics.EVERYTHING,)
    of_bundle = (
        [topics.bundle_itself(task.bundle_id), topics.people_of_bundle(task.bundle_id)]
        if task.bundle_id
        else []
    )
    return (topics.task(task.task_id), *of_bundle, topics.REFERENCE)


def read(
    tx: Transaction,
    content: Content,
    task: Task,
    last_note: str | None = None,
    *,
    may_work: bool = True,
    find: str = "",
    edit: Edit = NO_EDIT,
) -> dict[str, Any]:
    """Return the fields of a task's page by name; without ``may_work`` nothing can be changed on it."""
    newest, events, *of_original = tx.find_first_together(
        notes.latest(task.task_id),
        (Event, {"task_id": task.task_id}, ("-seq",), _TIMELINE),
        *task_rework.searches(task),
    )
    before = task_rework.made_of(of_original)
    note_page = notes.page(tx, task.task_id, newest, last_note)
    _read_ahead(tx, task, note_page, before.records if before is not None else ())
    case = facts.load(tx, task)
    handover = state.of_case(tx, case)
    bundle = tx.find_by_key(Bundle, task.bundle_id) if task.bundle_id else None
    resolved = pins.resolved_of(tx, bundle) if bundle else None
    may_change = may_work and task.is_active and visibility.works(tx, task)
    reviews = qa.readable(tx, task) if task.qa_flagged else []
    left_out = {step.task_step_id for step in case.facts.steps if step.is_left_out}
    judged = task_judgements.read(
        tx, task, handover, reviews=reviews, may_change=may_change, left_out=left_out
    )
    partner = tx.find_by_key(Partner, task.partner_id) if task.partner_id else None
    campaign = tx.find_by_key(Campaign, task.campaign_id) if task.campaign_id else None
    editable = task_edit.editable(tx, content, task, may_work=may_work)
    docs = resolved.process_docs if resolved else content.process_docs
    seen = _seen(tx, task)
    artifacts = _artifacts(tx, task)
    allowed = _may_do(tx, task, case, handover, may_change=may_change, may_work=may_work)
    named: list[Record] = [task, *case.facts.proofs, *case.facts.steps, *handover.rows, *handover.approvals]
    reminders = _reminders(tx, task)
    named += [*reminders["reminders"], *reviews, *note_page.notes, *judged.help_dialogue, *artifacts.values()]
    executions = task_executions.read(tx, task)
    named += executions.attempts if executions is not None else ()
    named += before.records if before is not None else ()
    return {
        **allowed,
        "task": task,
        "watch_mode": watching.mode_of(tx, task),
        "may_propose": may(tx.actor, Permission.PROPOSE),
        "editable": editable,
        "edit": task_edit.read(tx, content, task, edit) if edit.name in editable else NO_EDIT,
        "judged": judged,
        "executions": executions,
        "outputs": outputs_of(tx, task),
        "steps": [step for step in case.facts.steps if not step.is_dropped],
        "proofs": case.facts.proofs,
        "notes": note_page,
        "settings": task_settings.of_task(task, resolved.task_types if resolved else content.task_types),
        "own_notes": frozenset(
            note.task_note_id for note in note_page.notes if remarks.is_editable(tx, note)
        ),
        "artifacts": artifacts,
        "to_approve": files.to_approve(tx, task, artifacts.values()),
        "names": names.read(tx, _users_of(named), note_page.notes),
        "bundle": bundle,
        "resolved": resolved,
        "document": docs.get(task.instruction_doc_id or ""),
        "attachments": [item for item in material_of(tx, task) if item.removed_at is None],
        "links": _links(tx, task, bundle),
        "dependencies": [seen[task_id] for task_id in task.depends_on if task_id in seen],
        "newer_exists": bundle is not None and adoption.newest(tx, content, bundle) is not None,
        **reminders,
        "timeline": redact(tx, events),
        "original": seen.get(task.cloned_from or ""),
        "handed_over_before": before if task.rework_of in seen else None,
        "reworks": _reworks(tx, task),
        "rework_due": rework.usual_due_date(tx, task) if task.is_terminal else None,
        "may_correct": may_work and correct.is_offered(tx, task, events),
        "assignee": tx.find_by_key(Employee, task.assignee_id) if task.assignee_id else None,
        "away": "" if task.is_terminal else absences.notice(tx, task.assignee_id, task.due_date),
        "people": (
            choices.assignees(tx, task.assignee_id, find) if "assign" in allowed["actions"] else People()
        ),
        "campaign_name": campaign.name if campaign else None,
        "partner_name": partner.name if partner else "the partner",
    }


def _reminders(tx: Transaction, task: Task) -> dict[str, Any]:
    """Return what became of the task's reminders, and when the next comes; read with all that is its own."""
    written, clocks = tx.find_together(
        *((kind, {"task_id": task.task_id}) for kind in (Reminder, ReminderClock))
    )
    is_on = tx.settings.reminders and not task.is_terminal
    return {
        "reminders": sorted(written, key=lambda one: (one.send_at, one.reminder_id), reverse=True)[
            :_REMINDERS
        ],
        "next_reminder": next((clock.next_at for clock in clocks), None) if is_on else None,
    }


def _read_ahead(tx: Transaction, task: Task, note_page: NotePage, more: Iterable[Record]) -> None:
    """Read all that belongs to a task in one statement, and whom and what that names in another."""
    of_task = {"task_id": task.task_id}
    others = sorted({*task.depends_on, *([task.cloned_from] if task.cloned_from else [])})
    by_id: tuple[tuple[type[Record], str, str | list[str] | None], ...] = (
        (Task, "task_id", others),
        (Bundle, "bundle_id", task.bundle_id),
        (BundleLink, "bundle_id", task.bundle_id if _names_links(task) else None),
        (Partner, "partner_id", task.partner_id),
        (Campaign, "campaign_id", task.campaign_id),
        (CampaignAttachment, "campaign_id", task.campaign_id),
    )
    proofs, steps, rows, approvals, files, reviews, reminders, *_ = tx.find_together(
        *((kind, of_task) for kind in (Proof, Step, Deliverable, Approval, ArtifactLink, QaReview)),
        *((kind, of_task) for kind in (Reminder, ReminderClock)),
        *((kind, {name: value}) for kind, name, value in by_id if value),
        *([(Task, {"rework_of": task.task_id})] if task.is_terminal else []),
        *([(Absence, {"employee_id": task.assignee_id, "removed_at": None})] if task.assignee_id else []),
        watching.search(tx, task),
        *pins.to_read(tx, task.template_id, task.template_hash),
    )
    called = (employee_id for note in note_page.notes for employee_id in note.mentions)
    users = (user_id for note in note_page.notes for user_id in note.user_mentions)
    tx.read_ahead(
        {
            User: [
                *_users_of([task, *proofs, *steps, *rows, *approvals, *reviews, *note_page.notes, *more]),
                *_users_of(reminders),
                *users,
            ],
            Artifact: (tie.artifact_id for tie in files),
            Employee: [task.assignee_id, tx.actor.employee_id, *called],
        }
    )


def _may_do(
    tx: Transaction, task: Task, case: Case, handover: Handover, *, may_change: bool, may_work: bool
) -> dict[str, Any]:
    allowed = actions.allowed_for(tx, [task], {task.task_id: case})[task.task_id]
    return {
        "actions": {action.name: action for action in allowed},
        "next_step": next_step(allowed, case.violations, handover.state),
        "blockers": task_blockers.read(tx, case),
        "may_change": may_change,
        "may_add_files": may_work and not task.is_terminal and visibility.works(tx, task),
        "may_decide": may(tx.actor, Permission.DECIDE),
        "may_note": may_work and may(tx.actor, Permission.SEE_OWN_WORK),
    }


def _seen(tx: Transaction, task: Task) -> dict[str, Task]:
    """Return those of the tasks that it names which the actor may see, by their ids."""
    ids = {*task.depends_on, *([task.cloned_from] if task.cloned_from else [])}
    tx.read_ahead({Task: ids})
    known = {task_id: other for task_id in ids if (other := tx.find_by_key(Task, task_id)) is not None}
    seen = visibility.seen_among(tx, known.values())
    return {task_id: other for task_id, other in known.items() if task_id in seen}


def _reworks(tx: Transaction, task: Task) -> list[Task]:
    """Return the tasks that do a closed one's work again, as far as the actor may see them."""
    found = rework.reworks(tx, task) if task.is_terminal else []
    seen = visibility.seen_among(tx, found)
    return [one for one in found if one.task_id in seen]


def _artifacts(tx: Transaction, task: Task) -> dict[str, Artifact]:
    """Return the task's files by id, oldest first."""
    ids = sorted(tie.artifact_id for tie in tx.find(ArtifactLink, task_id=task.task_id))
    known = (tx.find_by_key(Artifact, artifact_id) for artifact_id in ids)
    return {item.artifact_id: item for item in known if item is not None}


def _users_of(records: Iterable[Record]) -> Iterator[str | None]:
    """Yield the ids of the users whom records name."""
    for record in records:
        for name, table in record.spec.references.items():
            if table == User.spec.table:
                value = getattr(record, name)
                yield from value if isinstance(value, list) else [value]


def _links(tx: Transaction, task: Task, bundle: Bundle | None) -> list[BundleLink]:
    """Return the bundle's links that a task needs or fills."""
    if bundle is None or not _names_links(task):
        return []
    wanted = {*task.needs_links, task.fills_link}
    return [link for link in links.links_of(tx, bundle.bundle_id) if link.name in wanted]


def _names_links(task: Task) -> bool:
    return bool(task.needs_links or task.fills_link)
