"""What every engine of jobs promises (decision 9, issues 12 and 15): the same tests for each of three ways.

They are: looking into the ledger on SQLite, the same on PostgreSQL, and Procrastinate.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from engine.errors import BadRequestError, StoreUnavailableError
from engine.jobs.claims import LostError
from engine.jobs.context import Context, NothingDoneError
from engine.jobs.models import Claim, JobStatus, Lane
from engine.jobs.port import Kind, Kinds
from engine.transaction import Transaction
from tests.conftest import NOW
from tests.engine.jobs.desk import MINUTE, Desk, OnTheWayError, fails

#: A lease that has run out when it begins: whoever has it is as good as lost.
_OVER = -1


def test_a_job_is_there_if_and_only_if_its_transaction_was_committed(desk: Desk):
    def fail(tx: Transaction) -> None:
        desk.engine.enqueue(tx, "try", name="never")
        raise OnTheWayError

    with pytest.raises(OnTheWayError), desk.workbench.transaction(desk.workbench.operator()) as tx:
        fail(tx)
    job_id = desk.put("kept")
    desk.work_off()
    assert desk.begun == ["kept"]
    assert desk.told(job_id) == (JobStatus.DONE, 1, None, "said")


def test_a_job_of_no_kind_is_refused_with_the_kinds_that_there_are(desk: Desk):
    with pytest.raises(BadRequestError, match=r"no kind of job “knit”\. The kinds are: other, try"):
        desk.put("sweater", kind="knit")


def test_a_job_with_the_same_key_is_put_once_whatever_became_of_the_first(desk: Desk):
    desk.put("first", key="due/1")
    with desk.workbench.transaction(desk.workbench.operator()) as tx:
        assert desk.engine.enqueue(tx, "try", key="due/1", name="second") is None
    desk.work_off()
    with desk.workbench.transaction(desk.workbench.operator()) as tx:
        assert desk.engine.enqueue(tx, "try", key="due/1", name="third") is None
        assert desk.engine.enqueue(tx, "try", key="due/2", name="another") is not None
    desk.work_off()
    assert desk.begun == ["first", "another"]


def test_a_worker_that_is_lost_before_an_effect_leaves_its_job_to_the_next(desk: Desk):
    job_id = desk.put("job")
    lost = desk.begin(lease=_OVER)
    assert [one.status for one in desk.claims.reap()] == [JobStatus.READY]
    desk.work_off()
    assert desk.begun == ["job"]
    assert desk.told(job_id)[:2] == (JobStatus.DONE, 2)
    with pytest.raises(LostError):
        desk.claims.finish(lost)


def test_a_worker_that_is_lost_after_an_effect_began_leaves_its_job_unknown(desk: Desk):
    job_id = desk.put("mail")
    lost = desk.begin(lease=_OVER)
    desk.claims.mark_effect(lost, "mail/7")
    assert [one.status for one in desk.claims.reap()] == [JobStatus.UNKNOWN]
    desk.work_off()
    assert desk.begun == []
    assert desk.told(job_id) == (JobStatus.UNKNOWN, 1, "mail/7", "its worker was lost")


def test_an_effect_that_the_other_side_does_once_only_is_begun_again_with_its_key(desk: Desk):
    job_id = desk.put("hook")
    desk.claims.mark_effect(desk.begin(lease=_OVER), "hook/7", is_repeatable=True)
    desk.claims.reap()
    told: list[str | None] = []
    desk.doing["hook"] = lambda context: told.append(context.effect_before)
    desk.work_off()
    assert told == ["hook/7"]
    assert desk.status(job_id) is JobStatus.DONE


def test_what_nobody_knew_is_tried_once_more_or_ended_on_somebodys_word(desk: Desk):
    again, done = desk.put("again", max_attempts=1), desk.put("done")
    for _ in range(2):
        desk.claims.mark_effect(desk.begin(lease=_OVER), "mail/7")
    desk.claims.reap()
    assert desk.resolve(again, JobStatus.READY, "Mara looked: nothing had arrived.")
    assert desk.resolve(done, JobStatus.DONE, "Mara looked: it had arrived.")
    assert not desk.resolve(done, JobStatus.READY, "once more")
    desk.work_off()
    assert desk.begun == ["again"]
    assert (desk.status(again), desk.job(done).outcome) == (JobStatus.DONE, "Mara looked: it had arrived.")


def test_what_was_called_off_and_nobody_knew_is_tried_once_more_on_somebodys_word(desk: Desk):
    job_id = desk.put("mail")
    desk.claims.mark_effect(desk.begin(lease=_OVER), "mail/7")
    desk.cancel(job_id)
    desk.claims.reap()
    assert desk.status(job_id) is JobStatus.UNKNOWN
    desk.resolve(job_id, JobStatus.READY, "Mara looked: nothing had arrived.")
    desk.doing["mail"] = lambda context: context.effect("mail/7")
    desk.work_off()
    assert desk.told(job_id)[:2] == (JobStatus.DONE, 2)


def test_a_job_that_fails_is_tried_three_times_each_after_a_longer_wait(desk: Desk):
    job_id = desk.put("job")
    desk.doing["job"] = fails(BadRequestError("The address is wrong."))
    begun_after: list[timedelta] = []
    start = desk.clock.now()
    for _ in range(30):
        if desk.engine.do_one("worker"):
            begun_after.append(desk.clock.now() - start)
        desk.clock.advance(seconds=5)
    assert begun_after == [timedelta(0), timedelta(seconds=10), timedelta(seconds=50)]
    assert desk.told(job_id) == (JobStatus.FAILED, 3, None, "The address is wrong.")


def test_the_text_of_an_error_that_nobody_wrote_for_readers_is_not_kept(desk: Desk):
    job_id = desk.put("job", max_attempts=1)
    desk.doing["job"] = fails(OnTheWayError("password=hunter2"))
    desk.work_off()
    assert desk.job(job_id).outcome == "OnTheWayError"


def test_an_effect_that_fails_is_unknown_unless_its_handler_knows_that_nothing_was_done(desk: Desk):
    def began_then(error: Exception) -> Callable[[Context], str | None]:
        def act(context: Context) -> str | None:
            context.effect("mail/7")
            raise error

        return act

    doubtful, refused = desk.put("doubtful"), desk.put("refused")
    desk.doing["doubtful"] = began_then(TimeoutError())
    desk.doing["refused"] = began_then(NothingDoneError("The server refused the connection."))
    desk.work_off()
    assert desk.told(doubtful) == (JobStatus.UNKNOWN, 1, "mail/7", "TimeoutError")
    assert desk.told(refused) == (JobStatus.READY, 1, None, "The server refused the connection.")


def test_a_waiting_job_is_cancelled_at_once(desk: Desk):
    job_id = desk.put("job")
    assert desk.cancel(job_id) is JobStatus.CANCELLED
    desk.work_off()
    assert desk.begun == []
    assert desk.cancel(job_id) is None


def test_a_running_job_is_cancelled_before_it_begins_an_effect(desk: Desk):
    job_id = desk.put("job")
    reached: list[str] = []

    def act(context: Context) -> str | None:
        assert desk.cancel(job_id) is JobStatus.RUNNING
        context.effect("mail/7")
        reached.append("the effect")
        return None

    desk.doing["job"] = act
    desk.work_off()
    assert reached == []
    assert desk.told(job_id)[:3] == (JobStatus.CANCELLED, 1, None)


def test_a_running_job_that_was_called_off_and_loses_its_worker_is_cancelled(desk: Desk):
    job_id = desk.put("job")
    desk.begin(lease=_OVER)
    desk.cancel(job_id)
    assert [one.status for one in desk.claims.reap()] == [JobStatus.CANCELLED]


def test_who_ended_a_job_begins_no_effect_for_it_any_more(desk: Desk):
    job_id = desk.put("job")
    claim = desk.begin()
    desk.claims.finish(claim)
    with pytest.raises(LostError):
        desk.claims.mark_effect(claim, "mail/7")
    assert desk.told(job_id) == (JobStatus.DONE, 1, None, None)


def test_who_lost_a_job_can_neither_renew_it_nor_begin_an_effect_nor_end_it(desk: Desk):
    job_id = desk.put("job")
    old = desk.begin(lease=_OVER)
    desk.claims.reap()
    new = desk.begin()
    assert (old.token, old.attempt, new.attempt) == (1, 1, 2)
    assert new.token > old.token
    for act in (
        lambda: desk.claims.renew(old, MINUTE),
        lambda: desk.claims.mark_effect(old, "mail/7"),
        lambda: desk.claims.finish(old),
        lambda: desk.claims.retry(old, "why", not_before=0, is_nothing_done=False),
    ):
        with pytest.raises(LostError, match="not this worker's any more"):
            act()
    assert desk.status(job_id) is JobStatus.RUNNING
    desk.claims.finish(new)
    assert desk.status(job_id) is JobStatus.DONE


def test_who_comes_back_from_the_dead_begins_no_effect_and_ends_nothing(desk: Desk):
    job_id = desk.put("job")
    is_dead, is_over = threading.Event(), threading.Event()
    refused: list[str] = []

    def dies_then_goes_on(context: Context) -> str | None:
        if context.attempt == 2:
            context.effect("mail/second")
            return "done by the second"
        is_dead.set()
        assert is_over.wait(10)
        try:
            context.effect("mail/first")
        except LostError:
            refused.append("the effect")
            raise
        return "done by the first"

    desk.doing["job"] = dies_then_goes_on
    forgetful = desk.make(Kinds([Kind(name="try", handle=desk._handle)]), lease=timedelta(seconds=-1))
    dead = threading.Thread(target=forgetful.do_one, args=("dead",))
    dead.start()
    try:
        assert is_dead.wait(10)
        assert [one.status for one in desk.claims.reap()] == [JobStatus.READY]
        desk.work_off()
    finally:
        is_over.set()
        dead.join(10)
    assert refused == ["the effect"]
    assert desk.told(job_id) == (JobStatus.DONE, 2, "mail/second", "done by the second")


def test_the_effect_that_was_begun_last_is_the_one_that_is_told(desk: Desk):
    def begins_two(context: Context) -> str | None:
        context.effect("mail/7")
        context.effect("hook/8")
        raise TimeoutError

    job_id = desk.put("job")
    desk.doing["job"] = begins_two
    desk.work_off()
    assert desk.told(job_id) == (JobStatus.UNKNOWN, 1, "hook/8", "TimeoutError")


def test_what_was_written_with_a_job_that_was_lost_is_undone(desk: Desk):
    job_id = desk.put("job")
    old = desk.begin(lease=_OVER)
    desk.claims.reap()

    def write(tx: Transaction) -> None:
        desk.engine.enqueue(tx, "try", name="follows from it")
        Context(desk.claims, old, timedelta(minutes=1)).finish()

    with pytest.raises(LostError), desk.workbench.transaction(desk.workbench.operator()) as tx:
        write(tx)
    desk.work_off()
    assert desk.begun == ["job"]
    assert desk.status(job_id) is JobStatus.DONE


def test_a_renewed_lease_is_not_reaped(desk: Desk):
    desk.put("job")
    claim = desk.begin(lease=_OVER)
    assert desk.claims.renew(claim, MINUTE) is False
    assert desk.claims.reap() == []


def test_what_takes_longer_than_a_lease_is_kept_and_hears_that_it_was_called_off(desk: Desk):
    job_id, reaped = desk.put("long"), list[Any]()

    def act(context: Context) -> str | None:
        with context.kept():
            for _ in range(40):
                threading.Event().wait(0.02)
                reaped.extend(desk.claims.reap())
            desk.cancel(job_id)
            threading.Event().wait(0.5)
        return "not called off"

    desk.doing["long"] = act
    quick = desk.make(Kinds([Kind(name="try", handle=desk._handle)]), lease=timedelta(seconds=0.5))
    assert quick.do_one("worker")
    assert reaped == []
    assert desk.told(job_id)[:2] == (JobStatus.CANCELLED, 1)


def test_a_renewal_that_fails_gives_up_no_lease_that_is_still_good(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
):
    job_id, reaped = desk.put("long"), list[Any]()

    def act(context: Context) -> str | None:
        with context.kept():
            for _ in range(35):
                threading.Event().wait(0.02)
                reaped.extend(desk.claims.reap())
        return "kept"

    desk.doing["long"] = act
    quick = desk.make(Kinds([Kind(name="try", handle=desk._handle)]), lease=timedelta(seconds=0.5))
    renew, faults = quick.claims.renew, iter([StoreUnavailableError("It is away.")])

    def fails_once(claim: Claim, lease: int) -> bool:
        for fault in faults:
            raise fault
        return renew(claim, lease)

    monkeypatch.setattr(quick.claims, "renew", fails_once)
    assert quick.do_one("worker")
    assert reaped == []
    assert desk.told(job_id) == (JobStatus.DONE, 1, None, "kept")


def test_what_cannot_be_renewed_is_held_until_its_lease_is_over_and_no_longer(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
):
    desk.put("job")
    context = Context(desk.claims, desk.begin(), timedelta(seconds=0.1))

    def is_away(*_: Any) -> bool:
        raise StoreUnavailableError("It is away.")

    monkeypatch.setattr(desk.claims, "renew", is_away)
    context.hold()
    threading.Event().wait(0.11)
    with pytest.raises(StoreUnavailableError):
        context.hold()


def test_who_lost_a_job_holds_it_no_longer_however_long_its_lease_was(desk: Desk):
    desk.put("job")
    context = Context(desk.claims, desk.begin(lease=_OVER), timedelta(minutes=1))
    desk.claims.reap()
    with pytest.raises(LostError):
        context.hold()


def test_nothing_is_begun_before_its_time_by_the_clock_of_workbench(desk: Desk):
    desk.put("later", not_before=NOW + timedelta(hours=2))
    desk.put("now")
    desk.work_off()
    assert desk.begun == ["now"]
    desk.clock.advance(hours=2)
    desk.work_off()
    assert desk.begun == ["now", "later"]


def test_the_higher_priority_comes_first_then_the_lower_ordinal_then_the_first(desk: Desk):
    for name, priority, ordinal in (("e", 0, 2), ("c", 0, 1), ("d", 0, 1), ("a", 9, 5), ("b", 3, 0)):
        desk.put(name, priority=priority, ordinal=ordinal)
    desk.work_off()
    assert desk.begun == ["a", "b", "c", "d", "e"]


def test_an_attempt_that_failed_comes_again_in_its_place_by_the_ordinal(desk: Desk):
    failures = iter([BadRequestError("not yet")])

    def fails_once(_: Context) -> str | None:
        for error in failures:
            raise error
        return None

    lane = Lane(name="one run")
    desk.doing["second"] = fails_once
    desk.put("first", ordinal=1, lane=lane)
    second = desk.put("second", ordinal=2, lane=lane)
    assert desk.engine.do_one("worker")
    assert desk.engine.do_one("worker")
    for name, ordinal in (("third", 3), ("fourth", 4)):
        desk.put(name, ordinal=ordinal, lane=lane)
    desk.clock.advance(seconds=10)
    desk.work_off()
    assert desk.begun == ["first", "second", "second", "third", "fourth"]
    assert desk.told(second)[:2] == (JobStatus.DONE, 2)


def test_a_lane_has_as_many_at_a_time_as_it_has_seats(desk: Desk):
    two = Lane(name="browser", seats=2)
    for name in ("1", "2", "3"):
        desk.put(name, lane=two)
    desk.put("elsewhere")
    held = [desk.begin() for _ in range(3)]
    assert [claim.args["name"] for claim in held] == ["1", "2", "elsewhere"]
    desk.work_off()
    assert desk.begun == []
    desk.claims.finish(held[0])
    desk.work_off()
    assert desk.begun == ["3"]


def test_what_another_release_knows_is_left_to_it(desk: Desk):
    job_id = desk.put("job", kind="other")
    older = desk.make(Kinds([Kind(name="try", handle=fails(AssertionError()))]))
    assert not older.do_one("older")
    assert desk.status(job_id) is JobStatus.READY
    desk.work_off()
    assert desk.begun == ["job"]


def test_a_list_goes_on_behind_a_job_whatever_was_put_meanwhile(desk: Desk):
    for name in ("first", "second", "third", "fourth"):
        desk.put(name)
    every = list(JobStatus)
    first = desk.claims.list_jobs(every, 2)
    desk.put("fifth")
    rest = desk.claims.list_jobs(every, 2, before=first[-1].job_id)
    ids = [job.job_id for job in (*first, *rest)]
    assert ids == sorted(ids, reverse=True)
    assert len(set(ids)) == 4
    assert desk.claims.list_jobs([JobStatus.FAILED], 2, before=ids[0]) == []
