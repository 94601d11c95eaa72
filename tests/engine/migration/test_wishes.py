"""What may be wished of a migration, and the three values that its preview shows (D4)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from engine.accounts.models import User
from engine.bundles.models import Bundle
from engine.inbox import service as inbox
from engine.inbox.read_models import Kind as ItemKind
from engine.migration.preview import preview
from engine.notifications import choices
from engine.notifications.models import Notification, NotificationKind, Way
from engine.outbox.following import Follower
from tests.engine.migration import articles
from tests.engine.migration.one_task import ONE, One
from tests.factories import do

#: Main becomes Ben's, in person.
TO_BEN = [("assignee: {role: writer}", "assignee: {employee: ben}")]


@pytest.fixture
def repository(tmp_path):
    return articles.make(tmp_path / "one", ONE)


@pytest.fixture
def two(running, repository):
    """Two bundles that nobody has begun; their newer template gives a task to Ben."""
    found = [One(running) for _ in range(2)]
    articles.change(repository, {"task_templates/one.yaml": TO_BEN})
    return found


def told(running) -> dict[str, list[str]]:
    """Return by which ways Ben was told of what, by the names of the items of an inbox."""
    with running.workbench.reading(running.people["ben"]) as tx:
        user_id = running.people["ben"].user_id
        return {one.key: [*one.ways] for one in tx.find(Notification, user_id=user_id)}


def assigned(running) -> list[str]:
    """Return the names of what Ben's inbox says was given to him."""
    with running.workbench.reading(running.people["ben"]) as tx:
        return [one.name for one in inbox.load(tx).items if one.kind is ItemKind.ASSIGNED]


def wants_mail(running) -> None:
    """Have the server send e-mails, and Ben want one for each task that he is given."""
    engine = running.workbench
    more = {
        "smtp_host": "mail.example",
        "smtp_from": "work@example.com",
        "public_url": "https://work.example",
    }
    engine.settings = replace(engine.settings, **more)
    with engine.transaction(running.people["mara"]) as tx:
        user = tx.get(User, running.people["ben"].user_id)
        choices.change(tx, user, {"kinds": [NotificationKind.ASSIGNED], "ways": [Way.MAIL]})
    running.clock.advance(minutes=1)


def migrate(running, bundle_id: str, **given):
    mara = running.people["mara"]
    return do(running.workbench, mara, "bundle migrate", bundle_id=bundle_id, to="change", **given)


def test_on_wish_who_gets_a_task_is_told_by_the_inbox_alone(running, two):
    wants_mail(running)
    migrate(running, two[0].bundle_id)
    assert Follower(running.workbench).look() == 1
    assert [*told(running).values()] == [[Way.MAIL]]
    running.clock.advance(minutes=1)
    migrate(running, two[1].bundle_id, suppress_notifications=True)
    assert Follower(running.workbench).look() == 0, "it counts as told, so no message follows"
    assert sorted(told(running)) == sorted(assigned(running))
    assert sorted(told(running).values()) == [[], [Way.MAIL]]


def test_of_many_at_once_it_is_the_same_wish(running, two):
    mara = running.people["mara"]
    do(
        running.workbench,
        mara,
        "bundle migrate-all",
        template="one",
        to="change",
        suppress_notifications=True,
    )
    assert sorted(told(running)) == sorted(assigned(running))
    assert len(told(running)) == 2


def test_only_the_chosen_bundles_are_migrated(running, two):
    mara, chosen = running.people["mara"], two[1].bundle_id
    given = {"template": "one", "to": "change", "bundles": [chosen]}
    found = do(running.workbench, mara, "bundle migrate-all", **given).results
    assert [(one.bundle_id, one.outcome) for one in found] == [(chosen, "migrated")]


def test_a_preview_shows_what_the_task_was_made_with_beside_what_it_has_and_would_get(running, repository):
    one = One(running)
    running.by_hand(one.bundle_id, "main", title="Mine")
    articles.change(repository, {"task_templates/one.yaml": [("title: Main\n", "title: Newer\n")]})
    with running.workbench.reading(running.people["mara"]) as tx:
        found = preview(tx, running.content("change"), tx.get(Bundle, one.bundle_id))
    [item] = [item for item in found.items if item.key == "main.title"]
    assert (item.pinned, item.has, item.newer) == ("Main", "Mine", "Newer")
