"""What upgrading a store would do, found out without changing anything."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy
from sqlalchemy import URL, Connection

from engine.store import timeouts
from engine.store.backups import backup_pattern
from engine.store.catalogue import Catalogue
from engine.store.connections import file_of, is_in_memory, open_to_look, parse_url
from engine.store.dialects import dialect_of
from engine.store.failures import shown
from engine.store.migrations import (
    INITIAL,
    MIGRATIONS_TABLE,
    Migration,
    refuse_others,
    require_whole,
)
from engine.store.schema import TableSpec
from engine.store.versions import Versions


@dataclass(frozen=True)
class Plan:
    """The steps that a store lacks, and what goes with them."""

    #: Without its password.
    url: str
    #: The store's version now; None where there is no store yet, and opening it makes one.
    version: int | None
    #: The version that this program knows.
    known: int
    #: What an upgrade would apply, oldest first.
    steps: tuple[Migration, ...]
    #: The copy that would be made before, with ``<time>`` in its name; None where the operator makes it.
    backup: str | None

    @property
    def needs_backup_by_hand(self) -> bool:
        """Whether the store has steps before it, and is none that is copied here."""
        return bool(self.steps) and self.backup is None

    @property
    def older_may_go_on(self) -> bool:
        """Whether programs that work with the store now may go on while it is upgraded, and after."""
        return len(self.steps) <= 1 and not any(step.closes_door for step in self.steps)

    def as_dict(self) -> dict[str, Any]:
        """Give it for ``--json``."""
        return {
            "schema_version": self.version,
            "target_version": max(self.known, self.version or 0),
            "steps": [
                {"version": step.version, "description": step.description, "release": step.release or None}
                for step in self.steps
            ],
            "backup": self.backup,
            "backup_by_hand": self.needs_backup_by_hand,
            "older_servers_may_go_on": self.older_may_go_on,
        }


def plan(
    url: str,
    migrations: Sequence[Migration],
    patience_seconds: float = timeouts.LOCK_SECONDS,
    tables: Sequence[TableSpec] = (),
) -> Plan:
    """Look at a store that is to have these ``tables``; nothing is made or changed, a missing store included.

    Raises:
        StoreVersionError: the store is too new for this program; or it has all steps, and other columns than
            ``tables``: an upgrade would refuse it.
        UnavailableError: it cannot be opened.
        BadRequestError: the URL is not understood.
    """
    address, steps = parse_url(url), (INITIAL, *migrations)
    told = shown(address)
    version = _version_at(address, Versions(steps, told), patience_seconds, tables)
    lacking = () if version is None else tuple(step for step in steps if step.version > version)
    return Plan(
        url=told,
        version=version,
        known=steps[-1].version,
        steps=lacking,
        backup=backup_pattern(address, version) if version is not None and lacking else None,
    )


def _version_at(
    address: URL, versions: Versions, patience_seconds: float, tables: Sequence[TableSpec]
) -> int | None:
    file = file_of(address)
    if is_in_memory(address) or (file is not None and not file.exists()):
        return None
    engine = open_to_look(address, patience_seconds)
    try:
        with engine.connect() as connection:
            version = _version_in(connection, versions, address.render_as_string(hide_password=True))
            if version == versions.known:
                Catalogue(dialect_of(connection), tables).refuse_other_columns(connection)
            return version
    finally:
        engine.dispose()


def _version_in(connection: Connection, versions: Versions, shown: str) -> int | None:
    there = sqlalchemy.inspect(connection).get_table_names()
    if MIGRATIONS_TABLE.name not in there:
        refuse_others(connection, shown)
        return None
    version = require_whole(connection, shown, there)
    if version > versions.known:
        versions.check(connection, version)
    return version
