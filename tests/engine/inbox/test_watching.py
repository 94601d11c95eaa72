"""Watching and muting: what others change is told to whoever wants it, once per thing, and to nobody else."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from engine.audit.models import Action, Event
from engine.bundles import service as bundles
from engine.bundles.models import Bundle
from engine.errors import ForbiddenError, NotFoundError
from engine.inbox import service
from engine.inbox.read_models import Inbox, Item, Kind
from engine.tasks import assignment, lifecycle, notes, steps, update
from engine.tasks.models import Task
from engine.watching.models import Watch, WatchMode
from tests.desk import Desk
from tests.factories import do as execute
from tests.factories import make_bundle


def _theirs(found: Inbox) -> list[Item]:
    """List what is the reader's own: what they may claim the badge does not count."""
    return [item for item in found.items if not item.kind.is_offer]


def news(desk: Desk, name: str) -> list[Item]:
    with desk.workbench.reading(desk.people[name]) as tx:
        found = service.load(tx, shown=200)
        assert service.count(tx, service.positions(tx)) == found.total == len(_theirs(found))
        return [item for item in found.items if not item.kind.is_to_decide]


def do(desk: Desk, who: str, verb: Callable[..., object], *words: object) -> None:
    desk.workbench.clock.advance(minutes=1)
    with desk.workbench.transaction(desk.people[who]) as tx:
        verb(tx, *words)


def say(desk: Desk, who: str, command: str, **given: object) -> None:
    desk.workbench.clock.advance(minutes=1)
    execute(desk.workbench, desk.people[who], command, **given)


def run(desk: Desk) -> tuple[Bundle, list[str]]:
    bundle = make_bundle(desk.workbench, actor=desk.people["mara"])
    with desk.workbench.reading(desk.people["mara"]) as tx:
        return bundle, [one.task_id for one in tx.find(Task, bundle_id=bundle.bundle_id)]


CHANGES: dict[str, Callable[[Desk, str], None]] = {
    "started": lambda desk, task_id: do(desk, "ana", lifecycle.start, task_id),
    "given away": lambda desk, task_id: do(desk, "max", assignment.assign, task_id, "ben"),
    "another day": lambda desk, task_id: do(
        desk,
        "ana",
        lambda tx: update.update(tx, desk.workbench.content(), task_id, {"due_date": "2026-12-24"}),
    ),
    "a note": lambda desk, task_id: do(desk, "ana", notes.add, task_id, "The photo came."),
}


@pytest.mark.parametrize("change", CHANGES)
def test_whoever_watches_a_task_is_told_of_the_newest_change_of_others_and_nobody_else_is(
    either_desk: Desk, change: str
):
    desk = either_desk
    task_id = desk.make("Write the article")
    say(desk, "mara", "task watch", task_id=task_id)
    assert news(desk, "mara") == []
    do(desk, "max", notes.add, task_id, "Before that.")
    CHANGES[change](desk, task_id)
    [item] = news(desk, "mara")
    assert (item.kind, item.title, item.task_id) == (Kind.CHANGED, "Write the article", task_id)
    assert item.why in ("Ana changed what you watch", "Max changed what you watch")
    assert item.since == desk.workbench.clock.now()
    for name in ("max", "sam", "pat"):
        assert news(desk, name) == []


def test_one_s_own_change_is_no_news_and_leaves_what_others_did_before_it(either_desk: Desk):
    desk = either_desk
    task_id = desk.make("Write the article", "ben")
    say(desk, "mara", "task watch", task_id=task_id)
    do(desk, "mara", notes.add, task_id, "My own.")
    assert news(desk, "mara") == []
    do(desk, "max", notes.add, task_id, "Another's.")
    told = news(desk, "mara")
    do(desk, "mara", notes.add, task_id, "My own again.")
    assert news(desk, "mara") == told != []


def test_what_was_seen_is_told_again_only_after_another_change(either_desk: Desk):
    desk = either_desk
    task_id = desk.make("Write the article")
    say(desk, "mara", "task watch", task_id=task_id)
    for words in ("One", "Two"):
        do(desk, "ana", notes.add, task_id, words)
        [item] = news(desk, "mara")
        assert item.description.endswith(words)
        service.mark_seen(desk.workbench.ledger(desk.people["mara"]), items=[item.name])
        assert news(desk, "mara") == []


def test_a_bundle_is_watched_with_all_its_tasks_but_those_that_are_muted(either_desk: Desk):
    desk = either_desk
    bundle, (first, second, *_) = run(desk)
    say(desk, "mara", "bundle watch", bundle_id=bundle.bundle_id)
    do(desk, "max", notes.add, first, "On the first")
    [item] = news(desk, "mara")
    assert (item.title, item.task_id, item.bundle_id) == (bundle.title, first, bundle.bundle_id)
    say(desk, "mara", "task mute", task_id=second)
    do(desk, "max", notes.add, second, "On the second")
    assert [one.task_id for one in news(desk, "mara")] == [first]
    do(desk, "max", bundles.retitle, bundle.bundle_id, "Another title")
    assert [(one.title, one.task_id) for one in news(desk, "mara")] == [("Another title", None)]


