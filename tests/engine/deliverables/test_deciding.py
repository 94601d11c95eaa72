"""Who decides on an approval, once, and with which words (APR-01 to 18)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from engine.deliverables import versions
from engine.errors import (
    AlreadyDecidedError,
    CompletionRefusedError,
    FeedbackRequiredError,
    ForbiddenError,
    NotFoundError,
    OwnWorkError,
)
from engine.tasks import lifecycle
from engine.tasks.models import TaskStatus
from tests.engine.conftest import Bench
from tests.engine.deliverables.rounds import (
    INTERNAL,
    ask,
    decide,
    open_ones,
    rows,
    with_deliverable,
)


def test_nobody_completes_a_task_around_its_approvers(bench: Bench) -> None:
    task_id = with_deliverable(bench, INTERNAL, "draft")
    ask(bench, task_id)
    for way in (lifecycle.complete, lambda tx, task_id: lifecycle.change_status(tx, task_id, "completed")):
        with bench.writing("mara") as tx, pytest.raises(CompletionRefusedError):
            way(tx, task_id)


def test_nobody_decides_on_their_own_work(bench: Bench) -> None:
    task_id = with_deliverable(bench, INTERNAL, "draft")
    [row] = rows(bench, task_id)
    with bench.writing("mara") as tx:
        versions.edit(tx, row.deliverable_id, url="https://docs.example/mara")
    ask(bench, task_id)
    [approval] = open_ones(bench, task_id)
    with pytest.raises(OwnWorkError):
        decide(bench, approval, "rejected", "No.")
    decide(bench, approval, "approved", by="olga")


def test_an_assignee_decides_nothing_even_without_having_written_it(bench: Bench) -> None:
    task_id = with_deliverable(bench, INTERNAL, "draft")
    bench.change(task_id, assignee_id=bench.employee_id("mara"))
    ask(bench, task_id, by="mara")
    [approval] = open_ones(bench, task_id)
    with pytest.raises(OwnWorkError):
        decide(bench, approval, "approved")


def test_a_team_of_one_may_be_allowed_to_decide_on_its_own_work(bench: Bench) -> None:
    task_id = with_deliverable(bench, INTERNAL, "draft")
    bench.change(task_id, assignee_id=bench.employee_id("mara"))
    ask(bench, task_id, by="mara")
    [approval] = open_ones(bench, task_id)
    bench.settings = replace(bench.settings, own_approval=True)
    decide(bench, approval, "approved")
    assert bench.task(task_id).status is TaskStatus.COMPLETED


@pytest.mark.parametrize("who", ["ana", "ben", "sam", "bot", "pat"])
def test_only_managers_and_admins_decide_inside(bench: Bench, who: str) -> None:
    task_id = with_deliverable(bench, INTERNAL, "draft")
    ask(bench, task_id)
    [approval] = open_ones(bench, task_id)
    before = bench.state()
    with pytest.raises((ForbiddenError, NotFoundError)):
        decide(bench, approval, "approved", by=who)
    assert bench.state() == before


def test_a_decision_is_made_once(bench: Bench) -> None:
    task_id = with_deliverable(bench, INTERNAL, "draft")
    ask(bench, task_id)
    [approval] = open_ones(bench, task_id)
    decide(bench, approval, "approved")
    before = bench.state()
    with pytest.raises(AlreadyDecidedError, match="Mara has decided"):
        decide(bench, approval, "rejected", "Changed my mind.", by="olga")
    assert bench.state() == before


@pytest.mark.parametrize("outcome", ["rejected", "approved_pending_changes"])
@pytest.mark.parametrize("feedback", [None, "", "  \n "])
def test_feedback_is_asked_for_where_it_must_be(bench: Bench, outcome: str, feedback: str | None) -> None:
    task_id = with_deliverable(bench, INTERNAL, "draft")
    ask(bench, task_id)
    [approval] = open_ones(bench, task_id)
    with pytest.raises(FeedbackRequiredError):
        decide(bench, approval, outcome, feedback)
    assert open_ones(bench, task_id) == [approval]
