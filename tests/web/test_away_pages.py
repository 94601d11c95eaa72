"""Where somebody who has work is away, whoever reads it sees until when, and who stands in."""

from __future__ import annotations

import re
from datetime import date, timedelta
from html import unescape
from typing import Any

import pytest
from flask import Flask

from engine import commands, inputs
from engine.access import Actor
from engine.app import Workbench
from engine.bundles import instantiate, service
from engine.bundles.request import NewBundle
from engine.errors import BadRequestError
from engine.reference.models import Absence, Employee
from engine.tasks.models import Task
from tests.factories import do, make_bundle, make_task
from tests.web.conftest import Visitor

People = dict[str, Actor]
#: Today is Saturday, 21 November 2026.
WHY = "Ana Alvarez is away until Tue 24 Nov; Ben Brandt stands in"


def away(workbench: Workbench, people: People, first: str = "2026-11-21", last: str = "2026-11-24") -> str:
    given = {"first_day": first, "last_day": last, "substitute": "ben", "kind": "sick", "note": "The knee"}
    made: Absence = do(workbench, people["mara"], "employee away", employee_id="ana", **given)
    return made.absence_id


def text_of(page: str) -> str:
    inside = page[page.index("<main") : page.index("</main>")]
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", inside)).split())


@pytest.fixture
def mara(app: Flask, people: People) -> Visitor:
    return Visitor.signed_in(app, people["mara"].user_id)


@pytest.mark.parametrize(
    ("path", "said"), [("/board", "away"), ("/board?view=list", "away until Tue 24 Nov")]
)
def test_a_card_and_a_row_say_that_the_assignee_is_away_and_who_stands_in(
    workbench: Workbench, people: People, mara: Visitor, path: str, said: str
) -> None:
    make_task(workbench, actor=people["mara"], title="Ana's", assignee="ana")
    make_task(workbench, actor=people["mara"], title="Ben's", assignee="ben")
    assert "away until" not in mara.get(path).text
    away(workbench, people)
    page = mara.get(path).text
    assert page.count(f"{said}</span>") == 1
    assert page.count(f'title="{WHY}"') == 1


def test_work_that_is_done_waits_for_nobody(workbench: Workbench, people: People, mara: Visitor) -> None:
    task = make_task(workbench, actor=people["mara"], title="Ana's", assignee="ana")
    do(workbench, people["ana"], "task complete", task_id=task.task_id)
    away(workbench, people)
    assert "away until" not in mara.get("/board").text
    assert "away until" not in mara.get(f"/tasks/{task.task_id}").text


def test_a_task_says_who_stands_in_today_or_on_its_due_day(
    workbench: Workbench, people: People, mara: Visitor
) -> None:
    now = make_task(workbench, actor=people["mara"], title="Now", assignee="ana")
    later = make_task(workbench, actor=people["mara"], title="Later", assignee="ana", due_date="2026-12-02")
    away(workbench, people)
    away(workbench, people, "2026-12-01", "2026-12-03")
    assert WHY in text_of(mara.get(f"/tasks/{now.task_id}").text)
    do(workbench, people["mara"], "employee not-away", employee_id="ana", absence_id=_first(workbench))
    why = "Due while Ana Alvarez is away until Thu 3 Dec; Ben Brandt stands in"
    assert why in text_of(mara.get(f"/tasks/{later.task_id}").text)
    assert "away until" not in mara.get(f"/tasks/{now.task_id}").text


def _first(workbench: Workbench) -> str:
    with workbench.reading(workbench.operator()) as tx:
        found = tx.find(Absence, order_by=("first_day",))
        assert found
        return found[0].absence_id


def test_a_bundle_and_my_work_of_a_manager_say_it_and_my_work_of_others_does_not(
    app: Flask, workbench: Workbench, people: People, mara: Visitor
) -> None:
    bundle = make_bundle(workbench, "blog_post", parameters={"topic": "Tents"}, campaign="acme_spring")
    away(workbench, people)
    assert f'title="{WHY}"' in mara.get(f"/bundles/{bundle.bundle_id}").text
    page = text_of(mara.get("/my-work").text)
    assert "1 colleague is away today" in page
    assert WHY in page
    ben = Visitor.signed_in(app, people["ben"].user_id)
    assert "away today" not in ben.get("/my-work").text


