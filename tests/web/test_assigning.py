"""Who may be assigned where there are many: a bounded list, and a search in their names (P3)."""

from __future__ import annotations

import re

import pytest

from engine.app import Workbench
from engine.reference import service
from engine.reference.models import Employee
from engine.tasks.models import Task
from tests.factories import make_task
from tests.statements import counted
from tests.told import saved
from tests.web.conftest import Visitor
from web.pages.choices import MOST


@pytest.fixture
def crowd(workbench: Workbench) -> None:
    """More people than a list shows; the last of them is Zoë."""
    with workbench.transaction(workbench.operator()) as tx:
        keys = {f"k{number:02}": f"Kim {number}" for number in range(MOST)} | {"zoe": "Zoë Zander"}
        service.load(tx, {"employees": [{"key": key, "name": name} for key, name in keys.items()]})


@pytest.fixture
def task(workbench: Workbench) -> Task:
    return make_task(workbench, title="Call the printer", assignee="ana")


def _offered(text: str, field: str) -> list[str]:
    shown = re.search(rf'<select id="{field}".*?</select>', text, re.DOTALL)
    assert shown is not None
    return re.findall(r"<option [^>]*>([^<]*)<", shown[0])


def _employee(workbench: Workbench, key: str) -> Employee:
    with workbench.reading(workbench.operator()) as tx:
        found = tx.find_one(Employee, key=key)
    assert found is not None
    return found


PLACES = [("", "assign-assignee"), ("/clone", "clone-assignee_id")]


@pytest.mark.parametrize(("place", "field"), PLACES)
@pytest.mark.usefixtures("crowd")
def test_the_first_are_offered_and_the_others_are_found_by_their_name(
    mara: Visitor, task: Task, place: str, field: str
):
    text = mara.get(f"/tasks/{task.task_id}{place}").text
    assert len(_offered(text, field)) == 1 + MOST
    assert "Zoë Zander" not in text
    assert "There are more" in text
    found = mara.get(f"/tasks/{task.task_id}{place}?do=assign&find=zOË").text
    assert _offered(found, field) == ["nobody", "Zoë Zander", "Ana Alvarez"]
    assert 'value="zOË"' in found


@pytest.mark.parametrize(("place", "field"), PLACES)
def test_few_are_all_offered_without_a_search(mara: Visitor, task: Task, place: str, field: str):
    text = mara.get(f"/tasks/{task.task_id}{place}").text
    assert "Ana Alvarez" in _offered(text, field)
    assert 'id="find-people"' not in text


@pytest.mark.usefixtures("crowd")
def test_whoever_is_assigned_is_offered_wherever_they_stand(mara: Visitor, task: Task, workbench: Workbench):
    zoe = _employee(workbench, "zoe")
    answer = mara.post(
        f"/tasks/{task.task_id}/assign",
        {"form": "assign", "assignee": zoe.employee_id, "revision": str(task.revision)},
    )
    assert answer.status_code == 303
    text = mara.get(f"/tasks/{task.task_id}").text
    assert f'<option value="{zoe.employee_id}" selected>Zoë Zander</option>' in text
    with workbench.transaction(workbench.operator()) as tx:
        gone = tx.get(Employee, zoe.employee_id)
        gone.is_active = False
        saved(tx, gone)
    assert f'<option value="{zoe.employee_id}"' not in mara.get(f"/tasks/{task.task_id}").text


@pytest.mark.usefixtures("crowd")
def test_the_search_opens_the_form_that_it_is_for(mara: Visitor, task: Task):
    text = mara.get(f"/tasks/{task.task_id}?do=assign&find=nobody%20of%20that%20name").text
    assert re.search(r'<details class="edit" id="do-assign" open>', text)
    assert "Nobody has that in their name." in text
    assert "Ana Alvarez" in _offered(text, "assign-assignee")
    assert re.search(r'<details class="action" id="do-more"[^>]* open>', text)
    form = re.search(r'<form id="find-people".*?</form>', text, re.DOTALL)
    assert form is not None
    assert '<input type="hidden" name="do" value="assign">' in form[0]


def test_whoever_comes_is_offered_at_once_though_the_list_is_kept(
    mara: Visitor, task: Task, workbench: Workbench
):
    def offered() -> list[str]:
        return _offered(mara.get(f"/tasks/{task.task_id}").text, "assign-assignee")

    before = offered()
    with counted() as statements:
        assert offered() == before
    assert {"FROM employees" in text for text in statements} == {False}
    for name in ("Newly Hired", "Newly Married"):
        with workbench.transaction(workbench.operator()) as tx:
            service.load(tx, {"employees": [{"key": "aaa", "name": name}]})
        assert set(offered()) - set(before) == {name}
