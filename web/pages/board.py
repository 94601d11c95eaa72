"""The board as it is drawn: the engine's statuses in eight columns, and where each card may be moved."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from engine.access import Actor
from engine.deliverables import actions
from engine.tasks import queries, visibility, waiting
from engine.tasks.dates import due_for
from engine.tasks.filters import TaskFilter
from engine.tasks.known import KnownTask
from engine.tasks.models import TaskStatus
from engine.tasks.queries import TaskRow
from engine.transaction import Transaction
from web import cards
from web.format import at_least

_S = TaskStatus
PER_COLUMN = 20
#: As many of what matches words are counted, of a list and of a column.
MOST_COUNTED, MOST_IN_COLUMN = 500, 99
#: As much as somebody's work list shows of what is assigned to them, and of what nobody has.
MOST_MINE = 100
_GROUPS = {"late": "Late", "today": "Today", "week": "This week", "later": "Later", "waiting": "Waiting"}
#: For an answer, a decision or a day; on the day of its follow-up, or to which it was put off, it is back.
_NOT_TO_MOVE = (_S.WAITING, _S.DEFERRED, _S.BLOCKED, _S.HELP_NEEDED, _S.PENDING_APPROVAL)
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
        """Column -> the verb that moves there, or the form that it takes."""
        return cards.moves(self.actions, self.row.status is _S.DEFERRED)


@dataclass(frozen=True)
class BoardColumn:
    """One column: what is in it, how much of it is shown."""

    key: str
    title: str
    statuses: tuple[TaskStatus, ...]
    total: int
    #: False where there are ``total`` at least.
    is_exact: bool
    cards: list[Card]
    nothing: str

    @property
    def number(self) -> str:
        """How many there are: ``1,234``, or ``500+``."""
        return at_least(self.total, is_exact=self.is_exact)

    @property
    def is_shown(self) -> bool:
        """Whether it takes room on the board."""
        return self.total > 0 or self.key not in _HIDDEN_WHEN_EMPTY

    @property
    def lanes(self) -> Iterator[tuple[str, list[Card]]]:
        """The cards in their lanes: what waits for another task stands apart (CNF-46)."""
        held = [card for card in self.cards if card.row.is_blocked] if self.key == "stuck" else []
        free = [card for card in self.cards if not (self.key == "stuck" and card.row.is_blocked)]
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
    found = queries.board(tx, wanted, PER_COLUMN, counted=MOST_IN_COLUMN)
    by_status = {column.status: column for column in found}
    # A search for a status leaves the others out.
    lanes = {
        key: [by_status[status] for status in statuses if status in by_status]
        for key, _, statuses, _ in _COLUMNS
    }
    shown = {key: [row for lane in lanes[key] for row in lane.cards][:PER_COLUMN] for key in lanes}
    made = iter(_cards(tx, [row for rows in shown.values() for row in rows]))
    return [
        BoardColumn(
            key,
            title,
            statuses,
            sum(lane.total for lane in lanes[key]),
            all(lane.is_exact for lane in lanes[key]),
            [next(made) for _ in shown[key]],
            nothing,
        )
        for key, title, statuses, nothing in _COLUMNS
    ]


def _cards(tx: Transaction, rows: Sequence[TaskRow]) -> list[Card]:
    """Return tasks with what the user can do with each now, decided for all of them at once."""
    allowed = actions.allowed_for(tx, rows)
    actor = tx.actor
    return [Card(row, tuple(allowed[row.task_id]), reason(actor, row)) for row in rows]


def changeable(tx: Transaction, rows: Iterable[TaskRow]) -> frozenset[str]:
    """Return the ids of the tasks of which the user may change person, day and priority."""
    return frozenset(row.task_id for row in rows if not row.is_terminal and visibility.works(tx, row))


def my_groups(tx: Transaction) -> list[Group]:
    """Return the user's open work by when it is due: assigned to them, theirs, then what they may claim."""
    found: dict[str, list[Card]] = {key: [] for key in _GROUPS}
    for card in _cards(tx, queries.mine(tx, MOST_MINE)):
        found[_group_of(tx, card.row)].append(card)
    return [Group(key, title, found[key]) for key, title in _GROUPS.items() if found[key]]


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
