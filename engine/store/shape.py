"""Brings a store to the shape that this program declares: made, upgraded step by step, or refused."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy
from sqlalchemy import URL, Connection

from engine.errors import ConflictError, UnavailableError
from engine.store.backups import back_up
from engine.store.catalogue import Catalogue
from engine.store.dialects import Dialect
from engine.store.failures import shown
from engine.store.migrations import (
    INITIAL,
    MIGRATIONS_TABLE,
    Migration,
    apply_step,
    create_store,
    refuse_others,
    require_whole,
    stored_version,
)
from engine.store.transactions import Transactions
from engine.store.versions import Versions, too_old

#: How often a step is tried that the database gave up because readers and it waited for one another.
_ATTEMPTS = 5


class Shape:
    """The tables and the version of one store, as they are and as this program wants them."""

    def __init__(
        self,
        address: URL,
        transactions: Transactions,
        dialect: Dialect,
        catalogue: Catalogue,
        migrations: Sequence[Migration],
    ) -> None:
        self._address, self._dialect = address, dialect
        self._transactions, self._catalogue = transactions, catalogue
        self._steps = (INITIAL, *migrations)
        self._url = shown(address)
        self.versions = Versions(self._steps, self._url)
        #: What was migrated when the store was opened, in words, and the copy that was made before.
        self.migrated: list[str] = []
        self.backup: Path | None = None

    def prepare(self, *, migrate: bool, make: bool) -> None:
        """Create, check or migrate the store, then make the declared tables it lacks.

        Raises:
            StoreVersionError: it is too new, or older and ``migrate`` is false.
            ConflictError: it is not there, and ``make`` is false.
        """
        with self._transactions.read() as connection:
            there = sqlalchemy.inspect(connection).get_table_names()
            exists = MIGRATIONS_TABLE.name in there
            version = require_whole(connection, self._url, there) if exists else None
            if not exists and not make:
                refuse_others(connection, self._url)
                raise ConflictError(
                    f"There is no store in {self._url}. `workbench serve` makes a new one there, and "
                    "`workbench restore` brings back an export; or name another database. Nothing was made."
                )
        if not exists:
            self._create()
        if self._catalogue.is_declared:
            self._bring_up_to_date(version, migrate=migrate)
            self._transactions.check_version = self.versions.check

    def upgrade(self) -> list[str]:
        """Apply the migrations that the store lacks, each in its own transaction; return what was done.

        Whatever interrupts it, the steps before are applied and recorded, and the next call goes on from
        there. Before the first one, SQLite's file is copied as it is then.
        """
        return [f"{step.version}: {step.description}" for step in self._steps if self._applied(step)]

    def look_again(self) -> bool:
        """Look at the version; return whether the store is ahead of this program.

        Raises:
            StoreVersionError: it is none that this program can work with any more.
        """
        # Beside a snapshot that may have begun before the upgrade, unless there is no other connection.
        in_memory = self._transactions.in_memory
        with self._transactions.read() if in_memory else self._transactions.read_fresh() as connection:
            self.versions.look(connection)
        return self.versions.is_ahead

    # --- inside ----------------------------------------------------------------------------------

    def _create(self) -> None:
        with self._transactions.write() as connection:
            self._dialect.lock_creation(connection)
            if not sqlalchemy.inspect(connection).has_table(MIGRATIONS_TABLE.name):
                refuse_others(connection, self._url)
                create_store(connection, self._steps)
                self._catalogue.declare(connection)

    def _bring_up_to_date(self, version: int | None, *, migrate: bool) -> None:
        """Bring a store of this version up to date; None: it was made just now, here or elsewhere."""
        if version is not None and version < self.versions.known:
            if not migrate:
                raise too_old(self._url, version, self.versions.known)
            self.migrated = self.upgrade()
        with self._transactions.read() as connection:
            self.versions.look(connection)
            if self.versions.is_ahead:
                self._catalogue.refuse_uncovered(connection)
                return
            is_complete = self._catalogue.is_complete(connection)
        if not is_complete:
            with self._alone() as connection:
                self._catalogue.declare(connection)

    def _applied(self, step: Migration) -> bool:
        """Apply a step unless the store has it; say whether it was."""
        for attempt in range(1, _ATTEMPTS + 1):
            try:
                return self._apply(step)
            except UnavailableError as error:
                # Readers go on meanwhile: where one and the step wait for each other, one of them gives way.
                if attempt == _ATTEMPTS or not self._dialect.is_deadlock(error):
                    raise
        return False

    def _apply(self, step: Migration) -> bool:
        with self._alone() as connection:
            version = stored_version(connection)
            if step.version <= version:
                return False
            copy = None if self.backup is not None else back_up(self._address, version)
            try:
                apply_step(connection, step)
            except BaseException:
                if copy is not None:  # nothing was changed: a copy for each attempt would fill the disk
                    copy.unlink(missing_ok=True)
                raise
            self.backup = self.backup or copy
        return True

    @contextmanager
    def _alone(self) -> Iterator[Connection]:
        """Open a write transaction in which no other process writes or makes tables."""
        with self._transactions.write() as connection:
            self._dialect.lock_creation(connection)
            self._dialect.lock_shape(connection, MIGRATIONS_TABLE.name)
            yield connection
