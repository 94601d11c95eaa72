"""What a program with a token does, against the API alone: AC-001 to AC-003, AC-007, and their stories.

Nothing is looked up beside the answers; the engine only makes the tokens.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from engine.app import Workbench
from engine.tasks.models import TaskStatus
from tests.api.conftest import check_described
from tests.factories import do


@dataclass
class Program:
    """A program with a token of somebody's."""

    app: Flask
    secret: str

    def send(
        self,
        method: str,
        path: str,
        body: Any = None,
        headers: Mapping[str, str] | None = None,
        **options: Any,
    ) -> TestResponse:
        """Send a request, a body as JSON; what comes back is held against the description."""
        if body is not None:
            options |= {"data": json.dumps(body), "content_type": "application/json"}
        given = {"Authorization": f"Bearer {self.secret}", **(headers or {})}
        answer = self.app.test_client().open(
            f"/api{path}", method=method, headers=given, buffered=True, **options
        )
        place = f"/api{path.partition('?')[0]}"
        rule, _ = self.app.url_map.bind("").match(place, method, return_rule=True)
        check_described(answer, rule.rule.replace("<", "{").replace(">", "}"), method)
        return answer

    def get(self, path: str) -> Any:
        return self._done(self.send("GET", path))

    def post(self, path: str, body: Any = None, **options: Any) -> Any:
        return self._done(self.send("POST", path, body, **options))

    def make(self, title: str, **given: Any) -> Any:
        return self.post("/tasks", {"title": title, "task_type": "untyped", **given})

    def refusal_of(self, method: str, path: str, body: Any = None, **options: Any) -> tuple[int, str]:
        answer = self.send(method, path, body, **options)
        return answer.status_code, answer.json["error"]["code"]

    def titles(self, query: str) -> list[str]:
        return [one["title"] for one in self.get(f"/tasks?{query}")["tasks"]]

    @staticmethod
    def _done(answer: TestResponse) -> Any:
        assert answer.status_code < 300, answer.text
        return answer.json


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
    answer = mara.send("POST", "/tasks", {"title": "Order badges", "task_type": "untyped"})
    assert answer.status_code == 201
    task = answer.json
    assert (task["status"], task["source_type"]) == ("pending", "manual")
    assert (task["priority"], task["urgency"], task["category"]) == ("medium", "normal", "general")
    assert (task["requires_human_review"], task["scheduled_for"]) == (False, None)
    read = mara.send("GET", answer.headers["Location"].removeprefix("/api"))
    assert (read.json["task_id"], read.json["title"]) == (task["task_id"], "Order badges")


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
        "scheduled_for": "2027-03-01T09:00:00Z",
        "deadline": "2027-03-02T16:00:00Z",
        "tags": ["fair"],
        "metadata": {"customerNumber": 12},
    }
    task = mara.make("Order badges", **given, depends_on=[str(before["task_number"])])
    moments = {"scheduled_for": "2027-03-01T09:00:00.000Z", "deadline": "2027-03-02T16:00:00.000Z"}
    assert {name: task[name] for name in given} == {**given, **moments}
    assert (task["depends_on"], task["is_blocked"]) == ([before["task_id"]], True)


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
    answer = mara.send("POST", "/tasks", given)
    assert (answer.status_code, answer.json["error"]["code"]) == (400, "BAD_REQUEST")
    assert [one["field"] for one in answer.json["error"]["details"]] == [field]
    assert mara.get("/tasks")["total"] == 0


# -- AC-002, US-002: tasks are listed ------------------------------------------------------------


def test_ac_002_us_002_only_what_the_caller_may_see_is_listed_and_counted(program):
    ana, ben, mara = program("ana"), program("ben"), program("mara")
    own, others = ana.make("Of Ana"), ben.make("Of Ben")
    given = mara.make("For Ana", assignee="ana")
    seen = ana.get("/tasks?sort=title")
    assert ([one["task_id"] for one in seen["tasks"]], seen["total"]) == (
        [given["task_id"], own["task_id"]],
        2,
    )
    assert mara.get("/tasks")["total"] == 3
    assert ana.refusal_of("GET", f"/tasks/{others['task_number']}") == (404, "NOT_FOUND")


