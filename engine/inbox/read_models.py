"""What an inbox consists of: items in sections, each with why it is there; pure data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from engine.deliverables.models import ApprovalStatus
from engine.notifications.naming import name_of

#: As many are counted of what waits; a greater number says that there are more (``99+``).
MOST_COUNTED = 99


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
    SENT_BACK = "sent_back"  #: a change is asked for on what the reader handed over
    ASSIGNED = "assigned"  #: somebody gave the reader a task
    FREE = "free"  #: what a task of the reader comes after is done
    CLAIMABLE = "claimable"  #: a task that the reader may claim is free to begin
    REFUSED = "refused"  #: an automated task that the reader made must not run
    DUE = "due"  #: a task of the reader is due today
    LATE = "late"  #: a task of the reader is past its deadline
    CHANGED = "changed"  #: somebody changed what the reader watches
    DONE = "done"  #: a bundle of the reader is completed
    REMINDER = "reminder"  #: the reader is reminded of something
    NOT_BEGUN = "not_begun"  #: what should have begun by a schedule of the reader has not
    TO_SEND = "to_send"  #: the draft of a worklog waits to be read and sent
    WORKLOG = "worklog"  #: a worklog was sent to the reader
    NOTICE = "notice"  #: something that nothing else in the inbox tells

    @property
    def is_to_decide(self) -> bool:
        """Whether it waits for the reader, and stays until they acted."""
        return self in (Kind.APPROVAL, Kind.HELP, Kind.REVIEW)

    @property
    def is_offer(self) -> bool:
        """Whether it is nobody's yet, and the reader may take it as others may."""
        return self is Kind.CLAIMABLE

    @property
    def is_own_work(self) -> bool:
        """Whether it is told from where a task stands that the reader has, or may claim."""
        return self in (Kind.ASSIGNED, Kind.FREE, Kind.CLAIMABLE, Kind.DUE, Kind.LATE)


@dataclass(frozen=True, kw_only=True)
class Item:
    """One thing that waits for the reader, or that they should know; what columns tell of it."""

    kind: Kind
    #: Unique in the inbox: the id of the record that it is about.
    key: str
    title: str
    #: Why it is here, in words.
    why: str
    since: datetime
    #: Whether it waited so long that it goes before everything else.
    is_escalated: bool = False
    #: What it is about; None for a partner's user, to whom tasks are none of their business.
    task_id: str | None = None
    bundle_id: str | None = None
    #: The same task for whoever may be told of it or not: never shown.
    about_task_id: str | None = None
    #: Who asked, decided or wrote.
    who: str | None = None
    #: What it belongs to: a bundle, a campaign or a partner.
    where: str | None = None
    #: What is or was judged, which version of it, and what it is.
    ref: str | None = None
    version_number: int | None = None
    description: str | None = None
    #: The version that is judged, was judged or is remarked on.
    deliverable_id: str | None = None
    #: How it was decided.
    outcome: ApprovalStatus | None = None
    #: The remark or the question that it is about.
    remark_id: str | None = None
    #: When the task is due, where it is the reader's own.
    deadline: datetime | None = None

    @property
    def name(self) -> str:
        """The item as it stands, for saying that it was seen; what happens to it later is new again."""
        return name_of(self.key, self.since)


@dataclass(frozen=True)
class Group:
    """Items of one bundle, which stand together; or one item that belongs to none."""

    bundle_id: str | None
    #: What the bundle is called.
    where: str | None
    items: Sequence[Item]


@dataclass(frozen=True, kw_only=True)
class Section:
    """Items of one sort, as many as were asked for: what was escalated first, then the oldest."""

    key: str
    title: str
    items: Sequence[Item]
    #: How many there are, shown or not: exact up to ``MOST_COUNTED``; None where nobody counts them.
    total: int | None
    #: Whether there are more than ``items``.
    has_more: bool
    #: Whether it is what the reader may take, rather than what is theirs: the badge does not count it.
    is_offer: bool = False

    @property
    def groups(self) -> list[Group]:
        """The items by their bundles, each where its first item stands."""
        found: dict[str, list[Item]] = {}
        for item in self.items:
            found.setdefault(item.bundle_id or item.key, []).append(item)
        return [Group(items[0].bundle_id, items[0].where, items) for items in found.values()]


@dataclass(frozen=True, kw_only=True)
class Inbox:
    """Everything that waits for one reader, in the order in which they would want it."""

    sections: Sequence[Section]
    #: How many completed tasks wait for a QA score, counted as a section is; None for whoever does not score.
    qa_open: int | None = None
    #: Whether the reader is a partner's user.
    is_partners: bool = False
    #: Whether ``sections`` holds what was seen before, rather than what is new.
    shows_seen: bool = False
    #: The moment of the newest of the news, shown or not, never one to come; None where there are none.
    news_until: datetime | None = None

    @property
    def items(self) -> list[Item]:
        """The items that are shown, in the order of the page."""
        return [item for section in self.sections for item in section.items]

    @property
    def total(self) -> int:
        """How many items are the reader's, shown or not, as far as they are counted: what the badge says."""
        return sum(section.total or 0 for section in self.sections if not section.is_offer)

    def find(self, key: str | None) -> Item | None:
        """Return the item with this key, or the first one for None; None where there is none."""
        return next((item for item in self.items if key in (None, item.key)), None)

    def after(self, item: Item) -> Item | None:
        """Find the item after ``item``, once that is done with; None where nothing is left."""
        others = [other for other in self.items if other.key != item.key]
        place = [other.key for other in self.items].index(item.key)
        return others[min(place, len(others) - 1)] if others else None
