"""The board as it is drawn: the engine's statuses in eight columns, and where each card may be moved."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from engine.deliverables import actions
from engine.tasks import queries
from engine.tasks.filters import TaskFilter
from engine.tasks.models import TaskStatus
from engine.tasks.queries import TaskRow
from engine.transaction import Transaction
from web import cards
from web.format import at_least

_S = TaskStatus
PER_COLUMN = 20
#: As many of what matches words are counted, of a list and of a column.
MOST_COUNTED, MOST_IN_COLUMN = 500, 99
#: Key, title, statuses, and what would fill it.
_COLUMNS: tuple[tuple[str, str, tuple[TaskStatus, ...], str], ...] = (
    ("todo", "To do", (_S.PENDING, _S.QUEUED), "Nothing to begin. Start something."),
    (
        "in_progress",
        "In progress",
        (_S.IN_PROGRESS,),
        "Nobody works on anything. Start a task from the left.",
    ),
    ("waiting", "Waiting", (_S.WAITING,), "Nothing waits for somebody outside."),
    ("stuck", "Held up", (_S.HELP_NEEDED, _S.FAILED, _S.BLOCKED), "Nothing is held up."),
    ("approval", "Approval", (_S.PENDING_APPROVAL,), "Nothing waits for a decision."),
    ("deferred", "Deferred", (_S.DEFERRED,), "Nothing was put off."),
    ("done", "Done this week", (_S.COMPLETED, _S.SKIPPED), "Nothing was finished in the last seven days."),
)
#: Column -> the verb that usually leads there: of a card that it does not move, the engine says why.
_USUAL = {"todo": "put_back", "in_progress": "start", "done": "complete"}
#: What only the list shows.
_WITHOUT_COLUMN = frozenset(_S) - {status for _, _, statuses, _ in _COLUMNS for status in statuses}
#: Columns that are left out while nothing is in them.
_HIDDEN_WHEN_EMPTY = frozenset({"approval", "deferred"})


@dataclass(frozen=True)
class Card:
    """One task on the board."""

    row: TaskRow
    actions: tuple[actions.TaskAction, ...]

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
    def verb(self) -> str | None:
        """What is asked of a card that is dragged here though none of its moves leads here."""
        return _USUAL.get(self.key)

    @property
    def is_shown(self) -> bool:
        """Whether it takes room on the board."""
        return self.total > 0 or self.key not in _HIDDEN_WHEN_EMPTY

    @property
    def lanes(self) -> Iterator[tuple[str, list[Card]]]:
        """The cards in their lanes: what is not ready stands apart (CNF-46)."""
        free = [card for card in self.cards if not card.row.is_not_ready]
        held = [card for card in self.cards if card.row.is_not_ready]
        if free:
            yield "", free
        if held:
            yield "Not ready", held


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


def without_column(chosen: str) -> list[str]:
    """Return the words of the statuses that a search asks for and no column shows."""
    words = {word.strip() for word in chosen.split(",")}
    return sorted(status.word for status in _WITHOUT_COLUMN if words & {status.value, status.word.lower()})


def _cards(tx: Transaction, rows: Sequence[TaskRow]) -> list[Card]:
    """Return tasks with what the user can do with each now, decided for all of them at once."""
    allowed = actions.allowed_for(tx, rows)
    return [Card(row, tuple(allowed[row.task_id])) for row in rows]
