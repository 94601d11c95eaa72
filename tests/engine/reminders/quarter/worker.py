"""A scheduler: its clock puts the regular work, and it does what there is, until it is killed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from sqlalchemy import event

from engine.access import Actor
from engine.app import Workbench
from engine.jobs.context import Context
from engine.jobs.embedded import EmbeddedEngine
from engine.jobs.port import Kind, Kinds
from engine.jobs.ticking import Ticker
from engine.reminders import jobs as reminding
from engine.schedules import jobs as starting
from engine.transaction import Transaction
from tests.engine.reminders.quarter.house import ZONE
from tests.engine.reminders.quarter.watcher import Look, Watcher

#: Where a worker dies: at a statement, when it commits, or once it has and before it notes how far it is.
PLACES = ("statement", "commit", "after")


class KilledError(BaseException):
    """A worker is gone: nothing that it was about to do happens, and nobody handles it."""


class Worker:
    """One of them; for the handlers of its jobs it stands for the workbench."""

    def __init__(self, workbench: Workbench, watcher: Watcher, name: str) -> None:
        self.workbench, self.watcher, self.name = workbench, watcher, name
        #: Where it dies, and at the how manieth; 0: it lives.
        self.dies_where, self.dies_in = PLACES[0], 0
        #: What others do before one of its transactions, and before which.
        self.meanwhile: Callable[[], None] | None = None
        self.meanwhile_in = 0
        self._look: Look | None = None
        system = workbench.system_actor()
        remind = reminding.reminding(self, system)
        kinds = [starting.starting(self, system), Kind(name=remind.name, handle=self._watched(remind.handle))]
        # The lease is over at once: whoever looks next takes the work of one who is dead, or only slow.
        self.engine = EmbeddedEngine(
            workbench.database, Kinds(kinds), workbench.clock, workbench.ids, lease=-timedelta(minutes=1)
        )
        self._ticker = Ticker(
            self.engine,
            self.engine.claims,
            [starting.START_SCHEDULED, reminding.REMIND],
            clock=workbench.clock,
            zone=ZONE,
            since=workbench.workspace.created_at,
            holder=name,
            transaction=lambda: workbench.transaction(system),
        )

    def __getattr__(self, name: str) -> Any:
        """Offer whatever else handlers ask of a workbench."""
        return getattr(self.workbench, name)

    def look(self) -> None:
        """Do what is due."""
        self.engine.claims.reap()
        self._ticker.tick()
        self._ticker.stop()
        while self.engine.do_one(self.name):
            pass

    def _watched(self, handle: Callable[[Context], Any]) -> Callable[[Context], Any]:
        def watched(context: Context) -> Any:
            self._look = self.watcher.begin_look()
            said = handle(context)
            self._look.ended = self.watcher.position()
            return said

        return watched

    @contextmanager
    def transaction(self, actor: Actor) -> Iterator[Transaction]:
        """Open one of the workbench's, in which, or right after which, this worker may die."""
        self.meanwhile_in -= 1
        if self.meanwhile is not None and self.meanwhile_in <= 0:
            others, self.meanwhile = self.meanwhile, None
            others()
        with self.workbench.transaction(actor) as tx:
            if self.dies_in:
                event.listen(tx.connection, "before_cursor_execute", lambda *_: self._come_by("statement"))
                event.listen(tx.connection, "commit", lambda _: self._come_by("commit"))
            yield tx
        self.watcher.note(look=self._look)
        self._come_by("after")

    def _come_by(self, place: str) -> None:
        if self.dies_in and self.dies_where == place:
            self.dies_in -= 1
            if not self.dies_in:
                raise KilledError
