"""How an automated task is followed: each step and line is told while it runs, once, and stays afterwards."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta

import pytest

from engine.access import ActorKind
from engine.audit import history, topics
from engine.errors import BadRequestError
from engine.executions import running, tracking
from engine.executions.executors.base import Effect
from engine.executions.models import ExecutionStatus, Settlement
from engine.executions.tracking import Place, Tracked
from engine.jobs.embedded import EmbeddedEngine
from engine.jobs.port import Kinds
from engine.notifications.models import Notification
from engine.tasks.models import Task
from tests.engine.executions.conftest import Office
from tests.factories import make_task
from tests.halting import PATIENCE_SECONDS, Halting, installed
from tests.receiver import broken, says


@pytest.fixture
def halting(monkeypatch: pytest.MonkeyPatch) -> Halting:
    return installed(monkeypatch)


@contextmanager
def working(office: Office) -> Iterator[None]:
    """Let a worker run what is due while the block lasts."""
    work = running.running(office.workbench, looks_every=office.looks, grace=timedelta(seconds=2))
    engine = EmbeddedEngine(
        office.workbench.database,
        Kinds([work]),
        office.workbench.clock,
        office.workbench.ids,
        lease=timedelta(minutes=1),
        on_failed=lambda *_: None,
    )
    thread = threading.Thread(target=engine.do_one, args=("worker",))
    thread.start()
    try:
        yield
    finally:
        thread.join(PATIENCE_SECONDS)
        assert not thread.is_alive()


def tracked(office: Office, task: Task, after: Place | None = None, by: str = "ana") -> Tracked:
    with office.workbench.reading(office.people[by]) as tx:
        return tracking.read(tx, tx.get(Task, task.task_id), after)


def moved(office: Office, task: Task) -> int:
    with office.workbench.reading(office.people["ana"]) as tx:
        name = topics.progress(task.task_id)
        return history.positions(tx, [name]).get(name, 0)


def states(found: Tracked) -> list[tuple[str, str]]:
    return [(one.name, one.state.value) for one in found.steps]


def texts(found: Tracked) -> list[str]:
    return [one.text for one in found.lines]


def soon(says_so: Callable[[], bool]) -> None:
    """Wait until something is so, which a worker does by itself within moments."""
    waited = threading.Event()
    for _ in range(PATIENCE_SECONDS * 50):
        if says_so():
            return
        waited.wait(0.02)
    raise AssertionError("it did not come to that")


def test_a_running_attempt_is_told_step_by_step_and_its_position_rises_with_each(
    office: Office, halting: Halting
):
    """TRK-03, TRK-04, D10."""
    task = office.make(config={"executor": "halting"})
    office.execute(task)
    assert states(tracked(office, task)) == [("Read", "to_do"), ("Think", "to_do"), ("Write", "to_do")]
    seen = [moved(office, task)]
    with working(office):
        for name in ("Read", "Think", "Write"):
            halting.wait()
            found = tracked(office, task)
            assert (name, "begun") in states(found)
            assert [one.name for one in found.steps] == ["Read", "Think", "Write"]
            assert texts(found)[-1] == f"{name} comes next."
            seen.append(moved(office, task))
            halting.let_go()
    assert seen == sorted({*seen}), "it rises with each write"
    ended = tracked(office, task)
    assert states(ended) == [("Read", "done"), ("Think", "done"), ("Write", "done")]
    assert {one.seconds is None for one in ended.steps} == {False}
    assert texts(ended) == ["Read comes next.", "Think comes next.", "Write comes next."]
    assert ended.last is not None
    assert ended.last.output == {"words": 3}


def test_a_line_is_told_while_the_step_after_it_still_takes_long(office: Office, halting: Halting):
    task = office.make(config={"executor": "halting"})
    office.execute(task)
    with working(office):
        halting.wait()
        before = moved(office, task)
        halting.current.log("It takes longer than usual.")
        soon(lambda: "It takes longer than usual." in texts(tracked(office, task)))
        assert moved(office, task) > before
        halting.let_go(3)


def test_whoever_follows_is_told_each_line_once_over_all_attempts(office: Office, halting: Halting):
    task = office.make(config={"executor": "halting"}, max_retries=0)
    office.execute(task)
    halting.fails_at = "Think"
    told, place = [], None
    with working(office):
        halting.wait()
        found = tracked(office, task, place)
        told, place = told + texts(found), found.place
        halting.let_go(2)
    office.do("execution retry", execution_id=office.last(task).execution_id)
    halting.fails_at = None
    with working(office):
        halting.let_go(3)
    found = tracked(office, task, place)
    told, place = told + texts(found), found.place
    first = ["Read comes next.", "Think comes next."]
    assert told == [*first, *first, "Write comes next."]
    assert (place, texts(tracked(office, task, place))) == (Place(2, 3), [])
    assert str(Place.read(str(place))) == "2.3"


@pytest.mark.parametrize("text", ["", "2", "2.", "a.b", "-1.2", "1.2.3", "9" * 12 + ".1"])
def test_a_place_that_no_answer_gave_is_refused_in_words(text: str):
    with pytest.raises(BadRequestError, match="next"):
        Place.read(text)


def test_what_failed_keeps_its_steps_and_says_how_many_were_never_begun(office: Office, halting: Halting):
    """TKT-12, TRK-08, TRK-10."""
    task = office.make(config={"executor": "halting"}, max_retries=0)
    office.execute(task)
    halting.fails_at = "Read"
    with working(office):
        halting.let_go()
    found = tracked(office, task)
    assert (states(found), found.not_begun) == ([("Read", "done")], 2)
    assert found.last is not None
    assert (found.last.status, found.last.error) == (ExecutionStatus.FAILED, "Nothing came to its mind.")
    assert found.can_do == {"execution retry"}


def test_only_what_is_allowed_now_can_be_done(office: Office):
    """TRK-06: and a program settles no doubt (D9)."""
    task = office.make(config={"method": "POST", "body": {}}, max_retries=0)
    assert tracked(office, task).can_do == {"task execute"}
    office.execute(task)
    assert tracked(office, task).can_do == {"execution cancel"}
    assert tracked(office, task, by="mara").can_do == {"execution cancel"}
    office.program.answers = [broken(500)]
    office.work()
    assert tracked(office, task).can_do == {"execution settle"}
    agent = replace(office.people["ana"], kind=ActorKind.AGENT)
    with office.workbench.reading(agent) as tx:
        assert tracking.read(tx, tx.get(Task, task.task_id)).can_do == frozenset()
    last = office.last(task)
    given = {"settlement": Settlement.DID_NOT_HAPPEN, "comment": "The board has no card."}
    office.do("execution settle", execution_id=last.execution_id, **given)
    office.program.usual = says({})
    office.work()
    assert tracked(office, task).can_do == frozenset()


def test_whoever_may_not_work_the_task_is_offered_nothing(office: Office):
    task = office.make()
    with office.workbench.reading(office.people["ben"]) as tx:
        assert tracking.read(tx, task).can_do == frozenset()


def test_a_step_that_an_attempt_before_did_is_told_as_from_before(office: Office, halting: Halting):
    halting.effect, halting.fails_at = Effect.KEYED, "Think"
    task = office.make(config={"executor": "halting"}, max_retries=0)
    office.execute(task)
    with working(office):
        halting.let_go(2)
    halting.fails_at = None
    office.do("execution retry", execution_id=office.last(task).execution_id)
    with working(office):
        halting.let_go()
    found = tracked(office, task)
    assert states(found) == [("Read", "done"), ("Think", "done"), ("Write", "done")]
    assert [one.is_from_before for one in found.steps] == [True, True, False]


def test_a_task_that_people_do_has_nothing_to_follow(office: Office):
    task = make_task(office.workbench, actor=office.people["ana"])
    found = tracked(office, task)
    assert (found.attempts, found.steps, found.can_do) == ((), (), frozenset())
    assert "People do task" in (found.refusal or "")


@pytest.mark.parametrize("settlement", Settlement)
def test_whoever_settles_a_doubt_takes_it_out_of_the_owners_inbox(office: Office, settlement: Settlement):
    office.program.answers = [broken(500)]
    task = office.make(config={"method": "POST", "body": {}})
    one = office.execute(task)
    office.work()
    asked = {"execution_id": one.execution_id, "settlement": settlement, "comment": "I looked."}
    with office.workbench.reading(office.people["ana"]) as tx:
        [told] = tx.find(Notification, user_id=task.owner_id, key=f"execution:{one.execution_id}:unknown")
        assert told.over_at is None
    office.do("execution settle", "mara", **asked)
    with office.workbench.reading(office.people["ana"]) as tx:
        assert tx.get(Notification, told.notification_id).over_at is not None
    assert office.attempts(task)[0].said.startswith("settled, ")
