"""Which job is begun next, as one part of a statement: the first of all whose lane lets any be begun (pure).

What waits is looked at lane by lane, and of a lane no more than its first jobs: however many wait in one that
is full, held back or used up, the others are found as fast as if these were not there.

Each read is written so that one index alone can answer it (``claims``): PostgreSQL may believe for minutes
that nothing waits, as it was when its statistics were taken, and would then as soon read all that waits.
"""

# ruff: noqa: S608 - the statements are made of constants; values are always bound
from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from engine.store import Dialect

#: How many of a job's lane may run: as its rule says, else as whoever put it.
_SEATS = "coalesce((SELECT rule.seats FROM job_lanes rule WHERE rule.name = job.lane), job.seats)"
#: The lowest seat of a job's lane that nobody has: seat 0, or the one after a taken one.
FREE_SEAT = f"""
(SELECT min(free.seat)
   FROM (SELECT 0 AS seat
         UNION ALL
         SELECT taken.seat + 1 FROM jobs taken WHERE taken.lane = job.lane AND taken.status = 'running') free
  WHERE free.seat < {_SEATS}
    AND (SELECT count(*) FROM jobs taken
          WHERE taken.lane = job.lane AND taken.status = 'running') < {_SEATS}
    AND NOT EXISTS (SELECT 1 FROM jobs other
                     WHERE other.lane = job.lane AND other.seat = free.seat AND other.status = 'running'))
"""
#: How many of a place's lane were begun within so many milliseconds.
_BEGUN_WITHIN = """
(SELECT count(*) FROM jobs begun WHERE begun.lane = places.lane AND begun.begun_at > {{clock}} - {within})
"""
#: Whether a rule keeps what is in a place's lane from being begun now.
_IS_SHUT = f"""
EXISTS (SELECT 1 FROM job_lanes rule
         WHERE (rule.name = places.lane
                OR (rule.is_prefix AND substr(places.lane, 1, length(rule.name)) = rule.name))
           AND (rule.is_held
                OR rule.per_minute <= {_BEGUN_WITHIN.format(within=60_000)}
                OR rule.per_day <= {_BEGUN_WITHIN.format(within=86_400_000)}))
"""
#: The lane, which all of them share, stands in the order as in the index: where it is NULL, PostgreSQL would
#: sort them all without it.
_FIRST_OF_PLACE = """
SELECT job.job_id FROM jobs job
 WHERE job.status = 'ready' AND job.kind = {place}.kind AND {is_there}
   AND job.not_before <= (SELECT at FROM moment)
 ORDER BY job.lane, job.priority DESC, job.ordinal, job.job_id
"""
#: The first jobs of each kind and lane of which any may be begun: of a lane that is full, held or used up
#: nothing is looked at, however much waits in it. Binds what ``asked`` gives.
FIRSTS = f"""
WITH RECURSIVE
moment(at) AS (SELECT CAST(? AS bigint)),
asked(kind) AS (
    SELECT kinds.kind FROM ({{rows}}) kinds
     WHERE NOT EXISTS (SELECT 1 FROM job_workers worker WHERE worker.name = ? AND worker.is_draining)),
places(kind, lane) AS (
    SELECT asked.kind, (SELECT job.lane FROM jobs job
                         WHERE job.status = 'ready' AND job.kind = asked.kind AND job.lane IS NOT NULL
                         ORDER BY job.lane LIMIT 1)
      FROM asked
     UNION ALL
    SELECT places.kind, (SELECT job.lane FROM jobs job
                          WHERE job.status = 'ready' AND job.kind = places.kind AND job.lane > places.lane
                          ORDER BY job.lane LIMIT 1)
      FROM places WHERE places.lane IS NOT NULL),
lanes(kind, lane) AS (
    SELECT places.kind, places.lane FROM places
     WHERE places.lane IS NOT NULL AND (NOT {{is_of_few}} OR {{is_of_these}}) AND NOT {_IS_SHUT}),
found(job_id) AS (
    {{first_in_lanes}}
    UNION ALL
    {{first_in_none}}),
firsts(job_id, status) AS MATERIALIZED (SELECT found.job_id, 'ready' FROM found)
"""
#: Which of them could be begun: those whose lane has a seat. That they wait still is asked by a value that no
#: planner sees, so that they are reached by their ids, and not by an index of all that waits.
COULD_BEGIN = f"""
FROM firsts JOIN jobs job ON job.job_id = firsts.job_id AND job.status = firsts.status
WHERE (job.lane IS NULL OR {FREE_SEAT} IS NOT NULL)
"""
#: The jobs that could be begun, the next one first, as ``tickets`` asks.
NEXT = f"""
{FIRSTS}
SELECT job.job_id, job.kind {COULD_BEGIN}
 ORDER BY job.priority DESC, job.ordinal, job.job_id
"""
#: So many of a kind and lane are looked at by each of the workers that begin at the same time.
_AT_ONCE = 16


def words(dialect: Dialect, most: int = _AT_ONCE) -> dict[str, str]:
    """Return what stands for the words in braces above; ``most`` jobs of a lane are looked at."""
    lanes = _FIRST_OF_PLACE.format(place="lanes", is_there="job.lane = lanes.lane")
    none = _FIRST_OF_PLACE.format(place="asked", is_there="job.lane IS NULL")
    return {
        "{first_in_lanes}": dialect.first_of_each("lanes", lanes, most),
        "{first_in_none}": dialect.first_of_each("asked", none, most),
        "{is_of_few}": dialect.one_of("places.kind"),
        "{is_of_these}": dialect.one_of("places.lane"),
        "{rows}": dialect.rows_of("kind"),
    }


def asked(
    dialect: Dialect,
    kinds: Sequence[str],
    *,
    now: int,
    process: str = "",
    lanes: Mapping[str, Collection[str]],
) -> tuple[Any, ...]:
    """Return what ``FIRSTS`` binds: jobs of these kinds, as ``Claims.begin`` has it."""
    allowed = sorted({lane for some in lanes.values() for lane in some})
    listed = dialect.list_param
    return now, listed(kinds), process, listed(sorted(lanes)), listed(allowed)
