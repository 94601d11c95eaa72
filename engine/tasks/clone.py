"""Repeating a task: the same configuration, none of its history (UPD-35, UPD-36)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from engine import inputs
from engine.audit import topics
from engine.errors import bad_fields
from engine.reference.models import Employee
from engine.tasks import dependencies, human_review, update
from engine.tasks.create import active_type, add_parts, take_identities
from engine.tasks.models import Proof, SourceType, Step, Task
from engine.tasks.queries.dependents import is_bundle_active
from engine.tasks.visibility import get_workable
from engine.tasks.vocabulary import CHANGE_ASKED_FOR
from engine.transaction import Transaction

if TYPE_CHECKING:
    from engine.catalog.content import Content

#: What a clone takes over; everything else begins anew.
_KEPT = (
    "title",
    "description",
    "category",
    "task_type",
    "type_category",
    "priority",
    "urgency",
    "tags",
    "metadata",
    "template_id",
    "template_hash",
    "milestone",
    "partner_id",
    "campaign_id",
    "assignee_role",
    "assigned_to_bot",
    "due_date",
    "deadline",
    "scheduled_for",
    "planned_minutes",
    "instruction_doc_id",
    "instruction_step_id",
    "instructions_url",
    "systems",
    "validation",
    "config",
    "tools",
    "rules",
    "expected_artifacts",
    "ordered_steps",
    "approval",
    "skip",
    "waiting_defaults",
    "depends_on",
    "execution_type",
    "execution_config",
    "max_retries",
    "notify_on_complete",
    "notify_on_failure",
    "qa",
)
#: What it takes over within its bundle. The place in the template, the link to fill, the stage to move to and
#: the rule of the due date are the original's alone.
_KEPT_IN_BUNDLE = ("bundle_id", "phase", "needs_links")
#: What its steps and proof take over.
_STEP = {"ref", "position", "title", "description", "required", "source"}
_PROOF = {"position", "kind", "label", "required", "source"}
#: A clone is pending, whatever else is asked of it.
_NOT_SETTABLE = ("status", "status_reason", "comment", "waiting_for", "follow_up_at", "deferred_until")


def clone(
    tx: Transaction,
    content: Content,
    task_id: str,
    changes: Mapping[str, Any] | None = None,
    *,
    is_rework: bool = False,
) -> Task:
    """Make a pending task of the same configuration, with ``changes`` as an update would take them.

    ``is_rework`` links it to the original, whose work it does again.

    It joins the original's bundle, after its last task, while that is active; else it stands alone. Steps are
    open, proof is owed, each deliverable is an empty first version, and a review that the original asked for
    is asked for again. The original is untouched.

    Raises:
        NotFoundError: no such task, or the actor may not see it.
        ForbiddenError: it is somebody else's to work, or only a manager may change that.
        UnknownFieldError, BadRequestError, ConflictError: the changes cannot be; nothing was made.
    """
    original = get_workable(tx, task_id)
    request = inputs.read(update.Changes, changes or {}, "The task cannot be cloned.")
    if refused := [name for name in _NOT_SETTABLE if name in request.model_fields_set]:
        message = "a clone is always pending; change that once it is made"
        summary = f"The task cannot be cloned. {', '.join(refused)}: {message}."
        raise bad_fields([(name, message) for name in refused], summary)
    new = _prepared(tx, content, original)
    if is_rework:
        new.rework_of, new.status_reason = original.task_id, request.reason
    changed = update.changed_values(tx, content, new, request)
    is_lifted = update.lifts_review(new, changed)
    for name, value in changed.items():
        if not (is_lifted and name == "requires_human_review"):
            setattr(new, name, value)
    new.blocked_by = dependencies.first_open(tx, new)
    _store(tx, original, new, request.reason)
    if is_lifted:
        human_review.lift(tx, new)
    return new


def _prepared(tx: Transaction, content: Content, original: Task) -> Task:
    """Return the new task as it is before any changes, not stored yet."""
    bundle_id = original.bundle_id
    stays = bundle_id is not None and is_bundle_active(tx, bundle_id)
    if not stays:
        active_type(content, original.task_type)
    kept = (*_KEPT, *_KEPT_IN_BUNDLE) if stays else _KEPT
    values = original.model_dump(include=set(kept))
    return Task(
        **{
            **values,
            **take_identities(tx)[0],
            "workspace_id": tx.workspace_id,
            "source_type": SourceType.CLONE,
            "cloned_from": original.task_id,
            "position": _last_position(tx, bundle_id) + 1 if stays else 0,
            "owner_id": tx.actor.user_id,
            "assignee_id": _assignee(tx, original),
            # What it runs is the original's, and so was prepared by whoever prepared that (S18).
            "prepared_by": human_review.preparers(tx, original),
            # A permission to run is for one task: it never passes on to another (HRV-12).
            "requires_human_review": original.requires_human_review or original.human_reviewed_at is not None,
            "created_at": tx.now,
            "updated_at": tx.now,
        }
    )


def _store(tx: Transaction, original: Task, new: Task, reason: str | None) -> None:
    """Add the new task with fresh copies of what the original asks for.

    Changes that its approvers asked for, and steps that were taken back, are left out.
    """
    planned = [
        step
        for step in tx.find(Step, task_id=original.task_id, order_by=("position",))
        if not (step.is_dropped or step.title.startswith(CHANGE_ASKED_FOR))
    ]
    of_step = {step.task_step_id: tx.new_id(Step) for step in planned}
    proofs = tx.find(Proof, task_id=original.task_id, order_by=("position",))
    begun = {
        "workspace_id": tx.workspace_id,
        "task_id": new.task_id,
        "created_at": tx.now,
        "updated_at": tx.now,
    }
    steps = [
        Step(**{**step.model_dump(include=_STEP), **begun, "task_step_id": of_step[step.task_step_id]})
        for step in planned
    ]
    owed = [
        Proof(**{**proof.model_dump(include=_PROOF), **begun, "task_proof_id": tx.new_id(Proof)})
        for proof in proofs
    ]
    owing = tx.wiring.owed_by_clone
    versions = owing(tx, original, new, of_step) if owing else ()
    what = "rework" if new.rework_of else "a clone"
    summary = f"Made {new.name} as {what} of #{original.task_number}"
    seen_from = [topics.task(original.task_id)] if new.rework_of else []
    add_parts(tx, new, steps, owed, versions, summary=summary, reason=reason, concerning=seen_from)


def _assignee(tx: Transaction, original: Task) -> str | None:
    """Return who did the original, unless they are gone: then its role may claim the clone."""
    person = tx.find_by_key(Employee, original.assignee_id) if original.assignee_id else None
    return person.employee_id if person is not None and person.is_active else None


def _last_position(tx: Transaction, bundle_id: str | None) -> int:
    return max((task.position for task in tx.find(Task, bundle_id=bundle_id)), default=0)
