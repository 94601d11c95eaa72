"""Undo on the board: beside the message of what was just done, as a form and as JSON (D5)."""

from __future__ import annotations

import re

import pytest
from flask import Flask

from engine.app import Workbench
from engine.tasks.models import Task, TaskStatus
from tests.factories import make_task
from tests.web.conftest import Visitor

_UNDO = re.compile(r'<form method="post" action="(/acts/evt_\w+/undo)" data-undo>(.*?)</form>', re.S)


@pytest.fixture
def task(workbench: Workbench, people: object) -> Task:
    return make_task(workbench, assignee="ana")


def stored(workbench: Workbench, task: Task) -> Task:
    with workbench.reading(workbench.operator()) as tx:
        return tx.get(Task, task.task_id)


def test_the_message_of_a_change_has_its_undo_that_leads_back(
    mara: Visitor, workbench: Workbench, task: Task
):
    here = f"/tasks/{task.task_id}?whole"
    answer = mara.post(f"/tasks/{task.task_id}/assign", {"assignee": "ben", "back": here})
    shown = mara.get(answer.location).text
    found = _UNDO.search(shown)
    assert found is not None
    assert 'data-key="z"' in found[2]
    assert f'name="back" value="{here}' in found[2]
    answer = mara.post(found[1], {"back": here})
    assert (answer.status_code, answer.location) == (303, here)
    assert stored(workbench, task).assignee_id == task.assignee_id
    told = mara.get(answer.location).text
    assert "Undone: #1 “Call the printer” is assigned to Ben Brandt." in told
    assert "data-undo" not in told


def test_an_undo_offers_the_change_before_it(mara: Visitor, workbench: Workbench, task: Task):
    here = f"/tasks/{task.task_id}"
    for change in ({"priority": "high"}, {"title": "Call them"}):
        mara.post(f"{here}/update", {**change, "back": here})
    for said in ("Undone: Changed title of #1", "Undone: Changed priority of #1"):
        found = _UNDO.search(mara.get(here).text)
        assert found is not None
        mara.post(found[1], {"back": here})
        with mara.client.session_transaction() as session:
            [(_, told)] = session["_flashes"]
        assert told["text"].startswith(said)
    assert "data-undo" not in mara.get(here).text
    found_task = stored(workbench, task)
    assert (found_task.priority, found_task.title) == (task.priority, task.title)


def test_a_start_offers_no_undo(mara: Visitor, task: Task):
    answer = mara.post(f"/tasks/{task.task_id}/start")
    assert "data-undo" not in mara.get(answer.location).text


def test_the_board_is_told_what_undo_takes_after_a_drag(mara: Visitor, workbench: Workbench, task: Task):
    mara.post(f"/tasks/{task.task_id}/start")
    as_json = {"Accept": "application/json"}
    moved = mara.post(f"/tasks/{task.task_id}/put_back", headers=as_json).json
    assert (moved["status"], moved["said"]) == ("pending", "Put back to do.")
    answer = mara.post(f"/acts/{moved['act_id']}/undo", headers=as_json)
    assert answer.json == {"said": "Undone: #1 “Call the printer” went from “In progress” to “To do”."}
    assert stored(workbench, task).status is TaskStatus.IN_PROGRESS


def test_a_refused_undo_says_why(mara: Visitor, ana: Visitor, workbench: Workbench, task: Task):
    act = mara.post(f"/tasks/{task.task_id}/block", {"reason": "No"}, headers={"Accept": "application/json"})
    ana.post(f"/tasks/{task.task_id}/resume")
    here = f"/tasks/{task.task_id}"
    answer = mara.post(f"/acts/{act.json['act_id']}/undo", {"back": here})
    assert (answer.status_code, answer.location) == (303, here)  # in place, and not on a page of its own
    shown = mara.get(here).text
    assert "Ana has changed more since. Change it anew." in shown
    assert "data-undo" not in shown
    answer = mara.post(f"/acts/{act.json['act_id']}/undo", headers={"Accept": "application/json"})
    assert answer.status_code == 409
    assert stored(workbench, task).status is TaskStatus.IN_PROGRESS


def test_pages_of_others_hear_of_an_undo(mara: Visitor, ana: Visitor, task: Task):
    act = mara.post(f"/tasks/{task.task_id}/block", {"reason": "No"}, headers={"Accept": "application/json"})
    for path in ("/board", f"/tasks/{task.task_id}", "/my-work"):
        tag = ana.get(path).headers["ETag"]
        assert ana.get(path, headers={"If-None-Match": tag}).status_code == 304
    tags = {path: ana.get(path).headers["ETag"] for path in ("/board", f"/tasks/{task.task_id}", "/my-work")}
    mara.post(f"/acts/{act.json['act_id']}/undo")
    for path, tag in tags.items():
        assert ana.get(path, headers={"If-None-Match": tag}).status_code == 200, path


def test_who_is_not_signed_in_undoes_nothing(app: Flask, mara: Visitor, workbench: Workbench, task: Task):
    act = mara.post(f"/tasks/{task.task_id}/block", {"reason": "No"}, headers={"Accept": "application/json"})
    assert Visitor(app.test_client()).post(f"/acts/{act.json['act_id']}/undo").status_code == 401
    assert stored(workbench, task).status is TaskStatus.BLOCKED
