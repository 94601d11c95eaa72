"""The notes on a task's page come by the page: the latest first, the rest behind plain links (P6, S20)."""

from __future__ import annotations

import re

import pytest

from engine.app import Workbench
from engine.tasks import lifecycle, notes
from engine.tasks.models import Task
from engine.tasks.queries.notes import PER_PAGE
from tests.factories import make_task
from tests.web.conftest import Visitor


@pytest.fixture
def task(workbench: Workbench) -> Task:
    return make_task(workbench)


def say(workbench: Workbench, task: Task, count: int) -> list[str]:
    made = []
    for number in range(count):
        workbench.clock.advance(seconds=1)
        with workbench.transaction(workbench.operator()) as tx:
            made.append(notes.add(tx, task.task_id, f"Remark {number}.").task_note_id)
    return made


def shown(text: str) -> list[str]:
    return re.findall(r'<article class="note" id="note-(\w+)"', text)


def link(text: str, words: str) -> str | None:
    found = re.search(rf'href="([^"]*)"[^>]*>{words}</a>', text)
    return found[1] if found else None


def test_a_task_with_few_notes_shows_all_and_no_links(mara: Visitor, workbench: Workbench, task: Task):
    made = say(workbench, task, PER_PAGE)
    text = mara.get(f"/tasks/{task.task_id}").text
    assert shown(text) == made
    assert link(text, "Show earlier notes") is link(text, "Show later notes") is None


@pytest.mark.parametrize("place", ["tasks", "qa"])
def test_earlier_notes_are_behind_links_that_work_without_a_script(
    mara: Visitor, workbench: Workbench, task: Task, place: str
):
    made = say(workbench, task, 2 * PER_PAGE + 3)
    if place == "qa":
        with workbench.transaction(workbench.operator()) as tx:
            lifecycle.complete(tx, task.task_id)
    latest = mara.get(f"/{place}/{task.task_id}").text
    assert shown(latest) == made[-PER_PAGE:]
    assert f'<span class="quiet">{2 * PER_PAGE + 3}</span>' in latest
    assert link(latest, "Show later notes") is None
    earlier = link(latest, "Show earlier notes")
    assert earlier is not None
    assert earlier.startswith(f"/{place}/{task.task_id}?note=")
    assert earlier.endswith("#notes")
    say(workbench, task, 2)  # moves nothing
    middle = mara.get(earlier).text
    assert shown(middle) == made[3 : PER_PAGE + 3]
    first = mara.get(str(link(middle, "Show earlier notes"))).text
    assert shown(first) == made[:3]
    assert link(first, "Show earlier notes") is None
    again = mara.get(str(link(first, "Show later notes"))).text
    assert shown(again) == shown(middle)
    assert link(again, "Show later notes") == f"/{place}/{task.task_id}?note={made[-1]}#notes"


def test_the_page_names_who_wrote_the_notes_that_it_shows(mara: Visitor, workbench, people, task: Task):
    with workbench.transaction(people["sam"]) as tx:
        notes.add(tx, task.task_id, "@ana the very first remark")
    made = say(workbench, task, PER_PAGE)
    text = mara.get(f"/tasks/{task.task_id}").text
    assert shown(text) == made
    assert "the very first remark" not in text.split('id="note-list"')[1].split("</section>")[0]
    head = mara.get(str(link(text, "Show earlier notes"))).text.split('class="note-head"')[1]
    assert "Sam</strong> to Ana Alvarez," in head


def test_a_poll_of_an_earlier_page_keeps_that_page(mara: Visitor, workbench: Workbench, task: Task):
    made = say(workbench, task, PER_PAGE + 2)
    address = f"/tasks/{task.task_id}?note={made[1]}"
    before = mara.get(address)
    poll = {"X-Live": "1", "If-None-Match": before.headers["ETag"]}
    assert mara.get(address, headers=poll).status_code == 304
    assert mara.get(f"/tasks/{task.task_id}", headers=poll).status_code == 200, "another page of the notes"
    say(workbench, task, 1)
    after = mara.get(address, headers=poll)
    assert after.status_code == 200
    assert shown(after.text) == shown(before.text) == made[:2]


def test_a_new_note_leads_to_its_place_among_the_latest(mara: Visitor, workbench: Workbench, task: Task):
    say(workbench, task, PER_PAGE + 2)
    answer = mara.post(f"/tasks/{task.task_id}/notes", {"form": "note", "body": "The newest"})
    address, _, anchor = answer.headers["Location"].partition("#")
    assert shown(mara.get(address).text)[-1] == anchor.removeprefix("note-")


def test_a_remark_in_the_inbox_leads_to_the_page_that_holds_it(ana, workbench, people):
    task = make_task(workbench, assignee="ana")
    with workbench.transaction(people["mara"]) as tx:
        called = notes.add(tx, task.task_id, "@ana see this").task_note_id
    say(workbench, task, PER_PAGE)
    [there] = re.findall(r'id="inbox-open" href="([^"]*)"', ana.get("/inbox").text)
    assert there == f"/tasks/{task.task_id}?note={called}#note-{called}"
