"""The inbox as it is drawn: its items, and everything about the chosen one that a decision takes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from flask import url_for

from engine.access import Permission, may
from engine.app import Workbench
from engine.inbox import details, gone, service
from engine.inbox.details import Detail
from engine.inbox.gone import Gone
from engine.inbox.read_models import Group, Inbox, Kind, Section
from engine.transaction import Transaction
from web.pages import meta_fields, names, piece, task_settings
from web.pages.names import Names, NamingPage
from web.pages.piece import Piece
from web.pages.task_settings import Setting

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
    Kind.SENT_BACK: ("sent back", "↩", "bad"),
    Kind.ASSIGNED: ("yours", "→", "info"),
    Kind.FREE: ("free to start", "▷", "good"),
    Kind.CLAIMABLE: ("free to claim", "▷", "good"),
    Kind.REFUSED: ("refused", "×", "bad"),
    Kind.DUE: ("due today", "◷", "warn"),
    Kind.LATE: ("late", "!", "bad"),
    Kind.CHANGED: ("changed", "◉", "info"),
    Kind.REMINDER: ("reminder", "◷", "info"),
    Kind.TO_SEND: ("to send", "→", "decide"),
    Kind.WORKLOG: ("to read", "≡", "info"),
    Kind.NOTICE: ("to know", "◷", "info"),
    Kind.DONE: ("bundle done", "✓", "good"),
    Kind.NOT_BEGUN: ("not begun", "!", "bad"),
}
#: So many tasks of one bundle that are free to claim are told in one line, which opens.
FOLDED = 3
#: More items of one section are never on one page.
MOST_SHOWN = 200
#: Below so many items a section is out of sight.
_FAR = 8


@dataclass(frozen=True, kw_only=True)
class InboxPage(NamingPage):
    """Somebody's inbox with one item chosen."""

    inbox: Inbox
    chosen: Detail | None
    #: Whether the address names the item, rather than the page having taken the first.
    is_named: bool
    #: What became of the item that the address names, where it is not here; then none is chosen.
    gone: Gone | None
    #: How many items of each section it shows.
    shown: int
    #: What is to be decided on, as far as it is shown beside the decision.
    piece: Piece | None
    #: The settings of the task that waits for permission to run.
    settings: Sequence[Setting]
    #: Whether its reader may claim what is left to their role.
    may_claim: bool

    @property
    def offer(self) -> Section | None:
        """What is free to claim, where the page shows any of it."""
        return next((section for section in self.inbox.sections if section.is_offer), None)

    @property
    def far_offer(self) -> Section | None:
        """What is free to claim, where it stands so far down that a link has to lead there."""
        above = sum(len(section.items) for section in self.inbox.sections if not section.is_offer)
        return self.offer if above >= _FAR else None

    @property
    def title(self) -> str:
        """The heading, which says whose it is."""
        asks = [section for section in self.inbox.sections if section.key != "news"]
        return (
            "For your approval" if self.inbox.is_partners and (asks or not self.inbox.sections) else "Inbox"
        )

    @property
    def next_key(self) -> str:
        """What is chosen once the chosen item is done with; empty where nothing is left."""
        following = self.inbox.after(self.chosen.item) if self.chosen else None
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

    def is_folded(self, section: Section, group: Group) -> bool:
        """Whether the items of a bundle stand behind one line: of what is free, as one bundle frees many."""
        return section.is_offer and len(group.items) >= FOLDED

    def address(self, **changes: object) -> str:
        """Return where this page is with another item chosen, or more of its items shown."""
        given = {
            "seen": 1 if self.inbox.shows_seen else None,
            "shown": None if self.shown == service.SHOWN else self.shown,
            **changes,
        }
        query = urlencode({name: value for name, value in given.items() if value is not None})
        return url_for("inbox.show") + (f"?{query}" if query else "")

    def more(self, section: Section) -> str | None:
        """Return where more of a section is shown; None where all of it is, or as much as ever."""
        if not section.has_more or self.shown >= MOST_SHOWN:
            return None
        wanted = min(self.shown + service.SHOWN, MOST_SHOWN)
        return f"{self.address(shown=wanted)}#section-{section.key}"


def load(tx: Transaction, workbench: Workbench, key: str | None, *, seen: bool, shown: int) -> InboxPage:
    """Return the actor's inbox, the item with ``key`` chosen, without a key the first."""
    shown = max(1, min(shown, MOST_SHOWN))
    inbox = service.load(tx, with_seen=seen, named=key, shown=shown)
    item = inbox.find(key or None)
    chosen = details.load(tx, item) if item is not None else None
    return InboxPage(
        inbox=inbox,
        chosen=chosen,
        is_named=bool(key) and item is not None,
        gone=gone.find(tx, key) if key and item is None else None,
        shown=shown,
        piece=piece.load(workbench.blobs, chosen) if chosen and item and item.kind is Kind.APPROVAL else None,
        settings=_settings(workbench, chosen) if chosen and item and item.kind is Kind.REVIEW else (),
        names=names.read(tx, chosen.users) if chosen is not None else Names(),
        may_claim=bool(tx.actor.assignee_roles) and may(tx.actor, Permission.CLAIM),
    )


def _settings(workbench: Workbench, chosen: Detail) -> Sequence[Setting]:
    """List what governs an automated task: nobody permits what they were not shown (D18)."""
    return task_settings.of_task(chosen.task, workbench.content().task_types) if chosen.task else ()
