"""What is stuck, as it is drawn: headings, ages, and where each task can be set right."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from flask import url_for
from markupsafe import Markup, escape

from engine.access import Permission, Refusal, may
from engine.deliverables.entitlement import refusals
from engine.executions.models import Execution, ExecutionStatus
from engine.inbox import stuck
from engine.inbox.reasons import Reason
from engine.inbox.stuck import Stuck
from engine.plurals import plural
from engine.transaction import Transaction
from web import addresses
from web.format import exact_text

#: The heading of each reason.
TITLES = {
    Reason.APPROVAL: "Waits too long for a decision",
    Reason.FAILED: "Failed",
    Reason.LOST: "What it waits for will not come",
    Reason.HELP: "Help was asked for, nobody answered",
    Reason.BLOCKED: "Blocked",
    Reason.WAIT: "Waits past its follow-up",
    Reason.REVIEW: "Waits for permission to run",
    Reason.LATE: "Late and not begun",
    Reason.NOBODY: "Due soon and nobody's",
}
#: The same in a word or two, for a chip.
SHORT = {
    Reason.APPROVAL: "undecided",
    Reason.FAILED: "failed",
    Reason.LOST: "blocker lost",
    Reason.HELP: "needs help",
    Reason.BLOCKED: "blocked",
    Reason.WAIT: "follow-up passed",
    Reason.REVIEW: "needs permission",
    Reason.LATE: "late",
    Reason.NOBODY: "nobody assigned",
}
#: What the button of a row says.
VERBS = {
    Reason.APPROVAL: "See the request",
    Reason.FAILED: "Try again",
    Reason.LOST: "Fix it",
    Reason.HELP: "See the question",
    Reason.BLOCKED: "Clear it",
    Reason.WAIT: "Follow up",
    Reason.REVIEW: "Review",
    Reason.LATE: "Start it",
    Reason.NOBODY: "Find somebody",
}
_ANCHORS = {
    Reason.APPROVAL: "waiting",
    Reason.LOST: "dependencies",
    Reason.HELP: "help",
    Reason.REVIEW: "permission",
}


@dataclass(frozen=True)
class Line:
    """One task that does not move, as the page shows it."""

    item: Stuck
    #: How long it has not moved, with the exact moment in the markup.
    age: Markup
    #: Where it is moved on: the inbox for whoever decides there, else the task's page.
    mended_at: str


@dataclass(frozen=True)
class Section:
    """All that is stuck for one reason, as many as are shown."""

    reason: Reason
    lines: Sequence[Line]
    #: How many there are, shown or not, as far as they are counted.
    total: int


def load(tx: Transaction) -> list[Section]:
    """List what does not move, as the page shows it.

    Raises:
        ForbiddenError: the actor is not of the team.
    """
    groups = stuck.load(tx)
    asked = [item.approval for group in groups for item in group.items if item.approval is not None]
    refused = refusals(tx, asked)
    doubted = _doubted(tx, (item for group in groups for item in group.items))
    return [
        Section(
            group.reason,
            [Line(item, _age(tx.now, item), _mended_at(tx, item, refused, doubted)) for item in group.items],
            group.total,
        )
        for group in groups
    ]


def _doubted(tx: Transaction, items: Iterable[Stuck]) -> set[str]:
    """Return those of the tasks with an attempt of which nobody knows how it ended."""
    is_blocked = (item.task for item in items if item.reason is Reason.BLOCKED)
    asked = [task.task_id for task in is_blocked if task.execution_type is not None]
    found = tx.find(Execution, task_id=asked, status=ExecutionStatus.UNKNOWN) if asked else []
    return {one.task_id for one in found if one.is_in_doubt}


def _mended_at(
    tx: Transaction, item: Stuck, refused: Mapping[str, Refusal | None], doubted: Collection[str]
) -> str:
    task_id, actor = item.task.task_id, tx.actor
    if item.approval is not None and refused[item.approval.task_approval_id] is None:
        return url_for("inbox.show", item=item.approval.task_approval_id)
    # As told without asking the store; what somebody made under an earlier account, the inbox refuses.
    is_own = item.reason is Reason.REVIEW and not tx.settings.own_approval
    is_own = is_own and actor.user_id in (item.task.owner_id, *item.task.prepared_by)
    if item.reason in (Reason.HELP, Reason.REVIEW) and may(actor, Permission.DECIDE) and not is_own:
        return url_for("inbox.show", item=task_id)
    if item.reason is Reason.NOBODY:
        if may(actor, Permission.WORK_ALL):
            return url_for("people.find_somebody", task_id=task_id, back=url_for("stuck.index"))
        return url_for("tasks.show", task_id=task_id)
    if task_id in doubted:
        return f"{addresses.track(task_id)}#settle"
    return url_for("tasks.show", task_id=task_id, _anchor=_ANCHORS.get(item.reason))


def _age(now: datetime, item: Stuck) -> Markup:
    days = max(0, (now - item.since).days)
    text = plural(days, "day") if days else "today"
    exact = escape(exact_text(item.since))
    return Markup(f'<time datetime="{item.since.isoformat()}" title="{exact}">{text}</time>')  # noqa: S704 - escaped