def test_why_somebody_is_away_is_for_them_and_managers(
    app: Flask, workbench: Workbench, people: People, mara: Visitor
) -> None:
    away(workbench, people)
    with workbench.reading(people["mara"]) as tx:
        ana = tx.find_one(Employee, key="ana")
        assert ana is not None
    address = f"/people/employees/{ana.employee_id}"
    ours = text_of(mara.get(address).text)
    assert "Sat 21 Nov to Tue 24 Nov , sick" in ours
    assert "The knee" in ours
    sam = Visitor.signed_in(app, people["sam"].user_id)
    others = sam.get(address).text
    assert "Ben Brandt stands in" in others
    assert "The knee" not in others
    assert "sick" not in text_of(others)
    own = text_of(Visitor.signed_in(app, people["ana"].user_id).get("/password").text)
    assert "The knee" in own


def test_somebody_enters_and_takes_back_their_own_absence_and_a_manager_that_of_others(
    app: Flask, workbench: Workbench, people: People, mara: Visitor
) -> None:
    ana = Visitor.signed_in(app, people["ana"].user_id)
    form = {"form": "away", "first_day": "2026-12-01", "last_day": "2026-12-03", "substitute": "ben"}
    answer = ana.post("/account/absences", form)
    assert (answer.status_code, answer.location) == (303, "/password")
    assert "Tue 1 Dec to Thu 3 Dec" in text_of(ana.get("/password").text)
    again = ana.post("/account/absences", form)
    shown = ana.get(again.location).text if again.status_code == 303 else again.text
    assert "away from Tue 1 Dec to Thu 3 Dec already" in shown
    absence_id = _first(workbench)
    assert ana.post(f"/account/absences/{absence_id}/remove", {}).status_code == 303
    assert "No day off is entered." in ana.get("/password").text
    with workbench.reading(people["mara"]) as tx:
        employee = tx.find_one(Employee, key="ana")
        assert employee is not None
    address = f"/people/employees/{employee.employee_id}"
    answer = mara.post(f"{address}/absences", form)
    assert (answer.status_code, answer.location) == (303, address)
    with workbench.reading(people["mara"]) as tx:
        (made,) = (one for one in tx.find(Absence) if one.removed_at is None)
    assert mara.post(f"{address}/absences/{made.absence_id}/remove", {}).status_code == 303
    assert "No day off is entered." in mara.get(address).text


def test_who_is_no_employee_is_never_away(app: Flask, people: People) -> None:
    sam = Visitor.signed_in(app, people["sam"].user_id)
    assert "When you are away" not in sam.get("/password").text
    form = {"form": "away", "first_day": "2026-12-01", "last_day": "2026-12-03"}
    assert sam.post("/account/absences", form).status_code == 403


@pytest.mark.parametrize(
    ("name", "given", "said"),
    [
        ("task assign", {"assignee": "ana"}, ["Ana Alvarez does it now."]),
        ("task update", {"assignee_id": "ana"}, []),
    ],
)
def test_work_may_be_given_to_somebody_who_is_away_and_that_is_said(
    workbench: Workbench, people: People, name: str, given: dict[str, Any], said: list[str]
) -> None:
    away(workbench, people)
    task = make_task(workbench, actor=people["mara"], title="New")
    command = commands.get(name)
    request = inputs.read(command.input, {"task_id": task.task_id, **given})
    done = commands.execute(workbench, people["mara"], command, request)
    assert sorted(done.asides) == sorted([*said, f"{WHY}."])
    assert done.result.assignee_id is not None


def test_a_start_warns_of_due_days_on_which_the_assignee_is_away_or_does_not_work(
    workbench: Workbench, people: People
) -> None:
    with workbench.reading(people["mara"]) as tx:
        before = {task.ref: task.warnings for task in _plan(workbench, tx)}
        (ana,) = tx.find(Employee, key="ana")
    day = next(task.due_date for task in _plan_of(workbench, people) if task.assignee_id == ana.employee_id)
    away(workbench, people, str(day), str(day))
    told = [task for task in _plan_of(workbench, people) if task.assignee_id == ana.employee_id]
    assert f"due while Ana Alvarez is away until {day:%a} {day.day} {day:%b}; Ben Brandt stands in" in [
        warning for task in told for warning in task.warnings
    ]
    others = [task for task in _plan_of(workbench, people) if task.assignee_id != ana.employee_id]
    assert {task.ref: task.warnings for task in others} == {task.ref: before[task.ref] for task in others}
    assert others != []


