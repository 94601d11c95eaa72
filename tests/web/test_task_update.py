"""A change of a task by page, JSON, command line and engine means the same (UPD-03 to UPD-18)."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine import commands
from engine.asked import Shape, fields_of
from engine.tasks import update
from engine.tasks.models import Priority, Task, Urgency
from tests.conftest import NOW
from tests.factories import make_task
from web.cli import spelling

#: What two tasks that were made and changed alike have of their own.
OWN = {"task_id", "task_number", "task_uuid"}
WORDS = st.text("ab*é ", min_size=1, max_size=8).filter(str.strip)
DAYS = st.dates().filter(lambda day: 2020 < day.year < 2030).map(str)
#: Values of all fields that go together in any order, null and empty ones among them.
FIELDS = {
    "title": WORDS,
    "description": WORDS | st.none(),
    "category": WORDS,
    "priority": st.sampled_from([one.value for one in Priority]),
    "urgency": st.sampled_from([one.value for one in Urgency]),
    "assignee_id": st.sampled_from(["ana", "ben", "mara", None]),
    "requires_human_review": st.booleans(),
    "execution_type": st.sampled_from(["automatic", "manual_trigger", None]),
    "scheduled_for": DAYS.map(lambda day: f"{day}T09:00") | st.none(),
    "due_date": DAYS | st.none(),
    "planned_minutes": st.integers(0, 500) | st.none(),
    "depends_on": st.sampled_from([[], [1], [1, 2]]),
    "tags": st.lists(st.sampled_from(["a", "b", "c"]), unique=True),
    "tag": st.sampled_from([["d"], ["a", "e"]]),
    "untag": st.sampled_from([["a"], ["b"]]),
    "task_type": st.sampled_from(["untyped", "audit"]),
    "campaign_id": st.sampled_from(["acme_spring", None]),
}
CHANGES = st.fixed_dictionaries({}, optional=FIELDS).filter(bool)


def as_form(given: dict[str, Any]) -> dict[str, Any]:
    """Give fields as a form sends them."""
    return {
        name: ([*map(str, value)] or [""]) if isinstance(value, list)
        else str(value).lower() if isinstance(value, bool)
        else "" if value is None
        else str(value)
        for name, value in given.items()
    }  # fmt: skip


def as_options(given: dict[str, Any]) -> list[str]:
    """Give fields as they are typed."""
    words: list[str] = []
    for name, value in as_form(given).items():
        if fields_of(commands.get("task update").input)[name].shape is Shape.YES_NO:
            words.append(spelling.FLAGS["task update", name][value == "true"])
        else:
            for one in value if isinstance(value, list) else [value]:
                words += [spelling.option_of("task update", name), one]
    return words


@pytest.fixture
def edges(workbench, people, mara, cli, monkeypatch):
    """Change a task by the page, by JSON, by the command line, and in the engine itself."""
    monkeypatch.setattr("engine.clock.SystemClock.now", lambda _: NOW)
    for n in (1, 2):
        make_task(workbench, title=f"Before {n}", actor=people["mara"])

    def by_page(task: Task, changes: dict[str, Any]) -> None:
        answer = mara.post(f"/tasks/{task.task_id}/update", {"form": "edit", **as_form(changes)})
        assert answer.status_code == 303, answer.text

    def by_json(task: Task, changes: dict[str, Any]) -> None:
        headers = {"X-CSRF-Token": mara.token(), "Accept": "application/json"}
        answer = mara.client.post(f"/tasks/{task.task_id}/update", json=changes, headers=headers)
        assert answer.status_code == 200, answer.text

    def by_line(task: Task, changes: dict[str, Any]) -> None:
        answer = cli(
            "task", "update", str(task.task_number), *as_options(changes), "--as", "mara@example.com"
        )
        assert answer.code == 0, answer.err

    def by_engine(task: Task, changes: dict[str, Any]) -> None:
        """Do what the fields of the record say, tags one by one aside."""
        plain = {name: value for name, value in changes.items() if name not in ("tag", "untag")}
        if changes.keys() - plain.keys():
            tags = [*plain.get("tags", task.tags), *changes.get("tag", [])]
            plain["tags"] = [tag for tag in tags if tag not in changes.get("untag", [])]
        with workbench.transaction(people["mara"]) as tx:
            update.update(tx, workbench.content(), task.task_id, plain)

    return by_engine, by_json, by_page, by_line


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(changes=CHANGES)
def test_a_change_means_the_same_by_every_way_in(workbench, people, edges, changes):
    found = []
    for change in edges:
        task = make_task(workbench, actor=people["mara"], title="Twin", tags=["a"], assignee="ana")
        change(task, changes)
        with workbench.reading(workbench.operator()) as tx:
            now = tx.get(Task, task.task_id).model_dump(mode="json")
        found.append({name: value for name, value in now.items() if name not in OWN})
    assert found[1:] == found[:1] * 3


def test_every_field_that_an_update_may_set_is_an_option_of_the_command(cli):
    text = cli("task", "update", "--help").out
    for name in update.Changes.model_fields:
        assert spelling.option_of("task update", name).split(" or ")[0] in text, name


def test_an_empty_title_from_a_form_is_refused_and_not_passed_over(mara, workbench, people):
    task = make_task(workbench, actor=people["mara"], title="Kept")
    answer = mara.post(f"/tasks/{task.task_id}/update", {"form": "edit", "title": " "})
    assert answer.status_code == 400
    with workbench.reading(workbench.operator()) as tx:
        assert tx.get(Task, task.task_id).title == "Kept"


def test_a_member_takes_no_human_review_back_by_page_or_line(ana, cli, workbench, people):
    task = make_task(workbench, actor=people["ana"], assignee="ana", requires_human_review=True)
    answer = ana.post(f"/tasks/{task.task_id}/update", {"form": "edit", "requires_human_review": "false"})
    assert answer.status_code == 403
    line = ["task", "update", str(task.task_number), "--no-requires-human-review", "--as", "ana@example.com"]
    assert cli(*line).code == 4
    with workbench.reading(workbench.operator()) as tx:
        assert tx.get(Task, task.task_id).requires_human_review is True
