"""Deciding an approval: once, by somebody entitled, on exactly what they saw (APR-03 to APR-10, D5)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from engine.access import Outcome
from engine.accounts.models import User
from engine.artifacts import service as artifacts
from engine.artifacts.models import ArtifactRole
from engine.audit.models import Action
from engine.deliverables import approvals, own_addresses
from engine.deliverables.entitlement import judged, lineage_of, refuse_unless_entitled
from engine.deliverables.models import Approval, ApprovalStatus, Deliverable
from engine.errors import (
    AlreadyDecidedError,
    BadRequestError,
    FeedbackRequiredError,
    StaleVersionError,
    bad_field,
)
from engine.inputs import strip_or_none
from engine.tasks import facts, moves, steps
from engine.tasks.models import Task, TaskStatus
from engine.tasks.moves import MoveRequest
from engine.transaction import Transaction

if TYPE_CHECKING:
    from engine.artifacts.link_copies import LinkCopy

#: The type of the artifact that holds what an address served at a decision.
LINK_COPY = "link_copy"
_LONGEST_FEEDBACK = 10_000
_DECIDED = {
    Outcome.APPROVED: "approved",
    Outcome.APPROVED_PENDING_CHANGES: "approved with a change to make",
    Outcome.REJECTED: "rejected",
}


@dataclass(frozen=True, kw_only=True)
class Decision:
    """A decision that nothing speaks against."""

    approval: Approval
    row: Deliverable
    task: Task
    outcome: Outcome
    feedback: str | None
    #: The SHA-256 of what was looked at, where it is stored here.
    sha256: str | None

    @property
    def outside_address(self) -> str | None:
        """The address of what is judged, where its content lives elsewhere (DLV-13)."""
        url = self.row.deliverable_url
        return url if url and self.sha256 is None and url.startswith(("http://", "https://")) else None


def decide(
    tx: Transaction,
    task_approval_id: str,
    outcome: Outcome | str,
    feedback: str | None = None,
    *,
    seen: str,
    copy: LinkCopy | None = None,
) -> Approval:
    """Decide once on exactly the content that was seen, and let the task go on accordingly.

    ``seen`` is the version's ``content_hash`` that the approver looked at; ``copy`` is what its outside
    address served just then. The version is frozen at this moment, not at the request (DLV-11).

    Raises:
        NotFoundError: no such approval, or not the actor's to see.
        ForbiddenError, OwnWorkError: the actor may not decide it (APR-16).
        AlreadyDecidedError: somebody was faster, or the request was withdrawn (APR-10).
        FeedbackRequiredError: it says nothing where it must (APR-08).
        StaleVersionError: the version holds other content than was seen, is outdated (D5), or leads to what
            may change (S4).
    """
    decision = check(tx, task_approval_id, outcome, feedback, seen=seen)
    approval, row, task = decision.approval, decision.row, decision.task
    _freeze(tx, row, task)
    if copy is not None:
        _keep_copy(tx, approval, row, task, copy)
    approval.status = ApprovalStatus(decision.outcome)
    approval.approver_id, approval.decided_at = tx.actor.user_id, tx.now
    approval.approved_at = tx.now if approval.is_positive else None
    approval.feedback, approval.content_hash = decision.feedback, row.content_hash
    tx.save(approval)
    summary = f"{row.name} of {task.name} was {_DECIDED[decision.outcome]} by {tx.actor.name}"
    tx.record(Action.APPROVAL_DECIDED, approval, summary, reason=decision.feedback, bundle_id=task.bundle_id)
    if decision.outcome is Outcome.APPROVED_PENDING_CHANGES:
        # At once, so that it is not lost where the round ends otherwise (OPQ-19).
        steps.add_change_step(tx, task, str(decision.feedback))
    _go_on(tx, task, approval)
    return approval


def check(
    tx: Transaction, task_approval_id: str, outcome: Outcome | str, feedback: str | None = None, *, seen: str
) -> Decision:
    """Say what would be decided, or refuse it as ``decide`` does; changes nothing."""
    _read_ahead(tx, task_approval_id)
    approval = tx.get(Approval, task_approval_id)
    chosen = _outcome(outcome)
    row, task = judged(tx, approval)
    refuse_unless_entitled(tx, approval, chosen)
    _check_open(tx, approval, row)
    words = _feedback(chosen, feedback)
    _check_seen(tx, row, seen)
    sha256 = row.sha256 or _pinned(tx, row)
    return Decision(approval=approval, row=row, task=task, outcome=chosen, feedback=words, sha256=sha256)


def _read_ahead(tx: Transaction, task_approval_id: str) -> None:
    """Read all that a decision looks at in one statement."""
    if approval := tx.find_by_key(Approval, task_approval_id):
        of_task = {"task_id": approval.task_id}
        tx.find_together((Deliverable, of_task), (Task, of_task), (Approval, of_task))


def _go_on(tx: Transaction, task: Task, decided: Approval) -> None:
    """Move the task on once all of its round are decided; it follows the worst outcome (APR-18, OPQ-16)."""
    given = approvals.of_task(tx, task.task_id)
    if any(item.is_open for item in given):
        return
    key = (decided.source, decided.round_number)
    own_round = [item for item in given if (item.source, item.round_number) == key and item.is_decided]
    by_status = {item.status: item for item in own_round}
    if rejected := by_status.get(ApprovalStatus.REJECTED):
        _back_to_work(tx, task, reason_of(rejected))
        return
    if changes := [item for item in own_round if item.status is ApprovalStatus.APPROVED_PENDING_CHANGES]:
        # Go ahead and change this: the worker has the task again, and needs no second look (APR-06).
        _back_to_work(tx, task, reason_of(changes[0]))
        return
    state, found = approvals.state_of(tx, task), facts.blockers(tx, task)
    is_owed = any(violation.area != "approval" for violation in found)
    if state.next_source is not None and not is_owed and not state.obstacles():
        approvals.open_round(tx, task, state, requested_by=decided.requested_by)
    elif found:
        _back_to_work(tx, task, f"Approved. {' '.join(violation.message for violation in found)}")
    else:
        moves.move(tx, task, TaskStatus.COMPLETED, MoveRequest(reason="Approved"))


def reason_of(decided: Approval) -> str:
    """Return why its worker has a task again, after a decision that asks for work."""
    is_rejected = decided.status is ApprovalStatus.REJECTED
    what = "Rejected" if is_rejected else "Approved, with a change to make"
    return moves.shortened(f"{what}: {decided.feedback}")


def _back_to_work(tx: Transaction, task: Task, reason: str) -> None:
    moves.move(tx, task, TaskStatus.IN_PROGRESS, MoveRequest(reason=moves.shortened(reason)))


def _check_open(tx: Transaction, approval: Approval, row: Deliverable) -> None:
    if approval.is_open:
        return
    if approval.withdrawn_at is not None:
        raise AlreadyDecidedError(
            f"The request to decide on {row.name} was withdrawn. There is nothing to decide any more."
        )
    decider = tx.find_by_key(User, approval.approver_id) if approval.approver_id else None
    outcome = approval.status.replace("_", " ")
    raise AlreadyDecidedError(
        f"{decider.name if decider else 'Somebody'} has decided on {row.name} already: {outcome}. "
        "Load the page again."
    )


def _check_seen(tx: Transaction, row: Deliverable, seen: str) -> None:
    newest = lineage_of(tx, row)[-1]
    if newest.deliverable_id != row.deliverable_id:
        raise StaleVersionError(
            f"{row.name} is outdated: version {newest.version_number} was handed over. Decide on that one."
        )
    if seen.strip() != row.content_hash:
        raise StaleVersionError(
            f"{row.name} changed since you looked at it. Look at it again, then decide on what is there now."
        )


def _pinned(tx: Transaction, row: Deliverable) -> str | None:
    """Return the SHA-256 of what an address of this application shows, and always will (S4)."""
    try:
        return own_addresses.pinned_bytes(tx, row.deliverable_url)
    except BadRequestError as error:
        raise StaleVersionError(
            f"{row.name} cannot be judged: {error.details[0]['message']}. Ask for that."
        ) from error


def _freeze(tx: Transaction, row: Deliverable, task: Task) -> None:
    if row.is_frozen:
        return
    row.frozen_at = tx.now
    tx.save(row)
    summary = f"{row.name} of {task.name} was frozen as it was judged"
    tx.record(Action.DELIVERABLE_FROZEN, row, summary, bundle_id=task.bundle_id)


def _keep_copy(tx: Transaction, approval: Approval, row: Deliverable, task: Task, copy: LinkCopy) -> None:
    """Keep what the address served as evidence, or why there is nothing to keep (DLV-22)."""
    if copy.blob is None:
        approval.evidence_failure = copy.failure or "nothing was served"
        return
    kept = artifacts.add(
        tx,
        task_id=task.task_id,
        bundle_id=task.bundle_id,
        blob=copy.blob,
        type=LINK_COPY,
        label=row.ref,
        file_name=copy.file_name,
        content_type=copy.content_type,
        url=copy.final_url or copy.url,
        role=ArtifactRole.EVIDENCE,
    )
    approval.evidence_artifact_id = kept.artifact_id


def _outcome(given: Outcome | str) -> Outcome:
    try:
        return Outcome(given)
    except ValueError as error:
        known = ", ".join(Outcome)
        raise bad_field(
            "outcome", f"one of {known}", f"{given!r} is not an outcome. Use one of: {known}."
        ) from error


def _feedback(outcome: Outcome, feedback: str | None) -> str | None:
    words = strip_or_none(feedback)
    if words is None and outcome is not Outcome.APPROVED:
        what = "what to change" if outcome is Outcome.APPROVED_PENDING_CHANGES else "why, and what to do"
        raise FeedbackRequiredError(
            f"Say {what}: this decision needs feedback.",
            details=[{"code": "FEEDBACK_REQUIRED", "field": "feedback", "message": f"say {what}"}],
        )
    if words is not None and len(words) > _LONGEST_FEEDBACK:
        raise bad_field(
            "feedback",
            "too long",
            f"The feedback has {len(words)} characters; {_LONGEST_FEEDBACK} is the most.",
        )
    return words
