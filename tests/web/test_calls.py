"""A remark that calls somebody who does not hear of it says so, before it is sent and after (R21)."""

from __future__ import annotations

import re

import pytest

from engine.access import Actor
from engine.app import Workbench
from engine.tasks import reach, visibility
from engine.tasks.models import Task
from tests.factories import do, make_bundle, make_people, make_task
from tests.web.conftest import Visitor


def text_of(page: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


@pytest.fixture
def task(workbench: Workbench, people) -> Task:
    """A task of Ana's, which Ben does not see."""
    return make_task(workbench, actor=people["mara"], assignee="ana")


def preview(visitor: Visitor, task: Task, body: str) -> str:
    answer = visitor.post(f"/tasks/{task.task_id}/notes/called", {"body": body})
    assert answer.status_code == 200
    return answer.text


def test_before_it_is_sent_it_says_who_hears_of_it_and_offers_to_assign_who_does_not(task, mara: Visitor):
    shown = preview(mara, task, "@ana and @ben, look at `@bot`")
    assert "Goes to Ana Alvarez." in shown
    assert "Ben Brandt does not see this task, and would not be told. Assign it to them" in text_of(shown)
    [link] = re.findall(r'href="([^"]+)"', shown)
    page = mara.get(link.replace("&amp;", "&").partition("#")[0]).text
    assert re.search(r'<option value="emp_\w+">Ben Brandt</option>', page), "the form is open, with him in it"
    assert preview(mara, task, "@nobody, and no call").strip() == ""


def test_after_it_is_sent_it_says_so_too_and_the_note_is_kept(task, mara: Visitor):
    answer = mara.post(f"/tasks/{task.task_id}/notes", {"form": "note", "body": "@ben and @ana, look"})
    assert answer.status_code == 303
    page = mara.get(answer.location).text
    assert "Note added." in page
    assert "Ben Brandt does not see this task, and was not told. Assign it to them" in page
    assert "Ana Alvarez does not" not in page
    assert "@ben and @ana, look" in page


def test_who_may_not_assign_is_offered_no_assignment(workbench, people, as_user):
    hers = make_task(workbench, actor=people["sam"])
    given = make_task(workbench, actor=people["mara"], assignee="ana")
    assert "Assign it to them" in preview(as_user("sam"), hers, "@ben")
    shown = preview(as_user("sam"), given, "@ben")
    assert "would not be told" in shown
    assert "Assign it to them" not in shown
    assert as_user("ben").post(f"/tasks/{hers.task_id}/notes/called", {"body": "@ana"}).status_code == 404


def test_who_does_not_sign_in_does_not_hear_of_it(workbench, people, task, mara: Visitor):
    do(workbench, workbench.operator(), "employee add", key="cy", name="Cy")
    assert "Cy does not sign in, and would not be told." in text_of(preview(mara, task, "@cy"))


def test_what_is_said_of_everybody_is_what_they_themselves_would_see(either_workbench: Workbench):
    """One rule: who is said to hear of it is who sees the task, whoever asks."""
    people = make_people(either_workbench)
    tasks = [
        make_task(either_workbench, actor=people["mara"], assignee="ana"),
        make_task(either_workbench, actor=people["mara"]),
        make_task(either_workbench, actor=people["ben"]),
    ]
    bundle = make_bundle(either_workbench, actor=people["ana"])
    with either_workbench.reading(people["mara"]) as tx:
        tasks += tx.find(Task, bundle_id=bundle.bundle_id)
    ids = [str(people[name].employee_id) for name in ("ana", "ben", "mara", "bot")]
    for task in tasks:
        with either_workbench.reading(people["mara"]) as tx:
            told = {one.employee_id: one.why_not is None for one in reach.of(tx, task, ids)}
        assert told == {str(who.employee_id): _sees(either_workbench, who, task) for who in _team(people)}


def _team(people: dict[str, Actor]) -> list[Actor]:
    return [people[name] for name in ("ana", "ben", "mara", "bot")]


def _sees(workbench: Workbench, who: Actor, task: Task) -> bool:
    with workbench.reading(who) as tx:
        return visibility.sees(tx, tx.find_by_key(Task, task.task_id))
