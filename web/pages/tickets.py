"""The list of tickets: what it is narrowed by, and what may be done about each of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from engine.access import Permission, is_agent, may
from engine.accounts.models import User
from engine.bundles.models import Bundle
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
    #: Whether its reader has to say how it ended, as nobody knows.
    may_settle: bool
    #: For which campaign it is; empty where it is for none.
    campaign: str
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
        is_over = self.ticket.task.is_terminal or last is None or last.is_live or last.settlement is not None
        return "" if is_over or last is None else last.error or ""


@dataclass(frozen=True, kw_only=True)
class TicketsPage:
    """One page of tickets with its filters."""

    cards: Sequence[Card]
    statuses: Options
    categories: Options
    may_start: bool


def load(tx: Transaction, content: Content, found: Page) -> TicketsPage:
    """Return what the page shows of the tickets that were found."""
    tx.read_ahead(
        {
            User: (one.task.owner_id for one in found.items),
            Partner: (one.bundle.partner_id for one in found.items if one.bundle),
            Campaign: filter(None, map(_campaign_of, found.items)),
        }
    )
    may_start, recipes = may(tx.actor, Permission.START_BUNDLE), _recipes(tx, content)
    categories = {name for key in content.templates if (name := gallery.category_of(content, key))}
    return TicketsPage(
        cards=[_card(tx, one, recipes) for one in found.items],
        statuses=[("", "all"), *((state.value, WORDS[state]) for state in StateClass)],
        categories=[("", "all"), *((name, words(name).capitalize()) for name in sorted(categories))],
        may_start=may_start,
    )


def _card(tx: Transaction, one: Ticket, recipes: Mapping[str, object]) -> Card:
    last, may_work = one.last, visibility.works(tx, one.task)
    campaign_id = _campaign_of(one)
    campaign = tx.find_by_key(Campaign, campaign_id) if campaign_id else None
    owner = tx.find_by_key(User, one.task.owner_id)
    can_run = may_work and one.task.ticket_state in (StateClass.FAILED, StateClass.WAITING)
    return Card(
        ticket=one,
        requester=owner.name if owner is not None else "",
        may_cancel=may_work and last is not None and last.is_live and last.cancel_asked_at is None,
        may_retry=can_run and last is not None and last.status in _REPEATABLE,
        may_settle=may_work and last is not None and last.is_in_doubt and not is_agent(tx.actor),
        campaign=campaign.name if campaign is not None else "",
        again=_again(tx, one.task, one.bundle, recipes),
    )


def _campaign_of(one: Ticket) -> str | None:
    return one.task.campaign_id or (one.bundle.campaign_id if one.bundle else None)


def again(tx: Transaction, content: Content, task: Task, bundle: Bundle | None) -> str:
    """Return where the form of a task's recipe has the same answers; empty as in ``Card.again``."""
    return _again(tx, task, bundle, _recipes(tx, content)) if _is_over(task) else ""


def _recipes(tx: Transaction, content: Content) -> Mapping[str, object]:
    return gallery.current(content) if may(tx.actor, Permission.START_BUNDLE) else {}


def _is_over(task: Task) -> bool:
    return task.is_terminal or task.ticket_state is StateClass.FAILED


def _again(tx: Transaction, task: Task, bundle: Bundle | None, recipes: Mapping[str, object]) -> str:
    if bundle is None or not _is_over(task) or bundle.template_id not in recipes:
        return ""
    partner = tx.find_by_key(Partner, bundle.partner_id) if bundle.partner_id else None
    campaign = tx.find_by_key(Campaign, bundle.campaign_id) if bundle.campaign_id else None
    return answers_at(bundle, partner, campaign)
