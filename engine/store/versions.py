"""Whether this program may work with a store: of its own version, or one ahead with the door left open."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from sqlalchemy import Connection, select

from engine.errors import StoreVersionError
from engine.store.migrations import MIGRATIONS_TABLE, Migration, stored_version

_log = logging.getLogger(__name__)
#: How many versions a store may be ahead of the program.
_AHEAD = 1


class Versions:
    """The version of one store as it was last seen, beside the one that this program knows.

    A newer release may upgrade the store while this program runs, so every write looks again; that is one
    read of one row.
    """

    def __init__(self, steps: Sequence[Migration], url: str) -> None:
        self.known = steps[-1].version
        self._url = url
        self._stored = self.known
        #: The version that was refused, as the log knows.
        self._refused: int | None = None

    @property
    def is_ahead(self) -> bool:
        """Whether the store was one version ahead of this program when it was last looked at."""
        return self._stored > self.known

    def look(self, connection: Connection) -> None:
        """Look again at the store's version.

        Raises:
            StoreVersionError: it is not one that this program may work with; says what to do.
        """
        self.check(connection, stored_version(connection))

    def check(self, connection: Connection, version: int) -> None:
        """Judge the version that was just read.

        Raises:
            StoreVersionError: as ``look``.
        """
        if version == self._stored:
            return
        try:
            self._judge(connection, version)
        except StoreVersionError as error:
            if version != self._refused:  # once, however many requests are refused (G8)
                _log.error("%s", error.message)
            self._refused = version
            raise
        self._stored = version

    def _judge(self, connection: Connection, version: int) -> None:
        if version < self.known:
            raise too_old(self._url, version, self.known)
        if version > self.known + _AHEAD:
            raise StoreVersionError(
                f"The store at {self._url} has version {version}; this program knows versions up to "
                f"{self.known} and works with stores up to {self.known + _AHEAD}. Use the newer program that "
                "upgraded it, or restore the backup made before that. Nothing was changed."
            )
        table = MIGRATIONS_TABLE.c
        for step in connection.execute(select(MIGRATIONS_TABLE).where(table.version > self.known)):
            if step.oldest_version is not None and step.oldest_version > self.known:
                newer = f"release {step.release}" if step.release else "the newer program"
                raise StoreVersionError(
                    f"The store at {self._url} has version {version}, and its step {step.version} "
                    f"({step.description}) took away what this program, of version {self.known}, needs. Use "
                    f"{newer} or a later one, or restore the backup made before the upgrade. Nothing was "
                    "changed.",
                    public="The store was upgraded, and this program cannot work with it any more. Use "
                    f"{newer} or a later one. Nothing was changed.",
                )


def too_old(url: str, version: int, known: int) -> StoreVersionError:
    """Make the error that says a store has to be upgraded first."""
    return StoreVersionError(
        f"The store at {url} has version {version}; this program needs {known}. Make a backup, then run "
        "`workbench upgrade`. Nothing was changed."
    )
