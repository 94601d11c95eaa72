"""The count of an inbox is kept, and is never another one than counting afresh gives."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from engine.access import Actor
from engine.accounts import service as accounts
from engine.app import Workbench
from engine.bundles.models import Bundle
from engine.catalog.catalog import Catalog
from engine.clock import FixedClock
from engine.errors import WorkbenchError
from engine.inbox import service
from engine.tasks import assignment, lifecycle, update
from engine.tasks.dates import start_of
from engine.tasks.models import Task
from engine.watching import service as watching
from engine.watching.models import WatchMode
from tests.desk import Desk
from tests.engine.inbox.test_counting import PEOPLE, Life
from tests.factories import make_bundle
from tests.statements import counted

_STEPS = 60
#: How far the clock goes on while nothing happens.
_IDLE = [
    timedelta(0),
    timedelta(milliseconds=1),
    timedelta(minutes=20),
    timedelta(hours=7),
    timedelta(days=4),
]


def count(workbench: Workbench, actor: Actor) -> int:
    """Return the count that is kept, having checked that counting afresh gives the same."""
    with workbench.reading(actor) as tx:
        known = service.positions(tx)
        found = service.count(tx, known)
        assert found == service.count_afresh(tx, known).total
    return found


def is_counted(workbench: Workbench, actor: Actor) -> bool:
    """Whether asking for the count looks at any work."""
    with workbench.reading(actor) as tx:
        known = service.positions(tx)
        with counted() as sent:
            service.count(tx, known)
    return bool(sent)


@pytest.fixture
def second(either_workbench: Workbench, shipped_catalog: Catalog) -> Iterator[Workbench]:
    """Another server on the same store, by the same clock."""
    engine = Workbench(either_workbench.settings, clock=either_workbench.clock, catalog=shipped_catalog)
    yield engine
    engine.close()


@pytest.mark.wide
@pytest.mark.parametrize(
    "seed", [0, 1, *(pytest.param(seed, marks=pytest.mark.long) for seed in range(2, 9))]
)
def test_what_is_kept_is_what_counting_gives_whatever_happens_on_either_server_and_however_late_it_gets(
    either_desk: Desk, second: Workbench, seed: int
):
    first, asked, kept, found = either_desk.workbench, 0, 0, set()
    life = Life(either_desk, seed)
    for step in range(_STEPS):
        either_desk.workbench = (first, second)[step % 2]
        life.go_on()
        if life.tasks:
            life.change_hands()
        for _ in range(2):
            for name in PEOPLE:
                for server in (first, second):
                    asked, kept = asked + 1, kept + (not is_counted(server, either_desk.people[name]))
                    found.add(count(server, either_desk.people[name]))
            first.clock.advance(seconds=life.chance.choice(_IDLE).total_seconds())
    assert kept > asked / 10, "it is kept now and then"
    assert max(found) > 1, "enough has happened to tell"


def test_a_count_that_is_kept_looks_at_no_work(either_desk: Desk):
    either_desk.hand_over()
    mara = either_desk.people["mara"]
    seen = [(is_counted(either_desk.workbench, mara), count(either_desk.workbench, mara)) for _ in range(2)]
    assert seen == [(True, 1), (False, 1)]


def test_what_time_alone_changes_is_counted_the_moment_it_changes(desk: Desk, clock: FixedClock):
    """Due today from midnight on, late from the first moment after the deadline, and old news in the end."""
    ana, day = desk.people["ana"], clock.now().date() + timedelta(days=2)
    task_id = desk.make(due_date=day.isoformat())
    deadline = desk.task(task_id).deadline
    assert deadline is not None
    midnight = start_of(day, desk.workbench.workspace.timezone)
    a_millisecond = timedelta(milliseconds=1)

    def at(moment: datetime) -> int:
        clock.set(moment)
        return count(desk.workbench, ana)

    def seen() -> int:
        service.mark_seen(desk.workbench.ledger(ana))
        return count(desk.workbench, ana)

    assert (count(desk.workbench, ana), seen()) == (1, 0)
    assert at(midnight - a_millisecond) == 0
    assert at(midnight) == 1
    assert seen() == 0
    assert at(deadline) == 0
    assert at(deadline + a_millisecond) == 1
    assert at(deadline + timedelta(days=30) - a_millisecond) == 1
    assert at(deadline + timedelta(days=30)) == 0


def test_items_that_are_marked_in_one_moment_or_by_a_clock_behind_are_each_counted_out(
    either_desk: Desk, second: Workbench
):
    """The mark of a user moves with each that they mark, whatever time it is."""
    first, ana = either_desk.workbench, either_desk.people["ana"]
    for number in range(3):
        either_desk.make(f"Task {number}")
    with first.reading(ana) as tx:
        names = [item.name for item in service.load(tx).items]
    second.clock = FixedClock(first.clock.now() - timedelta(seconds=5))
    left = []
    for server, name in zip((first, first, second), names, strict=True):
        service.mark_seen(server.ledger(ana), items=[name])
        left.append(count(first, ana))
    assert left == [2, 1, 0]


def test_what_a_use_case_counts_and_then_takes_back_is_not_kept(either_desk: Desk):
    """What is done instead has the same number."""
    ana, mara = either_desk.people["ana"], either_desk.people["mara"]
    task_id, content = either_desk.make(), either_desk.workbench.content()

    def begin_and_fail() -> None:
        with either_desk.workbench.transaction(ana) as tx:
            lifecycle.start(tx, task_id)
            assert service.count(tx, service.positions(tx)) == 0
            raise WorkbenchError("taken back")

    assert count(either_desk.workbench, ana) == 1
    with pytest.raises(WorkbenchError, match="taken back"):
        begin_and_fail()
    with either_desk.workbench.transaction(mara) as tx:
        update.update(tx, content, task_id, {"priority": "high"})
    assert count(either_desk.workbench, ana) == 1


def test_with_another_role_or_another_rule_of_the_office_it_is_counted_again(either_desk: Desk):
    """Neither is an event: the session knows of the one, the settings of the server hold the other."""
    workbench, ana, mara = (either_desk.workbench, *(either_desk.people[name] for name in ("ana", "mara")))
    asked = either_desk.approval(either_desk.hand_over())
    either_desk.change(asked.task_id, assignee_id=mara.employee_id)
    assert [count(workbench, one) for one in (ana, replace(ana, roles=mara.roles), ana)] == [0, 0, 0]
    either_desk.ask_for_help()
    assert [count(workbench, one) for one in (ana, replace(ana, roles=mara.roles), ana)] == [0, 1, 0]
    before = count(workbench, mara)
    workbench.settings = replace(workbench.settings, own_approval=True)
    assert count(workbench, mara) == before + 1


def _plain(desk: Desk) -> str:
    return desk.make()


def _watched(desk: Desk) -> str:
    task_id = desk.make()
    with desk.workbench.transaction(desk.people["sam"]) as tx:
        watching.set_mode(tx, tx.get(Task, task_id), WatchMode.WATCHING)
    return task_id


def _in_a_watched_bundle(desk: Desk) -> str:
    bundle = make_bundle(desk.workbench, actor=desk.people["mara"])
    with desk.workbench.transaction(desk.people["sam"]) as tx:
        watching.set_mode(tx, tx.get(Bundle, bundle.bundle_id), WatchMode.WATCHING)
        task_id = tx.find(Task, bundle_id=bundle.bundle_id, order_by=("position",))[0].task_id
    desk.change(task_id, assignee_id=desk.people["ana"].employee_id)
    return task_id


def _free(desk: Desk) -> str:
    return desk.make(assignee=None, role="writer")


def _to_be_permitted(desk: Desk) -> str:
    task_id = desk.make()
    desk.change(task_id, requires_human_review=True)
    return task_id


@pytest.mark.parametrize(
    ("make", "whose"),
    [
        (_plain, {"ana", "ben"}),
        (_watched, {"ana", "ben", "sam"}),
        (_in_a_watched_bundle, {"ana", "ben", "sam"}),
        (_free, set(PEOPLE)),
        (_to_be_permitted, set(PEOPLE)),
        (Desk.hand_over, set(PEOPLE)),
        (Desk.ask_for_help, set(PEOPLE)),
    ],
)
def test_when_a_task_changes_hands_only_the_inboxes_are_counted_again_that_may_be_others_now(
    either_desk: Desk, make: Callable[[Desk], str], whose: set[str]
):
    task_id, workbench = make(either_desk), either_desk.workbench
    with workbench.transaction(workbench.operator()) as tx:
        accounts.add_user(tx, "mara2@example.com", "Mara too", ["manager"], employee="mara")
    people = {**either_desk.people, "mara2": workbench.actor_by_email("mara2@example.com")}
    for name in PEOPLE:
        count(workbench, people[name])
    with workbench.transaction(people["max"]) as tx:
        assignment.assign(tx, task_id, "ben")
    assert {name for name in PEOPLE if is_counted(workbench, people[name])} == whose
    for name in PEOPLE:
        count(workbench, people[name])
