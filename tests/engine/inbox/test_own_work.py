"""What somebody's own work tells them: who is told what, in which words, and when it is over by itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta

import pytest

from engine.bundles import service as bundles
from engine.bundles.models import Bundle
from engine.deliverables import approvals, versions
from engine.deliverables.models import Deliverable
from engine.inbox import service
from engine.inbox.read_models import Inbox, Item, Kind
from engine.tasks import assignment, human_review, lifecycle, update
from engine.tasks.models import Task
from engine.watching import service as watching
from engine.watching.models import WatchMode
from tests.desk import Desk
from tests.factories import make_bundle


def _theirs(found: Inbox) -> list[Item]:
    """List what is the reader's own: what they may claim the badge does not count."""
    return [item for item in found.items if not item.kind.is_offer]


def inbox(desk: Desk, name: str) -> Inbox:
    with desk.workbench.reading(desk.people[name]) as tx:
        found = service.load(tx)
        assert service.count(tx, service.positions(tx)) == found.total == len(_theirs(found))
        return found


def news(desk: Desk, name: str) -> list[Item]:
    return [item for item in inbox(desk, name).items if not item.kind.is_to_decide]


def do(desk: Desk, who: str, verb: Callable[..., object], *words: object) -> None:
    with desk.workbench.transaction(desk.people[who]) as tx:
        verb(tx, *words)
    desk.workbench.clock.advance(minutes=1)


def change(desk: Desk, who: str, task_id: str, **fields: object) -> None:
    do(desk, who, lambda tx: update.update(tx, desk.workbench.content(), task_id, fields))


def day(desk: Desk, days: int = 0) -> str:
    return (desk.workbench.clock.now() + timedelta(days=days)).date().isoformat()


# -- a cause each ------------------------------------------------------------------------------------


def given(desk: Desk) -> str:
    task_id = desk.make(assignee=None)
    do(desk, "mara", assignment.assign, task_id, "ana")
    return task_id


def made_for_them(desk: Desk) -> str:
    return desk.make()


def given_while_it_waits(desk: Desk) -> str:
    first, second = desk.make("First", "ben"), desk.make("Second", None)
    change(desk, "mara", second, depends_on=[first])
    do(desk, "mara", assignment.assign, second, "ana")
    return second


def freed(desk: Desk) -> str:
    first, second = desk.make("First", "ben"), desk.make("Second", None, depends_on=[])
    change(desk, "mara", second, depends_on=[first])
    do(desk, "mara", assignment.assign, second, "ana")
    do(desk, "ben", lifecycle.complete, first)
    return second


def let_go(desk: Desk) -> str:
    first, second = desk.make("First", "ben"), desk.make("Second")
    change(desk, "mara", second, depends_on=[first])
    change(desk, "mara", second, depends_on=[], reason="The brief is old")
    return second


def due(desk: Desk) -> str:
    task_id = desk.make()
    do(desk, "ana", lifecycle.start, task_id)
    change(desk, "ana", task_id, due_date=day(desk))
    return task_id


def late(desk: Desk) -> str:
    task_id = due(desk)
    desk.workbench.clock.advance(days=2)
    return task_id


def sent_back(desk: Desk) -> str:
    task_id = desk.hand_over()
    desk.decide(task_id, "rejected", "Name the source.")
    desk.workbench.clock.advance(minutes=1)
    return task_id


# -- what ends it ------------------------------------------------------------------------------------


def given_to_ben(desk: Desk, task_id: str) -> None:
    do(desk, "mara", assignment.assign, task_id, "ben")


def started(desk: Desk, task_id: str) -> None:
    do(desk, "ana", lifecycle.start, task_id)


def cancelled(desk: Desk, task_id: str) -> None:
    do(desk, "mara", lifecycle.cancel, task_id, "No budget")


def put_off(desk: Desk, task_id: str) -> None:
    change(desk, "ana", task_id, due_date=day(desk, 5))


def seen(desk: Desk, _: str) -> None:
    [item] = news(desk, "ana")
    service.mark_seen(desk.workbench.ledger(desk.people["ana"]), items=[item.name])


