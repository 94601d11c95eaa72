"""The first and the last moments of the years 1 to 9999: refused where no page could show them, and read."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from engine.catalog import due
from engine.catalog.calendars import Calendar
from engine.catalog.models import DueRule
from engine.errors import BadRequestError
from engine.tasks import dates, lifecycle, update
from engine.tasks.models import Task
from tests.factories import make_task

EDGES = [
    ("Europe/Berlin", datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)),
    ("America/New_York", datetime(1, 1, 1, tzinfo=UTC)),
]


@pytest.mark.parametrize(("zone", "moment"), EDGES)
def test_a_moment_that_clocks_of_the_workspace_never_show_is_refused(zone: str, moment: datetime):
    for given in (moment, moment.isoformat()):
        with pytest.raises(BadRequestError, match="outside the years"):
            dates.read_moment(given, "deadline", zone)
    assert dates.read_moment(moment, "deadline", "UTC") == moment


def test_a_deadline_by_a_calendar_elsewhere_is_refused_where_no_page_could_show_it():
    early = Calendar(key="c", name="C", timezone="UTC", cut_off="00:30")
    first = date(1, 1, 1)
    with pytest.raises(BadRequestError, match="outside the years"):
        dates.deadline_of(first, early, "America/New_York")
    rule = DueRule()
    asked = {"anchor": first, "bundle_start": datetime(2026, 1, 1, tzinfo=UTC), "parameters": {}}
    with pytest.raises(BadRequestError, match="cannot be computed"):
        due.due_date(rule, **asked, completed={}, calendar=early, zone="America/New_York")


@pytest.mark.parametrize(("zone", "moment"), EDGES)
def test_a_moment_of_the_edge_that_is_kept_takes_no_page_from_anybody(
    mara, workbench, people, monkeypatch, zone: str, moment: datetime
):
    task = make_task(workbench, title="At the edge", assignee="mara", deadline=moment, scheduled_for=moment)
    with workbench.transaction(people["mara"]) as tx:
        lifecycle.wait(tx, task.task_id, "the end", datetime(2026, 11, 22, tzinfo=UTC))
        tx.save(tx.get(Task, task.task_id).model_copy(update={"follow_up_at": moment}))
    there = workbench.workspace.model_copy(update={"timezone": zone})
    monkeypatch.setattr(workbench, "workspace", there)
    monkeypatch.setattr(workbench, "_zone", zone)
    own = f"/tasks/{task.task_id}"
    pages = (
        "/board",
        "/board?view=list&status=all",
        "/my-work",
        "/stuck",
        own,
        f"{own}/story",
        f"{own}/clone",
    )
    assert {page: mara.get(page).status_code for page in pages} == dict.fromkeys(pages, 200)


def test_a_text_that_looks_like_a_day_takes_no_story_away(mara, workbench, people):
    task = make_task(workbench)
    for title in ("2026-02-30", "2026-13-01T10:00Z", "9999-99-99", "2026-02-28"):
        with workbench.transaction(people["mara"]) as tx:
            update.update(tx, workbench.content(), task.task_id, {"title": title})
    story = mara.get(f"/tasks/{task.task_id}/story")
    assert story.status_code == 200
    assert "2026-02-30" in story.text
