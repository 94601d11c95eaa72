"""What a feed has: the open tasks that are due, as its person may see them now."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from engine.bundles.models import Bundle
from engine.errors import NotFoundError
from engine.feeds.models import Feed, FeedKind
from engine.tasks import queries
from engine.tasks.filters import TaskFilter
from engine.tasks.read_models import TaskRow
from engine.transaction import Transaction

#: A feed has as many tasks at most, those that are due first; and none that was due before so many days.
MOST_TASKS = 500
DAYS_BACK = 60


@dataclass(frozen=True, kw_only=True)
class Contents:
    """The tasks of a feed, and what the calendar is called."""

    name: str
    tasks: list[TaskRow]


def read(tx: Transaction, feed: Feed) -> Contents:
    """Return what a feed has for the actor, whose it is: at most ``MOST_TASKS`` that are open and due.

    Raises:
        NotFoundError: it is of a bundle that they may not see any more.
    """
    wanted = TaskFilter(
        open=True,
        due_after=tx.today - timedelta(days=DAYS_BACK + 1),
        mine=feed.kind is FeedKind.PERSON,
        bundle_id=feed.bundle_id,
        sort="deadline",
        limit=MOST_TASKS,
    )
    if feed.kind is FeedKind.PERSON and tx.actor.employee_id is None:
        return Contents(name=_name(tx, feed), tasks=[])
    name = _name(tx, feed)
    return Contents(name=name, tasks=list(queries.list_tasks(tx, wanted, counted=MOST_TASKS).items))


def _name(tx: Transaction, feed: Feed) -> str:
    if feed.kind is FeedKind.BUNDLE:
        if feed.bundle_id is None:
            raise NotFoundError("The feed names no bundle.")
        return tx.get(Bundle, feed.bundle_id).title
    return f"Tasks of {tx.actor.name}" if feed.kind is FeedKind.PERSON else "All tasks"