def all_seen(desk: Desk, _: str) -> None:
    service.mark_seen(desk.workbench.ledger(desk.people["ana"]), inbox(desk, "ana").news_until)


def handed_over_again(desk: Desk, task_id: str) -> None:
    with desk.workbench.transaction(desk.people["ana"]) as tx:
        [row] = tx.find(Deliverable, task_id=task_id)
        versions.new_version(tx, row.deliverable_id, url="https://docs.example/two")
        approvals.request(tx, task_id)


def must_wait_again(desk: Desk, task_id: str) -> None:
    change(desk, "mara", task_id, depends_on=[desk.make("Another", "ben")])


_ALWAYS = (given_to_ben, cancelled, seen, all_seen)


@dataclass(frozen=True)
class Cause:
    """What happens, what Ana is told of it, and what ends that."""

    happens: Callable[[Desk], str]
    kind: Kind
    why: str
    ends: tuple[Callable[[Desk, str], None], ...] = field(default=())


_FREE = "Ben finished what it comes after: you can start now"
CAUSES = (
    Cause(given, Kind.ASSIGNED, "Mara gave it to you", (*_ALWAYS, started)),
    Cause(made_for_them, Kind.ASSIGNED, "Mara gave it to you", (*_ALWAYS, started)),
    Cause(given_while_it_waits, Kind.ASSIGNED, "Mara gave it to you", _ALWAYS),
    Cause(freed, Kind.FREE, _FREE, (*_ALWAYS, started)),
    Cause(let_go, Kind.FREE, _FREE.replace("Ben", "Mara"), (*_ALWAYS, started)),
    Cause(due, Kind.DUE, "It is yours, and due today", (*_ALWAYS, put_off)),
    Cause(late, Kind.LATE, "It is yours, and late", (*_ALWAYS, put_off, must_wait_again)),
    Cause(sent_back, Kind.SENT_BACK, "Mara rejected it and says why", (cancelled, seen, handed_over_again)),
)
_ENDS = [(cause, end) for cause in CAUSES for end in cause.ends]


@pytest.mark.parametrize("cause", CAUSES, ids=lambda cause: cause.happens.__name__)
def test_whoever_has_a_task_is_told_why_it_concerns_them_and_nobody_else_is(either_desk: Desk, cause: Cause):
    task_id = cause.happens(either_desk)
    told = [(item.kind, item.why, item.task_id) for item in news(either_desk, "ana")]
    assert told == [(cause.kind, cause.why, task_id)]
    for name in ("max", "sam", "pat", "gil"):
        assert news(either_desk, name) == []
    assert task_id not in [item.task_id for name in ("mara", "ben") for item in news(either_desk, name)]


@pytest.mark.few(19)
@pytest.mark.parametrize(
    ("cause", "end"), _ENDS, ids=[f"{cause.happens.__name__}-{end.__name__}" for cause, end in _ENDS]
)
def test_an_item_is_over_by_itself_once_its_cause_is_gone(desk: Desk, cause: Cause, end):
    task_id = cause.happens(desk)
    if end is must_wait_again:
        do(desk, "mara", lifecycle.put_back, task_id)
    end(desk, task_id)
    assert [item for item in news(desk, "ana") if item.task_id == task_id] == []


def test_nobody_is_told_of_what_they_did_themselves(either_desk: Desk):
    claimed = either_desk.make(assignee=None, role="writer")
    do(either_desk, "ana", assignment.claim, claimed)
    first, second = either_desk.make("First"), either_desk.make("Second")
    change(either_desk, "mara", second, depends_on=[first])
    service.mark_seen(either_desk.workbench.ledger(either_desk.people["ana"]))
    either_desk.workbench.clock.advance(minutes=1)
    do(either_desk, "ana", lifecycle.complete, first)
    assert not either_desk.task(second).is_blocked
    assert news(either_desk, "ana") == []


