"""The inbox as it is drawn: its items, and everything about the chosen one that a decision takes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from engine.artifacts.models import Artifact
from engine.inbox import service
from engine.inbox.views import Inbox, Item, Kind
from engine.tasks.entitlement import lineage_of, sees_approval, sees_deliverable
from engine.tasks.models import Approval, Deliverable, Note, NoteKind
from engine.transaction import Transaction
from web.pages import meta_fields
from web.pages.names import NamingPage

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


@dataclass(frozen=True)
class InboxPage(NamingPage):
    """Somebody's inbox with one item chosen."""

    inbox: Inbox
    chosen: Item | None
    #: Whether the address names the item, rather than the page having taken the first.
    is_named: bool

    @property
    def title(self) -> str:
        """The heading, which says whose it is."""
        return "For your approval" if self.inbox.is_partners else "Inbox"

    @property
    def next_key(self) -> str:
        """What is chosen once the chosen item is done with; empty where nothing is left."""
        following = self.inbox.after(self.chosen) if self.chosen else None
        return following.key if following else ""

    # -- the chosen item -------------------------------------------------------------------

    @cached_property
    def earlier(self) -> list[Earlier]:
        """The versions before the one to judge, newest first, as far as the reader may know of them."""
        if self.chosen is None or self.chosen.row is None:
            return []
        row = self.chosen.row
        known = self.tx.find(Approval, task_id=row.task_id, order_by=("requested_at", "task_approval_id"))
        found = []
        for version in reversed(lineage_of(self.tx, row)):
            if version.version_number <= row.version_number and sees_deliverable(self.tx, version):
                said = [
                    item
                    for item in known
                    if item.deliverable_id == version.deliverable_id
                    and item.is_decided
                    and item.task_approval_id != self.chosen.key
                    and sees_approval(self.tx, item)
                ]
                if said:
                    found.append(Earlier(version, said))
        return found

    @cached_property
    def file_name(self) -> str | None:
        """The name of the file that is judged, where it is one."""
        row = self.chosen.row if self.chosen else None
        kept = self.tx.find_by_key(Artifact, row.artifact_id) if row and row.artifact_id else None
        return kept.file_name if kept else None

    @cached_property
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

    @cached_property
    def notes(self) -> list[Note]:
        """The last remarks of people on the task; none for a partner's user."""
        if self.chosen is None or self.chosen.task is None or not self.chosen.kind.is_to_decide:
            return []
        found = self.tx.find(Note, task_id=self.chosen.task.task_id, order_by=("-created_at",))
        people = [note for note in found if note.kind is NoteKind.NOTE]
        return people[:_NOTES_SHOWN]


def load(tx: Transaction, key: str | None, *, seen: bool) -> InboxPage:
    """Return the actor's inbox, the item with ``key`` chosen, else the first."""
    inbox = service.load(tx, seen=seen)
    chosen = inbox.find(key)
    return InboxPage(tx, inbox, chosen, is_named=chosen is not None and chosen.key == key)
