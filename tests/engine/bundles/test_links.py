"""Links of a bundle: filled by hand or by a task, waived by a skipped one, needed by others."""

from __future__ import annotations

import pytest

from engine.audit.models import Action, Event
from engine.bundles import service
from engine.bundles.models import BundleLink, LinkState
from engine.errors import (
    BadRequestError,
    CompletionRefusedError,
    ConflictError,
    NotFoundError,
    StaleWriteError,
)
from engine.tasks.models import Proof
from tests.told import saved

PAGE = "https://example.com/page"


@pytest.fixture
def running(start, work):
    """A started launch whose draft is out of the way."""
    on = work(start())
    on.do(lambda tx, _: _finish_draft(tx, on))
    return on


def _finish_draft(tx, on):
    from engine.deliverables import versions
    from engine.deliverables.models import Deliverable
    from engine.tasks import lifecycle, steps

    draft = on.task("draft")
    steps.complete_step(tx, draft.task_id, "outline")
    [text] = tx.find(Deliverable, task_id=draft.task_id)
    versions.edit(tx, text.deliverable_id, url="https://example.com/draft", meta={"word_count": 900})
    lifecycle.complete(tx, draft.task_id)


def links(on) -> dict[str, BundleLink]:
    return {link.name: link for link in on.find(BundleLink, bundle_id=on.bundle_id)}


def events(on, *actions) -> list[Event]:
    found = on.find(Event, bundle_id=on.bundle_id, order_by=("seq",))
    return [event for event in found if event.action in actions]


@pytest.mark.parametrize("url", [PAGE, "http://example.com", "mailto:ana@example.com", f"  {PAGE} "])
def test_a_link_is_filled_by_hand_with_an_address(running, people, url):
    link = running.do(service.fill_link, "Page", url)
    assert (link.state, link.url, link.filled_by) == (LinkState.FILLED, url.strip(), people["mara"].user_id)
    [event] = events(running, Action.LINK_FILLED)
    assert (event.before["url"], event.after["url"]) == (None, url.strip())


@pytest.mark.parametrize(
    "url",
    ["", "page", "example.com/page", "javascript:alert(1)", "ftp://example.com", "https://", "mailto:", "file:///x",
     "https://exa mple.com", "https://[broken", "https://example.com/\n",
     "https://example.com/" + "x" * 2000],
)  # fmt: skip
def test_what_is_no_address_is_refused_and_changes_nothing(running, url):
    if url.strip() == url:
        with pytest.raises(BadRequestError, match="https://, http:// or mailto:"):
            running.do(service.fill_link, "Page", url)
        assert links(running)["Page"].state is LinkState.EMPTY
    else:  # blanks around an address are no part of it
        assert running.do(service.fill_link, "Page", url).url == url.strip()


def test_replacing_an_address_is_an_event_and_the_same_one_again_is_none(running):
    running.do(service.fill_link, "Page", PAGE)
    running.do(service.fill_link, "Page", PAGE)
    running.do(service.fill_link, "Page", "https://example.com/other")
    assert [event.after["url"] for event in events(running, Action.LINK_FILLED)] == [
        PAGE, "https://example.com/other",
    ]  # fmt: skip
    assert "replacing" in events(running, Action.LINK_FILLED)[-1].summary


def test_an_unknown_link_names_those_there_are(running):
    with pytest.raises(NotFoundError, match="Page, Post, Archive"):
        running.do(service.fill_link, "Pages", PAGE)


def test_a_link_read_before_somebody_changed_it_is_stale(running):
    revision = links(running)["Page"].revision
    running.do(service.fill_link, "Page", PAGE, revision=revision)
    with pytest.raises(StaleWriteError):
        running.do(service.fill_link, "Page", "https://example.com/late", revision=revision)
    assert links(running)["Page"].url == PAGE


def test_a_completed_task_fills_the_link_from_the_proof_with_its_label(running):
    running.prove("publish", "Page", PAGE)
    running.prove("publish", "Preview", "https://example.com/preview")
    task = running.complete("publish")
    page = links(running)["Page"]
    assert (page.state, page.url, page.filled_by_task_id) == (LinkState.FILLED, PAGE, task.task_id)
    assert events(running, Action.LINK_FILLED)[0].task_id == task.task_id


