"""What the pages of webhooks show: where what happens is sent, how that goes, and each message."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from engine import documented
from engine.access import Permission, require
from engine.accounts.models import User
from engine.audit.models import Action
from engine.transaction import Transaction
from engine.webhooks import kinds, queries, service
from engine.webhooks.models import DeliveryStatus, Webhook, WebhookDelivery, WebhookProgress
from web.pagination import Pages

#: Messages on one page of the list.
MOST = 25
#: Addresses that the form offers; whoever has more users types one.
MOST_OFFERED = 200
_CHIPS = {
    DeliveryStatus.WAITING: ("waits", "quiet", "○"),
    DeliveryStatus.DELIVERED: ("taken", "good", "✓"),
    DeliveryStatus.FAILED: ("given up", "bad", "!"),
    DeliveryStatus.WITHHELD: ("withheld", "quiet", "–"),
}
_NOT_TAKEN = ("not taken", "bad", "!")
#: Under which heading kinds are offered, by how their words begin; all others stand under the last one.
_GROUPS = (
    ("Work", ("task_", "step_", "note_", "proof_", "change_", "human_", "artifact_")),
    ("Versions and decisions", ("deliverable_", "approval_")),
    ("Bundles", ("bundle_", "link_", "template_")),
    ("QA, schedules, worklogs and proposals", ("qa_", "schedule", "worklog_", "proposal_")),
    ("People, partners and campaigns", ("employee_", "absence_", "partner_", "campaign_", "attachment_")),
    ("The workspace", ("",)),
)


@dataclass(frozen=True, kw_only=True)
class Line:
    """One webhook."""

    hook: Webhook
    user: User
    host: str
    #: Word, tone and mark of how it goes.
    chip: tuple[str, str, str]
    #: Why it is paused, in words; None where it is not.
    why: str | None
    delivered_at: datetime | None
    failing_since: datetime | None
    counts: Mapping[DeliveryStatus, int]

    @property
    def waiting(self) -> int:
        """How many messages wait."""
        return self.counts.get(DeliveryStatus.WAITING, 0)

    @property
    def given_up(self) -> int:
        """How many messages were given up, of those that are kept."""
        return self.counts.get(DeliveryStatus.FAILED, 0)


@dataclass(frozen=True, kw_only=True)
class Message:
    """One message."""

    delivery: WebhookDelivery
    chip: tuple[str, str, str]

    @property
    def may_repeat(self) -> bool:
        """Whether it can be sent again: it waits no more, and tells of something."""
        return self.delivery.status is not DeliveryStatus.WAITING and self.delivery.event_seq is not None


@dataclass(frozen=True, kw_only=True)
class ListPage:
    """All webhooks, and what the form that makes one offers."""

    lines: Sequence[Line]
    groups: Sequence[tuple[str, Sequence[tuple[str, str]]]]
    addresses: Sequence[str]


@dataclass(frozen=True, kw_only=True)
class HookPage:
    """One webhook with its messages."""

    line: Line
    messages: Sequence[Message]
    pages: Pages
    status: str
    groups: Sequence[tuple[str, Sequence[tuple[str, str]]]]


def load_all(tx: Transaction) -> ListPage:
    """Load the list.

    Raises:
        ForbiddenError: the actor is no admin.
    """
    hooks = service.listed(tx)
    users = [user for user in tx.find(User, order_by=("email",), limit=MOST_OFFERED) if user.is_active]
    return ListPage(lines=_lines(tx, hooks), groups=_offered(), addresses=[user.email for user in users])


def load(tx: Transaction, webhook_id: str, status: str, offset: int) -> HookPage:
    """Load one webhook; with ``status`` its list holds the messages that stand so alone.

    Raises:
        ForbiddenError: the actor is no admin.
        NotFoundError: there is none.
    """
    require(tx.actor, Permission.ADMINISTER, "see the webhooks")
    hook = service.found(tx, webhook_id)
    [line] = _lines(tx, [hook])
    wanted = [DeliveryStatus(status)] if status in set(DeliveryStatus) else list(DeliveryStatus)
    found = queries.latest(tx, webhook_id, MOST, statuses=wanted, offset=offset)
    return HookPage(
        line=line,
        messages=[Message(delivery=one, chip=_chip(one)) for one in found],
        pages=Pages(sum(line.counts.get(one, 0) for one in wanted), MOST, offset),
        status=status if len(wanted) == 1 else "",
        groups=_offered(),
    )


def _chip(delivery: WebhookDelivery) -> tuple[str, str, str]:
    """Say how a message stands; a test is tried once, and not given up."""
    if delivery.kind == kinds.TEST and delivery.status is DeliveryStatus.FAILED:
        return _NOT_TAKEN
    return _CHIPS[delivery.status]


def _lines(tx: Transaction, hooks: Sequence[Webhook]) -> list[Line]:
    tx.read_ahead({User: {one.user_id for one in hooks}, WebhookProgress: [one.webhook_id for one in hooks]})
    counts = queries.counts(tx)
    return [
        _line(tx, one, {status: counts.get((one.webhook_id, status), 0) for status in DeliveryStatus})
        for one in hooks
    ]


def _line(tx: Transaction, hook: Webhook, counts: Mapping[DeliveryStatus, int]) -> Line:
    progress = service.progress_of(tx, hook)
    chip = ("active", "good", "✓")
    if not hook.is_active:
        chip = ("paused", "quiet", "‖")
    elif progress.failing_since is not None:
        chip = _NOT_TAKEN
    return Line(
        hook=hook,
        user=tx.get(User, hook.user_id),
        host=service.host_of(hook),
        chip=chip,
        why=service.WHY_PAUSED[hook.pause_reason] if hook.pause_reason is not None else None,
        delivered_at=progress.delivered_at,
        failing_since=progress.failing_since,
        counts=counts,
    )


def _offered() -> list[tuple[str, list[tuple[str, str]]]]:
    """Return the kinds that can be sent, under their headings, each with what it means."""
    meanings = documented.comments_of(Action)
    groups: dict[str, list[tuple[str, str]]] = {heading: [] for heading, _ in _GROUPS}
    for kind in kinds.OFFERED:
        heading = next(heading for heading, begins in _GROUPS if kind.value.startswith(begins))
        groups[heading].append((kind.value, meanings[kind.name]))
    return list(groups.items())
