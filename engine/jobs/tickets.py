"""Tickets: jobs of Procrastinate, by which workers of all machines hear that there is something to do.

A ticket names a job of the ledger and does nothing else: which job is begun, the ledger says. So one that
comes twice, or for what was done meanwhile, costs a look and does no harm, and one that was lost is put
again by whoever looks for jobs without one. What is due goes by Workbench's clock and not by the database's:
what is to be done later gets its ticket by such a look, too.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from engine.jobs import choosing
from engine.jobs.models import NewJob
from engine.store import Connection, DocumentStore, driver_errors
from engine.store.driver import execute

if TYPE_CHECKING:
    from procrastinate.manager import JobManager

#: What Procrastinate calls the one thing that it has done.
TASK = "workbench.job"
#: So many jobs are looked at: where each of the first has a ticket, workers have enough to hear of.
_MOST = 100
#: Jobs that could be begun, and of which no ticket that waits tells.
_WITHOUT = f"""
SELECT job_id, kind FROM ({choosing.NEXT} LIMIT {_MOST}) first
 WHERE NOT EXISTS (SELECT 1 FROM procrastinate_jobs ticket
                    WHERE ticket.status = 'todo' AND ticket.queueing_lock = first.job_id)
"""  # noqa: S608 - constants


def put(connection: Connection, job: NewJob, now: int) -> None:
    """Put the ticket of a job that is put, in the same transaction, if the job can be begun at once.

    ``now`` is in milliseconds since 1970.

    Raises:
        StoreUnavailableError: as of any other statement.
    """
    if job.not_before <= now:
        _defer(connection, [(job.job_id, job.kind)])


def put_missing(
    database: DocumentStore,
    kinds: Sequence[str],
    now: int,
    lanes: Mapping[str, Collection[str]] = MappingProxyType({}),
) -> bool:
    """Put tickets of jobs of these kinds that could be begun and have none; return whether there were any.

    Of a kind in ``lanes`` only of what is in one of those.

    These are jobs that wait for another attempt, that were put before tickets were, or whose tickets were
    lost. ``now`` is in milliseconds since 1970.

    Raises:
        StoreUnavailableError: as of any other statement.
    """
    from procrastinate.exceptions import AlreadyEnqueued  # noqa: PLC0415 - an extra that others do without

    text, asked = _without(database), choosing.asked(database.dialect, kinds, now=now, lanes=lanes)
    if not database.run(text, asked):
        return False
    try:
        with database.write() as connection:
            found = execute(connection, text, asked).fetchall()
            if found:
                _defer(connection, found)
    except AlreadyEnqueued:  # somebody else looked at the same time
        return False
    return True


def _defer(connection: Connection, jobs: Iterable[Sequence[Any]]) -> None:
    """Put tickets of jobs, of which the id and the kind are given."""
    from procrastinate.exceptions import ConnectorException  # noqa: PLC0415 - an extra that others do without
    from procrastinate.jobs import Job  # noqa: PLC0415

    tickets = [
        # Of a job one ticket waits at most.
        Job(queue=kind, task_name=TASK, task_kwargs={"job_id": job_id}, lock=None, queueing_lock=job_id)
        for job_id, kind in jobs
    ]
    with driver_errors(connection):
        try:
            _manager().batch_defer_jobs(tickets, connection=connection.connection.driver_connection)
        except ConnectorException as error:
            raise error.__cause__ or error from error


def _without(database: DocumentStore) -> str:
    dialect, text = database.dialect, _WITHOUT
    for word, told in (
        ("?", dialect.mark),
        *choosing.words(dialect, _MOST).items(),
        ("{clock}", dialect.clock),
    ):
        text = text.replace(word, told)
    return text


@cache
def _manager() -> JobManager:
    """Return what puts Procrastinate's jobs on connections of others; it opens none itself."""
    from procrastinate import SyncPsycopgConnector  # noqa: PLC0415 - an extra that others do without
    from procrastinate.manager import JobManager  # noqa: PLC0415

    return JobManager(SyncPsycopgConnector())