def test_without_a_proof_of_that_label_the_only_url_proof_is_taken(running):
    running.do(service.fill_link, "Page", PAGE)
    running.prove("announce", "The post", "https://example.com/post")
    running.complete("announce")
    assert links(running)["Post"].url == "https://example.com/post"


def test_when_two_tasks_fill_one_link_the_last_wins(start, work):
    on = work(start("plain"))
    on.prove("first", "One", "https://example.com/1")
    on.complete("first")
    on.prove("second", "Two", "https://example.com/2")
    on.complete("second")
    assert links(on)["Page"].url == "https://example.com/2"
    assert [event.before["url"] for event in events(on, Action.LINK_FILLED)] == [
        None,
        "https://example.com/1",
    ]


def test_a_task_that_needs_a_link_is_refused_until_it_is_filled_or_waived(running):
    running.prove("announce", "The post", "https://example.com/post")
    with pytest.raises(CompletionRefusedError) as refused:
        running.complete("announce")
    assert [(v.code, v.subject) for v in refused.value.violations] == [("MISSING_LINK", "Page")]
    running.skip("publish", "not planned")
    assert running.complete("announce").status == "completed"


@pytest.mark.parametrize(
    ("reason", "expected"),
    [
        ("not planned", {"Page": "waived", "Post": "empty", "Archive": "empty"}),
        ("called off", {"Page": "waived", "Post": "waived", "Archive": "waived"}),
        ("moved to next month", {"Page": "empty", "Post": "empty", "Archive": "empty"}),
    ],
)
def test_skipping_waives_what_the_chosen_reason_says(running, reason, expected):
    task = running.skip("publish", reason, comment=None)
    assert {name: link.state for name, link in links(running).items()} == expected
    waived = [name for name, state in expected.items() if state == "waived"]
    assert len(events(running, Action.LINK_WAIVED)) == len(waived)
    assert {links(running)[name].waived_by_task_id for name in waived} <= {task.task_id}


def test_skipping_leaves_a_filled_link_alone(running):
    running.do(service.fill_link, "Post", PAGE)
    running.skip("publish", "called off")
    assert (links(running)["Post"].state, links(running)["Post"].url) == (LinkState.FILLED, PAGE)


def test_filling_a_waived_link_replaces_the_waiver(running):
    running.skip("publish", "not planned")
    link = running.do(service.fill_link, "Page", PAGE)
    assert (link.state, link.waived_at, link.waived_by_task_id) == (LinkState.FILLED, None, None)
    assert "had been waived" in events(running, Action.LINK_FILLED)[-1].summary


def test_links_of_a_closed_bundle_stay_as_they_are(running):
    running.do(service.cancel)
    with pytest.raises(ConflictError, match="cancelled"):
        running.do(service.fill_link, "Page", PAGE)


def test_a_proof_is_copied_into_its_link_only_where_it_is_an_address(running):
    """What an earlier release let through as a proof is not handed on (H4)."""
    running.prove("publish", "Page", PAGE)
    running.prove("publish", "Preview", PAGE)
    with running.workbench.transaction(running.actor) as tx:
        [given] = [
            item for item in tx.find(Proof, task_id=running.task("publish").task_id) if item.label == "Page"
        ]
        given.value = "https://example.com/\u202egpj.exe"
        saved(tx, given)
    with pytest.raises(BadRequestError, match="is not an address"):
        running.complete("publish")
    assert links(running)["Page"].state is LinkState.EMPTY


def test_a_task_goes_to_its_approvers_only_once_the_links_that_it_needs_are_settled(running):
    from engine.deliverables import approvals

    task_id = running.task("announce").task_id
    with pytest.raises(CompletionRefusedError) as caught:
        running.do(lambda tx, _: approvals.request(tx, task_id))
    assert [item.subject for item in caught.value.violations if item.code == "MISSING_LINK"] == ["Page"]
    running.do(service.fill_link, "Page", PAGE)
    with pytest.raises(CompletionRefusedError) as caught:
        running.do(lambda tx, _: approvals.request(tx, task_id))
    assert "MISSING_LINK" not in {item.code for item in caught.value.violations}
