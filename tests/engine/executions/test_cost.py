"""What an attempt asks of the store: everything once, however long its task has been tried."""

from __future__ import annotations

from engine.tasks.models import Task
from tests.engine.executions.conftest import Office
from tests.engine.executions.making import let_make
from tests.statements import Sent, counted


def _asked(office: Office, task: Task) -> list[Sent]:
    office.execute(task)
    with counted() as statements:
        assert office.engine.do_one("worker")
    assert office.last(task).status == "completed"
    return statements


def _of(statements: list[Sent], words: str) -> list[Sent]:
    return [one for one in statements if one.startswith(words)]


def test_an_attempt_reads_its_task_once_when_it_begins_and_once_when_it_ends(office: Office):
    let_make(office)
    statements = _asked(office, office.make())
    of_task = [one for one in _of(statements, "SELECT") if '"tasks" WHERE "task_id"' in one]
    of_attempts = [one for one in _of(statements, "SELECT") if '"task_executions"' in one]
    assert len(of_task) == 2
    assert len(of_attempts) == 4  # which task, its attempts; the attempt, and which is the last
    assert len(statements) == 28


def test_an_attempt_at_a_task_that_was_tried_often_takes_as_many_statements_as_the_first(office: Office):
    let_make(office)
    first = len(_asked(office, task := office.make()))
    for _ in range(3):
        office.do("task correct", "mara", task_id=task.task_id, reason="Once more.")
        office.do("task put-back", "mara", task_id=task.task_id)
        again = len(_asked(office, task))
    assert again == first


def test_a_journal_that_nothing_was_written_to_is_not_written_when_its_attempt_ends(office: Office):
    let_make(office)
    statements = _asked(office, office.make())
    assert not _of(statements, 'UPDATE "execution_progress"')
