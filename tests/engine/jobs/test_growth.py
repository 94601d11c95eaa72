"""A job is begun as fast however much waits, also where PostgreSQL believes that nothing does."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

import pytest

from engine.jobs.models import Lane
from engine.store.driver import execute
from tests.engine.jobs.desk import Desk, steps_of
from tests.statements import Sent, counted

SLOW = Lane(name="slow:one", seats=9)
#: Jobs of a kind and a lane, numbered; what ran is over, what waits may begin.
_FILL = """
INSERT INTO jobs (job_id, kind, args, priority, ordinal, not_before, lane, seats, max_attempts, status,
                  attempt, token, is_repeatable, is_called_off, put_at)
WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < {count})
SELECT 'job_{status}_' || {count} || '_' || n, 'try', '{{}}', 0, n, 0, {lane}, 9, 3, '{status}', 0, 0,
       FALSE, FALSE, 0
  FROM numbers
"""


def fill(desk: Desk, count: int, lane: Lane | None, status: str = "ready") -> None:
    """Put so many jobs, all at once."""
    place = "NULL" if lane is None else f"'{lane.name}'"
    text = _FILL.format(count=count, lane=place, status=status)
    with desk.workbench.database.write() as connection:
        execute(connection, text)


class _UndoneError(Exception):
    """What was done to learn what it costs is taken back."""


def cost_of(desk: Desk, act: Callable[[], object]) -> int:
    """Count what a database does for something: SQLite its steps, PostgreSQL the pages that it looks at."""
    if not desk.workbench.database.dialect.is_shared:
        return steps_of(desk, act)
    with counted() as sent:
        act()
    return sum(pages_of(desk, one) for one in sent)


def pages_of(desk: Desk, one: Sent) -> int:
    """Count the pages that PostgreSQL looks at for a statement."""
    pages = 0
    with suppress(_UndoneError), desk.workbench.database.write() as connection:
        explain = f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {one}"
        plan = connection.exec_driver_sql(explain, one.params).scalar_one()[0]["Plan"]
        pages = plan["Shared Hit Blocks"] + plan["Shared Read Blocks"]
        raise _UndoneError
    return pages


@pytest.fixture
def unaware(desk: Desk) -> Desk:
    """A desk whose statistics are from when 1,000 jobs were done, and none waited."""
    fill(desk, 1000, SLOW, "done")
    with desk.workbench.database.write() as connection:
        if desk.workbench.database.dialect.is_shared:
            execute(connection, "ALTER TABLE jobs SET (autovacuum_enabled = off)")
            execute(connection, "ANALYZE jobs")
    return desk


@pytest.mark.parametrize("lane", [SLOW, None], ids=["in a lane", "in none"])
def test_what_it_takes_to_begin_a_job_does_not_grow_with_what_waits(unaware: Desk, lane: Lane | None):
    def begin() -> None:
        claim = unaware.begin()
        unaware.claims.finish(claim)

    fill(unaware, 100, lane)
    few = cost_of(unaware, begin)
    fill(unaware, 5000, lane)
    many = cost_of(unaware, begin)
    assert 0 < many <= 1.5 * few
