"""Reads everything that a task's page shows, in one snapshot and a fixed number of statements."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from engine.access import Permission, may
from engine.accounts.models import User
from engine.artifacts.models import Artifact, ArtifactLink
from engine.audit import history, topics
from engine.bundles import links, pins
from engine.bundles.models import Bundle, BundleLink
from engine.catalog.catalog import Content
from engine.catalog.resolved import ResolvedTemplate
from engine.deliverables import actions, state
from engine.deliverables.models import Approval, Deliverable
from engine.deliverables.state import Handover
from engine.errors import WorkbenchError
from engine.qa import service as qa
from engine.qa.models import QaReview
from engine.qa.redaction import redact
from engine.reference.models import Campaign, CampaignAttachment, Employee, Partner
from engine.tasks import facts, lookup, visibility
from engine.tasks.facts import Case
from engine.tasks.models import Note, Proof, Step, Task
from engine.transaction import Transaction
from web.pages import choices, names, task_blockers, task_judgements
from web.pages.task import TaskPage
from web.pages.task_judgements import Judgements

#: The newest; the story has all of it.
_TIMELINE = 10


def load(tx: Transaction, content: Content, text: str) -> TaskPage:
    """Return the page of the task that an id, a number or a UUID names.

    Raises:
        NotFoundError: there is none, or the actor may not see it.
    """
    return TaskPage(**read(tx, content, lookup.find(tx, text)))


def topics_of(tx: Transaction, text: str) -> tuple[str, ...]:
    """Name the topics of everything that a task's page shows; none, which is everything, unless it is an id.

    That is the task with its parts, the tasks that it names, what its bundle is beside its tasks, and names.
    """
    task = tx.find_by_key(Task, text)
    if task is None:
        return ()
    named = [task.task_id, *task.depends_on, *([task.cloned_from] if task.cloned_from else [])]
    of_bundle = [topics.bundle_itself(task.bundle_id)] if task.bundle_id else []
    return (*map(topics.task, named), *of_bundle, topics.REFERENCE)


def read(tx: Transaction, content: Content, task: Task, *, may_work: bool = True) -> dict[str, Any]:
    """Return the fields of a task's page by name; without ``may_work`` nothing can be changed on it."""
    _read_ahead(tx, task)
    case = facts.load(tx, task)
    handover = state.of_case(tx, case)
    bundle = tx.find_by_key(Bundle, task.bundle_id) if task.bundle_id else None
    resolved = pins.resolved_of(tx, bundle) if bundle else None
    may_change = may_work and task.is_active and visibility.works(tx, task)
    notes = tx.find(Note, task_id=task.task_id, order_by=("created_at",))
    reviews = qa.readable(tx, task) if task.qa_flagged else []
    judged = task_judgements.read(tx, task, handover, notes=notes, reviews=reviews, may_change=may_change)
    partner = tx.find_by_key(Partner, task.partner_id) if task.partner_id else None
    docs = resolved.process_docs if resolved else content.process_docs
    seen = _seen(tx, task)
    users = [*_users_of(task, case, handover, judged), *(note.created_by for note in notes)]
    files = [tie.artifact_id for tie in tx.find(ArtifactLink, task_id=task.task_id)]
    tx.read_ahead({Artifact: files, User: users})
    artifacts = _artifacts(tx, files)
    users += [user_id for item in artifacts.values() for user_id in (item.created_by, item.approved_by)]
    return {
        **_may_do(tx, task, case, may_change=may_change, may_work=may_work),
        "task": task,
        "judged": judged,
        "steps": case.facts.steps,
        "proofs": case.facts.proofs,
        "notes": notes,
        "artifacts": artifacts,
        "names": names.read(tx, users, notes),
        "bundle": bundle,
        "resolved": resolved,
        "document": docs.get(task.instruction_doc_id or ""),
        "attachments": _attachments(tx, task, resolved),
        "links": _links(tx, task, bundle),
        "dependencies": [seen[task_id] for task_id in task.depends_on if task_id in seen],
        "newer_exists": bundle is not None and newer_exists(tx, content, bundle),
        "timeline": redact(tx, history.timeline(tx, task_id=task.task_id, limit=_TIMELINE)),
        "original": seen.get(task.cloned_from or ""),
        "assignee": tx.find_by_key(Employee, task.assignee_id) if task.assignee_id else None,
        "people": choices.assignees(tx),
        "partner_name": partner.name if partner else "the partner",
    }


