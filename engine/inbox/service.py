"""Somebody's inbox: loaded in one snapshot, counted cheaply, marked as seen (WEB-05, HLP-03, HRV)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from engine.access import Actor, Permission, may, require
from engine.accounts.models import User
from engine.audit import history, topics
from engine.inbox import decisions, news, partners
from engine.inbox.queries.approvals import waiting_counted
from engine.inbox.queries.counting import sum_of
from engine.inbox.read_models import Inbox, Section, section
from engine.ledger import Ledger, mark_of
from engine.qa import service as qa
from engine.qa.read_models import QaState
from engine.record import Record
from engine.tasks.queries.help import unanswered_counted
from engine.tasks.queries.reading import awaiting_counted
from engine.transaction import Transaction

#: The mark up to which a user has seen their news.
_SEEN = "inbox_seen"
#: News that nobody looked at for so long is no news any more; what was seen shows it.
_NEWS_FOR = timedelta(days=30)


def load(tx: Transaction, *, seen: bool = False) -> Inbox:
    """List what waits for the actor, and what is new to them; with ``seen``, what they saw before.

    Raises:
        ForbiddenError: the actor is neither of the team nor a partner's user.
    """
    if not may(tx.actor, Permission.SEE_OWN_WORK):
        require(tx.actor, Permission.DECIDE_AS_PARTNER, "have an inbox")
        return partners.load(tx, seen=seen)
    decides = may(tx.actor, Permission.DECIDE)
    if decides and not seen:
        tx.find_together(*searches(tx.actor), *decisions.SEARCHES)
    qa_open = qa.totals(tx)[QaState.OPEN] if decides else None
    if seen:
        latest = news.latest(tx)
        sections = [Section(key="seen", title="The latest, seen or not", items=latest)] if latest else []
    else:
        sections = [
            *section("approvals", "Waits for your decision", decisions.approvals(tx)),
            *section("help", "Needs your help", decisions.help_wanted(tx)),
            *section("reviews", "May it run?", decisions.reviews(tx)),
            *section("news", "For you", news.since(tx, _seen_at(tx, positions(tx)))),
        ]
    return Inbox(sections=sections, qa_open=qa_open, is_partners=False, shows_seen=seen)


def count(tx: Transaction, known: Mapping[str, int]) -> int:
    """Count the items that ``load`` would show, for the navigation; reads little, whatever the workspace.

    ``known`` are the ``positions`` of this snapshot.
    """
    tx.find_together(*searches(tx.actor))
    own = news.own_users(tx)
    counts = [waiting_counted(tx, own)]
    if may(tx.actor, Permission.DECIDE):
        counts += [unanswered_counted(tx), awaiting_counted(tx)]
    if may(tx.actor, Permission.SEE_OWN_WORK):
        counts += news.counted(tx, _seen_at(tx, known), own)
    return sum_of(tx, counts)


def searches(actor: Actor) -> list[tuple[type[Record], Mapping[str, str]]]:
    """List the searches that an inbox begins with, to be made together with others."""
    return [(User, {"employee_id": actor.employee_id})] if actor.employee_id else []


def mark_seen(ledger: Ledger) -> None:
    """Fold away what is new to the actor; what waits for them stays.

    Raises:
        ForbiddenError: the actor is no user of the team.
    """
    require(ledger.actor, Permission.SEE_OWN_WORK, "mark news as seen")
    ledger.raise_mark(_SEEN)


def topics_of(actor: Actor) -> tuple[str, ...]:
    """Name the positions that an actor's inbox follows from: what concerns it, and up to when it was seen.

    Beside these it follows from who the actor is, and slowly from time.
    """
    own = (topics.inbox_of(actor.employee_id),) if actor.employee_id else ()
    return (topics.FLOOR, topics.INBOX, *own, mark_of(actor, _SEEN))


def positions(tx: Transaction) -> dict[str, int]:
    """Give how far everything has come that the actor's inbox follows from."""
    return history.positions(tx, topics_of(tx.actor))


def _seen_at(tx: Transaction, known: Mapping[str, int]) -> datetime:
    """Tell up to when the actor has seen everything: as marked, but a month ago at least."""
    marked = known.get(mark_of(tx.actor, _SEEN))
    earliest = tx.now - _NEWS_FOR
    return max(datetime.fromtimestamp(marked / 1000, UTC), earliest) if marked else earliest