def test_ac_002_us_002_every_filter_narrows_and_filters_go_together(program):
    mara = program("mara")
    mara.make("Fair", priority="high", category="events", tags=["paid"], scheduled_for="2027-03-01T09:00:00Z")
    mara.make("Tents", priority="low", description="for the fair")
    bot = {"assigned_to_bot": True, "requires_human_review": True}
    mara.make("Crawl", **bot, execution_type="manual_trigger")
    begun = mara.make("Begun", assignee="mara")
    mara.post(f"/tasks/{begun['task_number']}/start")
    for query, titles in {
        "status=in_progress": ["Begun"],
        "status=in_progress,pending": ["Begun", "Crawl", "Fair", "Tents"],
        "priority=high": ["Fair"],
        "priority=high,low": ["Fair", "Tents"],
        "category=events": ["Fair"],
        "task_type=untyped": ["Begun", "Crawl", "Fair", "Tents"],
        "assigned_to_bot=yes": ["Crawl"],
        "requires_human_review=yes": ["Crawl"],
        "scheduled_before=2027-03-01T10:00:00Z": ["Fair"],
        "scheduled_after=2027-03-01T10:00:00Z": [],
        "q=fair": ["Fair", "Tents"],
        "assignee=me": ["Begun"],
        "tag=paid": ["Fair"],
        "priority=high&q=tents": [],
    }.items():
        assert mara.titles(f"{query}&sort=title") == titles, query


def test_ac_002_us_002_every_sort_goes_both_ways_and_priority_by_rank(program):
    mara = program("mara")
    for number, priority in enumerate(("low", "critical", "high", "medium"), start=1):
        day = f"2027-03-0{number}T09:00:00Z"
        mara.make(priority, priority=priority, scheduled_for=day, deadline=day)
    in_order = ["low", "critical", "high", "medium"]
    for sort in ("created_at", "updated_at", "scheduled_for", "deadline"):
        assert mara.titles(f"sort={sort}") == in_order, sort
        assert mara.titles(f"sort=-{sort}") == in_order[::-1], sort
    assert mara.titles("sort=-priority") == ["critical", "high", "medium", "low"]
    assert mara.titles("sort=priority") == ["low", "medium", "high", "critical"]


def test_ac_002_us_002_pages_hold_what_they_should_and_the_total_is_of_all(program):
    mara = program("mara")
    for number in range(7):
        mara.make(f"Task {number}")
    walked, cursor = [], ""
    while cursor is not None:
        page = mara.get(f"/tasks?sort=title&limit=3{cursor and f'&cursor={cursor}'}")
        assert page["total"] == 7
        walked.append([one["title"] for one in page["tasks"]])
        cursor = page["next"]
    assert walked == [["Task 0", "Task 1", "Task 2"], ["Task 3", "Task 4", "Task 5"], ["Task 6"]]
    assert mara.titles("sort=title&limit=3&offset=5") == ["Task 5", "Task 6"]
    for wrong in ("limit=0", "limit=101", "offset=-1"):
        assert mara.refusal_of("GET", f"/tasks?{wrong}") == (400, "BAD_REQUEST")


# -- AC-003, US-003: a task is changed -----------------------------------------------------------


def test_ac_003_us_003_only_what_is_given_changes_and_null_is_not_nothing(program):
    mara = program("mara")
    task = mara.make("Order badges", description="Blue", deadline="2027-03-02T16:00:00Z", tags=["fair"])
    changed = mara.send("PATCH", f"/tasks/{task['task_id']}", {"priority": "high"}).json
    assert {name for name in task if changed[name] != task[name]} <= {
        "priority",
        "updated_at",
        "revision",
        "done",
    }
    emptied = mara.send("PATCH", f"/tasks/{task['task_id']}", {"deadline": None}).json
    assert (emptied["deadline"], emptied["description"], emptied["priority"]) == (None, "Blue", "high")


