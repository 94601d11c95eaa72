"""Whatever happens to somebody's work is in their inbox, in its own words (D6)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from playwright.sync_api import expect

from engine.access import Actor
from engine.bundles import service as bundles
from engine.bundles.models import BundleLink
from engine.tasks import lifecycle
from engine.tasks.models import Task
from tests.browser.conftest import OpenWindow
from tests.browser.serving import Site
from tests.desk import Desk
from tests.factories import USERS, do, make_bundle


@pytest.fixture
def desk(site: Site) -> Desk:
    people: dict[str, Actor] = {name: site.actor(name) for name in [*USERS, "pat"]}
    return Desk.set_up(site.workbench, people)


def say(desk: Desk, who: str, command: str, **given: object) -> None:
    do(desk.workbench, desk.people[who], command, **given)


def assigned(desk: Desk) -> None:
    desk.make("Given")


def freed(desk: Desk) -> None:
    first = desk.make("First", "ben")
    desk.make("Freed", depends_on=[first])
    desk.workbench.clock.advance(minutes=1)
    say(desk, "ben", "task complete", task_id=first)


def due(desk: Desk) -> None:
    _begun(desk, "Due", days=0)


def late(desk: Desk) -> None:
    _begun(desk, "Late", days=-2)


def _begun(desk: Desk, title: str, *, days: int) -> None:
    """Ana began it herself: only its day is news."""
    day = desk.workbench.clock.now().date() + timedelta(days=days)
    say(desk, "ana", "task start", task_id=desk.make(title, due_date=day.isoformat()))


def sent_back(desk: Desk) -> None:
    desk.decide(desk.hand_over("Sent back"), "rejected", "Name the source.")


def decided(desk: Desk) -> None:
    desk.decide(desk.hand_over("Decided"), "approved")


def mentioned(desk: Desk) -> None:
    say(desk, "mara", "task note", task_id=desk.make("Mentioned", None, role="writer"), body="@ana, look")


def answered(desk: Desk) -> None:
    say(desk, "mara", "task answer", task_id=desk.ask_for_help("Answered"), body="The old one.")


def watched(desk: Desk) -> None:
    task_id = desk.make("Watched")
    say(desk, "ana", "task start", task_id=task_id)
    say(desk, "ana", "task watch", task_id=task_id)
    desk.workbench.clock.advance(minutes=1)
    say(desk, "mara", "task note", task_id=task_id, body="The photo came.")


def done(desk: Desk) -> None:
    """What Ana runs is completed by somebody else."""
    bundle = make_bundle(desk.workbench, actor=desk.people["ana"], title="Done")
    with desk.workbench.transaction(desk.people["max"]) as tx:
        for task in tx.find(Task, bundle_id=bundle.bundle_id):
            lifecycle.cancel(tx, task.task_id)
        for link in tx.find(BundleLink, bundle_id=bundle.bundle_id):
            bundles.fill_link(tx, bundle.bundle_id, link.name, "https://example.com")
        bundles.complete(tx, bundle.bundle_id)


#: What happens -> of what Ana is then told, and in which words.
HAPPENS: dict[Callable[[Desk], None], tuple[str, str]] = {
    assigned: ("Given", "Mara gave it to you"),
    freed: ("Freed", "Ben finished what it comes after: you can start now"),
    due: ("Due", "It is yours, and due today"),
    late: ("Late", "It is yours, and late"),
    sent_back: ("Sent back", "Mara rejected it and says why"),
    decided: ("Decided", "Mara approved it"),
    mentioned: ("Mentioned", "Mara called you in a remark"),
    answered: ("Answered", "Mara answered your question"),
    watched: ("Watched", "Mara changed what you watch"),
    done: ("Done", "Max completed the last of it, and it is your bundle"),
}


def test_whatever_happens_to_somebodys_work_is_in_their_inbox_in_its_own_words(
    desk: Desk, site: Site, open_window: OpenWindow
):
    for happens in HAPPENS:
        happens(desk)
        desk.workbench.clock.advance(minutes=1)
    page = open_window(site, "ana").go("/inbox")
    items = page.locator("[data-item]").all()
    told = [(item.locator("> a").inner_text(), item.inner_text()) for item in items]
    not_told = [what for what in HAPPENS.values() if not any(_tells(item, what) for item in told)]
    assert not_told == []
    free = ("Mentioned", "Any writer may claim it, and nobody has yet")
    assert [item for item in told if _tells(item, free)] != [], "whose remark it is in, nobody has yet"
    assert len(told) == len(HAPPENS) + 1, "each is told once, and nothing beside it"
    theirs = [item for item in told if "nobody has yet" not in item[1]]
    expect(page.locator("#inbox-count")).to_contain_text(f"{len(theirs)} waiting")


def _tells(item: tuple[str, str], what: tuple[str, str]) -> bool:
    return item[0] == what[0] and what[1] in item[1]