def test_a_day_off_in_somebody_s_own_calendar_is_told_where_their_team_works(
    workbench: Workbench, people: People
) -> None:
    (ana,) = _employees(workbench, "ana")
    thanksgiving = "2026-11-26"  # a Thursday, and a holiday in New York alone
    do(workbench, workbench.operator(), "employee update", employee_id="ana", calendar="new_york_office")
    anchors = [date(2026, 11, 22) + timedelta(days=n) for n in range(20)]
    warned = {
        warning
        for anchor in anchors
        for task in _plan_of(workbench, people, str(anchor))
        if task.assignee_id == ana.employee_id and str(task.due_date) == thanksgiving
        for warning in task.warnings
    }
    assert "due on a holiday (Thanksgiving Day), when Ana Alvarez does not work" in warned


def test_a_calendar_that_there_is_not_is_refused_with_those_that_there_are(
    workbench: Workbench, people: People
) -> None:
    with pytest.raises(BadRequestError, match="use one of: berlin_office, new_york_office"):
        do(workbench, workbench.operator(), "employee update", employee_id="ana", calendar="paris")


def test_moving_a_bundle_names_what_then_falls_into_an_absence(
    workbench: Workbench, people: People, mara: Visitor
) -> None:
    bundle = make_bundle(workbench, "blog_post", parameters={"topic": "Tents"}, campaign="acme_spring")
    (ana,) = _employees(workbench, "ana")
    with workbench.reading(people["mara"]) as tx:
        moves = service.reanchor(tx, bundle.bundle_id, "2026-12-18", dry_run=True)
        change = next(
            one
            for one in moves.changes
            for task in tx.find(Task, bundle_id=bundle.bundle_id)
            if task.task_id == one.task_id and task.assignee_id == ana.employee_id
        )
    assert change.after is not None
    away(workbench, people, str(change.after), str(change.after))
    page = text_of(mara.get(f"/bundles/{bundle.bundle_id}/reanchor?anchor_date=2026-12-18").text)
    said = f"{change.after:%a} {change.after.day} {change.after:%b}"
    assert f"! due while Ana Alvarez is away until {said}; Ben Brandt stands in" in page
    assert "nothing is changed yet" in page


def _employees(workbench: Workbench, key: str) -> list[Employee]:
    with workbench.reading(workbench.operator()) as tx:
        return tx.find(Employee, key=key)


def _plan_of(workbench: Workbench, people: People, anchor: str = "2026-12-18") -> Any:
    with workbench.reading(people["mara"]) as tx:
        return _plan(workbench, tx, anchor)


def _plan(workbench: Workbench, tx: Any, anchor: str = "2026-12-18") -> Any:
    new = NewBundle(
        template="blog_post", anchor_date=anchor, parameters={"topic": "Tents"}, campaign="acme_spring"
    )
    return instantiate.preview(tx, workbench.content(), new).tasks


def test_the_list_of_people_marks_who_is_away(workbench: Workbench, people: People, mara: Visitor) -> None:
    assert "away until" not in mara.get("/people").text
    away(workbench, people)
    page = mara.get("/people").text
    assert page.count("away until Tue 24 Nov</span>") == 1
    assert page.count(f'title="{WHY}"') == 1


def test_nobody_is_told_that_they_are_away_themselves(
    app: Flask, workbench: Workbench, people: People, mara: Visitor
) -> None:
    away(workbench, people)
    given = {"first_day": "2026-11-21", "last_day": "2026-11-22"}
    do(workbench, people["mara"], "employee away", employee_id="mara", **given)
    text = text_of(mara.get("/my-work").text)
    assert "1 colleague is away today" in text
    assert "Mara is away" not in text
