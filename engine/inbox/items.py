"""The items of an inbox in words: why each is there, as its reader may know it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime

from engine.deliverables.models import Approval, ApprovalReason, ApprovalStatus
from engine.deliverables.naming import piece_name
from engine.inbox.queries.items import AGAIN, Row
from engine.inbox.read_models import Item, Kind
from engine.loading import word_of
from engine.notifications.models import NotificationKind
from engine.worklogs import weeks

#: What somebody did who decided, after their name.
DECIDED = {
    ApprovalStatus.APPROVED: "approved it",
    ApprovalStatus.APPROVED_PENDING_CHANGES: "approved it and asks for one change",
    ApprovalStatus.REJECTED: "rejected it and says why",
}
#: What follows the name of whoever asked, scored or wrote.
_DID = {
    Kind.HELP: "is stuck and asks for help",
    Kind.FEEDBACK: "looked at it again after completion",
    Kind.ANSWER: "answered your question",
    Kind.MENTION: "called you in a remark",
    Kind.ASSIGNED: "gave it to you",
    Kind.FREE: "finished what it comes after: you can start now",
    Kind.CHANGED: "changed what you watch",
    Kind.REFUSED: "refused that it ever runs, and cancelled it",
    Kind.DONE: "completed the last of it, and it is your bundle",
}
#: Why a notification is there that is an item by itself.
_TOLD: Mapping[str, str] = {
    NotificationKind.JOB_FAILED: "What is done by itself could not be done",
    NotificationKind.WEBHOOK_FAILED: "A program elsewhere is not told what happens",
    NotificationKind.AUTOMATION: "A task of yours that runs by itself ended",
    NotificationKind.MESSAGE: "A task was set up to tell you",
    NotificationKind.REQUESTS_FAIL: "The board fails those who use it",
    NotificationKind.CONTENT_REWRITTEN: "The content comes from another history than before",
    NotificationKind.CONTENT_BROKEN: "A change of the content has to be mended",
    NotificationKind.TEMPLATE_CHANGED: "Work that runs follows an older version of its template",
    NotificationKind.PROPOSAL: "You proposed it",
    NotificationKind.ACCOUNT: "How you sign in was changed",
}
#: What is said whoever did it.
_HAPPENED = {
    Kind.REVIEW: "It runs by itself, and only once a person permits it",
    Kind.DUE: "It is yours, and due today",
    Kind.LATE: "It is yours, and late",
    Kind.LOST: "It stays blocked: what it waits for will not come",
    Kind.NOT_BEGUN: "It should have begun by itself, and the bundles are yours",
    Kind.TO_SEND: "It waits to be sent",
    Kind.WORKLOG: "It tells what was done for you",
}


def of_team(row: Row) -> Item:
    """Tell of an item to somebody of the team."""
    kind = Kind(row.kind)
    outcome = outcome_of(row) if kind is Kind.DECISION else None
    if outcome is not None and outcome is not ApprovalStatus.APPROVED:
        kind = Kind.SENT_BACK
    return Item(
        kind=kind,
        key=row.key,
        title=_title(kind, row),
        why=_why(kind, row),
        since=datetime.fromisoformat(row.since),
        is_escalated=row.rank == 0,
        task_id=row.task_id,
        about_task_id=row.task_id,
        bundle_id=row.bundle_id,
        who=row.who,
        where=row.where,
        ref=row.ref,
        version_number=_number(row.version),
        description=row.description,
        deliverable_id=row.deliverable_id,
        outcome=outcome,
        remark_id=row.remark_id,
        deadline=datetime.fromisoformat(row.deadline) if row.deadline else None,
    )


def of_partner(row: Row) -> Item:
    """Tell of an item to a partner's user: the version, never the task and whoever works on it."""
    kind = Kind(row.kind)
    if kind is Kind.WORKLOG:
        since = datetime.fromisoformat(row.since)
        return Item(kind=kind, key=row.key, title=_title(kind, row), why=_HAPPENED[kind], since=since)
    is_decided = kind is Kind.DECISION
    return Item(
        kind=kind,
        key=row.key,
        title=f"{piece_name(row.ref or '', row.where)}, version {row.version}",
        why=_why(kind, row) if is_decided else _why_asked_of_partner(row),
        since=datetime.fromisoformat(row.since),
        about_task_id=row.task_id,
        who=row.who if is_decided else None,
        where=row.title,
        ref=row.ref,
        version_number=_number(row.version),
        description=row.description,
        deliverable_id=row.deliverable_id,
        outcome=outcome_of(row) if is_decided else None,
    )


def outcome_of(row: Row) -> ApprovalStatus:
    """Return how a decision came out.

    Raises:
        UnreadableRecordError: its approval does not tell.
    """
    return word_of(ApprovalStatus, row.word, Approval.spec.table, row.key)


def _title(kind: Kind, row: Row) -> str:
    if kind is Kind.NOT_BEGUN:
        return (row.title or "").replace("_", " ").capitalize()
    if kind in (Kind.TO_SEND, Kind.WORKLOG):
        return f"Worklog of {row.title}, {weeks.title_of(date.fromisoformat(row.word or ''))}"
    return row.title or "A task of yours"


def _why(kind: Kind, row: Row) -> str:
    who = row.who or "Somebody"
    if kind is Kind.APPROVAL:
        return _why_asked(row, who)
    if kind in (Kind.DECISION, Kind.SENT_BACK):
        return f"{who} {DECIDED[outcome_of(row)]}"
    if kind is Kind.REMINDER:
        return (row.description or "").rstrip(".")
    if kind is Kind.CLAIMABLE:
        return f"Any {(row.word or '').replace('_', ' ')} may claim it, and nobody has yet"
    if kind is Kind.MENTION and row.deliverable_id is not None:
        return f"{who} left a comment for you"
    if kind is Kind.NOTICE:
        return _TOLD.get(row.word or "", "Something to know")
    return _HAPPENED.get(kind) or f"{who} {_DID[kind]}"


def _why_asked(row: Row, who: str) -> str:
    """Return why an approval waits, in words (APR-01)."""
    if row.word == ApprovalReason.TRAINING:
        return f"{who} asked: whoever is in training has everything they hand over approved"
    again = " again" if (_number(row.round) or 1) > 1 else ""
    return f"{who} handed it over{again} and asked for your decision"


def _why_asked_of_partner(row: Row) -> str:
    ready = "It was changed after your last decision" if row.word == AGAIN else "It is ready"
    return f"{ready} and waits for your approval"


def _number(text: int | str | None) -> int | None:
    """Read a number of a document, which PostgreSQL gives as text."""
    return None if text is None else int(text)
