"""What a program with a token does by `workbench.client`: AC-001 to AC-003, AC-007, and their stories.

Nothing is looked up beside the answers; the engine only makes the tokens. Each answer is held against the
description (``tests.api.client``).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import islice, takewhile
from random import Random
from typing import Any

import httpx
import pytest
from flask import Flask
from workbench.client import Client, RefusedError, answers, errors, models, sending

from engine.app import Workbench
from engine.tasks.models import TaskStatus
from tests.api.client import ADDRESS, BadLine, ToApp
from tests.factories import do

#: Fields that every change moves.
MOVING = {"updated_at", "revision"}


class Program(Client):
    """A program with a token of somebody's."""

    def __init__(self, app: Flask, secret: str) -> None:
        super().__init__(ADDRESS, secret, transport=ToApp(app))
        self.secret = secret
        #: For what no typed call would send.
        self.raw = httpx.Client(
            base_url=ADDRESS, headers={"Authorization": f"Bearer {secret}"}, transport=ToApp(app)
        )

    def make(self, title: str, **given: Any) -> models.Task:
        return self.tasks.create(title=title, task_type="untyped", **given).result

    def titles(self, **filters: Any) -> list[str]:
        return [one.title for one in self.tasks.list(**filters)]

    def total(self) -> int:
        return self.tasks.list().total


@contextmanager
def refused(status: int, code: str) -> Iterator[pytest.ExceptionInfo[RefusedError]]:
    """Expect that what is done in the block is refused so."""
    with pytest.raises(RefusedError) as refusal:
        yield refusal
    assert (refusal.value.status, refusal.value.code) == (status, code)


@pytest.fixture
def program(app: Flask, workbench: Workbench, people) -> Callable[..., Program]:
    """Make a program that acts for somebody, within scopes."""

    def make(who: str, *scopes: str) -> Program:
        asked = {
            "name": f"Client {scopes}",
            "user_id": f"{who}@example.com",
            "scopes": list(scopes or ("work", "decide")),
        }
        made = do(workbench, workbench.operator(), "token make", **asked)
        if made.secret is None:  # whoever it is for takes it themselves
            made = do(workbench, people[who], "token rotate", api_token_id=made.token.api_token_id)
        return Program(app, made.secret)

    return make


# -- AC-001, US-001: a task is made ------------------------------------------------------------


def test_ac_001_us_001_a_title_and_a_type_suffice_and_the_task_comes_back(program):
    mara = program("mara")
    task = mara.make("Order badges")
    assert (task.status, task.source_type) == ("pending", "manual")
    assert (task.priority, task.urgency, task.category) == ("medium", "normal", "general")
    assert (task.requires_human_review, task.scheduled_for) == (False, None)
    read = mara.tasks.get(task)
    assert (read.task_id, read.title) == (task.task_id, "Order badges")


def test_ac_001_us_001_every_optional_field_is_kept(program):
    mara = program("mara")
    before = mara.make("Print")
    given = {
        "description": "With **names**",
        "category": "events",
        "priority": "critical",
        "urgency": "soon",
        "assigned_to_bot": True,
        "requires_human_review": True,
        "execution_type": "scheduled",
        "execution_config": {},
        "scheduled_for": datetime(2027, 3, 1, 9, tzinfo=UTC),
        "deadline": datetime(2027, 3, 2, 16, tzinfo=UTC),
        "tags": ["fair"],
        "metadata": {"customerNumber": 12},
    }
    task = mara.make("Order badges", **given, depends_on=[str(before.task_number)])
    assert {name: getattr(task, name) for name in given} == given
    assert (task.depends_on, task.is_blocked) == ([before.task_id], True)


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"task_type": "untyped"}, "title"),
        ({"title": "", "task_type": "untyped"}, "title"),
        ({"title": "x" * 501, "task_type": "untyped"}, "title"),
        ({"title": "A"}, "task_type"),
        ({"title": "A", "task_type": "no_such_type"}, "task_type"),
        ({"title": "A", "task_type": "untyped", "description": "x" * 5001}, "description"),
        ({"title": "A", "task_type": "untyped", "priority": "vital"}, "priority"),
    ],
)
def test_ac_001_us_001_what_cannot_be_right_is_refused_and_nothing_made(program, given, field):
    mara = program("mara")
    answer = mara.raw.post("/api/tasks", json=given)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "BAD_REQUEST")
    assert [one["field"] for one in answer.json()["error"]["details"]] == [field]
    assert mara.total() == 0


