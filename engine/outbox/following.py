"""Follows inboxes: what is new in somebody's, and of a kind that they want to be told, becomes a message.

Messages say what the inbox says, in its words, because they are read from it: nobody is told of what they may
not see, have muted, did themselves or have seen already. What was told stands under the name of the item, so
that looking twice, after a crash or in two processes, tells nothing twice.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from typing import Any

from engine.access import Actor
from engine.accounts import actors
from engine.accounts.models import User
from engine.audit import history
from engine.command import Services
from engine.errors import ConflictError, StoreUnavailableError, WorkbenchError
from engine.inbox import details
from engine.inbox import service as inbox
from engine.inbox.details import Detail
from engine.inbox.read_models import Kind
from engine.notifications import choices, service
from engine.notifications.models import About, MessageSettings, Notification, NotificationKind
from engine.outbox.composing import LONGEST_SUBJECT, shortened
from engine.outbox.sending import MOST_ITEMS
from engine.reference.models import Employee
from engine.tasks.models import Task
from engine.transaction import Transaction

_log = logging.getLogger(__name__)
#: What each kind of item is told as; others are not told outside.
KINDS = {
    Kind.APPROVAL: NotificationKind.TO_DECIDE,
    Kind.HELP: NotificationKind.TO_DECIDE,
    Kind.REVIEW: NotificationKind.TO_DECIDE,
    Kind.SENT_BACK: NotificationKind.SENT_BACK,
    Kind.MENTION: NotificationKind.MENTIONED,
    Kind.ANSWER: NotificationKind.ANSWERED,
    Kind.ASSIGNED: NotificationKind.ASSIGNED,
    Kind.FREE: NotificationKind.ASSIGNED,
    Kind.DECISION: NotificationKind.DECIDED,
    Kind.DONE: NotificationKind.BUNDLE_DONE,
    Kind.REMINDER: NotificationKind.REMINDER,
    Kind.TO_SEND: NotificationKind.TO_DECIDE,
    Kind.WORKLOG: NotificationKind.WORKLOG,
}
#: So much of a title is always said.
_SHORTEST_TITLE = 30
#: More bundles and tasks than so many are told in one message: nobody wants ten at once.
_MOST_MESSAGES = 5


class Follower:
    """Looks into the inboxes of those who want to be told, where something has happened since it looked."""

    def __init__(self, services: Services) -> None:
        self._services = services
        #: Up to where each inbox was followed.
        self._followed: dict[str, dict[str, int]] = {}

    def look(self) -> int:
        """Tell whoever has something new; return how many notifications that made.

        Whose inbox cannot be read is looked at again the next time; the others are told.

        Raises:
            StoreUnavailableError: the database does not answer.
        """
        services = self._services
        system = actors.system(services.workspace.workspace_id)
        with services.reading(system) as tx:
            users = tx.find(User)
            readers = _readers(tx, [user for user in users if user.is_active])
            wanted = choices.of(tx, [user for user in users if user.user_id in readers])
            is_new = not all(choices.is_begun(tx, one) for one in wanted.values())
            places = {user_id: inbox.topics_of(actor) for user_id, actor in readers.items()}
            known = history.positions(tx, {name for names in places.values() for name in names})
        if is_new and services.settings.smtp_host:
            with services.transaction(system) as tx:
                wanted = choices.kept_or_begun(tx, [user for user in users if user.user_id in readers])
        made = 0
        for user in users:
            chosen = wanted.get(user.user_id)
            if chosen is None or not _gets_any(services, user, chosen):
                continue
            now = {name: known[name] for name in places[user.user_id] if name in known}
            if self._followed.get(user.user_id) == now:
                continue
            try:
                made += self._tell(system, user, readers[user.user_id], chosen)
            except StoreUnavailableError:
                raise
            except WorkbenchError as error:
                _log.warning("%s cannot be told what is new: %s", user.user_id, error)
                continue
            self._followed[user.user_id] = now
        return made

    def _tell(self, system: Actor, user: User, actor: Actor, chosen: MessageSettings) -> int:
        """Tell one person what is new in their inbox; return how much that was."""
        with self._services.reading(actor) as tx:
            items = [
                item
                for item in inbox.load(tx, shown=MOST_ITEMS).items
                if KINDS.get(item.kind) in chosen.kinds and item.since > chosen.since
            ]
            names = [item.name for item in items]
            told = tx.find(Notification, user_id=user.user_id, key=names) if names else []
            known = {one.key for one in told}
            fresh = [details.load(tx, item) for item in items if item.name not in known]
            messages = [[_facts(tx, one) for one in group] for group in _grouped(fresh)]
        if not messages:
            return 0
        try:
            with self._services.transaction(system) as tx:
                return sum(len(service.tell_together(tx, user, message)) for message in messages)
        except ConflictError:  # another process told it at the same time
            return 0


def _readers(tx: Transaction, users: Sequence[User]) -> dict[str, Actor]:
    """Return who reads an inbox, by their user ids."""
    employees = actors.employees_of(tx, [user.user_id for user in users])
    tx.read_ahead({Employee: employees.values()})
    found = {}
    for user in users:
        employee_id = employees[user.user_id]
        employee = tx.find_by_key(Employee, employee_id) if employee_id else None
        found[user.user_id] = actors.joined(user, employee)
    return found


def _gets_any(services: Services, user: User, chosen: MessageSettings) -> bool:
    return any(choices.ways_to(services.settings, user, chosen, kind) for kind in chosen.kinds)


def _grouped(fresh: Sequence[Detail]) -> Iterable[Sequence[Detail]]:
    """Give what is told in one message: what is of one bundle, or all of it where that is much."""
    groups: dict[str, list[Detail]] = {}
    for one in fresh:
        groups.setdefault(one.item.bundle_id or one.item.key, []).append(one)
    return groups.values() if len(groups) <= _MOST_MESSAGES else [fresh]


def _facts(tx: Transaction, detail: Detail) -> dict[str, Any]:
    """Say what an item is in a message, as ``service.notify`` takes it."""
    item = detail.item
    why = f"{item.why[0].lower()}{item.why[1:]}" if item.why.startswith(("It ", "Any ")) else item.why
    task = tx.find_by_key(Task, item.about_task_id) if item.about_task_id else None
    ids = (item.task_id,) if item.task_id else ()
    # Of a long title as much is said as leaves room for what happened: the subject ends with that.
    room = max(_SHORTEST_TITLE, LONGEST_SUBJECT - len(f": {why}"))
    title = shortened(item.title, room)
    return {
        "kind": KINDS[item.kind],
        "title": f"{title}: {why}",
        "lines": [*([item.title] if title != item.title else []), *_lines(detail)],
        "about": About(task_ids=ids, bundle_id=item.bundle_id or (task.bundle_id if task else None)),
        "key": item.name,
    }


def _lines(detail: Detail) -> list[str]:
    """Give what was said, and what it belongs to; to a partner's people only what they see anyway."""
    item = detail.item
    said = [
        detail.remark.body if detail.remark is not None else None,
        detail.approval.feedback if detail.approval is not None and item.outcome is not None else None,
        item.description if item.kind is Kind.APPROVAL else None,
        f"In {item.where}." if item.where else None,
    ]
    return [line for line in said if line]
