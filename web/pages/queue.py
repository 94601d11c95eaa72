"""The queue of automated tasks, as its page shows it, and what may be done about it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from engine.access import Permission, may, require
from engine.catalog.executors import SCHEMAS
from engine.executions import queue
from engine.executions.queue import ExecutorLine, Line, Queue, Which
from engine.jobs.workers import Worker
from engine.transaction import Transaction
from web.format import at_least
from web.pagination import Pages

#: What the page's address says of what is shown.
ASKED = ("filter", "executor", "offset")
#: Word, tone and mark of how a line stands.
_CHIPS = {
    Which.RUNNING: ("runs", "info", "▶"),
    Which.PENDING: ("waits", "quiet", "…"),
    Which.SCHEDULED: ("planned", "quiet", "◷"),
}


@dataclass(frozen=True, kw_only=True)
class QueuePage:
    """The queue, and what of it is shown."""

    found: Queue
    which: Which
    executor: str
    pages: Pages
    #: Whether the reader may hold it back.
    may_hold: bool
    #: Whether they are told of the workers.
    sees_workers: bool

    def chip(self, one: Line) -> tuple[str, str, str]:
        """How a line stands: word, tone and mark."""
        return _CHIPS[one.state]

    def state_of(self, worker: Worker) -> tuple[str, str, str]:
        """How a worker stands: word, tone and mark."""
        if worker.is_lost:
            return "lost", "bad", "!"
        return ("begins nothing more", "warn", "–") if worker.is_draining else ("works", "good", "✓")

    def number(self, which: Which) -> str:
        """How many there are of these."""
        return _number(self.found.counts[which])

    def pending_of(self, one: ExecutorLine) -> str:
        """How many wait for an executor."""
        return _number(one.pending)

    def can_be_moved_up(self, one: Line) -> bool:
        """Whether the reader may let it be begun next."""
        return self.may_hold and one.state is Which.PENDING and one.position != 1

    @property
    def kept(self) -> dict[str, str | int | None]:
        """What the address of a form says, so that what is shown after it is what was."""
        shown = None if self.which is Which.ALL else self.which.value
        return dict(zip(ASKED, (shown, self.executor or None, self.pages.offset or None), strict=True))

    @property
    def names(self) -> Sequence[str]:
        """The executors that there are."""
        return [one.name for one in self.found.executors]


def load(tx: Transaction, which: str, executor: str, offset: int) -> QueuePage:
    """Return the page of what is asked for; words that say nothing ask for everything.

    Raises:
        ForbiddenError: the actor is not of the team.
    """
    require(tx.actor, Permission.SEE_OWN_WORK, "see the queue")
    asked = Which(which) if which in set(Which) else Which.ALL
    named = executor if executor in SCHEMAS else ""
    found = queue.read(tx, asked, executor=named or None, offset=offset)
    shown = found.counts if asked is Which.ALL else {asked: found.counts[asked]}
    is_exact = all(count <= queue.COUNTED for count in shown.values())
    return QueuePage(
        found=found,
        which=asked,
        executor=named,
        pages=Pages(sum(shown.values()), queue.DEFAULT, offset, is_exact=is_exact),
        may_hold=may(tx.actor, Permission.WORK_ALL),
        sees_workers=tx.actor.sees_everything,
    )


def _number(count: int) -> str:
    return at_least(min(count, queue.COUNTED), is_exact=count <= queue.COUNTED)
