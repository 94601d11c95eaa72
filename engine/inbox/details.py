"""One item of an inbox with the records that it is about: what a decision on it takes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from engine.accounts.models import User
from engine.artifacts.models import Artifact
from engine.bundles import visibility as bundles
from engine.bundles.models import Bundle
from engine.deliverables import entitlement
from engine.deliverables.models import Approval, Deliverable, DeliverableComment
from engine.inbox.queries.notes import last_notes
from engine.inbox.queries.sources import Remark
from engine.inbox.read_models import Item, Kind
from engine.notifications.models import Notification
from engine.qa.models import QaReview
from engine.record import Record
from engine.tasks import visibility
from engine.tasks.models import Note, Task
from engine.transaction import Transaction

R = TypeVar("R", bound=Record)
#: So many of the last notes on its task stand beside what is to be decided.
_NOTES = 3
#: What an item shows and is decided by; of all other kinds it is the remark.
_ABOUT = {
    Kind.APPROVAL: "row",
    Kind.HELP: "task",
    Kind.REVIEW: "task",
    Kind.DECISION: "approval",
    Kind.SENT_BACK: "approval",
    Kind.ASSIGNED: "task",
    Kind.FREE: "task",
    Kind.CLAIMABLE: "task",
    Kind.REFUSED: "task",
    Kind.DUE: "task",
    Kind.LATE: "task",
    Kind.DONE: "bundle",
    Kind.NOT_BEGUN: "item",
    Kind.CHANGED: "item",
    Kind.REMINDER: "item",
    Kind.TO_SEND: "item",
    Kind.WORKLOG: "item",
    Kind.NOTICE: "notice",
    Kind.FEEDBACK: "review",
}


@dataclass(frozen=True)
class Earlier:
    """An earlier version, or the one that is judged, with what was said about it."""

    row: Deliverable
    decisions: Sequence[Approval]


@dataclass(frozen=True, kw_only=True)
class Detail:
    """An item, and all that its reader may know of it."""

    item: Item
    #: None for a partner's user, to whom tasks are none of their business.
    task: Task | None = None
    #: The version that is judged or was judged.
    row: Deliverable | None = None
    approval: Approval | None = None
    bundle: Bundle | None = None
    review: QaReview | None = None
    remark: Remark | None = None
    notice: Notification | None = None
    #: The file of the version, where it is one.
    file: Artifact | None = None
    #: The version before the one that is judged, as far as the reader may see it, and its file.
    before: Deliverable | None = None
    before_file: Artifact | None = None
    #: What was decided on versions of the same thing, the newest first, as far as the reader may know of it.
    earlier: Sequence[Earlier] = ()
    #: The last remarks of people on the task; none for a partner's user.
    notes: Sequence[Note] = ()

    @property
    def is_readable(self) -> bool:
        """Whether the store holds what the item is about in a shape that can be read (S11)."""
        return getattr(self, _ABOUT.get(self.item.kind, "remark")) is not None

    @property
    def users(self) -> set[str]:
        """Whom ``earlier`` and ``notes`` name."""
        found = {decision.approver_id for version in self.earlier for decision in version.decisions}
        return {user_id for user_id in found if user_id} | {note.created_by for note in self.notes}


def load(tx: Transaction, item: Item) -> Detail:
    """Return an item of an inbox of this snapshot with its records, in at most three statements."""
    if item.kind is Kind.APPROVAL:
        return _to_judge(tx, item)
    if item.kind is Kind.NOTICE:
        return _told(tx, item)
    is_comment = item.remark_id is not None and item.deliverable_id is not None
    remark_type: type[Remark] = DeliverableComment if is_comment else Note
    ids: dict[type[Record], str | None] = {Task: item.task_id, remark_type: item.remark_id}
    if item.kind is Kind.DONE:
        ids[Bundle] = item.bundle_id
    elif item.kind in (Kind.DECISION, Kind.SENT_BACK):
        ids |= {Deliverable: item.deliverable_id, Approval: item.key}
    elif item.kind is Kind.FEEDBACK:
        ids[QaReview] = item.key
    tx.read_ahead({record_type: [record_id] for record_type, record_id in ids.items()})
    notes = _notes(tx, item)
    tx.read_ahead({User: (note.created_by for note in notes)})
    return Detail(
        item=item,
        task=_find(tx, Task, ids),
        row=_find(tx, Deliverable, ids),
        approval=_find(tx, Approval, ids),
        bundle=_find(tx, Bundle, ids),
        review=_find(tx, QaReview, ids),
        remark=_find(tx, remark_type, ids),
        notes=notes,
    )


def _find(tx: Transaction, record_type: type[R], ids: Mapping[type[Record], str | None]) -> R | None:
    record_id = ids.get(record_type)
    return tx.find_by_key(record_type, record_id) if record_id is not None else None


def _told(tx: Transaction, item: Item) -> Detail:
    """Return what somebody is told, with the task and the bundle that it is about, where they see these."""
    notice = tx.find_by_key(Notification, item.key)
    ids = notice.about_task_ids if notice is not None else []
    tx.read_ahead({Task: ids})
    tasks = (tx.find_by_key(Task, task_id) for task_id in ids)
    task = next((task for task in tasks if task is not None and visibility.sees(tx, task)), None)
    bundle = tx.find_by_key(Bundle, notice.about_bundle_id) if notice and notice.about_bundle_id else None
    bundle = bundle if bundle is not None and bundles.sees(tx, bundle) else None
    return Detail(item=item, notice=notice, task=task, bundle=bundle)


def _to_judge(tx: Transaction, item: Item) -> Detail:
    """Return what waits for a decision with what was said about it so far."""
    of_task = {"task_id": item.about_task_id}
    tasks, rows, _ = tx.find_together((Task, of_task), (Deliverable, of_task), (Approval, of_task))
    row = next((row for row in rows if row.deliverable_id == item.deliverable_id), None)
    if row is None or not tasks:
        return Detail(item=item)
    [task] = tasks
    seen = entitlement.judged_of(tx, task)
    previous = row.previous_deliverable_id
    before = next((one for one in seen.lineage(row) if one.deliverable_id == previous), None)
    earlier, notes = _earlier(seen, row, item.key), _notes(tx, item)
    decided_by = (decision.approver_id for version in earlier for decision in version.decisions)
    files = [one.artifact_id for one in (row, before) if one is not None]
    tx.read_ahead({Artifact: files, User: [*decided_by, *(note.created_by for note in notes)]})
    return Detail(
        item=item,
        task=task if item.task_id is not None else None,
        row=row,
        approval=tx.find_by_key(Approval, item.key),
        file=_file(tx, row),
        before=before,
        before_file=_file(tx, before),
        earlier=earlier,
        notes=notes,
    )


def _file(tx: Transaction, row: Deliverable | None) -> Artifact | None:
    return tx.find_by_key(Artifact, row.artifact_id) if row is not None and row.artifact_id else None


def _earlier(seen: entitlement.Judged, row: Deliverable, approval_id: str) -> list[Earlier]:
    found = []
    for version in reversed(seen.lineage(row)):
        said = [
            decision
            for decision in seen.approvals
            if decision.deliverable_id == version.deliverable_id
            and decision.is_decided
            and decision.task_approval_id != approval_id
        ]
        if said and version.version_number <= row.version_number:
            found.append(Earlier(version, said))
    return found


def _notes(tx: Transaction, item: Item) -> list[Note]:
    if item.task_id is None or not item.kind.is_to_decide:
        return []
    return last_notes(tx, item.task_id, _NOTES)
