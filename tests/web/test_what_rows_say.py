"""Cards, lists, My work and bundles say after what a task comes, and that its work was sent back."""

from __future__ import annotations

import re

import pytest

from engine.tasks.models import Task
from tests import judged
from tests.factories import do, make_bundle, make_people, make_task

PAGES = ("/board", "/board?view=list", "/my-work")


@pytest.fixture(autouse=True)
def people(workbench):
    return make_people(workbench)


def said(text: str) -> str:
    """Return a page as it is read, without its markup."""
    return " ".join(re.sub(r"<[^>]+>", "", text).split())


@pytest.mark.parametrize("page", PAGES)
def test_what_is_not_ready_says_after_what_and_who_has_that(as_user, workbench, page: str):
    first = make_task(workbench, title="Write the <brief>", assignee="ben")
    make_task(workbench, title="Design it", assignee="mara", depends_on=[first.task_id])
    text = as_user("mara").get(page).text
    link = f'<a href="/tasks/{first.task_id}" draggable="false">#1 <span>Write the &lt;brief&gt;</span></a>'
    assert f'<span class="waits"><span>after</span> {link} <span>· Ben Brandt</span></span>' in text
    assert text.count('class="waits"') == 1


@pytest.mark.parametrize(
    ("given", "whose"),
    [
        ({}, "nobody"),
        ({"assigned_to_bot": True}, "automatic"),
        ({"assignee": "bot"}, "Crawler"),
    ],
)
def test_who_has_it_may_be_nobody_or_a_program(as_user, workbench, given: dict[str, object], whose: str):
    first = make_task(workbench, title="Crawl", **given)
    make_task(workbench, depends_on=[first.task_id])
    assert f"after #1 Crawl · {whose}" in said(as_user("mara").get("/board").text)


@pytest.mark.parametrize("page", PAGES)
def test_whoever_may_not_see_it_learns_its_number_alone(as_user, workbench, page: str):
    first = make_task(workbench, title="A secret", assignee="ben")
    make_task(workbench, title="Design it", assignee="ana", depends_on=[first.task_id])
    text = as_user("ana").get(page).text
    assert '<span class="waits"><span>after #1</span></span>' in text
    assert "A secret" not in text
    assert first.task_id not in text
    assert "· Ben Brandt" not in text


@pytest.mark.parametrize("page", PAGES)
def test_what_was_called_off_and_still_holds_it_is_said_too(as_user, workbench, people, page: str):
    first = make_task(workbench, title="Book the hall")
    make_task(workbench, title="Invite", assignee="mara", depends_on=[first.task_id])
    do(workbench, people["mara"], "task cancel", task_id=first.task_id)
    assert "after #1 Book the hall · was cancelled" in said(as_user("mara").get(page).text)


@pytest.mark.parametrize("page", PAGES)
def test_what_waits_for_nothing_says_nothing(as_user, workbench, people, page: str):
    first = make_task(workbench, title="Write the brief", assignee="ben")
    make_task(workbench, title="Design it", assignee="mara", depends_on=[first.task_id])
    do(workbench, people["mara"], "task complete", task_id=first.task_id)
    text = as_user("mara").get(page).text
    assert ("Design it" in text, 'class="waits"' in text) == (True, False)


def test_a_row_of_a_bundle_names_what_it_waits_for_and_the_others_by_number(as_user, workbench, people):
    bundle = make_bundle(workbench, "blog_post", parameters={"topic": "Tents"})
    with workbench.reading(people["mara"]) as tx:
        tasks = tx.find(Task, bundle_id=bundle.bundle_id, order_by=("task_number",))
    one, two, three = tasks[:3]
    do(
        workbench,
        people["mara"],
        "task update",
        task_id=three.task_id,
        depends_on=[one.task_id, two.task_id],
    )
    text = as_user("mara").get(f"/bundles/{bundle.bundle_id}").text
    row = said(text.partition(f'id="task-{three.task_id}"')[2].partition("</li>")[0])
    assert re.search(rf"after #{one.task_number} {re.escape(one.title)} · .+ and #{two.task_number} ", row)


@pytest.mark.parametrize(
    ("outcome", "is_back"), [("rejected", True), ("approved_pending_changes", True), ("approved", False)]
)
def test_work_that_was_sent_back_wears_it_wherever_its_task_stands(
    as_user, workbench, people, outcome: str, is_back: bool
):
    """D8."""
    task, row = judged.begin(workbench, people["mara"], worker="ana")
    approval = judged.hand_over(workbench, people["ana"], task, row)
    mark = '<span class="mark" aria-hidden="true">↩</span>sent back</span>'
    assert [mark in as_user(who).get(page).text for who in ("mara", "ana") for page in PAGES] == [False] * 6
    judged.decide(workbench, people["mara"], approval, outcome, "Bluer.")
    for page in PAGES:
        assert (mark in as_user("ana").get(page).text) is is_back, page
    for page in PAGES[:2]:
        assert (mark in as_user("mara").get(page).text) is is_back, page


def test_work_that_was_sent_back_wears_it_in_its_bundle(as_user, workbench, people):
    bundle = make_bundle(workbench, "blog_post", parameters={"topic": "Tents"})
    given = {"bundle_id": bundle.bundle_id, "line": "Draft it", "assignee": "ana"}
    first = do(workbench, people["mara"], "bundle add-task", **given).task
    row = do(
        workbench, people["ana"], "task add-deliverable", task_id=first.task_id, ref="draft", type="text"
    )
    approval = judged.hand_over(workbench, people["ana"], first, row)
    judged.decide(workbench, people["mara"], approval, "rejected", "Bluer.")
    text = as_user("mara").get(f"/bundles/{bundle.bundle_id}").text
    assert "sent back" in text.partition(f'id="task-{first.task_id}"')[2].partition("</li>")[0]