# -- AC-002, US-002: tasks are listed ------------------------------------------------------------


def test_ac_002_us_002_only_what_the_caller_may_see_is_listed_and_counted(program):
    ana, ben, mara = program("ana"), program("ben"), program("mara")
    own, others = ana.make("Of Ana"), ben.make("Of Ben")
    given = mara.make("For Ana", assignee="ana")
    seen = ana.tasks.list(sort="title")
    assert ([one.task_id for one in seen], seen.total) == ([given.task_id, own.task_id], 2)
    assert mara.total() == 3
    with refused(404, "NOT_FOUND"):
        ana.tasks.get(others.task_number)


def test_ac_002_us_002_every_filter_narrows_and_filters_go_together(program):
    mara = program("mara")
    mara.make("Fair", priority="high", category="events", tags=["paid"], scheduled_for="2027-03-01T09:00:00Z")
    mara.make("Tents", priority="low", description="for the fair")
    bot = {"assigned_to_bot": True, "requires_human_review": True}
    mara.make("Crawl", **bot, execution_type="manual_trigger")
    begun = mara.make("Begun", assignee="mara")
    mara.tasks.start(begun)
    all_of_them = ["Begun", "Crawl", "Fair", "Tents"]
    for filters, titles in [
        ({"status": "in_progress"}, ["Begun"]),
        ({"status": "in_progress,pending"}, all_of_them),
        ({"priority": "high"}, ["Fair"]),
        ({"priority": "high,low"}, ["Fair", "Tents"]),
        ({"category": "events"}, ["Fair"]),
        ({"task_type": "untyped"}, all_of_them),
        ({"assigned_to_bot": "yes"}, ["Crawl"]),
        ({"requires_human_review": "yes"}, ["Crawl"]),
        ({"scheduled_before": "2027-03-01T10:00:00Z"}, ["Fair"]),
        ({"scheduled_after": "2027-03-01T10:00:00Z"}, []),
        ({"q": "fair"}, ["Fair", "Tents"]),
        ({"assignee": "me"}, ["Begun"]),
        ({"tag": "paid"}, ["Fair"]),
        ({"priority": "high", "q": "tents"}, []),
    ]:
        assert mara.titles(**filters, sort="title") == titles, filters


def test_ac_002_us_002_every_sort_goes_both_ways_and_priority_by_rank(program):
    mara = program("mara")
    for number, priority in enumerate(("low", "critical", "high", "medium"), start=1):
        day = f"2027-03-0{number}T09:00:00Z"
        mara.make(priority, priority=priority, scheduled_for=day, deadline=day)
    in_order = ["low", "critical", "high", "medium"]
    for sort in ("created_at", "updated_at", "scheduled_for", "deadline"):
        assert mara.titles(sort=sort) == in_order, sort
        assert mara.titles(sort=f"-{sort}") == in_order[::-1], sort
    assert mara.titles(sort="-priority") == ["critical", "high", "medium", "low"]
    assert mara.titles(sort="priority") == ["low", "medium", "high", "critical"]


def test_ac_002_us_002_pages_hold_what_they_should_and_the_total_is_of_all(program):
    mara = program("mara")
    for number in range(7):
        mara.make(f"Task {number}")

    def page(**asked: Any) -> Any:
        return mara.raw.get("/api/tasks", params={"sort": "title", **asked}).json()

    walked, asked = [], {"limit": 3}
    while asked.get("cursor", "") is not None:
        told = page(**asked)
        assert told["total"] == 7
        walked.append([one["title"] for one in told["tasks"]])
        asked["cursor"] = told["next"]
    assert walked == [["Task 0", "Task 1", "Task 2"], ["Task 3", "Task 4", "Task 5"], ["Task 6"]]
    assert [one["title"] for one in page(limit=3, offset=5)["tasks"]] == ["Task 5", "Task 6"]
    for wrong in ({"limit": 0}, {"limit": 101}, {"offset": -1}):
        assert page(**wrong)["error"]["code"] == "BAD_REQUEST"
    assert mara.titles(sort="title", limit=5) == [f"Task {number}" for number in range(5)]


# -- AC-003, US-003: a task is changed -----------------------------------------------------------


