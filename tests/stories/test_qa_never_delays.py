"""QA never delays: the die falls on 1, everything goes on, a week later the agent gets the feedback."""

from __future__ import annotations

from datetime import timedelta

import pytest

from engine.access import Actor
from engine.app import Workbench
from engine.audit.models import Action, Event
from engine.deliverables import versions
from engine.deliverables.models import Deliverable
from engine.qa import service
from engine.tasks import lifecycle
from engine.tasks.models import QaReason, Task, TaskStatus
from tests.conftest import NOW
from tests.factories import make_people, make_task


@pytest.fixture
def people(workbench: Workbench) -> dict[str, Actor]:
    return make_people(workbench)


@pytest.fixture
def crawl(workbench: Workbench, people: dict[str, Actor]) -> Task:
    """Given an experienced agent's task for a client, which another task waits for."""
    for _ in range(3):
        made = make_task(workbench, actor=people["mara"], assignee="bot")
        with workbench.transaction(people["bot"]) as tx:
            lifecycle.complete(tx, made.task_id)
    task = make_task(
        workbench, actor=people["mara"], title="Crawl the shop", assignee="bot", campaign="acme_spring"
    )
    with workbench.transaction(people["bot"]) as tx:
        row = versions.add(tx, task.task_id, "crawl", type="report", required=True, visible_in_portal=True)
        versions.edit(tx, row.deliverable_id, url="https://files.example/crawl.csv")
    return task


@pytest.fixture
def report(workbench: Workbench, people: dict[str, Actor], crawl: Task) -> Task:
    return make_task(workbench, actor=people["mara"], title="Write the report", depends_on=[crawl.task_id])


@pytest.fixture
def completed(workbench: Workbench, people: dict[str, Actor], crawl: Task, report: Task) -> Task:
    """When the agent completes it and the die falls on 1."""
    workbench.dice = lambda _sides: 1
    with workbench.transaction(people["bot"]) as tx:
        return lifecycle.complete(tx, crawl.task_id)


def test_it_is_completed_delivered_and_released_in_the_moment_in_which_it_is_flagged(
    workbench: Workbench, people, completed: Task, report: Task
):
    with workbench.reading(people["mara"]) as tx:
        task, after = tx.get(Task, completed.task_id), tx.get(Task, report.task_id)
        [row] = tx.find(Deliverable, task_id=task.task_id)
        events = [event.action for event in tx.find(Event, task_id=task.task_id, order_by=("seq",))]
    assert (task.qa_flagged, task.qa_reasons) == (True, [QaReason.RANDOM])
    assert (task.status, task.completed_at) == (TaskStatus.COMPLETED, NOW)
    assert (row.delivered_at, row.frozen_at) == (NOW, None)
    assert (after.blocked_by, after.is_blocked) == (None, False)
    assert {Action.QA_ROLLED, Action.QA_FLAGGED, Action.DELIVERABLE_DELIVERED} <= set(events)


def test_the_work_that_follows_needs_no_score(workbench: Workbench, people, completed: Task, report: Task):
    with workbench.transaction(people["mara"]) as tx:
        done = lifecycle.complete(tx, report.task_id)
    assert done.status is TaskStatus.COMPLETED
    with workbench.reading(people["mara"]) as tx:
        assert tx.get(Task, completed.task_id).qa_state == "open"


def test_a_week_later_the_manager_scores_it_and_the_agent_reads_the_feedback(
    workbench: Workbench, people, completed: Task, cli
):
    workbench.clock.advance(days=7)
    with workbench.transaction(people["mara"]) as tx:
        waiting = [item.row.task.title for item in service.queue(tx, "open").items]
        given = service.review(
            tx, completed.task_id, passed=True, score=4, feedback="Follow the redirects as well."
        )
    assert waiting[-1] == "Crawl the shop"
    assert given.reviewed_at == NOW + timedelta(days=7)
    assert given.employee_id == people["bot"].employee_id
    with workbench.reading(people["bot"]) as tx:
        assert service.feedback_for(tx, str(people["bot"].employee_id)) == [given]
    [read] = cli("--as", "bot@example.com", "qa", "feedback", "--json").json["reviews"]
    assert (read["task_id"], read["score"], read["feedback"]) == (
        completed.task_id,
        4,
        "Follow the redirects as well.",
    )
    with workbench.reading(people["mara"]) as tx:
        task = tx.get(Task, completed.task_id)
    assert (task.qa_flagged, task.qa_state) == (True, "reviewed")
    assert (task.status, task.completed_at, task.closed_at) == (TaskStatus.COMPLETED, NOW, NOW)
