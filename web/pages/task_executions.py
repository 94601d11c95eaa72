"""The attempts at an automated task, as its page shows them, and what may be done about them now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from engine.access import is_agent
from engine.executions import queue, service, tracking
from engine.executions.models import Execution
from engine.tasks import visibility
from engine.tasks.models import Task
from engine.transaction import Transaction
from web.pages.task_settings import Setting, plain_settings

#: So many are shown; all are in the API.
MOST = 20


@dataclass(frozen=True, kw_only=True)
class Executions:
    """The attempts at a task, the newest first."""

    attempts: Sequence[Execution]
    #: Whether the user may do anything about them.
    may_work: bool
    #: Whether the user is a person: no program says how something ended of which nobody knows (D9).
    is_person: bool
    #: Why it cannot be run now, in words; None where it can.
    refusal: str | None
    #: Why the last one has not begun, in words; None where it does not wait.
    waits: str | None
    #: What would happen if it were run, a sentence each.
    would_do: Sequence[str]

    @property
    def may_run(self) -> bool:
        """Whether the user can run it now."""
        return self.may_work and self.refusal is None

    @property
    def in_doubt(self) -> Execution | None:
        """The attempt of which the user has to say how it ended; None where there is none."""
        return next((one for one in self.attempts if self.may_settle(one)), None)

    def output_of(self, one: Execution) -> list[Setting]:
        """Return what came out of an attempt, by name; whom it told, its summary names."""
        tells = one.executor in ("notification", "reminder")
        return plain_settings({k: v for k, v in (one.output or {}).items() if not (tells and k == "told")})

    def may_cancel(self, one: Execution) -> bool:
        """Whether an attempt can be called off, and nobody has done so."""
        return self.may_work and one.is_live and one.cancel_asked_at is None

    def may_settle(self, one: Execution) -> bool:
        """Whether the user is one of those who have to say how it ended."""
        return self.may_work and self.is_person and one.is_in_doubt


def read(tx: Transaction, task: Task) -> Executions | None:
    """Return the attempts at a task; None where people do it and always did."""
    if task.execution_type is None:
        return None
    attempts = service.of_task(tx, task, MOST)
    return Executions(
        attempts=attempts,
        waits=queue.why_waiting(tx, attempts[0]) if attempts else None,
        may_work=visibility.works(tx, task),
        is_person=not is_agent(tx.actor),
        refusal=tracking.why_not_run(tx, task),
        would_do=tracking.would_do(task),
    )