def test_ac_003_us_003_only_what_is_given_changes_and_null_is_not_nothing(program):
    mara = program("mara")
    task = mara.make("Order badges", description="Blue", deadline="2027-03-02T16:00:00Z", tags=["fair"])
    changed = mara.tasks.update(task, priority="high").result
    before, after = dict(task), dict(changed)
    assert {name for name in before if after[name] != before[name]} <= {"priority", *MOVING}
    emptied = mara.tasks.update(changed, deadline=None).result
    assert (emptied.deadline, emptied.description, emptied.priority) == (None, "Blue", "high")


def test_ac_003_us_003_transitions_set_their_moments_and_others_are_refused(program):
    mara = program("mara")
    task = mara.make("Order badges", assignee="mara")
    for status, moment in (
        ("queued", "queued_at"),
        ("in_progress", "started_at"),
        ("completed", "completed_at"),
    ):
        task = mara.tasks.update(task, status=status).result
        assert (task.status, getattr(task, moment)) == (status, task.updated_at)
    with refused(409, "INVALID_TRANSITION"):
        mara.tasks.update(task, status="pending")


def test_ac_003_us_003_only_whoever_may_changes_a_task(program):
    ana, ben, reader = program("ana"), program("ben"), program("ana", "read")
    task = ana.make("Of Ana")
    with refused(404, "NOT_FOUND"):
        ben.tasks.update(task, title="Mine")
    with refused(403, "SCOPE_MISSING"):
        reader.tasks.update(task, title="Mine")
    assert ana.tasks.get(task).title == "Of Ana"


def test_ac_003_us_003_what_somebody_changed_since_it_was_read_is_not_written_over(program):
    mara = program("mara")
    held = mara.tasks.get(mara.make("Order badges"))
    mara.tasks.update(held, priority="high")
    with refused(412, "STALE_WRITE"):
        mara.tasks.update(held, priority="low")
    assert mara.tasks.update(mara.tasks.get(held), priority="low").result.priority == "low"
    assert mara.tasks.update(held.task_id, priority="medium").result.priority == "medium"


# -- AC-007, US-008: tasks are counted -----------------------------------------------------------


def test_ac_007_us_008_all_is_counted_live_with_zeros_and_of_ones_own_alone(program, clock):
    mara, ana = program("mara"), program("ana")
    today = clock.now().isoformat()
    mara.make("Late", priority="critical", deadline="2020-01-01T00:00:00Z")
    mara.make("Today", scheduled_for=today)
    mara.make("Ask first", assigned_to_bot=True, requires_human_review=True)
    mara.tasks.delete(mara.make("Not this"))
    counted = mara.tasks.stats()
    assert counted.by_status == {**dict.fromkeys(TaskStatus, 0), "pending": 3, "cancelled": 1}
    assert counted.by_priority == {"low": 0, "medium": 3, "high": 0, "critical": 1}
    assert (counted.pending_review, counted.overdue, counted.scheduled_today) == (1, 1, 1)
    assert sum(ana.tasks.stats().by_status.values()) == 0
    ana.make("Of Ana")
    assert ana.tasks.stats().by_status["pending"] == 1


# -- US-011, US-012, US-014 ------------------------------------------------------------------------


def test_us_011_a_task_is_called_off_with_its_reason_and_nothing_is_removed(program):
    mara = program("mara")
    gone = mara.tasks.delete(mara.make("Order badges")).result
    assert (gone.status, gone.status_reason) == ("cancelled", "Cancelled by user")
    assert mara.tasks.get(gone).updated_at == gone.updated_at
    assert [one.action for one in mara.tasks.list_history(gone)] == ["task_created", "task_status_changed"]
    begun = mara.tasks.start(mara.make("Begun", assignee="mara")).result
    with refused(409, "CONFLICT"):
        mara.tasks.delete(begun)
    assert mara.tasks.get(begun).status == "in_progress"


