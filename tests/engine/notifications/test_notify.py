"""Telling somebody something: with what it reports, once, and in their inbox where nothing else tells it."""

from __future__ import annotations

from engine.accounts import service as accounts
from engine.accounts.models import User
from engine.audit.models import Action, Event
from engine.inbox import details, service
from engine.inbox.read_models import Item, Kind
from engine.notifications.models import About, Notification, NotificationKind
from engine.notifications.service import notify
from engine.transaction import Transaction
from tests.desk import Desk
from tests.factories import make_task

FAILED = NotificationKind.JOB_FAILED


def tell(tx: Transaction, desk: Desk, *names: str, **more: object) -> list[Notification]:
    given = {"kind": FAILED, "title": "Export failed", "key": "job:1", **more}
    return notify(tx, user_ids=[desk.people[name].user_id for name in names], **given)


def told(desk: Desk, name: str, *, seen: bool = False) -> list[Item]:
    with desk.workbench.reading(desk.people[name]) as tx:
        found = service.load(tx, with_seen=seen, shown=200)
        if not seen:
            assert service.count(tx, service.positions(tx)) == found.total == len(found.items)
        return [item for item in found.items if item.kind is Kind.NOTICE]


def test_who_is_told_finds_it_in_their_inbox_and_nobody_else_does(either_desk: Desk):
    desk = either_desk
    with desk.workbench.transaction(desk.people["mara"]) as tx:
        [made, _] = tell(tx, desk, "ana", "ben", lines=["There is no room."])
    assert (made.kind, made.title, made.lines) == (
        FAILED,
        "Export failed",
        ["There is no room."],
    )
    for name, expected in {"ana": 1, "ben": 1, "mara": 0}.items():
        assert [item.title for item in told(desk, name)] == ["Export failed"] * expected
    assert told(desk, "ana")[0].why == "What is done by itself could not be done"


def test_nobody_is_told_twice_under_one_key(desk: Desk):
    with desk.workbench.transaction(desk.people["mara"]) as tx:
        [first] = tell(tx, desk, "ana", "ana")
        [again] = tell(tx, desk, "ana", title="Something else")
    with desk.workbench.transaction(desk.people["mara"]) as tx:
        later = tell(tx, desk, "ana", "ben", title="Something else")
        [other] = tell(tx, desk, "ana", key="job:2")
    assert [one.notification_id for one in (first, again, later[0])] == [first.notification_id] * 3
    assert [one.title for one in later] == ["Export failed", "Something else"]
    assert other.notification_id != first.notification_id
    with desk.workbench.reading(desk.people["mara"]) as tx:
        assert len(tx.find(Event, action=Action.NOTIFICATION_MADE.value)) == 3


def test_what_is_taken_back_tells_nobody(desk: Desk):
    with desk.workbench.transaction(desk.people["mara"]) as tx, tx.attempt(keeps=False):
        tell(tx, desk, "ana")
    assert told(desk, "ana") == []


def test_what_other_items_of_the_inbox_tell_is_no_item_by_itself(desk: Desk):
    with desk.workbench.transaction(desk.people["mara"]) as tx:
        for kind in NotificationKind:
            tell(tx, desk, "ana", kind=kind, key=kind.value, title=kind.value)
    assert sorted(item.title for item in told(desk, "ana")) == [
        "account",
        "automation",
        "content_broken",
        "content_rewritten",
        "job_failed",
        "message",
        "proposal",
        "requests_fail",
        "template_changed",
        "webhook_failed",
    ]


def test_whoever_may_not_sign_in_and_whoever_is_unknown_is_told_nothing(desk: Desk):
    with desk.workbench.transaction(desk.workbench.operator()) as tx:
        accounts.change_user(tx, desk.people["ben"].user_id, is_active=False)
        assert tell(tx, desk, "ben") == []
        assert notify(tx, user_ids=["usr_nobody"], kind=FAILED, title="?", key="1") == []
        assert tx.find(Notification, user_id=[one.user_id for one in tx.find(User)]) == []


def test_a_title_is_one_line_that_fits(desk: Desk):
    with desk.workbench.transaction(desk.people["mara"]) as tx:
        [made] = tell(tx, desk, "ana", title="Two\r\nlines " + "x" * 500)
    assert made.title.startswith("Two lines xx")
    assert len(made.title) == 300


def test_it_leads_to_its_task_where_the_reader_sees_that(desk: Desk):
    workbench, people = desk.workbench, desk.people
    own = make_task(workbench, actor=people["mara"], title="Hers", assignee="ana").task_id
    others = make_task(workbench, actor=people["mara"], title="His", assignee="ben").task_id
    with workbench.transaction(people["mara"]) as tx:
        tell(tx, desk, "ana", about=About(task_ids=(others, own)))
        tell(tx, desk, "ana", about=About(task_ids=(others,)), key="job:2")
    with workbench.reading(people["ana"]) as tx:
        found = [details.load(tx, item) for item in told(desk, "ana")]
    assert [one.task and one.task.task_id for one in found] == [own, None]
    assert all(one.is_readable for one in found)


def test_what_was_seen_is_folded_away(desk: Desk):
    with desk.workbench.transaction(desk.people["mara"]) as tx:
        tell(tx, desk, "ana")
    service.mark_seen(desk.workbench.ledger(desk.people["ana"]), None, [told(desk, "ana")[0].name])
    assert told(desk, "ana") == []
    assert len(told(desk, "ana", seen=True)) == 1
