"""Somebody's inbox: loaded in one snapshot, counted cheaply, marked as seen (WEB-05, HLP-03, HRV)."""

from __future__ import annotations

from datetime import datetime, timedelta

from engine.access import Permission, may, require
from engine.audit import history, topics
from engine.clock import from_text, to_text
from engine.inbox import decisions, news, partners
from engine.inbox.queries.approvals import count_waiting
from engine.inbox.views import Inbox, Section, section
from engine.ledger import Ledger, find_mark
from engine.qa import service as qa
from engine.qa.views import QaState
from engine.tasks import help as help_requests
from engine.tasks.models import Task
from engine.transaction import Transaction

#: The mark up to which a user has seen their news.
_SEEN = "inbox_seen"
#: News that nobody looked at for so long is no news any more; what was seen shows it.
_NEWS_FOR = timedelta(days=30)


def load(tx: Transaction, *, seen: bool = False) -> Inbox:
    """Return what waits for the actor, and what is new to them; with ``seen``, what they saw before.

    Raises:
        ForbiddenError: the actor is neither of the team nor a partner's user.
    """
    if not may(tx.actor, Permission.SEE_OWN_WORK):
        require(tx.actor, Permission.DECIDE_AS_PARTNER, "have an inbox")
        return partners.load(tx, seen=seen)
    decides = may(tx.actor, Permission.DECIDE)
    qa_open = qa.queue(tx, QaState.OPEN, limit=1).total if decides else None
    if seen:
        latest = news.latest(tx)
        sections = [Section(key="seen", title="The latest, seen or not", items=latest)] if latest else []
    else:
        sections = [
            *section("approvals", "Waits for your decision", decisions.approvals(tx)),
            *section("help", "Needs your help", decisions.help_wanted(tx)),
            *section("reviews", "May it run?", decisions.reviews(tx)),
            *section("news", "For you", news.since(tx, _seen_at(tx))),
        ]
    return Inbox(sections=sections, qa_open=qa_open, is_partners=False, shows_seen=seen)


def count(tx: Transaction) -> int:
    """Return how many items ``load`` would show, for the navigation; reads little, whatever the workspace."""
    waiting = count_waiting(tx, news.own_users(tx))
    if not may(tx.actor, Permission.SEE_OWN_WORK):
        return waiting
    if may(tx.actor, Permission.DECIDE):
        waiting += help_requests.count_unanswered(tx) + tx.count(Task, awaits_review=True)
    return waiting + news.count(tx, _seen_at(tx))


def mark_seen(ledger: Ledger) -> None:
    """Fold away what is new to the actor; what waits for them stays.

    Raises:
        ForbiddenError: the actor is no user of the team.
    """
    require(ledger.actor, Permission.SEE_OWN_WORK, "mark news as seen")
    ledger.raise_mark(_SEEN, to_text(ledger.now))


def state(tx: Transaction) -> tuple[int, str | None]:
    """Tell the actor's inbox from an earlier one: the last event about it, and up to when it was seen.

    Beside these it follows from who the actor is, and slowly from time. Costs two indexed reads.
    """
    own = (topics.inbox_of(tx.actor.employee_id),) if tx.actor.employee_id else ()
    return history.latest_seq(tx, topics.INBOX, *own), find_mark(tx, _SEEN)


def _seen_at(tx: Transaction) -> datetime:
    """Tell up to when the actor has seen everything: as marked, but a month ago at least."""
    earliest = tx.now - _NEWS_FOR
    marked = find_mark(tx, _SEEN)
    return max(from_text(marked), earliest) if marked else earliest
