"""When regular work is due, and that it is put once, whoever ticks and however late (decision 9, R8)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import partial
from zoneinfo import ZoneInfo

import pytest
from cronsim import CronSim
from hypothesis import example, given
from hypothesis import strategies as st

from engine.app import Workbench
from engine.clock import FixedClock
from engine.jobs.context import Context
from engine.jobs.embedded import EmbeddedEngine
from engine.jobs.port import Kind, Kinds
from engine.jobs.regular import Regular
from engine.jobs.ticking import Ticker
from tests.conftest import NOW

_ZONES = ("UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu")
_LINES = ("30 2 * * *", "*/15 * * * *", "0 0 1 * *", "0 9 * * 1", "59 23 31 12 *", "0 3 L * *")


def nightly(when: str = "0 2 * * *") -> Regular:
    return Regular(name="sweep", when=when, purpose="Sweeps.")


@pytest.mark.parametrize(
    ("now", "last", "following"),
    [
        pytest.param("2026-11-20T01:59", "2026-11-19T02:00", "2026-11-20T02:00", id="before it is due"),
        pytest.param("2026-11-20T02:00", "2026-11-20T02:00", "2026-11-21T02:00", id="the moment itself"),
        pytest.param("2026-11-20T02:00:30", "2026-11-20T02:00", "2026-11-21T02:00", id="within its minute"),
        pytest.param("2026-11-20T23:00", "2026-11-20T02:00", "2026-11-21T02:00", id="after it"),
    ],
)
def test_what_is_due_at_two_was_due_last_and_is_due_next(now: str, last: str, following: str):
    moment = datetime.fromisoformat(f"{now}+00:00")
    assert nightly().last(moment, "UTC").isoformat() == f"{last}:00+00:00"
    assert nightly().next(moment, "UTC").isoformat() == f"{following}:00+00:00"


def test_a_time_that_the_clocks_leave_out_is_due_right_after_it_and_one_that_they_repeat_once():
    half_past_two = nightly("30 2 * * *")
    spring, autumn = datetime(2026, 3, 29, 12, tzinfo=UTC), datetime(2026, 10, 25, 12, tzinfo=UTC)
    assert half_past_two.last(spring, "Europe/Berlin").isoformat() == "2026-03-29T01:00:00+00:00"
    assert half_past_two.last(autumn, "Europe/Berlin").isoformat() == "2026-10-25T00:30:00+00:00"


@given(
    st.sampled_from(_LINES),
    st.sampled_from(_ZONES),
    st.integers(0, 2 * 365 * 24 * 3600).map(lambda seconds: NOW + timedelta(seconds=seconds)),
)
@example("30 2 * * *", "Europe/Berlin", datetime(2026, 3, 29, 1, 10, tzinfo=UTC))
@example("*/15 * * * *", "Australia/Lord_Howe", datetime(2026, 4, 4, 15, 5, tzinfo=UTC))
def test_between_the_last_moment_and_the_next_there_is_none(line: str, zone: str, now: datetime):
    """Told forwards from well before it, minute by minute, by the library alone."""
    one = nightly(line)
    last, following = one.last(now, zone), one.next(now, zone)
    assert last <= now < following
    later = CronSim(line, (last - timedelta(seconds=1)).astimezone(ZoneInfo(zone)))
    assert [next(later).astimezone(UTC) for _ in range(2)] == [last, following]


class _Shop:
    """A store with tickers, each as in a process of its own."""

    def __init__(self, workbench: Workbench, clock: FixedClock) -> None:
        self.workbench, self.clock = workbench, clock
        self.done: list[str] = []
        self.begun: list[str] = []
        kinds = [Kind(name=name, handle=partial(self._do, name)) for name in ("sweep", "other")]
        self.engine = EmbeddedEngine(workbench.database, Kinds(kinds), clock, workbench.ids)

    def _do(self, name: str, context: Context) -> None:
        self.begun.append(name)
        self.done.append(context.job_id)

    def ticker(
        self, holder: str, since: datetime = NOW - timedelta(days=30), regular: Regular | None = None
    ) -> Ticker:
        workbench = self.workbench
        return Ticker(
            self.engine,
            self.engine.claims,
            [regular or nightly()],
            clock=self.clock,
            zone="UTC",
            since=since,
            holder=holder,
            transaction=lambda: workbench.transaction(workbench.system_actor()),
        )

    def work_off(self) -> int:
        """Do what is there; return how much that was."""
        before = len(self.done)
        while self.engine.do_one("worker"):
            pass
        return len(self.done) - before


@pytest.fixture
def shop(either_workbench: Workbench, clock: FixedClock) -> _Shop:
    return _Shop(either_workbench, clock)


def test_what_was_due_is_put_once_however_often_the_clock_ticks(shop: _Shop):
    ticker = shop.ticker("one")
    assert ticker.tick() == [f"sweep@{NOW:%Y-%m-%d}T02:00Z"]
    assert [ticker.tick() for _ in range(3)] == [[], [], []]
    shop.clock.advance(days=1)
    assert ticker.tick() == [f"sweep@{NOW + timedelta(days=1):%Y-%m-%d}T02:00Z"]
    assert shop.work_off() == 2


def test_what_is_regular_comes_before_all_that_waits_already(shop: _Shop):
    with shop.workbench.transaction(shop.workbench.system_actor()) as tx:
        for _ in range(3):
            shop.engine.enqueue(tx, "other")
    shop.clock.advance(minutes=1)
    shop.ticker("one").tick()
    shop.work_off()
    assert shop.begun == ["sweep", "other", "other", "other"]


def test_a_clock_that_begins_anew_puts_nothing_that_was_put_before(shop: _Shop):
    shop.ticker("one").tick()
    shop.work_off()
    assert shop.ticker("one").tick() == []


def test_one_ticker_at_a_time_has_its_turn_and_another_takes_over_when_it_stops(shop: _Shop):
    first, second = shop.ticker("one"), shop.ticker("two")
    first.tick()
    shop.clock.advance(days=1)
    assert second.tick() == []
    first.stop()
    assert len(second.tick()) == 1
    assert first.tick() == []


def test_a_ticker_that_is_gone_is_followed_once_its_lease_ran_out(shop: _Shop):
    claims = shop.engine.claims
    assert claims.hold("clock", "gone", -1)
    assert len(shop.ticker("two").tick()) == 1
    assert not claims.hold("clock", "gone", 1000)


def test_after_a_week_without_a_clock_the_last_moment_alone_is_made_up_for(shop: _Shop):
    ticker = shop.ticker("one")
    ticker.tick()
    shop.work_off()
    shop.clock.advance(days=7)
    assert ticker.tick() == [f"sweep@{NOW + timedelta(days=7):%Y-%m-%d}T02:00Z"]
    assert shop.work_off() == 1


@pytest.mark.parametrize("hours", [2, -2])
def test_a_clock_that_jumps_puts_nothing_twice(shop: _Shop, hours: int):
    shop.clock.set(NOW.replace(hour=2, minute=30))
    ticker = shop.ticker("one")
    put = ticker.tick()
    for jump in (hours, -hours, hours):
        shop.clock.advance(hours=jump)
        put += ticker.tick()
    assert len(put) == len(set(put))
    assert shop.work_off() == len(put)


def test_by_a_clock_that_was_set_back_what_is_regular_comes_again_and_each_time_once(shop: _Shop):
    """Else nothing regular is done, and nobody reminded, until the clock has caught up."""
    often, begins = nightly("*/5 * * * *"), NOW.replace(hour=10, minute=0, second=30)
    ticker, put = shop.ticker("one", regular=often), list[str]()
    for time_around in range(4):
        shop.clock.set(begins)
        if time_around == 2:
            ticker = shop.ticker("one", regular=often)  # a server that began anew after its clock was set
        for moment in range(12):
            shop.clock.set(begins + moment * timedelta(minutes=5))
            put += [key for _ in range(3) for key in ticker.tick()]
        # The last moment of each time around is not told from one that was put just now.
        assert shop.work_off() >= 12 - time_around
    assert len(put) == len(set(put))
    assert put[12] == f"sweep#1@{begins:%Y-%m-%dT%H:%MZ}"


def test_nothing_is_put_that_was_due_before_the_workspace_was_made(shop: _Shop):
    ticker = shop.ticker("one", since=NOW)
    assert ticker.tick() == []
    shop.clock.advance(days=1)
    assert len(ticker.tick()) == 1