def test_ac_003_us_003_transitions_set_their_moments_and_others_are_refused(program):
    mara = program("mara")
    path = f"/tasks/{mara.make('Order badges', assignee='mara')['task_id']}"
    for status, moment in (
        ("queued", "queued_at"),
        ("in_progress", "started_at"),
        ("completed", "completed_at"),
    ):
        task = mara.send("PATCH", path, {"status": status}).json
        assert (task["status"], task[moment]) == (status, task["updated_at"])
    assert mara.refusal_of("PATCH", path, {"status": "pending"}) == (409, "INVALID_TRANSITION")


def test_ac_003_us_003_only_whoever_may_changes_a_task(program):
    ana, ben, reader = program("ana"), program("ben"), program("ana", "read")
    task = ana.make("Of Ana")
    path, change = f"/tasks/{task['task_id']}", {"title": "Mine"}
    assert ben.refusal_of("PATCH", path, change) == (404, "NOT_FOUND")
    assert reader.refusal_of("PATCH", path, change) == (403, "SCOPE_MISSING")
    assert ana.get(path)["title"] == "Of Ana"


def test_ac_003_us_003_what_somebody_changed_since_it_was_read_is_not_written_over(program):
    mara = program("mara")
    path = f"/tasks/{mara.make('Order badges')['task_id']}"
    held = {"If-Match": mara.send("GET", path).headers["ETag"]}
    assert mara.send("PATCH", path, {"priority": "high"}, held).status_code == 200
    assert mara.refusal_of("PATCH", path, {"priority": "low"}, headers=held) == (412, "STALE_WRITE")
    held = {"If-Match": mara.send("GET", path).headers["ETag"]}
    assert mara.send("PATCH", path, {"priority": "low"}, held).json["priority"] == "low"


# -- AC-007, US-008: tasks are counted -----------------------------------------------------------


def test_ac_007_us_008_all_is_counted_live_with_zeros_and_of_ones_own_alone(program, clock):
    mara, ana = program("mara"), program("ana")
    today = clock.now().isoformat()
    mara.make("Late", priority="critical", deadline="2020-01-01T00:00:00Z")
    mara.make("Today", scheduled_for=today)
    mara.make("Ask first", assigned_to_bot=True, requires_human_review=True)
    mara.send("DELETE", f"/tasks/{mara.make('Not this')['task_id']}")
    counted = mara.get("/tasks/stats")
    assert counted["by_status"] == {**dict.fromkeys(TaskStatus, 0), "pending": 3, "cancelled": 1}
    assert counted["by_priority"] == {"low": 0, "medium": 3, "high": 0, "critical": 1}
    assert (counted["pending_review"], counted["overdue"], counted["scheduled_today"]) == (1, 1, 1)
    assert sum(ana.get("/tasks/stats")["by_status"].values()) == 0
    ana.make("Of Ana")
    assert ana.get("/tasks/stats")["by_status"]["pending"] == 1


# -- US-011, US-012, US-014 ------------------------------------------------------------------------


def test_us_011_a_task_is_called_off_with_its_reason_and_nothing_is_removed(program):
    mara = program("mara")
    path = f"/tasks/{mara.make('Order badges')['task_id']}"
    gone = mara.send("DELETE", path).json
    assert (gone["status"], gone["status_reason"]) == ("cancelled", "Cancelled by user")
    assert mara.get(path)["updated_at"] == gone["updated_at"]
    assert [one["action"] for one in mara.get(f"{path}/history")["history"]] == [
        "task_created",
        "task_status_changed",
    ]
    begun = mara.make("Begun", assignee="mara")["task_id"]
    mara.post(f"/tasks/{begun}/start")
    assert mara.refusal_of("DELETE", f"/tasks/{begun}") == (409, "CONFLICT")
    assert mara.get(f"/tasks/{begun}")["status"] == "in_progress"


