"""What is stuck, as it is drawn: headings, ages, and where each task is mended."""

from __future__ import annotations

from flask import url_for
from markupsafe import Markup

from engine.access import Actor, Permission, may
from engine.inbox.reasons import Reason
from engine.inbox.stuck import Stuck
from engine.tasks.entitlement import why_not
from engine.transaction import Transaction
from web.format import exact_text, plural

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
    Reason.LOST: "Mend it",
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


def mended_at(tx: Transaction, item: Stuck) -> str:
    """Return where a task is moved on: the inbox for whoever decides there, else the task's page."""
    task_id = item.task.task_id
    if item.approval is not None and why_not(tx, item.approval) is None:
        return url_for("inbox.show", item=item.approval.task_approval_id)
    if item.reason in (Reason.HELP, Reason.REVIEW) and may(tx.actor, Permission.DECIDE):
        return url_for("inbox.show", item=task_id)
    if item.reason is Reason.NOBODY:
        verb = "assign" if _may_assign(tx.actor) else None
        return url_for("tasks.show", task_id=task_id, do=verb, _anchor="do-assign" if verb else None)
    return url_for("tasks.show", task_id=task_id, _anchor=_ANCHORS.get(item.reason))


def age(tx: Transaction, item: Stuck) -> Markup:
    """Return how long a task has not moved, with the exact moment in the markup."""
    days = max(0, (tx.now - item.since).days)
    text = plural(days, "day") if days else "today"
    return Markup('<time datetime="{}" title="{}">{}</time>').format(
        item.since.isoformat(), exact_text(item.since), text
    )


def _may_assign(actor: Actor) -> bool:
    return may(actor, Permission.WORK_ALL)
