"""Somebody's own work, in the order in which to do it: each task with why it is there and the next step."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import NamedTuple

from engine.access import Actor, Permission, may
from engine.accounts.models import User
from engine.deliverables import actions
from engine.deliverables.actions import TaskAction
from engine.deliverables.models import Approval
from engine.deliverables.next_step import FINISHING, NextStep, next_step
from engine.deliverables.rounds import ApprovalState
from engine.reference import absences
from engine.tasks import facts, queries, waiting
from engine.tasks.dates import due_for
from engine.tasks.facts import Case
from engine.tasks.known import KnownTask
from engine.tasks.models import Task, TaskStatus, Urgency
from engine.tasks.queries import TaskRow
from engine.transaction import Transaction
from web.pages import task_blockers

_S = TaskStatus
#: As many are shown of what is assigned to somebody, and of what nobody has; at most, if more is asked for.
SHOWN, MOST_SHOWN = 100, 500
#: So many tasks with which something was just done keep their places.
MOST_KEPT = 20
#: What takes a row elsewhere, and what it does not: those keep their places.
MOVING = FINISHING | {"claim", "resume", "put_back"}
_GROUPS = {
    "back": "Sent back",
    "late": "Late",
    "today": "Today",
    "week": "This week",
    "later": "Later",
    "waiting": "Waiting",
}
#: For an answer, a decision or a day; on the day of its follow-up, or to which it was put off, it is back.
_NOT_TO_MOVE = (_S.WAITING, _S.DEFERRED, _S.BLOCKED, _S.HELP_NEEDED, _S.PENDING_APPROVAL)
#: How soon something must happen, what presses most last.
_PRESSING = tuple(Urgency)
#: Permitting an automatic task to run is none of them: nobody decides anything unseen.
_AT_ONCE = FINISHING | {"claim", "start", "resume", "put_back"}


@dataclass(frozen=True, kw_only=True)
class SentBack:
    """What an approver wants changed."""

    who: str
    feedback: str


class Kept(NamedTuple):
    """Where a task stood when something was done with it here."""

    group: str
    is_free: bool
    task_id: str

    @classmethod
    def read(cls, text: str) -> Kept | None:
        """Read what ``str`` wrote; None of anything else."""
        group, _, rest = text.partition(".")
        whose, _, task_id = rest.partition(".")
        is_one = group in _GROUPS and whose in ("free", "mine") and task_id
        return cls(group, whose == "free", task_id) if is_one else None

    def __str__(self) -> str:
        return f"{self.group}.{'free' if self.is_free else 'mine'}.{self.task_id}"


@dataclass(frozen=True, kw_only=True)
class Item:
    """One task of somebody's work list."""

    row: TaskRow
    actions: Sequence[TaskAction]
    #: The one thing to do next; None where there is none.
    next_step: NextStep | None
    #: Why it is there, in words.
    why: str
    #: Where it stands, and stays once something is done with it here.
    kept: Kept
    #: What is to be changed, where an approver has sent it back.
    sent_back: SentBack | None = None

    @property
    def may_change(self) -> bool:
        """Whether its day can be changed in the list: who may give it away may do that, too."""
        return any(one.name == "assign" for one in self.actions)

    @property
    def is_at_once(self) -> bool:
        """Whether its button does the next step here; else that is given on its page."""
        return self.next_step is not None and self.next_step.verb in _AT_ONCE

    @property
    def is_moved(self) -> bool:
        """Whether the step would take it elsewhere in the list, were its place not kept."""
        return self.next_step is not None and self.next_step.verb in MOVING

    @property
    def place(self) -> str | None:
        """Where on its page the next step is given; None where there is no such step."""
        if self.next_step is None or self.next_step.verb is not None:
            return None
        return "#said" if self.sent_back else task_blockers.given_at(self.next_step)


@dataclass(frozen=True)
class Group:
    """One part of somebody's work list."""

    key: str
    title: str
    items: list[Item]

    @property
    def open_count(self) -> int:
        """How many of them are still to be done."""
        return sum(not item.row.is_terminal for item in self.items)


@dataclass(frozen=True)
class MyWork:
    """Somebody's open work, as much of it as is shown."""

    groups: list[Group]
    #: As many are shown at most of what is theirs, and of what they may take.
    shown: int
    #: How many more there are of each, due later than what is shown.
    more_mine: int
    more_free: int
    #: Those that keep their places.
    kept: list[Kept]
    #: To who leads: who is away today, and who stands in.
    away: Sequence[str] = ()

    @property
    def next_shown(self) -> int | None:
        """How many to ask for to see more; None where a page never shows as many."""
        return min(self.shown + SHOWN, MOST_SHOWN) if self.shown < MOST_SHOWN else None


def load(tx: Transaction, shown: int = SHOWN, kept: Sequence[str] = ()) -> MyWork:
    """Return the user's open work: what was sent back, then the rest by when it is due.

    In each group what is theirs comes before what they may claim; of what is due at the same time, what
    presses comes first. Of both kinds at most ``shown`` are there, those due first. What ``kept`` names, each
    as ``Kept`` writes it, keeps its place, closed or not: nobody presses what moved up under them.
    """
    read = filter(None, map(Kept.read, kept[-MOST_KEPT:]))
    places = {one.task_id: one for one in read}
    found = queries.mine(tx, shown + 1)
    mine = [row for row in found if row.assignee_id is not None]
    free = [row for row in found if row.assignee_id is None]
    is_cut = max(len(mine), len(free)) > shown
    all_mine, all_free = queries.count_mine(tx) if is_cut else (len(mine), len(free))
    rows = [*mine[:shown], *free[:shown], *_closed(tx, places)]
    rows.sort(key=lambda row: _order(row, places.get(row.task_id)))
    more_mine, more_free = max(0, all_mine - shown), max(0, all_free - shown)
    is_here = {row.task_id for row in rows}
    still = [one for one in places.values() if one.task_id in is_here]
    return MyWork(_groups(tx, rows, places), shown, more_mine, more_free, still, _away(tx))


