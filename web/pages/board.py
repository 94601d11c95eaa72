"""The board as it is drawn: the engine's statuses in eight columns, and where each card may be moved."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from engine.access import Actor
from engine.deliverables import actions
from engine.tasks import queries
from engine.tasks.filters import TaskFilter
from engine.tasks.known import KnownTask
from engine.tasks.models import TaskStatus
from engine.tasks.queries import TaskRow
from engine.transaction import Transaction

_S = TaskStatus
PER_COLUMN = 20
#: Verbs that need to be told something lead to their form on the task's page.
ASKING = frozenset({"wait", "block", "defer", "skip", "cancel", "assign"})
#: Verb -> the column that it leads to.
_LEADS_TO = {
    "start": "in_progress",
    "resume": "in_progress",
    "put_back": "todo",
    "complete": "done",
    "wait": "waiting",
    "block": "stuck",
    "defer": "deferred",
    "skip": "done",
}
#: Key, title, statuses, and what would fill it.
_COLUMNS: tuple[tuple[str, str, tuple[TaskStatus, ...], str], ...] = (
    ("todo", "To do", (_S.PENDING, _S.QUEUED), "Nothing to begin. Start something, or change the filters."),
    (
        "in_progress",
        "In progress",
        (_S.IN_PROGRESS,),
        "Nobody works on anything. Start a task from the left.",
    ),
    ("waiting", "Waiting", (_S.WAITING,), "Nothing waits for somebody outside."),
    ("stuck", "Blocked", (_S.HELP_NEEDED, _S.FAILED, _S.BLOCKED), "Nothing is stuck."),
    ("approval", "Approval", (_S.PENDING_APPROVAL,), "Nothing waits for a decision."),
    ("deferred", "Deferred", (_S.DEFERRED,), "Nothing was put off."),
    ("done", "Done this week", (_S.COMPLETED, _S.SKIPPED), "Nothing was finished in the last seven days."),
)
#: Columns that are left out while nothing is in them.
_HIDDEN_WHEN_EMPTY = frozenset({"approval", "deferred"})


@dataclass(frozen=True)
class Card:
    """One task on the board."""

    row: TaskRow
    actions: tuple[actions.TaskAction, ...]
    #: Why it is in its reader's list; empty where it is not theirs.
    why: str

    @property
    def moves(self) -> dict[str, str]:
        """Column -> the verb that moves there, or the address of the form that it takes."""
        found: dict[str, str] = {}
        for action in self.actions:
            column = _LEADS_TO.get(action.name)
            if self.row.status is _S.DEFERRED and action.name == "resume":
                column = "todo"
            if column and column not in found:
                found[column] = self.address(action.name) if action.name in ASKING else action.name
        return found

    def address(self, verb: str) -> str:
        """Return where the form of a verb is."""
        return f"/tasks/{self.row.task_id}?do={verb}#do-{verb}"


@dataclass(frozen=True)
class BoardColumn:
    """One column: what is in it, how much of it is shown."""

    key: str
    title: str
    statuses: tuple[TaskStatus, ...]
    total: int
    cards: list[Card]
    nothing: str

    @property
    def is_shown(self) -> bool:
        """Whether it takes room on the board."""
        return self.total > 0 or self.key not in _HIDDEN_WHEN_EMPTY

    @property
    def lanes(self) -> Iterator[tuple[str, list[Card]]]:
        """The cards in their lanes: what waits for another task stands apart (CNF-46)."""
        held = [card for card in self.cards if self.key == "stuck" and card.row.is_blocked]
        free = [card for card in self.cards if card not in held]
        if free:
            yield "", free
        if held:
            yield "after another task", held


@dataclass(frozen=True)
class Group:
    """One part of somebody's work list."""

    key: str
    title: str
    cards: list[Card]


def columns(tx: Transaction, wanted: TaskFilter) -> list[BoardColumn]:
    """Return the columns of the board, each with its total and its first cards."""
    by_status = {column.status: column for column in queries.board(tx, wanted, PER_COLUMN)}
    shown = {
        key: [row for status in statuses for row in by_status[status].cards][:PER_COLUMN]
        for key, _, statuses, _ in _COLUMNS
    }
    cards = iter(_cards(tx, [row for rows in shown.values() for row in rows]))
    return [
        BoardColumn(
            key,
            title,
            statuses,
            sum(by_status[status].total for status in statuses),
            [next(cards) for _ in shown[key]],
            nothing,
        )
        for key, title, statuses, nothing in _COLUMNS
    ]


def _cards(tx: Transaction, rows: Sequence[TaskRow]) -> list[Card]:
    """Return tasks with what the user can do with each now, decided for all of them at once."""
    allowed = actions.allowed_for(tx, rows)
    actor = tx.actor
    return [Card(row, tuple(allowed[row.task_id]), reason(actor, row)) for row in rows]


def my_groups(tx: Transaction) -> list[Group]:
    """Return the user's open work by when it is due: assigned to them, theirs, then what they may claim."""
    assigned, unassigned = queries.list_together(
        tx,
        TaskFilter(open=True, mine=True, limit=100),
        TaskFilter(open=True, unassigned=True, limit=100),
    )
    mine = assigned.items
    known = {row.task_id for row in mine}
    others = [row for row in unassigned.items if row.task_id not in known and reason(tx.actor, row)]
    cards = _cards(tx, [*mine, *others])
    titles = {"late": "Late", "today": "Today", "week": "This week", "later": "Later", "waiting": "Waiting"}
    found = {key: [item for item in cards if _group_of(tx.today, item.row) == key] for key in titles}
    return [Group(key, title, found[key]) for key, title in titles.items() if found[key]]


def reason(actor: Actor, task: KnownTask) -> str:
    """Return why a task is in somebody's list, in words; empty where it is not theirs."""
    if task.assignee_id is not None and task.assignee_id == actor.employee_id:
        return "assigned to you"
    if task.assignee_id is None and task.assignee_role in actor.assignee_roles and not task.assigned_to_bot:
        return f"any {str(task.assignee_role).replace('_', ' ')} may claim it"
    if task.owner_id == actor.user_id and task.bundle_id is None:
        return "you made it, and nobody is assigned"
    return ""


def _group_of(today: date, row: TaskRow) -> str:
    if row.status in (_S.WAITING, _S.DEFERRED, _S.BLOCKED, _S.HELP_NEEDED) or row.is_blocked:
        return "waiting"
    if row.is_late:
        return "late"
    if row.due_date is None:
        return "later"
    days = (row.due_date - today).days
    return "today" if days <= 0 else "week" if days <= 7 else "later"