def test_what_waits_for_another_task_from_the_start_is_told_once_it_is_free(desk: Desk):
    first = desk.make("First", "ben")
    second = desk.make("Second", "ana", depends_on=[first])
    assert news(desk, "ana") == []
    desk.workbench.clock.advance(minutes=1)
    do(desk, "ben", lifecycle.complete, first)
    [item] = news(desk, "ana")
    assert (item.kind, item.task_id) == (Kind.FREE, second)


def test_the_last_that_happened_to_a_task_is_told_and_a_later_day_tells_it_anew(desk: Desk):
    task_id = given(desk)
    change(desk, "mara", task_id, due_date=day(desk))
    [item] = news(desk, "ana")
    assert (item.kind, item.deadline) == (Kind.ASSIGNED, desk.task(task_id).deadline)
    service.mark_seen(desk.workbench.ledger(desk.people["ana"]), items=[item.name])
    assert news(desk, "ana") == []
    desk.workbench.clock.advance(days=1)
    assert [item.kind for item in news(desk, "ana")] == [Kind.LATE]


def test_what_is_with_an_approver_is_not_told_as_late_to_who_handed_it_over(desk: Desk):
    task_id = desk.hand_over()
    desk.change(task_id, deadline=desk.workbench.clock.now() - timedelta(days=1))
    assert news(desk, "ana") == []


def test_a_bundle_that_somebody_else_completes_is_told_to_who_runs_it(either_desk: Desk):
    desk = either_desk
    run = make_bundle(desk.workbench, actor=desk.people["mara"])
    own = make_bundle(desk.workbench, actor=desk.people["mara"])
    muted = make_bundle(desk.workbench, actor=desk.people["mara"])
    do(desk, "mara", watching.set_mode, muted, WatchMode.MUTED)
    for bundle, who in ((run, "max"), (own, "mara"), (muted, "max")):
        with desk.workbench.transaction(desk.people[who]) as tx:
            for task in tx.find(Task, bundle_id=bundle.bundle_id):
                lifecycle.cancel(tx, task.task_id)
            kept = tx.get(Bundle, bundle.bundle_id)
            for link in tx.find(bundles.BundleLink, bundle_id=bundle.bundle_id):
                bundles.fill_link(tx, bundle.bundle_id, link.name, "https://example.com")
            bundles.complete(tx, kept.bundle_id)
    [item] = news(desk, "mara")
    assert (item.kind, item.key, item.why) == (
        Kind.DONE, run.bundle_id, "Max completed the last of it, and it is your bundle",
    )  # fmt: skip
    assert [news(desk, name) for name in ("max", "sam", "pat")] == [[], [], []]
    service.mark_seen(desk.workbench.ledger(desk.people["mara"]), items=[item.name])
    assert news(desk, "mara") == []


def test_news_of_one_bundle_stand_together_where_the_first_of_them_stands(desk: Desk):
    bundle = make_bundle(desk.workbench, actor=desk.people["max"])
    with desk.workbench.reading(desk.people["max"]) as tx:
        first, second, *_ = [one.task_id for one in tx.find(Task, bundle_id=bundle.bundle_id)]
    desk.workbench.clock.advance(minutes=1)
    do(desk, "max", assignment.assign, first, "mara")
    alone = desk.make(assignee="ben")
    do(desk, "max", assignment.assign, alone, "mara")
    do(desk, "max", assignment.assign, second, "mara")
    [section] = inbox(desk, "mara").sections
    groups = [(group.where, [item.task_id for item in group.items]) for group in section.groups]
    assert groups == [(bundle.title, [first, second]), (None, [alone])]
    assert [item.task_id for item in section.items] == [first, second, alone]


def test_an_item_that_was_seen_is_seen_by_its_reader_alone(desk: Desk, clock):
    desk.decide(desk.hand_over(), "approved", by="max")
    [item] = news(desk, "ana")
    service.mark_seen(desk.workbench.ledger(desk.people["ben"]), items=[item.name])
    assert news(desk, "ana") == [item]


# -- what may be claimed, and what must not run ------------------------------------------------------


