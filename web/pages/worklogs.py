"""What the pages of worklogs show: the list, and one with its words and what they were made of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from engine.access import Permission, may
from engine.reference.models import Campaign, Partner
from engine.transaction import Transaction
from engine.worklogs import service
from engine.worklogs.entries import Entry
from engine.worklogs.models import WorkLog, WorkLogStatus
from web import markdown, pdf
from web.pages import names
from web.pages.choices import MOST, Choices
from web.pages.names import NamingPage
from web.pagination import Pages

PER_PAGE = 50
#: How a worklog stands -> what one calls those, and the tone and mark of its chip.
STATUSES = {
    WorkLogStatus.DRAFT: ("Drafts", "decide", "◇"),
    WorkLogStatus.SENT: ("Sent", "good", "✓"),
    WorkLogStatus.EMPTY: ("Empty", "quiet", None),
}
#: What happened, in a word of a table.
EVENTS = {
    "task_completed": "completed",
    "deliverable_delivered": "handed over",
    "partner_approved": "approved by the partner",
    "stage_changed": "moved its bundle on",
}


@dataclass(frozen=True)
class Row:
    """One worklog of the list."""

    worklog: WorkLog
    partner_name: str

    @property
    def title(self) -> str:
        """Its campaign and week."""
        return service.title_of(self.worklog)


@dataclass(frozen=True, kw_only=True)
class WorkLogList:
    """The worklogs that somebody may read, the newest week first."""

    rows: Sequence[Row]
    #: How many there are, by status; the empty status is all.
    totals: Sequence[tuple[str, str, int]]
    pages: Pages
    #: The active campaigns by key; None where they are too many for a list, and a key is typed.
    campaigns: Choices | None
    is_partners: bool
    may_make: bool


@dataclass(frozen=True, kw_only=True)
class WorkLogPage(NamingPage):
    """One worklog."""

    worklog: WorkLog
    partner: Partner | None
    html: Markup
    #: What it was made of; nothing for the partner's people.
    entries: Sequence[Entry]
    #: The forms of files that can be had.
    formats: Sequence[tuple[str, str]]
    is_partners: bool
    may_change: bool

    @property
    def title(self) -> str:
        """What stands above it."""
        return service.title_of(self.worklog)


def load_list(
    tx: Transaction, status: str | None = None, campaign: str | None = None, offset: int = 0
) -> WorkLogList:
    """Return a part of the list.

    Raises:
        ForbiddenError: the actor neither leads the work nor is a partner's user.
        BadRequestError: there is no such status.
        NotFoundError: there is no such campaign.
    """
    found = service.page(tx, status=status, campaign=campaign, limit=PER_PAGE, offset=offset)
    is_partners, may_make = not tx.actor.sees_everything, may(tx.actor, Permission.DECIDE)
    tx.read_ahead({Partner: (one.partner_id for one in found.items)})
    partners = {one.partner_id: tx.find_by_key(Partner, one.partner_id) for one in found.items}
    totals = [("", "All", sum(found.by_status.values()))]
    totals += [(one.value, STATUSES[one][0], total) for one, total in found.by_status.items()]
    return WorkLogList(
        rows=[Row(one, partner.name if (partner := partners[one.partner_id]) else "") for one in found.items],
        totals=totals,
        pages=Pages(found.total, found.limit, found.offset),
        campaigns=_campaigns(tx) if may_make else None,
        is_partners=is_partners,
        may_make=may_make,
    )


def load(tx: Transaction, worklog_id: str) -> WorkLogPage:
    """Return the page of a worklog.

    Raises:
        NotFoundError: there is none, or it is not the actor's to see.
    """
    worklog = tx.get(WorkLog, worklog_id)
    is_partners = not tx.actor.sees_everything
    return WorkLogPage(
        names=names.read(tx, [] if is_partners else [worklog.sent_by, worklog.edited_by]),
        worklog=worklog,
        partner=tx.find_by_key(Partner, worklog.partner_id),
        html=markdown.render(worklog.body, below=1),
        entries=[] if is_partners else [Entry.from_data(data) for data in worklog.entries],
        formats=[
            (name, label)
            for name, label in (("pdf", "PDF"), ("html", "HTML"), ("markdown", "Markdown"))
            if name != "pdf" or pdf.is_possible()
        ],
        is_partners=is_partners,
        may_change=may(tx.actor, Permission.DECIDE) and not worklog.is_sent,
    )


def _campaigns(tx: Transaction) -> Choices | None:
    active = [one for one in tx.find(Campaign, order_by=("key",)) if one.is_active]
    return [(one.key, one.name) for one in active] if len(active) <= MOST else None
