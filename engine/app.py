"""Workbench: one running engine. Builds the store, the catalog, the clock and the blobs once.

The edge (board, command line, jobs) holds one ``Workbench`` and does everything through
``with workbench.transaction(actor) as tx``: one use case, one transaction.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING

from engine.access import Actor
from engine.accounts import actors, bootstrap
from engine.accounts.models import User, Workspace
from engine.artifacts import shared_folder
from engine.artifacts.blobs import blobs_of
from engine.changes.arrivals import Arrivals
from engine.clock import Clock, HindsightClock, SystemClock, not_before, to_text
from engine.config import PROCRASTINATE, Settings
from engine.errors import UnauthorizedError
from engine.fulltext import FileText
from engine.ids import IdSource
from engine.ledger import Ledger
from engine.loading import load
from engine.store import Connection
from engine.throttle import SignInThrottle
from engine.transaction import Transaction
from engine.upgrades import open_store, require_database_of
from engine.wiring import Dice, Wiring, roll

if TYPE_CHECKING:
    from engine.artifacts.link_copies import LinkCopier, LinkCopy
    from engine.catalog.catalog import Catalog
    from engine.catalog.content import Content
    from engine.changes.feed import Feed

_log = logging.getLogger(__name__)
#: As far may the clocks of several machines be apart without a word.
BEHIND = timedelta(minutes=1)


def clock_is_behind(clock: datetime, latest: str) -> str:
    """Say what happens by a clock that is behind the latest recorded time, and what to do."""
    return (
        f"This machine's clock says {to_text(clock)}, but {latest} is recorded already. What is done now is "
        "recorded with the first milliseconds after that, in its order, until the clock has caught up; what "
        "is due or late goes by the clock. If the clock is wrong, set it. If the recorded time is, see "
        "“When something is wrong” in web/RUNBOOK.md."
    )


class Workbench:
    """A running engine over one store and one content folder; safe to share between threads."""

    def __init__(
        self,
        settings: Settings,
        *,
        clock: Clock | None = None,
        ids: IdSource | None = None,
        catalog: Catalog | None = None,
        dice: Dice | None = None,
        migrate: bool = False,
        make: bool = True,
    ) -> None:
        """Open the store and the content, unless a ``catalog`` is shared.

        A store that is not there is made, unless ``make`` is false.

        Raises:
            StoreVersionError: the store is of a newer version, or of an older one without ``migrate``.
            UnavailableError: the database cannot be reached, or its disk is full or read-only.
            ConflictError: it is not there, of something else, or lost while uploads are still there (S24).
        """
        self.settings = settings
        self.clock: Clock = clock or SystemClock()
        self.ids = ids or IdSource()
        require_database_of(settings)
        self.database = open_store(settings.database, migrate=migrate, make=make)
        if settings.jobs == PROCRASTINATE:
            self._prepare_delivery(migrate=migrate)
        if catalog is not None:
            self.catalog = catalog
        self.blobs = blobs_of(settings, self._check_blob_folder)
        self.arrivals = Arrivals(self.database)
        if self.database.migrated:
            from engine import indexing  # noqa: PLC0415 - a store is upgraded once

            indexing.rebuild(self.database, self.blobs)
        self.sign_in_throttle = SignInThrottle(self.database.tries)
        self.dice: Dice = dice or roll
        #: The latest time that is recorded, as far as this process has seen.
        self._latest = ""
        self._told_of_clock = False
        self._zone = settings.timezone
        try:
            self.workspace = self._default_workspace()
        except BaseException:
            self.close()
            raise
        self._zone = self.workspace.timezone

    @cached_property
    def catalog(self) -> Catalog:
        """The content folder, looked into on first use."""
        from engine.catalog.catalog import Catalog  # noqa: PLC0415 - a list of tasks is shown without Git

        folder, ref = self.settings.content_place
        return Catalog(folder, ref=ref, worktree=self.settings.worktree)

    @cached_property
    def changes(self) -> Feed:
        """The change feed of the store; asked for the first time in no block that reads."""
        from engine.changes.feed import Feed  # noqa: PLC0415 - few follow it

        return Feed(self.database)

    @cached_property
    def _wiring(self) -> Wiring:
        from engine.areas import join  # noqa: PLC0415 - a list of tasks is shown without what follows moves

        wiring = join()
        wiring.roll = self._roll
        return wiring

    @cached_property
    def _link_copier(self) -> LinkCopier:
        from engine.artifacts.link_copies import LinkCopier  # noqa: PLC0415 - few ever fetch an address

        settings = self.settings
        return LinkCopier(
            self.blobs, max_bytes=settings.max_upload_bytes, private_links=settings.private_links
        )

    def content(self) -> Content:
        """Return the current templates, types and docs; read again when the commit has changed."""
        return self.catalog.content()

    def content_token(self) -> str:
        """Give a short text that is another one whenever ``content`` is, in every process the same."""
        return self.catalog.token()

    @contextmanager
    def transaction(self, actor: Actor) -> Iterator[Transaction]:
        """Open one unit of work for ``actor``; commits on leaving, rolls back on any error.

        There is no second one inside it: that would not see what the first has not written yet, and its
        ``after_commit`` would run before anything is committed.

        Raises:
            RuntimeError: this thread has a transaction open already; use that one.
        """
        if self.database.current_write is not None:
            raise RuntimeError("this thread has a transaction open already; go on with that one")
        with self.database.write(lock=actor.workspace_id) as connection:
            tx = self._transaction(actor, connection, writes=True)
            yield tx
            tx.finish()
        if tx.told:
            self.arrivals.note(tx.workspace_id, tx.told[-1].seq)
        tx.committed()

    @contextmanager
    def reading(self, actor: Actor) -> Iterator[Transaction]:
        """Open a snapshot to read from; nothing can be written through it.

        Inside a block that reads already it is that snapshot, and what the actor found in it is known.
        """
        with self.database.read() as connection:
            readers: dict[Actor, Transaction] = self.database.kept
            if actor not in readers or self.database.is_writing:  # what is written meanwhile is to be found
                readers[actor] = self._transaction(actor, connection, writes=False)
            yield readers[actor]

    def ledger(self, actor: Actor) -> Ledger:
        """Give the ledger writes of ``actor``: single statements without event and lock."""
        return Ledger(self.database, actor, not_before(self.clock.now(), self._latest))

    def copy_of(self, address: str | None) -> LinkCopy | None:
        """Fetch what an outside address serves now; None where there is none, or nothing is to be copied."""
        return self._link_copier.copy(address) if address and self.settings.copy_links else None

    def system_actor(self) -> Actor:
        """Return the system itself, for set-up steps and jobs."""
        return actors.system(self.workspace.workspace_id)

    def operator(self) -> Actor:
        """Return the local operator, admin of the default workspace."""
        return self.actor_by_email(bootstrap.OPERATOR_EMAIL)

    def actor_by_email(self, email: str) -> Actor:
        """Return the actor of a user of the default workspace.

        Raises:
            UnauthorizedError: nobody active has this address.
        """
        with self.reading(self.system_actor()) as tx:
            user = tx.find_one(User, email=email.strip().lower())
            return self._actor(
                tx, user, f"No active user has the e-mail {email}. Add one: workbench user add."
            )

    def actor_for(self, user_id: str) -> Actor:
        """Return the actor of a signed-in user.

        Raises:
            UnauthorizedError: the user is gone or not active any more.
        """
        with self.reading(self.system_actor()) as tx:
            actor = actors.find_active(tx, user_id)
        if actor is None:
            raise UnauthorizedError("Your account is not active any more. Ask an admin.")
        return actor

    def claim_blob_folder(self) -> None:
        """Make the folder of files the one of this store, for all servers that share it.

        Raises:
            UnavailableError: the store's files lie in another folder; says what to do.
        """
        with self.transaction(self.system_actor()) as tx:
            shared_folder.claim(tx, self.blobs)
        self.blobs.permit()

    def close(self) -> None:
        """Give back the connections."""
        self.database.close()

    # -- inside --------------------------------------------------------------------------

    def _actor(self, tx: Transaction, user: User | None, otherwise: str) -> Actor:
        if user is None or not user.is_active:
            raise UnauthorizedError(otherwise)
        return actors.actor_of(tx, user)

    def _prepare_delivery(self, *, migrate: bool) -> None:
        from engine.jobs import delivery  # noqa: PLC0415 - few deliver by it

        try:
            delivery.prepare(self.database, migrate=migrate)
        except BaseException:
            self.close()
            raise

    def _check_blob_folder(self) -> None:
        if self.database.dialect.is_shared:
            shared_folder.check(self.database, self.blobs)

    def _roll(self, sides: int) -> int:
        """Ask the current die: the demo sets its own for a while."""
        return self.dice(sides)

    def _default_workspace(self) -> Workspace:
        """Return the default workspace, adding it to a store that has none."""
        found = self._find_default_workspace()
        if found is not None:
            return found
        with self.database.write(lock="workspaces") as connection:
            again = self._find_default_workspace()  # another process may have been faster
            if again is not None:
                return again
            actor = actors.system(self.ids.new(Workspace.spec.prefix, self.clock.now()))
            tx = self._transaction(actor, connection, writes=True)
            workspace = bootstrap.add_default_workspace(tx)
            tx.finish()
            return workspace

    def _find_default_workspace(self) -> Workspace | None:
        table = self.database.table(Workspace.spec.table)
        rows = table.select_rows({"key": bootstrap.DEFAULT_WORKSPACE}, limit=1)
        return load(Workspace, rows[0], self.database) if rows else None

    def _transaction(self, actor: Actor, connection: Connection, *, writes: bool) -> Transaction:
        clock = self.clock.now()
        return Transaction(
            database=self.database,
            connection=connection,
            actor=actor,
            now=self._recorded_time(actor, clock) if writes else clock,
            wall_clock=clock,
            ids=self.ids,
            wiring=lambda: self._wiring,
            settings=self.settings,
            timezone=self._zone,
            writes=writes,
            text_of=self._text_of,
        )

    def _text_of(self, sha256: str, content_type: str | None) -> FileText:
        from engine.artifacts import texts  # noqa: PLC0415 - a list of tasks is shown without any file

        return texts.read(self.blobs, sha256, content_type)

    def _recorded_time(self, actor: Actor, clock: datetime) -> datetime:
        """Give the time that a transaction records: the clock's, unless it was set back (S10)."""
        if isinstance(self.clock, HindsightClock):
            return clock
        self._latest = self.database.held_head(actor.workspace_id).latest
        now = not_before(clock, self._latest)
        if now - clock > BEHIND and not self._told_of_clock:
            self._told_of_clock = True
            _log.warning("%s", clock_is_behind(clock, self._latest))
        return now
