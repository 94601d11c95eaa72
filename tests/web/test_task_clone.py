"""Repeating a task from its page: the form, what it changes, where it leads."""

from __future__ import annotations

import re

import pytest

from engine.reference.models import Employee
from engine.tasks import lifecycle
from engine.tasks.models import Task, TaskStatus
from tests.factories import make_bundle, make_task


@pytest.fixture
def task(workbench, people):
    return make_task(
        workbench, title="Call <the> printer", description="About paper.", assignee="ana", priority="high"
    )


def clones(workbench, task):
    with workbench.reading(workbench.operator()) as tx:
        return [item for item in tx.find(Task) if item.cloned_from == task.task_id]


def test_the_form_starts_with_what_the_original_has(mara, task):
    text = mara.get(f"/tasks/{task.task_id}/clone").text
    assert 'value="Call &lt;the&gt; printer"' in text
    assert ">About paper.</textarea>" in text
    assert '<option value="high" selected>' in text
    assert "stands alone" in text


def test_a_clone_takes_the_changes_and_leads_to_itself(mara, task, workbench):
    with workbench.reading(workbench.operator()) as tx:
        ben = tx.find_one(Employee, key="ben").employee_id
    fields = {
        "form": "clone",
        "title": "Call the other printer",
        "description": "About paper.",
        "assignee_id": ben,
        "due_date": "2026-12-01",
        "priority": "high",
    }
    answer = mara.post(f"/tasks/{task.task_id}/clone", fields)
    made = clones(workbench, task)[0]
    assert answer.location == f"/tasks/{made.task_id}"
    assert (made.title, made.assignee_id, made.status) == ("Call the other printer", ben, TaskStatus.PENDING)
    assert made.due_date.isoformat() == "2026-12-01"
    assert made.description == "About paper."
    text = mara.get(answer.location).text
    assert f'Clone of</dt><dd><a href="/tasks/{task.task_id}"' in text


def test_a_finished_task_offers_its_clone(mara, task, workbench, people):
    with workbench.transaction(people["mara"]) as tx:
        lifecycle.complete(tx, task.task_id)
    text = mara.get(f"/tasks/{task.task_id}").text
    assert f'href="/tasks/{task.task_id}/clone"' in text.split('id="actions"')[1].split('id="blockers"')[0]
    assert mara.post(f"/tasks/{task.task_id}/clone", {"form": "clone"}).status_code == 303
    assert len(clones(workbench, task)) == 1


def test_a_clone_within_a_bundle_says_so(mara, workbench):
    bundle = make_bundle(workbench, "newsletter")
    with workbench.reading(workbench.operator()) as tx:
        first = tx.find(Task, bundle_id=bundle.bundle_id)[0]
    assert "joins" in mara.get(f"/tasks/{first.task_id}/clone").text
    assert mara.post(f"/tasks/{first.task_id}/clone", {"form": "clone"}).status_code == 303
    assert clones(workbench, first)[0].bundle_id == bundle.bundle_id


def test_what_cannot_be_is_refused_at_its_field_and_nothing_is_made(mara, task, workbench):
    fields = {"form": "clone", "title": " ", "due_date": "soon", "description": "Kept <this>."}
    answer = mara.post(f"/tasks/{task.task_id}/clone", fields)
    assert answer.status_code == 400
    assert answer.text.count('aria-invalid="true"') == 2
    assert "Kept &lt;this&gt;." in answer.text
    assert clones(workbench, task) == []


def test_who_may_not_work_it_may_not_clone_it(as_user, task, workbench):
    assert as_user("sam").get(f"/tasks/{task.task_id}/clone").status_code == 403
    assert as_user("ben").post(f"/tasks/{task.task_id}/clone", {"form": "clone"}).status_code == 404
    assert clones(workbench, task) == []


def test_the_board_leads_to_the_form_of_a_clone(mara, task):
    assert f'href="/tasks/{task.task_id}/clone"' in mara.get("/board").text


def test_a_clone_that_a_program_begins_says_so_and_leads_to_where_it_is_followed(mara, workbench, people):
    config = {"executor": "api_call", "url": "https://example.com/cards"}
    given = {"execution_type": "automatic", "assigned_to_bot": True, "execution_config": config}
    task = make_task(workbench, actor=people["mara"], **given)
    assert "it begins as soon as the clone is made" in mara.get(f"/tasks/{task.task_id}/clone").text
    answer = mara.post(f"/tasks/{task.task_id}/clone", {"form": "clone"})
    made = clones(workbench, task)[0]
    assert answer.location == f"/tasks/{made.task_id}/track"
    text = mara.get(answer.location).text
    said = re.search(r"Cloned[^<]*", text)
    assert said is not None
    assert said[0] == f"Cloned: this is #{made.task_number}, queued."


def test_a_clone_that_waits_for_somebody_promises_no_beginning(mara, task):
    assert "A program does it" not in mara.get(f"/tasks/{task.task_id}/clone").text
