"""Correcting and reworking a closed task on the board."""

from __future__ import annotations

import re

import pytest

from engine.access import Actor
from engine.app import Workbench
from engine.clock import FixedClock
from engine.deliverables import versions
from engine.tasks import lifecycle, notes
from engine.tasks.models import Task, TaskStatus
from tests.factories import make_task
from tests.web.conftest import Visitor


@pytest.fixture
def task(workbench: Workbench, people: dict[str, Actor]) -> Task:
    """A task of Ana's, closed by her."""
    made = make_task(workbench, actor=people["mara"], assignee="ana")
    with workbench.transaction(people["ana"]) as tx:
        row = versions.add(tx, made.task_id, "draft", type="text")
        versions.edit(tx, row.deliverable_id, url="https://docs.example/draft")
        notes.add(tx, made.task_id, "The printer wants another format.")
    with workbench.transaction(people["ana"]) as tx:
        lifecycle.complete(tx, made.task_id)
    return made


def stored(workbench: Workbench, task: Task) -> Task:
    with workbench.reading(workbench.operator()) as tx:
        return tx.get(Task, task.task_id)


def actions(text: str) -> str:
    return text.split('id="actions"')[1].split('id="decisions-wanted"', maxsplit=1)[0]


def test_who_closed_it_is_offered_its_correction_for_a_quarter_of_an_hour(
    ana: Visitor, mara: Visitor, clock: FixedClock, task: Task
):
    offer = f'href="/tasks/{task.task_id}/correct"'
    assert offer in actions(ana.get(f"/tasks/{task.task_id}").text)
    clock.advance(minutes=16)
    with_poll = ana.get(f"/tasks/{task.task_id}", headers={"Cache-Control": "no-cache"})
    assert "Rework" in actions(with_poll.text)
    page = ana.get(f"/tasks/{task.task_id}/correct")
    assert page.status_code == 200
    assert "You closed #1 “Call the printer” more than 15 minutes ago" in page.text
    assert f'action="/tasks/{task.task_id}/rework"' in page.text
    assert offer in actions(mara.get(f"/tasks/{task.task_id}").text)


def test_what_is_taken_back_is_said_line_by_line(ana: Visitor, task: Task):
    text = ana.get(f"/tasks/{task.task_id}/correct").text
    taken = text.split("What is taken back</h2>")[1].split("</ul>")[0]
    assert taken.count("<li>") == 2
    assert "<li>It leaves the QA queue.</li>" in taken


def test_where_nothing_else_followed_one_sentence_says_it(
    mara: Visitor, workbench: Workbench, people: dict[str, Actor]
):
    task = make_task(workbench, actor=people["mara"])  # assigned to nobody, so among nobody's first
    with workbench.transaction(people["mara"]) as tx:
        lifecycle.complete(tx, task.task_id)
    text = mara.get(f"/tasks/{task.task_id}/correct").text
    assert "#1 “Call the printer” is “To do” again. Nothing else has followed from it." in text
    assert "What is taken back" not in text


def test_a_correction_needs_its_reason_and_leads_to_the_task(ana: Visitor, workbench: Workbench, task: Task):
    path = f"/tasks/{task.task_id}/correct"
    refused = ana.post(path, {"form": "correct", "reason": " "})
    assert (refused.status_code, 'id="correct-reason-error"' in refused.text) == (400, True)
    assert stored(workbench, task).status is TaskStatus.COMPLETED
    answer = ana.post(path, {"form": "correct", "reason": "It is half done."})
    assert (answer.status_code, answer.location) == (303, f"/tasks/{task.task_id}")
    text = ana.get(answer.location).text
    assert "Corrected: #1 “Call the printer” is “To do” again." in text
    assert "It is half done." in text
    assert stored(workbench, task).status is TaskStatus.PENDING


def test_the_form_of_a_correction_begins_where_the_mistake_is_said(ana: Visitor, task: Task):
    page = ana.get(f"/tasks/{task.task_id}/correct").text
    assert re.search(r'<textarea[^>]* name="reason"[^>]* autofocus', page)


def test_what_has_built_on_it_is_said_and_rework_is_offered(
    ana: Visitor, workbench: Workbench, people: dict[str, Actor], task: Task
):
    last = make_task(workbench, actor=people["mara"], assignee="ben", title="Two", depends_on=[task.task_id])
    with workbench.transaction(people["ben"]) as tx:
        lifecycle.start(tx, last.task_id)
    page = ana.get(f"/tasks/{task.task_id}/correct").text
    assert "It cannot be corrected" in page
    assert "#2, which waits for it, has moved since." in page
    refused = ana.post(f"/tasks/{task.task_id}/correct", {"form": "correct", "reason": "Oh"})
    assert refused.status_code == 409
    assert "#2, which waits for it, has moved since." in refused.text
    assert f'action="/tasks/{task.task_id}/rework"' in refused.text


def test_a_form_in_place_makes_the_rework_with_what_was_handed_over_in_view(
    ana: Visitor, workbench: Workbench, people: dict[str, Actor], task: Task
):
    tag = ana.get(f"/tasks/{task.task_id}").headers["ETag"]
    asked = actions(ana.get(f"/tasks/{task.task_id}").text).split('id="do-rework"')[1]
    assert "The closed task had none." in asked
    refused = ana.post(
        f"/tasks/{task.task_id}/rework", {"form": "rework", "reason": "", "due_date": "2026-12-24"}
    )
    assert refused.status_code == 400
    assert 'id="do-rework" name="actions" open' in refused.text
    assert 'value="2026-12-24"' in refused.text
    typed = {"form": "rework", "reason": "Another format.", "due_date": "2026-12-24"}
    answer = ana.post(f"/tasks/{task.task_id}/rework", typed)
    assert answer.status_code == 303
    assert answer.location != f"/tasks/{task.task_id}"
    text = ana.get(answer.location).text
    assert "This is the rework, #2." in text
    assert "<strong>Reason:</strong> Another format." in text
    assert "Another format." in text.split('id="note-list"')[1]
    assert "Thu 24 Dec" in text.split('id="field-due_date"')[1].split("</span>")[0]
    before = text.split('id="before"')[1].split("</section>")[0]
    assert "draft, version 1</a>" in before
    assert "The printer wants another format." in before
    assert "What comes after that one does not wait for this one." in before
    assert f'Rework of</dt><dd><a href="/tasks/{task.task_id}"' in text
    original = ana.get(f"/tasks/{task.task_id}", headers={"If-None-Match": tag})
    assert original.status_code == 200
    assert f'href="/tasks/{task.task_id}/correct"' not in actions(original.text)
    assert f'Reworked as</dt><dd><a href="{answer.location}"' in original.text


def test_a_rework_shows_nothing_of_what_its_reader_may_not_see(
    mara: Visitor, ana: Visitor, workbench: Workbench, people: dict[str, Actor]
):
    secret = make_task(workbench, actor=people["mara"], assignee="ben", title="Secret")
    with workbench.transaction(people["ben"]) as tx:
        notes.add(tx, secret.task_id, "Nobody else reads this.")
        lifecycle.complete(tx, secret.task_id)
    there = mara.post(f"/tasks/{secret.task_id}/rework", {"reason": "Again."}).location
    mara.post(f"{there}/assign", {"assignee": "ana"})
    text = ana.get(there).text
    assert "Nobody else reads this." not in text
    assert 'id="before"' not in text
