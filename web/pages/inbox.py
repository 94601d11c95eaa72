"""The inbox as it is drawn: its items, and everything about the chosen one that a decision takes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from engine.artifacts.models import Artifact
from engine.deliverables import entitlement
from engine.deliverables.models import Approval, Deliverable
from engine.inbox import service
from engine.inbox.read_models import Inbox, Item, Kind
from engine.tasks.models import Note, NoteKind, Task
from engine.transaction import Transaction
from web.pages import meta_fields, names
from web.pages.names import Names, NamingPage

#: Kind -> word, mark and tone of its chip.
CHIPS: dict[Kind, tuple[str, str, str]] = {
    Kind.APPROVAL: ("decide", "◇", "decide"),
    Kind.HELP: ("help", "?", "bad"),
    Kind.REVIEW: ("permit", "▷", "decide"),
    Kind.DECISION: ("decided", "✓", "info"),
    Kind.ANSWER: ("answer", "↩", "good"),
    Kind.FEEDBACK: ("score", "☆", "info"),
    Kind.LOST: ("blocker lost", "⊘", "bad"),
    Kind.MENTION: ("mention", "@", "quiet"),
}
_NOTES_SHOWN = 3


@dataclass(frozen=True)
class Earlier:
    """An earlier version, with what was said about it."""

    row: Deliverable
    decisions: Sequence[Approval]


@dataclass(frozen=True, kw_only=True)
class InboxPage(NamingPage):
    """Somebody's inbox with one item chosen."""

    inbox: Inbox
    chosen: Item | None
    #: Whether the address names the item, rather than the page having taken the first.
    is_named: bool
    #: The versions before the one to judge, newest first, as far as the reader may know of them.
    earlier: Sequence[Earlier] = ()
    #: The name of the file that is judged, where it is one.
    file_name: str | None = None
    #: The last remarks of people on the task; none for a partner's user.
    notes: Sequence[Note] = ()

    @property
    def title(self) -> str:
        """The heading, which says whose it is."""
        return "For your approval" if self.inbox.is_partners else "Inbox"

    @property
    def next_key(self) -> str:
        """What is chosen once the chosen item is done with; empty where nothing is left."""
        following = self.inbox.after(self.chosen) if self.chosen else None
        return following.key if following else ""

    @property
    def facts(self) -> list[tuple[str, str]]:
        """The facts about what is judged, as (label, text)."""
        row = self.chosen.row if self.chosen else None
        if row is None:
            return []
        labels = {item.name: item.label for item in meta_fields.fields_of(row.meta_schema)}
        return [
            (labels.get(name, name.replace("_", " ")), str(value))
            for name, value in row.meta.items()
            if value not in (None, "")
        ]


def load(tx: Transaction, key: str | None, *, seen: bool) -> InboxPage:
    """Return the actor's inbox, the item with ``key`` chosen, else the first."""
    inbox = service.load(tx, seen=seen)
    chosen = inbox.find(key)
    is_named = chosen is not None and chosen.key == key
    if chosen is None:
        return InboxPage(inbox=inbox, chosen=None, is_named=is_named, names=Names())
    row = chosen.row
    earlier = _earlier(tx, chosen, row) if row is not None else []
    file = tx.find_by_key(Artifact, row.artifact_id) if row is not None and row.artifact_id else None
    notes = _notes(tx, chosen)
    users = [note.created_by for note in notes]
    users += [item.approver_id for version in earlier for item in version.decisions if item.approver_id]
    return InboxPage(
        inbox=inbox,
        chosen=chosen,
        is_named=is_named,
        earlier=earlier,
        file_name=file.file_name if file else None,
        notes=notes,
        names=names.read(tx, users),
    )


def _earlier(tx: Transaction, chosen: Item, row: Deliverable) -> list[Earlier]:
    task = tx.find_by_key(Task, row.task_id)
    if task is None:
        return []
    seen = entitlement.judged_of(tx, task)
    found = []
    for version in reversed(seen.lineage(row)):
        said = [
            item
            for item in seen.approvals
            if item.deliverable_id == version.deliverable_id
            and item.is_decided
            and item.task_approval_id != chosen.key
        ]
        if said and version.version_number <= row.version_number:
            found.append(Earlier(version, said))
    return found


def _notes(tx: Transaction, chosen: Item) -> list[Note]:
    if chosen.task is None or not chosen.kind.is_to_decide:
        return []
    found = tx.find(Note, task_id=chosen.task.task_id, order_by=("-created_at",))
    return [note for note in found if note.kind is NoteKind.NOTE][:_NOTES_SHOWN]
