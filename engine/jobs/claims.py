"""The ledger of jobs: each of its operations is one named SQL statement, without event and without lock.

Whatever is written about a running job names the token that its worker was given: once somebody else has
begun it, or it was reaped, the statement meets no row, and the worker is told that it lost the job.
"""

# ruff: noqa: S608 - the statements are made of constants; values are always bound
from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from contextlib import nullcontext
from types import MappingProxyType
from typing import Any

from sqlalchemy import BigInteger, Boolean, Column, Integer, Table, Text, event

from engine.errors import ConflictError
from engine.jobs import choosing
from engine.jobs.models import Claim, Job, JobStatus, NewJob, Reaped
from engine.store import Connection, DocumentStore
from engine.store.driver import execute
from engine.store.migrations import SYSTEM

JOBS = Table(
    "jobs",
    SYSTEM,
    Column("job_id", Text, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("key", Text, unique=True),
    Column("args", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("priority", Integer, nullable=False),
    Column("ordinal", BigInteger, nullable=False),
    Column("not_before", BigInteger, nullable=False),
    Column("lane", Text),
    Column("seats", Integer, nullable=False),
    Column("seat", Integer),
    Column("max_attempts", Integer, nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("token", BigInteger, nullable=False),
    Column("worker", Text),
    Column("lease_until", BigInteger),
    Column("effect", Text),
    Column("is_repeatable", Boolean, nullable=False),
    Column("is_called_off", Boolean, nullable=False),
    Column("outcome", Text),
    Column("put_at", BigInteger, nullable=False),
    Column("begun_at", BigInteger),
    Column("ended_at", BigInteger),
)
LEASES = Table(
    "job_leases",
    SYSTEM,
    Column("name", Text, primary_key=True),
    Column("holder", Text, nullable=False),
    Column("until", BigInteger, nullable=False),
)
#: What is said of lanes while they are used: ``lanes``.
RULES = Table(
    "job_lanes",
    SYSTEM,
    Column("name", Text, primary_key=True),
    Column("is_prefix", Boolean, nullable=False),
    Column("is_held", Boolean, nullable=False),
    Column("said_by", Text),
    Column("said_at", BigInteger),
    Column("why", Text),
    Column("seats", Integer),
    Column("per_minute", Integer),
    Column("per_day", Integer),
)
#: The processes that do jobs: ``workers``.
WORKERS = Table(
    "job_workers",
    SYSTEM,
    Column("name", Text, primary_key=True),
    Column("token", Text, nullable=False),
    Column("release", Text, nullable=False),
    Column("threads", Integer, nullable=False),
    Column("does", Text, nullable=False),
    Column("since", BigInteger, nullable=False),
    Column("seen_at", BigInteger, nullable=False),
    Column("is_draining", Boolean, nullable=False),
)
#: In one order always, as SQLite chooses by it. What waits is in one index, by its place, which also tells
#: what of it is put off, so that this is passed over unread. What is put off is in another one as well, which
#: answers only who asks for that alone: no database can take it for the first one, and read all that waits.
#: A seat is taken by one job: two workers that chose the same one cannot both have it.
_INDEXES = (
    (
        "CREATE INDEX jobs_places ON jobs (kind, lane, priority DESC, ordinal, job_id, not_before)"
        " WHERE status = 'ready'"
    ),
    "CREATE INDEX jobs_later ON jobs (kind, not_before) WHERE status = 'ready' AND not_before > 0",
    "CREATE INDEX jobs_begun ON jobs (lane, begun_at) WHERE begun_at IS NOT NULL",
    "CREATE INDEX jobs_leases ON jobs (lease_until) WHERE status = 'running'",
    "CREATE UNIQUE INDEX jobs_seats ON jobs (lane, seat) WHERE status = 'running'",
)


@event.listens_for(JOBS, "after_create")
def _make_indexes(_: Table, connection: Connection, **__: Any) -> None:
    for statement in _INDEXES:
        connection.exec_driver_sql(statement)


#: Put a job, unless one with its key is there.
_PUT = """
INSERT INTO jobs (job_id, kind, key, args, priority, ordinal, not_before, lane, seats, max_attempts, status,
                  attempt, token, is_repeatable, is_called_off, put_at)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'ready', 0, 0, FALSE, FALSE, {clock})
ON CONFLICT DO NOTHING
RETURNING job_id
"""
#: Whether there is any: who only looks holds up nobody who writes.
_WAITS = f"{choosing.NEXT} LIMIT 1"
#: Begin the first one.
_BEGIN = f"""
{choosing.FIRSTS},
chosen AS MATERIALIZED (
    SELECT job.job_id, CASE WHEN job.lane IS NOT NULL THEN {choosing.FREE_SEAT} END AS seat
      {choosing.COULD_BEGIN}
     ORDER BY job.priority DESC, job.ordinal, job.job_id
     LIMIT 1{{skip_locked}})
UPDATE jobs
   SET status = 'running', attempt = attempt + 1, token = token + 1, worker = ?, seat = chosen.seat,
       lease_until = {{clock}} + ?, begun_at = {{clock}}, ended_at = NULL
  FROM chosen
 WHERE jobs.job_id = chosen.job_id
RETURNING jobs.job_id, kind, args, attempt, max_attempts, token, effect
"""
#: Hold a running job longer; tells whether it was called off meanwhile.
_RENEW = """
UPDATE jobs SET lease_until = {clock} + ?
 WHERE job_id = ? AND token = ? AND status = 'running' RETURNING is_called_off
"""
#: Note an effect that is about to begin.
_MARK_EFFECT = """
UPDATE jobs SET effect = ?, is_repeatable = ?
 WHERE job_id = ? AND token = ? AND status = 'running' RETURNING job_id
"""
#: End a running job.
_FINISH = """
UPDATE jobs SET status = ?, outcome = ?, seat = NULL, lease_until = NULL, ended_at = {clock}
 WHERE job_id = ? AND token = ? AND status = 'running' RETURNING status
"""
#: Let a job whose attempt failed wait for the next, or end it after the last; of an effect that was begun it
#: is not known how it ended, unless whoever began it says that nothing was done.
_RETRY = """
UPDATE jobs
   SET status = CASE WHEN effect IS NOT NULL AND NOT is_repeatable AND NOT ? THEN 'unknown'
                     WHEN is_called_off THEN 'cancelled'
                     WHEN attempt < max_attempts THEN 'ready'
                     ELSE 'failed' END,
       effect = CASE WHEN ? THEN NULL ELSE effect END,
       not_before = ?, outcome = ?, seat = NULL, lease_until = NULL, ended_at = {clock}
 WHERE job_id = ? AND token = ? AND status = 'running' RETURNING status
"""
#: Call a job off: at once while it waits, else as soon as its worker renews.
_CANCEL = """
UPDATE jobs
   SET is_called_off = TRUE,
       status = CASE WHEN status = 'ready' THEN 'cancelled' ELSE status END,
       ended_at = CASE WHEN status = 'ready' THEN {clock} ELSE ended_at END
 WHERE job_id = ? AND status IN ('ready', 'running') RETURNING status
"""
#: Take what lost its worker from it.
_REAP = """
UPDATE jobs
   SET status = CASE WHEN effect IS NOT NULL AND NOT is_repeatable THEN 'unknown'
                     WHEN is_called_off THEN 'cancelled'
                     WHEN attempt < max_attempts THEN 'ready'
                     ELSE 'failed' END,
       token = token + 1, outcome = 'its worker was lost', seat = NULL, lease_until = NULL,
       ended_at = {clock}
 WHERE status = 'running' AND lease_until < {clock}
RETURNING job_id, kind, status
"""
#: Say how a job ended of which nobody knew.
_RESOLVE = """
UPDATE jobs SET status = ?, outcome = ?, effect = NULL, is_called_off = FALSE, not_before = 0
 WHERE job_id = ? AND status = 'unknown' RETURNING status
"""
#: End a job that waits, before anybody begins it.
_END_WAITING = """
UPDATE jobs SET status = 'done', outcome = ?, ended_at = {clock}
 WHERE job_id = ? AND status = 'ready' RETURNING job_id
"""
#: Give a job that waits another place among those of its lane; what was moved up stays there.
_PLACE = """
UPDATE jobs SET priority = ?, ordinal = ? WHERE job_id = ? AND status = 'ready' AND priority < ?
RETURNING job_id
"""
#: Try once more what failed or was called off, as often as at first.
_AGAIN = """
UPDATE jobs SET status = 'ready', attempt = 0, effect = NULL, is_called_off = FALSE, not_before = 0
 WHERE job_id = ? AND status IN ('failed', 'cancelled') RETURNING status
"""
#: Forget what ended before a moment; of what nobody knows how it ended somebody has to say so first.
_FORGET = """
DELETE FROM jobs WHERE job_id IN (
    SELECT job_id FROM jobs
     WHERE status IN ('done', 'failed', 'cancelled') AND ended_at < {clock} - ? LIMIT ?)
RETURNING job_id
"""
#: Whether there is anything to take.
_IS_OVER = "SELECT 1 FROM jobs WHERE status = 'running' AND lease_until < {clock} LIMIT 1"
#: Take, or keep, what one process at a time has.
_HOLD = """
INSERT INTO job_leases (name, holder, until) VALUES (?, ?, {clock} + ?)
ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, until = excluded.until
 WHERE job_leases.holder = excluded.holder OR job_leases.until < {clock}
RETURNING holder
"""
_HOLDER = "SELECT holder FROM job_leases WHERE name = ? AND until >= {clock}"
#: Let others have it at once.
_LET_GO = "DELETE FROM job_leases WHERE name = ? AND holder = ?"
_IS_KNOWN = "SELECT 1 FROM jobs WHERE key = ?"
_IS_ANY_KNOWN = "SELECT 1 FROM jobs WHERE key > ? AND key <= ? LIMIT 1"
#: Jobs as they stand, what was put last first.
_FIND = f"SELECT {', '.join(Job._fields)} FROM jobs WHERE job_id = ?"
_LIST = f"SELECT {', '.join(Job._fields)} FROM jobs WHERE {{is_asked}} ORDER BY job_id DESC LIMIT ? OFFSET ?"
_LIST_BEFORE = _LIST.replace(" ORDER", " AND job_id < ? ORDER")
_COUNT = "SELECT count(*) FROM jobs WHERE {is_asked}"
_COUNT_BY_KIND = "SELECT kind, status, count(*) FROM jobs GROUP BY kind, status ORDER BY kind, status"
#: What could be begun, and for how many milliseconds the first of it could be.
_BACKLOG = """
SELECT count(*), max({clock} - CASE WHEN not_before > put_at THEN not_before ELSE put_at END) FROM jobs
 WHERE status = 'ready' AND kind = ? AND not_before <= {clock}
"""
#: The last of each kind.
_LAST = f"""
SELECT {", ".join(Job._fields)} FROM jobs
 WHERE job_id IN (SELECT max(job_id) FROM jobs job WHERE {{is_known}} GROUP BY job.kind)
"""
#: How often a job or seat that was taken meanwhile is given up for another.
_MOST_COLLISIONS = 20
#: What was moved up comes before all else of its lane: no other priority is so high.
MOVED_UP = 1_000_000


class LostError(ConflictError):
    """Another worker has the job, or it ended: what this one does about it is recorded no more."""


class Claims:
    """The ledger of one store; safe between threads, processes and machines."""

    def __init__(self, database: DocumentStore) -> None:
        self._database = database
        dialect = database.dialect
        self._texts: dict[str, str] = {}
        self._words = {
            "?": dialect.mark,
            **choosing.words(dialect),
            "{clock}": dialect.clock,
            "{is_asked}": dialect.one_of("status"),
            "{is_known}": dialect.one_of("job.kind"),
            "{skip_locked}": dialect.row_lock_or_next,
        }

    def put(self, connection: Connection, job: NewJob) -> bool:
        """Put a job in somebody's transaction; False where one with its key was put before."""
        return bool(execute(connection, self._text(_PUT), _values(job)).fetchall())

    def begin(
        self,
        worker: str,
        kinds: Sequence[str],
        *,
        now: int,
        lease: int,
        process: str = "",
        lanes: Mapping[str, Collection[str]] = MappingProxyType({}),
    ) -> Claim | None:
        """Take the first job whose time has come, for ``lease`` milliseconds; None where there is none.

        Only of these ``kinds``: others are for programs of another release; and of a kind in ``lanes`` only
        what is in one of those lanes. ``now`` is what Workbench's clock says, in milliseconds since 1970.
        Nothing is begun for a ``process`` that is to end (``workers``).
        """
        asked = choosing.asked(self._database.dialect, kinds, now=now, process=process, lanes=lanes)
        for _ in range(_MOST_COLLISIONS):
            if not self._database.run(self._text(_WAITS), asked):
                return None
            try:
                found = self._run(_BEGIN, (*asked, worker, lease))
            except ConflictError:  # somebody took the same seat at the same time
                continue
            if found:  # else somebody took the same job
                return Claim(**_claimed(found[0]))
        return None  # the lane is so much asked for that its seats are taken anyway

    def place(self, connection: Connection, job_id: str, priority: int, ordinal: int) -> bool:
        """Give a job that waits another place, in somebody's transaction; False where it does not wait.

        What was moved up (``MOVED_UP``) keeps its place, unless it is moved up again.
        """
        below = MOVED_UP + (priority >= MOVED_UP)
        return bool(execute(connection, self._text(_PLACE), (priority, ordinal, job_id, below)).fetchall())

    def renew(self, claim: Claim, lease: int) -> bool:
        """Hold a job for ``lease`` milliseconds from now; return whether it was called off meanwhile.

        Raises:
            LostError: it is not the worker's any more.
        """
        return bool(self._held(_RENEW, (lease, claim.job_id, claim.token), claim)[0])

    def mark_effect(self, claim: Claim, key: str, *, is_repeatable: bool = False) -> None:
        """Note that an effect on the outside begins now.

        Whoever is lost after this leaves the job ``unknown``, unless the effect may be repeated: the other
        side takes the key and does the same thing once only.

        Raises:
            LostError: it is not the worker's any more, so that the effect must not be begun.
        """
        self._held(_MARK_EFFECT, (key, is_repeatable, claim.job_id, claim.token), claim)

    def finish(self, claim: Claim, status: JobStatus = JobStatus.DONE, outcome: str | None = None) -> None:
        """End a job, in the transaction that this thread is in, else in one of its own.

        Raises:
            LostError: it is not the worker's any more; whatever else the transaction did has to be undone.
        """
        self._held(_FINISH, (status.value, outcome, claim.job_id, claim.token), claim)

    def retry(self, claim: Claim, why: str, *, not_before: int, is_nothing_done: bool) -> JobStatus:
        """Let a job wait for its next attempt, or end it after the last; return where it stands.

        Of one that began an effect which may not be repeated nobody knows how it ended, unless the worker
        says that nothing was done.

        Raises:
            LostError: it is not the worker's any more.
        """
        values = (is_nothing_done, is_nothing_done, not_before, why, claim.job_id, claim.token)
        return JobStatus(self._held(_RETRY, values, claim)[0])

    def cancel(self, connection: Connection, job_id: str) -> JobStatus | None:
        """Call a job off in somebody's transaction; None where it has ended, or there is none.

        A running one goes on until its worker hears of it: when it renews, or begins an effect.
        """
        found = execute(connection, self._text(_CANCEL), (job_id,)).fetchall()
        return JobStatus(found[0][0]) if found else None

    def reap(self) -> list[Reaped]:
        """Take the jobs whose lease ran out from their workers; return where they stand now."""
        if not self._database.run(self._text(_IS_OVER)):
            return []
        return [
            Reaped(job_id=job_id, kind=kind, status=JobStatus(status))
            for job_id, kind, status in self._run(_REAP, ())
        ]

    def resolve(self, connection: Connection, job_id: str, status: JobStatus, outcome: str) -> bool:
        """Say in somebody's transaction how a job ended that is ``unknown``; False where it is not.

        ``READY`` lets it be tried once more.
        """
        values = (status.value, outcome, job_id)
        return bool(execute(connection, self._text(_RESOLVE), values).fetchall())

    def end_waiting(self, connection: Connection, job_id: str, outcome: str) -> bool:
        """End a job that waits, in somebody's transaction; False where it does not wait."""
        return bool(execute(connection, self._text(_END_WAITING), (outcome, job_id)).fetchall())

    def try_again(self, connection: Connection, job_id: str) -> bool:
        """Let a job be tried anew in somebody's transaction; False where it did not fail or is not ended."""
        return bool(execute(connection, self._text(_AGAIN), (job_id,)).fetchall())

    def forget(self, age: int, most: int) -> int:
        """Delete what ended more than ``age`` milliseconds ago, ``most`` of it at a time; return how much."""
        return len(self._run(_FORGET, (age, most)))

    def is_known(self, key: str) -> bool:
        """Whether a job was put with this key, whatever became of it."""
        return bool(self._database.run(self._text(_IS_KNOWN), (key,)))

    def is_any_known(self, after: str, until: str) -> bool:
        """Whether a job was put with a key between two, the second one included."""
        return bool(self._database.run(self._text(_IS_ANY_KNOWN), (after, until)))

    def hold(self, name: str, holder: str, lease: int) -> bool:
        """Take or keep what has one holder at a time, for ``lease`` milliseconds; False if it is taken."""
        return bool(self._run(_HOLD, (name, holder, lease)))

    def holder(self, name: str) -> str | None:
        """Return who has what one has at a time; None where nobody does."""
        found = self._database.run(self._text(_HOLDER), (name,))
        return str(found[0][0]) if found else None

    def let_go(self, name: str, holder: str) -> None:
        """Let others have at once what this holder has."""
        with self._database.write() as connection:
            execute(connection, self._text(_LET_GO), (name, holder))

    def find(self, job_id: str) -> Job | None:
        """Return a job; None where there is none of that id."""
        found = self._database.run(self._text(_FIND), (job_id,))
        return _job(found[0]) if found else None

    def list_jobs(
        self, statuses: Collection[JobStatus], limit: int, offset: int = 0, *, before: str | None = None
    ) -> list[Job]:
        """Return the jobs that stand so, what was put last first; those ``before`` one, if it is named."""
        asked = self._database.dialect.list_param([status.value for status in statuses])
        read, place = (_LIST, ()) if before is None else (_LIST_BEFORE, (before,))
        return [_job(row) for row in self._database.run(self._text(read), (asked, *place, limit, offset))]

    def count_jobs(self, statuses: Collection[JobStatus]) -> int:
        """Count the jobs that stand so."""
        asked = self._database.dialect.list_param([status.value for status in statuses])
        return int(self._database.run(self._text(_COUNT), (asked,))[0][0])

    def count_by_kind(self) -> list[tuple[str, JobStatus, int]]:
        """Count the jobs of each kind, by how they stand."""
        found = self._database.run(_COUNT_BY_KIND)
        return [(kind, JobStatus(status), int(count)) for kind, status, count in found]

    def backlog(self, kind: str) -> tuple[int, float]:
        """Return how many jobs of a kind could be begun, and for how many seconds the first of them could."""
        ((count, waits),) = self._database.run(self._text(_BACKLOG), (kind,))
        return int(count), max(0, waits or 0) / 1000

    def last_of(self, kinds: Sequence[str]) -> list[Job]:
        """Return the last job of each kind, as far as there is one."""
        found = self._database.run(self._text(_LAST), (self._database.dialect.list_param(kinds),))
        return [_job(row) for row in found]

    def _held(self, statement: str, values: Sequence[Any], claim: Claim) -> tuple[Any, ...]:
        found = self._run(statement, values)
        if not found:
            raise LostError(
                f"Job {claim.job_id} ({claim.kind}) is not this worker's any more: its lease ran out, or "
                "somebody ended it. What this worker did about it since is not recorded."
            )
        return found[0]

    def _run(self, statement: str, values: Sequence[Any]) -> list[tuple[Any, ...]]:
        """Run a statement in the write block that this thread is in, else in one of its own."""
        joined = self._database.current_write
        with nullcontext(joined) if joined is not None else self._database.write() as connection:
            return [tuple(row) for row in execute(connection, self._text(statement), values).fetchall()]

    def _text(self, statement: str) -> str:
        """Give a statement as the database takes it."""
        if statement not in self._texts:
            text = statement
            for word, told in self._words.items():
                text = text.replace(word, told)
            self._texts[statement] = text
        return self._texts[statement]


def _values(job: NewJob) -> tuple[Any, ...]:
    lane, seats = (job.lane.name, job.lane.seats) if job.lane is not None else (None, 0)
    args = json.dumps(job.args, ensure_ascii=False, sort_keys=True)
    return (
        job.job_id, job.kind, job.key, args, job.priority, job.ordinal, job.not_before, lane, seats,
        job.max_attempts,
    )  # fmt: skip


def _claimed(row: Sequence[Any]) -> dict[str, Any]:
    names = ("job_id", "kind", "args", "attempt", "max_attempts", "token", "effect")
    found = dict(zip(names, row, strict=True))
    found["args"] = json.loads(found["args"])
    return found


def _job(row: Sequence[Any]) -> Job:
    job = Job(*row)
    return job._replace(status=JobStatus(job.status))