def free(desk: Desk) -> str:
    return desk.make(assignee=None, role="writer")


def freed_for_all(desk: Desk) -> str:
    first, second = desk.make("First", "ben"), desk.make("Second", None, role="writer")
    change(desk, "mara", second, depends_on=[first])
    assert claimable(desk, "ana") == []
    do(desk, "max", lifecycle.complete, first)
    return second


def given_up(desk: Desk) -> str:
    task_id = desk.make(assignee="ben", role="writer")
    desk.workbench.clock.advance(days=40)
    do(desk, "mara", assignment.assign, task_id, None)
    return task_id


def claimable(desk: Desk, name: str) -> list[Item]:
    return [item for item in inbox(desk, name).items if item.kind is Kind.CLAIMABLE]


def claimed(desk: Desk, task_id: str) -> None:
    do(desk, "ana", assignment.claim, task_id)


def given_to_a_program(desk: Desk, task_id: str) -> None:
    change(desk, "mara", task_id, assigned_to_bot=True)


def asked_to_be_reviewed(desk: Desk, task_id: str) -> None:
    change(desk, "mara", task_id, requires_human_review=True)


def muted(desk: Desk, task_id: str) -> None:
    do(desk, "ana", lambda tx: watching.set_mode(tx, tx.get(Task, task_id), WatchMode.MUTED))


@pytest.mark.parametrize("happens", [free, freed_for_all, given_up])
def test_whoever_may_claim_a_task_is_told_that_it_is_free_and_nobody_else_is(either_desk: Desk, happens):
    task_id = happens(either_desk)
    [item] = claimable(either_desk, "ana")
    assert (item.key, item.task_id, item.why) == (
        task_id, task_id, "Any writer may claim it, and nobody has yet",
    )  # fmt: skip
    assert [claimable(either_desk, name) for name in ("ben", "mara", "max", "sam", "pat")] == [[]] * 5


_OVER = (claimed, given_to_ben, given_to_a_program, asked_to_be_reviewed, cancelled, must_wait_again, muted)


@pytest.mark.parametrize("end", _OVER, ids=[one.__name__ for one in _OVER])
def test_what_may_be_claimed_no_more_is_told_no_more(desk: Desk, end):
    task_id = free(desk)
    assert [item.task_id for item in claimable(desk, "ana")] == [task_id]
    end(desk, task_id)
    assert [item for item in inbox(desk, "ana").items if item.task_id == task_id] == []


def test_what_somebody_has_seen_and_is_given_up_again_is_told_again(desk: Desk):
    task_id = free(desk)
    [item] = claimable(desk, "ana")
    service.mark_seen(desk.workbench.ledger(desk.people["ana"]), items=[item.name])
    assert claimable(desk, "ana") == []
    do(desk, "mara", assignment.assign, task_id, "ben")
    do(desk, "ben", assignment.assign, task_id, None)
    assert [one.key for one in claimable(desk, "ana")] == [task_id]


def test_whoever_gave_a_task_up_is_not_told_that_it_is_free(desk: Desk):
    task_id = desk.make(assignee="ana", role="writer")
    do(desk, "ana", assignment.assign, task_id, None)
    assert claimable(desk, "ana") == []


def test_whoever_made_what_shall_run_is_told_that_it_was_refused_and_why(either_desk: Desk):
    desk = either_desk
    task_id = desk.make("Crawl", None, assigned_to_bot=True, requires_human_review=True)
    other = desk.make("Another", None)
    do(desk, "mara", lifecycle.cancel, other, "No budget")
    do(desk, "max", human_review.reject, task_id, "It would write to everybody.")
    [item] = news(desk, "mara")
    assert (item.kind, item.key, item.why) == (
        Kind.REFUSED, task_id, "Max refused that it ever runs, and cancelled it",
    )  # fmt: skip
    assert [news(desk, name) for name in ("max", "sam", "ana", "pat")] == [[]] * 4
    service.mark_seen(desk.workbench.ledger(desk.people["mara"]), items=[item.name])
    assert news(desk, "mara") == []
