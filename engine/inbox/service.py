"""Somebody's inbox: loaded in one snapshot, counted cheaply, marked as seen (WEB-05, HLP-03, HRV)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from engine.access import Actor, Permission, may, require
from engine.accounts.models import User
from engine.audit.models import Action
from engine.inbox import decisions, news, partners
from engine.inbox.queries.approvals import waiting_counted
from engine.inbox.queries.counting import sum_of
from engine.inbox.read_models import Inbox, Section, section
from engine.qa import service as qa
from engine.qa.read_models import QaState
from engine.record import Record
from engine.tasks.queries.help import unanswered_counted
from engine.tasks.queries.reading import awaiting_counted
from engine.transaction import Transaction

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
            *section("news", "For you", news.since(tx, _seen_at(tx))),
        ]
    return Inbox(sections=sections, qa_open=qa_open, is_partners=False, shows_seen=seen)


def count(tx: Transaction) -> int:
    """Return how many items ``load`` would show, for the navigation; reads little, whatever the workspace."""
    tx.find_together(*searches(tx.actor))
    own = news.own_users(tx)
    counts = [waiting_counted(tx, own)]
    if may(tx.actor, Permission.DECIDE):
        counts += [unanswered_counted(tx), awaiting_counted(tx)]
    if may(tx.actor, Permission.SEE_OWN_WORK):
        counts += news.counted(tx, _seen_at(tx), own)
    return sum_of(tx, counts)


def searches(actor: Actor) -> list[tuple[type[Record], Mapping[str, str]]]:
    """Return what an inbox asks for first, to be read together with other things."""
    own: list[tuple[type[Record], Mapping[str, str]]] = [(User, {"user_id": actor.user_id})]
    return [*own, (User, {"employee_id": actor.employee_id})] if actor.employee_id else own


def mark_seen(tx: Transaction) -> User:
    """Fold away what is new to the actor; what waits for them stays.

    Raises:
        ForbiddenError: the actor is no user of the team.
    """
    require(tx.actor, Permission.SEE_OWN_WORK, "mark news as seen")
    user = tx.get(User, tx.actor.user_id)
    user.inbox_seen_at = tx.now
    tx.save(user)
    tx.record(Action.USER_CHANGED, user, f"{user.name} has seen their inbox")
    return user


def _seen_at(tx: Transaction) -> datetime:
    """Return up to when the actor has seen everything."""
    user = tx.find_by_key(User, tx.actor.user_id)
    earliest = tx.now - _NEWS_FOR
    return max(user.inbox_seen_at, earliest) if user is not None and user.inbox_seen_at else earliest
