"""What an inbox consists of: items in sections, each with why it is there; pure data."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from engine.deliverables.models import Approval, Deliverable, DeliverableComment
from engine.qa.models import QaReview
from engine.tasks.models import Note, Task


class Kind(StrEnum):
    """What an item is, and so what can be done with it."""

    APPROVAL = "approval"  #: a version waits for a decision
    HELP = "help"  #: a worker waits for an answer
    REVIEW = "review"  #: an automated task waits for permission to run
    DECISION = "decision"  #: somebody decided on what the reader handed over
    ANSWER = "answer"  #: a question of the reader was answered
    FEEDBACK = "feedback"  #: a completed task of the reader was scored
    LOST = "lost"  #: a task that the reader's task waits for has failed or was cancelled
    MENTION = "mention"  #: somebody calls the reader by name

    @property
    def is_to_decide(self) -> bool:
        """Whether it waits for the reader, and stays until they acted."""
        return self in (Kind.APPROVAL, Kind.HELP, Kind.REVIEW)


@dataclass(frozen=True, kw_only=True)
class Item:
    """One thing that waits for the reader, or that they should know."""

    kind: Kind
    #: Unique in the inbox: the id of the record that it is about.
    key: str
    title: str
    #: Why it is here, in words.
    why: str
    since: datetime
    #: What it is about; None for a partner's user, to whom tasks are none of their business.
    task: Task | None
    #: The version that is judged, was judged or is remarked on.
    row: Deliverable | None = None
    approval: Approval | None = None
    remark: Note | DeliverableComment | None = None
    review: QaReview | None = None
    #: Who asked, decided or wrote.
    who: str | None = None
    #: What it belongs to: a bundle, a campaign or a partner.
    where: str | None = None

    @property
    def is_escalated(self) -> bool:
        """Whether it waited so long that it goes before everything else."""
        return self.approval is not None and self.approval.escalated_at is not None


@dataclass(frozen=True, kw_only=True)
class Section:
    """Items of one sort, the oldest first."""

    key: str
    title: str
    items: Sequence[Item]


@dataclass(frozen=True, kw_only=True)
class Inbox:
    """Everything that waits for one reader, in the order in which they would want it."""

    sections: Sequence[Section]
    #: How many completed tasks wait for a QA score; None for whoever does not score.
    qa_open: int | None
    #: Whether the reader is a partner's user.
    is_partners: bool
    #: Whether ``sections`` holds what was seen before, rather than what is new.
    shows_seen: bool

    @property
    def items(self) -> list[Item]:
        """All items in the order of the page."""
        return [item for section in self.sections for item in section.items]

    @property
    def has_news(self) -> bool:
        """Whether there is anything that only needs to be seen."""
        return not self.shows_seen and any(not item.kind.is_to_decide for item in self.items)

    def find(self, key: str | None) -> Item | None:
        """Return the item with this key, else the first one; None where there is none."""
        items = self.items
        return next((item for item in items if item.key == key), items[0] if items else None)

    def after(self, item: Item) -> Item | None:
        """Find the item after ``item``, once that is done with; None where nothing is left."""
        others = [other for other in self.items if other.key != item.key]
        place = [other.key for other in self.items].index(item.key)
        return others[min(place, len(others) - 1)] if others else None


def section(key: str, title: str, items: Iterable[Item]) -> list[Section]:
    """Return the section, its escalated items first, then the oldest; nothing where it is empty."""
    ordered = sorted(items, key=lambda item: (not item.is_escalated, item.since, item.key))
    return [Section(key=key, title=title, items=ordered)] if ordered else []
