"""A small workspace that reminds: tasks with dates, ticks when a test says so, and the ledger as a list."""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from engine.accounts.actors import system
from engine.bundles import wiring as bundles
from engine.catalog.reminder_rules import WorkspaceReminders
from engine.reminders.models import Reminder
from engine.reminders.tick import tick
from engine.tasks import moves
from engine.tasks.models import Task, TaskStatus
from engine.tasks.moves import MoveRequest
from engine.transaction import Transaction
from engine.watching import wiring as watching
from tests.engine.conftest import Bench

#: A Monday, at nine.
MONDAY = datetime(2026, 11, 30, 9, 0, tzinfo=UTC)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


class Office:
    """A bench that reminds, from a Monday at nine on."""

    def __init__(self, bench: Bench, **workspace: Any) -> None:
        self.bench = bench
        bench.settings = replace(bench.settings, reminders=True)
        for area in (bundles, watching):
            area.register(bench.wiring)
        bench.actors = {**bench.actors, "tick": system(bench.workspace_id)}
        self.says(**workspace)
        bench.clock.set(MONDAY)
        self.tick()

    def says(self, **workspace: Any) -> None:
        """Let the workspace's file say this."""
        given = WorkspaceReminders.model_validate({"key": "workspace", **workspace})
        self.bench.content = replace(self.bench.content, reminders=given)

    def open(self) -> AbstractContextManager[Transaction]:
        return self.bench.writing("tick")

    def tick(self, moment: str | None = None) -> str:
        """Let a worker look now, or at a moment."""
        if moment is not None:
            self.bench.clock.set(at(moment))
        return tick(self.open, self.bench.content)

    def task(self, *, due: str | None = None, to: str | None = "ana", **fields: Any) -> str:
        """Make a task that is due on a day at its end, 23:59:59 in UTC."""
        given = {"due_date": due, "assignee": to, **fields}
        return self.bench.make("mara", **{name: value for name, value in given.items() if value})

    def move(self, task_id: str, status: TaskStatus, **fields: Any) -> None:
        """Move a task as a manager would."""
        with self.bench.writing("mara") as tx:
            moves.move(tx, tx.get(Task, task_id), status, MoveRequest(**fields))

    def ledger(self, **where: Any) -> list[Reminder]:
        with self.bench.reading() as tx:
            return tx.find(Reminder, order_by=("send_at", "reminder_id"), **where)

    def told(self, **where: Any) -> list[tuple[str, str, str, str]]:
        """Return when, what, whom and what became of it."""
        names = {actor.user_id: name for name, actor in self.bench.actors.items()}
        return [
            (
                f"{one.send_at:%m-%d %H:%M}",
                one.type.value,
                names.get(one.user_id or "", "nobody"),
                one.state.value,
            )
            for one in self.ledger(**where)
        ]
