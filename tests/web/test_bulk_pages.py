"""The list on the board: rows, columns, and changing several tasks at once (UPD-37 to UPD-41, D11)."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date

import pytest

from engine.access import Actor
from engine.app import Workbench
from engine.tasks.models import Task, TaskStatus
from tests.factories import make_task
from tests.web.conftest import Visitor

HERE = "/board?view=list&sort=priority"


@pytest.fixture
def tasks(workbench: Workbench, people: object) -> list[Task]:
    return [make_task(workbench, assignee=name, due_date="2026-12-01") for name in ("ana", "ana", "ben")]


def stored(workbench: Workbench, task: Task) -> Task:
    with workbench.reading(workbench.operator()) as tx:
        return tx.get(Task, task.task_id)


def ids(tasks: list[Task]) -> list[str]:
    return [task.task_id for task in tasks]


def test_what_would_be_done_is_shown_first_and_changes_nothing(
    mara: Visitor, workbench: Workbench, tasks: list[Task]
):
    answer = mara.post(
        "/board/bulk", {"do": "assign", "assignee_id": "ben", "tasks": ids(tasks), "back": HERE}
    )
    assert answer.status_code == 200
    assert "2 tasks would be assigned to Ben Brandt. 1 task left out." in answer.text
    assert "It is so already: nothing changes." in answer.text
    assert "Change 2 tasks" in answer.text
    assert re.findall(r'name="tasks" value="(\w+)"', answer.text) == ids(tasks[:2])
    assert [stored(workbench, task) for task in tasks] == tasks


def test_then_it_is_done_with_one_undo(
    mara: Visitor, workbench: Workbench, people: dict[str, Actor], tasks: list[Task]
):
    form = {
        "do": "assign", "assignee_id": "ben", "tasks": ids(tasks[:2]), "back": HERE, "confirmed": "1",
        "idempotency_key": "k",
    }  # fmt: skip
    answer = mara.post("/board/bulk", form)
    assert (answer.status_code, answer.location) == (303, HERE)
    assert {stored(workbench, task).assignee_id for task in tasks} == {people["ben"].employee_id}
    shown = mara.get(HERE).text
    assert "2 tasks assigned to Ben Brandt." in shown
    undo = re.search(r'action="(/acts/\w+/undo)" data-undo', shown)
    assert undo is not None
    mara.post(undo[1], {"back": HERE})
    assert "Undone: #1 “Call the printer” changed hands, and 1 more task." in mara.get(HERE).text
    assert [stored(workbench, task).assignee_id for task in tasks] == [task.assignee_id for task in tasks]


def test_days_that_are_sent_twice_are_moved_once(mara: Visitor, workbench: Workbench, tasks: list[Task]):
    form = {"do": "due", "days": "3", "tasks": ids(tasks), "confirmed": "1", "idempotency_key": "k"}
    for _ in range(2):
        assert mara.post("/board/bulk", form).status_code == 303
    assert stored(workbench, tasks[0]).due_date == date(2026, 12, 4)


def test_only_the_fields_of_the_verb_count(mara: Visitor, workbench: Workbench, tasks: list[Task]):
    form = {
        "do": "priority", "priority": "high", "assignee_id": "", "status": "cancelled", "tag": "x",
        "tasks": ids(tasks), "confirmed": "1",
    }  # fmt: skip
    mara.post("/board/bulk", form)
    found = stored(workbench, tasks[0])
    assert (found.priority, found.assignee_id, found.status, found.tags) == (
        "high",
        tasks[0].assignee_id,
        TaskStatus.PENDING,
        [],
    )


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({"do": "due", "days": "soon"}, "must be a whole number"),
        ({"do": "due"}, "Nothing is to be changed"),
        ({"do": "assign", "assignee_id": "nobody_here"}, "there is no employee &#39;nobody_here&#39;"),
        ({"do": "dance"}, "Say what is to be done"),
    ],
)
def test_what_cannot_be_right_is_asked_again_with_what_was_typed(
    mara: Visitor, workbench: Workbench, tasks: list[Task], form: dict[str, str], said: str
):
    answer = mara.post("/board/bulk", {**form, "form": "bulk", "tasks": ids(tasks), "back": HERE})
    assert answer.status_code == 400
    assert said in answer.text
    assert re.findall(r'name="tasks" value="(\w+)"', answer.text) == ids(tasks)
    if "days" in form:
        assert 'value="soon"' in answer.text
    assert stored(workbench, tasks[0]) == tasks[0]


BROWSER = {"Sec-Fetch-Mode": "navigate"}


def test_a_browser_is_asked_again_on_the_list_where_it_asked(mara: Visitor, tasks: list[Task]):
    form = {"do": "due", "form": "bulk", "tasks": ids(tasks[:2]), "back": HERE}
    answer = mara.post("/board/bulk", form, headers=BROWSER)
    assert (answer.status_code, answer.location) == (303, HERE)
    shown = mara.get(HERE, headers=BROWSER).text
    assert "Nothing is to be changed" in shown
    assert 'id="bulk-due" open' in shown
    assert re.findall(r'id="choose-(\w+)"[^>]* checked>', shown) == ids(tasks[:2])
    assert not re.search(r"choose-\w+\"[^>]* checked>", mara.get(HERE, headers=BROWSER).text)


def test_what_was_refused_is_said_where_nothing_can_be_chosen_any_more(mara: Visitor, tasks: list[Task]):
    back = "/board?view=list&tag=none"
    mara.post("/board/bulk", {"do": "due", "form": "bulk", "tasks": "12", "back": back}, headers=BROWSER)
    shown = mara.get(back, headers=BROWSER).text
    assert 'id="bulk"' not in shown
    assert "Nothing is to be changed" in shown


def test_what_asks_apart_asks_again_there(mara: Visitor, tasks: list[Task]):
    form = {"do": "skip", "form": "bulk", "told": "1", "tasks": ids(tasks), "back": HERE}
    answer = mara.post("/board/bulk", form, headers=BROWSER)
    assert answer.status_code == 400
    assert "Change 3 tasks" in answer.text


def test_nothing_chosen_is_said(mara: Visitor, tasks: list[Task]):
    answer = mara.post("/board/bulk", {"do": "priority", "priority": "high", "form": "bulk"})
    assert answer.status_code == 400
    assert "must not be empty" in answer.text


def test_what_has_no_undo_is_said_before(mara: Visitor, tasks: list[Task]):
    asked = {"do": "status", "tasks": ids(tasks)}
    assert "There is no Undo for it." in mara.post("/board/bulk", {**asked, "status": "cancelled"}).text
    assert "There is no Undo" not in mara.post("/board/bulk", {**asked, "status": "blocked"}).text


def test_what_is_watched_at_once_has_one_undo(mara: Visitor, tasks: list[Task]):
    form = {"do": "watch", "mode": "watching", "tasks": ids(tasks), "back": HERE}
    assert "There is no Undo" not in mara.post("/board/bulk", form).text
    mara.post("/board/bulk", {**form, "confirmed": "1"})
    undo = re.search(r'action="(/acts/\w+/undo)" data-undo', mara.get(HERE).text)
    assert undo is not None
    assert "Stop watching" in mara.get(f"/tasks/{tasks[0].task_id}").text
    mara.post(undo[1], {"back": HERE})
    told = mara.get(HERE).text
    assert "Undone: Mara watches #1 “Call the printer”, and 2 more tasks." in told
    assert "Stop watching" not in mara.get(f"/tasks/{tasks[0].task_id}").text


def test_who_sees_no_such_task_is_told_as_if_there_were_none(
    ana: Visitor, workbench: Workbench, tasks: list[Task]
):
    answer = ana.post("/board/bulk", {"do": "priority", "priority": "high", "tasks": ids(tasks)})
    assert f"There is no task {tasks[2].task_id} that you may see." in answer.text
    assert "2 tasks would be set to priority high. 1 task left out." in answer.text


def test_programs_get_a_result_for_each(mara: Visitor, workbench: Workbench, tasks: list[Task]):
    asked = {"tasks": ids(tasks), "assignee_id": "ben", "dry_run": False}
    headers = {"X-CSRF-Token": mara.token(), "Accept": "application/json"}
    told = mara.client.post("/board/bulk", json=asked, headers=headers).json
    assert told is not None
    assert (told["done"], told["left_out"], told["dry_run"]) == (2, 1, False)
    assert [row["outcome"] for row in told["tasks"]] == ["done", "done", "left_out"]
    assert told["act_id"].startswith("evt_")


def test_programs_watch_many_by_the_same_address(mara: Visitor, workbench: Workbench, tasks: list[Task]):
    headers = {"X-CSRF-Token": mara.token(), "Accept": "application/json"}
    asked = {"tasks": ids(tasks)[:2], "mode": "watching"}
    told = mara.client.post("/board/bulk", json=asked, headers=headers).json
    assert told is not None
    assert [row["outcome"] for row in told["tasks"]] == ["done", "done"]
    assert "Stop watching" in mara.get(f"/tasks/{tasks[0].task_id}").text


def test_a_partner_changes_nothing(
    as_user: Callable[[str], Visitor], workbench: Workbench, tasks: list[Task]
):
    form = {"do": "priority", "priority": "high", "tasks": ids(tasks), "confirmed": "1"}
    assert as_user("pat").post("/board/bulk", form).status_code in (403, 404)
    assert stored(workbench, tasks[0]) == tasks[0]


def test_only_what_one_may_change_can_be_chosen(mara: Visitor, ana: Visitor, tasks: list[Task]):
    assert mara.get("/board?view=list").text.count('name="tasks"') == 3
    assert ana.get("/board?view=list").text.count('name="tasks"') == 2
    mara.post(f"/tasks/{tasks[0].task_id}/cancel")
    page = mara.get("/board?view=list&status=all").text
    assert page.count("<tr data-item") == 3
    assert page.count('name="tasks"') == 2
    over = mara.get("/board?view=list&status=cancelled").text
    assert 'id="bulk"' not in over  # nothing is offered where nothing can be done


def test_without_the_script_a_link_chooses_all_that_are_shown(mara: Visitor, tasks: list[Task]):
    shown = mara.get("/board?view=list&sort=title").text
    link = re.search(r'<a href="([^"]+)" data-key="A"', shown)
    assert link is not None
    assert mara.get(link[1].replace("&amp;", "&")).text.count('printer" checked>') == 3


def test_columns_are_chosen_and_stay_in_the_address(mara: Visitor, tasks: list[Task]):
    usual = mara.get("/board?view=list").text
    assert [name for name in ("Status", "Due", "Number", "Bundle") if f">{name}" in _head(usual)] == [
        "Status",
        "Due",
    ]
    own = mara.get("/board?view=list&columns=number&columns=due").text
    assert [name for name in ("Status", "Due", "Number", "Bundle") if f">{name}" in _head(own)] == [
        "Due",
        "Number",
    ]
    assert ">#1</td>" in own
    assert "columns=number%2Cdue" in own  # every other way to look at the list keeps them
    assert _head(mara.get("/board?view=list&columns=nonsense").text) == _head(usual)


def _head(page: str) -> str:
    return re.sub(r'href="[^"]*"', "", page[page.index("<thead>") : page.index("</thead>")])


def test_lateness_and_priority_are_said_once(mara: Visitor, workbench: Workbench, people: object):
    make_task(workbench, assignee="ana", due_date="2026-01-05", priority="high")
    page = mara.get("/board?view=list").text
    row = page[page.index("<tbody>") : page.index("</tbody>")]
    assert row.count("late") - row.count('class="due late') == row.count("days late") == 1
    assert "high priority" not in row
    other = mara.get("/board?view=list&columns=status").text
    assert "high priority" in other
    assert ">late</span>" in other


@pytest.mark.parametrize("body", ["{", '["mode"]', '{"a":' * 2_000], ids=["cut off", "a list", "too deep"])
def test_a_body_that_is_no_json_object_is_refused(mara: Visitor, body: str):
    headers = {"X-CSRF-Token": mara.token(), "Accept": "application/json"}
    told = mara.client.post("/board/bulk", data=body, content_type="application/json", headers=headers)
    assert told.status_code == 400
    assert told.json["error"]["message"].startswith("The body is not")
