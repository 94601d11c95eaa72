"""Each reads and writes times in their own zone; when a due day ends is the same for all."""

from __future__ import annotations

import re

import pytest
from flask import Flask

from engine.access import Actor
from engine.accounts.models import User
from engine.app import Workbench
from engine.audit.models import Action, Event
from engine.errors import BadRequestError, ForbiddenError
from engine.tasks.models import Task
from tests.factories import do, make_task
from tests.web.conftest import Visitor

AUCKLAND = "Pacific/Auckland"


def test_somebody_chooses_their_zone_on_their_page_and_takes_it_back(
    app: Flask, workbench: Workbench, people: dict[str, Actor]
) -> None:
    ana = Visitor.signed_in(app, people["ana"].user_id)
    answer = ana.post("/account/timezone", {"form": "timezone", "timezone": AUCKLAND})
    assert (answer.status_code, answer.location) == (303, "/password")
    assert f'value="{AUCKLAND}"' in ana.get("/password").text
    with workbench.reading(people["mara"]) as tx:
        (event,) = tx.find(Event, entity_id=people["ana"].user_id, action=Action.USER_CHANGED)
    assert event.summary == f"Ana reads times in {AUCKLAND}"
    ana.post("/account/timezone", {"form": "timezone", "timezone": ""})
    assert workbench.actor_for(people["ana"].user_id).timezone is None


def test_a_zone_that_there_is_not_is_refused_at_its_field(app: Flask, people: dict[str, Actor]) -> None:
    ana = Visitor.signed_in(app, people["ana"].user_id)
    answer = ana.post("/account/timezone", {"form": "timezone", "timezone": "Mars"})
    page = ana.get(answer.location).text if answer.status_code == 303 else answer.text
    assert "&#39;Mars&#39; is not a time zone; use an IANA name such as Europe/Berlin" in page


@pytest.mark.parametrize("whose", ["ben", "ben@example.com", "nobody@example.com"])
def test_the_zone_of_somebody_else_is_an_admin_s_to_say(
    workbench: Workbench, people: dict[str, Actor], whose: str
) -> None:
    user = people[whose].user_id if whose in people else whose
    with pytest.raises(ForbiddenError, match="say where somebody else reads times"):
        do(workbench, people["ana"], "user timezone", user_id=user, timezone=AUCKLAND)


def test_one_s_own_zone_is_said_by_one_s_own_address_and_an_admin_says_anybody_s(
    workbench: Workbench, people: dict[str, Actor]
) -> None:
    for actor in (people["ana"], workbench.operator()):
        changed: User = do(workbench, actor, "user timezone", user_id="ana@example.com", timezone=AUCKLAND)
        assert changed.timezone == AUCKLAND
    with pytest.raises(BadRequestError):
        do(workbench, people["ana"], "user timezone", user_id="ana@example.com", timezone="Nowhere")


def test_what_is_typed_is_read_and_shown_in_the_zone_of_whoever_types_and_reads(
    app: Flask, workbench: Workbench, people: dict[str, Actor]
) -> None:
    do(workbench, people["ana"], "user timezone", user_id="ana@example.com", timezone=AUCKLAND)
    ana = Visitor.signed_in(app, people["ana"].user_id)
    far = workbench.actor_for(people["ana"].user_id)
    task: Task = make_task(workbench, actor=far, title="Call", assignee="ana", deadline="2026-12-02T09:00")
    # New Zealand's summer time is 13 hours ahead of UTC.
    assert task.deadline is not None
    assert task.deadline.isoformat() == "2026-12-01T20:00:00+00:00"
    theirs = ana.get(f"/tasks/{task.task_id}").text
    assert "Wed 2 Dec, 09:00" in theirs
    mara = Visitor.signed_in(app, people["mara"].user_id)
    assert workbench.workspace.timezone == "UTC"
    assert "Tue 1 Dec, 20:00" in mara.get(f"/tasks/{task.task_id}").text


def test_a_due_day_ends_where_the_workspace_is_whoever_gives_it(
    workbench: Workbench, people: dict[str, Actor]
) -> None:
    do(workbench, people["ana"], "user timezone", user_id="ana@example.com", timezone=AUCKLAND)
    far = workbench.actor_for(people["ana"].user_id)
    by_ana = make_task(workbench, actor=far, title="One", assignee="ana", due_date="2026-12-02")
    by_mara = make_task(workbench, actor=people["mara"], title="Two", due_date="2026-12-02")
    assert by_ana.deadline == by_mara.deadline
    later = do(workbench, far, "task update", task_id=by_ana.task_id, due_date="2026-12-03")
    assert later.deadline.isoformat() == "2026-12-03T23:59:59+00:00"


def test_today_is_the_day_of_whoever_asks_and_search_and_page_agree(
    app: Flask, workbench: Workbench, people: dict[str, Actor]
) -> None:
    task = make_task(
        workbench, actor=people["mara"], title="Late call", assignee="ana", deadline="2026-11-21T20:00+00:00"
    )
    ana = Visitor.signed_in(app, people["ana"].user_id)
    found = f"/tasks/{task.task_id}"
    here = ana.get("/board?view=list&q=due:today").text
    do(workbench, people["ana"], "user timezone", user_id="ana@example.com", timezone=AUCKLAND)
    there = ana.get("/board?view=list&q=due:today").text
    tomorrow = ana.get("/board?view=list&q=due:tomorrow").text
    shown = [bool(re.search(found, page)) for page in (here, there, tomorrow)]
    assert shown == [True, False, True]
    page = ana.get("/board?view=list").text
    assert "tomorrow" in page[page.index(found) :]
