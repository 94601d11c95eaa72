"""What would be sent within a month, as things stand: to look at before reminders are switched on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from engine.access import Permission, require
from engine.deliverables.models import Approval
from engine.reminders import facts as reading
from engine.reminders import planner
from engine.reminders.ledger import rank
from engine.reminders.models import ReminderType
from engine.reminders.people import People
from engine.reminders.planner import Facts, Intended
from engine.reminders.rules import RuleBook
from engine.tasks import visibility
from engine.tasks.models import Task
from engine.transaction import Transaction

if TYPE_CHECKING:
    from engine.catalog.content import Content

#: How far ahead.
MONTH = timedelta(days=31)
#: So many open tasks are looked at, those that are due first.
MOST_TASKS = 1000


@dataclass(frozen=True, kw_only=True)
class Coming:
    """One reminder that would be sent."""

    task: Task
    moment: Intended
    #: Whom it is for.
    user_ids: Sequence[str]
    #: By name.
    whom: str


@dataclass(frozen=True, kw_only=True)
class Month:
    """What comes within a month."""

    until: datetime
    coming: Sequence[Coming]
    #: Whether there are more open tasks than were looked at.
    is_cut: bool


def ahead(tx: Transaction, content: Content, *, everybody: bool = False) -> Month:
    """Return what would be sent to the actor within a month, or to ``everybody``, in its order.

    Raises:
        ForbiddenError: the actor is no user of the team, or asks for everybody and does not see all work.
    """
    require(tx.actor, Permission.SEE_OWN_WORK, "have reminders")
    if everybody:
        require(tx.actor, Permission.SEE_ALL_WORK, "see everybody's reminders")
    until = tx.wall_clock + MONTH
    tasks = tx.find(Task, is_open=1, order_by=("deadline", "task_id"), limit=MOST_TASKS + 1)
    found = [
        one
        for one in _coming(tx, content, tasks[:MOST_TASKS], until)
        if everybody or tx.actor.user_id in one.user_ids
    ]
    found = _said_once(found)
    seen = visibility.seen_among(tx, {one.task.task_id: one.task for one in found}.values())
    found = [one for one in found if one.task.task_id in seen]
    found.sort(key=lambda one: (one.moment.send_at, one.task.task_number))
    return Month(until=until, coming=found, is_cut=len(tasks) > MOST_TASKS)


def _said_once(found: Sequence[Coming]) -> list[Coming]:
    """Leave out what another says of the same task to the same people at the same time, as a look does."""
    first: dict[tuple[object, ...], Coming] = {}
    for one in sorted(found, key=lambda one: rank(one.moment)):
        is_schedules = one.moment.type is ReminderType.RECURRING
        which = one.moment.step if is_schedules else ""
        first.setdefault((one.task.task_id, one.moment.send_at, one.whom, which), one)
    return list(first.values())


def _coming(tx: Transaction, content: Content, tasks: Sequence[Task], until: datetime) -> Iterator[Coming]:
    book, people = RuleBook(content, tx.workspace_zone), People(tx)
    facts = reading.of_tasks(tx, tasks, tx.wall_clock)
    book.read_ahead(tx, tasks)
    given: list[tuple[Task, Facts, Approval | None]] = [(task, facts[task.task_id], None) for task in tasks]
    by_id = {task.task_id: task for task in tasks}
    asked = (one for one in tx.find(Approval, is_open=True) if one.task_id in by_id)
    given += [(by_id[one.task_id], reading.of_approval(one), one) for one in asked]
    for task, known, approval in given:
        governing = book.of_task(tx, task)
        for moment in planner.intended(known, governing.rules, governing.rhythm, tx.wall_clock, until):
            whom = people.of(moment, task, approval)
            names = ", ".join(people.name(one) for one in whom) or "nobody"
            yield Coming(task=task, moment=moment, user_ids=whom, whom=names)
