"""Lanes: one that is full delays no other, and what is said of a lane holds from the commit on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from engine.jobs.claims import MOVED_UP
from engine.jobs.lanes import DAY, MINUTE, Lanes
from engine.jobs.models import Lane
from engine.jobs.port import Kind, Kinds
from engine.store.driver import execute
from tests.engine.jobs.desk import Desk, steps_of

SLOW = Lane(name="slow:one")


def changing(desk: Desk, act: Callable[..., Any], *words: Any, **named: Any) -> Any:
    """Do something with the lanes, in a transaction."""
    with desk.workbench.transaction(desk.workbench.operator()) as tx:
        return act(Lanes(tx.database), tx.connection, *words, **named)


def put_into(desk: Desk, lane: Lane, count: int) -> list[str]:
    return [desk.put(f"{lane.name} {number}", lane=lane) for number in range(count)]


def begun(desk: Desk) -> str | None:
    """Begin the next job; return it, or None where there is none."""
    claim = desk.claims.begin("somebody", ["try"], now=desk.now(), lease=MINUTE)
    return claim.args["name"] if claim else None


def test_a_lane_that_is_full_costs_the_others_the_same_however_much_waits_in_it(desk: Desk):
    """Line 5 of the issue: one slow kind never starves another."""
    if desk.workbench.database.dialect.is_shared:
        pytest.skip("steps are counted by SQLite")
    put_into(desk, SLOW, 10)
    assert begun(desk) == "slow:one 0"
    few = steps_of(desk, lambda: begun(desk))
    put_into(desk, SLOW, 300)
    many = steps_of(desk, lambda: begun(desk))
    assert 0 < many <= 1.1 * few
    desk.put("late", lane=Lane(name="quick"))
    assert begun(desk) == "late"


def test_of_all_lanes_that_have_a_seat_the_most_important_job_is_begun_first(desk: Desk):
    desk.put("low", lane=Lane(name="a", seats=2), priority=1)
    desk.put("high", lane=Lane(name="b"), priority=2)
    desk.put("high too", lane=Lane(name="b"), priority=2)
    desk.put("middle", priority=1, ordinal=-1)
    assert [begun(desk) for _ in range(4)] == ["high", "middle", "low", None]


def test_what_is_held_is_not_begun_and_goes_on_in_its_order(desk: Desk):
    put_into(desk, SLOW, 2)
    assert changing(desk, Lanes.hold, SLOW.name, is_held=True, by="Mara", why="The account is blocked")
    assert not changing(desk, Lanes.hold, SLOW.name, is_held=True, by="Ana", why="Again")
    desk.put("other")
    assert [begun(desk), begun(desk)] == ["other", None]
    rule = desk_rule(desk)
    assert (rule.is_held, rule.said_by, rule.why) == (True, "Mara", "The account is blocked")
    assert changing(desk, Lanes.hold, SLOW.name, is_held=False, by="Mara", why=None)
    assert begun(desk) == "slow:one 0"


def test_all_lanes_that_begin_alike_are_held_by_one_rule(desk: Desk):
    put_into(desk, SLOW, 1)
    put_into(desk, Lane(name="slow:two"), 1)
    put_into(desk, Lane(name="slo"), 1)
    changing(desk, Lanes.hold, "slow:", is_held=True, by="Mara", why="Stop", is_prefix=True)
    assert [begun(desk), begun(desk)] == ["slo 0", None]


def test_a_rule_says_how_many_run_at_the_same_time_also_once_there_are_fewer_seats(desk: Desk):
    put_into(desk, SLOW, 5)
    limit(desk, seats=2)
    assert [begun(desk) is not None for _ in range(3)] == [True, True, False]
    limit(desk, seats=3)
    assert [begun(desk) is not None for _ in range(2)] == [True, False]
    limit(desk, seats=1)
    finish_first(desk)
    assert begun(desk) is None
    limit(desk)
    finish_first(desk)
    finish_first(desk)
    assert begun(desk) is not None


@pytest.mark.parametrize(("limits", "length"), [({"per_minute": 2}, MINUTE), ({"per_day": 2}, DAY)])
def test_no_more_are_begun_within_a_time_than_a_rule_says(desk: Desk, limits, length):
    lane = Lane(name=SLOW.name, seats=9)
    put_into(desk, lane, 4)
    limit(desk, **limits)
    desk.put("other")
    assert [begun(desk) for _ in range(4)] == ["slow:one 0", "slow:one 1", "other", None]
    count, left = Lanes(desk.workbench.database).begun_within(SLOW.name, length, 2)
    assert count == 2
    assert length - 60_000 < left <= length
    with desk.workbench.database.write() as connection:
        execute(connection, f"UPDATE jobs SET begun_at = begun_at - {length + 1000}")  # noqa: S608
    assert [begun(desk) for _ in range(3)] == ["slow:one 2", "slow:one 3", None]


@pytest.mark.parametrize(("most", "left"), [(1, 50_000), (2, 40_000), (4, 20_000), (5, 0)])
def test_where_more_were_begun_than_a_rule_allows_by_now_all_that_are_too_many_have_to_grow_old(
    desk: Desk, most: int, left: int
):
    jobs = put_into(desk, Lane(name=SLOW.name, seats=9), 4)
    for ago, job_id in zip((40_000, 30_000, 20_000, 10_000), jobs, strict=True):
        assert begun(desk) is not None
        with desk.workbench.database.write() as connection:
            text = f"UPDATE jobs SET begun_at = begun_at - {ago} WHERE job_id = '{job_id}'"  # noqa: S608
            execute(connection, text)
    count, told = Lanes(desk.workbench.database).begun_within(SLOW.name, MINUTE, most)
    assert count == 4
    assert max(0, left - 10_000) <= told <= left


def test_what_is_moved_up_comes_before_all_else_of_its_lane_and_stays_there(desk: Desk):
    first, second, third = put_into(desk, SLOW, 3)
    assert place(desk, second, MOVED_UP, -1)
    assert place(desk, third, MOVED_UP, -2)
    assert not place(desk, second, 5, 0)
    assert place(desk, first, 7, 0)
    assert begun(desk) == "slow:one 2"
    assert not place(desk, third, MOVED_UP, -3)


def test_a_worker_that_does_some_lanes_of_a_kind_begins_no_others(desk: Desk):
    ones, twos = Lane(name="slow:one"), Lane(name="slow:two")
    put_into(desk, twos, 2)
    put_into(desk, ones, 1)
    handle = desk._handle
    some = desk.make(Kinds([Kind(name="try", handle=handle, lanes=frozenset({"slow:one"}))]))
    desk.engine = some
    desk.work_off()
    assert desk.begun == ["slow:one 0"]


def limit(desk: Desk, **limits: int) -> None:
    given = {"seats": None, "per_minute": None, "per_day": None, **limits}
    changing(desk, Lanes.limit, SLOW.name, **given)


def place(desk: Desk, job_id: str, priority: int, ordinal: int) -> bool:
    with desk.workbench.transaction(desk.workbench.operator()) as tx:
        return desk.claims.place(tx.connection, job_id, priority, ordinal)


def finish_first(desk: Desk) -> None:
    """End the job of the lowest seat."""
    with desk.workbench.database.write() as connection:
        chosen = "SELECT job_id FROM jobs WHERE status = 'running' ORDER BY seat LIMIT 1"
        execute(connection, f"UPDATE jobs SET status = 'done', seat = NULL WHERE job_id IN ({chosen})")  # noqa: S608


def desk_rule(desk: Desk) -> Any:
    return Lanes(desk.workbench.database).find(SLOW.name)
