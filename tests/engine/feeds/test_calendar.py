"""A feed is iCalendar that others read as it is meant: the same bytes, whole days and UTC, short lines."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
import vobject
from hypothesis import given
from hypothesis import strategies as st
from icalendar import Calendar

from engine.app import Workbench
from engine.clock import FixedClock
from engine.config import Settings
from engine.feeds import calendar, reading, service
from engine.feeds.inputs import MakeFeed
from engine.feeds.models import FeedKind
from engine.feeds.reading import Contents
from engine.tasks.models import Priority, TaskStatus
from engine.tasks.read_models import TaskRow
from tests.factories import make_people, make_task

SITE = "https://workbench.example.com"


@pytest.fixture
def workbench(settings: Settings, clock: FixedClock, shipped_catalog, tmp_path: Path) -> Iterator[Workbench]:
    zoned = replace(settings, timezone="Europe/Berlin")
    zoned = replace(zoned, database=f"sqlite:///{tmp_path}/berlin.db")
    with closing(Workbench(zoned, clock=clock, catalog=shipped_catalog)) as engine:
        yield engine


def contents(workbench: Workbench, **fields: str) -> Contents:
    people = make_people(workbench)
    make_task(workbench, actor=people["mara"], assignee="ana", **fields)
    with workbench.transaction(people["ana"]) as tx:
        made = service.make(tx, MakeFeed(kind=FeedKind.PERSON))
    with workbench.reading(people["ana"]) as tx:
        return reading.read(tx, made.feed)


def text_of(found: Contents, *, with_events: bool = True, site: str = SITE) -> str:
    return calendar.written(found, with_events=with_events, site=site).decode()


@pytest.mark.parametrize(
    ("day", "until"),
    [
        pytest.param("2027-03-27", "20270327T225959Z", id="before the clocks go forward"),
        pytest.param("2027-03-28", "20270328T215959Z", id="the day on which they do"),
        pytest.param("2027-10-30", "20271030T215959Z", id="before the clocks go back"),
        pytest.param("2027-10-31", "20271031T225959Z", id="the day on which they do so"),
    ],
)
def test_two_readers_take_a_due_day_across_a_change_of_clocks_alike(
    workbench: Workbench, day: str, until: str
):
    text = text_of(contents(workbench, due_date=day))
    assert f"DUE:{until}" in text
    assert "TZID" not in text
    assert "VTIMEZONE" not in text
    wanted = datetime.strptime(until, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    theirs, others = Calendar.from_ical(text), vobject.readOne(text)
    [todo], [event] = theirs.walk("VTODO"), theirs.walk("VEVENT")
    assert todo["DUE"].dt == others.vtodo.due.value == wanted
    assert event["DTSTART"].dt == others.vevent.dtstart.value == date.fromisoformat(day)
    assert event["DTEND"].dt - event["DTSTART"].dt == timedelta(days=1)
    assert theirs.to_ical().decode() == text


def test_the_same_tasks_are_the_same_bytes_and_a_change_is_another_tag(workbench: Workbench):
    found = contents(workbench, due_date="2026-12-01", title="Call; the, printer\nnow")
    how = {"with_events": True, "site": SITE}
    assert calendar.written(found, **how) == calendar.written(found, **how)
    [task] = found.tasks
    changed_at = f"DTSTAMP:{task.updated_at:%Y%m%dT%H%M%SZ}"
    assert text_of(found).count(changed_at) == 2
    other = replace(found, tasks=[replace(task, title="Call the printer")])
    tags = {
        calendar.tag_of(found, **how),
        calendar.tag_of(other, **how),
        calendar.tag_of(found, with_events=False, site=SITE),
        calendar.tag_of(found, with_events=True, site="https://elsewhere.example"),
        calendar.tag_of(replace(found, name="Other"), **how),
    }
    assert len(tags) == 5


def test_identities_name_no_host_and_stay_when_the_board_moves(workbench: Workbench):
    found = contents(workbench, due_date="2026-12-01")

    def uids(site: str) -> list[str]:
        return [str(part["UID"]) for part in Calendar.from_ical(text_of(found, site=site)).subcomponents]

    [task] = found.tasks
    assert uids(SITE) == [f"{task.task_id}@workbench", f"{task.task_id}.due@workbench"]
    assert uids(SITE) == uids("http://127.0.0.1:8080")


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=300))
def test_whatever_a_title_says_lines_are_short_and_readers_get_it_back(title: str):
    found = Contents(name=title, tasks=[_row(title)])
    raw = calendar.written(found, with_events=True, site=SITE)
    assert max(map(len, raw.split(b"\r\n"))) <= 75
    [todo] = Calendar.from_ical(raw).walk("VTODO")
    assert str(todo["SUMMARY"]) == title


def _row(title: str) -> TaskRow:
    given = dict.fromkeys(TaskRow.__dataclass_fields__)
    moment = datetime(2026, 12, 1, 22, 59, 59, tzinfo=UTC)
    given |= {
        "task_id": "tsk_1", "task_number": 1, "title": title, "revision": 1, "updated_at": moment,
        "deadline": moment, "due_date": date(2026, 12, 1), "status": TaskStatus.PENDING,
        "priority": Priority.MEDIUM,
    }  # fmt: skip
    return TaskRow(**given)
