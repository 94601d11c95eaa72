"""The processes that do jobs: who works, since when, with which release, and who is to end.

A worker shows itself every few seconds by a ledger write. One of which nothing was seen for ``SILENT`` is
lost, as far as anybody knows; its jobs are reaped when their leases are over, and its name is free.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any, NamedTuple

from engine.errors import WorkerNameTakenError
from engine.jobs.claims import WORKERS
from engine.store import Connection, DocumentStore
from engine.store.driver import execute

#: So long after a worker was seen last it is taken for lost.
SILENT = timedelta(seconds=30)
#: So long a worker that was lost stays listed.
_LISTED = timedelta(days=1)
_MILLISECOND = timedelta(milliseconds=1)
#: Take a name that nobody has, or whose worker is lost.
_ENTER = """
INSERT INTO job_workers (name, token, release, threads, does, since, seen_at, is_draining)
VALUES (?, ?, ?, ?, ?, {clock}, {clock}, FALSE)
ON CONFLICT (name) DO UPDATE
   SET token = excluded.token, release = excluded.release, threads = excluded.threads, does = excluded.does,
       since = excluded.since, seen_at = excluded.seen_at, is_draining = FALSE
 WHERE job_workers.seen_at < {clock} - ?
RETURNING name
"""
_SHOW = "UPDATE job_workers SET seen_at = {clock} WHERE name = ? AND token = ? RETURNING is_draining"
_DRAIN = "UPDATE job_workers SET is_draining = ? WHERE name = ? AND is_draining <> ? RETURNING name"
_LEAVE = "DELETE FROM job_workers WHERE name = ? AND token = ?"
_FORGET = "DELETE FROM job_workers WHERE seen_at < {clock} - ?"
_COLUMNS = ", ".join(column.name for column in WORKERS.columns)
_LIST = f"SELECT {_COLUMNS}, {{clock}} - seen_at FROM job_workers ORDER BY name"  # noqa: S608 - constants


class Worker(NamedTuple):
    """A process that does jobs, as it showed itself; times are milliseconds since 1970."""

    name: str
    token: str
    #: The release of Workbench that it runs.
    release: str
    #: How many jobs it does at the same time.
    threads: int
    #: The names of the lanes that it begins automated work of, with commas; empty for all.
    does: str
    since: int
    seen_at: int
    #: Whether it begins nothing more until it is told to go on.
    is_draining: bool
    #: For how many milliseconds nothing was seen of it, by the database's clock.
    silent_for: int

    @property
    def is_lost(self) -> bool:
        """Whether nothing was seen of it for so long that it is taken for lost."""
        return self.silent_for > SILENT // _MILLISECOND


class Workers:
    """The workers of one store."""

    def __init__(self, database: DocumentStore) -> None:
        self._database = database

    def enter(self, name: str, token: str, *, release: str, threads: int, does: Sequence[str]) -> None:
        """Begin to work under a name, which ``token`` proves from then on.

        Raises:
            WorkerNameTakenError: a worker that is seen has it.
        """
        values = (name, token, release, threads, ",".join(does), SILENT // _MILLISECOND)
        with self._database.write() as connection:
            execute(connection, self._text(_FORGET), (_LISTED // _MILLISECOND,))
            found = execute(connection, self._text(_ENTER), values).fetchall()
        if not found:
            raise WorkerNameTakenError(
                f"A worker called {name} works already. Give this one another name: workbench worker --name "
                f"NAME. If that one was killed, its name is free {SILENT.seconds} seconds after that."
            )

    def show(self, name: str, token: str) -> bool:
        """Show that a worker lives; return whether it is to begin nothing more.

        Raises:
            WorkerNameTakenError: it was taken for lost, and another works under its name since.
        """
        with self._database.write() as connection:
            found = execute(connection, self._text(_SHOW), (name, token)).fetchall()
        if not found:
            raise WorkerNameTakenError(
                f"This worker was taken for lost, and another called {name} works since. This one begins "
                "nothing more: start it again, under a name of its own."
            )
        return bool(found[0][0])

    def leave(self, name: str, token: str) -> bool:
        """Say that a worker has ended; return whether it was listed."""
        with self._database.write() as connection:
            return execute(connection, self._text(_LEAVE), (name, token)).rowcount > 0

    def drain(self, connection: Connection, name: str, *, is_draining: bool) -> bool:
        """Let a worker begin nothing more, or go on, in somebody's transaction; False if it is so."""
        values = (is_draining, name, is_draining)
        return bool(execute(connection, self._text(_DRAIN), values).fetchall())

    def listed(self) -> list[Worker]:
        """Return the workers that work, and those that were lost lately, by name."""
        return [_worker(row) for row in self._database.run(self._text(_LIST))]

    def standing(self) -> tuple[object, ...]:
        """Return who works, who is drained and who is lost: it is another once any of that is; one statement.

        Workers come, go and are lost without an event.
        """
        return tuple((one.name, one.since, one.is_draining, one.is_lost) for one in self.listed())

    def _text(self, statement: str) -> str:
        dialect = self._database.dialect
        return statement.replace("?", dialect.mark).replace("{clock}", dialect.clock)


def _worker(row: Sequence[Any]) -> Worker:
    worker = Worker(*row)
    return worker._replace(is_draining=bool(worker.is_draining))