def _away(tx: Transaction) -> Sequence[str]:
    """Say who is away today, by name; to those who see to everybody's work."""
    return absences.today(tx).told(tx.actor.employee_id) if may(tx.actor, Permission.WORK_ALL) else ()


def _closed(tx: Transaction, task_ids: Collection[str]) -> Sequence[TaskRow]:
    """Return of these tasks those that are the user's and closed."""
    if not task_ids or tx.actor.employee_id is None:
        return []
    tx.read_ahead({Task: task_ids})
    found = (tx.find_by_key(Task, task_id) for task_id in task_ids)
    own = tx.actor.employee_id
    return queries.rows_of(tx, [one for one in found if one and one.is_terminal and one.assignee_id == own])


def _order(row: TaskRow, kept: Kept | None) -> tuple[bool, bool, datetime, int, int, str]:
    due = row.deadline or datetime.max.replace(tzinfo=UTC)
    return (
        row.assignee_id is None if kept is None else kept.is_free,
        row.deadline is None,
        due,
        -_PRESSING.index(row.urgency),
        -row.priority.rank,
        row.task_id,
    )


def _groups(tx: Transaction, rows: Sequence[TaskRow], places: Mapping[str, Kept]) -> list[Group]:
    states = actions.states_of(tx, rows)
    cases = _cases(tx, states)
    allowed = actions.allowed_for(tx, rows, cases, states)
    back = _sent_back(tx, rows, states)
    found: dict[str, list[Item]] = {key: [] for key in _GROUPS}
    for row in rows:
        key = "back" if row.task_id in back else _group_of(tx, row)
        kept = places.get(row.task_id, Kept(key, row.assignee_id is None, row.task_id))
        item = Item(
            row=row,
            actions=allowed[row.task_id],
            next_step=_next_step(allowed[row.task_id], cases.get(row.task_id), states.get(row.task_id)),
            why=reason(tx.actor, row),
            kept=kept,
            sent_back=back.get(row.task_id),
        )
        found[kept.group].append(item)
    return [Group(key, title, found[key]) for key, title in _GROUPS.items() if found[key]]


def _cases(tx: Transaction, task_ids: Iterable[str]) -> dict[str, Case]:
    """Return what stands in the way of tasks; those that cannot be read are left out."""
    wanted = list(task_ids)
    tx.read_ahead({Task: wanted})
    found = (tx.find_by_key(Task, task_id) for task_id in wanted)
    return facts.load_all(tx, [task for task in found if task is not None])


def _next_step(
    offered: Sequence[TaskAction], case: Case | None, state: ApprovalState | None
) -> NextStep | None:
    """Return what comes next; whoever may claim a task does that first."""
    claim = next((NextStep(one.label, one.name) for one in offered if one.name == "claim"), None)
    return claim or next_step(offered, case.violations if case else (), state)


def _sent_back(
    tx: Transaction, rows: Sequence[TaskRow], states: Mapping[str, ApprovalState]
) -> dict[str, SentBack]:
    """Return what approvers want changed of work in progress, by task; the first where they want several."""
    last: dict[str, Approval] = {
        row.task_id: states[row.task_id].sent_back[0]
        for row in rows
        if row.status is _S.IN_PROGRESS and row.task_id in states and states[row.task_id].sent_back
    }
    tx.read_ahead({User: (decided.approver_id for decided in last.values())})
    return {
        task_id: SentBack(who=_name_of(tx, decided.approver_id), feedback=decided.feedback or "")
        for task_id, decided in last.items()
    }


def _name_of(tx: Transaction, user_id: str | None) -> str:
    user = tx.find_by_key(User, user_id) if user_id else None
    return user.name if user is not None else "somebody"


def reason(actor: Actor, task: KnownTask) -> str:
    """Return why a task is in somebody's list, in words; empty where it is not theirs."""
    if task.assignee_id is not None and task.assignee_id == actor.employee_id:
        return "assigned to you"
    if task.assignee_id is None and task.assignee_role in actor.assignee_roles and not task.assigned_to_bot:
        return f"any {str(task.assignee_role).replace('_', ' ')} may claim it"
    if task.owner_id == actor.user_id and task.bundle_id is None:
        return "you made it, and nobody is assigned"
    return ""


def _group_of(tx: Transaction, row: TaskRow) -> str:
    if waiting.has_come_back(row, tx.today, tx.timezone):
        return "late" if row.is_late else "today"
    if row.status in _NOT_TO_MOVE or row.is_blocked:
        return "waiting"
    if row.is_late:
        return "late"
    if row.deadline is None:
        return "later"
    due = due_for(row.deadline, is_late=row.is_late, today=tx.today, zone=tx.timezone)
    return "today" if due.days <= 0 else "week" if due.days <= 7 else "later"