@pytest.mark.parametrize("verb", ["unwatch", "mute"])
def test_what_is_watched_no_longer_is_told_no_longer_and_watching_begins_anew(desk: Desk, verb: str):
    task_id = desk.make("Write the article", "ben")
    say(desk, "mara", "task watch", task_id=task_id)
    do(desk, "max", notes.add, task_id, "One")
    assert len(news(desk, "mara")) == 1
    say(desk, "mara", f"task {verb}", task_id=task_id)
    assert news(desk, "mara") == []
    say(desk, "mara", "task watch", task_id=task_id)
    assert news(desk, "mara") == [], "what was before it is not told"


def test_muting_silences_what_happens_by_itself_and_nothing_that_is_addressed_to_the_reader(
    either_desk: Desk,
):
    desk = either_desk
    first, second = desk.make("First", "ben"), desk.make("Second", "mara")
    content = desk.workbench.content()
    do(desk, "max", lambda tx: update.update(tx, content, second, {"depends_on": [first]}))
    day = desk.workbench.clock.now().date()
    do(desk, "max", lambda tx: update.update(tx, content, second, {"due_date": day.isoformat()}))
    do(desk, "ben", lifecycle.complete, first)
    assert [item.kind for item in news(desk, "mara")] == [Kind.FREE]
    say(desk, "mara", "task mute", task_id=second)
    assert news(desk, "mara") == []
    desk.workbench.clock.advance(days=1)
    assert news(desk, "mara") == []
    do(desk, "max", notes.add, second, "@mara please look")
    assert [item.kind for item in news(desk, "mara")] == [Kind.MENTION]
    say(desk, "mara", "task unwatch", task_id=second)
    assert {item.kind for item in news(desk, "mara")} == {Kind.LATE, Kind.MENTION}


def test_a_muted_bundle_mutes_its_tasks_and_its_end(desk: Desk):
    bundle, (first, *_) = run(desk)
    do(desk, "max", assignment.assign, first, "mara")
    service.mark_seen(desk.workbench.ledger(desk.people["mara"]))
    yesterday = desk.workbench.clock.now() + timedelta(minutes=5)
    desk.change(first, deadline=yesterday)
    desk.workbench.clock.advance(minutes=9)
    assert [item.kind for item in news(desk, "mara")] == [Kind.LATE]
    say(desk, "mara", "bundle mute", bundle_id=bundle.bundle_id)
    assert news(desk, "mara") == []


def test_nobody_watches_what_they_may_not_see_and_is_told_nothing_once_they_see_it_no_longer(
    either_desk: Desk,
):
    desk = either_desk
    own, strange = desk.make("Own", "ben"), desk.make("Strange", "ana")
    say(desk, "ben", "task watch", task_id=own)
    with pytest.raises(NotFoundError):
        say(desk, "ben", "task watch", task_id=strange)
    do(desk, "max", notes.add, own, "One")
    assert Kind.CHANGED in {item.kind for item in news(desk, "ben")}
    do(desk, "max", assignment.assign, own, "ana")
    assert news(desk, "ben") == []
    with pytest.raises((ForbiddenError, NotFoundError)):
        say(desk, "pat", "task watch", task_id=own)


def test_a_bundle_that_somebody_sees_no_longer_tells_them_nothing(either_desk: Desk):
    desk = either_desk
    bundle, (first, *_) = run(desk)
    do(desk, "mara", assignment.assign, first, "ben")
    say(desk, "ben", "bundle watch", bundle_id=bundle.bundle_id)
    do(desk, "mara", bundles.retitle, bundle.bundle_id, "Another title")
    assert Kind.CHANGED in {item.kind for item in news(desk, "ben")}
    with desk.workbench.reading(desk.people["mara"]) as tx:
        of_ben = [one.task_id for one in tx.find(Task, assignee_id=desk.people["ben"].employee_id)]
        claimable = [
            one.task_id for one in tx.find(Task, bundle_id=bundle.bundle_id) if one.assignee_id is None
        ]
    for task_id in {*of_ben, *claimable}:
        do(desk, "mara", assignment.assign, task_id, "ana")
    assert news(desk, "ben") == []


def test_watching_is_one_row_per_thing_with_an_event_and_saying_it_twice_changes_nothing(desk: Desk):
    task_id = desk.make("Write the article")
    for _ in range(2):
        say(desk, "mara", "task watch", task_id=task_id)
    with desk.workbench.reading(desk.people["mara"]) as tx:
        [kept] = tx.find(Watch)
        told = tx.find(Event, action=Action.WATCH_CHANGED)
    assert (kept.mode, kept.watched_task_id, kept.watched_bundle_id) == (WatchMode.WATCHING, task_id, None)
    assert [(event.summary, event.task_id) for event in told] == [
        ("Mara watches #1 “Write the article”", None)
    ]


def test_ticks_and_what_happens_on_the_way_are_not_told(desk: Desk):
    task_id = desk.make("Write the article")
    say(desk, "mara", "task watch", task_id=task_id)
    do(desk, "ana", steps.add_step, task_id, "Find a photo")
    assert news(desk, "mara") == []