def test_us_012_many_tasks_move_at_once_and_each_is_answered_for(program):
    ana, ben = program("ana"), program("ben")
    first, second, over = (ana.make(title, assignee="ana") for title in ("A", "B", "C"))
    ana.tasks.complete(over)
    hidden = ben.make("Of Ben")
    numbers = [one.task_number for one in (first, second, over, hidden)]
    bulk = ana.tasks.bulk(tasks=numbers, status="in_progress").result
    assert [one.outcome for one in bulk.tasks] == ["done", "done", "left_out", "left_out"]
    assert {bool(one.reasons) for one in bulk.tasks[2:]} == {True}
    assert (bulk.changed, bulk.left_out) == (2, 2)
    assert ben.tasks.get(hidden).status == "pending"
    with refused(400, "BAD_REQUEST"):
        ana.tasks.bulk(tasks=range(1, 102), status="in_progress")


def test_us_014_one_task_is_read_with_all_that_belongs_to_it_by_any_of_its_names(program):
    ana, ben = program("ana"), program("ben")
    task = ana.make("Order badges")
    ana.tasks.note(task, body="Ask the printer")
    names = [task.task_id, task.task_number, task.task_uuid]
    read = [ana.tasks.get(name) for name in names]
    assert read[0] == read[1] == read[2]
    assert [note.body for note in read[0].notes] == ["Ask the printer"]
    for name in [*names, "tsk_nothing", 0, -1]:
        with refused(404, "NOT_FOUND"):
            ben.tasks.get(name)


# -- a bundle, from its start to a completed task (Done when 6 of what the API is for) --------------


def test_a_program_starts_a_bundle_works_a_task_and_follows_what_happens(program):
    mara = program("mara")
    events = mara.events(wait=0)
    march = {"template": "newsletter", "anchor_date": "2027-03-01", "idempotency_key": "start-of-march"}
    bundle = mara.bundles.create(**march).result
    again = mara.bundles.create(**march).result  # as if the answer had been lost with the program
    assert again.bundle_id == bundle.bundle_id
    with refused(409, "IDEMPOTENCY_KEY_REUSED"):
        mara.bundles.create(**{**march, "anchor_date": "2027-03-02"})
    task = next(one for one in mara.bundles.list_tasks(bundle) if not one.depends_on)
    mara.tasks.assign(task, assignee="mara")
    number = task.task_number
    mara.tasks.start(number)
    with pytest.raises(errors.MissingProofError) as refusal:
        mara.tasks.complete(number)
    assert {one.code for one in refusal.value.details} == {"MISSING_PROOF"}
    for step in task.steps:
        mara.tasks.step(number, ref=step.ref)
    for proof in task.proof:
        mara.tasks.proof(number, label=proof.label, value="https://example.com/list")
    assert mara.tasks.complete(number).result.status == "completed"
    last = mara.make("The last thing")
    told = list(takewhile(lambda one: one.task_id != last.task_id, events))
    assert len({one.change_id for one in told}) == len(told)
    kinds = [one.kind for one in told if one.task_id == task.task_id]
    assert kinds[0] == "task_created"
    assert kinds.count("step_completed") == len(task.steps)
    assert kinds.count("proof_given") == len(task.proof)
    assert [one.kind for one in told].count("bundle_created") == 1


@pytest.mark.few(1)
@pytest.mark.parametrize("seed", range(3))
def test_over_a_bad_line_each_thing_is_done_once_and_each_event_told_once(app, program, monkeypatch, seed):
    monkeypatch.setattr(sending.time, "sleep", lambda _seconds: None)
    monkeypatch.setattr(answers, "_PAGE", 7)
    line = BadLine(app, Random(seed))  # noqa: S311 - chance, and no secret
    mara = Client(ADDRESS, program("mara").secret, transport=line, retries=40)
    events = mara.events(wait=0)
    made = [
        mara.tasks.create(title=f"Task {number}", task_type="untyped", assignee="mara").result
        for number in range(8)
    ]
    for task in made:
        mara.tasks.note(task, body="On its way")
        mara.tasks.complete(mara.tasks.start(task).result)
    last = mara.tasks.create(title="The last", task_type="untyped").result
    told = list(takewhile(lambda one: one.task_id != last.task_id, islice(events, 200)))
    assert min(line.lost.values()) > 4
    assert [one.title for one in mara.tasks.list(sort="created_at")] == [
        *(f"Task {number}" for number in range(8)),
        "The last",
    ]
    assert len({one.change_id for one in told}) == len(told)
    for kind, times in {"task_created": 1, "note_added": 1, "task_status_changed": 2}.items():
        assert [sum(one.kind == kind for one in told if one.task_id == task.task_id) for task in made] == [
            times
        ] * len(made), kind
