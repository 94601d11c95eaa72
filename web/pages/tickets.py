"""The list of tickets: what it is narrowed by, and what may be done about each of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from engine.access import Permission, may
from engine.accounts.models import User
from engine.catalog.catalog import Content
from engine.executions.models import ExecutionStatus
from engine.plurals import plural
from engine.recipes import gallery
from engine.recipes.tickets import Page, Ticket
from engine.reference.models import Campaign, Partner
from engine.tasks import visibility
from engine.tasks.models import Task
from engine.tasks.states import StateClass
from engine.transaction import Transaction
from web import addresses
from web.format import words
from web.pages.bundle import answers_at

Options = Sequence[tuple[str, str]]
#: What the filter calls each state; a row says the task's own word, as every page does.
WORDS: Mapping[StateClass, str] = {
    StateClass.WAITING: "Waiting",
    StateClass.ACTIVE: "Running",
    StateClass.SUCCEEDED: "Done",
    StateClass.FAILED: "Failed",
    StateClass.CANCELLED: "Called off",
}
_REPEATABLE = frozenset({ExecutionStatus.FAILED, ExecutionStatus.TIMED_OUT, ExecutionStatus.CANCELLED})


@dataclass(frozen=True, kw_only=True)
class Card:
    """One ticket as it is shown, with what its reader may do about it."""

    ticket: Ticket
    #: Who asked for it; empty where that was nobody.
    requester: str
    may_cancel: bool
    may_retry: bool
    #: Where its recipe's form has the same answers; empty while it goes on, and where nobody can start it.
    again: str

    @property
    def address(self) -> str:
        """Where it is followed; never where the outputs of many are (OUT-04)."""
        return addresses.track(self.ticket.task.task_id)

    @property
    def came_out(self) -> str:
        """How many files and values, in words; empty for nothing."""
        counts = ((self.ticket.files, "file"), (self.ticket.values, "value"))
        return ", ".join(plural(count, noun) for count, noun in counts if count)

    @property
    def trouble(self) -> str:
        """Why it does not come to an end as it should; empty where it does, or may."""
        last = self.ticket.last
        is_over = self.ticket.task.is_terminal or last is None or last.is_live
        return "" if is_over or last is None else last.error or ""


@dataclass(frozen=True, kw_only=True)
class TicketsPage:
    """One page of tickets with its filters."""

    cards: Sequence[Card]
    statuses: Options
    categories: Options
    has_any: bool
    may_start: bool


def load(tx: Transaction, content: Content, found: Page) -> TicketsPage:
    """Return what the page shows of the tickets that were found."""
    tx.read_ahead(
        {
            User: (one.task.owner_id for one in found.items),
            Partner: (one.bundle.partner_id for one in found.items if one.bundle),
            Campaign: (one.bundle.campaign_id for one in found.items if one.bundle),
        }
    )
    may_start = may(tx.actor, Permission.START_BUNDLE)
    recipes = gallery.current(content) if may_start else {}
    categories = {name for key in content.templates if (name := gallery.category_of(content, key))}
    return TicketsPage(
        cards=[_card(tx, one, recipes) for one in found.items],
        statuses=[("", "all"), *((state.value, WORDS[state]) for state in StateClass)],
        categories=[("", "all"), *((name, words(name).capitalize()) for name in sorted(categories))],
        has_any=bool(found.items) or _has_any(tx),
        may_start=may_start,
    )


def _has_any(tx: Transaction) -> bool:
    return any(tx.find_one(Task, ticket_state=state) is not None for state in StateClass)


def _card(tx: Transaction, one: Ticket, recipes: Mapping[str, object]) -> Card:
    last, may_work = one.last, visibility.works(tx, one.task)
    owner = tx.find_by_key(User, one.task.owner_id)
    can_run = may_work and one.task.ticket_state in (StateClass.FAILED, StateClass.WAITING)
    return Card(
        ticket=one,
        requester=owner.name if owner is not None else "",
        may_cancel=may_work and last is not None and last.is_live and last.cancel_asked_at is None,
        may_retry=can_run and last is not None and last.status in _REPEATABLE,
        again=_again(tx, one, recipes),
    )


def _again(tx: Transaction, one: Ticket, recipes: Mapping[str, object]) -> str:
    bundle, is_over = one.bundle, one.task.is_terminal or one.task.ticket_state is StateClass.FAILED
    if bundle is None or not is_over or bundle.template_id not in recipes:
        return ""
    partner = tx.find_by_key(Partner, bundle.partner_id) if bundle.partner_id else None
    campaign = tx.find_by_key(Campaign, bundle.campaign_id) if bundle.campaign_id else None
    return answers_at(bundle, partner, campaign)
