"""Keeps quiet outside of the inbox about tasks that a migration gives to people, where that is wished."""

from __future__ import annotations

from engine.accounts import actors
from engine.bundles.models import Bundle
from engine.notifications.models import About, NotificationKind
from engine.notifications.naming import name_of
from engine.notifications.service import notify
from engine.reference.models import Employee
from engine.tasks.models import Task
from engine.tasks.turn import turn_of
from engine.transaction import Transaction


def keep_quiet(tx: Transaction, bundle: Bundle) -> None:
    """Have whoever has a task since this very act told of it by their inbox alone.

    Messages follow inboxes, and tell nobody what they were told before: it is written down as told.
    """
    for task in tx.find(Task, bundle_id=bundle.bundle_id):
        turn = turn_of(task)
        if turn is None or turn.since != tx.now or task.assignee_id is None:
            continue
        person = tx.find_by_key(Employee, task.assignee_id)
        if person is not None:
            notify(
                tx,
                user_ids=[user.user_id for user in actors.users_of(tx, person)],
                kind=NotificationKind.ASSIGNED,
                title=task.title,
                about=About(task_ids=(task.task_id,), bundle_id=bundle.bundle_id),
                key=name_of(task.task_id, turn.since),
                goes_out=False,
            )