def test_us_012_many_tasks_move_at_once_and_each_is_answered_for(program):
    ana, ben = program("ana"), program("ben")
    first, second, over = (ana.make(title, assignee="ana") for title in ("A", "B", "C"))
    ana.post(f"/tasks/{over['task_id']}/complete")
    hidden = ben.make("Of Ben")
    numbers = [one["task_number"] for one in (first, second, over, hidden)]
    bulk = ana.post("/tasks/bulk", {"tasks": numbers, "status": "in_progress"})
    assert [one["outcome"] for one in bulk["tasks"]] == ["done", "done", "left_out", "left_out"]
    assert {bool(one["reasons"]) for one in bulk["tasks"][2:]} == {True}
    assert (bulk["changed"], bulk["left_out"]) == (2, 2)
    assert ben.get(f"/tasks/{hidden['task_id']}")["status"] == "pending"
    too_many = {"tasks": list(range(1, 102)), "status": "in_progress"}
    assert ana.refusal_of("POST", "/tasks/bulk", too_many) == (400, "BAD_REQUEST")


def test_us_014_one_task_is_read_with_all_that_belongs_to_it_by_any_of_its_names(program):
    ana, ben = program("ana"), program("ben")
    task = ana.make("Order badges")
    ana.post(f"/tasks/{task['task_id']}/note", {"body": "Ask the printer"})
    names = [task["task_id"], task["task_number"], task["task_uuid"]]
    read = [ana.get(f"/tasks/{name}") for name in names]
    assert read[0] == read[1] == read[2]
    assert [note["body"] for note in read[0]["notes"]] == ["Ask the printer"]
    for name in [*names, "tsk_nothing", 0, -1]:
        assert ben.refusal_of("GET", f"/tasks/{name}") == (404, "NOT_FOUND")


# -- a bundle, from its start to a completed task (Done when 6 of what the API is for) --------------


def test_a_program_starts_a_bundle_works_a_task_and_follows_what_happens(program):
    mara = program("mara")
    cursor = mara.get("/events")["next"]
    sent = {"template": "newsletter", "anchorDate": "2027-03-01"}
    once = {"Idempotency-Key": "start-of-march"}
    bundle = mara.post("/bundles", sent, headers=once)
    again = mara.post("/bundles", sent, headers=once)  # as if the connection had been lost
    assert again["bundle_id"] == bundle["bundle_id"]
    assert mara.refusal_of("POST", "/bundles", {**sent, "anchorDate": "2027-03-02"}, headers=once) == (
        409,
        "IDEMPOTENCY_KEY_REUSED",
    )
    tasks = mara.get(f"/bundles/{bundle['bundle_id']}/tasks")["tasks"]
    task = next(one for one in tasks if not one["depends_on"])
    path = f"/tasks/{task['task_number']}"
    mara.post(f"{path}/assign", {"assignee": "mara"})
    mara.post(f"{path}/start")
    refused = mara.send("POST", f"{path}/complete")
    missing = {one["code"] for one in refused.json["error"]["details"]}
    assert refused.status_code == 409
    assert missing <= {"MISSING_PROOF", "OPEN_STEP", "MISSING_DELIVERABLE", "MISSING_LINK"}
    for step in task["steps"]:
        mara.post(f"{path}/step", {"ref": step["ref"]})
    for proof in task["proof"]:
        mara.post(f"{path}/proof", {"label": proof["label"], "value": "https://example.com/list"})
    assert mara.post(f"{path}/complete")["status"] == "completed"
    told: list[Any] = []
    while (page := mara.get(f"/events?after={cursor}&limit=5"))["events"]:
        told, cursor = [*told, *page["events"]], page["next"]
    assert len({one["change_id"] for one in told}) == len(told)
    kinds = [one["kind"] for one in told if one["task_id"] == task["task_id"]]
    assert kinds[0] == "task_created"
    assert (kinds.count("step_completed"), kinds.count("proof_given")) == (
        len(task["steps"]),
        len(task["proof"]),
    )
    assert [one["kind"] for one in told].count("bundle_created") == 1
