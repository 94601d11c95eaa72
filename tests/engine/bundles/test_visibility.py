"""Who sees a bundle, who changes what in it; the list agrees with the single record."""

from __future__ import annotations

import pytest

from engine.bundles import service
from engine.bundles.filters import BundleFilter
from engine.bundles.models import Bundle, BundleLink
from engine.bundles.queries import list_bundles
from engine.errors import ForbiddenError, NotFoundError
from engine.tasks.models import Task

#: launch: ben is assigned `publish`; ana's roles may claim others; the agent has none in it.
SEES_LAUNCH = {"mara": True, "sam": True, "ana": True, "ben": True, "bot": False, "pat": False}
#: plain has no assignees: only its owner and who sees everything.
SEES_PLAIN = {"mara": True, "sam": True, "ana": False, "ben": False, "bot": False, "pat": False}


@pytest.mark.parametrize(("key", "table"), [("launch", SEES_LAUNCH), ("plain", SEES_PLAIN)])
def test_a_bundle_is_seen_by_those_with_a_task_in_it_and_by_who_sees_everything(
    start, workbench, people, key, table
):
    bundle = start(key)
    found = {}
    for name, actor in people.items():
        with workbench.reading(actor) as tx:
            try:
                tx.get(Bundle, bundle.bundle_id)
                found[name] = True
            except NotFoundError:
                found[name] = False
            assert (list_bundles(tx, BundleFilter()).total == 1) is found[name], name
    assert found == table


def test_whoever_starts_a_bundle_sees_it_and_all_its_tasks(start, workbench, people):
    bundle = start("plain", actor=people["bot"])
    with workbench.reading(people["bot"]) as tx:
        assert len([tx.get(Task, task.task_id) for task in tx.find(Task, bundle_id=bundle.bundle_id)]) == 2


CHANGES = {
    "fill_link": lambda tx, b: service.fill_link(tx, b, "Page", "https://example.com"),
    "set_stage": lambda tx, b: service.set_stage(tx, b, "public"),
    "cancel": service.cancel,
    "reanchor": lambda tx, b: service.reanchor(tx, b, "2027-01-04"),
}
#: What a bundle is after each change: page, stage, status and anchor date.
BEFORE = (None, "making", "active", "2026-12-28")
AFTER = {
    "fill_link": ("https://example.com", *BEFORE[1:]),
    "set_stage": (None, "public", *BEFORE[2:]),
    "cancel": (None, "making", "cancelled", "2026-12-28"),
    "reanchor": (*BEFORE[:3], "2027-01-04"),
}


def state_of(on) -> tuple:
    """Say what the bundle is now, whoever may see it."""
    with on.workbench.reading(on.workbench.operator()) as tx:
        bundle = tx.get(Bundle, on.bundle_id)
        [page] = tx.find(BundleLink, bundle_id=on.bundle_id, name="Page")
        return page.url, bundle.stage, str(bundle.status), bundle.anchor_date.isoformat()


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize(
    ("name", "may"),
    [
        ("mara", {"fill_link", "set_stage", "cancel", "reanchor"}),  # a manager
        ("ben", {"fill_link"}),  # is assigned a task in it
        ("ana", set()),  # may claim one, and has not
        ("sam", set()),  # sees everything, works own tasks
    ],
)
def test_leads_change_anything_and_who_works_in_it_fills_links(start, work, people, name, may, change):
    on = work(start(), people[name])
    if change in may:
        on.do(CHANGES[change])
    else:
        with pytest.raises(ForbiddenError, match="not"):
            on.do(CHANGES[change])
    assert state_of(on) == (AFTER[change] if change in may else BEFORE)


@pytest.mark.parametrize("change", CHANGES)
def test_the_owner_changes_their_own_bundle(start, work, people, change):
    on = work(start(actor=people["bot"]), people["bot"])
    on.do(CHANGES[change])
    assert state_of(on) == AFTER[change]


def test_what_is_not_yours_to_see_cannot_be_changed_either(start, work, people):
    on = work(start(), people["pat"])
    for change in CHANGES.values():
        with pytest.raises(NotFoundError):
            on.do(change)
    assert state_of(on) == BEFORE
