"""The commands that hand something over and judge it: deliverables, requests, decisions, comments."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.access import Actor, Permission
from engine.artifacts.intake import Received
from engine.command import AnyCommand, Command, Services, command, saying
from engine.deliverables import approvals, comments, decisions, handover, inputs, places, versions
from engine.deliverables.jobs import escalated
from engine.deliverables.models import Approval, ApprovalStatus, Deliverable, DeliverableComment
from engine.errors import UnavailableError
from engine.inputs import Input
from engine.tasks.inputs import OnTask
from engine.tasks.uploads import take_in
from engine.transaction import Transaction

if TYPE_CHECKING:
    from engine.artifacts.link_copies import LinkCopy

_WORK = Permission.WORK_OWN
_DECIDED = {
    ApprovalStatus.APPROVED: "Approved.",
    ApprovalStatus.APPROVED_PENDING_CHANGES: "Approved, with the change you asked for.",
    ApprovalStatus.REJECTED: "Rejected. Whoever made it will see why.",
}


def _take_in(services: Services, actor: Actor, request: inputs.HandOver) -> Received | None:
    return take_in(services, actor, request.task_id, request.file)


def _take_in_next(services: Services, actor: Actor, request: inputs.HandOverNext) -> Received | None:
    if request.file is None:
        return None
    with services.reading(actor) as tx:
        task_id = tx.get(Deliverable, request.deliverable_id).task_id
    return take_in(services, actor, task_id, request.file)


def _add_deliverable(tx: Transaction, request: inputs.AddDeliverable) -> Deliverable:
    return versions.add(
        tx,
        request.task_id,
        request.ref,
        type=request.type,
        description=request.description,
        visible_in_portal=request.visible_in_portal,
    )


def _handed_over(row: Deliverable) -> str:
    owed = "Saved. Nothing is handed over yet: give an address or a file."
    return "Handed over." if row.is_submitted else owed


def _copy(services: Services, actor: Actor, request: inputs.Decide) -> LinkCopy | None:
    """Look at the bytes that are judged, before the decision: inside one nothing waits for disk or network.

    That an address of elsewhere fails is noted and stops nobody (DLV-22).

    Raises:
        UnavailableError: the stored bytes are gone, or were changed on the disk (S9).
    """
    with services.reading(actor) as tx:
        found = decisions.check(
            tx, request.task_approval_id, request.outcome, request.feedback, seen=request.seen
        )
    if found.sha256 is not None and not services.blobs.verify(found.sha256):
        raise UnavailableError(
            f"The file of {found.row.name} is not there any more, or was changed on the disk: nobody can "
            "judge it. Restore it from a backup (`workbench doctor` names such files). Nothing was decided."
        )
    return services.copy_of(found.outside_address)


def _decide(tx: Transaction, request: inputs.Decide, copy: LinkCopy | None) -> Approval:
    return decisions.decide(
        tx, request.task_approval_id, request.outcome, request.feedback, seen=request.seen, copy=copy
    )


def _check_place(services: Services, actor: Actor, request: inputs.Comment) -> None:
    """Look whether the place that is meant is there (R25)."""
    if request.line is not None or request.page is not None:
        with services.reading(actor) as tx:
            places.check(tx, services.blobs, request.deliverable_id, line=request.line, page=request.page)


def _comment(tx: Transaction, request: inputs.Comment, _: None) -> DeliverableComment:
    anchor = request.model_dump(include={"line", "page", "quote"}, exclude_none=True)
    return comments.add(
        tx, request.deliverable_id, request.body, anchor, visible_in_portal=request.visible_in_portal
    )


_APPROVALS: tuple[AnyCommand, ...] = (
    command(
        "task submit",
        "Hand over what is ready and request the next approval.",
        input=OnTask,
        permission=_WORK,
        run=lambda tx, request: approvals.request(tx, request.task_id, revision=request.revision),
        message="Approval requested.",
    ),
    command(
        "task withdraw",
        "Take a request for approval back; work goes on with the same version.",
        input=inputs.Withdraw,
        permission=_WORK,
        run=lambda tx, request: approvals.withdraw(
            tx, request.task_id, request.reason, revision=request.revision
        ),
        message="The request is withdrawn; go on with the same version.",
    ),
    command(
        "task escalate",
        "Show admins what waits too long for a decision; nothing is approved by that.",
        input=Input,
        permission=Permission.DECIDE,
        run=lambda tx, _: approvals.escalate(tx),
        message=escalated,
    ),
)

_HANDOVER: tuple[AnyCommand, ...] = (
    command(
        "task add-deliverable",
        "Add a deliverable that the template does not have.",
        input=inputs.AddDeliverable,
        permission=_WORK,
        run=_add_deliverable,
        message="Deliverable added. Hand it over when it is there.",
    ),
    Command[inputs.HandOver, Received | None, Deliverable](
        name="task deliverable",
        help="Hand over a deliverable that nobody has judged: an address or a file, and the facts about it.",
        input=inputs.HandOver,
        permission=_WORK,
        prepare=_take_in,
        run=handover.hand_over,
        message=_handed_over,
    ),
    Command(
        name="task resubmit",
        help="Hand over the version after a judged one; `task show` prints the id, `task submit` asks again.",
        input=inputs.HandOverNext,
        permission=_WORK,
        prepare=_take_in_next,
        run=handover.hand_over_next,
        message=lambda done: done.message,
    ),
    Command(
        name="task decide",
        help="Decide on exactly the version that you looked at.",
        input=inputs.Decide,
        permission=Permission.JUDGE,
        prepare=_copy,
        run=_decide,
        message=lambda made: _DECIDED[made.status],
    ),
    Command(
        name="deliverable comment",
        help="Leave a remark on a version, or on a line, a page or words of it.",
        input=inputs.Comment,
        permission=Permission.BELONG,
        prepare=_check_place,
        run=_comment,
        message=saying("Comment added."),
    ),
)

COMMANDS: tuple[AnyCommand, ...] = (*_APPROVALS, *_HANDOVER)
