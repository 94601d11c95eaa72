"""What somebody called off before it began, and what operators do with its job."""

from __future__ import annotations

from datetime import timedelta

import pytest

from engine.executions.policy import Limits, next_time
from tests.engine.executions.conftest import Office
from tests.engine.executions.test_policy import _S, NOW, _ended


def _planned(office: Office, **fields):
    at = office.workbench.clock.now() + timedelta(hours=1)
    task = office.make(execution_type="scheduled", scheduled_for=at.isoformat(), **fields)
    office.workbench.clock.advance(hours=1)
    assert office.look() == "1 begun, 0 closed."
    return task


def test_a_planned_task_that_was_called_off_is_not_begun_again_by_itself(office: Office):
    task = _planned(office)
    office.do("execution cancel", execution_id=office.last(task).execution_id)
    office.workbench.clock.advance(hours=1)
    assert office.look() == "Nothing is due."
    assert [one.status for one in office.attempts(task)] == ["cancelled"]


def test_it_is_begun_at_another_moment_that_it_is_planned_for_after_that(office: Office):
    task = _planned(office)
    office.do("execution cancel", execution_id=office.last(task).execution_id)
    later = office.workbench.clock.now() + timedelta(hours=2)
    office.do("task update", task_id=task.task_id, scheduled_for=later.isoformat())
    office.workbench.clock.advance(hours=3)
    assert office.look() == "1 begun, 0 closed."


def test_an_attempt_whose_job_an_operator_cancels_is_cancelled_and_its_task_is_to_do(office: Office):
    task = office.make()
    attempt = office.execute(task)
    with office.workbench.transaction(office.workbench.system_actor()) as tx:
        office.claims().cancel(tx.connection, attempt.job)
    office.look()
    assert (office.last(task).status, office.last(task).error_code) == ("cancelled", None)
    assert office.task(task).status == "pending"


@pytest.mark.parametrize("codes", [frozenset[str](), frozenset({"OTHER"})])
def test_only_what_is_said_to_be_tried_again_is(codes: frozenset[str]):
    assert next_time(_ended(_S.FAILED, "HTTP_BUSY"), Limits(retry_on=codes), 3, NOW, 0.0) is None