def newer_exists(tx: Transaction, content: Content, bundle: Bundle) -> bool:
    """Whether the template, or anything it depends on, has changed since a bundle pinned it."""
    partner = tx.find_by_key(Partner, bundle.partner_id) if bundle.partner_id else None
    campaign = tx.find_by_key(Campaign, bundle.campaign_id) if bundle.campaign_id else None
    keys = {"partner": partner.key if partner else None, "campaign": campaign.key if campaign else None}
    try:
        now = content.resolve(bundle.template_id, **keys)
    except WorkbenchError:
        return False  # what cannot be started now is nothing newer; the templates page says what is wrong
    return now.closure_hash != bundle.template_hash


def _read_ahead(tx: Transaction, task: Task) -> None:
    """Read all that belongs to a task in one statement; what follows finds it here."""
    of_task = {"task_id": task.task_id}
    wanted: list[tuple[Any, dict[str, Any]]] = [
        *((kind, of_task) for kind in (Proof, Step, Deliverable, Approval, Note, ArtifactLink)),
        (Employee, {}),
    ]
    if task.qa_flagged:
        wanted.append((QaReview, of_task))
    others = sorted({*task.depends_on, *([task.cloned_from] if task.cloned_from else [])})
    by_id: tuple[tuple[Any, str, Any], ...] = (
        (Task, "task_id", others),
        (Bundle, "bundle_id", task.bundle_id),
        (BundleLink, "bundle_id", task.bundle_id),
        (Partner, "partner_id", task.partner_id),
        (Campaign, "campaign_id", task.campaign_id),
        (CampaignAttachment, "campaign_id", task.campaign_id),
    )
    wanted += [(kind, {name: value}) for kind, name, value in by_id if value]
    tx.find_together(*wanted, *pins.to_read(tx, task.template_id, task.template_hash))


def _may_do(tx: Transaction, task: Task, case: Case, *, may_change: bool, may_work: bool) -> dict[str, Any]:
    allowed = actions.allowed_for(tx, [task], {task.task_id: case})[task.task_id]
    return {
        "actions": {action.name: action for action in allowed},
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


def _artifacts(tx: Transaction, ids: Iterable[str]) -> dict[str, Artifact]:
    """Return files that were read already by id, oldest first."""
    known = (tx.find_by_key(Artifact, artifact_id) for artifact_id in sorted(ids))
    return {item.artifact_id: item for item in known if item is not None}


def _users_of(task: Task, case: Case, handover: Handover, judged: Judgements) -> Iterable[str | None]:
    """Return the ids of the users whom the parts of a task name."""
    yield task.owner_id
    yield task.completed_by
    yield from (proof.given_by for proof in case.facts.proofs)
    yield from (step.completed_by for step in case.facts.steps)
    yield from (author for row in handover.rows for author in row.authors)
    yield from (item.requested_by for item in handover.approvals)
    yield from (item.approver_id for item in handover.approvals)
    yield from (review.reviewer_id for review in judged.reviews)


def _attachments(tx: Transaction, task: Task, resolved: ResolvedTemplate | None) -> list[CampaignAttachment]:
    """Return the campaign's material for this kind of work, and what is for all kinds (ATT-05)."""
    found = of_campaign(tx, task, resolved)
    return [item for item in found if item.removed_at is None]


def of_campaign(tx: Transaction, task: Task, resolved: ResolvedTemplate | None) -> list[CampaignAttachment]:
    """Return all material that the campaign ever had for this kind of work or for all kinds."""
    if task.campaign_id is None:
        return []
    kind = resolved.task_types.get(task.task_type) if resolved else None
    wanted = (None, kind.category if kind else task.category)
    found = tx.find(CampaignAttachment, campaign_id=task.campaign_id)
    return [item for item in found if item.category in wanted]


def _links(tx: Transaction, task: Task, bundle: Bundle | None) -> list[BundleLink]:
    """Return the bundle's links that a task needs or fills."""
    wanted = {*task.needs_links, task.fills_link}
    found = links.links_of(tx, bundle.bundle_id) if bundle else []
    return [link for link in found if link.name in wanted]
